"""Three answers from a real clamd; everything doubtful is "not checked", with its reason."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from tests.unit.scan.clamd import EICAR, MARKER, Clamd, locked, start, stop, zipped

from sekisho.scan import Answer, Settings, Verdict, Why, scan, scan_now, state
from sekisho.terms import FixedClock, Result

_SLOW = Settings(seconds=0.3)


def _ask(content: bytes, settings: Settings) -> Answer:
    return scan_now(io.BytesIO(content), len(content), settings)


def _nested(depth: int) -> bytes:
    content = b"text"
    for _ in range(depth):
        content = zipped(("a.zip", content))
    return content


@pytest.mark.duty("1-4a")
@pytest.mark.parametrize("content", [EICAR, zipped(("a.com", EICAR)), b"text " + MARKER])
def test_what_is_known_is_found_and_named(clamd: Clamd, content: bytes) -> None:
    """A known malware is found and named, also inside an archive."""
    answer = _ask(content, clamd.settings)

    assert answer.verdict is Verdict.FOUND
    assert answer.name
    assert answer.name.startswith("Sekisho.Test.")


@pytest.mark.parametrize("content", [b"", b"text", zipped(("a.txt", b"text"), ("b", b""))])
def test_clean_comes_with_engine_and_date(clamd: Clamd, content: bytes) -> None:
    """A clean answer says by which engine and with signatures of which day."""
    answer = _ask(content, clamd.settings)

    assert answer.verdict is Verdict.CLEAN
    assert answer.engine
    assert answer.engine.startswith("ClamAV ")
    assert answer.signatures_at
    assert abs(dt.datetime.now(dt.UTC) - answer.signatures_at) < dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (locked(b"x" * 40), Why.ENCRYPTED),
        (_nested(8), Why.TOO_DEEP),
        (_nested(20), Why.TOO_DEEP),
        (bytes(2_000_001), Why.TOO_LARGE),
        (zipped(("a", bytes(2_100_000) + MARKER)), Why.TOO_LARGE),
        (zipped(*((f"{n}", Random(n).randbytes(10) + bytes(1_900_000)) for n in range(9))), Why.TOO_LARGE),
        (zipped(("a.txt", b"text"))[:-30], Why.UNREADABLE),
    ],
    ids=["locked", "deep", "deeper", "large", "padded", "many", "broken"],
)  # fmt: skip
def test_what_cannot_be_looked_into_is_never_clean(clamd: Clamd, content: bytes, why: Why) -> None:
    """Encrypted, too deep, too large, padded past the scanner's limit, broken: not checked."""
    answer = _ask(content, clamd.settings)

    assert (answer.verdict, answer.why) == (Verdict.NOT_CHECKED, why)
    assert answer.engine


def test_the_scanner_s_own_limit_is_too_large(clamd: Clamd) -> None:
    """Where clamd ends the stream by its own limit the answer is: over the limit."""
    content = Random(1).randbytes(9_000_000)

    answer = _ask(content, replace(clamd.settings, size=50_000_000))

    assert answer.why is Why.TOO_LARGE


def test_a_file_that_changes_is_not_checked(clamd: Clamd) -> None:
    """A file that has another size than was said is not called clean."""
    answer = scan_now(io.BytesIO(b"text"), 5, clamd.settings)

    assert answer.why is Why.CHANGED


def test_old_signatures_do_not_make_clean(clamd: Clamd) -> None:
    """Past the days that are set an OK does not stand, and a find still does."""
    later = FixedClock(dt.datetime.now(dt.UTC) + dt.timedelta(days=9))

    answer = scan_now(io.BytesIO(b"text"), 4, clamd.settings, later)
    found = scan_now(io.BytesIO(EICAR), len(EICAR), clamd.settings, later)

    assert answer.why is Why.OLD
    assert found.verdict is Verdict.FOUND
    assert state(clamd.settings, later).result is Result.NO


def test_a_lenient_scanner_is_not_believed(tmp_path: Path) -> None:
    """A clamd set as it comes finds, but its OK is worth nothing, and the mend is said."""
    lenient = start(tmp_path, strict=False)
    try:
        assert _ask(EICAR, lenient.settings).verdict is Verdict.FOUND
        assert _ask(b"text", lenient.settings).why is Why.LENIENT
        assert state(lenient.settings).message == "scan.state.lenient"
    finally:
        stop(lenient)


def test_signatures_without_a_date_do_not_make_clean(tmp_path: Path) -> None:
    """Over TCP on this machine: a scanner that cannot say how old it is gives no clean."""
    undated = start(tmp_path, dated=False, tcp=True)
    try:
        assert _ask(zipped(("a", EICAR)), undated.settings).verdict is Verdict.FOUND
        assert _ask(b"text", undated.settings).why is Why.UNDATED
    finally:
        stop(undated)


class _Kills(io.BytesIO):
    """A file in the middle of which the scanner is killed."""

    kill: Callable[[], None]

    def read(self, size: int | None = -1, /) -> bytes:
        """Read; past the middle the scanner is gone."""
        if self.tell() > len(self.getbuffer()) // 2:
            self.kill()
        return super().read(size)


def test_a_scanner_killed_in_the_middle_is_down(tmp_path: Path) -> None:
    """Clamd killed while the file goes to it: not checked, and the next is too."""
    mortal = start(tmp_path)
    file = _Kills(Random(2).randbytes(1_500_000))
    file.kill = lambda: stop(mortal)

    answer = scan_now(file, 1_500_000, mortal.settings)

    assert (answer.verdict, answer.why) == (Verdict.NOT_CHECKED, Why.DOWN)
    assert _ask(b"text", mortal.settings).why is Why.DOWN
    assert state(mortal.settings).result is Result.NO


@contextmanager
def _peer(folder: Path, says: bytes | None) -> Iterator[Settings]:
    """A real socket that says `says` to whoever comes and hangs up; with None it never answers."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "s"))
        server.listen()

        def serve() -> None:
            line, _ = server.accept()
            # The client hangs up at what makes no sense.
            with line, suppress(ConnectionError):
                if says is None:
                    while line.recv(1 << 16):
                        pass
                else:
                    line.sendall(says)
                    line.shutdown(socket.SHUT_WR)
                    while line.recv(1 << 16):
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        seconds = 0.5 if says is None else 30.0
        yield replace(_SLOW, socket=folder / "s", seconds=seconds)
        thread.join()


_PROBED = (
    b"1: ClamAV 1.4.6/1/Sun Nov  1 00:00:00 2026\x00"
    b"2: stream: Heuristics.Encrypted.Zip FOUND\x00"
    b"3: stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND\x00"
)


def test_a_scanner_that_hangs_ends_by_our_clock(tmp_path: Path) -> None:
    """A scanner that takes everything and never answers is a time-out."""
    with _peer(tmp_path, None) as settings:
        assert _ask(b"text", settings).why is Why.TIMEOUT


def test_the_event_loop_goes_on_while_a_scanner_hangs(tmp_path: Path) -> None:
    """Others are served while one file waits for its scanner."""
    order: list[str] = []

    async def wait(settings: Settings) -> None:
        order.append((await scan(io.BytesIO(b"text"), 4, settings)).message)

    async def serve() -> None:
        order.append("served")
        await asyncio.sleep(0)

    async def both(settings: Settings) -> None:
        await asyncio.gather(wait(settings), serve())

    with _peer(tmp_path, None) as settings:
        asyncio.run(both(settings))
    assert order == ["served", "scan.why.timeout"]


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n\x00", Why.PROTOCOL),
        (b"1: PONG\x00" + _PROBED[_PROBED.index(b"2:") :] + b"4: stream: OK\x00", Why.PROTOCOL),
        (_PROBED + b"4: stream: OK \x00", Why.PROTOCOL),
        (_PROBED + b"4: stream: <b>x</b> FOUND\x00", Why.PROTOCOL),
        (_PROBED + b"4: COMMAND READ TIMED OUT\x00", Why.PROTOCOL),
        (_PROBED + b"5: stream: OK\x00", Why.PROTOCOL),
        (_PROBED + b"1: ClamAV 1.4.6\x004: stream: OK\x00", Why.PROTOCOL),
        (b"x" * 100_000, Why.PROTOCOL),
        (b"4: stream: OK\x00", Why.DOWN),
        (_PROBED, Why.DOWN),
        (b"", Why.DOWN),
        (_PROBED.replace(b"Sun Nov", b"Sun Foo") + b"4: stream: OK\x00", Why.UNDATED),
        (_PROBED.replace(b"Nov  1", b"Nov 31") + b"4: stream: OK\x00", Why.UNDATED),
        (_PROBED.replace(b"Encrypted.Zip FOUND", b"x OK") + b"4: stream: OK\x00", Why.LENIENT),
    ],
)
def test_a_wrong_answer_is_never_clean(tmp_path: Path, says: bytes, why: Why) -> None:
    """Whatever else answers in the scanner's place, the file is not checked."""
    with _peer(tmp_path, says) as settings:
        answer = _ask(b"text", settings)

    assert (answer.verdict, answer.why) == (Verdict.NOT_CHECKED, why)


def test_no_scanner_is_said(tmp_path: Path) -> None:
    """No socket there: not checked. None configured: the evidence says not checked, not no."""
    assert _ask(b"text", Settings(socket=tmp_path / "none")).why is Why.DOWN
    assert state(Settings(socket=tmp_path / "none")).result is Result.NO
    assert state(None).result is Result.NOT_CHECKED


def test_a_sound_scanner_is_evidence(clamd: Clamd) -> None:
    """A scanner that answers, is strict and fresh is a proof that is good for a day."""
    evidence = state(clamd.settings)

    assert evidence.result is Result.YES
    assert evidence.valid_until == evidence.checked_at + dt.timedelta(days=1)
