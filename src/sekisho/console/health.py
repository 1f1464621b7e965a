"""健康状態: is the record intact, is there room, who was heard of, and since when."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from aiohttp import web

from sekisho import __version__
from sekisho.app.installation import Installation
from sekisho.app.proofs import all_latest, latest_evidence, stands
from sekisho.app.tables import JOB
from sekisho.console.interface import installation, session
from sekisho.console.reply import onward, page, record
from sekisho.identity.records import Role
from sekisho.terms import Action, Evidence, Result

LOW = 5
"""Percent of the disk below which it is said to be short of room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The page.

    Attributes:
        verified: The last verification, None: never; `stands` whether it is still good.
        heard: Each source with when it was last heard.
        recorder: Whether the recorder answers.
        proofs: The last result of everything that is checked by itself.
    """

    verified: Evidence | None
    stands: bool
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
    return [web.get("/health", show), web.post("/health/verify", verify)]


async def show(request: web.Request) -> web.Response:
    """Show it; nobody is named here."""
    view = await asyncio.to_thread(_health, installation(request))
    asked = request.query.get("asked") == "1"
    return page(
        request,
        "console/health.html",
        health=view,
        asked=asked and not _since(view, request.query.get("at", "")),
        at=request.query.get("at", ""),
        roles=[role.value for role in Role if role in session(request).roles],
    )


async def verify(request: web.Request) -> web.StreamResponse:
    """Ask for the whole record to be verified now; the jobs process does it."""
    here = installation(request)
    await record(request, Action.EXECUTE, "ledger/verify")
    now = here.clock.now()
    await asyncio.to_thread(_ask, here, now)
    return onward("/health", asked=1, at=now.isoformat())


def _ask(here: Installation, now: dt.datetime) -> None:
    """Make the verification due now; the jobs process looks every moment."""
    with here.database.write() as connection:
        connection.execute(JOB.update().where(JOB.c.name == "verify").values(next_at=now))


def _since(view: Health, at: str) -> bool:
    """Whether a verification ended after it was asked for."""
    try:
        asked = dt.datetime.fromisoformat(at)
    except ValueError:
        return True
    return view.verified is not None and view.verified.checked_at >= asked


def _health(here: Installation) -> Health:
    from sekisho import collect  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.errors import Error  # noqa: PLC0415 (same)

    usage = shutil.disk_usage(here.data)
    verified = latest_evidence(here.database, "ledger.verified")
    reader = here.reader()
    try:
        fingerprint = reader.fingerprint()
    except Error:
        fingerprint = ""
    return Health(
        verified=verified,
        stands=stands(verified, here.clock.now()),
        records=reader.size(),
        fingerprint=fingerprint,
        disk_free=usage.free,
        disk_whole=usage.total,
        disk_low=usage.free * 100 < usage.total * LOW,
        recorder=here.recorder_answers(),
        heard=tuple(collect.sources(here.database)),
        proofs=tuple(_proofs(here)),
        version=__version__,
        storage=here.database.kind,
        now=here.clock.now(),
    )


def _proofs(here: Installation) -> Iterator[Evidence]:
    """Give what is checked by itself; a job that runs often is as fresh as its last run."""
    with here.database.read() as connection:
        ran = {f"job.{row.name}": row.last_done for row in connection.execute(sa.select(JOB))}
    for proof in all_latest(here.database):
        last = ran.get(proof.subject)
        if proof.subject == "ledger.verified":
            continue
        if last is None or proof.result is not Result.YES or last <= proof.checked_at:
            yield proof
            continue
        until = None if proof.valid_until is None else last + (proof.valid_until - proof.checked_at)
        yield replace(proof, checked_at=last, valid_until=until)
