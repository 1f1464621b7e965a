"""この端末は関所を信用しているか: one line, told by the browser itself, without a script.

The page says no. It also asks for a style sheet over HTTPS; only a browser that trusts
the certificate gets it, and it turns the no into a yes. The same page lies as a file
beside the certificate, for PCs that do not reach this one without a warning.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from sekisho.app.certificates import AUTHORITY, FOLDER, ends
from sekisho.console.interface import installation
from sekisho.console.reply import page

_YES = (
    ".trust-yes[hidden] { display: block !important; }\n.trust-no { display: none !important; }\n"
)


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page; they are open to everybody."""
    return [
        web.get("/trust", show),
        web.get("/trust/yes.css", yes),
        web.get(f"/trust/{AUTHORITY}", authority),
    ]


async def show(request: web.Request) -> web.Response:
    """Show whether this browser trusts the console, and until when its certificate is good."""
    here = installation(request)
    config = here.config
    end = await asyncio.to_thread(ends, config.certificate) if config.certificate else None
    return page(
        request,
        "console/trust.html",
        secure=config.secure,
        origin=config.origin,
        end=end,
        authority=(here.data / FOLDER / AUTHORITY).is_file(),
    )


async def yes(_: web.Request) -> web.Response:
    """Return the style sheet that only a trusted connection brings."""
    return web.Response(
        text=_YES,
        content_type="text/css",
        headers={"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "no-store"},
    )


async def authority(request: web.Request) -> web.StreamResponse:
    """Return the authority's certificate, which is public, for PCs to take in."""
    file = installation(request).data / FOLDER / AUTHORITY
    if not file.is_file():
        raise web.HTTPNotFound
    return web.Response(
        body=await asyncio.to_thread(file.read_bytes),
        content_type="application/x-x509-ca-cert",
        headers={"Content-Disposition": f'attachment; filename="{AUTHORITY}"'},
    )
