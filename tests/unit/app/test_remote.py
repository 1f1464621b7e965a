"""One recorder, several machines: real TLS on loopback addresses, between two data directories."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.peers.machines import (
    GATE,
    HERE,
    LOST,
    RECORDER,
    Cutter,
    Institution,
    MachinePapers,
    authority,
    listening,
    verdict,
)
from tests.unit.ledger.conftest import some

from sekisho.app.findings import open_findings
from sekisho.errors import Error, RefusedError, UnavailableError
from sekisho.ledger import AsyncRecorder, Client, Reader
from sekisho.ledger import running as beside

pytestmark = [pytest.mark.store, pytest.mark.duty("1-3")]


def test_records_of_two_machines_are_one_log(house: Institution, papers: MachinePapers) -> None:
    """What another machine hands over is acknowledged when durable, in one log with what is recorded here."""
    there = house.seen_from(papers.issue(GATE))
    with listening(house):
        far, near = Client(there), Client(house.data)
        assert far.append(some(6000)) == list(range(6000))
        assert near.append(some(10, 5995)) == [None] * 5 + list(range(6000, 6005))
        sent = [far.prepare(some(40, 7000 + 40 * turn))() for turn in range(5)]
        assert [index for answer in sent for index in answer()] == list(range(6005, 6205))
        assert far.size() == near.size() == 6205

        async def several() -> list[list[int | None]]:
            lines = [AsyncRecorder(there) for _ in range(4)]
            given = await asyncio.gather(
                *(line.append(some(50, 8000 + 50 * at)) for at, line in enumerate(lines))
            )
            for line in lines:
                await line.close()
            return list(given)

        given = asyncio.run(several())
        assert sorted(index or 0 for part in given for index in part) == list(range(6205, 6405))
        with beside(there) as log:
            assert log.append(some(1, 8000)) == [None]
        far.close()
        near.close()
    assert Reader(house.data, house.database).size() == 6405
    assert verdict(house).ok


def test_another_machine_may_hand_records_over_and_nothing_else(
    house: Institution, papers: MachinePapers
) -> None:
    """Sealing, a new key and erasure are refused to a machine whose records are taken."""
    with listening(house):
        far = Client(house.seen_from(papers.issue(GATE)))
        far.append(some(3))
        for ask in (lambda: far.rotate("a", "b"), lambda: far.erase(1), lambda: far._ask(_SEAL)):
            with pytest.raises(RefusedError, match=r"ledger\.remote\.own_act"):
                ask()
        # Where the recorder is elsewhere, sealing is its own affair.
        assert far.seal() == 0
        assert far.append(some(1, 3)) == [3]
        far.close()
        near = Client(house.data)
        assert near.seal() == 4
        near.close()


_SEAL = b"\x00\x00\x00\x0d" + b'{"do":"seal"}'


@pytest.mark.parametrize(
    ("name", "days", "why"),
    [
        ("other.byoin.example", 0, "ledger.remote.stranger"),
        (GATE, 400, "ledger.remote.ended"),
        ("foreign", 0, "ledger.remote.foreign"),
        ("none", 0, "ledger.remote.none_shown"),
    ],
)
def test_a_machine_without_a_good_certificate_is_refused_and_seen(
    house: Institution, papers: MachinePapers, tmp_path: Path, name: str, days: int, why: str
) -> None:
    """A name not allowed, a certificate that ended, another authority's, none: nothing is recorded, and it is a finding."""
    if name == "foreign":
        # By its own word of the institution's name.
        machine = replace(
            MachinePapers(authority(tmp_path), tmp_path).issue(GATE),
            authority=papers.issue(RECORDER).authority,
        )
    else:
        machine = papers.issue(GATE if name == "none" else name, days)
    there = house.seen_from(machine)
    if name == "none":
        bare = ssl.create_default_context(cafile=machine.authority)
        there = replace(there, context=bare)
    with listening(house):
        far = Client(there)
        with pytest.raises(UnavailableError):
            far.append(some(1))
        far.close()

        async def ask() -> None:
            with pytest.raises(UnavailableError):
                await AsyncRecorder(there).append(some(1))

        asyncio.run(ask())
        near = Client(house.data)
        assert near.size() == 0
        near.close()
    said = house.refused()
    assert said["why"] == {"message": why}
    assert said["address"] == "127.0.0.1"


def test_plain_text_and_a_foreign_recorder_get_nothing(
    house: Institution, papers: MachinePapers, tmp_path: Path
) -> None:
    """Without TLS nobody is answered; a recorder of another name or authority is given no record."""
    with listening(house):
        with socket.create_connection((HERE, house.port), 5) as plain:
            plain.sendall(b'\x00\x00\x00\x0d{"do":"size"}')
            plain.settimeout(60)
            assert b"ok" not in plain.recv(100)
        good = papers.issue(GATE)
        wrong = MachinePapers(authority(tmp_path), tmp_path).issue(GATE).authority
        for machine in (replace(good, name=LOST), replace(good, authority=wrong)):
            far = Client(house.seen_from(machine))
            with pytest.raises(UnavailableError, match=r"ledger\.remote\.tls"):
                far.append(some(1))
        near = Client(house.data)
        assert near.size() == 0
        near.close()
    # The machine's own mistake, which its people see on the list too.
    assert house.refused()["why"] == {"message": "ledger.remote.distrusts"}


def test_a_certificate_revoked_under_way_is_refused_at_once(
    house: Institution, papers: MachinePapers
) -> None:
    """A machine whose certificate is put on the list hands nothing more over, also on the line that stands."""
    lost, good = papers.issue(LOST), papers.issue(GATE)
    with listening(house, papers.revoke(None)):
        far, other = Client(house.seen_from(lost)), Client(house.seen_from(good))
        assert far.append(some(1)) == [0]
        papers.revoke(lost)
        for _ in range(2):
            with pytest.raises(UnavailableError, match=r"ledger\.remote\.revoked"):
                far.append(some(1, 1))
        assert other.append(some(1, 1)) == [1]
        far.close()
        other.close()
    assert house.refused()["why"] == {"message": "ledger.remote.revoked"}
    assert house.refused()["name"] == LOST


def test_a_list_that_cannot_be_read_lets_no_machine_in_and_keeps_nobody_here(
    house: Institution, papers: MachinePapers, tmp_path: Path
) -> None:
    """A broken list of revoked certificates stops other machines only; a good one mends it without a restart."""
    revoked = tmp_path / "machines.crl"
    revoked.write_bytes(b"nothing")
    with listening(house, revoked):
        far, near = Client(house.seen_from(papers.issue(GATE))), Client(house.data)
        assert near.append(some(1)) == [0]
        with pytest.raises(UnavailableError, match=r"ledger\.remote\.list"):
            far.append(some(1, 1))
        revoked.write_bytes(papers.revoke(None).read_bytes())
        assert far.append(some(1, 1)) == [1]
        far.close()
        near.close()


def test_a_line_cut_half_way_loses_and_doubles_nothing(
    house: Institution, papers: MachinePapers
) -> None:
    """Cut in the middle of a batch or before its answer, what is sent again is recorded once."""
    with listening(house):
        wire = Cutter(house.port)
        there = replace(house.seen_from(papers.issue(GATE)), host="127.0.0.1", port=wire.port)
        far = Client(there)
        for turn, after in enumerate((3_000, 200_000, 900_000)):
            records = some(2000, 2000 * turn)
            wire.after = after
            with pytest.raises(UnavailableError):
                far.append(records)
            wire.after = None
            given = far.append(records)
            assert len(given) == 2000
        assert far.size() == 6000
        wire.mute = True
        with pytest.raises(UnavailableError):
            far.append(some(500, 6000))
        wire.mute = False
        # Taken, but nobody heard of it: known when it comes again.
        assert far.append(some(501, 6000)) == [None] * 500 + [6500]
        far.close()
        wire.close()
    rows = [line["origin"]["row"] for line in Reader(house.data, house.database).jsonl()]
    assert sorted(rows) == list(range(1, 6502))
    assert verdict(house).ok


def test_a_recorder_that_does_not_answer_is_gone_soon(
    house: Institution, papers: MachinePapers
) -> None:
    """Where a cable is pulled nobody says goodbye: who waits is told within its patience."""
    with socket.create_server((HERE, house.port)):
        there = replace(house.seen_from(papers.issue(GATE)), patience=0.3)

        async def ask() -> None:
            with pytest.raises(UnavailableError, match=r"ledger\.recorder_gone"):
                await AsyncRecorder(there).append(some(1))

        asyncio.run(ask())
        with pytest.raises(UnavailableError, match=r"ledger\.recorder_gone"):
            Client(there).append(some(1))


def test_a_certificate_that_ends_soon_is_said(house: Institution, papers: MachinePapers) -> None:
    """Before a machine's certificate ends it is on the list; the next one takes it off."""
    with listening(house):
        for days, told in ((380, [(GATE, 16)]), (0, [])):
            far = Client(house.seen_from(papers.issue(GATE, days)))
            assert far.size() == 0
            far.close()
            found = [each.finding for each in open_findings(house.database)]
            lines = [one.args for one in found if one.message == "app.finding.machine_ends"]
            assert [(one["name"], one["days"]) for one in lines] == told


_FORKER = """
import os, signal, sys
from pathlib import Path
from sekisho.app.recorder_config import RecorderConfig
from sekisho.app.remote import listen_of
from sekisho.ledger import serve
from sekisho.storage import open_database
from sekisho.terms import SystemClock
data, url, port, certificate, key, authority, name = sys.argv[1:]
config = RecorderConfig(
    host="127.0.0.31", port=int(port), elsewhere=False, certificate=Path(certificate),
    private_key=Path(key), authority=Path(authority), names=frozenset({name}),
)
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        database = open_database(url, prepare=False)
        serve(Path(data), database, SystemClock(), listen=listen_of(config, database, SystemClock()))
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""
"""Imports once; a recorder for each line on its input, one after the other."""


@pytest.mark.crash
def test_a_killed_recorder_has_what_it_acknowledged_once(
    house: Institution, papers: MachinePapers
) -> None:
    """A recorder killed again and again while another machine sends: nothing acknowledged is lost, nothing is doubled."""
    own, far = papers.issue(RECORDER), Client(house.seen_from(papers.issue(GATE)))
    url = house.database.engine.url.render_as_string(hide_password=False)
    command = [
        sys.executable, "-c", _FORKER, str(house.data), url, str(house.port),
        str(own.certificate), str(own.private_key), str(own.authority), GATE,
    ]  # fmt: skip
    batches = [some(50, 50 * at) for at in range(60)]
    done = threading.Event()
    acknowledged: list[int] = []

    def send() -> None:
        for at, batch in enumerate(batches):
            while not done.is_set():
                try:
                    far.append(batch)
                except Error:
                    time.sleep(0.01)
                else:
                    acknowledged.append(at)
                    break

    sender = threading.Thread(target=send)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as forker:
        assert forker.stdin
        assert forker.stdout
        sender.start()
        try:
            for turn in range(3):
                forker.stdin.write("\n")
                child = int(forker.stdout.readline())
                until = time.monotonic() + 60
                while len(acknowledged) < 20 * (turn + 1) and time.monotonic() < until:
                    time.sleep(0.002)
                os.kill(child, signal.SIGKILL if turn < 2 else signal.SIGTERM)
                assert forker.stdout.readline() == "ended\n"
        finally:
            done.set()
            sender.join()
            far.close()
            forker.stdin.close()
    assert acknowledged == list(range(60))
    rows = [line["origin"]["row"] for line in Reader(house.data, house.database).jsonl()]
    assert sorted(rows) == list(range(1, 60 * 50 + 1))
    assert verdict(house).ok
