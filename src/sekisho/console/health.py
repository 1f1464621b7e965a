"""健康状態: is the record intact, is there room, who was heard of, and since when."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sekisho import __version__
from sekisho.app.installation import Installation
from sekisho.app.proofs import all_latest, latest_evidence, stands
from sekisho.console.interface import installation, session
from sekisho.console.reply import onward, page, record
from sekisho.identity.records import Role
from sekisho.terms import Action, Evidence

SHOWN = 5
"""Verifications that are listed."""
ON_SHEET = frozenset({"access", "collect", "identity", "register", "review"})
"""Rooms whose proofs are about the institution, not about this machine: they stand in 点検."""
LOW = 5
"""Percent of the disk below which it is said to be short of room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The page.

    Attributes:
        verified: The last verification, None: never; `stands` whether it is still good.
        runs: The newest verifications of the whole record, newest first.
        heard: Each source with when it was last heard.
        recorder: Whether the recorder answers.
        proofs: The last result of everything that is checked by itself.
    """

    verified: Evidence | None
    stands: bool
    runs: tuple[Any, ...]
    records: int
    fingerprint: str
    disk_free: int
    disk_whole: int
    disk_low: bool
    recorder: bool
    heard: tuple[Any, ...]
    proofs: tuple[Evidence, ...]
    version: str
    storage: str
    now: dt.datetime


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [
        web.get("/health", show),
        web.post("/health/verify", verify),
        web.post("/health/verify/stop", stop),
    ]


async def show(request: web.Request) -> web.Response:
    """Show it; nobody is named here."""
    return page(
        request,
        "console/health.html",
        health=await asyncio.to_thread(_health, installation(request)),
        roles=[role.value for role in Role if role in session(request).roles],
    )


async def verify(request: web.Request) -> web.StreamResponse:
    """Ask for the whole record to be verified now; the jobs process does it."""
    from sekisho.app.walk import start_verification  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    await record(request, Action.EXECUTE, "ledger/verify")
    await asyncio.to_thread(start_verification, here, by=who.user_id)
    return onward("/health")


async def stop(request: web.Request) -> web.StreamResponse:
    """End the verification that is under way."""
    from sekisho.app.walk import stop_verification  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    identifier = str((await request.post()).get("id", ""))
    await record(request, Action.EXECUTE, "ledger/verify/stop")
    await asyncio.to_thread(stop_verification, here, identifier, by=who.user_id)
    return onward("/health")


def _health(here: Installation) -> Health:
    from sekisho import collect  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.walk import verifications  # noqa: PLC0415 (same)
    from sekisho.errors import Error  # noqa: PLC0415 (same)

    usage = shutil.disk_usage(here.data)
    verified = latest_evidence(here.database, "ledger.verified")
    reader = here.reader()
    try:
        fingerprint = reader.fingerprint()
    except Error:
        fingerprint = ""
    runs = verifications(here, limit=SHOWN)
    return Health(
        runs=tuple(runs),
        verified=verified,
        stands=stands(verified, here.clock.now()),
        records=reader.size(),
        fingerprint=fingerprint,
        disk_free=usage.free,
        disk_whole=usage.total,
        disk_low=usage.free * 100 < usage.total * LOW,
        recorder=here.recorder_answers(),
        heard=tuple(collect.sources(here.database)),
        proofs=tuple(
            one
            for one in all_latest(here.database)
            if one.subject != "ledger.verified" and one.subject.split(".")[0] not in ON_SHEET
        ),
        version=__version__,
        storage=here.database.kind,
        now=here.clock.now(),
    )
