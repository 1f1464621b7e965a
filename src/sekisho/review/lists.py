"""What explanations ask of the lists that care gives: rows made equal to the log, and turns.

turn        one row for each calendar day that a person's turn reaches into: user_id, day,
            since, finish (local), place, place_key, duty, told (the roster's own day), file, row
turn_touch  touch × the person's turns of that day; the file says how near it must lie
duty_order  orders ever × the duty group that carries such an order out; duty_order_whole
ordered     duty_group, first, last: days for which orders of that duty have arrived
planned     maintenance with its local moments since, finish
place_care  visits and stays ever, one row for each place they name: record, day, until, place, key
visits_whole, stays_whole, orders_whole, appointments_whole     with those that were taken back:
            retracted_at says when (local), `STANDS` of one that was not; visits, … without them
visits_ever, …      of these, while explanations are asked, those of the days around (`near`)
care_place  every place at which care was given
relative    user_id, patient_id: patients at the address of a person of the staff list
arrived     name of each list that has a row
placed      user_id of those with a post at such a place
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

import pyarrow as pa

from sekisho.care.records import What
from sekisho.storage import Analysis, Job, asks

WITH_PATIENTS = ("staff", "visits", "stays", "orders", "appointments", "rounds", "vips", "research")
"""Lists whose patient numbers are made equal to those of the log."""
WITHOUT = (
    "merges", "ids", "rosters", "teams", "maintenance", "terminals", "unrostered",
    "places", "asked", "homes",
)  # fmt: skip
PEOPLE = {
    "visits": ("doctor_id",), "stays": ("doctor_id",), "appointments": ("doctor_id",),
    "orders": ("doctor_id", "entered_by", "executor_id"), "rosters": ("user_id",),
    "teams": ("user_id",), "research": ("user_id",), "maintenance": ("user_id",),
}  # fmt: skip
"""List → its columns that name a person; made equal to the ids of the staff list."""
PLACES = {
    "visits": ("department_key",), "stays": ("department_key", "ward_key"),
    "orders": ("department_key", "ward_key", "executed_in_key"),
    "appointments": ("department_key",), "rosters": ("place_key",), "terminals": ("place_key",),
    "unrostered": ("place_key",),
    "staff": ("user_id", "kind", "duty_group"),
}  # fmt: skip
"""List → its other columns of closed words."""
CODED = {name: (*PEOPLE.get(name, ()), *PLACES.get(name, ())) for name in {*PEOPLE, *PLACES}}
"""List → its columns that are kept as numbers (`review.ids`)."""
EVER = {
    "visits": "day BETWEEN DATE '{first}' AND DATE '{last}'",
    "stays": "until >= DATE '{first}' AND day <= DATE '{last}'",
    "orders": "until >= DATE '{first}' AND day <= DATE '{last}'",
    "appointments": """day BETWEEN DATE '{first}' AND DATE '{last}'
  OR booked_on BETWEEN DATE '{first}' AND DATE '{last}'""",
}
"""Lists in which what was taken back stays: it explains what was done before. And which are of some days."""
REACH = 100
"""No explanation looks further from the day of an access, but one that reads the ``…_whole``."""
HOUSEHOLD = 6
"""More patients than this at one address are a house of many homes, not a household."""
STANDS = "TIMESTAMP '9999-12-31 00:00:00'"
REMADE = {*WITH_PATIENTS, *CODED, "patients"}

EXECUTES = {
    What.LAB: "laboratory", What.PATHOLOGY: "laboratory", What.PHYSIOLOGY: "laboratory",
    What.TRANSFUSION: "laboratory", What.IMAGING: "radiology", What.ENDOSCOPY: "endoscopy",
    What.PRESCRIPTION: "pharmacy", What.INJECTION: "pharmacy", What.DIET: "nutrition",
    What.NUTRITION: "nutrition", What.SURGERY: "surgery", What.DIALYSIS: "dialysis",
    What.REHABILITATION: "rehabilitation", What.LIAISON: "liaison",
}  # fmt: skip
"""What an order asks for → the duty group that carries it out."""

_ZEROS = """
CREATE TABLE id_map AS
SELECT bare, CAST(min(user_id) AS word) AS user_id FROM (
  SELECT user_id, ltrim(user_id, '0') AS bare FROM ids
  WHERE listed AND regexp_full_match(user_id, '[0-9]+')
) GROUP BY bare HAVING count(*) = 1
"""

_TURN = """
CREATE TABLE turn AS
WITH told AS (
  SELECT r.*, r.duty = 'on_call' OR n.late AS late,
    CAST(split_part("start", ':', 1) AS INTEGER) * 60
      + CAST(split_part("start", ':', 2) AS INTEGER) AS begins,
    CAST(split_part("end", ':', 1) AS INTEGER) * 60
      + CAST(split_part("end", ':', 2) AS INTEGER) AS ends
  FROM rosters AS r
  LEFT JOIN (
    SELECT shift, regexp_matches(lower(shift), 'night|夜|深|準|当直|宿直') AS late
    FROM (SELECT DISTINCT shift FROM rosters) AS s
  ) AS n ON n.shift = r.shift
  WHERE r.duty <> 'off'
),
clock AS (
  SELECT *, coalesce(begins, CASE WHEN late THEN 960 ELSE 0 END) AS since,
    coalesce(
      CASE WHEN ends <= coalesce(begins, 0) THEN ends + 1440 ELSE ends END,
      CASE WHEN late THEN 2040 WHEN begins IS NULL THEN 1440 ELSE begins + 600 END
    ) AS finish
  FROM told
),
spell AS (
  SELECT user_id, day AS told, place, place_key, duty, shift, file, row,
    CAST(day AS TIMESTAMP) + since * INTERVAL 1 MINUTE AS since,
    CAST(day AS TIMESTAMP) + finish * INTERVAL 1 MINUTE AS finish
  FROM clock
)
SELECT s.told + CAST(o.later AS INTEGER) AS day, s.*
FROM spell AS s
JOIN (VALUES (-1), (0), (1), (2)) AS o (later)
  ON s.told + CAST(o.later AS INTEGER) BETWEEN CAST(s.since - INTERVAL 3 HOUR AS DATE)
    AND CAST(s.finish + INTERVAL 3 HOUR AS DATE)
"""

_ORDERED = """
CREATE TABLE ordered AS
SELECT x.duty_group, min(o.first) - 3 AS first, max(o.last) + 3 AS last
FROM asked AS o JOIN executes AS x ON x.what = o.what
WHERE o.what <> 'diet' GROUP BY x.duty_group
"""
_PLANNED = """
CREATE TABLE planned AS
SELECT user_id, plan, system, day, until, file, row,
  CAST(day AS TIMESTAMP) + (CAST(split_part(coalesce("start", '0:00'), ':', 1) AS INTEGER) * 60
    + CAST(split_part(coalesce("start", '0:00'), ':', 2) AS INTEGER)) * INTERVAL 1 MINUTE AS since,
  CAST(until AS TIMESTAMP) + (CAST(split_part(coalesce("end", '24:00'), ':', 1) AS INTEGER) * 60
    + CAST(split_part(coalesce("end", '24:00'), ':', 2) AS INTEGER)) * INTERVAL 1 MINUTE AS finish
FROM maintenance
"""
_RELATIVE = f"""
CREATE TABLE relative AS
SELECT DISTINCT s.user_id, p.patient_id
FROM staff AS s
JOIN patients AS p ON p.address_key = s.address_key
JOIN (
  SELECT address_key FROM patients WHERE address_key IS NOT NULL
  GROUP BY address_key HAVING count(DISTINCT patient_id) <= {HOUSEHOLD}
) AS h ON h.address_key = p.address_key
WHERE s.patient_id IS DISTINCT FROM p.patient_id
"""  # noqa: S608 (a number of this file)
_PLACED = (
    "CREATE TABLE care_place AS SELECT CAST(place AS word) AS place FROM places",
    """
CREATE TABLE placed AS
SELECT DISTINCT p.user_id FROM post_day AS p SEMI JOIN care_place AS c ON c.place = p.place
""",
)
_TABLES = ((_TURN,), (_RELATIVE,), (_ORDERED,), (_PLANNED,), _PLACED)
_VIEWS = (
    """
CREATE VIEW turn_touch AS
SELECT t.*, c.place, c.place_key, c.duty, c.told, c.since, c.finish, c.file AS turn_file,
  c.row AS turn_row
FROM touch AS t JOIN turn AS c ON c.user_id = t.user_id AND c.day = t.day
""",
    """
CREATE VIEW duty_order AS
SELECT o.*, x.duty_group FROM orders_ever AS o JOIN executes AS x ON x.what = o.what
""",
    """
CREATE VIEW duty_order_whole AS
SELECT o.*, x.duty_group FROM orders_whole AS o JOIN executes AS x ON x.what = o.what
""",
    """
CREATE VIEW place_care AS
SELECT 'visits' AS record, patient_id, day, day AS until, department AS place,
  department_key AS key, file, row, retracted_at FROM visits_ever
UNION ALL
SELECT 'stays', patient_id, day, until, department, department_key, file, row, retracted_at
FROM stays_ever
UNION ALL
SELECT 'stays', patient_id, day, until, ward, ward_key, file, row, retracted_at FROM stays_ever
""",
)

# A turn reaches from its day into another, and no roster is asked for anything else.
_TURNS = """
WHERE g.day BETWEEN (SELECT min(day) - 3 FROM said) AND (SELECT max(day) + 3 FROM said)
"""
_HERE = "SELECT '{0}' AS name WHERE EXISTS (SELECT 1 FROM {0})"
_ARRIVED = "CREATE TABLE arrived AS " + " UNION ALL ".join(
    _HERE.format(name) for name in (*WITH_PATIENTS, *WITHOUT, "patients")
)


def same_ids(analysis: Analysis, meanwhile: Sequence[Job] = ()) -> None:
    """Make each list of `REMADE`, its patients and people as the log's are.

    Needs ``…_given`` for each, ``patient``, ``patient_map`` and ``ids``. Jobs that need no list but
    ``staff`` can be done `meanwhile`.
    """
    analysis.execute(_ZEROS)
    _remake(analysis, "staff")
    others = (partial(_remake, name=name) for name in sorted(REMADE - {"staff"}))
    analysis.together([*meanwhile, *others])
    near(analysis, None)


def _remake(analysis: Analysis, name: str) -> None:
    people = PEOPLE.get(name, ())
    told = [
        f"coalesce(z{n}.user_id, CAST(g.{column} AS word)) AS {column}"
        for n, column in enumerate(people)
    ]
    told += [f"CAST(g.{column} AS word) AS {column}" for column in PLACES.get(name, ())]
    joins = [
        f"LEFT JOIN id_map AS z{n} ON z{n}.bare = ltrim(g.{column}, '0')"
        for n, column in enumerate(people)
    ]
    if name in WITH_PATIENTS:
        told.append("m.patient_id AS patient_id")
        joins.append("LEFT JOIN patient_map AS m ON m.written = g.patient_id")
    if name == "patients":
        told.append("m.patient_id AS patient_id")
        joins.append("LEFT JOIN patient AS m ON m.id = g.patient_id")
    if name == "staff":
        told.append("CAST(g.places AS word[]) AS places")
    if name in EVER:
        told.append(f"coalesce(g.retracted_at, {STANDS}) AS retracted_at")
    table = f"{name}_whole" if name in EVER else name
    analysis.execute(
        f"CREATE TABLE {table} AS SELECT g.* REPLACE ({', '.join(told)}) "  # noqa: S608 (names written here)
        f"FROM {name}_given AS g {' '.join(joins)} {_TURNS if name == 'rosters' else ''}"
    )
    if name in EVER:
        analysis.execute(
            f"CREATE VIEW {name} AS SELECT * FROM {table} WHERE retracted_at = {STANDS}"  # noqa: S608 (same)
        )


def near(analysis: Analysis, days: tuple[dt.date, dt.date] | None) -> None:
    """Let ``visits_ever`` and the like hold what an access of `days` can follow from; None: everything."""
    for name, told in EVER.items():
        sql = f"CREATE OR REPLACE VIEW {name}_ever AS SELECT * FROM {name}_whole"  # noqa: S608 (names written here)
        if days is not None:
            first, last = days[0] - dt.timedelta(days=REACH), days[1] + dt.timedelta(days=REACH)
            sql += f" WHERE {told.format(first=first, last=last)}"
        analysis.execute(sql)


def prepare(analysis: Analysis, touch: Job) -> None:
    """Make what is derived from the lists: see the head of this file. `touch`, which makes ``touch``, is done meanwhile."""
    analysis.register(
        "executes",
        pa.table(
            {"what": [what.value for what in EXECUTES], "duty_group": list(EXECUTES.values())}
        ),
    )
    analysis.together([touch, *(asks(*tables) for tables in _TABLES)])
    asks(*_VIEWS, _ARRIVED)(analysis)
