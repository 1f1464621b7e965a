"""Names stay masked until the institution has said by what rule it looks, and who looks at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.review.decisions import decisions
from sekisho.review.tables import PROOF
from sekisho.storage import Database

KINDS = ("rule", "responsible", "notice", "watchers")
"""The rule, the responsible person, the notice to staff, and who watches the watchers."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One dated proof, as a named person entered it."""

    kind: str
    text: str
    date: dt.date
    by: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Masking:
    """Whether names are masked on pages and paper, and what is still missing.

    Attributes:
        missing: Message ids of the proofs that have not been entered.
        proofs: Kind → the newest proof of it.
        notified: The day from which staff knew; None where no notice is on record.
        orders: Days before it that two people ordered to be reviewed by name.
    """

    masked: bool
    missing: tuple[str, ...]
    proofs: Mapping[str, Proof]
    notified: dt.date | None = None
    orders: tuple[tuple[dt.date, dt.date], ...] = ()

    def hides(self, first: dt.date, last: dt.date) -> bool:
        """Return whether accesses of these local days are shown without names.

        They are while a proof is missing, and where some of them are from before the notice
        to staff and no order of two people covers those.
        """
        if self.masked or self.notified is None:
            return True
        if first >= self.notified:
            return False
        end = min(last, self.notified - dt.timedelta(days=1))
        return not any(start <= first and end <= until for start, until in self.orders)


def masking(database: Database) -> Masking:
    """Return whether names are masked now: they are until all four proofs are there."""
    with database.read() as c:
        rows = c.execute(sa.select(PROOF).order_by(PROOF.c.at)).all()
    proofs = {row.kind: Proof(row.kind, row.text, row.date, row.by, row.at) for row in rows}
    missing = tuple(f"review.proof.{kind}" for kind in KINDS if kind not in proofs)
    orders = tuple(
        (one.start, one.end)
        for one in decisions(database)
        if one.stands and one.start is not None and one.end is not None
    )
    notified = min((row.date for row in rows if row.kind == "notice"), default=None)
    return Masking(bool(missing), missing, proofs, notified, orders)


def set_masking_proof(
    database: Database, kind: str, text: str, date: dt.date, by: str, at: dt.datetime
) -> None:
    """Enter one proof; earlier ones of the kind are kept.

    Raises:
        InvalidInputError: No such kind, no text or name, or a date that lies ahead.
    """
    if kind not in KINDS:
        raise InvalidInputError("review.unknown_proof")
    if not text.strip() or not by.strip():
        raise InvalidInputError("review.proof_needed")
    if date > (at + dt.timedelta(hours=9)).date():
        raise InvalidInputError("review.proof_in_future")
    with database.write() as c:
        c.execute(
            sa.insert(PROOF).values(kind=kind, text=text.strip(), date=date, by=by.strip(), at=at)
        )
