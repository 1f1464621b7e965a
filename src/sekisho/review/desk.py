"""The tables that explanations and signs read, made in DuckDB from log and lists.

pair        records of one action from both its sides, both ways
once        pairs as they are counted: the record that stands, and the other
event       one row a record: index, user_id, kind, listed, valid, duty_group, day, moment (local), …
touch       one row a record and patient
post        touch × each place of each post that was valid that day
ended       ids whose every post has ended, with the last day
staff, visits, stays, patients, orders, appointments, rosters, teams, rounds, research,
maintenance, vips, terminals     as `care` gives them, patients and people made equal
care        every visit and stay as (patient_id, day, until)
covered_day days for which a list of visits or stays has arrived
explained   (index, patient_id, explanation), filled as explanations run
settled     touch that an explanation explained from which a later return may start
open_touch  touch of the period that nothing explained; closed: records explained as a whole
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol

import pyarrow as pa

from sekisho.care.headers import squeeze
from sekisho.care.level import SLACK, Span
from sekisho.care.records import Kind
from sekisho.review.catalogue import Explanation, explanations
from sekisho.review.lists import REMADE, WITH_PATIENTS, WITHOUT, prepare, same_ids
from sekisho.review.pairs import count_once, pair_up
from sekisho.storage import Analysis

LEAD_DAYS = 7
"""Days before the period that are read too: an access may follow an explained one."""
NARROWED = 0.4
"""Share of what waits that must be explained before the rest is copied out."""
ZONE = 9
"""Hours of local time before UTC (Asia/Tokyo has no summer time)."""


class Reader(Protocol):
    """What is needed of the ledger: its records as a view."""

    def register(self, analysis: Analysis, name: str = "access") -> None:
        """Make the view `name`."""
        ...


_EVENT = """
SELECT index, occurred_at, occurred_at + $zone * INTERVAL 1 HOUR AS moment,
  CAST(occurred_at + $zone * INTERVAL 1 HOUR AS DATE) AS day, time_precision <> 'day' AS exact,
  user_id AS written_user, user_kind, patient_ids, action, outcome, source, terminal, object,
  origin_file, origin_connection, origin_row, origin_message
FROM access
WHERE occurred_at >= $since AND occurred_at < $until
  AND NOT (source = 'sekisho' AND len(patient_ids) = 0)
"""
_OTHERS = """AND index IN (SELECT other FROM pair WHERE index IN (SELECT index FROM raw))
  AND index NOT IN (SELECT index FROM raw)"""
_ABOUT = "AND list_has_any(list_transform(patient_ids, lambda p: p.id), $about)"
_OWNER = """
CREATE TABLE owner AS
SELECT r.source, r.written_user, r.day, s.system, CASE
  WHEN count(DISTINCT a.staff_id) FILTER (WHERE a.user_id = r.written_user) = 1
    THEN min(a.staff_id) FILTER (WHERE a.user_id = r.written_user)
  WHEN count(a.staff_id) FILTER (WHERE a.user_id = r.written_user) = 0
    AND count(DISTINCT a.staff_id) = 1 THEN min(a.staff_id)
  END AS staff_id
FROM (SELECT DISTINCT source, written_user, day FROM raw WHERE written_user IS NOT NULL) AS r
JOIN source_system AS s ON s.source = r.source
LEFT JOIN system_ids AS a ON a.system = s.system
  AND (a.user_id = r.written_user OR (
    regexp_full_match(r.written_user, '[0-9]+') AND regexp_full_match(a.user_id, '[0-9]+')
    AND ltrim(a.user_id, '0') = ltrim(r.written_user, '0')))
  AND (a.valid_from IS NULL OR a.valid_from <= r.day)
  AND (a.valid_to IS NULL OR a.valid_to >= r.day)
GROUP BY ALL
"""
_NAMED = """
UPDATE raw SET written_user = coalesce(o.staff_id, o.written_user || ' @ ' || o.system)
FROM owner AS o
WHERE o.source = raw.source AND o.written_user = raw.written_user AND o.day = raw.day
"""
"""In a system whose ids are mapped, an id without a row is nobody else's of the same letters."""
_WRITERS = "CREATE VIEW writer AS SELECT DISTINCT written_user AS written FROM raw"
_ALL_WRITERS = """
CREATE TABLE writer AS
SELECT DISTINCT user_id AS written FROM access
WHERE occurred_at >= $since AND occurred_at < $until
  AND source NOT IN (SELECT source FROM source_system)
  AND ltrim(user_id, '0') IN (SELECT ltrim(written_user, '0') FROM raw)
UNION SELECT written_user FROM raw
"""
"""Whose id an id without its zeros is depends on every form in the log, not on one patient's."""

_USERS = """
CREATE TABLE user_map AS
WITH written AS (
  SELECT written, ltrim(written, '0') AS bare FROM writer WHERE written IS NOT NULL
),
known AS (
  SELECT bare, count(*) AS ids, min(user_id) AS user_id
  FROM (SELECT user_id, ltrim(user_id, '0') AS bare FROM ids
        WHERE listed AND regexp_full_match(user_id, '[0-9]+'))
  GROUP BY bare
),
forms AS (SELECT bare, count(*) AS forms FROM written GROUP BY bare)
SELECT w.written,
  CASE WHEN i.user_id IS NULL AND k.ids = 1 AND f.forms = 1 THEN k.user_id ELSE w.written END AS user_id,
  i.user_id IS NULL AND k.ids = 1 AND f.forms = 1 AS restored,
  i.user_id IS NULL AND k.ids IS NOT NULL AND NOT (k.ids = 1 AND f.forms = 1) AS doubtful
FROM written AS w
LEFT JOIN ids AS i ON i.user_id = w.written
LEFT JOIN known AS k ON k.bare = w.bare
LEFT JOIN forms AS f ON f.bare = w.bare
"""

_PATIENTS = """
CREATE TABLE patient_map AS
WITH written AS (
  SELECT DISTINCT p.id AS written FROM (SELECT unnest(patient_ids) AS p FROM raw)
  UNION SELECT patient_id FROM visits_given
  UNION SELECT patient_id FROM stays_given
  UNION SELECT patient_id FROM orders_given
  UNION SELECT patient_id FROM appointments_given
  UNION SELECT patient_id FROM rounds_given
  UNION SELECT patient_id FROM vips_given
  UNION SELECT patient_id FROM research_given WHERE patient_id IS NOT NULL
  UNION SELECT patient_id FROM staff_given WHERE patient_id IS NOT NULL
),
known AS (
  SELECT ltrim(patient_id, '0') AS bare, count(*) AS ids, min(patient_id) AS patient_id
  FROM patients WHERE regexp_full_match(patient_id, '[0-9]+')
  GROUP BY ALL
),
gone AS (
  SELECT ltrim(old_id, '0') AS bare, min(patient_id) AS patient_id
  FROM merges GROUP BY ALL HAVING count(DISTINCT patient_id) = 1
),
equal AS (
  SELECT w.written,
    CASE WHEN k.ids = 1 THEN k.patient_id ELSE w.written END AS patient_id,
    coalesce(k.ids = 1 AND k.patient_id <> w.written, FALSE) AS restored,
    coalesce(k.ids > 1, FALSE) AND e.patient_id IS NULL AS doubtful
  FROM written AS w
  LEFT JOIN known AS k ON k.bare = ltrim(w.written, '0')
  LEFT JOIN patients AS e ON e.patient_id = w.written
)
SELECT q.written,
  coalesce(CASE WHEN k.ids = 1 THEN k.patient_id END, g.patient_id, q.patient_id) AS patient_id,
  q.restored, q.doubtful
FROM equal AS q
LEFT JOIN gone AS g ON g.bare = ltrim(q.patient_id, '0')
LEFT JOIN known AS k ON k.bare = ltrim(g.patient_id, '0')
"""

_REST = [
    """
CREATE TABLE post_day AS
SELECT DISTINCT d.user_id, d.day, s.duty_group, unnest(
  CASE WHEN len(s.places) = 0 THEN [NULL] ELSE s.places END) AS place
FROM (
  SELECT DISTINCT m.user_id, r.day FROM raw AS r JOIN user_map AS m ON m.written = r.written_user
) AS d
JOIN staff AS s ON s.user_id = d.user_id
  AND (s.valid_from IS NULL OR s.valid_from <= d.day)
  AND (s.valid_to IS NULL OR s.valid_to >= d.day)
""",
    """
CREATE TABLE ended AS
SELECT user_id, max(valid_to) AS last_day FROM staff
GROUP BY user_id HAVING count(*) = count(valid_to)
""",
    """
CREATE TABLE event_all AS
SELECT r.index, r.occurred_at, r.moment, r.day, r.exact, m.user_id, r.written_user,
  CASE WHEN i.kind IS NOT NULL AND (i.kind <> 'person' OR r.user_kind IN ('unknown', 'person'))
    THEN i.kind ELSE coalesce(r.user_kind, 'unknown') END AS kind,
  coalesce(i.listed, FALSE) AS listed, d.user_id IS NOT NULL AS valid,
  coalesce(d.duty_group, 'none') AS duty_group, r.patient_ids, len(r.patient_ids) AS patients,
  r.action, r.outcome, r.source, r.terminal, r.object, r.exact AND hour(r.moment) NOT BETWEEN 6 AND 21 AS night,
  r.day >= $start AS in_period, r.origin_file, r.origin_connection, r.origin_row, r.origin_message
FROM raw AS r
LEFT JOIN user_map AS m ON m.written = r.written_user
LEFT JOIN (
  SELECT m.written, coalesce(i.kind, k.kind) AS kind, coalesce(i.listed, FALSE) AS listed
  FROM user_map AS m LEFT JOIN ids AS i ON i.user_id = m.user_id
  LEFT JOIN ids AS k ON NOT k.listed AND k.user_id || ' @' = regexp_extract(m.user_id, '^.* @')
) AS i ON i.written = r.written_user
LEFT JOIN (
  SELECT user_id, day, min(duty_group) AS duty_group FROM post_day GROUP BY user_id, day
) AS d ON d.user_id = m.user_id AND d.day = r.day
""",
    "CREATE VIEW event AS SELECT * FROM event_all WHERE in_period",
    """
CREATE TABLE touch_all AS
SELECT e.index, m.patient_id, e.written, e.user_id, e.kind, e.listed, e.valid,
  e.duty_group, e.day, e.moment, e.exact, e.night, e.action, e.outcome, e.source, e.terminal,
  e.in_period, e.origin_file AS file
FROM (
  SELECT * EXCLUDE (patient_ids), unnest(CASE WHEN patients = 1 THEN [patient_ids[1].id]
    ELSE list_distinct([p.id for p in patient_ids]) END) AS written
  FROM event_all
) AS e
JOIN patient_map AS m ON m.written = e.written
""",
    "CREATE VIEW touch AS SELECT * FROM touch_all",
    """
CREATE TABLE post AS
SELECT t.index, t.patient_id, t.user_id, t.day, p.duty_group, p.place
FROM touch AS t JOIN post_day AS p ON p.user_id = t.user_id AND p.day = t.day
""",
    """
CREATE TABLE covered_day AS
SELECT d.day FROM (SELECT DISTINCT day FROM event_all) AS d
SEMI JOIN cover AS v ON d.day BETWEEN v.first AND v.last AND v.kind IN ('visits', 'stays')
""",
    """
CREATE TABLE care AS
SELECT patient_id, day, day AS until FROM visits UNION ALL SELECT patient_id, day, until FROM stays
""",
    "CREATE TABLE explained (index BIGINT, patient_id VARCHAR, explanation VARCHAR)",
    """
CREATE VIEW settled AS
SELECT t.* FROM touch_all AS t
SEMI JOIN (SELECT user_id, patient_id FROM touch) AS w
  ON w.user_id = t.user_id AND w.patient_id = t.patient_id
SEMI JOIN (SELECT * FROM explained WHERE explanation IN (SELECT id FROM start_of)) AS x
  ON x.index = t.index AND x.patient_id = t.patient_id
""",
    "CREATE TABLE shown (index BIGINT)",
]


_NARROW = [
    """
CREATE TABLE left_touch AS
SELECT t.* FROM touch AS t ANTI JOIN explained AS x ON x.index = t.index AND x.patient_id = t.patient_id
""",
    "DROP TABLE IF EXISTS waiting",
    "ALTER TABLE left_touch RENAME TO waiting",
    "CREATE OR REPLACE VIEW touch AS SELECT * FROM waiting",
    """
CREATE OR REPLACE TABLE post AS
SELECT p.* FROM post AS p ANTI JOIN explained AS x ON x.index = p.index AND x.patient_id = p.patient_id
""",
]
"""What explanations still look at, once much is explained: no row is asked twice."""

_SETTLED = [
    "CREATE OR REPLACE VIEW touch AS SELECT * FROM touch_all",
    """
CREATE OR REPLACE TABLE open_touch AS
SELECT t.* FROM touch AS t
ANTI JOIN explained AS x ON x.index = t.index AND x.patient_id = t.patient_id
WHERE t.in_period
""",
    """
CREATE OR REPLACE TABLE closed AS
SELECT index FROM event AS e WHERE e.patients > 0
  AND e.index NOT IN (SELECT index FROM open_touch)
""",
]


def lay_out(
    analysis: Analysis,
    reader: Reader,
    lists: Mapping[str, pa.Table],
    *,
    start: dt.date,
    end: dt.date,
    spans: Mapping[Kind, Sequence[Span]],
    about: Sequence[str] | None = None,
) -> None:
    """Make every table for the local days `start` to `end`, both included.

    Args:
        analysis: Where they are made.
        reader: The ledger.
        lists: `care.snapshot`.
        start: First day.
        end: Last day.
        spans: The periods that each kind of list covers (`care.level.spans_of`).
        about: Only accesses to patients written as one of these ids.
    """
    reader.register(analysis, "access")
    _cover(analysis, spans)
    for name in (*WITH_PATIENTS, *WITHOUT):
        analysis.register(f"{name}_given" if name in REMADE else name, lists[name])
    midnight = dt.datetime.combine(start, dt.time()) - dt.timedelta(hours=ZONE)
    after = dt.datetime.combine(end, dt.time()) + dt.timedelta(days=1, hours=-ZONE)
    since = midnight - dt.timedelta(days=LEAD_DAYS)
    period = {"since": since, "until": after}
    if about is None:
        analysis.execute(f"CREATE TABLE raw AS {_EVENT}", {"zone": ZONE, **period})
    else:
        told = {"zone": ZONE, **period, "about": list(about)}
        analysis.execute(f"CREATE TABLE raw AS {_EVENT} {_ABOUT}", told)
    pair_up(analysis, **period, whole=about is None)
    if about is not None:
        # The other side may not have known the patient; it knows the person.
        analysis.execute(f"INSERT INTO raw {_EVENT} {_OTHERS}", {"zone": ZONE, **period})
    _name(analysis, lists["system_ids"])
    count_once(analysis)
    if about is None:
        analysis.execute(_WRITERS)
    else:
        analysis.execute(_ALL_WRITERS, period)
    analysis.execute(_USERS)
    analysis.execute(_PATIENTS)
    starts = [one.id for one in explanations() if one.starts]
    analysis.register("start_of", pa.table({"id": pa.array(starts, pa.string())}))
    same_ids(analysis)
    for sql in _REST:
        analysis.execute(sql, {"start": start} if "$start" in sql else ())
    prepare(analysis)


def _name(analysis: Analysis, system_ids: pa.Table) -> None:
    """Give each record of a system whose ids are mapped the person of the staff list."""
    systems = set(system_ids["system"].to_pylist())
    sources = [
        (source, squeeze(source))
        for (source,) in analysis.rows("SELECT DISTINCT source FROM raw ORDER BY ALL")
        if squeeze(source) in systems
    ]
    columns = list(zip(*sources, strict=True)) or [(), ()]
    analysis.register("system_ids", system_ids)
    analysis.register(
        "source_system",
        pa.table(
            {
                "source": pa.array(columns[0], pa.string()),
                "system": pa.array(columns[1], pa.string()),
            }
        ),
    )
    if sources:
        analysis.execute(_OWNER)
        analysis.execute(_NAMED)


def _cover(analysis: Analysis, spans: Mapping[Kind, Sequence[Span]]) -> None:
    rows = [
        (first - dt.timedelta(days=SLACK[kind]), last + dt.timedelta(days=SLACK[kind]), kind.value)
        for kind, found in spans.items()
        for first, last in found
    ]
    columns = {
        name: pa.array([row[place] for row in rows], form)
        for place, (name, form) in enumerate(
            (("first", pa.date32()), ("last", pa.date32()), ("kind", pa.string()))
        )
    }
    analysis.register("cover", pa.table(columns))


def narrow(analysis: Analysis, already: int) -> int:
    """Leave to later explanations what is not explained yet; return how much is explained.

    Nothing is done unless a good part of what waits was explained since there were `already`.
    """
    done, waits = analysis.rows(
        "SELECT (SELECT count(*) FROM explained), (SELECT count(*) FROM touch)"
    )[0]
    if done - already < max(NARROWED * waits, 1000):
        return already
    for sql in _NARROW:
        analysis.execute(sql)
    return int(done)


def explain(analysis: Analysis, explanation: Explanation) -> None:
    """Let `explanation` explain what nothing before it explained."""
    analysis.execute(
        f"""
INSERT INTO explained
SELECT f.index, f.patient_id, $explanation FROM ({explanation.sql}) AS f
ANTI JOIN explained AS x ON x.index = f.index AND x.patient_id = f.patient_id
""",  # noqa: S608 (the queries are files of the program)
        {**explanation.values(), "explanation": explanation.id},
    )


def settle(analysis: Analysis) -> None:
    """Make ``open_touch`` and ``closed``, when every explanation has had its say."""
    for sql in _SETTLED:
        analysis.execute(sql)
