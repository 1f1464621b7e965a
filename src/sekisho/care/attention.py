"""What this room puts before a person on 今日やること."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

import sqlalchemy as sa

from sekisho.care.beds import bedless, lies_here
from sekisho.care.people import proposed_kinds
from sekisho.care.roster.questions import questions
from sekisho.care.staff_list import two_names
from sekisho.care.tables import STAFF
from sekisho.errors import Value
from sekisho.storage import Database
from sekisho.terms import Finding, Gravity


def findings(database: Database) -> list[Finding]:
    """Return what stands open about the lists: no staff list, unconfirmed ids, one id two names."""
    found: list[Finding] = []
    with database.read() as c:
        posts = c.execute(
            sa.select(STAFF.c.user_id, STAFF.c.name, STAFF.c.valid_from, STAFF.c.valid_to).where(
                STAFF.c.superseded_by.is_(None)
            )
        ).mappings()
        named: dict[str, list[sa.RowMapping]] = {}
        for post in posts:
            named.setdefault(post["user_id"], []).append(post)
    if not named:
        found.append(_finding("care.no_staff", Gravity.TODAY, "/people/lists", "care.action.load"))
    waiting = proposed_kinds(database)
    if waiting:
        found.append(
            _finding(
                "care.unconfirmed_kinds", Gravity.WEEK, "/people?proposed=1", "care.action.confirm",
                ids=len(waiting),
            )
        )  # fmt: skip
    found.extend(
        _finding(
            "care.two_names", Gravity.WEEK, f"/people/id/{quote(user_id, safe='')}", "care.action.look_at_person",
            user_id=user_id,
        )
        for user_id, rows in sorted(named.items())
        if len(rows) > 1 and two_names(rows)
    )  # fmt: skip
    word = bedless(database)
    if word is not None and lies_here(database, word.at.date(), dt.date.max):
        found.append(
            _finding(
                "care.beds_after_all",
                Gravity.WEEK,
                "/people/levels",
                "care.action.beds",
                by=word.by,
            )
        )
    return found + _of_rosters(database)


def _of_rosters(database: Database) -> list[Finding]:
    """Return what the rosters ask: letters whose meaning, and names whose person, is not certain."""
    asked = questions(database, people=False)
    if not asked:
        return []
    told: dict[str, Value] = {
        "wards": len(asked),
        "letters": sum(len(each.letters) for each in asked),
        "names": sum(len(each.names) for each in asked),
    }
    return [
        Finding(
            key="care.roster.asked",
            room="care",
            gravity=Gravity.WEEK,
            duty="1-3",
            message="care.roster.asked",
            where="/people/rosters",
            action="care.action.answer_rosters",
            args=told,
        )
    ]


def _finding(message: str, gravity: Gravity, where: str, action: str, **args: str | int) -> Finding:
    key = f"{message}:{args['user_id']}" if "user_id" in args else message
    return Finding(
        key=key,
        room="care",
        gravity=gravity,
        duty="1-1",
        message=message,
        where=where,
        action=action,
        args=args,
    )
