"""Proposals: explanations that might be missing, for a named person to approve.

A template is an explanation whose SQL names places, duties, kinds of orders or a day of the week
by a dollar sign (`mined/*.sql`). Where people of one place or duty again and again open,
unexplained, records of patients who have the same in common, that is proposed with what it would
explain and its rarest examples. So is what people answered to be explained, of the same duty and
place, again and again. Nothing works before it is approved: no answer is a filter by itself.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.pages.words import say
from sekisho.review.catalogue import Explanation, read
from sekisho.review.owners import ZONE
from sekisho.review.tables import ANSWER, CASE
from sekisho.storage import Analysis, Database

FOLDER = Path(__file__).with_name("mined")
LEAST = {"accesses": 20, "people": 3, "patients": 8}
"""What must be seen before it is proposed: no one person's habit."""
TAUGHT = {"accesses": 1, "people": 1, "patients": 1}
"""The same of what answers propose: there cases are counted."""
CASES = {"cases": 3, "readers": 2}
"""So many cases, of so many people, must have been answered to be explained."""
MOST = 12
"""So many proposals are shown of each template, those that would explain most first."""


@dataclass(frozen=True, slots=True)
class _Way:
    """How the data are asked for one template.

    Attributes:
        template: Its id.
        names: The values that the columns `a`, `b` and `c` of `near` are.
        near: A query: index, user_id, patient_id, a, b and c of what stays open.
        least: What must be seen.
        values: Numbers that `near` names besides the template's windows.
    """

    template: str
    names: tuple[str, ...]
    near: str
    least: Mapping[str, int]
    values: Mapping[str, float]


_OPEN = """
FROM open_touch AS t
JOIN post_day AS p ON p.user_id = t.user_id AND p.day = t.day
JOIN place_care AS c ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.until + $after
"""
_PEOPLE = "t.kind IN ('person', 'unknown') AND t.source <> 'sekisho'"
_PLACES = f"""
SELECT DISTINCT t.index, t.user_id, t.patient_id, p.place AS a, c.key AS b, '' AS c
{_OPEN}
WHERE {_PEOPLE} AND p.place IS NOT NULL AND p.place <> c.key
"""
# A kind of order is only told where it goes with a good part of what a duty has open.
_ORDERS = f"""
WITH ordered AS (
  SELECT DISTINCT t.index, t.user_id, t.patient_id, t.duty_group AS a, c.what AS b
  FROM open_touch AS t
  JOIN orders_ever AS c ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
    AND t.day BETWEEN c.day - $before AND c.until + $after
  WHERE {_PEOPLE} AND t.duty_group NOT IN ('none', 'other')
),
often AS (
  SELECT n.a, n.b FROM ordered AS n
  JOIN (
    SELECT t.duty_group AS a, count(*) AS accesses FROM open_touch AS t WHERE {_PEOPLE}
    GROUP BY t.duty_group
  ) AS w ON w.a = n.a
  GROUP BY n.a, n.b
  HAVING count(*) >= $share * max(w.accesses)
)
SELECT n.index, n.user_id, n.patient_id, n.a, n.b, '' AS c FROM ordered AS n
SEMI JOIN often AS f ON f.a = n.a AND f.b = n.b
"""  # noqa: S608 (texts of this file)
# A day of the week is only told where most of what two places have open falls on it, for weeks.
_WEEKDAY = f"""
WITH wide AS (
  SELECT DISTINCT t.index, t.user_id, t.patient_id, t.day, p.place AS a, c.key AS b,
    CAST(date_diff('day', DATE '2024-01-01', t.day) % 7 AS VARCHAR) AS c
  {_OPEN}
  WHERE {_PEOPLE} AND p.place IS NOT NULL AND p.place <> c.key
),
fixed AS (
  SELECT w.a, w.b, w.c FROM wide AS w
  JOIN (SELECT a, b, count(*) AS accesses FROM wide GROUP BY a, b) AS s ON s.a = w.a AND s.b = w.b
  GROUP BY w.a, w.b, w.c
  HAVING count(*) >= $share * max(s.accesses) AND count(DISTINCT w.day) >= $weeks
)
SELECT w.index, w.user_id, w.patient_id, w.a, w.b, w.c FROM wide AS w
SEMI JOIN fixed AS f ON f.a = w.a AND f.b = w.b AND f.c = w.c
"""  # noqa: S608 (texts of this file)
_ANSWERS = f"""
WITH told AS (
  SELECT a.key, a.day, coalesce(m.user_id, a.user_id) AS user_id,
    o.patient_id
  FROM answered AS a
  LEFT JOIN user_map AS m ON m.written = a.user_id
  LEFT JOIN patient_map AS o ON o.written = a.patient_id
),
placed_staff AS (
  SELECT user_id, duty_group, valid_from, valid_to, unnest(places) AS place FROM staff
),
taught AS (
  SELECT s.duty_group AS a, s.place AS b, c.key AS c
  FROM told AS t
  JOIN placed_staff AS s ON s.user_id = t.user_id
    AND (s.valid_from IS NULL OR s.valid_from <= t.day)
    AND (s.valid_to IS NULL OR s.valid_to >= t.day)
  JOIN place_care AS c ON c.patient_id = t.patient_id
    AND t.day BETWEEN c.day - $before AND c.until + $after
  WHERE s.place <> c.key
  GROUP BY s.duty_group, s.place, c.key
  HAVING count(DISTINCT t.key) >= $cases AND count(DISTINCT t.user_id) >= $readers
)
SELECT DISTINCT t.index, t.user_id, t.patient_id, p.duty_group AS a, p.place AS b, c.key AS c
{_OPEN}
SEMI JOIN taught AS x ON x.a = p.duty_group AND x.b = p.place AND x.c = c.key
WHERE {_PEOPLE}
"""  # noqa: S608 (texts of this file)
_WAYS = (
    _Way("mined_answers", ("duty", "mine", "theirs"), _ANSWERS, TAUGHT, CASES),
    _Way("mined_places", ("mine", "theirs"), _PLACES, LEAST, {}),
    _Way(
        "mined_weekday", ("mine", "theirs", "weekday"), _WEEKDAY, LEAST, {"share": 0.7, "weeks": 3}
    ),
    _Way("mined_orders", ("duty", "what"), _ORDERS, LEAST, {"share": 0.3}),
)

_PROPOSALS = """
WITH near AS ({near}),
sorts AS (
  SELECT a, b, c, count(DISTINCT index) AS accesses, count(DISTINCT user_id) AS people,
    count(DISTINCT patient_id) AS patients
  FROM near GROUP BY a, b, c
),
chosen AS (
  SELECT * FROM sorts
  WHERE accesses >= $accesses AND people >= $people AND patients >= $patients
  ORDER BY accesses DESC, a, b, c LIMIT $most
),
seen AS (
  SELECT n.a, n.b, n.c, min(n.index) AS index,
    row_number() OVER (PARTITION BY n.a, n.b, n.c ORDER BY count(*), min(n.index)) AS rank
  FROM near AS n SEMI JOIN chosen AS k ON k.a = n.a AND k.b = n.b AND k.c = n.c
  GROUP BY n.a, n.b, n.c, n.user_id
)
SELECT CAST(k.a AS VARCHAR), CAST(k.b AS VARCHAR), CAST(k.c AS VARCHAR), k.accesses, k.people,
  k.patients, s.index
FROM chosen AS k JOIN seen AS s ON s.a = k.a AND s.b = k.b AND s.c = k.c AND s.rank <= 3
ORDER BY k.accesses DESC, k.a, k.b, k.c, s.rank
"""
_WORDS = {
    "duty": "console.duty",
    "what": "console.case.what",
    "weekday": "console.rosters.weekday",
}
"""Values that a title says in words."""


@cache
def templates() -> tuple[Explanation, ...]:
    """Return the templates, each with the values of its samples."""
    rules = (read(path) for path in sorted(FOLDER.glob("*.sql")))
    return tuple(rule for rule in rules if isinstance(rule, Explanation))


def instance(template: str, values: Mapping[str, str]) -> Explanation:
    """Return the explanation that `template` gives with `values`.

    Raises:
        InvalidInputError: There is no such template.
    """
    found = _template(template)
    words = repr(sorted(values.items()))
    return replace(
        found,
        id=f"{template}:{hashlib.sha256(words.encode()).hexdigest()[:16]}",
        windows={**found.windows, **values},
        title={
            language: title % {name: _said(language, name, value) for name, value in values.items()}
            for language, title in found.title.items()
        },
        digest=hashlib.sha256(f"{found.digest}{words}".encode()).hexdigest(),
    )


def _template(name: str) -> Explanation:
    found = next((one for one in templates() if one.id == name), None)
    if found is None:
        raise InvalidInputError("review.unknown_explanation", explanation=name)
    return found


def _said(language: str, name: str, value: str) -> str:
    return say(language, f"{_WORDS[name]}.{value}") if name in _WORDS else value


def taught(database: Database) -> list[dict[str, Any]]:
    """Return what people answered to be explained: ``key``, ``user_id``, ``patient_id``, ``day`` (local).

    One line for each patient of a case; a case whose name was taken away teaches nothing.
    """
    last = sa.select(sa.func.max(ANSWER.c.id)).group_by(ANSWER.c.case_key)
    newest = sa.select(CASE.c.key, sa.func.max(CASE.c.run_id).label("run_id")).group_by(CASE.c.key)
    of = newest.subquery()
    query = (
        sa.select(CASE.c.key, CASE.c.user_id, CASE.c.patient_ids, CASE.c.first_at)
        .join(of, sa.and_(of.c.key == CASE.c.key, of.c.run_id == CASE.c.run_id))
        .join(ANSWER, ANSWER.c.case_key == CASE.c.key)
        .where(ANSWER.c.id.in_(last), ANSWER.c.answer == "explained")
        .where(CASE.c.forgotten_at.is_(None), CASE.c.user_kind.in_(("person", "unknown")))
        .order_by(CASE.c.key)
    )
    with database.read() as c:
        return [
            {"key": row.key, "user_id": row.user_id, "patient_id": patient,
             "day": (row.first_at + dt.timedelta(hours=ZONE)).date()}
            for row in c.execute(query) for patient in row.patient_ids
        ]  # fmt: skip


def propose(analysis: Analysis, answers: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """Return what would explain most of what stays open, and what `answers` (`taught`) say of it.

    Each: ``id``, ``template``, ``values``, ``accesses``, ``people``, ``patients`` and
    ``examples``, the first record of each of the three people who did it least.
    """
    columns = {
        "key": pa.string(),
        "user_id": pa.string(),
        "patient_id": pa.string(),
        "day": pa.date32(),
    }
    analysis.register(
        "answered",
        pa.table(
            {name: pa.array([one[name] for one in answers], kind) for name, kind in columns.items()}
        ),
    )
    found: dict[str, dict[str, Any]] = {}
    for way in _WAYS:
        if way.template == "mined_answers" and not answers:
            continue
        windows = _template(way.template).windows
        asked = {name: windows[name] for name in ("before", "after")}
        sql = _PROPOSALS.replace("{near}", way.near)
        for *told, accesses, people, patients, index in analysis.rows(
            sql, {**asked, **way.least, **way.values, "most": MOST}
        ):
            values = dict(zip(way.names, told, strict=False))
            one = instance(way.template, values)
            line = {
                "id": one.id, "template": way.template, "values": values, "accesses": accesses,
                "people": people, "patients": patients, "examples": [],
            }  # fmt: skip
            found.setdefault(one.id, line)["examples"].append(index)
    return list(found.values())
