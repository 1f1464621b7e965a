"""点検の紙: the sheet as PDF and XLSX, the folder for the day, and how far the sheet came."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aiohttp import web

from sekisho.console.inspection import FIRST, SAYERS, tabs
from sekisho.console.interface import ANYONE, installation, language, session
from sekisho.console.posture import day_of, today_of
from sekisho.console.records import AT_ONCE
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.console.sending import sending
from sekisho.errors import Error, InvalidInputError
from sekisho.pages.charts import days_of_parts
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.inspection.papers import Counted

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PARTS = (("yes", "proven"), ("care", "worded"), ("no", "no"), ("unknown", "waits"))
"""Class of the picture → what it counts."""
LONGEST = dt.timedelta(days=366)


def routes() -> list[web.RouteDef]:
    """Return the addresses of these pages."""
    return [
        web.get("/inspection/folder", show),
        web.post("/inspection/folder", make),
        web.get("/inspection/folder/{number:[0-9]{1,9}}", give),
        web.get("/inspection/progress", show_progress),
        web.get("/inspection/paper/{catalogue:[a-z0-9.-]{1,40}}/{form:pdf|xlsx}", give_paper),
    ]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show what will be in the folder, what is missing, and the folders that were made."""
    from sekisho.app.inspection.folder import plan  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.inspection.papers import folders  # noqa: PLC0415 (same)

    here = installation(request)
    planned, made = await asyncio.gather(
        asyncio.to_thread(plan, here, language(request)),
        asyncio.to_thread(folders, here.database),
    )
    groups: dict[str, list[object]] = {}
    for piece in planned.pieces:
        groups.setdefault(piece.group, []).append(piece)
    given = request.query.get("made", "")
    return page(
        request,
        "console/inspection_folder.html",
        tabs=tabs("folder"),
        groups=groups,
        missing=planned.missing,
        made=made,
        fresh=next((one for one in made if str(one.id) == given), None),
        sayer=bool(session(request).roles & SAYERS),
        wrong=wrong_of(request),
    )


@only(SAYERS)
async def make(request: web.Request) -> web.StreamResponse:
    """Make the folder in the reader's own name, and lead to it."""
    from sekisho.app.inspection.folder import make_folder  # noqa: PLC0415 (slow to import)

    here, words = installation(request), language(request)
    try:
        with sending(request, "folder") as note:
            async with AT_ONCE:
                made, _ = await asyncio.to_thread(
                    make_folder, here, by=session(request).user_id, language=words,
                    terminal=request.remote, progress=note.step,
                )  # fmt: skip
    except Error as error:
        return onward("/inspection/folder", wrong=error.message)
    return onward("/inspection/folder", made=made.id)


@only(SAYERS)
async def give(request: web.Request) -> web.StreamResponse:
    """Give a folder as it was made; that it is taken is recorded first."""
    from sekisho.app.inspection.folder import kept_folder, name_of  # noqa: PLC0415 (slow to import)
    from sekisho.inspection.papers import folder  # noqa: PLC0415 (same)

    here, number = installation(request), int(request.match_info["number"])
    made = await asyncio.to_thread(folder, here.database, number)
    if made is None:
        raise web.HTTPNotFound
    try:
        body = await asyncio.to_thread(kept_folder, here, made)
    except Error as error:
        return onward("/inspection/folder", wrong=error.message)
    await record(
        request, Action.EXPORT, f"inspection/folder/{number}/file", reason=f"sha256:{made.digest}"
    )
    return _file(body, "application/zip", name_of(here, made))


@only(ANYONE)
async def give_paper(request: web.Request) -> web.StreamResponse:
    """Give the sheet as PDF or XLSX; its SHA-256 is recorded first."""
    from sekisho.app.inspection.paper import paper_of  # noqa: PLC0415 (slow to import)

    here, told = installation(request), request.match_info
    form = told["form"]
    try:
        body = await asyncio.to_thread(
            paper_of, here, told["catalogue"], form, by=session(request).user_id,
            language=language(request),
        )  # fmt: skip
    except InvalidInputError as error:
        raise web.HTTPNotFound from error
    return _file(body, TYPES[form], f"{told['catalogue']}.{form}")


def _file(body: bytes, kind: str, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type=kind, headers=headers)


@only(ANYONE)
async def show_progress(request: web.Request) -> web.StreamResponse:
    """Show how far a sheet was on each day: as a picture, as numbers, and since the last time."""
    from sekisho.app.inspection import shelf_of  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.inspection.progress import count_sheets  # noqa: PLC0415 (same)
    from sekisho.inspection.papers import folders, progress  # noqa: PLC0415 (same)

    here = installation(request)
    books = (await asyncio.to_thread(shelf_of, here)).books
    chosen = request.query.get("catalog", FIRST)
    chosen = chosen if chosen in books else FIRST
    await asyncio.to_thread(count_sheets, here)
    oldest = (here.clock.now() - LONGEST).date()
    days = await asyncio.to_thread(progress, here.database, chosen, since=oldest)
    rows = [(one.day, parts_of(one), one.counts["items"]) for one in days]
    made = await asyncio.to_thread(folders, here.database)
    today, zone = today_of(here), ZoneInfo(here.config.zone)
    shown = [one.at.astimezone(zone).date() for one in made]
    # The last time is when a folder was made on a day before this; else the first day counted.
    since = day_of(request.query.get("since", "")) or next(
        (one for one in shown if one < today), None
    )
    before = [row for row in rows if since is not None and row[0] <= since]
    return page(
        request,
        "console/inspection_progress.html",
        tabs=tabs("progress"),
        books=books.values(),
        chosen=chosen,
        title=books[chosen].title[language(request)],
        parts=PARTS,
        spans=spans_of(rows),
        since=since,
        picture=days_of_parts([(day, list(_drawn(counted))) for day, counted, _ in rows]),
        first=before[-1] if before else rows[0] if rows else None,
        last=rows[-1] if rows else None,
        apart=days[-1].counts.get("apart", 0) if days else 0,
    )


def parts_of(one: Counted) -> dict[str, int]:
    """Return what the picture shows of a day; together they are all items that apply."""
    counts = one.counts
    return {
        "proven": counts["proven"],
        "worded": counts["yes"] - counts["proven"],
        "no": counts["no"],
        "waits": counts["open"] + counts["confirm"],
        "not_applicable": counts["not_applicable"],
    }


def spans_of(
    rows: Sequence[tuple[dt.date, dict[str, int], int]],
) -> list[tuple[dt.date, dt.date, dict[str, int], int]]:
    """Return the stretches of days on which nothing changed: first and last day, counts, items; the newest first."""
    found: list[tuple[dt.date, dt.date, dict[str, int], int]] = []
    for day, counted, items in rows:
        if found and found[-1][2:] == (counted, items):
            found[-1] = (found[-1][0], day, counted, items)
        else:
            found.append((day, day, counted, items))
    return found[::-1]


def _drawn(counted: dict[str, int]) -> Sequence[tuple[str, int]]:
    return [(name, counted[what]) for name, what in PARTS]
