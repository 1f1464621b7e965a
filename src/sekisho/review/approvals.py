"""Explanations work only after a named person approved them for this institution."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.review.catalogue import Explanation, explanations
from sekisho.review.mined import adopted
from sekisho.review.tables import APPROVAL
from sekisho.storage import Database


def approve_shipped(database: Database, by: str, at: dt.datetime) -> list[str]:
    """Approve every explanation that is shipped, in the name of `by`; return their ids."""
    for explanation in explanations():
        approve(database, explanation.id, by, at)
    return [explanation.id for explanation in explanations()]


def approve(database: Database, explanation: str, by: str, at: dt.datetime) -> None:
    """Approve one explanation, as it stands now, in the name of `by`.

    Raises:
        InvalidInputError: There is none of that id, or nobody is named.
    """
    found = next((e for e in explanations() if e.id == explanation), None)
    if found is None:
        raise InvalidInputError("review.unknown_explanation", explanation=explanation)
    if not by.strip():
        raise InvalidInputError("review.nobody_named")
    with database.write() as c:
        c.execute(sa.delete(APPROVAL).where(APPROVAL.c.explanation == explanation))
        c.execute(
            sa.insert(APPROVAL).values(
                explanation=explanation, digest=found.digest, by=by.strip(), at=at
            )
        )


def approved(database: Database) -> Mapping[str, tuple[str, dt.datetime]]:
    """Return id → (who, when) of each explanation that works now.

    One whose SQL or windows changed since is not among them: it waits to be
    approved again.
    """
    with database.read() as c:
        rows = c.execute(sa.select(APPROVAL)).all()
    now = {explanation.id: explanation.digest for explanation in explanations()}
    kept = {r.explanation: (r.by, r.at) for r in rows if now.get(r.explanation) == r.digest}
    return kept | {one.id: (by, at) for one, by, at in adopted(database).values()}


def working(database: Database) -> tuple[Explanation, ...]:
    """Return the explanations that were approved, narrowest first."""
    names = approved(database)
    mined = [one for one, _, _ in adopted(database).values()]
    kept = [*(e for e in explanations() if e.id in names), *mined]
    return tuple(sorted(kept, key=lambda one: (one.order, one.id)))
