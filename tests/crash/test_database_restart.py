"""PostgreSQL is restarted, also without warning, while records are written."""

from __future__ import annotations

import contextlib
import os
import pwd
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.test_ledger_crash import Sender, gone, start
from tests.missing import missing

from sekisho.ledger import Reader, create_key, verify
from sekisho.storage import open_database

pytestmark = pytest.mark.crash

RESTARTS = int(os.environ.get("SEKISHO_RESTARTS", "4"))


class Cluster:
    """A PostgreSQL of its own, reached by a socket in its own folder."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
        if not found:
            missing("PostgreSQL is needed")
        self._bin, self._folder = found[-1].parent, folder
        self._as: list[str] = []
        if os.geteuid() == 0:
            # initdb refuses root: an unprivileged user who owns this folder alone.
            names = {one.pw_name for one in pwd.getpwall()}
            user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
            os.chown(folder, user.pw_uid, user.pw_gid)
            who = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
            self._as = ["setpriv", *who, "--"]
        self._run("initdb", "-D", "db", "-U", "sekisho", "-A", "trust", "-E", "UTF8")
        self.url = f"postgresql+psycopg://sekisho@/postgres?host={folder}"

    def start(self) -> None:
        """Start it as a hospital does: what is acknowledged is on the disk."""
        options = f"-c listen_addresses='' -k {self._folder} -c max_connections=50"
        self._run("pg_ctl", "-D", "db", "-w", "-l", "log", "-o", options, "start")

    def stop(self, how: str) -> None:
        """Stop it: `fast` hangs up on everybody, `immediate` is a crash."""
        self._run("pg_ctl", "-D", "db", "-w", "-m", how, "stop")

    def _run(self, name: str, *words: str) -> None:
        command = [*self._as, str(self._bin / name), *words]
        subprocess.run(
            command, cwd=self._folder, check=True, timeout=120,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A running one; its folder's name is short, for the socket's sake."""
    folder = Path(tempfile.mkdtemp(prefix="sekisho-", dir="/tmp"))
    try:
        made = Cluster(folder)
        made.start()
        yield made
        with contextlib.suppress(subprocess.CalledProcessError):
            made.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.duty("1-3")
@pytest.mark.timeout(400)
def test_a_restarted_database_loses_nothing(
    data: Path, cluster: Cluster, forker: subprocess.Popen[str]
) -> None:
    """Restarted or crashed under load, the database keeps what was acknowledged; the recorder goes on by itself."""
    key = create_key(data, "hospital.example/sekisho")
    database = open_database(cluster.url)
    pid = start(forker, data, cluster.url)
    senders = [Sender(data, base) for base in (0, 10_000_000, 20_000_000)]
    chance = random.Random(5)
    for sender in senders:
        sender.start()
    try:
        for turn in range(RESTARTS):
            time.sleep(chance.uniform(0.2, 1.0))
            cluster.stop("immediate" if turn % 2 else "fast")
            time.sleep(chance.uniform(0, 0.5))
            before = sum(len(sender.acknowledged) for sender in senders)
            cluster.start()
            until = time.monotonic() + 60
            while sum(len(sender.acknowledged) for sender in senders) <= before:
                assert time.monotonic() < until, "nothing is recorded any more"
                time.sleep(0.05)
            assert Path(f"/proc/{pid}").exists()
    finally:
        for sender in senders:
            sender.stopped.set()
        for sender in senders:
            sender.join()
        os.kill(pid, signal.SIGTERM)
        gone(pid)
    verdict = verify(data, key=key, url=cluster.url)
    assert verdict.ok, verdict
    stored = {line["origin"]["row"] - 1: line["index"] for line in Reader(data, database).jsonl()}
    assert len(stored) == verdict.size
    for sender in senders:
        for number, index in sender.acknowledged.items():
            assert number in stored
            assert index is None or stored[number] == index
    database.close()
