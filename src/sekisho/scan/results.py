"""What the check station found, kept: who brought what, when, and what was said of each file."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.scan.records import Verdict
from sekisho.scan.station import Checked
from sekisho.scan.tables import CHECK, FILE
from sekisho.storage import Database
from sekisho.terms import Finding, Gravity

MEMBERS = 200
"""Members of one archive that are kept, what is not clean first."""
LONGEST = 200
KEPT = dt.timedelta(days=730)
"""How long names of files, media and those who brought them are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of checks, newest first; `after` is where the next one begins, 0 on the last."""

    rows: tuple[Mapping[str, Any], ...]
    after: int


def keep(
    database: Database,
    checked: Sequence[Checked],
    *,
    by: str,
    at: dt.datetime,
    door: str,
    brought_by: str = "",
    medium: str = "",
    rules: str | None = None,
) -> int:
    """Keep one going to the station and return its id; never a byte of what was in a file.

    Args:
        database: Where it is kept.
        checked: Its files.
        by: Who checked them.
        at: When.
        door: ``console`` or ``cli``.
        brought_by: Whose they are.
        medium: The label of the medium.
        rules: Name of the rules they were held against.
    """
    counted = dict.fromkeys(Verdict, 0)
    for one in checked:
        counted[one.answer.verdict] += 1
    said = next((one.answer for one in checked if one.answer.engine), None)
    brought_by, medium = (" ".join(text.split())[:LONGEST] for text in (brought_by, medium))
    looked = [brought_by, medium, by, *(one.name for one in checked), *(one.answer.name or "" for one in checked)]  # fmt: skip
    with database.write() as c:
        made = c.execute(
            sa.insert(CHECK).values(
                at=at,
                by=by,
                brought_by=brought_by or None,
                medium=medium or None,
                door=door,
                files=len(checked),
                found=counted[Verdict.FOUND],
                clean=counted[Verdict.CLEAN],
                not_checked=counted[Verdict.NOT_CHECKED],
                engine=said.engine if said else None,
                signatures_at=said.signatures_at if said else None,
                rules=rules,
                text=_plain(" ".join(looked))[:8000],
            )
        )
        assert made.inserted_primary_key
        identifier = int(made.inserted_primary_key[0])
        if checked:
            c.execute(sa.insert(FILE), [_row(identifier, one) for one in checked])
    return identifier


def checks(
    database: Database, *, search: str = "", verdict: str = "", before: int = 0, limit: int = 50
) -> Page:
    """Return a page of checks, newest first.

    Args:
        database: Where they are kept.
        search: Words that all must stand in who, medium, file names and finds.
        verdict: Only checks with a file of that verdict, "" for all.
        before: `Page.after` of the page before.
        limit: Checks of a page.
    """
    query = sa.select(CHECK).order_by(CHECK.c.id.desc()).limit(limit + 1)
    for part in _plain(search).split()[:8]:
        query = query.where(CHECK.c.text.contains(part, autoescape=True))
    if verdict in set(Verdict):
        query = query.where(CHECK.c[verdict] > 0)
    if before:
        query = query.where(CHECK.c.id < before)
    with database.read() as c:
        rows = c.execute(query).mappings().all()
    more = int(rows[limit - 1]["id"]) if len(rows) > limit else 0
    return Page(rows=tuple(dict(row) for row in rows[:limit]), after=more)


def check(
    database: Database, identifier: int
) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]] | None:
    """Return one check and its files, what was found first; None where there is none of that id."""
    order = sa.case({"found": 0, "not_checked": 1}, value=FILE.c.verdict, else_=2)
    with database.read() as c:
        row = c.execute(sa.select(CHECK).where(CHECK.c.id == identifier)).mappings().first()
        if row is None:
            return None
        query = sa.select(FILE).where(FILE.c.check_id == identifier).order_by(order, FILE.c.id)
        return dict(row), [dict(one) for one in c.execute(query).mappings()]


def settle(database: Database, identifier: int, *, by: str, at: dt.datetime, note: str) -> None:
    """Keep what was done about a find.

    Raises:
        InvalidInputError: There is no such check with a find, or it is not said what was done.
    """
    note = " ".join(note.split())[:2000]
    if not note:
        raise InvalidInputError("scan.station.no_note")
    with database.write() as c:
        mine = sa.and_(CHECK.c.id == identifier, CHECK.c.found > 0)
        values = {"settled_by": by, "settled_at": at, "note": note}
        if c.execute(sa.update(CHECK).where(mine).values(values)).rowcount != 1:
            raise InvalidInputError("scan.station.gone")


def forget(database: Database, before: dt.datetime) -> int:
    """Take the names out of checks older than `before`; return of how many.

    Verdict, size and SHA-256 of each file stay; a find with which nobody dealt keeps its names.
    """
    old = sa.and_(
        CHECK.c.at < before,
        CHECK.c.text != "",
        sa.or_(CHECK.c.found == 0, CHECK.c.settled_at.is_not(None)),
    )
    with database.write() as c:
        ids = [row.id for row in c.execute(sa.select(CHECK.c.id).where(old).limit(5000))]
        if ids:
            own = FILE.c.check_id.in_(ids)
            c.execute(sa.update(FILE).where(own).values(name="", args={}, members=[]))
            gone = {"brought_by": None, "medium": None, "note": None, "text": ""}
            c.execute(sa.update(CHECK).where(CHECK.c.id.in_(ids)).values(**gone))
    return len(ids)


def findings(database: Database) -> Iterator[Finding]:
    """Yield each find of which nobody said what was done."""
    query = sa.select(CHECK).where(CHECK.c.found > 0, CHECK.c.settled_at.is_(None))
    with database.read() as c:
        rows = c.execute(query.order_by(CHECK.c.id.desc()).limit(20)).mappings().all()
    for row in rows:
        yield Finding(
            key=f"scan.found.{row['id']}",
            room="scan",
            gravity=Gravity.URGENT,
            duty="1-4",
            message="scan.finding.found",
            where=f"/posture/station/{row['id']}",
            action="posture.action.look",
            args={"count": row["found"], "medium": row["medium"] or "–", "day": row["at"].date().isoformat()},
        )  # fmt: skip


def _row(identifier: int, one: Checked) -> dict[str, Any]:
    answer = one.answer
    return {
        "check_id": identifier,
        "name": one.name[:500],
        "size": one.size,
        "sha256": one.sha256,
        "verdict": answer.verdict.value,
        "said": answer.name,
        "why": answer.why and answer.why.value,
        "args": dict(answer.args),
        "members": [
            {
                "path": seen.path,
                "verdict": seen.answer.verdict.value,
                "said": seen.answer.name,
                "why": seen.answer.why and seen.answer.why.value,
                "args": dict(seen.answer.args),
            }
            for seen in one.members[:MEMBERS]
        ]
        + ([{"more": len(one.members) - MEMBERS}] if len(one.members) > MEMBERS else []),
    }


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
