"""A second machine: what its Sekisho does, what it refuses, and what a doctor says of it."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.peers.machines import (
    GATE,
    HERE,
    RECORDER,
    Institution,
    MachinePapers,
    listening,
    until_heard,
    verdict,
)
from tests.ports import free_port
from tests.unit.collect.live.conftest import audit, counted

from sekisho.app import doctor
from sekisho.app.collect import Collecting
from sekisho.app.config import read_config
from sekisho.app.gate_origins import gate_origins
from sekisho.app.installation import Installation, open_installation
from sekisho.app.recorder_config import RecorderConfig
from sekisho.app.remote import listen_of
from sekisho.app.serve import GATE as GATE_PART
from sekisho.app.serve import PARTS, Supervisor
from sekisho.cli.main import main
from sekisho.collect.live.config import read_config as read_collect
from sekisho.errors import RefusedError
from sekisho.ledger import Reader, create_key
from sekisho.terms import SystemClock

pytestmark = pytest.mark.duty("1-3")


def _second(folder: Path, machine: RecorderConfig, port: int, url: str) -> Path:
    """Return the data directory of a machine that hands its records over."""
    there = folder / "second"
    there.mkdir(mode=0o700)
    (there / "sekisho.toml").write_text(
        f"""[storage]
url = "{url}"
[recorder]
at = "{HERE}:{port}"
name = "{RECORDER}"
certificate = "{machine.certificate}"
private_key = "{machine.private_key}"
authority = "{machine.authority}"
""",
        encoding="utf-8",
    )
    return there


def _sekisho(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.store
def test_the_second_machine_does_what_it_may(
    house: Institution, papers: MachinePapers, tmp_path: Path
) -> None:
    """Files read on another machine are in the one log; what needs the log's own files is refused there by name."""
    url = house.database.engine.url.render_as_string(hide_password=False)
    if house.database.kind == "sqlite":
        # Its accounts, rights and sources could not be shared.
        there = _second(tmp_path, papers.issue(GATE), house.port, url)
        done = _sekisho("collect", "--data", there, there / "sekisho.toml")
        assert done.exit_code == 2
        assert "PostgreSQL" in done.stderr
        url = "postgresql://sekisho@127.0.0.31:9/none"
        (there / "sekisho.toml").write_text(
            (there / "sekisho.toml").read_text().replace(f"sqlite:///{house.data}/state.db", url)
        )
    else:
        there = _second(tmp_path, papers.issue(GATE), house.port, url)
        log = tmp_path / "log.csv"
        log.write_text(_LOG, encoding="utf-8")
        with listening(house):
            for added in (2, 0):
                done = _sekisho("collect", log, "--data", there, "--json")
                assert done.exit_code == 0, done.output
                assert json.loads(done.stdout.splitlines()[0])["added"] == added
            assert _said(there)["machines"] == "doctor.machines.reached"
        assert _said(there)["machines"] == "doctor.machines.refused"
        rows = [line["origin"]["row"] for line in Reader(house.data, house.database).jsonl()]
        assert rows == [1, 2]
        done = _sekisho("serve", "--data", there)
        assert "gate.toml" in done.stderr
    for words in (
        ("ledger", "export", "--format", "jsonl"),
        ("backup", "--to", tmp_path / "copy"),
        ("review", "run"),
    ):
        done = _sekisho(*words, "--data", there)
        assert done.exit_code == 2, words
        assert RECORDER in done.stderr, words
    assert not (there / "ledger").exists()
    assert "key" not in _said(there)


def _said(data: Path) -> dict[str, str]:
    found = doctor.examine(data, SystemClock())
    return {one.subject.removeprefix("doctor."): one.message for one in found}


_LOG = """日時,利用者ID,患者番号,操作
2026-11-01 09:00:00,D001,00000001,参照
2026-11-01 09:01:00,D002,00000002,参照
"""


def test_the_gate_runs_where_it_is_meant_to(data: Path, tmp_path: Path) -> None:
    """With no workers the recorder's machine knows the gate's systems and runs none; the other runs nothing else."""
    gate = """[gate]
workers = {workers}
[route.fhir]
origin = "http://fhir.localhost:8701"
upstream = "http://127.0.0.1:9000"
adapter = "fhir"
"""
    (data / "gate.toml").write_text(gate.format(workers=0), encoding="utf-8")
    assert [part.name for part in Supervisor(data, None).parts] == list(PARTS)
    assert gate_origins(data) == {"http://fhir.localhost:8701"}
    (tmp_path / "gate.toml").write_text(gate.format(workers=2), encoding="utf-8")
    assert [part.name for part in Supervisor(tmp_path, None, ()).parts] == [GATE_PART] * 2


def test_a_machine_with_a_log_takes_no_other_recorder(
    papers: MachinePapers, tmp_path: Path
) -> None:
    """A directory that has a log of its own is not turned into one that hands records over."""
    there = _second(tmp_path, papers.issue(GATE), 9, "postgresql://sekisho@127.0.0.31:9/none")
    create_key(there, "byoin.example/log")
    done = _sekisho("serve", "--data", there)
    assert done.exit_code == 2
    assert str(there) in done.stderr


def test_certificates_are_made_on_the_recorder_s_machine(data: Path, tmp_path: Path) -> None:
    """`cert machine` makes what both sides need, from one authority whose key is on the medium alone."""
    open_installation(data, create=True).close()
    medium = tmp_path / "medium"
    medium.mkdir()
    word = "a long word of twelve"
    for name, asked in ((RECORDER, f"{word}\n{word}\n"), (GATE, f"{word}\n")):
        done = CliRunner().invoke(
            main,
            [
                "cert",
                "machine",
                name,
                "--data",
                str(data),
                "--medium",
                str(medium),
                "--out",
                str(tmp_path / name),
            ],
            input=asked,
        )
        assert done.exit_code == 0, done.output
    roots = [(tmp_path / name / "machines.crt").read_bytes() for name in (RECORDER, GATE)]
    assert roots[0] == roots[1]
    assert (tmp_path / GATE / f"{GATE}.key").stat().st_mode & 0o777 == 0o600
    taken = subprocess.run(
        [
            "openssl",
            "verify",
            "-x509_strict",
            "-purpose",
            "sslclient",
            "-CAfile",
            str(tmp_path / GATE / "machines.crt"),
            str(tmp_path / GATE / f"{GATE}.pem"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert taken.returncode == 0, taken.stderr
    refused = CliRunner().invoke(
        main,
        [
            "cert",
            "machine",
            "bank.example",
            "--data",
            str(data),
            "--medium",
            str(medium),
            "--out",
            str(tmp_path / "bank"),
        ],
        input=f"{word}\n",
    )
    assert refused.exit_code == 2
    assert not (tmp_path / "bank").exists()


@pytest.mark.store
def test_a_collector_on_another_machine_waits_for_the_recorder(
    house: Institution, papers: MachinePapers, tmp_path: Path
) -> None:
    """What comes to a second machine while the recorder is away is in the log once it is back, each once."""
    there = tmp_path / "there"
    there.mkdir()
    port = free_port()
    (there / "collect.toml").write_text(
        f'[syslog.pacs]\ntransport = "tcp"\nport = {port}\n', encoding="utf-8"
    )
    here = Installation(there, read_config(there), house.database, SystemClock())
    here.remote = house.seen_from(papers.issue(GATE))
    with pytest.raises(RefusedError, match=r"app\.remote\.only_there"):
        here.reader()

    async def run() -> None:
        collecting = Collecting(here, read_collect(there))
        await collecting.start()
        try:
            _, line = await asyncio.open_connection("127.0.0.1", port)
            for turn in range(2):
                for number in range(20 * turn, 20 * turn + 20):
                    line.write(counted(audit(number)))
                await line.drain()
                await asyncio.sleep(0.2)
                with listening(house):
                    for _ in range(3000):
                        if Reader(house.data, house.database).size() >= 20 * turn + 20:
                            break
                        await asyncio.sleep(0.02)
            line.close()
        finally:
            await collecting.stop()

    asyncio.run(run())
    users = [line["user_id"] for line in Reader(house.data, house.database).jsonl()]
    assert sorted(users) == sorted(f"D{number}" for number in range(40))


@pytest.mark.store
def test_two_machines_as_they_are_started(
    house: Institution, papers: MachinePapers, tmp_path: Path
) -> None:
    """`sekisho serve` on two machines: what comes to the second is in the first one's log."""
    url = house.database.engine.url.render_as_string(hide_password=False)
    own = papers.issue(RECORDER)
    (house.data / "sekisho.toml").write_text(
        f"""[storage]
url = "{url}"
[recorder]
listen = "{HERE}:{house.port}"
names = ["{GATE}"]
certificate = "{own.certificate}"
private_key = "{own.private_key}"
authority = "{own.authority}"
""",
        encoding="utf-8",
    )
    there = _second(tmp_path, papers.issue(GATE), house.port, url)
    port = free_port()
    (there / "collect.toml").write_text(
        f'[syslog.pacs]\ntransport = "tcp"\nport = {port}\n', encoding="utf-8"
    )
    if house.database.kind == "sqlite":
        # A file is one machine's: neither of them starts.
        assert [_sekisho("serve", "--data", each).exit_code for each in (house.data, there)] == [
            2,
            2,
        ]
        return
    with closing(open_installation(house.data)) as first:
        listen = listen_of(first.config.recorder, first.database, first.clock)
        assert listen is not None
        with (
            listening(house, listen=listen),
            _running([sys.executable, "-m", "sekisho", "serve", "--data", str(there)]),
        ):
            until_heard("127.0.0.1", port)
            with socket.create_connection(("127.0.0.1", port), 5) as line:
                for number in range(5):
                    line.sendall(counted(audit(number)))
                until = time.monotonic() + 60
                while Reader(house.data, house.database).size() < 5:
                    assert time.monotonic() < until, "nothing came"
                    time.sleep(0.05)
    users = [line["user_id"] for line in Reader(house.data, house.database).jsonl()]
    assert sorted(users) == [f"D{number}" for number in range(5)]
    assert verdict(house).ok
    assert not (there / "ledger").exists()


@contextmanager
def _running(command: list[str]) -> Iterator[None]:
    """Run a command, and end it as systemd does."""
    with subprocess.Popen(command) as process:
        try:
            yield
        finally:
            process.terminate()
            ended = process.wait(60)
    assert ended == 0
