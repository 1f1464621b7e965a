"""Who holds this pass? Asked at each request, read again at most every half second.

So a session that was ended, or rights that changed, are in force everywhere within a
second (house.md section 3) and a busy page does not ask the database for each picture.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sekisho.gate.clients import Shown
from sekisho.identity import SHIPPED, Session, idle_of, services
from sekisho.identity.crossing import session_by_pass
from sekisho.identity.sessions import token_hash
from sekisho.storage import Database
from sekisho.terms import Clock

FRESH = 0.5
MOST = 20_000


@dataclass(slots=True)
class _Seen:
    session: Session | None
    at: float
    touched: bool


class Known:
    """The passes of one worker."""

    def __init__(self, database: Database, clock: Clock, idle: Mapping[str, dt.timedelta]) -> None:
        """`idle` by origin: after how long without a request a session ends there."""
        self._settings = {
            origin: replace(SHIPPED, idle=min(wait, SHIPPED.idle)) for origin, wait in idle.items()
        }
        self._database = database
        self._clock = clock
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._reading: dict[tuple[str, str, bool], asyncio.Task[Session | None]] = {}
        self._services: dict[str, tuple[services.Service | None, float]] = {}

    async def session(
        self, token: str | None, origin: str, *, touch: bool = True
    ) -> Session | None:
        """Return the session to which the pass `token` of `origin` belongs, while it lives."""
        if not token or len(token) > 100:
            return None
        key = (token_hash(token), origin)
        seen = self._seen.get(key)
        fresh = seen is not None and time.monotonic() - seen.at < FRESH
        # An act is never lost behind a question that was none.
        if seen is not None and fresh and (seen.touched or not touch):
            return seen.session
        asked = (*key, touch)
        reading = self._reading.get(asked)
        if reading is None:
            # A page asks for many things at once: one reading answers them all.
            reading = asyncio.create_task(self._read(key, token, touch=touch))
            self._reading[asked] = reading
            reading.add_done_callback(lambda _: self._reading.pop(asked, None))
        return await asyncio.shield(reading)

    async def _read(self, key: tuple[str, str], token: str, *, touch: bool) -> Session | None:
        found = await asyncio.to_thread(
            session_by_pass,
            self._database,
            token,
            self._clock,
            origin=key[1],
            settings=self._settings.get(key[1], SHIPPED),
            touch=touch,
        )
        if len(self._seen) >= MOST:
            self._seen.clear()
        self._seen[key] = _Seen(found, time.monotonic(), touch)
        return found

    async def service(self, token: str) -> services.Service | None:
        """Return the open service account whose token this is; the token may have ended."""
        if len(token) > 100:
            return None
        return await self._service(
            token_hash(token),
            lambda: services.service_by_token(self._database, self._clock, token),
        )

    async def device(self, certificate: Shown) -> services.Service | None:
        """Return the open service account that shows this certificate; it may have ended."""
        return await self._service(
            "certificate " + certificate.fingerprint,
            lambda: services.service_by_certificate(
                self._database,
                self._clock,
                fingerprint=certificate.fingerprint,
                names=certificate.names,
            ),
        )

    async def _service(
        self, key: str, find: Callable[[], services.Service | None]
    ) -> services.Service | None:
        kept = self._services.get(key)
        if kept is not None and time.monotonic() - kept[1] < FRESH:
            return kept[0]
        found = await asyncio.to_thread(find)
        if len(self._services) >= MOST:
            self._services.clear()
        self._services[key] = (found, time.monotonic())
        return found

    async def left(self, known: Session, origin: str, *, acted: bool) -> int:
        """Return for how many seconds a session lives at `origin` unless somebody acts."""
        settings = self._settings.get(origin, SHIPPED)
        idle = await asyncio.to_thread(idle_of, self._database, known, settings)
        quiet = dt.timedelta(0) if acted else self._clock.now() - known.seen
        return max(0, int((idle - quiet).total_seconds()))

    def forget(self) -> None:
        """Ask anew for everybody."""
        self._seen.clear()
        self._reading.clear()
