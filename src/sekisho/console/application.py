"""The console: one aiohttp application, made of the doors of the rooms."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
from dataclasses import replace
from zoneinfo import ZoneInfo

from aiohttp import web

from sekisho.app import tls
from sekisho.app.gate_origins import gate_edges, gate_origins
from sekisho.app.installation import Installation
from sekisho.app.waiting import refresh_identity
from sekisho.console import (
    access,
    asking,
    case,
    cases,
    checkpoints,
    controls,
    copies,
    erasure,
    gate,
    health,
    incidents,
    inquiries,
    inspection,
    inspection_carry,
    inspection_files,
    inspection_issued,
    inspection_kinds,
    inspection_load,
    inspection_papers,
    inspection_period,
    inspection_proof,
    inspection_register,
    inspection_sheets,
    known,
    metrics,
    month,
    network,
    people,
    plans,
    policy,
    posture,
    preferences,
    protection,
    quarantine,
    records,
    rosters,
    rules,
    services,
    source,
    station,
    today,
    trust,
    vendors,
    walk,
)
from sekisho.console.failures import failures
from sekisho.console.framing import Framing
from sekisho.console.headers import add_headers
from sekisho.console.interface import INSTALLATION
from sekisho.console.static import Static
from sekisho.identity import SHIPPED, fix_place
from sekisho.identity.web import Identity, middleware, routes
from sekisho.pages.environment import compiled
from sekisho.pages.words import LANGUAGES, catalogue

M_ARENA_MAX = -8
"""From glibc's malloc.h."""
BODY = 1 << 20
"""Largest form; uploads are streams and have no such end."""

ROOMS = (
    today,
    records,
    quarantine,
    rosters,
    checkpoints,
    source,
    cases,
    case,
    asking,
    access,
    gate,
    services,
    erasure,
    plans,
    policy,
    rules,
    month,
    copies,
    people,
    posture,
    protection,
    controls,
    station,
    known,
    network,
    incidents,
    inquiries,
    inspection_carry,
    inspection_kinds,
    inspection_period,
    inspection_papers,
    inspection_issued,
    inspection_proof,  # before the pages of items, whose addresses are wider
    inspection_sheets,
    inspection_load,
    inspection_files,
    inspection_register,
    inspection,
    vendors,
    walk,
    health,
    trust,
    metrics,
    preferences,
)
"""Every part that has addresses."""


def application(installation: Installation) -> web.Application:
    """Return the console of `installation`, ready to run."""
    identity = Identity(
        database=installation.database,
        clock=installation.clock,
        record=installation.record,
        place=fix_place(installation.database, installation.config.origin),
        institution=lambda: installation.institution,
        others=lambda: gate_origins(installation.data),
        ended=lambda: _ended(installation),
        own=lambda: installation.config.networks,
        edges=lambda: gate_edges(installation.data),
        attacked=lambda: refresh_identity(installation),
        settings=replace(SHIPPED, attacks=installation.config.attacks),
        public=("/static/", "/language", "/trust", "/metrics"),
    )
    framing = Framing(installation)
    app = web.Application(
        client_max_size=BODY,
        middlewares=[failures, middleware(identity), framing.middleware, failures],
    )
    app[INSTALLATION] = installation
    app[metrics.TALLY] = identity.tally
    app.router.add_get("/static/{name:.+}", Static().handle)
    app.add_routes(routes(identity))
    for room in ROOMS:
        app.add_routes(room.routes())
    app.on_response_prepare.append(add_headers)

    async def ready(_: web.Application) -> None:
        await asyncio.to_thread(_warm)
        await framing.counts()

    async def ended(_: web.Application) -> None:
        await identity.floods.close()
        await installation.hang_up()

    app.on_startup.append(ready)
    app.on_cleanup.append(ended)
    return app


def _ended(installation: Installation) -> set[str]:
    from sekisho import care  # noqa: PLC0415 (keeps the first page quick)

    zone = ZoneInfo(installation.config.zone)
    today = installation.clock.now().astimezone(zone).date()
    return care.ended_user_ids(installation.database, today)


def _warm() -> None:
    """Read words and templates before the first page is asked for."""
    for language in LANGUAGES:
        catalogue(language)
        for name in ("console/today.html", "console/records.html", "identity/sign_in.html"):
            compiled(name, language)


def _stay_small() -> None:
    """Keep the process small: memory that a question needed goes back to the system.

    Page handlers run in threads; glibc would otherwise give each a heap of its own,
    and Arrow would keep what it once had.
    """
    import pyarrow as pa  # noqa: PLC0415 (only where it is served)

    pa.set_memory_pool(pa.system_memory_pool())
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def serve(installation: Installation) -> None:
    """Serve the console until SIGTERM or SIGINT."""
    _stay_small()
    config = installation.config
    secure = None
    if config.certificate is not None and config.private_key is not None:
        secure = tls.context(config.certificate, config.private_key, config.tls)
    with contextlib.suppress(asyncio.CancelledError):
        web.run_app(
            application(installation),
            host=config.host,
            port=config.port,
            ssl_context=secure,
            print=None,
            access_log=None,
            handler_cancellation=False,
            shutdown_timeout=5.0,
        )
