"""Records of one action, from all who observed it: joined, all kept, counted once.

Client and server both log one request (IHE BALP), or the gate, the system behind it and that
one's database. What is one act is derived each time, never stored: by the request's id where
they wrote it down, else by the same patients, act, object and client's address within a moment.
Two people are never one, also where somebody sent another's id of a request; one person may
have another id in each system, where a list says so. Only different observers are joined, each
with one record, and only where each fits each and nothing else fits any: what is doubtful
stays apart.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol

import pyarrow as pa

from sekisho.review.owners import NAMED, ZONE, find_owners
from sekisho.storage import Analysis, analysis
from sekisho.terms import REQUEST

MOMENT = dt.timedelta(seconds=2)
"""Clocks of the two sides may differ by this where no request's id joins them."""
REQUEST_LASTS = dt.timedelta(minutes=10)
"""An id of a request that comes again later than this is another request's."""
AROUND = 4 * (REQUEST_LASTS + MOMENT)
"""Around a record, every record that can decide what it is joined with."""


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
      CAST(occurred_at + INTERVAL {ZONE} HOUR AS DATE) AS day,
      origin_row AS row, action, user_id AS written_user,
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
  SELECT * FROM sided WHERE request IN (
    SELECT request FROM side GROUP BY request
    HAVING count(*) BETWEEN 2 AND 50 AND min(source) <> max(source))
),
alike AS (
  SELECT * FROM sided WHERE told AND alike IN (
    SELECT alike FROM side WHERE told GROUP BY alike HAVING min(source) <> max(source))
)
SELECT a.index, b.index AS other,
  CASE WHEN a.patients = b.patients AND a.action = b.action AND a.thing = b.thing
    THEN 1 ELSE 2 END AS rank
FROM request AS a JOIN request AS b ON a.request = b.request
WHERE a.source <> b.source AND (a.digest <> b.digest OR (a.file = b.file AND a.row <> b.row)) AND abs(a.at - b.at) <= $lasts
  AND (a.patients = b.patients OR len(a.patients) = 0 OR len(b.patients) = 0)
  AND (a.written_user IS NULL OR b.written_user IS NULL OR a.written_user = b.written_user)
  AND (a.action = b.action OR a.action IN ('execute', 'emergency')
    OR b.action IN ('execute', 'emergency')
    OR (a.action IN ('create', 'update') AND b.action IN ('create', 'update')))
UNION ALL
SELECT a.index, b.index, 3
FROM alike AS a JOIN alike AS b ON a.alike = b.alike
WHERE a.source <> b.source AND (a.digest <> b.digest OR (a.file = b.file AND a.row <> b.row)) AND abs(a.at - b.at) <= $moment
  AND (a.request IS NULL OR b.request IS NULL)
  AND (a.assigned = b.assigned OR len(a.assigned) = 0 OR len(b.assigned) = 0)
  AND (a.written_user IS NULL OR b.written_user IS NULL OR a.written_user = b.written_user)
"""

# Of acts joined so far: those that fit each other record by record, of different observers.
_EDGE = """
CREATE OR REPLACE TABLE edge AS
WITH large AS (SELECT act, count(*) AS n FROM joined GROUP BY act),
told AS (
  SELECT coalesce(a.act, c.index) AS act, coalesce(b.act, c.other) AS other, count(*) AS n
  FROM candidate AS c
  LEFT JOIN joined AS a ON a.index = c.index
  LEFT JOIN joined AS b ON b.index = c.other
  WHERE c.rank <= $rank
  GROUP BY ALL
)
SELECT b.act, b.other FROM told AS b
LEFT JOIN large AS m ON m.act = b.act
LEFT JOIN large AS o ON o.act = b.other
WHERE b.act <> b.other AND b.n = coalesce(m.n, 1) * coalesce(o.n, 1)
"""

# All that fit one another and nothing else: each has the same circle around it.
_JOIN = [
    """
CREATE OR REPLACE TABLE met AS
SELECT unnest(circle) AS part, list_min(circle) AS act FROM (
  SELECT circle FROM (
    SELECT list_sort(list_append(list(other), act)) AS circle FROM edge GROUP BY act
  )
  GROUP BY circle HAVING count(*) = len(circle)
)
""",
    """
CREATE OR REPLACE TABLE joined AS
SELECT j.index, coalesce(m.act, j.act) AS act FROM joined AS j LEFT JOIN met AS m ON m.part = j.act
UNION
SELECT part, act FROM met
""",
]

_ONCE = [
    """
CREATE TABLE observed AS
SELECT n.*, j.act, row_number() OVER (PARTITION BY j.act ORDER BY
  len(n.patient_ids) > 0 DESC, n.written_user IS NOT NULL DESC, n.index) AS place
FROM named AS n JOIN joined AS j ON j.index = n.index
""",
    """
CREATE TABLE once AS
SELECT s.index, o.index AS other
FROM observed AS s JOIN observed AS o ON o.act = s.act AND o.place > 1 WHERE s.place = 1
""",
    """
CREATE TABLE mended AS
SELECT s.* EXCLUDE (act, place) REPLACE (
  coalesce(k.user_kind, s.user_kind) AS user_kind, k.written_user AS written_user,
  coalesce(k.patient_ids, s.patient_ids) AS patient_ids, k.terminal AS terminal,
  k.emergency AS emergency)
FROM observed AS s JOIN (
  SELECT act, bool_or(emergency) AS emergency,
    arg_min(user_kind, place) FILTER (WHERE written_user IS NOT NULL) AS user_kind,
    arg_min(written_user, place) FILTER (WHERE written_user IS NOT NULL) AS written_user,
    arg_min(patient_ids, place) FILTER (WHERE len(patient_ids) > 0) AS patient_ids,
    arg_min(terminal, place) FILTER (WHERE terminal IS NOT NULL) AS terminal
  FROM observed GROUP BY act
) AS k ON k.act = s.act
WHERE s.place = 1
""",
    """
CREATE VIEW raw AS
SELECT n.* FROM named AS n ANTI JOIN observed AS k ON k.index = n.index
UNION ALL SELECT * FROM mended
""",
]
_ALONE = [
    "CREATE TABLE once (index BIGINT, other BIGINT)",
    "CREATE VIEW raw AS SELECT * FROM named",
]


def pair_up(
    desk: Analysis,
    system_ids: pa.Table,
    *,
    since: dt.datetime,
    until: dt.datetime,
    whole: bool = True,
) -> None:
    """Make ``joined`` (index, act) of the records of `access` in that time (UTC) that share an act.

    And ``pair`` (index, other): each two of one act, both ways.

    Args:
        desk: Where ``access`` is.
        system_ids: Whose each id of a system is.
        since: From then on.
        until: Up to then, not included.
        whole: Of all; else only of those in ``read``, all records of a patient, and their
            other sides.
    """
    desk.execute("CREATE OR REPLACE TABLE joined (index BIGINT, act BIGINT)")
    span = {"since": since, "until": until}
    sources = desk.rows(_SOURCES, span)
    if len(sources) > 1:
        if whole:
            desk.execute(_PERHAPS, {**span, "most": sources[0][0]})
        else:
            desk.execute(_OF_RAW, span)
        desk.execute(_SIDE, span)
        known = find_owners(desk, system_ids, "side", "side_owner")
        named = NAMED.format(table="side", owners="side_owner") if known else "SELECT * FROM side"
        desk.execute(f"CREATE OR REPLACE TABLE sided AS {named}")
        desk.execute(
            _CANDIDATE,
            {"lasts": _milliseconds(REQUEST_LASTS), "moment": _milliseconds(MOMENT)},
        )
        for rank in (1, 2, 3):
            desk.execute(_EDGE, {"rank": rank})
            for sql in _JOIN:
                desk.execute(sql)
    desk.execute(
        """
CREATE OR REPLACE TABLE pair AS
SELECT a.index, b.index AS other FROM joined AS a JOIN joined AS b ON b.act = a.act
WHERE a.index <> b.index
"""
    )


def count_once(desk: Analysis) -> None:
    """Make ``raw`` of ``named`` with one record of each act, and what only others knew; make ``once``.

    The one stands that names a patient, then the one that names a person, then the earlier.
    """
    joined = desk.rows("SELECT count(*) FROM joined")[0][0]
    for sql in _ONCE if joined else _ALONE:
        desk.execute(sql)


def other_sides(book: Book, system_ids: pa.Table, index: int) -> list[int]:
    """Return the records that others wrote of the same action as `index`, in their order.

    Args:
        book: The records around it (`AROUND`).
        system_ids: Whose each id of a system is.
        index: Of the record.
    """
    with analysis(memory="400MB") as desk:
        book.register(desk, "access")
        found = desk.rows("SELECT occurred_at FROM access WHERE index = $index", {"index": index})
        if not found:
            return []
        at = found[0][0]
        pair_up(desk, system_ids, since=at - AROUND, until=at + AROUND)
        rows = desk.rows(
            "SELECT other FROM pair WHERE index = $index ORDER BY other", {"index": index}
        )
    return [int(other) for (other,) in rows]


def _milliseconds(span: dt.timedelta) -> int:
    return span // dt.timedelta(milliseconds=1)
