"""The recorder: whoever appends goes through here: this process, by the socket, or from elsewhere."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import orjson

from sekisho.errors import (
    ConflictError,
    Error,
    InvalidInputError,
    RefusedError,
    UnavailableError,
)
from sekisho.ledger import wire
from sekisho.ledger.accept import Line, accepted
from sekisho.ledger.append import Ledger
from sekisho.ledger.client import Client
from sekisho.ledger.lock import sole
from sekisho.ledger.remote import CALLERS, MAY, Caller, Listen, Remote, admit
from sekisho.storage import Database
from sekisho.terms import Access, Clock

_LOG = logging.getLogger(__name__)
_GROUP = 10_000
"""Records committed together at most."""

_PUBLISH = 1.0
"""Seconds between checkpoints under load."""

_PATIENCE = 2.0
"""Seconds to wait for one that is just starting or just ending."""

_START = 30.0
"""Seconds to wait, among parts started together, for the recorder or for the log to be free."""

_Waiting = tuple[list[Line], "asyncio.Future[list[int | None]]"]

_LISTEN_AGAIN = 5.0
"""Seconds until an address that could not be listened on is tried again."""

_AHEAD = 4
"""Questions that one connection may ask before the first is answered."""

Answering = Callable[[], list[int | None]]
"""Waits until records are durable and returns what `Recorder.append` does."""

Handing = Callable[[], Answering]
"""Hands records over that are written down already."""


class Recorder(Protocol):
    """Takes records for the log."""

    def append(self, records: Sequence[Access]) -> list[int | None]:
        """Record durably before returning; the index of each, None for a key already recorded."""
        ...

    def prepare(self, records: Sequence[Access]) -> Handing:
        """Return what hands `records` over: call it in a thread of its own, in their order."""
        ...

    def seal(self) -> int:
        """Seal what is not sealed yet; the number of records sealed."""
        ...

    def size(self) -> int:
        """Return the number of records that are durable."""
        ...

    def rotate(self, by: str, second: str) -> str:
        """Replace the signing key in two people's names; the new public key."""
        ...

    def erase(self, number: int) -> int:
        """Do a confirmed erasure; the index of the record that orders it."""
        ...


@contextmanager
def recorder(data: Path, database: Database, clock: Clock) -> Iterator[Recorder]:
    """Give the recorder of `data`: the running process, else be it while the block runs.

    Raises:
        ConflictError: Another command is the recorder just now; the error names its process.
        TamperError: What is stored does not continue what was signed last.
    """
    with ExitStack() as stack:
        client, ledger = _acquire(stack, data, database, clock)
        if client is not None:
            yield client
            return
        assert ledger is not None
        yield ledger
        ledger.publish()


@contextmanager
def running(at: Path | Remote) -> Iterator[Recorder]:
    """Give the running recorder process, waiting while it starts; never be it oneself.

    For the parts beside it: one that took the log for itself would keep its recorder out.

    Raises:
        UnavailableError: None answers.
    """
    until = time.monotonic() + _START
    client = Client(at)
    while True:
        try:
            client.connect()
        except UnavailableError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            break
    try:
        yield client
    finally:
        client.close()


def _acquire(
    stack: ExitStack, data: Path, database: Database, clock: Clock
) -> tuple[Client | None, Ledger | None]:
    until = time.monotonic() + _PATIENCE
    while True:
        client = Client(data)
        try:
            client.connect()
        except UnavailableError:
            pass
        else:
            stack.callback(client.close)
            return client, None
        try:
            stack.enter_context(sole(data, database))
        except ConflictError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return None, Ledger(data, database, clock)


def serve(
    data: Path,
    database: Database,
    clock: Clock,
    *,
    ready: Callable[[], None] | None = None,
    stop: threading.Event | None = None,
    listen: Listen | None = None,
) -> None:
    """Be the recorder process until SIGTERM or SIGINT (or `stop`); everything acknowledged stands.

    Args:
        data: The data directory.
        database: Of the installation.
        clock: Gives when records are recorded.
        ready: Called once records are taken.
        stop: Ends it from another thread.
        listen: Where other machines hand records over; by default nowhere.

    Raises:
        ConflictError: Another recorder is there; the error names its process.
        TamperError: What is stored does not continue what was signed last.
    """
    with ExitStack() as stack:
        _take(stack, data, database)
        ledger = Ledger(data, database, clock)
        asyncio.run(_Server(data, ledger, listen).run(ready, stop))
        ledger.publish()


def _take(stack: ExitStack, data: Path, database: Database) -> None:
    """Become the only recorder, after a command that is it just now; another process refuses."""
    until = time.monotonic() + _START
    while True:
        try:
            stack.enter_context(sole(data, database))
        except ConflictError:
            other = Client(data)
            try:
                other.connect()
            except UnavailableError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
                continue
            other.close()
            raise
        else:
            return


class _Server:
    """Gathers what many connections send into one commit after the other."""

    def __init__(self, data: Path, ledger: Ledger, listen: Listen | None) -> None:
        self._data = data
        self._ledger = ledger
        self._listen = listen
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._writing = ThreadPoolExecutor(1, "ledger-append")
        self._signing = ThreadPoolExecutor(1, "ledger-publish")
        self._sealing = ThreadPoolExecutor(1, "ledger-seal")
        self._connections: set[asyncio.Task[None]] = set()
        self._callers = 0

    async def run(self, ready: Callable[[], None] | None, stop: threading.Event | None) -> None:
        """Take records until told to end."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, ended.set)
        path = self._data / "run" / wire.SOCKET
        path.unlink(missing_ok=True)
        mask = os.umask(0o177)
        try:
            with wire.address(self._data) as name:
                server = await asyncio.start_unix_server(self._connected, name, limit=wire.GREATEST)
        finally:
            os.umask(mask)
        tasks = [loop.create_task(self._append()), loop.create_task(self._publish())]
        if stop is not None:
            tasks.append(loop.create_task(_watch(stop, ended)))
        if self._listen is not None:
            tasks.append(loop.create_task(self._elsewhere(self._listen)))
        for each in tasks:
            each.add_done_callback(lambda _: ended.set())
        try:
            if ready:
                ready()
            await ended.wait()
        finally:
            path.unlink(missing_ok=True)
            await _close(server)
            for each in tasks:
                each.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            for task in self._connections:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
            self._writing.shutdown()
            self._signing.shutdown()
            self._sealing.shutdown()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _elsewhere(self, listen: Listen) -> None:
        """Listen for other machines; an address that is not there yet keeps nobody here waiting."""
        said = False
        while True:
            try:
                server = await asyncio.start_server(
                    lambda reader, writer: self._called(listen, reader, writer),
                    listen.host,
                    listen.port,
                    limit=wire.GREATEST,
                    reuse_address=True,
                )
            except OSError as error:
                if not said:
                    _LOG.warning("cannot listen on %s:%d: %s", listen.host, listen.port, error)
                said = True
                await asyncio.sleep(_LISTEN_AGAIN)
            else:
                break
        _LOG.info("other machines are heard on %s:%d", listen.host, listen.port)
        try:
            await asyncio.Event().wait()
        finally:
            await _close(server)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._connection(writer):
            peer = wire.peer_uid(writer.get_extra_info("socket"))
            if peer not in {os.getuid(), 0}:
                _LOG.warning("refused a connection of user %d", peer)
                return
            await self._converse(reader, writer, None)

    async def _called(
        self, listen: Listen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with self._connection(writer):
            if self._callers >= CALLERS:
                _LOG.warning("hung up on %s: too many", writer.get_extra_info("peername"))
                return
            self._callers += 1
            try:
                caller = await admit(listen, writer)
                if caller is not None:
                    await self._converse(reader, writer, caller)
            finally:
                self._callers -= 1

    @contextmanager
    def _connection(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        """Hang up in the end, whatever the other side does."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            yield
        except (EOFError, OSError):
            pass
        except asyncio.CancelledError:
            # The recorder ends: TLS would wait for the other side's farewell.
            writer.transport.abort()
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        caller: Caller | None,
    ) -> None:
        answers: asyncio.Queue[asyncio.Task[dict[str, Any]]] = asyncio.Queue(_AHEAD)
        giving = asyncio.create_task(_give(answers, writer))
        try:
            while True:
                (length,) = wire.LENGTH.unpack(await reader.readexactly(wire.LENGTH.size))
                if length > wire.GREATEST:
                    return
                body = await reader.readexactly(length)
                if caller is not None and not await caller.is_welcome(writer):
                    return
                await answers.put(asyncio.create_task(self._answer(body, caller)))
        finally:
            giving.cancel()

    async def _answer(self, body: bytes, caller: Caller | None) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        try:
            said, *lines = body.split(b"\n")
            asked = orjson.loads(said)
            if caller is not None and isinstance(asked, dict) and asked.get("do") not in MAY:
                return wire.failure(RefusedError("ledger.remote.own_act"))
            match asked:
                case {"do": "append", **more} if not more:
                    records = [accepted(line) for line in lines]
                    if any(reserved for _, _, _, reserved in records):
                        # Here and alone: with it what others sent would be refused.
                        return wire.failure(InvalidInputError("ledger.reserved"))
                    done: asyncio.Future[list[int | None]] = loop.create_future()
                    self._waiting.put_nowait((records, done))
                    return {"ok": await done}
                case {"do": "seal"}:
                    return {"ok": await loop.run_in_executor(self._sealing, self._ledger.seal)}
                case {"do": "erase", "number": int(number)}:
                    return {
                        "ok": await loop.run_in_executor(self._sealing, self._ledger.erase, number)
                    }
                case {"do": "rotate", "by": str(by), "with": str(second)}:
                    return {
                        "ok": await loop.run_in_executor(
                            self._sealing, self._ledger.rotate, by, second
                        )
                    }
                case {"do": "size"}:
                    return {"ok": self._ledger.size()}
                case _:
                    return wire.failure(InvalidInputError("ledger.bad_record"))
        except orjson.JSONDecodeError:
            return wire.failure(InvalidInputError("ledger.bad_record"))
        except Error as error:
            return wire.failure(error)

    async def _append(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            group = [await self._waiting.get()]
            count = len(group[0][0])
            while count < _GROUP and not self._waiting.empty():
                group.append(self._waiting.get_nowait())
                count += len(group[-1][0])
            records = [each for part, _ in group for each in part]
            try:
                given = await loop.run_in_executor(
                    self._writing, self._ledger.append_lines, records
                )
            except Error as error:
                for _, done in group:
                    if not done.done():
                        done.set_exception(error)
                continue
            at = 0
            for part, done in group:
                if not done.done():
                    done.set_result(given[at : at + len(part)])
                at += len(part)

    async def _publish(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_PUBLISH)
            try:
                await loop.run_in_executor(self._signing, self._ledger.publish)
            except UnavailableError:
                _LOG.warning("checkpoint not written; it follows once the disk can be written")


async def _give(
    answers: asyncio.Queue[asyncio.Task[dict[str, Any]]], writer: asyncio.StreamWriter
) -> None:
    """Send the answers in the order of the questions, while the next ones are read."""
    try:
        while True:
            writer.write(wire.frame(await (await answers.get())))
            await writer.drain()
    finally:
        writer.close()  # who asks learns it; what was taken is recorded all the same


async def _close(server: asyncio.Server) -> None:
    """Close `server`; who knocked just now has come in, to be hung up on by its task.

    asyncio forgets a connection whose server closes between accepting it and its transport.
    """
    loop = asyncio.get_running_loop()
    for each in server.sockets:
        loop.remove_reader(each.fileno())
    # One turn for the transport, one for its protocol, one for the task.
    for _ in range(4):
        await asyncio.sleep(0)
    server.close()


async def _watch(stop: threading.Event, ended: asyncio.Event) -> None:
    while not stop.is_set():  # noqa: ASYNC110 (set from another thread)
        await asyncio.sleep(0.05)
    ended.set()
