"""What people say about cases, and that a month was looked at."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from sekisho.care.places import same_id
from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.review.decisions import unasked
from sekisho.review.records import ANSWERS, DECIDED, Case, State
from sekisho.review.store import case, cases, run_of
from sekisho.review.tables import ANSWER, ASK, SIGNATURE
from sekisho.storage import Database

ROLES = ("reviewer", "safety_officer")
"""Who may sign a month."""
NOTED = frozenset({"explained", "cannot_tell", "other_hand", "reopen"})
"""Answers that close a case or open it again: they ask for a reason."""
REPLY_DAYS = 14
"""Days until a reply is due, unless said."""
NOBODYS = frozenset({"shared", "vendor", "system"})
"""Kinds of ids that name no person: their owner is asked."""


def answer(
    database: Database,
    case_id: str,
    *,
    by: str,
    answer: str,
    note: str = "",
    at: dt.datetime,
    due: dt.date | None = None,
) -> Case:
    """Keep what `by` says about a case and return the case as it stands then.

    Answers are added, never replaced. Nobody answers about their own access. The person
    is asked first: who is above them only afterwards, or where a committee ordered that
    the person is not asked.

    Args:
        database: Where it is kept.
        case_id: The case.
        by: The user id of the account that answers.
        answer: One of ``explained``, ``ask_person``, ``ask_head``, ``refer``, ``cannot_tell``,
            ``other_hand`` (an open screen was used by someone else) and ``reopen``.
        note: Why; asked for where the answer closes the case or opens it again.
        at: When.
        due: Until when a reply is awaited, where somebody is asked; 14 days unless given.

    Raises:
        RefusedError: The case is about `by`; the person has not been asked, or must not be.
        ConflictError: A committee has decided it; only a committee decides it anew. Or the
            name was taken away: nobody can be asked any more.
        InvalidInputError: There is no such answer, or the reason is missing.
    """
    if answer not in ANSWERS:
        raise InvalidInputError("review.unknown_answer", answer=answer[:40])
    found = case(database, case_id)
    if same_id(found.user_id, by):
        raise RefusedError("review.own_case", case=case_id)
    if found.state in DECIDED.values():
        raise ConflictError("review.decided")
    if answer in NOTED and not note.strip():
        raise InvalidInputError("review.note_needed")
    to = {"ask_person": "person", "ask_head": "head"}.get(answer)
    if to == "person" and found.user_kind in NOBODYS:
        to = "owner"
    with database.write() as c:
        if to is not None:
            _may_ask(c, found, to)
            day = (at + dt.timedelta(hours=9)).date()
            due = due or day + dt.timedelta(days=REPLY_DAYS)
            if due < day:
                raise InvalidInputError("review.due_in_past")
            c.execute(sa.insert(ASK).values(case_key=found.key, to=to, by=by, at=at, due=due))
        c.execute(
            sa.insert(ANSWER).values(
                case_key=found.key, by=by, answer=answer, note=note.strip(), at=at
            )
        )
    return case(database, case_id)


def _may_ask(c: sa.Connection, found: Case, to: str) -> None:
    """Refuse a question that must not be put, or not yet."""
    if found.forgotten_at is not None:
        raise ConflictError("review.forgotten")
    ordered = unasked(c, found.key)
    if to == "person" and ordered:
        raise RefusedError("review.not_to_be_asked")
    if to != "head" or ordered or found.user_kind in NOBODYS:
        return
    before = c.scalar(
        sa.select(sa.func.count())
        .select_from(ASK)
        .where(ASK.c.case_key == found.key, ASK.c.to == "person")
    )
    if not before:
        raise RefusedError("review.person_first")


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
        ConflictError: This role has signed it already, or this person in the other role.
    """
    if role not in ROLES:
        raise RefusedError("review.wrong_role")
    run_of(database, run_id)
    unread = len(cases(database, run_id, state=State.OPEN, limit=None))
    if unread and not accept_unread:
        raise RefusedError("review.unread_cases", unread=unread)
    with database.write() as c:
        signed = c.execute(
            sa.select(SIGNATURE.c.role, SIGNATURE.c.by).where(SIGNATURE.c.run_id == run_id)
        ).all()
        if role in {row.role for row in signed}:
            raise ConflictError("review.already_signed")
        if any(same_id(row.by, by) for row in signed):
            raise ConflictError("review.two_to_sign")
        c.execute(
            sa.insert(SIGNATURE).values(run_id=run_id, role=role, by=by, at=at, unread=unread)
        )
    return unread


def closed(database: Database) -> set[int]:
    """Return the numbers of the runs that every one of `ROLES` has signed."""
    roles = sa.func.count(SIGNATURE.c.role.distinct())
    every = sa.select(SIGNATURE.c.run_id).where(SIGNATURE.c.role.in_(ROLES))
    with database.read() as c:
        return set(c.scalars(every.group_by(SIGNATURE.c.run_id).having(roles == len(ROLES))))


def signatures(database: Database, run_id: int) -> list[tuple[str, str, dt.datetime, int]]:
    """Return (role, who, when, raised cases unread) of each signature of a run."""
    with database.read() as c:
        rows = c.execute(
            sa.select(SIGNATURE).where(SIGNATURE.c.run_id == run_id).order_by(SIGNATURE.c.at)
        ).all()
    return [(row.role, row.by, row.at, row.unread) for row in rows]
