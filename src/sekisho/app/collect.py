"""The collecting process: everything that comes by itself, put together."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
from pathlib import Path

from sekisho.app import tls
from sekisho.app.installation import Installation
from sekisho.collect.live.config import CollectConfig, SyslogDoor, read_config
from sekisho.collect.live.heard import Heard
from sekisho.collect.live.intake import Append, Intake
from sekisho.collect.live.listen import Listener
from sekisho.errors import InvalidInputError, UnavailableError
from sekisho.ledger import AsyncRecorder


class Collecting:
    """All listeners of one installation."""

    def __init__(
        self, installation: Installation, config: CollectConfig, append: Append | None = None
    ) -> None:
        """Make it; `append` is the recorder process's unless given."""
        self._line = AsyncRecorder(installation.data)
        heard = Heard(installation.database, installation.clock)
        self._intake = Intake(append or self._line.append, heard, installation.clock)
        self._listeners = [
            Listener(
                door,
                self._intake,
                installation.clock,
                zone=installation.config.zone,
                tls=self._context(installation, door),
            )
            for door in config.syslog
        ]

    async def start(self) -> None:
        """Begin to take.

        Raises:
            UnavailableError: An address cannot be listened on.
        """
        self._intake.start()
        for listener in self._listeners:
            try:
                await listener.start()
            except OSError as error:
                raise UnavailableError(
                    "collect.cannot_listen", name=listener.door.name, port=listener.door.port
                ) from error

    async def stop(self) -> None:
        """Hang up, record what was taken, end."""
        for listener in self._listeners:
            await listener.stop()
        await self._intake.stop()
        await self._line.close()

    def _context(self, installation: Installation, door: SyslogDoor) -> ssl.SSLContext | None:
        if door.certificate is None or door.private_key is None or door.authority is None:
            return None
        return mutual(installation, door.certificate, door.private_key, door.authority)


def mutual(
    installation: Installation, certificate: Path, private_key: Path, authority: Path
) -> ssl.SSLContext:
    """Return a context that asks the other side for a certificate of `authority`.

    Raises:
        InvalidInputError: A file is unreadable or does not belong to the others.
    """
    try:
        made = tls.context(certificate, private_key, installation.config.tls)
        made.load_verify_locations(authority)
    except OSError as error:
        raise InvalidInputError("collect.config.bad_tls", file=certificate.name) from error
    made.verify_mode = ssl.CERT_REQUIRED
    return made


def serve(installation: Installation) -> None:
    """Take what comes until SIGTERM or SIGINT.

    Raises:
        InvalidInputError: The configuration is wrong, or names nothing.
    """
    config = read_config(installation.data)
    if not config:
        raise InvalidInputError("collect.config.none")
    asyncio.run(_run(installation, config))


async def _run(installation: Installation, config: CollectConfig) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    collecting = Collecting(installation, config)
    try:
        await collecting.start()
        await ended.wait()
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(collecting.stop(), 9)
