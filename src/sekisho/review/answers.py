"""What people say about cases, and that a month was looked at."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from sekisho.care.places import plain
from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.review.records import ANSWERS, Case, State
from sekisho.review.store import case, cases, run_of
from sekisho.review.tables import ANSWER, SIGNATURE
from sekisho.storage import Database

ROLES = ("reviewer", "safety_officer")
"""Who may sign a month."""


def answer(
    database: Database, case_id: str, *, by: str, answer: str, note: str = "", at: dt.datetime
) -> Case:
    """Keep what `by` says about a case and return the case as it stands then.

    Answers are added, never replaced. Nobody answers about their own access.

    Args:
        database: Where it is kept.
        case_id: The case.
        by: The user id of the account that answers.
        answer: One of ``explained``, ``ask_person``, ``ask_head``, ``refer``,
            ``problem`` and ``reopen``.
        note: Why; asked for where the answer closes or accuses.
        at: When.

    Raises:
        RefusedError: The case is about `by`.
        InvalidInputError: There is no such answer, or the reason is missing.
    """
    if answer not in ANSWERS:
        raise InvalidInputError("review.unknown_answer", answer=answer[:40])
    found = case(database, case_id)
    if same_id(found.user_id, by):
        raise RefusedError("review.own_case", case=case_id)
    if answer in {"explained", "problem", "reopen"} and not note.strip():
        raise InvalidInputError("review.note_needed")
    with database.write() as c:
        c.execute(
            sa.insert(ANSWER).values(
                case_key=found.key, by=by, answer=answer, note=note.strip(), at=at
            )
        )
    return case(database, case_id)


def same_id(one: str, other: str) -> bool:
    """Return whether two ids may be one person's: width, case and leading zeros aside.

    Used to refuse only: here a wrong yes costs a colleague's minute.
    """
    a, b = plain(one), plain(other)
    return a == b or (a.isdecimal() and b.isdecimal() and int(a) == int(b))


def sign_month(
    database: Database,
    run_id: int,
    by: str,
    role: str,
    at: dt.datetime,
    *,
    accept_unread: bool = False,
) -> int:
    """Sign the run as looked at, and return how many raised cases stood unread.

    Raises:
        RefusedError: Neither a reviewer nor the safety officer, or raised cases are
            unread and it was not stated that they stay open.
        ConflictError: This role has signed it already.
    """
    if role not in ROLES:
        raise RefusedError("review.wrong_role")
    run_of(database, run_id)
    unread = len(cases(database, run_id, state=State.OPEN, limit=None))
    if unread and not accept_unread:
        raise RefusedError("review.unread_cases", unread=unread)
    with database.write() as c:
        signed = c.scalar(
            sa.select(SIGNATURE.c.by)
            .where(SIGNATURE.c.run_id == run_id)
            .where(SIGNATURE.c.role == role)
        )
        if signed is not None:
            raise ConflictError("review.already_signed")
        c.execute(
            sa.insert(SIGNATURE).values(run_id=run_id, role=role, by=by, at=at, unread=unread)
        )
    return unread


def signatures(database: Database, run_id: int) -> list[tuple[str, str, dt.datetime, int]]:
    """Return (role, who, when, raised cases unread) of each signature of a run."""
    with database.read() as c:
        rows = c.execute(
            sa.select(SIGNATURE).where(SIGNATURE.c.run_id == run_id).order_by(SIGNATURE.c.at)
        ).all()
    return [(row.role, row.by, row.at, row.unread) for row in rows]
