"""The listener for messages of care: durable before it is answered, once, from whom it may be."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.care.tree import message
from tests.unit.collect.live.conftest import House

from sekisho.care.tables import EVENT, LOAD, STAY
from sekisho.collect.live.mllp import Frames
from sekisho.collect.tables import HEARD

PLAIN = '[mllp.adt]\nport = {port}\nsource = "emr"\n'
IN = message("ADT^A01", "0000100", "20261003140000", ward="5E^501", dept="01", number="M1")
OUT = message("ADT^A03", "0000100", "20261009100000", ward="5E", number="M2")


def framed(text: str) -> bytes:
    """Return one MLLP frame."""
    return b"\x0b" + text.encode("iso2022_jp") + b"\x1c\r"


class Sender:
    """A system that sends messages and waits for each answer."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.plain = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.stream = (
            tls.wrap_socket(self.plain, server_hostname="localhost") if tls else self.plain
        )

    def send(self, raw: bytes) -> str:
        """Send one frame and return MSA-1 and MSA-2 of the answer, empty where there is none."""
        try:
            self.stream.sendall(raw)
            got = b""
            while not got.endswith(b"\x1c\r"):
                more = self.stream.recv(4096)
                if not more:
                    return ""
                got += more
        except OSError:
            return ""
        fields = got.decode().split("\r")[1].split("|")
        return f"{fields[1]} {fields[2]}"

    def close(self) -> None:
        """Hang up."""
        self.stream.close()


def say(port: int, *raws: bytes, tls: ssl.SSLContext | None = None) -> list[str]:
    """Send frames on one connection and return the answers."""
    sender = Sender(port, tls)
    try:
        return [sender.send(raw) for raw in raws]
    finally:
        sender.close()


def test_what_is_answered_is_durable_and_once(house: House, port: int) -> None:
    """AA says that the stay is there; the same message again is AA and adds nothing."""
    answers: list[str] = []
    seen: list[int] = []

    async def journey() -> None:
        answers.extend(await asyncio.to_thread(say, port, framed(IN)))
        with house.installation.database.read() as c:
            seen.append(c.scalar(sa.select(sa.func.count()).select_from(STAY)) or 0)
        answers.extend(await asyncio.to_thread(say, port, framed(IN), framed(OUT)))

    house.take(PLAIN.format(port=port), journey)

    assert answers == ["AA M1", "AA M1", "AA M2"]
    assert seen == [1]
    with house.installation.database.read() as c:
        [stay] = c.execute(sa.select(STAY)).all()
        heard = dict(c.execute(sa.select(HEARD.c.source, HEARD.c.records)).all())
        kinds = set(c.scalars(sa.select(LOAD.c.taken_for).where(LOAD.c.first.is_not(None))))
    assert (str(stay.day), str(stay.until), stay.ward) == ("2026-10-03", "2026-10-09", "5E")
    assert stay.origin == "mllp:adt:M1"
    assert heard == {"emr": 3}
    assert kinds == {"visits", "stays"}


def test_what_can_never_be_read_is_rejected_and_the_next_is_taken(house: House, port: int) -> None:
    """Garbage and a message without a patient are AR, what says nothing of care is AA."""
    answers: list[str] = []
    nobody = IN.replace("0000100^^^^PI", "")

    async def journey() -> None:
        raws = [framed("garbage"), framed(nobody), framed("MSH|^~\\&|A|B|||||MDM^T02|M7\rPID|1")]
        answers.extend(await asyncio.to_thread(say, port, *raws, framed(IN)))

    house.take(PLAIN.format(port=port), journey)

    assert answers == ["AR ", "AR M1", "AA M7", "AA M1"]


def test_a_passing_fault_is_told_to_try_again(house: House, port: int) -> None:
    """While the state cannot be written the answer is AE; the same message later is AA."""
    answers: list[str] = []
    engine = house.installation.database.engine

    def rename(before: str, after: str) -> None:
        with engine.begin() as c:
            c.execute(sa.text(f"ALTER TABLE {before} RENAME TO {after}"))

    async def journey() -> None:
        rename("care_event", "away")
        answers.extend(await asyncio.to_thread(say, port, framed(IN)))
        rename("away", "care_event")
        answers.extend(await asyncio.to_thread(say, port, framed(IN)))

    house.take(PLAIN.format(port=port), journey)

    assert answers == ["AE M1", "AA M1"]


def test_only_those_who_may_are_let_in(house: House, port: int) -> None:
    """By TLS a sender with a certificate of the authority is taken, one without is hung up on."""
    papers = house.papers
    toml = (
        f'[mllp.adt]\nport = {port}\ncertificate = "{papers.server}"\n'
        f'private_key = "{papers.server_key}"\nauthority = "{papers.authority}"\n'
    )
    answers: list[str] = []

    async def journey() -> None:
        answers.extend(await asyncio.to_thread(say, port, framed(IN), tls=house.sender()))
        answers.extend(await asyncio.to_thread(say, port, framed(OUT), tls=house.sender(own=False)))

    house.take(toml, journey)

    assert answers == ["AA M1", ""]


@given(cuts=st.lists(st.integers(1, 400), max_size=12), noise=st.binary(max_size=8))
def test_frames_are_found_however_they_are_cut(cuts: list[int], noise: bytes) -> None:
    """Any cutting of the stream, and bytes between frames, give the same messages."""
    between = noise.replace(b"\x0b", b"").replace(b"\x1c", b"")
    stream = between + framed(IN) + between + framed(OUT) + framed(IN)
    frames, found, at = Frames(), [], 0
    for size in [*cuts, len(stream)]:
        found += frames.feed(stream[at : at + size])
        at += size
    assert found == [text.encode("iso2022_jp") for text in (IN, OUT, IN)]
    assert not frames.inside


@pytest.mark.crash
def test_what_was_answered_outlives_a_kill(house: House, port: int) -> None:
    """After kill -9 every message that was answered AA is there; sent again, all are, once."""
    url = f"sqlite:///{house.installation.data / 'state.db'}"
    script = f"""
import asyncio
from zoneinfo import ZoneInfo
from sekisho.care.hl7.receive import Receiver
from sekisho.collect.live.config import MllpDoor
from sekisho.collect.live.heard import Heard
from sekisho.collect.live.mllp import Mllp
from sekisho.storage import open_database
from sekisho.terms import SystemClock

async def main():
    database, clock = open_database({url!r}), SystemClock()
    door = MllpDoor(name="adt", host="127.0.0.1", port={port})
    receiver = Receiver(database, clock, door.path, ZoneInfo("Asia/Tokyo"))
    await Mllp(door, receiver, Heard(database, clock), zone="Asia/Tokyo", tls=None).start()
    await asyncio.Event().wait()

asyncio.run(main())
"""
    texts = [
        message("ADT^A01", f"{n:07d}", "20261003140000", ward="5E", number=f"M{n}")
        for n in range(200)
    ]
    process = subprocess.Popen([sys.executable, "-c", script], env=dict(os.environ))
    sender = _connected(port)
    try:
        answered = [sender.send(framed(text)) for text in texts[:60]]
        process.send_signal(signal.SIGKILL)
        while (more := sender.send(framed(texts[len(answered)]))) and len(answered) < 199:
            answered.append(more)
    finally:
        sender.close()
        process.kill()
        process.wait()
    assert answered == [f"AA M{n}" for n in range(len(answered))]
    with house.installation.database.read() as c:
        there = set(c.scalars(sa.select(EVENT.c.patient_id).where(EVENT.c.act == "admit")))
    assert there >= {f"{n:07d}" for n in range(len(answered))}


def _connected(port: int) -> Sender:
    for _ in range(600):
        try:
            return Sender(port)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("it does not listen")
