"""Whose each id in the log is, and short forms for the words that stand there again and again.

read         records of the period as the log has them, and of a week before it
named        read, with the person of the staff list where the ids of its system are mapped
raw          named, with one record for both sides of one action (`review.pairs`)
said         each id as the log writes it × the days on which it was used
user_map     each of these ids → the id of the staff list
patient      each patient: patient_id (a number of this desk, in the order of the ids) and id (as the
             patient list writes it, else as the log does)
patient_map  each patient id that log and lists write → the patient; form: as it is written, where
             that is not the id

``word`` (people, places, kinds), ``thing``, ``machine`` and ``paper`` are types. What is of a type
is kept and compared as a number, and read as the text that it is. Patients are too many for one:
every table has their number, and `name_patients` says whose it is where something is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from sekisho.review.explaining import small
from sekisho.review.lists import CODED, WITH_PATIENTS
from sekisho.review.owners import NAMED, ZONE, find_owners
from sekisho.review.pairs import count_once, pair_up
from sekisho.storage import Analysis

_READ = """
SELECT index, occurred_at, occurred_at + INTERVAL {zone} HOUR AS moment,
  CAST(occurred_at + INTERVAL {zone} HOUR AS DATE) AS day, time_precision <> 'day' AS exact,
  user_id AS written_user, user_kind, patient_ids, action, outcome, source, terminal, object,
  action = 'emergency' OR list_contains(marks, 'emergency') AS emergency,
  origin_file, origin_connection, origin_row, origin_message
FROM access
WHERE occurred_at >= TIMESTAMP '{since}' AND occurred_at < TIMESTAMP '{until}'
  AND NOT (source = 'sekisho' AND len(patient_ids) = 0)
"""
_RECORDS = "SELECT count(*) FROM access WHERE occurred_at >= $since AND occurred_at < $until"
_ABOUT = "AND list_has_any(list_transform(patient_ids, lambda p: p.id), $about)"
_COMPANY = f"""
AND occurred_at >= (SELECT min(day) FROM company) - INTERVAL 1 DAY
AND occurred_at < (SELECT max(day) FROM company) + INTERVAL 1 DAY
AND (ltrim(user_id, '0'), CAST(occurred_at + INTERVAL {ZONE} HOUR AS DATE)) IN (SELECT bare, day FROM company)
AND index NOT IN (SELECT index FROM read)
"""  # noqa: S608 (one number, written in `owners`)
_OTHERS = """AND index IN (SELECT other FROM pair WHERE index IN (SELECT index FROM read))
  AND index NOT IN (SELECT index FROM read)"""
_SAID = "CREATE TABLE said AS SELECT DISTINCT written_user AS written, day FROM raw"
_WRITERS = "CREATE VIEW writer AS SELECT DISTINCT written FROM said"
_ALL_WRITERS = """
CREATE TABLE writer AS
SELECT DISTINCT user_id AS written FROM access
WHERE occurred_at >= $since AND occurred_at < $until
  AND source NOT IN (SELECT source FROM source_system)
  AND ltrim(user_id, '0') IN (SELECT ltrim(written, '0') FROM said)
UNION SELECT written FROM said
"""
"""Whose id an id without its zeros is depends on every form in the log, not on one patient's."""

_TOLD = "CREATE TABLE told AS SELECT DISTINCT user_kind, action, outcome, source FROM raw"
_WORDS = """
SELECT written FROM writer
UNION ALL SELECT unnest([user_kind, action, outcome, source]) FROM told
UNION ALL SELECT unnest([user_id, kind]) FROM ids
UNION ALL SELECT unnest(places) FROM staff_given
UNION ALL SELECT place FROM places
UNION ALL SELECT unnest(['unknown', 'none'])
"""
_OBJECTS = {"thing": "object", "machine": "terminal", "paper": "origin_file"}
"""Type → the column of the log that is of it."""

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
SELECT w.written, CAST(w.written AS word) AS form,
  CAST(CASE WHEN i.user_id IS NULL AND k.ids = 1 AND f.forms = 1
    THEN k.user_id ELSE w.written END AS word) AS user_id,
  i.user_id IS NULL AND k.ids = 1 AND f.forms = 1 AS restored,
  i.user_id IS NULL AND k.ids IS NOT NULL AND NOT (k.ids = 1 AND f.forms = 1) AS doubtful
FROM written AS w
LEFT JOIN ids AS i ON i.user_id = w.written
LEFT JOIN known AS k ON k.bare = w.bare
LEFT JOIN forms AS f ON f.bare = w.bare
"""

_NUMBERS = """
CREATE TABLE number AS
SELECT DISTINCT p.id AS written FROM (SELECT unnest(patient_ids) AS p FROM raw)
"""
_SAME = """
CREATE TABLE same AS
WITH known AS (
  SELECT ltrim(p.patient_id, '0') AS bare, count(*) AS ids, min(p.patient_id) AS patient_id
  FROM patients_given AS p
  SEMI JOIN (
    SELECT ltrim(written, '0') AS bare FROM number
    UNION ALL SELECT ltrim(patient_id, '0') FROM merges
  ) AS w ON w.bare = ltrim(p.patient_id, '0')
  WHERE regexp_full_match(p.patient_id, '[0-9]+')
  GROUP BY ltrim(p.patient_id, '0')
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
  FROM number AS w
  LEFT JOIN known AS k ON k.bare = ltrim(w.written, '0')
  LEFT JOIN patients_given AS e ON e.patient_id = w.written
)
SELECT q.written,
  coalesce(CASE WHEN k.ids = 1 THEN k.patient_id END, g.patient_id, q.patient_id) AS id,
  q.restored, q.doubtful
FROM equal AS q
LEFT JOIN gone AS g ON g.bare = ltrim(q.patient_id, '0')
LEFT JOIN known AS k ON k.bare = ltrim(g.patient_id, '0')
"""
_PATIENT = """
CREATE TABLE patient AS
SELECT CAST(row_number() OVER (ORDER BY id) AS INTEGER) AS patient_id, id FROM (
  SELECT id FROM same WHERE id IS NOT NULL
  UNION SELECT patient_id FROM patients_given WHERE patient_id IS NOT NULL
) AS p
"""
_PATIENT_MAP = """
CREATE TABLE patient_map AS
SELECT s.written, p.patient_id, CASE WHEN s.written <> s.id THEN s.written END AS form,
  s.restored, s.doubtful
FROM same AS s JOIN patient AS p ON p.id = s.id
"""


def read(
    analysis: Analysis,
    system_ids: pa.Table,
    *,
    since: dt.datetime,
    until: dt.datetime,
    about: Sequence[str] | None,
) -> None:
    """Make what the head of this file lists, of the records of `access` in that time (UTC).

    Args:
        analysis: Where ``access`` and the lists are.
        system_ids: Whose each id of a system is.
        since: From then on.
        until: Up to then, not included.
        about: Only accesses to patients written as one of these ids, their other sides, and what
            else stands in ``company`` (`desk.company`).
    """
    period = {"since": since, "until": until}
    sql = _READ.format(zone=ZONE, **period)
    few = about is not None or small(analysis.rows(_RECORDS, period)[0][0])
    if few:
        analysis.expect_few()
    if about is not None:
        analysis.execute(f"CREATE TABLE read AS {sql} {_ABOUT}", {"about": list(about)})
    elif few:
        analysis.execute(f"CREATE TABLE read AS {sql}")
    else:
        # Each that asks reads the columns that it needs; all of them would not lie in memory.
        analysis.execute(f"CREATE VIEW read AS {sql}")
    pair_up(analysis, system_ids, **period, whole=about is None)
    if about is not None:
        # The other side may not have known the patient; it knows the person.
        analysis.execute(f"INSERT INTO read {sql} {_OTHERS}")
        analysis.execute(f"INSERT INTO read {sql} {_COMPANY}")
    _name(analysis, system_ids)
    count_once(analysis)

    def people(desk: Analysis) -> None:
        desk.execute(_SAID)
        if about is None:
            desk.execute(_WRITERS)
        else:
            desk.execute(_ALL_WRITERS, period)
        _shorten(desk)
        desk.execute(_USERS)

    analysis.together([people, _number_patients])


def _number_patients(analysis: Analysis) -> None:
    numbers = [
        f"SELECT patient_id FROM {name}_given WHERE patient_id IS NOT NULL"  # noqa: S608 (names written here)
        for name in WITH_PATIENTS
    ]
    analysis.execute(" UNION ".join([_NUMBERS, *numbers]))
    for made in (_SAME, _PATIENT, _PATIENT_MAP, "DROP TABLE same"):
        analysis.execute(made)


def name_patients(analysis: Analysis, rows: Sequence[dict[str, Any]]) -> None:
    """Write the ids of patients into `rows` for their numbers: ``patient_id``, and ``matter`` of a sign about one."""
    told = {row["patient_id"] for row in rows} - {None}
    analysis.register("told_of", pa.table({"patient_id": pa.array(sorted(told), pa.int32())}))
    ids = dict(
        analysis.rows(
            "SELECT p.patient_id, p.id FROM patient AS p "
            "SEMI JOIN told_of AS t ON t.patient_id = p.patient_id"
        )
    )
    for row in rows:
        row["patient_id"] = ids.get(row["patient_id"])
        if row.get("matter"):
            row["matter"] = row["patient_id"]


def _name(analysis: Analysis, system_ids: pa.Table) -> None:
    """Give each record of a system whose ids are mapped the person of the staff list."""
    if find_owners(analysis, system_ids, "read", "owner"):
        analysis.execute("CREATE VIEW named AS " + NAMED.format(table="read", owners="owner"))
    else:
        analysis.execute("CREATE VIEW named AS SELECT * FROM read")


def _shorten(analysis: Analysis) -> None:
    """Make the types, of all that log and lists write."""
    analysis.execute(_TOLD)
    lists = [
        f"SELECT {column} FROM {name}_given"  # noqa: S608 (names written here)
        for name, told in CODED.items()
        for column in told
    ]
    analysis.code("word", " UNION ALL ".join([_WORDS, *lists]))
    for name, column in _OBJECTS.items():
        analysis.code(name, f"SELECT DISTINCT {column} FROM raw")  # noqa: S608 (names written here)
