"""What this room puts before a person on 今日やること."""

from __future__ import annotations

from urllib.parse import quote

import sqlalchemy as sa

from sekisho.care.people import proposed_kinds
from sekisho.care.staff_list import two_names
from sekisho.care.tables import STAFF
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
    return found


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
