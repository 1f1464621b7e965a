"""The files of `pages`, answered with an ETag."""

from __future__ import annotations

from aiohttp import web

from sekisho.pages.files import static_files


class Static:
    """Every file that a browser of the console may ask for."""

    def __init__(self) -> None:
        self._files = static_files()

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
