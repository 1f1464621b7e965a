"""権限: the matrix as a picture, why each cell says what it says, and how two people change it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.console import uploads
from sekisho.console.interface import ANYONE, PEOPLE, Tab, installation, language, session
from sekisho.console.reply import only, onward, page, record
from sekisho.errors import Error, InvalidInputError, RefusedError
from sekisho.identity.sessions import fresh
from sekisho.terms import Action, Outcome

if TYPE_CHECKING:
    from sekisho.access import Change, Table
    from sekisho.access.book import Book, Files

SHOWN = 30
"""Rows of a difference that stand under its picture; the picture and each cell show all."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def routes() -> list[web.RouteDef]:
    """Return the addresses of this room."""
    return [
        web.get("/access", show),
        web.get("/access/cell", cell),
        web.get("/access/person", person),
        web.get("/access/matrix.xlsx", workbook),
        web.post("/access/propose", propose),
        web.post("/access/look", look),
        web.get("/access/changes", changes),
        web.get("/access/changes/{number:\\d{1,9}}", change),
        web.post("/access/changes/{number:\\d{1,9}}", decide),
    ]


def tabs(on: str, waiting: int = 0, *, people: bool) -> list[Tab]:
    """Return the tabs of this room."""
    names = ("matrix", "person", "changes") if people else ("matrix", "changes")
    paths = {"matrix": "/access", "person": "/access/person", "changes": "/access/changes"}
    return [
        Tab(
            name=f"console.access.tab.{name}",
            href=paths[name],
            on=name == on,
            count=str(waiting) if waiting and name == "changes" else "",
        )
        for name in names
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One book that is looked at.

    Attributes:
        name: ``current``, ``shipped`` or a number, as the address says it.
        change: The proposal it came as; None for what is shipped.
    """

    name: str
    book: Book
    table: Table
    change: Change | None


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show the matrix over the situations that the address names."""
    view = await asyncio.to_thread(_matrix, installation(request), dict(request.query))
    return _page(request, "console/access.html", "matrix", **view)


@only(ANYONE)
async def cell(request: web.Request) -> web.StreamResponse:
    """Show one cell: each act in each situation, and every reason with its policy."""
    return await _cell(request, request.query, None)


async def _cell(
    request: web.Request, query: Mapping[str, str], wrong: Error | None, typed: str = ""
) -> web.StreamResponse:
    view = await asyncio.to_thread(_one_cell, installation(request), query, language(request))
    if view is None:
        raise web.HTTPNotFound
    status = 400 if wrong else 200
    view["typed"] = typed or view["typed"]
    return _page(request, "console/access_cell.html", "matrix", status=status, wrong=wrong, **view)


@only(PEOPLE)
async def person(request: web.Request) -> web.StreamResponse:
    """Answer whether one person may do something today, and why; recorded first."""
    here, query = installation(request), dict(request.query)
    user = query.get("user", "").strip()[:64]
    if user:
        await record(request, Action.READ, f"access/explain/{user}"[:200])
    view = await asyncio.to_thread(_person, here, user, query)
    return _page(request, "console/access_person.html", "person", **view)


@only(ANYONE)
async def workbook(request: web.Request) -> web.StreamResponse:
    """Return the matrix as a workbook, to be changed in Excel and dropped on the page of changes."""
    from sekisho.access.files import matrix_workbook  # noqa: PLC0415 (keeps the first page quick)

    here, words = installation(request), language(request)
    shown = await asyncio.to_thread(_shown, here, request.query.get("in", "current"))
    if shown is None:
        raise web.HTTPNotFound
    body = await asyncio.to_thread(matrix_workbook, shown.book, words)
    name = f"sekisho-access-{shown.name}.xlsx"
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type=XLSX, headers=head)


@only(ANYONE)
async def propose(request: web.Request) -> web.StreamResponse:
    """Keep a change as this person's proposal: a cell, a whole matrix, or an earlier book."""
    from sekisho import access  # noqa: PLC0415 (keeps the first page quick)

    here, who, form = installation(request), session(request), await request.post()
    note = str(form.get("note", "")).strip()[:400]
    try:
        files = await asyncio.to_thread(_proposed, here, form)
        await asyncio.to_thread(access.check_proposal, here.database, files, by=who.user_id)
        await record(request, Action.SECURITY, "access/propose", reason=note or None)
        done = await asyncio.to_thread(
            access.propose, here.database, files, by=who.user_id, at=here.clock.now(), note=note
        )
    except Error as error:
        if "group" in form:
            query = {name: str(form.get(name, "")) for name in ("group", "class", "in")}
            return await _cell(request, query, error, str(form.get("text", "")))
        return await _changes(request, error)
    await asyncio.to_thread(_refresh, here)
    return onward(f"/access/changes/{done.number}")


@only(PEOPLE)
async def look(request: web.Request) -> web.StreamResponse:
    """Keep that the reader looked the matrix in force through and leaves it as it is."""
    from sekisho.access import looks  # noqa: PLC0415 (keeps the first page quick)

    here, by, form = installation(request), session(request).user_id, await request.post()
    text = str(form.get("number", ""))
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    note = str(form.get("note", "")).strip()[:400]
    try:
        await asyncio.to_thread(looks.check_look, here.database, number, by=by)
        await record(request, Action.SECURITY, f"access/look/{number}", reason=note or None)
        await asyncio.to_thread(
            looks.keep_look, here.database, number, by=by, at=here.clock.now(), note=note
        )
    except Error as error:
        return await _changes(request, error)
    return onward("/access")


@only(ANYONE)
async def changes(request: web.Request) -> web.StreamResponse:
    """Show every proposal and what became of it, and the ways to make one."""
    return await _changes(request, None)


async def _changes(request: web.Request, wrong: Error | None) -> web.StreamResponse:
    from sekisho import access  # noqa: PLC0415 (keeps the first page quick)

    found = await asyncio.to_thread(access.changes, installation(request).database)
    return _page(
        request,
        "console/access_changes.html",
        "changes",
        status=400 if wrong else 200,
        waiting=[one for one in found if one.state is access.State.PROPOSED],
        decided=[one for one in found if one.state is not access.State.PROPOSED],
        in_force=any(one.in_force for one in found),
        wrong=wrong,
    )


@only(ANYONE)
async def change(request: web.Request) -> web.StreamResponse:
    """Show one proposal: what it would change, cell by cell, and who decides."""
    return await _change(request, None)


async def _change(request: web.Request, wrong: Error | None) -> web.StreamResponse:
    here, who = installation(request), session(request)
    number = int(request.match_info["number"])
    view = await asyncio.to_thread(_difference, here, number)
    if view is None:
        raise web.HTTPNotFound
    from sekisho.access.changes import same_person  # noqa: PLC0415 (keeps the first page quick)

    return _page(
        request,
        "console/access_change.html",
        "changes",
        status=400 if wrong else 200,
        own=same_person(view["one"].by, who.user_id),
        may=bool(who.roles & PEOPLE),
        wrong=wrong,
        **view,
    )


@only(ANYONE)
async def decide(request: web.Request) -> web.StreamResponse:
    """Approve or refuse a proposal in the reader's own name; anybody may withdraw their own."""
    from sekisho import access  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.access.changes import same_person  # noqa: PLC0415 (same)

    here, who = installation(request), session(request)
    number = int(request.match_info["number"])
    form = {name: str(value) for name, value in (await request.post()).items()}
    act = access.approve if form.get("do") == "approve" else access.refuse
    known = {one.number: one for one in await asyncio.to_thread(access.changes, here.database)}
    own = number in known and same_person(known[number].by, who.user_id)
    if not who.roles & PEOPLE and (act is access.approve or not own):
        await record(request, Action.SECURITY, f"access/decide/{number}", outcome=Outcome.REFUSED)
        raise RefusedError("console.not_your_page")
    if number not in known:
        raise web.HTTPNotFound
    if not fresh(who, here.clock):
        return onward("/sign-in/again", next=f"/access/changes/{number}")
    reason = form.get("reason", "").strip()[:400]
    try:
        if act is access.approve:
            await asyncio.to_thread(access.check_approval, here.database, number, by=who.user_id)
        else:
            await asyncio.to_thread(
                access.check_refusal, here.database, number, by=who.user_id, reason=reason
            )
        name = "approve" if act is access.approve else "refuse"
        await record(request, Action.SECURITY, f"access/{name}/{number}", reason=reason or None)
        await asyncio.to_thread(
            act, here.database, number, by=who.user_id, at=here.clock.now(), reason=reason
        )
    except Error as error:
        return await _change(request, error)
    await asyncio.to_thread(_refresh, here)
    return onward(f"/access/changes/{number}")


def _page(
    request: web.Request, template: str, on: str, *, status: int = 200, **view: Any
) -> web.Response:
    words = language(request)
    people = bool(session(request).roles & PEOPLE)
    view.setdefault("wrong", None)
    from sekisho.access.matrix import LETTERS  # noqa: PLC0415 (keeps the first page quick)

    return page(
        request, template, status=status,
        tabs=tabs(on, people=people), people=people, letters=LETTERS[words], **view,
    )  # fmt: skip


def _shown(here: Installation, name: str) -> Shown | None:
    """Return the book that `name` stands for; None where there is none."""
    from sekisho import access  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.access.build import build  # noqa: PLC0415 (same)
    from sekisho.access.files import shipped  # noqa: PLC0415 (same)

    if name == "shipped":
        book = access.read_book(shipped())
        return Shown(name=name, book=book, table=build(book), change=None)
    known = access.changes(here.database)
    wanted = next(
        (one for one in known if (one.in_force if name == "current" else str(one.number) == name)),
        None,
    )
    if wanted is None:
        return None
    book = access.book_of(here.database, wanted.number)
    return Shown(name=name, book=book, table=build(book), change=wanted)


def _matrix(here: Installation, query: Mapping[str, str]) -> dict[str, Any]:
    from sekisho.access import State  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.access import changes as every  # noqa: PLC0415 (same)
    from sekisho.access.looks import last_look  # noqa: PLC0415 (same)
    from sekisho.access.picture import situations, standings  # noqa: PLC0415 (same)

    where = {name: query.get(name, "") for name in ("relation", "emergency", "out_of_hours")}
    over = situations(**where) or situations()
    shown = _shown(here, query.get("in", "current"))
    waiting = [one for one in every(here.database) if one.state is State.PROPOSED]
    return {
        "shown": shown,
        "where": where,
        "many": len(over),
        "waiting": waiting,
        "seen": last_look(here.database),
        "picture": {}
        if shown is None
        else {
            (group.id, class_.id): standings(shown.table, group.id, class_.id, over)
            for group in shown.book.groups
            for class_ in shown.book.classes
        },
    }


def _one_cell(here: Installation, query: Mapping[str, str], words: str) -> dict[str, Any] | None:
    from sekisho.access.matrix import write_cell  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.access.picture import pairs  # noqa: PLC0415 (same)
    from sekisho.access.reasons import Reasons  # noqa: PLC0415 (same)

    shown = _shown(here, query.get("in", "current"))
    group, class_ = query.get("group", ""), query.get("class", "")
    if shown is None or group not in shown.table.groups or class_ not in shown.table.classes:
        return None
    base = None
    if shown.change is not None and query.get("against") == "base":
        base = _base(here, shown.change)
    grid = pairs(base[1] if base else None, shown.table, group, class_)
    ids = sorted(
        {
            policy
            for row in grid.values()
            for pair in row
            for side in (pair.old, pair.new)
            for policy in (side.policies if side else ())
        }
    )
    texts = [Reasons(shown.book), *([Reasons(base[0])] if base and base[0] else [])]
    names = {term.id: term.name[words] for term in (*shown.book.groups, *shown.book.classes)}
    return {
        "shown": shown,
        "group": group,
        "class_": class_,
        "names": names,
        "grid": grid,
        "compared": base is not None,
        "notes": {policy: number for number, policy in enumerate(ids, start=1)},
        "reasons": [
            (
                policy,
                next(t for t in texts if t.policy(policy) or t is texts[-1]).text(policy)[words],
            )
            for policy in ids
        ],
        "may_change": shown.name == ("current" if _shown(here, "current") else "shipped"),
        "typed": write_cell(shown.book.matrix.get((group, class_), ()), words),
    }


def _person(here: Installation, user: str, query: Mapping[str, str]) -> dict[str, Any]:
    from sekisho.access import Act, Relation, Situation  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.access.explain import explain  # noqa: PLC0415 (same)

    shown = _shown(here, "current") or _shown(here, "shipped")
    assert shown is not None
    act, relation = query.get("act", "read"), query.get("relation", "unknown")
    where = Situation(
        emergency=query.get("emergency") == "true",
        out_of_hours=query.get("out_of_hours") == "true",
        relation=Relation(relation) if relation in set(Relation) else Relation.UNKNOWN,
    )
    found = None
    class_ = query.get("class", "")
    if user and class_ in shown.table.classes and act in set(Act):
        found = explain(here.database, None, user, class_, act, where, on=_today(here))
    chosen = {"user": user, "class": class_, "act": act, "relation": where.relation.value,
              "emergency": query.get("emergency", ""), "out_of_hours": query.get("out_of_hours", "")}  # fmt: skip
    return {"found": found, "chosen": chosen, "classes": shown.book.classes}


def _base(here: Installation, one: Change) -> tuple[Book | None, Table]:
    """Return the book that was in force when `one` was proposed, and its table."""
    from sekisho.access.changes import nothing  # noqa: PLC0415 (keeps the first page quick)

    if one.base is None:
        return None, nothing()
    shown = _shown(here, str(one.base))
    assert shown is not None
    return shown.book, shown.table


def _difference(here: Installation, number: int) -> dict[str, Any] | None:
    from sekisho.access.difference import differences, summaries  # noqa: PLC0415 (keeps the first page quick)

    shown = _shown(here, str(number))
    if shown is None or shown.change is None:
        return None
    before, old = _base(here, shown.change)
    found = list(differences(old, shown.table))
    picture: dict[tuple[str, str], tuple[int, int, int]] = {}
    for one in found:
        key = (one.place.group, one.place.class_)
        wider, narrower, other = picture.get(key, (0, 0, 0))
        same = not (one.wider or one.narrower)
        picture[key] = (wider + one.wider, narrower + one.narrower, other + same)
    rows = summaries(found)
    books = [book for book in (shown.book, before) if book is not None]
    groups = {term.id: term for book in books for term in book.groups}
    classes = {term.id: term for book in books for term in book.classes}
    return {
        "one": shown.change,
        "groups": list(groups.values()),
        "classes": list(classes.values()),
        "names": {**groups, **classes},
        "picture": picture,
        "wider": sum(one.wider for one in found),
        "narrower": sum(one.narrower for one in found),
        "other": sum(not (one.wider or one.narrower) for one in found),
        "rows": rows[:SHOWN],
        "more": max(0, len(rows) - SHOWN),
    }


def _proposed(here: Installation, form: Mapping[str, Any]) -> Files:
    """Return the files that the form means."""
    from sekisho import access  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.access.book import with_cell  # noqa: PLC0415 (same)
    from sekisho.access.files import shipped, with_matrix  # noqa: PLC0415 (same)

    now = access.current(here.database)
    base = access.files_of(here.database, now.number) if now else shipped()
    sheet, source = form.get("matrix"), str(form.get("source", ""))
    if isinstance(sheet, web.FileField):
        with NamedTemporaryFile(dir=uploads.folder(here)) as kept:
            copyfileobj(sheet.file, kept)
            kept.flush()
            return with_matrix(base, Path(kept.name))
    if "group" in form:
        group, class_, text = (str(form.get(name, "")) for name in ("group", "class", "text"))
        return with_cell(base, group, class_, text)
    if source == "shipped":
        return shipped()
    if not source.isdecimal():
        raise InvalidInputError("console.access.nothing_chosen")
    return access.files_of(here.database, int(source[:9]))


def _today(here: Installation) -> dt.date:
    return here.clock.now().astimezone(ZoneInfo(here.config.zone)).date()


def _refresh(here: Installation) -> None:
    from sekisho.app.waiting import refresh_findings  # noqa: PLC0415 (keeps the first page quick)

    refresh_findings(here)
