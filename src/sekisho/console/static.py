"""The stylesheet, the small scripts and what is vendored: read once, answered with an ETag."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from sekisho.pages.environment import FOLDER

TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is answered."""

    body: bytes
    kind: str
    etag: str


class Static:
    """Every file under ``pages/static`` that a browser may ask for."""

    def __init__(self, folder: Path = FOLDER / "static") -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _file(path)
            for path in sorted(folder.rglob("*"))
            if path.suffix in TYPES
        }

    async def handle(self, request: web.Request) -> web.Response:
        """Return the file, or 304 where the browser has it."""
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        headers = {"Cache-Control": "no-cache", "ETag": f'"{file.etag}"'}
        for known in request.if_none_match or ():
            if known.value == file.etag:
                return web.Response(status=304, headers=headers)
        response = web.Response(
            body=file.body, content_type=file.kind, charset="utf-8", headers=headers
        )
        response.enable_compression()
        return response


def _file(path: Path) -> File:
    body = path.read_bytes()
    return File(body, TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:16])
