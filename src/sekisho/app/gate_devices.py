"""The gate's second listener, for devices by certificate; it begins anew with each new list."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl

from aiohttp import web

from sekisho.app import tls
from sekisho.errors import InvalidInputError
from sekisho.gate.config import GateConfig
from sekisho.gate.revoked import Lists, demand

_LOG = logging.getLogger(__name__)
LOOK = 1.0
"""Seconds between two looks whether the lists of revoked certificates changed."""


class Devices:
    """Listens for one worker."""

    def __init__(self, lists: Lists, config: GateConfig, profile: tls.Profile) -> None:
        """Make it.

        Raises:
            ssl.SSLError: OpenSSL does not take the authorities or the lists.
        """
        self._lists = lists
        self._config = config
        self._profile = profile
        self._context = self._make()
        self._site: web.TCPSite | None = None
        self._task: asyncio.Task[None] | None = None
        self._due = False
        self._wrong = ""

    async def start(self, runner: web.ServerRunner) -> None:
        """Listen, in the running loop."""
        self._site = await self._listen(runner)
        self._task = asyncio.create_task(self._look(runner))

    async def stop(self) -> None:
        """End looking; the runner ends listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _look(self, runner: web.ServerRunner) -> None:
        while True:
            await asyncio.sleep(LOOK)
            try:
                self._due |= await asyncio.to_thread(self._lists.reload)
                if not self._due:
                    continue
                self._context = await asyncio.to_thread(self._make)
                before, self._site = self._site, await self._listen(runner)
                self._due = False
            except (InvalidInputError, OSError, ssl.SSLError) as error:
                # Those before stay in force until they end; then nobody is let in.
                said = error.message if isinstance(error, InvalidInputError) else str(type(error))
                if said != self._wrong:
                    _LOG.warning("the new lists of revoked certificates: %s", said)
                self._wrong = said
                continue
            self._wrong = ""
            if before is not None:
                await before.stop()

    async def _listen(self, runner: web.ServerRunner) -> web.TCPSite:
        """Listen beside whatever listens there: no connection is lost meanwhile."""
        assert self._config.clients is not None, "it is made only then"
        site = web.TCPSite(
            runner,
            self._config.clients.host,
            self._config.clients.port,
            ssl_context=self._context,
            reuse_port=True,
        )
        await site.start()
        return site

    def _make(self) -> ssl.SSLContext:
        certificate, key = self._config.certificate, self._config.private_key
        assert certificate is not None, "the configuration demands it"
        assert key is not None, "as well"
        made = tls.context(certificate, key, self._profile)
        demand(made, self._lists.config, self._lists.revoked)
        return made
