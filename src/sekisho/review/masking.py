"""Names stay masked until the institution has said by what rule it looks, and who looks at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.review.decisions import decisions
from sekisho.review.tables import PROOF
from sekisho.storage import Database

KINDS = ("rule", "responsible", "notice", "watchers")
"""The rule, the responsible person, the notice to staff, and who watches the watchers."""
LEAST_REASON = 2
"""Characters that a reason has at least."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One dated proof, as a named person entered it, and who took it back, if anybody did."""

    kind: str
    text: str
    date: dt.date
    by: str
    at: dt.datetime
    withdrawn_by: str | None = None
    withdrawn_at: dt.datetime | None = None
    withdrawn_why: str | None = None


@dataclass(frozen=True, slots=True)
class Masking:
    """Whether names are masked on pages and paper, and what is still missing.

    Attributes:
        missing: Message ids of the proofs that have not been entered.
        proofs: Kind → the newest proof of it that nobody took back.
        notified: The day from which staff knew, the first of several; None where no notice stands.
        orders: Days before it that two people ordered to be reviewed by name.
        entries: Kind → all that was entered, the newest first, also what was taken back.
    """

    masked: bool
    missing: tuple[str, ...]
    proofs: Mapping[str, Proof]
    notified: dt.date | None = None
    orders: tuple[tuple[dt.date, dt.date], ...] = ()
    entries: Mapping[str, tuple[Proof, ...]] = field(default_factory=dict)

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
    entered = [Proof(**row._mapping) for row in rows]  # noqa: SLF001 (its public name)
    standing = [one for one in entered if one.withdrawn_by is None]
    proofs = {one.kind: one for one in standing}
    missing = tuple(f"review.proof.{kind}" for kind in KINDS if kind not in proofs)
    orders = tuple(
        (one.start, one.end)
        for one in decisions(database)
        if one.stands and one.start is not None and one.end is not None
    )
    notified = min((one.date for one in standing if one.kind == "notice"), default=None)
    entries = {kind: tuple(one for one in reversed(entered) if one.kind == kind) for kind in KINDS}
    return Masking(bool(missing), missing, proofs, notified, orders, entries)


def set_masking_proof(
    database: Database, kind: str, text: str, date: dt.date, by: str, at: dt.datetime
) -> None:
    """Enter one proof; earlier ones of the kind are kept.

    Of several notices the first says since when staff knew: a wrong one is taken back
    (`withdraw_proof`), not written over.

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


def withdraw_proof(
    database: Database, kind: str, entered_at: dt.datetime, *, why: str, by: str, at: dt.datetime
) -> None:
    """Take back what was entered at that moment, in the name of `by`: it stays on record and counts no more.

    Never are more names shown by this: without it either a proof is missing, or staff knew later.

    Raises:
        InvalidInputError: No reason, or nobody is named.
        ConflictError: There is none, or it was taken back already.
    """
    if len(why.strip()) < LEAST_REASON or not by.strip():
        raise InvalidInputError("review.proof_reason")
    with database.write() as c:
        done = c.execute(
            sa.update(PROOF)
            .where(PROOF.c.kind == kind, PROOF.c.at == entered_at, PROOF.c.withdrawn_by.is_(None))
            .values(withdrawn_by=by.strip(), withdrawn_at=at, withdrawn_why=why.strip()[:1000])
        )
        if not done.rowcount:
            raise ConflictError("review.proof_over")
