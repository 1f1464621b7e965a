"""Evidence kept: what was checked last, by what, and until when it is good."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.app.tables import EVIDENCE
from sekisho.storage import Database
from sekisho.terms import Evidence, Result


def keep_evidence(database: Database, evidence: Evidence) -> None:
    """Add one proof; earlier ones of the same subject stay."""
    with database.write() as connection:
        connection.execute(EVIDENCE.insert().values(_row(evidence)))


def keep_newest(database: Database, evidence: Evidence) -> None:
    """Keep what is checked again and again: a new line only where it says something new.

    Where the newest proof of the subject says the same, that line is as new as this check.
    """
    query = (
        sa.select(EVIDENCE)
        .where(EVIDENCE.c.subject == evidence.subject)
        .order_by(EVIDENCE.c.id.desc())
        .limit(1)
    )
    row = _row(evidence)
    with database.write() as connection:
        last = connection.execute(query).mappings().first()
        if last is None or any(last[name] != row[name] for name in _SAID):
            connection.execute(EVIDENCE.insert().values(row))
        elif (last["checked_at"], last["valid_until"]) != (row["checked_at"], row["valid_until"]):
            connection.execute(
                EVIDENCE.update()
                .where(EVIDENCE.c.id == last["id"])
                .values(checked_at=row["checked_at"], valid_until=row["valid_until"])
            )


def latest_evidence(database: Database, subject: str) -> Evidence | None:
    """Return the newest proof of `subject`, or None: never checked."""
    query = (
        sa.select(EVIDENCE)
        .where(EVIDENCE.c.subject == subject)
        .order_by(EVIDENCE.c.id.desc())
        .limit(1)
    )
    with database.read() as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else _evidence(row)


def all_latest(database: Database, *, below: str = "") -> list[Evidence]:
    """Return the newest proof of each subject that begins with `below`, by subject."""
    newest = (
        sa.select(sa.func.max(EVIDENCE.c.id))
        .where(EVIDENCE.c.subject.startswith(below, autoescape=True))
        .group_by(EVIDENCE.c.subject)
    )
    query = sa.select(EVIDENCE).where(EVIDENCE.c.id.in_(newest)).order_by(EVIDENCE.c.subject)
    with database.read() as connection:
        return [_evidence(row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept proof: `since` is when the same was found first, its own date when last."""

    id: int
    since: dt.datetime
    evidence: Evidence


def history(
    database: Database, subject: str, *, before: int | None = None, limit: int = 50
) -> list[Kept]:
    """Return the kept proofs of `subject`, the newest first, from before the id `before`."""
    query = sa.select(EVIDENCE).where(EVIDENCE.c.subject == subject)
    if before is not None:
        query = query.where(EVIDENCE.c.id < before)
    with database.read() as connection:
        rows = connection.execute(query.order_by(EVIDENCE.c.id.desc()).limit(limit)).mappings()
        return [Kept(row["id"], row["since"] or row["checked_at"], _evidence(row)) for row in rows]


def stands(evidence: Evidence | None, now: dt.datetime) -> bool:
    """Whether it says yes and is not too old (house decision 8)."""
    return (
        evidence is not None
        and evidence.result is Result.YES
        and (evidence.valid_until is None or now <= evidence.valid_until)
    )


_SAID = ("by", "result", "message", "args")


def _row(evidence: Evidence) -> dict[str, Any]:
    # As JSON gives it back, so that it can be compared.
    args = {name: list(v) if isinstance(v, tuple) else v for name, v in evidence.args.items()}
    return {
        "subject": evidence.subject,
        "checked_at": evidence.checked_at,
        "by": evidence.by,
        "result": evidence.result.value,
        "message": evidence.message,
        "args": args,
        "valid_until": evidence.valid_until,
        "since": evidence.checked_at,
    }


def _evidence(row: sa.RowMapping) -> Evidence:
    return Evidence(
        subject=row["subject"],
        checked_at=row["checked_at"],
        by=row["by"],
        result=Result(row["result"]),
        message=row["message"],
        args=row["args"],
        valid_until=row["valid_until"],
    )
