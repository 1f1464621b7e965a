"""Files on their way in: streamed to the data directory, never held in memory."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import re
import shutil
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from aiohttp import BodyPartReader, web

from sekisho.app.installation import Installation
from sekisho.errors import InvalidInputError, UnavailableError

PIECE = 1 << 20
SPARE = 256 << 20
"""Bytes that must stay free on the disk beside an upload."""


KEPT = dt.timedelta(days=1)
"""How long a file waits for somebody to confirm how it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file that arrived and is not read yet; `name` is as the person knows it."""

    id: str
    name: str
    size: int
    by: str
    at: str


def folder(here: Installation) -> Path:
    """Return where uploads wait."""
    path = here.data / "upload"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def path_of(here: Installation, upload: Upload) -> Path:
    """Return the file of `upload`."""
    return folder(here) / upload.id


async def receive(request: web.Request, here: Installation, by: str) -> list[Upload]:
    """Write every file of the form to the disk and return what arrived.

    Raises:
        InvalidInputError: No file was chosen, or it is empty.
        UnavailableError: The disk has no room for it.
    """
    if request.content_type != "multipart/form-data":
        raise InvalidInputError("console.upload.none")
    await asyncio.to_thread(sweep, here)
    free = await asyncio.to_thread(shutil.disk_usage, folder(here))
    if request.content_length is not None and request.content_length + SPARE > free.free:
        raise UnavailableError("console.upload.full")
    arrived: list[Upload] = []
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.filename:
                arrived.append(await _one(here, part, by))  # noqa: PERF401 (kept when a later part fails)
    except OSError as error:
        for upload in arrived:
            discard(here, upload)
        raise UnavailableError("console.upload.full") from error
    except ValueError as error:
        raise InvalidInputError("console.upload.cut") from error
    arrived = [upload for upload in arrived if upload.size or discard(here, upload)]
    if not arrived:
        raise InvalidInputError("console.upload.none")
    return arrived


async def _one(here: Installation, part: BodyPartReader, by: str) -> Upload:
    identifier = uuid.uuid4().hex
    path = folder(here) / identifier
    written = 0
    try:
        with await asyncio.to_thread(_create, path) as file:
            while piece := await part.read_chunk(PIECE):
                await asyncio.to_thread(file.write, piece)
                written += len(piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    name = re.sub(r"[\x00-\x1f\x7f]", "", (part.filename or "").replace("\\", "/").split("/")[-1])
    upload = Upload(
        id=identifier,
        name=name[:200] or identifier,
        size=written,
        by=by,
        at=here.clock.now().astimezone(dt.UTC).isoformat(),
    )
    path.with_suffix(".json").write_text(json.dumps(asdict(upload)), encoding="utf-8")
    return upload


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def sweep(here: Installation) -> int:
    """Remove what nobody confirmed within a day: it names patients; return how many."""
    since = here.clock.now() - KEPT
    gone = 0
    for note in folder(here).glob("*.json"):
        upload = find(here, note.stem)
        if upload is None or dt.datetime.fromisoformat(upload.at) < since:
            note.with_suffix("").unlink(missing_ok=True)
            note.unlink(missing_ok=True)
            gone += 1
    return gone


def find(here: Installation, identifier: str) -> Upload | None:
    """Return the upload `identifier`, None where it is gone."""
    path = folder(here) / f"{identifier}.json"
    try:
        upload = Upload(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return upload if path_of(here, upload).is_file() else None


def taken(here: Installation, upload: Upload) -> None:
    """Forget the note beside the file: its reading has been asked for."""
    (folder(here) / f"{upload.id}.json").unlink(missing_ok=True)


def discard(here: Installation, upload: Upload) -> bool:
    """Remove the file; return False."""
    taken(here, upload)
    path_of(here, upload).unlink(missing_ok=True)
    return False
