"""The recorder process, its socket and its lock."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import os
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from sekisho.errors import ConflictError, InvalidInputError, UnavailableError
from sekisho.ledger import (
    AsyncRecorder,
    Client,
    Reader,
    create_key,
    own,
    recorder,
    serve,
    verify,
    wire,
)
from sekisho.ledger import running as beside
from sekisho.storage import Database, open_database
from sekisho.terms import Action, FixedClock


@pytest.fixture
def database(prepared: Path) -> Iterator[Database]:
    """One SQLite database: the socket is the same on every kind."""
    opened = open_database(f"sqlite:///{prepared / 'state.db'}")
    yield opened
    opened.close()


@contextmanager
def running(data: Path, database: Database, clock: FixedClock) -> Iterator[None]:
    """Run the recorder process in a thread."""
    ready, stop = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            serve(data, database, clock, ready=ready.set, stop=stop)
        except BaseException as error:  # noqa: BLE001 (handed to the test)
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(60)
    if failed:
        thread.join()
        raise failed[0]
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def test_commands_use_the_running_recorder(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """While the recorder runs, a command's records go through its socket; afterwards it is its own."""
    with running(data, database, clock):
        place = data / "run" / "recorder.sock"
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        with recorder(data, database, clock) as log:
            assert isinstance(log, Client)
            assert log.append(make(6000)) == list(range(6000))
            assert log.append(make(3)) == [None] * 3
            assert log.size() == 6000
            assert log.seal() == 6000
            assert log.seal() == 0
    assert not place.exists()
    with recorder(data, database, clock) as log:
        assert not isinstance(log, Client)
        assert log.append(make(1, 6000)) == [6000]
    assert verify(data, key=key).ok


def test_many_connections_share_commits(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """Records of many senders at once each get an index of their own."""

    async def send(number: int) -> list[int | None]:
        log = AsyncRecorder(data)
        given: list[int | None] = []
        for step in range(5):
            given += await log.append(make(3, number * 100 + step * 3))
        await log.close()
        return given

    async def all_of_them() -> list[list[int | None]]:
        return await asyncio.gather(*(send(number) for number in range(20)))

    with running(data, database, clock):
        given = [index for part in asyncio.run(all_of_them()) for index in part]
        assert sorted(index for index in given if index is not None) == list(range(300))
        for _ in range(1200):
            if "\n300\n" in Reader(data, database).checkpoint():
                break
            threading.Event().wait(0.05)
        assert "\n300\n" in Reader(data, database).checkpoint()
    assert verify(data, key=key).ok


def test_a_second_recorder_names_the_first(
    data: Path, database: Database, clock: FixedClock, key: str
) -> None:
    """A second recorder process on one data directory refuses and names the holder."""
    with (
        running(data, database, clock),
        pytest.raises(ConflictError) as error,
        running(data, database, clock),
    ):
        pass
    assert error.value.args_ == {"pid": str(os.getpid())}


def test_who_knocks_while_it_ends_is_hung_up_on(
    data: Path, database: Database, clock: FixedClock, key: str
) -> None:
    """A connection that comes while the recorder ends is closed, not forgotten (pytest fails on one)."""
    ended = threading.Event()

    def knock() -> None:
        while not ended.is_set():
            with socket.socket(socket.AF_UNIX) as one, suppress(OSError):
                one.connect(str(data / "run" / "recorder.sock"))

    knocking = threading.Thread(target=knock)
    try:
        with running(data, database, clock):
            knocking.start()
    finally:
        ended.set()
    knocking.join()
    gc.collect()


def test_the_process_waits_for_a_command(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """A recorder process started while a command holds the log begins once that has ended."""
    with ExitStack() as held:
        log = held.enter_context(recorder(data, database, clock))
        log.append(make(10))
        threading.Timer(0.5, held.pop_all().close).start()
        with running(data, database, clock), recorder(data, database, clock) as client:
            assert isinstance(client, Client)
            assert client.append(make(1, 10)) == [10]
    assert verify(data, key=key).size == 11


def test_a_part_beside_waits_and_never_takes_its_place(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """What runs beside the recorder process waits until it has started, and does not hold the log."""
    given: list[int | None] = []

    def part() -> None:
        with beside(data) as log:
            given.extend(log.append(make(1)))
            given.append(log.size())

    waiting = threading.Thread(target=part)
    waiting.start()
    with running(data, database, clock):
        waiting.join(60)
    assert given == [0, 1]
    assert verify(data, key=key).ok


def test_a_recorder_gone_is_said_and_found_again(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """A client whose recorder went away says so, and connects again by itself when it is back."""
    client = Client(data)
    with pytest.raises(UnavailableError, match=r"ledger\.recorder_gone"):
        client.append(make(1))
    with running(data, database, clock):
        assert client.append(make(1)) == [0]
    with pytest.raises(UnavailableError):
        client.append(make(1, 1))
    with running(data, database, clock):
        assert client.append(make(2)) == [None, 1]
    client.close()

    async def gone() -> None:
        with pytest.raises(UnavailableError):
            await AsyncRecorder(data).size()

    asyncio.run(gone())


def test_bad_requests_are_answered_and_harm_nobody(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """What is no request is refused by name; the next good one on the line is taken."""
    with running(data, database, clock):
        client = Client(data)
        for bad in (
            b"{",
            b"[]",
            b'{"do":"append"}\n{}',
            b'{"do":"append","records":[]}',
            b'{"do":"fly"}',
        ):
            with pytest.raises(InvalidInputError):
                client._ask(wire.LENGTH.pack(len(bad)) + bad)
        assert client.append(make(1)) == [0]
        with pytest.raises(UnavailableError):
            client._ask(wire.LENGTH.pack(wire.GREATEST + 1))
        assert client.size() == 1
        client.close()


def test_several_batches_are_under_way(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """Batches sent before the first is answered are recorded and answered in their order."""
    with running(data, database, clock):
        client = Client(data)
        sent = [client.prepare(make(40, 40 * turn))() for turn in range(10)]
        assert [answer() for answer in sent] == [
            list(range(40 * turn, 40 * turn + 40)) for turn in range(10)
        ]
        reserved = own(clock, user_id=None, action=Action.SECURITY, object="key/1")
        digest = hashlib.sha256(b"key/1").hexdigest()
        bad = client.prepare([structs.replace(reserved, digest=digest)])()
        good = client.prepare(make(1, 400))()
        with pytest.raises(InvalidInputError, match=r"ledger\.reserved"):
            bad()
        assert good() == [400]
        client.prepare(make(1, 401))()
        # Its answer is not waited for: what is asked next is asked on a line of its own.
        assert client.append(make(1, 402)) in ([401], [402])
        client.close()
    with pytest.raises(UnavailableError, match=r"ledger\.recorder_gone"):
        client.prepare(make(1))()
    assert verify(data, key=key).ok


def test_stale_socket_is_taken_over(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """What a killed recorder leaves in run/ does not keep the next from starting."""
    run = data / "run"
    run.mkdir()
    (run / "recorder.lock").write_text("99999\n")
    left = socket.socket(socket.AF_UNIX)
    with wire.address(data) as name:
        left.bind(name)
    left.close()
    with running(data, database, clock):
        client = Client(data)
        assert client.append(make(1)) == [0]
        client.close()


def test_long_paths_have_a_socket_too(tmp_path: Path, clock: FixedClock, make: Any) -> None:
    """A data directory whose path is too long for a socket address works all the same."""
    data = tmp_path / ("long" * 30) / "data"
    data.mkdir(parents=True)
    create_key(data, "x")
    opened = open_database(f"sqlite:///{data / 'state.db'}")
    with running(data, opened, clock):
        client = Client(data)
        assert client.append(make(1)) == [0]
        client.close()
    opened.close()


def test_the_peer_is_known(data: Path) -> None:
    """The kernel tells which user is at the other end of a socket."""
    left, right = socket.socketpair(socket.AF_UNIX)
    with left, right:
        assert wire.peer_uid(left) == os.getuid()
