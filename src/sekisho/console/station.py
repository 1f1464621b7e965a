"""検査コーナー: files and media from outside are checked before they go any further."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from aiohttp import BodyPartReader, web

from sekisho.app.installation import Installation
from sekisho.app.station import settings, station
from sekisho.console import uploads
from sekisho.console.interface import ANYONE, installation, session
from sekisho.console.posture import SAYERS, tabs
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import Error, InvalidInputError, UnavailableError
from sekisho.terms import Action

PAGE = 50
FILES = 200
"""Files of one check."""
WORDS = 1000
LIST = "/posture/station"
AT_ONCE = asyncio.Semaphore(2)
"""Checks that are done at the same time."""


def routes() -> list[web.RouteDef]:
    """Return the addresses of these pages."""
    one = LIST + "/{check:[0-9]{1,9}}"
    return [
        web.get(LIST, show),
        web.post(LIST, take),
        web.get(one, show_one),
        web.post(one, settle),
    ]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show where to give files, whether the scanner can be believed, and what was checked."""
    from sekisho import scan  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.scan import results  # noqa: PLC0415 (same)
    from sekisho.scan.rules import read_rules  # noqa: PLC0415 (same)

    here, query = installation(request), request.query
    search, before = query.get("search", "").strip()[:100], query.get("before", "")
    verdict = query["verdict"] if query.get("verdict") in set(scan.Verdict) else ""
    how = settings(here)
    state, rules, found = await asyncio.gather(
        asyncio.to_thread(scan.state, replace(how, seconds=3.0), here.clock),
        asyncio.to_thread(read_rules, how.rules),
        asyncio.to_thread(
            results.checks, here.database, search=search, verdict=verdict,
            before=int(before) if before.isdecimal() and len(before) < 10 else 0, limit=PAGE,
        ),
    )  # fmt: skip
    given = {name: value for name, value in (("search", search), ("verdict", verdict)) if value}
    return page(
        request,
        "console/posture_station.html",
        tabs=tabs(request, "station"),
        state=state,
        rules=rules,
        megabytes=how.size // 1_000_000,
        most=FILES,
        rows=found.rows,
        next=f"{LIST}?" + urlencode({**given, "before": found.after}) if found.after else "",
        first=f"{LIST}?" + urlencode(given) if before else None,
        verdicts=[one.value for one in scan.Verdict],
        search=search,
        verdict=verdict,
        wrong=wrong_of(request),
    )


@only(ANYONE)
async def take(request: web.Request) -> web.StreamResponse:
    """Check every file as it arrives, keep what was said, and never the file."""
    from sekisho.scan import results  # noqa: PLC0415 (keeps the first page quick)

    here, by = installation(request), session(request).user_id
    try:
        async with AT_ONCE:
            checked, said, rules = await _checked(request, here)
    except Error as error:
        return onward(LIST, wrong=error.message)
    told = " ".join(f"{name} {count}" for name, count in _counts(checked).items())
    await record(request, Action.SECURITY, "posture/station", reason=told)
    made = await asyncio.to_thread(
        results.keep, here.database, checked, by=by, at=here.clock.now(), door="console",
        brought_by=said["brought_by"], medium=said["medium"], rules=rules,
    )  # fmt: skip
    return onward(f"{LIST}/{made}")


@only(ANYONE)
async def show_one(request: web.Request) -> web.StreamResponse:
    """Show what was said of each file, and what to do next."""
    from sekisho.scan import results  # noqa: PLC0415 (keeps the first page quick)

    here, identifier = installation(request), int(request.match_info["check"])
    found = await asyncio.to_thread(results.check, here.database, identifier)
    return page(
        request,
        "console/posture_checked.html",
        status=200 if found else 404,
        check=found[0] if found else None,
        files=found[1] if found else [],
        sayer=bool(session(request).roles & SAYERS),
        wrong=wrong_of(request),
    )


@only(SAYERS)
async def settle(request: web.Request) -> web.StreamResponse:
    """Keep what was done about a find, in the reader's name."""
    from sekisho.scan import results  # noqa: PLC0415 (keeps the first page quick)

    here, number = installation(request), request.match_info["check"]
    note = str((await request.post()).get("note", ""))
    await record(request, Action.UPDATE, f"posture/station/{number}", reason="settled")
    where = f"{LIST}/{number}"
    try:
        await asyncio.to_thread(
            results.settle, here.database, int(number),
            by=session(request).user_id, at=here.clock.now(), note=note,
        )  # fmt: skip
    except Error as error:
        return onward(where, wrong=error.message)
    return onward(where)


async def _checked(
    request: web.Request, here: Installation
) -> tuple[list[Any], dict[str, str], str | None]:
    """Return what is known of each file of the form, the words beside them, and the rules' name.

    Raises:
        InvalidInputError: No file was chosen, more than `FILES`, or the sending was cut.
        UnavailableError: The disk has no room.
    """
    if request.content_type != "multipart/form-data":
        raise InvalidInputError("console.upload.none")
    ours = await asyncio.to_thread(station, here)
    said, checked = {"brought_by": "", "medium": ""}, list[Any]()
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if not part.filename:
                if part.name in said:
                    said[part.name] = (await part.read_chunk(WORDS)).decode("utf-8", "replace")
                continue
            if len(checked) == FILES:
                raise InvalidInputError("scan.station.many")
            checked.append(await _one(part, here, ours))
    except OSError as error:
        raise UnavailableError("console.upload.full") from error
    except ValueError as error:
        raise InvalidInputError("console.upload.cut") from error
    if not checked:
        raise InvalidInputError("console.upload.none")
    return checked, said, ours.rules.name


async def _one(part: BodyPartReader, here: Installation, ours: Any) -> Any:
    """Write a file where it has no name, check it and let it go; past the limit nothing is written."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", (part.filename or "").replace("\\", "/").split("/")[-1])
    limit, size = ours.settings.size, 0
    folder = uploads.folder(here)
    if shutil.disk_usage(folder).free < limit + uploads.SPARE:
        raise UnavailableError("console.upload.full")
    # Unlinked from the beginning: nothing of it stays, also where this process is killed.
    with tempfile.TemporaryFile(dir=folder) as file:
        while piece := await part.read_chunk(uploads.PIECE):
            size += len(piece)
            if size <= limit:
                await asyncio.to_thread(file.write, piece)
        file.flush()
        file.seek(0)
        return await asyncio.to_thread(ours.check, file, size, name[:200] or "?")


def _counts(checked: list[Any]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for one in checked:
        counted[one.answer.verdict.value] = counted.get(one.answer.verdict.value, 0) + 1
    return counted
