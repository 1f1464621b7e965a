"""The collecting process: everything that comes by itself, put together."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import signal
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from sekisho.app import tls
from sekisho.app.installation import Installation
from sekisho.app.walk import keep_log
from sekisho.care.hl7.receive import Receiver
from sekisho.collect import FileReport, collect
from sekisho.collect.interface import ProgressCall
from sekisho.collect.live.config import (
    CollectConfig,
    Door,
    FhirDoor,
    FolderWatch,
    TailWatch,
    read_config,
)
from sekisho.collect.live.feed import Feed, Known
from sekisho.collect.live.folder import POLL, Folder, Take
from sekisho.collect.live.heard import Heard, keep_file
from sekisho.collect.live.intake import Append, Intake
from sekisho.collect.live.joined import SLACK, Gate
from sekisho.collect.live.listen import Listener
from sekisho.collect.live.mllp import Mllp
from sekisho.collect.live.tail import Tail
from sekisho.collect.quarantine import is_waited_for, retry
from sekisho.errors import Error, InvalidInputError, UnavailableError
from sekisho.identity.services import BEFORE_TOKEN, service_by_token
from sekisho.ledger import AsyncRecorder, Recorder

_LOG = logging.getLogger(__name__)
JOIN_EVERY = 30.0
"""Seconds between looks at rows that wait for sign-ins."""


class Collecting:
    """All listeners of one installation."""

    def __init__(
        self,
        installation: Installation,
        config: CollectConfig,
        append: Append | None = None,
        recorder: Callable[[], AbstractContextManager[Recorder]] | None = None,
    ) -> None:
        """Make it; `append` and `recorder` are the recorder process's unless given."""
        self._line = AsyncRecorder(installation.recorder_at)
        heard = Heard(installation.database, installation.clock)
        self._intake = Intake(append or self._line.append, heard, installation.clock)
        self._ways: list[Listener | Feed | Mllp] = [
            Listener(
                door,
                self._intake,
                installation.clock,
                zone=installation.config.zone,
                tls=context_of(door, installation.config.tls),
            )
            for door in config.syslog
        ]
        self._here = installation
        if installation.remote is not None:
            _check_alone(config)
        self._recorder = recorder or installation.recorder
        self._folders = [
            Folder(watch, self._taker(watch), installation.clock) for watch in config.folder
        ]
        self._tails = [
            Tail(
                watch,
                self._intake,
                installation.database,
                installation.clock,
                zone=installation.config.zone,
                book=installation.reader,
            )
            for watch in config.tail
        ]
        self._logins = {} if installation.remote else _joined(self._tails)
        self._ending = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._ways += [
            Feed(
                door,
                self._intake,
                zone=installation.config.zone,
                tls=context_of(door, installation.config.tls),
                known=accounts_of(installation, door),
            )
            for door in config.fhir
        ]

        self._ways += [
            Mllp(
                door,
                Receiver(
                    installation.database,
                    installation.clock,
                    door.path,
                    ZoneInfo(door.zone or installation.config.zone),
                ),
                heard,
                zone=installation.config.zone,
                tls=context_of(door, installation.config.tls),
            )
            for door in config.mllp
        ]

    async def start(self) -> None:
        """Begin to take.

        Raises:
            UnavailableError: An address cannot be listened on.
        """
        self._intake.start()
        for way in self._ways:
            try:
                await way.start()
            except OSError as error:
                raise UnavailableError(
                    "collect.cannot_listen", name=way.door.name, port=way.door.port
                ) from error

        self._tasks = [asyncio.create_task(self._watch(folder)) for folder in self._folders]
        self._tasks += [asyncio.create_task(tail.run()) for tail in self._tails]
        if self._logins:
            self._tasks.append(asyncio.create_task(self._join()))

    async def stop(self) -> None:
        """Hang up, record what was taken, end."""
        for folder in self._folders:
            folder.ending.set()
        for tail in self._tails:
            tail.ending.set()
        self._ending.set()
        await asyncio.gather(*self._tasks)
        for way in self._ways:
            await way.stop()
        await self._intake.stop()
        await self._line.close()

    async def _watch(self, folder: Folder) -> None:
        while not folder.ending.is_set():
            try:
                found = await asyncio.to_thread(folder.look, time.monotonic())
            except (Error, OSError, SQLAlchemyError) as error:
                _LOG.warning("folder %s: %s", folder.watch.name, type(error).__name__)
                found = 0
            if not found:
                await asyncio.to_thread(folder.ending.wait, POLL)

    async def _join(self) -> None:
        """Take up rows that wait for sign-ins whose log was read to its end since."""
        while not self._ending.is_set():
            for login, tail in self._logins.items():
                try:
                    await asyncio.to_thread(self._join_waiting, login, tail)
                except (Error, OSError, SQLAlchemyError) as error:
                    _LOG.warning("rows that wait for %s: %s", login, type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), JOIN_EVERY)

    def _join_waiting(self, login: str, tail: Tail) -> None:
        if tail.at_end_time is None or not is_waited_for(self._here.database, login):
            return
        with self._recorder() as recorder:
            retry(
                self._here.database,
                recorder=recorder,
                clock=self._here.clock,
                book=self._here.reader(),
                waiting_for=login,
                arrived=tail.at_end_time - dt.timedelta(seconds=SLACK),
            )

    def _taker(self, watch: FolderWatch) -> Take:
        def take(path: Path, progress: ProgressCall) -> FileReport:
            with self._recorder() as recorder:
                (report,) = collect(
                    [path],
                    recorder=recorder,
                    database=self._here.database,
                    clock=self._here.clock,
                    source=watch.source,
                    format=watch.format,
                    mapping=watch.mapping,
                    zone=watch.zone or self._here.config.zone,
                    progress=progress,
                    book=None if self._here.remote else self._here.reader(),
                )
            keep_log(self._here, report)
            keep_file(self._here.database, self._here.clock, report)
            return report

        return take


def _check_alone(config: CollectConfig) -> None:
    """Return where nothing asks the log, which is on another machine.

    Raises:
        InvalidInputError: A mapping joins two logs.
    """
    watches: tuple[FolderWatch | TailWatch, ...] = (*config.folder, *config.tail)
    for watch in watches:
        if watch.mapping is not None and watch.mapping.join is not None:
            raise InvalidInputError("app.remote.join", name=watch.name)


def _joined(tails: Sequence[Tail]) -> dict[str, Tail]:
    """Let each log that is joined wait for the one of its sign-ins; return those, by source."""
    sources = {
        one.watch.source or (one.watch.mapping and one.watch.mapping.name): one for one in tails
    }
    for tail in tails:
        join = tail.watch.mapping.join if tail.watch.mapping else None
        if join is not None:
            login = sources.get(join.login)
            tail.gate = Gate(None if login is tail else login, time.monotonic)
    return {source: one for source, one in sources.items() if source}


def context_of(door: Door, profile: tls.Profile) -> ssl.SSLContext | None:
    """Return how the door speaks TLS; with an authority the other side must show whose it is.

    Raises:
        InvalidInputError: A file is unreadable or does not belong to the others.
    """
    if door.certificate is None or door.private_key is None:
        return None
    try:
        made = tls.context(door.certificate, door.private_key, profile)
        # A sender that only writes never reads the tickets of TLS 1.3; hanging up with them
        # unread, its kernel resets the connection and what it sent last is lost (RFC 2525 2.17).
        made.num_tickets = 0
        if door.authority is not None:
            made.load_verify_locations(door.authority)
            made.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        raise InvalidInputError("collect.config.bad_tls", file=door.certificate.name) from error
    return made


def accounts_of(installation: Installation, door: FhirDoor) -> Known:
    """Return who knows the tokens of the service accounts that are bound to `door`."""

    def known(token: str, address: str) -> bool:
        if not token.startswith(BEFORE_TOKEN):
            return False
        found = service_by_token(installation.database, installation.clock, token)
        return (
            found is not None
            and found.route == door.system
            and found.until is not None
            and installation.clock.now() < found.until
            and found.comes_from(address)
        )

    return known


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
