"""Two records of one action, from both its sides: paired, kept both, counted once.

Client and server both log one request (IHE BALP), or the gate and the system behind it. A pair
is derived each time, never stored: by the request's id where both wrote it down, else by the
same patients, act, object and client's address within a moment. Two people are never one, also where
somebody sent another's id of a request. Only different observers are
paired, each record with one other at most; where two others fit, nothing is paired.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from sekisho.storage import Analysis, analysis
from sekisho.terms import REQUEST

MOMENT = dt.timedelta(seconds=2)
"""Clocks of the two sides may differ by this where no request's id joins them."""
REQUEST_LASTS = dt.timedelta(minutes=10)
"""An id of a request that comes again later than this is another request's."""
AROUND = 2 * REQUEST_LASTS + 2 * MOMENT
"""Around a record, every record that can decide whether it is paired."""


class Book(Protocol):
    """What is needed of the ledger: its records as a view."""

    def register(self, analysis: Analysis, name: str = "access") -> None:
        """Make the view `name`."""
        ...


_SOURCES = """
SELECT source FROM access
WHERE occurred_at >= $since AND occurred_at < $until AND source <> 'sekisho'
GROUP BY source ORDER BY count(*) DESC, source
"""

# Few records can have another side: the costly columns are worked out for those alone, and
# records of the source that has most are only looked at where another's are like them.
_PERHAPS = f"""
CREATE OR REPLACE TABLE perhaps AS
WITH keyed AS (
  SELECT index, source, contains(object, '{REQUEST}') AS asked,
    CASE WHEN terminal IS NOT NULL AND len(patient_ids) > 0 THEN hash(
      CASE WHEN len(patient_ids) = 1 THEN patient_ids[1].id END, lower(trim(terminal)), action
    ) END AS alike
  FROM access
  WHERE occurred_at >= $since AND occurred_at < $until AND source <> 'sekisho'
),
few AS (SELECT * FROM keyed WHERE source <> $most AND alike IS NOT NULL),
near AS (
  SELECT * FROM few
  UNION ALL
  SELECT * FROM keyed WHERE source = $most AND alike IN (SELECT alike FROM few)
)
SELECT index FROM keyed WHERE asked
UNION
SELECT index FROM near WHERE alike IN (
  SELECT alike FROM near GROUP BY alike HAVING min(source) <> max(source))
"""  # noqa: S608 (one word, written in `terms`)

_OF_RAW = f"""
CREATE OR REPLACE TABLE perhaps AS
SELECT index FROM read
UNION
SELECT index FROM access
WHERE occurred_at >= $since AND occurred_at < $until AND contains(object, '{REQUEST}')
  AND regexp_extract(object, '{REQUEST}\\S+$') IN (
    SELECT regexp_extract(object, '{REQUEST}\\S+$') FROM read WHERE contains(object, '{REQUEST}'))
"""  # noqa: S608 (one word, written in `terms`)

# One original taken in under two names has one digest; so have the lines of one file.
# A reference of FHIR is the same whether its server is named or not.
_SIDE = f"""
CREATE OR REPLACE TABLE side AS
SELECT *, hash(patients, action, thing, terminal) AS alike,
  exact AND len(patients) > 0 AND thing <> '' AND terminal <> '' AS told
FROM (
  SELECT * EXCLUDE (bare),
    coalesce(nullif(regexp_extract(bare, '([A-Z][A-Za-z]+/[A-Za-z0-9.-]+)$', 1), ''), bare) AS thing
  FROM (
    SELECT index, epoch_ms(occurred_at) AS at, source, digest, origin_file AS file,
      origin_row AS row, action, user_id,
      list_sort(list_distinct([p.id for p in patient_ids])) AS patients,
      list_sort(list_distinct([p.authority for p in patient_ids if p.authority IS NOT NULL]))
        AS assigned,
      nullif(regexp_extract(object, '(^|\\s){REQUEST}(\\S+)$', 2), '') AS request,
      trim(regexp_replace(coalesce(object, ''), '(^|\\s){REQUEST}\\S+$', '')) AS bare,
      lower(trim(coalesce(terminal, ''))) AS terminal,
      time_precision IN ('second', 'millisecond') AS exact
    FROM access
    WHERE occurred_at >= $since AND occurred_at < $until AND source <> 'sekisho'
      AND "of" IS NULL AND index IN (SELECT index FROM perhaps)
  )
)
"""  # noqa: S608 (one word, written in `terms`)

_CANDIDATE = """
CREATE OR REPLACE TABLE candidate AS
WITH request AS (
  SELECT * FROM side WHERE request IN (
    SELECT request FROM side GROUP BY request
    HAVING count(*) BETWEEN 2 AND 50 AND min(source) <> max(source))
),
alike AS (
  SELECT * FROM side WHERE told AND alike IN (
    SELECT alike FROM side WHERE told GROUP BY alike HAVING min(source) <> max(source))
)
SELECT a.index, b.index AS other,
  CASE WHEN a.patients = b.patients AND a.action = b.action AND a.thing = b.thing
    THEN 1 ELSE 2 END AS rank
FROM request AS a JOIN request AS b ON a.request = b.request
WHERE a.source <> b.source AND (a.digest <> b.digest OR (a.file = b.file AND a.row <> b.row)) AND abs(a.at - b.at) <= $lasts
  AND (a.patients = b.patients OR len(a.patients) = 0 OR len(b.patients) = 0)
  AND (a.user_id IS NULL OR b.user_id IS NULL OR a.user_id = b.user_id)
  AND (a.action = b.action OR a.action IN ('execute', 'emergency')
    OR b.action IN ('execute', 'emergency')
    OR (a.action IN ('create', 'update') AND b.action IN ('create', 'update')))
UNION ALL
SELECT a.index, b.index, 3
FROM alike AS a JOIN alike AS b ON a.alike = b.alike
WHERE a.source <> b.source AND (a.digest <> b.digest OR (a.file = b.file AND a.row <> b.row)) AND abs(a.at - b.at) <= $moment
  AND (a.request IS NULL OR b.request IS NULL)
  AND (a.assigned = b.assigned OR len(a.assigned) = 0 OR len(b.assigned) = 0)
  AND (a.user_id IS NULL OR b.user_id IS NULL OR a.user_id = b.user_id)
"""

_PAIR = """
INSERT INTO pair
SELECT index, other FROM (
  SELECT index, other, rank, count(*) OVER (PARTITION BY index) AS mine,
    count(*) OVER (PARTITION BY other) AS its
  FROM candidate AS c
  WHERE rank <= $rank AND index NOT IN (SELECT index FROM pair)
    AND other NOT IN (SELECT index FROM pair)
)
WHERE mine = 1 AND its = 1
"""

_ONCE = [
    "CREATE TABLE sided AS SELECT n.* FROM named AS n SEMI JOIN pair AS p ON p.index = n.index",
    """
CREATE TABLE once AS
SELECT p.index, p.other FROM pair AS p
JOIN sided AS a ON a.index = p.index JOIN sided AS b ON b.index = p.other
WHERE (len(a.patient_ids) > 0, a.written_user IS NOT NULL, -a.index)
  > (len(b.patient_ids) > 0, b.written_user IS NOT NULL, -b.index)
""",
    """
CREATE TABLE mended AS
SELECT a.* REPLACE (
  CASE WHEN a.written_user IS NULL AND o.written_user IS NOT NULL
    THEN o.user_kind ELSE a.user_kind END AS user_kind,
  coalesce(a.written_user, o.written_user) AS written_user,
  CASE WHEN len(a.patient_ids) > 0 THEN a.patient_ids ELSE o.patient_ids END AS patient_ids,
  coalesce(a.terminal, o.terminal) AS terminal)
FROM once AS k JOIN sided AS a ON a.index = k.index JOIN sided AS o ON o.index = k.other
""",
    """
CREATE VIEW raw AS
SELECT n.* FROM named AS n
ANTI JOIN (SELECT index FROM once UNION ALL SELECT other FROM once) AS k ON k.index = n.index
UNION ALL SELECT * FROM mended
""",
]
_ALONE = [
    "CREATE TABLE once (index BIGINT, other BIGINT)",
    "CREATE VIEW raw AS SELECT * FROM named",
]


def pair_up(desk: Analysis, *, since: dt.datetime, until: dt.datetime, whole: bool = True) -> None:
    """Make ``pair`` (index, other), both ways, of the records of `access` in that time (UTC).

    Unless `whole`, only of those in ``read``, all records of a patient, and their other sides.
    """
    desk.execute("CREATE OR REPLACE TABLE pair (index BIGINT, other BIGINT)")
    span = {"since": since, "until": until}
    sources = desk.rows(_SOURCES, span)
    if len(sources) < 2:
        return
    if whole:
        desk.execute(_PERHAPS, {**span, "most": sources[0][0]})
    else:
        desk.execute(_OF_RAW, span)
    desk.execute(_SIDE, span)
    desk.execute(
        _CANDIDATE,
        {"lasts": _milliseconds(REQUEST_LASTS), "moment": _milliseconds(MOMENT)},
    )
    for rank in (1, 2, 3):
        desk.execute(_PAIR, {"rank": rank})


def count_once(desk: Analysis) -> None:
    """Make ``raw`` of ``named`` with one of each pair, and what only the other side knew; make ``once``.

    The one stands that names a patient, then the one that names a person, then the earlier.
    """
    paired = desk.rows("SELECT count(*) FROM pair")[0][0]
    for sql in _ONCE if paired else _ALONE:
        desk.execute(sql)


def other_side(book: Book, index: int) -> int | None:
    """Return the record that the other side wrote of the same action, None where there is none."""
    with analysis(memory="400MB") as desk:
        book.register(desk, "access")
        found = desk.rows("SELECT occurred_at FROM access WHERE index = $index", {"index": index})
        if not found:
            return None
        at = found[0][0]
        pair_up(desk, since=at - AROUND, until=at + AROUND)
        other = desk.rows("SELECT other FROM pair WHERE index = $index", {"index": index})
    return int(other[0][0]) if other else None


def _milliseconds(span: dt.timedelta) -> int:
    return span // dt.timedelta(milliseconds=1)
