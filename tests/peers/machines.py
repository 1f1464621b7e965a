"""Machines that share one recorder: their certificates, the recorder, a wire that can be cut."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from sekisho.app import certificates
from sekisho.app.findings import open_findings
from sekisho.app.recorder_config import RecorderConfig
from sekisho.app.remote import listen_of, remote_of
from sekisho.ledger import Listen, Remote, serve, verify
from sekisho.storage import Database
from sekisho.terms import Secret, SystemClock

HERE = "127.0.0.31"
RECORDER, GATE, LOST = "sekisho.byoin.example", "gate-2.byoin.example", "lost.byoin.example"


def authority(folder: Path) -> certificates.Authority:
    """Return a new authority of machines, whose key is below `folder`."""
    now = dt.datetime.now(dt.UTC) - dt.timedelta(days=900)
    (folder / "medium").mkdir()
    (folder / "none").mkdir()
    return certificates.make_authority(
        folder / "medium",
        ["byoin.example"],
        Secret("a long word of twelve"),
        now,
        data=folder / "none",
        machines=True,
    )


@dataclass(frozen=True, slots=True)
class MachinePapers:
    """An authority of machines, and what it issued: files by machine."""

    authority: certificates.Authority
    folder: Path

    def issue(self, name: str, days: int = 0) -> RecorderConfig:
        """Return how a machine called `name` reaches the recorder; its certificate began `days` ago."""
        now = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
        bundle = self.authority.issue([name], now)
        made = certificates.keep_machine(self.folder / f"{name}-{days}", name, bundle)
        return RecorderConfig(
            host=HERE,
            port=1,
            elsewhere=True,
            name=RECORDER,
            certificate=made[0],
            private_key=made[1],
            authority=made[2],
        )

    def revoke(self, machine: RecorderConfig | None) -> Path:
        """Return the authority's list, on which `machine` is."""
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.authority.certificate.subject)
            .last_update(now - dt.timedelta(days=60))
            .next_update(now + dt.timedelta(days=9))
        )
        if machine is not None:
            read = x509.load_pem_x509_certificate(machine.certificate.read_bytes())
            entry = x509.RevokedCertificateBuilder().serial_number(read.serial_number)
            made = made.add_revoked_certificate(entry.revocation_date(now).build())
        signed = made.sign(self.authority.key, hashes.SHA256()).public_bytes(Encoding.PEM)
        aside = self.folder / "new.crl"
        aside.write_bytes(signed)
        return aside.replace(self.folder / "machines.crl")


@dataclass(frozen=True, slots=True)
class Institution:
    """A running recorder that other machines reach."""

    data: Path
    database: Database
    papers: MachinePapers
    port: int
    key: str

    def seen_from(self, machine: RecorderConfig) -> Remote:
        """Return the recorder as `machine` finds it."""
        found = remote_of(replace(machine, port=self.port))
        assert found is not None
        return found

    def refused(self) -> dict[str, Any]:
        """Return what was said of the machine refused last."""
        (line,) = [
            each.finding
            for each in open_findings(self.database)
            if each.finding.message == "app.finding.machine_refused"
        ]
        return dict(line.args)


@contextmanager
def listening(
    house: Institution, revoked: Path | None = None, listen: Listen | None = None
) -> Iterator[None]:
    """Run the recorder in a thread, for this machine and the others."""
    config = replace(
        house.papers.issue(RECORDER),
        elsewhere=False,
        port=house.port,
        names=frozenset({GATE, LOST}),
        revoked=revoked,
    )
    clock = SystemClock()
    ready, stop = threading.Event(), threading.Event()
    listen = listen or listen_of(config, house.database, clock)
    thread = threading.Thread(
        target=lambda: serve(
            house.data, house.database, clock, ready=ready.set, stop=stop, listen=listen
        )
    )
    thread.start()
    try:
        assert ready.wait(60)
        until_heard(HERE, house.port)
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def until_heard(host: str, port: int) -> None:
    """Wait until somebody listens there."""
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            assert time.monotonic() < until, "nobody listens"
            time.sleep(0.02)
        else:
            return


class Cutter:
    """A wire that can be cut after so many bytes towards the recorder, or just before its answer."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._heard = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._heard.getsockname()[1]
        self.after: int | None = None
        self.mute = False
        self._lines: list[socket.socket] = []
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """End it, and what goes over it."""
        for line in [*self._lines, self._heard]:
            line.close()

    def _run(self) -> None:
        while True:
            try:
                near, _ = self._heard.accept()
            except OSError:
                return
            far = socket.create_connection((HERE, self._to), 20)
            far.settimeout(None)  # the recorder may take its time to answer
            self._lines += [near, far]
            for one, other, up in ((near, far, True), (far, near, False)):
                threading.Thread(target=self._carry, args=(one, other, up), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, up: bool) -> None:
        gone = 0
        try:
            while part := one.recv(1 << 14):
                gone += len(part)
                # Asked once: `mute` may change as soon as the other side has its answer.
                ends = up and self.after is not None and gone >= self.after
                if ends or (self.mute and not up):
                    break
                other.sendall(part)
        except OSError:
            pass
        for line in (one, other):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def verdict(house: Institution) -> Any:
    """Verify the log as a stranger would."""
    url = house.database.engine.url.render_as_string(hide_password=False)
    return verify(house.data, key=house.key, url=None if house.database.path else url)
