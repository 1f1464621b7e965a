"""Proposals from the data: explanations that might be missing, for a named person to approve.

A template is an explanation whose SQL names places by a dollar sign (`mined/*.sql`). Where
people of one place again and again open, unexplained, records of patients whom another place
treats, the pair is proposed with what it would explain and its rarest examples. Nothing works
before it is approved; what people answer about cases changes no proposal.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.review.catalogue import Explanation, read
from sekisho.review.tables import MINED
from sekisho.storage import Analysis, Database

FOLDER = Path(__file__).with_name("mined")
LEAST = {"accesses": 20, "people": 3, "patients": 8}
"""What a pair of places must show before it is proposed: no one person's habit."""
MOST = 12
"""So many proposals are shown, those that would explain most first."""

_PROPOSALS = """
WITH near AS (
  SELECT DISTINCT t.index, t.user_id, t.patient_id, p.place AS mine, c.key AS theirs
  FROM open_touch AS t
  JOIN post_day AS p ON p.user_id = t.user_id AND p.day = t.day
  JOIN place_care AS c ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
    AND t.day BETWEEN c.day - $before AND c.until + $after
  WHERE t.kind IN ('person', 'unknown') AND t.source <> 'sekisho'
    AND p.place IS NOT NULL AND p.place <> c.key
),
pair AS (
  SELECT mine, theirs, count(DISTINCT index) AS accesses, count(DISTINCT user_id) AS people,
    count(DISTINCT patient_id) AS patients
  FROM near GROUP BY mine, theirs
),
chosen AS (
  SELECT * FROM pair
  WHERE accesses >= $accesses AND people >= $people AND patients >= $patients
  ORDER BY accesses DESC, mine, theirs LIMIT $most
),
seen AS (
  SELECT n.mine, n.theirs, min(n.index) AS index,
    row_number() OVER (PARTITION BY n.mine, n.theirs ORDER BY count(*), min(n.index)) AS rank
  FROM near AS n SEMI JOIN chosen AS c ON c.mine = n.mine AND c.theirs = n.theirs
  GROUP BY n.mine, n.theirs, n.user_id
)
SELECT c.mine, c.theirs, c.accesses, c.people, c.patients, s.index
FROM chosen AS c JOIN seen AS s ON s.mine = c.mine AND s.theirs = c.theirs AND s.rank <= 3
ORDER BY c.accesses DESC, c.mine, c.theirs, s.rank
"""


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
    found = next((one for one in templates() if one.id == template), None)
    if found is None:
        raise InvalidInputError("review.unknown_explanation", explanation=template)
    words = repr(sorted(values.items()))
    return replace(
        found,
        id=f"{template}:{hashlib.sha256(words.encode()).hexdigest()[:16]}",
        windows={**found.windows, **values},
        title={language: title % values for language, title in found.title.items()},
        digest=hashlib.sha256(f"{found.digest}{words}".encode()).hexdigest(),
    )


def propose(analysis: Analysis) -> list[dict[str, Any]]:
    """Return the pairs of places that would explain most of what stays open.

    Each: ``id``, ``template``, ``values``, ``accesses``, ``people``, ``patients`` and
    ``examples``, the first record of each of the three people who did it least.
    """
    found: dict[str, dict[str, Any]] = {}
    windows = {name: templates()[0].windows[name] for name in ("before", "after")}
    for mine, theirs, accesses, people, patients, index in analysis.rows(
        _PROPOSALS, {**windows, **LEAST, "most": MOST}
    ):
        values = {"mine": mine, "theirs": theirs}
        one = instance("mined_places", values)
        line = {
            "id": one.id, "template": "mined_places", "values": values, "accesses": accesses,
            "people": people, "patients": patients, "examples": [],
        }  # fmt: skip
        found.setdefault(one.id, line)["examples"].append(index)
    return list(found.values())


def adopt(
    database: Database, template: str, values: Mapping[str, str], by: str, at: dt.datetime
) -> Explanation:
    """Approve the explanation of `template` with `values`, in the name of `by`, and return it.

    Raises:
        InvalidInputError: There is no such template, or nobody is named.
    """
    one = instance(template, values)
    if not by.strip():
        raise InvalidInputError("review.nobody_named")
    with database.write() as c:
        c.execute(sa.delete(MINED).where(MINED.c.id == one.id))
        c.execute(
            sa.insert(MINED).values(
                id=one.id, template=template, values=dict(values), digest=one.digest,
                by=by.strip(), at=at,
            )
        )  # fmt: skip
    return one


def adopted(database: Database) -> dict[str, tuple[Explanation, str, dt.datetime]]:
    """Return id → (explanation, who, when) of those that were approved as they stand now."""
    known = {one.id for one in templates()}
    with database.read() as c:
        rows = c.execute(sa.select(MINED).order_by(MINED.c.id)).all()
    found = {}
    for row in rows:
        if row.template in known:
            one = instance(row.template, row.values)
            if one.digest == row.digest:
                found[one.id] = (one, row.by, row.at)
    return found
