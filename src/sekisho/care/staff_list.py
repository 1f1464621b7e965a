"""Keeping a staff list: the newest has the last word on the ids that it names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from sekisho.care.dates import overlap
from sekisho.care.places import name_key
from sekisho.care.records import Doubt, LoadReport
from sekisho.care.tables import STAFF
from sekisho.terms import Finding, Gravity

_CHUNK = 5_000


def store_staff(
    c: sa.Connection,
    load_id: int,
    batch: Sequence[int],
    rows: Sequence[tuple[int, dict[str, Any]]],
    report: LoadReport,
) -> int:
    """Keep `rows` in place of earlier posts of the same ids and time; return how many ids are new.

    Args:
        c: Where to write.
        load_id: The load that they came with.
        batch: Loads of the same file: its sheets do not replace each other.
        rows: (line, values) of each post.
        report: Takes what is to be looked at.
    """
    named: dict[str, list[dict[str, Any]]] = {}
    for _, values in rows:
        named.setdefault(values["user_id"], []).append(values)
    old = c.execute(
        sa.select(STAFF.c.id, STAFF.c.user_id, STAFF.c.name, STAFF.c.valid_from, STAFF.c.valid_to)
        .where(STAFF.c.superseded_by.is_(None))
        .where(STAFF.c.load_id.not_in(batch))
    ).all()
    replaced: list[int] = []
    known: set[str] = set()
    renamed: set[str] = set()
    unnamed: set[str] = set()
    for row in old:
        known.add(row.user_id)
        if row.user_id not in named:
            unnamed.add(row.user_id)
            continue
        for values in named[row.user_id]:
            if overlap(row.valid_from, row.valid_to, values["valid_from"], values["valid_to"]):
                replaced.append(row.id)
                if row.name and values["name"] and name_key(row.name) != name_key(values["name"]):
                    renamed.add(row.user_id)
                break
    for at in range(0, len(replaced), _CHUNK):
        c.execute(
            sa.update(STAFF)
            .where(STAFF.c.id.in_(replaced[at : at + _CHUNK]))
            .values(superseded_by=load_id)
        )
    if rows:
        c.execute(
            sa.insert(STAFF),
            [{**values, "load_id": load_id, "row": line, "kind": None} for line, values in rows],
        )
    twice = sorted(name for name, posts in named.items() if two_names(posts))
    for user_id in twice:
        report.findings.append(_about_id("care.two_names", user_id))
    for user_id in sorted(renamed - set(twice)):
        report.findings.append(_about_id("care.renamed", user_id))
    if unnamed:
        report.doubts.append(Doubt("care.not_in_newest", {"ids": len(unnamed)}))
    return len(named.keys() - known)


def two_names(posts: Sequence[Any]) -> bool:
    """Return whether the posts of one id bear two names at one time."""
    return any(
        a["name"]
        and b["name"]
        and name_key(a["name"]) != name_key(b["name"])
        and overlap(a["valid_from"], a["valid_to"], b["valid_from"], b["valid_to"])
        for place, a in enumerate(posts)
        for b in posts[place + 1 :]
    )


def _about_id(message: str, user_id: str) -> Finding:
    return Finding(
        key=f"{message}:{user_id}",
        room="care",
        gravity=Gravity.WEEK,
        duty="1-1",
        message=message,
        where=f"/people/id/{quote(user_id, safe='')}",
        action="care.action.look_at_person",
        args={"user_id": user_id},
    )
