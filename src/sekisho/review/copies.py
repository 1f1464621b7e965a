"""The register of answers that left: each has its number, its hash, its record, and who made it.

A number is taken before anything is made, because it is printed; a copy that was not finished
keeps its number and is called void, so that nobody has to ask where a number went.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.review.tables import COPY, NAMES_RULE
from sekisho.storage import Database

FORMS = ("reviewer", "patient")
KINDS = ("pdf", "json")
_LOCK = 0x5E_C1_51
"""PostgreSQL's advisory lock of whoever takes a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One line of the register.

    Attributes:
        form: ``reviewer`` (with names) or ``patient``.
        kind: ``pdf`` or ``json``.
        names_by: Who released the staff's names to the patient; None where nobody did.
        state: ``begun``, ``made``, or ``void``: only what is made was ever given out;
            ``erased`` where it was given out and its patient was lawfully erased since.
        accesses: How many accesses stand in it.
        digest: SHA-256 of the file, hex.
        record: Index of the record that says so.
        records: Indexes of what stands in it.
    """

    year: int
    number: int
    form: str
    kind: str
    language: str
    patient_id: str
    start: dt.date
    end: dt.date
    by: str
    names_by: str | None
    at: dt.datetime
    state: str
    accesses: int | None = None
    digest: str | None = None
    record: int | None = None
    records: Sequence[int] | None = None

    @property
    def name(self) -> str:
        """Return the number as it is printed: ``2026-0007``."""
        return f"{self.year}-{self.number:04d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesRule:
    """What the institution's rule says about staff's names in an answer to a patient."""

    allows: bool
    text: str
    date: dt.date
    by: str
    at: dt.datetime


def begin(
    database: Database,
    *,
    form: str,
    kind: str,
    language: str,
    patient_id: str,
    start: dt.date,
    end: dt.date,
    by: str,
    names_by: str | None,
    at: dt.datetime,
    year: int,
) -> Copy:
    """Take the next number of `year` and return its line, begun.

    Two processes at the same time get two numbers, one after the other.
    """
    with database.write() as c:
        if database.kind == "postgresql":
            c.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        last = c.scalar(sa.select(sa.func.max(COPY.c.number)).where(COPY.c.year == year))
        line = Copy(
            year=year,
            number=(last or 0) + 1,
            form=form,
            kind=kind,
            language=language,
            patient_id=patient_id,
            start=start,
            end=end,
            by=by,
            names_by=names_by,
            at=at,
            state="begun",
        )
        c.execute(sa.insert(COPY).values(asdict(line)))
    return line


def finish(
    database: Database,
    line: Copy,
    *,
    accesses: int,
    records: Sequence[int],
    digest: str,
    record: int,
) -> None:
    """Note that the copy was made: what stands in it, the file's hash, and the record that says so."""
    _set(
        database,
        line,
        state="made",
        accesses=accesses,
        records=list(records),
        digest=digest,
        record=record,
    )


def give_up(database: Database, line: Copy) -> None:
    """Note that nothing was given out under this number."""
    _set(database, line, state="void")


def _set(database: Database, line: Copy, **values: object) -> None:
    with database.write() as c:
        c.execute(
            sa.update(COPY)
            .where(COPY.c.year == line.year, COPY.c.number == line.number)
            .values(**values)
        )


def copies(database: Database, *, limit: int | None = None) -> list[Copy]:
    """Return the register, newest first."""
    query = sa.select(COPY).order_by(COPY.c.year.desc(), COPY.c.number.desc())
    if limit is not None:
        query = query.limit(limit)
    with database.read() as c:
        return [Copy(**row) for row in c.execute(query).mappings()]


def copy_of(database: Database, name: str) -> Copy | None:
    """Return the line of a number as it is printed; None where there is none."""
    year, _, number = name.partition("-")
    if not (year.isdecimal() and number.isdecimal() and len(name) < 20):
        return None
    query = sa.select(COPY).where(COPY.c.year == int(year), COPY.c.number == int(number))
    with database.read() as c:
        row = c.execute(query).mappings().one_or_none()
    return None if row is None else Copy(**row)


def counts(database: Database) -> Mapping[int, Mapping[str, int]]:
    """Return year → form → how many copies were made, the newest year first."""
    query = (
        sa.select(COPY.c.year, COPY.c.form, sa.func.count())
        .where(COPY.c.state.in_(("made", "erased")))
        .group_by(COPY.c.year, COPY.c.form)
        .order_by(COPY.c.year.desc())
    )
    found: dict[int, dict[str, int]] = {}
    with database.read() as c:
        for year, form, count in c.execute(query):
            found.setdefault(year, dict.fromkeys(FORMS, 0))[form] = count
    return found


def names_rule(database: Database) -> NamesRule | None:
    """Return what the institution's rule says about names; None where nobody entered it."""
    query = sa.select(NAMES_RULE).order_by(NAMES_RULE.c.id.desc()).limit(1)
    with database.read() as c:
        row = c.execute(query).one_or_none()
    if row is None:
        return None
    return NamesRule(allows=row.allows, text=row.text, date=row.date, by=row.by, at=row.at)


def check_names_rule(rule: NamesRule) -> None:
    """Refuse what `set_names_rule` could not keep.

    Raises:
        InvalidInputError: Nothing is written, nobody is named, or the date lies ahead.
    """
    if not rule.text.strip() or not rule.by.strip():
        raise InvalidInputError("review.names_rule.needed")
    if rule.date > (rule.at + dt.timedelta(hours=9)).date():
        raise InvalidInputError("review.proof_in_future")


def set_names_rule(database: Database, rule: NamesRule) -> None:
    """Enter what the rule says; what stood before is kept.

    Raises:
        InvalidInputError: See `check_names_rule`.
    """
    check_names_rule(rule)
    with database.write() as c:
        c.execute(sa.insert(NAMES_RULE).values(**asdict(rule)))
