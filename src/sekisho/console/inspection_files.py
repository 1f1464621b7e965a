"""Files beside a line of the register: taken, checked, given out as they came and never shown."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sekisho.console import uploads
from sekisho.console.inspection_register import HOME, LINE, SAYERS, part_of
from sekisho.console.interface import ANYONE, installation, session
from sekisho.console.reply import only, onward, record
from sekisho.errors import ConflictError, Error, InvalidInputError
from sekisho.terms import Action


def routes() -> list[web.RouteDef]:
    """Return the addresses of these acts."""
    one = f"{LINE}/files/{{file:[0-9]{{1,9}}}}"
    return [web.post(f"{LINE}/files", take), web.get(one, give), web.post(one, take_away)]


@only(SAYERS)
async def take(request: web.Request) -> web.StreamResponse:
    """Keep the files of the form beside a line, each as the scanner found it."""
    here, part, by = installation(request), part_of(request), session(request).user_id
    line = int(request.match_info["line"])
    where = f"{HOME}/{part.name}/{line}"
    try:
        arrived = await uploads.receive(request, here, by)
    except Error as error:
        return onward(where, wrong=error.message)
    await record(request, Action.IMPORT, f"register/{part.name}/{line}/file")
    wrong = ""
    for upload in arrived:
        try:
            await asyncio.to_thread(keep_upload, here, line, upload, by)
        except (InvalidInputError, ConflictError) as error:
            wrong = error.message
        finally:
            uploads.discard(here, upload)
    return onward(where, wrong=wrong) if wrong else onward(where)


@only(ANYONE)
async def give(request: web.Request) -> web.StreamResponse:
    """Give a file as it came: to be saved, by no means to be shown."""
    from sekisho.inspection.register import files  # noqa: PLC0415 (keeps the first page quick)

    here, part = installation(request), part_of(request)
    line, number = (int(request.match_info[name]) for name in ("line", "file"))
    await record(request, Action.EXPORT, f"register/{part.name}/{line}/file/{number}")
    try:
        found, body = await asyncio.to_thread(files.content, here.database, here.data, line, number)
    except InvalidInputError as error:
        raise web.HTTPNotFound from error
    headers = {
        "Content-Disposition": f"attachment; filename=\"file\"; filename*=UTF-8''{quote(found.name)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return web.Response(body=body, content_type="application/octet-stream", headers=headers)


@only(SAYERS)
async def take_away(request: web.Request) -> web.StreamResponse:
    """Take a file away from its line, or put it back."""
    from sekisho.inspection.register import files  # noqa: PLC0415 (keeps the first page quick)

    here, part, form = installation(request), part_of(request), await request.post()
    line, number = (int(request.match_info[name]) for name in ("line", "file"))
    gone = form.get("what") != "put_back"
    await record(request, Action.UPDATE, f"register/{part.name}/{line}/file/{number}")
    where = f"{HOME}/{part.name}/{line}"
    try:
        await asyncio.to_thread(
            files.take_away, here.database, line, number, gone=gone,
            by=session(request).user_id, at=here.clock.now(),
        )  # fmt: skip
    except Error as error:
        return onward(where, wrong=error.message)
    return onward(where)


def keep_upload(here: Any, line: int, upload: uploads.Upload, by: str) -> None:
    """Check an upload and keep it beside a line; the upload stays as it is."""
    from sekisho.app.station import station  # noqa: PLC0415 (brings the compiler of rules)
    from sekisho.inspection.register import files  # noqa: PLC0415 (slow to import)

    path = uploads.path_of(here, upload)
    check_size(upload)
    with path.open("rb") as file:
        answer = station(here).check(file, upload.size, upload.name).answer
    files.attach(
        here.database, here.data, line, path, upload.name, answer, by=by, at=here.clock.now()
    )


def check_size(upload: uploads.Upload) -> None:
    """Refuse a file that is too large to be kept.

    Raises:
        InvalidInputError: It is.
    """
    from sekisho.inspection.register import files  # noqa: PLC0415 (slow to import)

    if upload.size > files.LARGEST:
        raise InvalidInputError("register.file.too_large", megabytes=files.LARGEST // 2**20)
