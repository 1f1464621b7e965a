"""What went wrong, as a page: what happened, what it means, what to do."""

from __future__ import annotations

import logging
import secrets
from urllib.parse import urlsplit

from aiohttp import web

from sekisho.console.interface import language
from sekisho.console.reply import Handler, page
from sekisho.errors import (
    ConflictError,
    Error,
    InvalidInputError,
    RefusedError,
    TamperError,
    UnavailableError,
)
from sekisho.pages import explain, say

LOG = logging.getLogger("sekisho.console")
STATUS: tuple[tuple[type[Error], int], ...] = (
    (InvalidInputError, 400),
    (RefusedError, 403),
    (ConflictError, 409),
    (UnavailableError, 503),
    (TamperError, 500),
)


@web.middleware
async def failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what a room raised into a page in the reader's language."""
    try:
        return await handler(request)
    except Error as error:
        status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
        return failed(request, status, explain(language(request), error))
    except web.HTTPNotFound:
        return failed(request, 404, say(language(request), "console.failed.missing"))
    except web.HTTPMethodNotAllowed:
        return failed(request, 405, say(language(request), "console.failed.missing"))
    except web.HTTPRequestEntityTooLarge:
        return failed(request, 413, say(language(request), "console.failed.too_large"))
    except (web.HTTPException, ConnectionError):
        raise
    except Exception:  # the last door: nothing of the inside is shown
        number = secrets.token_hex(4)
        LOG.exception("failure %s at %s", number, request.path)
        text = say(language(request), "console.failed.inside", number=number)
        return failed(request, 500, text)


def _back(request: web.Request) -> str:
    """Return the page before, where it was one of ours."""
    before = urlsplit(request.headers.get("Referer", ""))
    if before.netloc != request.host or not before.path.startswith("/"):
        return "/"
    return f"/{before.path.lstrip('/')}" + (f"?{before.query}" if before.query else "")


def failed(request: web.Request, status: int, text: str) -> web.Response:
    """Return the page that tells `text`; a fragment asked for by htmx gets the page too."""
    signed_in = request.get("session") is not None
    return page(
        request,
        "console/failed.html" if signed_in else "console/failed_outside.html",
        status=status,
        kind="warn" if status in {403, 404} else "bad",
        matter=f"console.failed.title.{status if status in {403, 404, 503} else 'other'}",
        text=text,
        back=_back(request),
    )
