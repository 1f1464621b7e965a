"""The tables that explanations and signs read, made in DuckDB from log and lists.

pair        records of one action from both its sides, both ways
once        pairs as they are counted: the record that stands, and the other
patient     whose number each patient_id is (see `ids`)
event       one row a record: index, user_id, kind, listed, valid, duty_group, day, moment (local), …
touch       one row a record and patient; for an explanation, what is not explained
touch_part  touch of the same days, explained or not; touch_all: of the whole period
post        touch × each place of each post that was valid that day
ended       ids whose every post has ended, with the last day
staff, visits, stays, patients, orders, appointments, rosters, teams, rounds, research,
maintenance, vips, terminals, unrostered, homes     as `care` gives them, patients and people made equal
visits_ever, …   those that were taken back too (see `lists`)
care        every visit and stay as (patient_id, day, until)
covered_day days for which a list of visits or stays has arrived
explained   (index, patient_id, explanation), filled as explanations run
start_of, personal    ids of explanations that start a return, or that name the person
settled     touch that an explanation explained from which a later return may start
open_touch  touch of the period that nothing explained
open_event  event with such a patient, or with none
workday     user_id, day, own (as a person), duty_group, people, touches: of the period
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Protocol

import pyarrow as pa

from sekisho.care.level import SLACK, Span
from sekisho.care.records import Kind
from sekisho.review.catalogue import explanations
from sekisho.review.explaining import LEAD_DAYS, begin, large
from sekisho.review.ids import read
from sekisho.review.lists import REMADE, WITHOUT, prepare, same_ids
from sekisho.review.owners import ZONE
from sekisho.storage import Analysis


class Reader(Protocol):
    """What is needed of the ledger: its records as a view."""

    def register(self, analysis: Analysis, name: str = "access") -> None:
        """Make the view `name`."""
        ...


_REST = [
    """
CREATE TABLE post_day AS
SELECT DISTINCT d.user_id, d.day, s.duty_group, unnest(
  CASE WHEN len(s.places) = 0 THEN [NULL] ELSE s.places END) AS place
FROM (
  SELECT DISTINCT m.user_id, r.day FROM said AS r JOIN user_map AS m ON m.written = r.written
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
CREATE TABLE who_each_day AS
SELECT r.written, r.day, m.user_id, m.form, CAST(i.kind AS word) AS kind, i.listed,
  d.user_id IS NOT NULL AS valid, coalesce(d.duty_group, CAST('none' AS word)) AS duty_group
FROM said AS r
JOIN user_map AS m ON m.written = r.written
JOIN (
  SELECT m.written, coalesce(i.kind, k.kind) AS kind, coalesce(i.listed, FALSE) AS listed
  FROM user_map AS m LEFT JOIN ids AS i ON i.user_id = m.user_id
  LEFT JOIN ids AS k ON NOT k.listed AND k.user_id || ' @' = regexp_extract(m.user_id, '^.* @')
) AS i ON i.written = r.written
LEFT JOIN (
  SELECT user_id, day, min(duty_group) AS duty_group FROM post_day GROUP BY user_id, day
) AS d ON d.user_id = m.user_id AND d.day = r.day
""",
    # Of most ids every day is as the others: to find an id is quicker than an id and a day.
    """
CREATE TABLE who AS
SELECT written, min(user_id) AS user_id, min(form) AS form, min(kind) AS kind, min(listed) AS listed,
  CASE WHEN min(valid) = max(valid) THEN min(valid) END AS valid,
  CASE WHEN min(duty_group) = max(duty_group) THEN min(duty_group) END AS duty_group
FROM who_each_day GROUP BY written
""",
    """
CREATE TABLE who_that_day AS
SELECT d.written, d.day, d.valid, d.duty_group FROM who_each_day AS d
SEMI JOIN (SELECT written FROM who WHERE valid IS NULL OR duty_group IS NULL) AS w
  ON w.written = d.written
""",
    "DROP TABLE who_each_day",
]
_SEEN = """
SELECT r.index, m.patient_id, m.form, w.user_id, w.form AS written_user,
  CASE WHEN w.kind IS NOT NULL AND (w.kind <> 'person' OR r.user_kind IN ('unknown', 'person'))
    THEN w.kind ELSE CAST(coalesce(r.user_kind, 'unknown') AS word) END AS kind,
  coalesce(w.listed, FALSE) AS listed, coalesce(w.valid, d.valid, FALSE) AS valid,
  coalesce(w.duty_group, d.duty_group, CAST('none' AS word)) AS duty_group, r.day, r.moment, r.exact,
  r.exact AND hour(r.moment) NOT BETWEEN 6 AND 21 AS night, CAST(r.action AS word) AS action,
  CAST(r.outcome AS word) AS outcome, CAST(r.source AS word) AS source,
  CAST(r.terminal AS machine) AS terminal, CAST(r.object AS thing) AS object,
  CAST(r.origin_file AS paper) AS file, r.day >= $start AS in_period,
  CAST(len(r.patient_ids) AS INTEGER) AS patients,
  len(r.patient_ids) <= 1 OR r.patient = r.patient_ids[1].id AS first, r.emergency
FROM (
  SELECT *, unnest(CASE WHEN len(patient_ids) <= 1 THEN [patient_ids[1].id]
    ELSE list_distinct([p.id for p in patient_ids]) END) AS patient
  FROM raw
) AS r
LEFT JOIN who AS w ON w.written = r.written_user
LEFT JOIN who_that_day AS d ON d.written = r.written_user AND d.day = r.day
LEFT JOIN patient_map AS m ON m.written = r.patient
"""
_VIEWS = [
    """
CREATE VIEW event_all AS
SELECT index, moment - INTERVAL 9 HOUR AS occurred_at, moment, day, exact, user_id, written_user,
  kind, listed, valid, duty_group, patients, action, outcome, source, terminal, object, night,
  in_period
FROM seen WHERE first
""",
    "CREATE VIEW event AS SELECT * FROM event_all WHERE in_period",
    """
CREATE VIEW touch_all AS
SELECT index, patient_id, form, user_id, kind, listed, valid,
  duty_group, day, moment, exact, night, action, outcome, source, terminal, in_period, file,
  emergency
FROM seen WHERE patient_id IS NOT NULL
""",
    """
CREATE TABLE covered_day AS
SELECT d.day FROM (SELECT DISTINCT day FROM said) AS d
SEMI JOIN cover AS v ON d.day BETWEEN v.first AND v.last AND v.kind IN ('visits', 'stays')
""",
    """
CREATE TABLE care AS
SELECT patient_id, day, day AS until FROM visits UNION ALL SELECT patient_id, day, until FROM stays
""",
    "CREATE TABLE shown (index BIGINT)",
]

_COMPANY = f"""
CREATE TABLE company AS
WITH opened AS (
  SELECT DISTINCT ltrim(user_id, '0') AS bare, CAST(occurred_at + INTERVAL {ZONE} HOUR AS DATE) AS day
  FROM access
  WHERE occurred_at >= $since AND occurred_at < $until AND user_id IS NOT NULL
    AND list_has_any(list_transform(patient_ids, lambda p: p.id), $about)
),
person AS (
  SELECT * FROM opened
  UNION
  SELECT ltrim(s.staff_id, '0'), o.day FROM opened AS o
  JOIN system_ids AS s ON ltrim(s.user_id, '0') = o.bare
)
SELECT * FROM person
UNION
SELECT ltrim(s.user_id, '0'), p.day FROM person AS p
JOIN system_ids AS s ON ltrim(s.staff_id, '0') = p.bare
"""  # noqa: S608 (one number, written in `owners`)
_MET = f"""
SELECT DISTINCT p.id FROM (
  SELECT unnest(a.patient_ids) AS p FROM access AS a
  SEMI JOIN company AS c
    ON c.bare = ltrim(a.user_id, '0') AND c.day = CAST(a.occurred_at + INTERVAL {ZONE} HOUR AS DATE)
  WHERE a.occurred_at >= (SELECT min(day) FROM company) - INTERVAL 1 DAY
    AND a.occurred_at < (SELECT max(day) FROM company) + INTERVAL 1 DAY
) WHERE p.id IS NOT NULL ORDER BY ALL
"""  # noqa: S608 (as above)


def lay_out(
    analysis: Analysis,
    lists: MutableMapping[str, pa.Table],
    *,
    start: dt.date,
    end: dt.date,
    spans: Mapping[Kind, Sequence[Span]],
    about: Sequence[str] | None = None,
) -> None:
    """Make every table for the local days `start` to `end`, both included.

    Args:
        analysis: Where they are made, and where ``access`` is.
        lists: `care.snapshot`; emptied of what is copied, as a year of lists is large.
        start: First day.
        end: Last day.
        spans: The periods that each kind of list covers (`care.level.spans_of`).
        about: Only accesses to patients written as one of these ids, and their `company`, made before.
    """
    _cover(analysis, spans)
    for name in (*REMADE, *WITHOUT):
        analysis.register(f"{name}_given" if name in REMADE else name, lists[name])
    midnight, after = _moments(start, end)
    since = midnight - dt.timedelta(days=LEAD_DAYS)
    read(analysis, lists["system_ids"], since=since, until=after, about=about)
    for name, ids in (
        ("start_of", [one.id for one in explanations() if one.starts]),
        ("personal", [one.id for one in explanations() if one.personal]),
    ):
        analysis.register(name, pa.table({"id": pa.array(ids, pa.string())}))
    size: list[int] = []

    def people(desk: Analysis) -> None:
        for sql in _REST:
            desk.execute(sql)
        size.append(int(desk.rows("SELECT count(*) FROM raw")[0][0]))
        desk.keep("seen", _SEEN, {"start": start}, large=large(size[0]))

    few = analysis.hands > 1
    same_ids(analysis, [people] if few else [])
    for name in REMADE:
        analysis.forget(f"{name}_given")
        lists.pop(name)
    pa.default_memory_pool().release_unused()
    if not few:  # as what was given lies beside it, where it is much
        people(analysis)
    for sql in _VIEWS:
        analysis.execute(sql)
    prepare(analysis, lambda desk: begin(desk, size[0]))


def patients_of(analysis: Analysis, start: dt.date, end: dt.date) -> list[str]:
    """Return the ids of the patients whom ``access`` names on these local days."""
    since, until = _moments(start, end)
    rows = analysis.rows(
        """
SELECT DISTINCT p.id FROM (
  SELECT unnest(patient_ids) AS p FROM access
  WHERE occurred_at >= $since AND occurred_at < $until
) WHERE p.id IS NOT NULL ORDER BY ALL
""",
        {"since": since, "until": until},
    )
    return [patient for (patient,) in rows]


def company(
    analysis: Analysis,
    system_ids: pa.Table,
    about: Sequence[str],
    start: dt.date,
    end: dt.date,
) -> list[str]:
    """Make ``company`` (bare, day): who opened patients written as one of `about`, and on which local days.

    By each id that may be theirs, without its zeros. What they did with other patients on those days
    explains what they did with these (``at_work``, ``slip``). Returns the ids of those patients.
    """
    analysis.register("system_ids", system_ids)
    since, until = _moments(start, end)
    analysis.execute(_COMPANY, {"since": since, "until": until, "about": list(about)})
    return [patient for (patient,) in analysis.rows(_MET)]


def _moments(start: dt.date, end: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Return the moments (UTC) at which these local days begin and have ended."""
    midnight = dt.datetime.combine(start, dt.time()) - dt.timedelta(hours=ZONE)
    after = dt.datetime.combine(end, dt.time()) + dt.timedelta(days=1, hours=-ZONE)
    return midnight, after


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
