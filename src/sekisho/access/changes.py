"""How rights change: one person proposes a whole book, another approves it, all is kept.

Nothing is in force before two people of the institution agreed, and an earlier book
comes back only by the same way. The caller records both acts in the ledger first.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sekisho.access import cache as kept
from sekisho.access.book import Book, Files, digest, read_book
from sekisho.access.records import Effect
from sekisho.access.table import BLOCK, Outcome, Table
from sekisho.access.tables import CHANGE, FORCE
from sekisho.errors import ConflictError, InvalidInputError, TamperError
from sekisho.storage import Database

NOTHING = "none"
"""Version while nothing is in force: everything is refused."""


class State(StrEnum):
    """What became of a proposal."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One proposal.

    Attributes:
        base: Number of what was in force when it was proposed; None for nothing.
        note: Why it is proposed; `reason` why it was approved or refused.
        in_force: It is what decides now.
    """

    number: int
    digest: str
    base: int | None
    by: str
    at: dt.datetime
    note: str
    state: State
    decided_by: str | None
    decided_at: dt.datetime | None
    reason: str
    in_force: bool


def version_of(database: Database) -> str:
    """Return the version in force; one short query, so that it may be asked often."""
    with database.read() as c:
        row = _force(c)
    return NOTHING if row is None else _version(row)


def active(database: Database, cache: Path | None = None) -> Table:
    """Return the table in force; one that refuses everything while nothing is.

    Args:
        database: Where the book is kept.
        cache: File that keeps the table between starts, authenticated; made when absent.

    Raises:
        TamperError: The book is not the one that was approved.
    """
    with database.read() as c:
        row = _force(c)
    if row is None:
        return nothing()
    version = _version(row)
    table = kept.load(cache, version, row.digest) if cache else None
    if table is None:
        from sekisho.access.build import build  # noqa: PLC0415 (with the cache Cedar is not loaded)

        table = build(book_of(database, row.number), version)
        if cache:
            kept.keep(cache, table, row.digest)
    return table


def current(database: Database) -> Change | None:
    """Return the change in force, None while nothing is."""
    return next((one for one in changes(database) if one.in_force), None)


def changes(database: Database) -> list[Change]:
    """Return every change ever proposed, newest first."""
    columns = [column for column in CHANGE.c if column.name != "files"]
    with database.read() as c:
        row = _force(c)
        rows = c.execute(sa.select(*columns).order_by(CHANGE.c.number.desc())).mappings().all()
    return [_change(dict(one), None if row is None else row.number) for one in rows]


def waiting(database: Database) -> int:
    """Return how many proposals wait for a second person."""
    query = sa.select(sa.func.count()).where(CHANGE.c.state == State.PROPOSED)
    with database.read() as c:
        return int(c.scalar(query) or 0)


def change(database: Database, number: int) -> Change:
    """Return one change.

    Raises:
        InvalidInputError: There is none of that number.
    """
    found = next((one for one in changes(database) if one.number == number), None)
    if found is None:
        raise InvalidInputError("access.no_change", number=number)
    return found


def files_of(database: Database, number: int) -> Files:
    """Return the files of one change.

    Raises:
        InvalidInputError: There is none of that number.
        TamperError: They are not those that were proposed.
    """
    with database.read() as c:
        row = c.execute(
            sa.select(CHANGE.c.files, CHANGE.c.digest).where(CHANGE.c.number == number)
        ).one_or_none()
    if row is None:
        raise InvalidInputError("access.no_change", number=number)
    files: dict[str, str] = row.files
    if digest(files) != row.digest:
        raise TamperError("access.book_changed", number=number)
    return files


def book_of(database: Database, number: int) -> Book:
    """Return the book of one change; raises as `files_of` does."""
    return read_book(files_of(database, number))


def propose(
    database: Database, files: Files, *, by: str, at: dt.datetime, note: str = ""
) -> Change:
    """Keep a book as a proposal of `by`; nothing changes until another person approves it.

    Raises:
        InvalidInputError: The book is wrong, an example fails, it is what is in force
            already, or nobody is named.
    """
    check_proposal(database, files, by=by)
    with database.write() as c:
        row = _force(c)
        number = c.execute(
            sa.insert(CHANGE).values(
                digest=digest(files), files=dict(files), base=None if row is None else row.number,
                by=by.strip(), at=at, note=note.strip(), state=State.PROPOSED, reason="",
            )
        ).inserted_primary_key  # fmt: skip
    assert number is not None
    return change(database, int(number[0]))


def check_proposal(database: Database, files: Files, *, by: str) -> None:
    """Refuse what `propose` would refuse, before the act is recorded."""
    _named(by)
    check(files)
    with database.read() as c:
        row = _force(c)
    if row is not None and row.digest == digest(files):
        raise InvalidInputError("access.nothing_changes")


def approve(
    database: Database, number: int, *, by: str, at: dt.datetime, reason: str = ""
) -> Change:
    """Put a proposal in force, in the name of `by`, who is not the one who proposed it.

    Raises:
        ConflictError: It is the proposer's own, already decided, or something else came
            into force since.
        InvalidInputError: The book is wrong now (a newer Sekisho reads more strictly).
        TamperError: The book is not the one that was proposed.
    """
    check_approval(database, number, by=by)
    with database.write() as c:
        _approvable(c, number, by)
        _decide(c, number, State.APPROVED, by, at, reason)
        c.execute(sa.insert(FORCE).values(number=number, at=at))
    return change(database, number)


def check_approval(database: Database, number: int, *, by: str) -> None:
    """Refuse what `approve` would refuse, before the act is recorded."""
    _named(by)
    check(files_of(database, number))
    with database.read() as c:
        _approvable(c, number, by)


def check_refusal(database: Database, number: int, *, by: str, reason: str) -> None:
    """Refuse what `refuse` would refuse, before the act is recorded."""
    _named(by)
    if not reason.strip():
        raise InvalidInputError("access.reason_needed")
    with database.read() as c:
        _waiting(c, number)


def refuse(database: Database, number: int, *, by: str, at: dt.datetime, reason: str) -> Change:
    """Refuse a proposal, or withdraw one's own.

    Raises:
        ConflictError: It is already decided.
        InvalidInputError: No reason is given.
    """
    check_refusal(database, number, by=by, reason=reason)
    with database.write() as c:
        _waiting(c, number)
        _decide(c, number, State.REFUSED, by, at, reason)
    return change(database, number)


def check(files: Files) -> tuple[Book, Table]:
    """Return the book and the table of `files`.

    Raises:
        InvalidInputError: It is wrong, or an example fails; the message names the place.
    """
    from sekisho.access.build import build  # noqa: PLC0415 (with the cache Cedar is not loaded)
    from sekisho.access.examples import failing  # noqa: PLC0415 (same)

    book = read_book(files)
    table = build(book)
    wrong = failing(book, table)
    if wrong:
        raise InvalidInputError(
            "access.example_fails", where=wrong[0].where, count=len(wrong),
            text=" / ".join(wrong[0].text.values()),
        )  # fmt: skip
    return book, table


def same_person(one: str, other: str) -> bool:
    """Return whether two staff ids are one person's, however they are typed."""
    return one.strip().casefold() == other.strip().casefold()


def nothing() -> Table:
    """Return the table of an institution that has adopted nothing: it refuses everything."""
    from sekisho.access.files import shipped  # noqa: PLC0415 (only before the first adoption)

    book = read_book(shipped())
    groups, classes = [one.id for one in book.groups], [one.id for one in book.classes]
    return Table(
        groups=groups, classes=classes, version=NOTHING, outcomes=[Outcome(Effect.SILENT)],
        cells=[0] * (len(groups) * len(classes) * BLOCK),
    )  # fmt: skip


def _force(c: sa.Connection) -> Any:
    return c.execute(
        sa.select(FORCE.c.id, FORCE.c.number, CHANGE.c.digest)
        .join(CHANGE, CHANGE.c.number == FORCE.c.number)
        .order_by(FORCE.c.id.desc())
        .limit(1)
    ).one_or_none()


def _version(row: Any) -> str:
    return f"{row.id}-{row.digest[:12]}"


def _named(by: str) -> None:
    if not by.strip():
        raise InvalidInputError("access.nobody_named")


def _waiting(c: sa.Connection, number: int) -> Any:
    row = c.execute(
        sa.select(CHANGE.c.by, CHANGE.c.base, CHANGE.c.state).where(CHANGE.c.number == number)
    ).one_or_none()
    if row is None:
        raise InvalidInputError("access.no_change", number=number)
    if row.state != State.PROPOSED:
        raise ConflictError("access.already_decided", number=number)
    return row


def _approvable(c: sa.Connection, number: int, by: str) -> None:
    row = _waiting(c, number)
    if same_person(row.by, by):
        raise ConflictError("access.own_proposal")
    force = _force(c)
    if (None if force is None else force.number) != row.base:
        raise ConflictError("access.base_moved", number=number)


def _decide(
    c: sa.Connection, number: int, state: State, by: str, at: dt.datetime, reason: str
) -> None:
    c.execute(
        sa.update(CHANGE)
        .where(CHANGE.c.number == number)
        .values(state=state, decided_by=by.strip(), decided_at=at, reason=reason.strip())
    )


def _change(row: dict[str, Any], in_force: int | None) -> Change:
    values = {**row, "state": State(row["state"]), "in_force": row["number"] == in_force}
    return Change(**values)
