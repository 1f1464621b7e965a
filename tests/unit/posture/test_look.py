"""The active look: real servers on loopback, by the list, with a person's yes, in the window, and nothing else."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.missing import missing
from tests.peers.orthanc import orthanc
from tests.ports import free_port

from sekisho import posture
from sekisho.errors import InvalidInputError
from sekisho.pages import words
from sekisho.posture import look as room
from sekisho.posture.look import State, tls
from sekisho.posture.tables import ADDRESS
from sekisho.storage import Database
from sekisho.terms import FixedClock, Result

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
LEDGER = (
    "管理番号,機器名,種別,メーカー,IPアドレス\n"
    "S1,連携サーバ,サーバ,甲,10.1.0.1\nS2,PACS,サーバ,甲,10.1.0.2\n"
    "M1,CT装置,医療機器,甲,10.1.0.4\nP1,看護端末,端末,甲,10.1.0.5\nX1,何か,,甲,10.1.0.6\n"
)
HERE = {"S1": "127.0.0.1", "S2": "127.0.0.2", "M1": "127.0.0.4", "P1": "127.0.0.5", "X1": "127.0.0.6"}  # fmt: skip
NGINX_CONF = """daemon off; worker_processes 1; pid {folder}/pid; error_log stderr;
events {{ worker_connections 64; }}
http {{ access_log off; {temp}
server {{ listen 127.0.0.1:{good} ssl; ssl_certificate {folder}/good.pem; ssl_certificate_key {folder}/good.pem;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384; ssl_ecdh_curve X25519:prime256v1; return 200; }}
server {{ listen 127.0.0.1:{bad} ssl; ssl_certificate {folder}/bad.pem; ssl_certificate_key {folder}/bad.pem;
  ssl_protocols TLSv1.1 TLSv1.2; ssl_ciphers AES128-SHA:@SECLEVEL=0; return 200; }} }}
"""
ARCHIVE = {
    "DicomServerEnabled": True, "DicomAet": "PACS", "DicomCheckCalledAet": True, "DicomAlwaysAllowEcho": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Servers:
    """Ports on loopback: one as it should be, one that departs, one that nobody listed."""

    good: int
    bad: int
    stray: int


def certificate(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, now: dt.datetime) -> None:  # fmt: skip
    """Write a certificate of ten days and its key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "renkei.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=9))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + secret)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    """A real nginx, and a socket that takes connections."""
    if NGINX is None:
        missing("nginx is not here (Debian: nginx-light)")
    now = dt.datetime.now(dt.UTC)
    certificate(tmp_path / "good.pem", ec.generate_private_key(ec.SECP256R1()), now)
    # A key this short is what the test is about.
    certificate(tmp_path / "bad.pem", rsa.generate_private_key(65537, 1024), now)
    temp = " ".join(
        f"{name}_temp_path {tmp_path}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    with socket.create_server(("127.0.0.1", 0)) as stray:
        found = Servers(free_port(), free_port(), stray.getsockname()[1])
        text = NGINX_CONF.format(folder=tmp_path, temp=temp, good=found.good, bad=found.bad)
        (tmp_path / "nginx.conf").write_text(text, encoding="utf-8")
        command = [NGINX, "-e", "stderr", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
        log = (tmp_path / "nginx.log").open("wb")
        process = subprocess.Popen(command, stderr=log)
        until = time.monotonic() + 20
        while time.monotonic() < until and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", found.bad)) == 0:
                    break
            time.sleep(0.02)
        assert process.poll() is None, (tmp_path / "nginx.log").read_text()
        yield found
        process.terminate()
        process.wait(20)
        log.close()


def listed(data: Path, servers: Servers, archive: int) -> room.Plan:
    """Return the list of this test: every machine of the ledger."""
    (data / room.FILE).write_text(
        f"""hours = "22:00-10:00"
[[asset]]
number = "S1"
address = "127.0.0.1"
open = [{free_port()}]
also = [{servers.stray}, {free_port()}]
tls = {{ {servers.good} = "high", {servers.bad} = "recommended" }}
[[asset]]
number = "S2"
address = "127.0.0.2"
also = []
dicom = {{ port = {archive}, called = "PACS", calling = "SEKISHO" }}
"""
        + "".join(
            f'[[asset]]\nnumber = "{number}"\naddress = "{address}"\nopen = [{servers.stray}]\n'
            for number, address in (
                ("M1", "127.0.0.4"), ("P1", "127.0.0.5"), ("X1", "127.0.0.6"), ("S2", "127.0.0.1"),
            )
        ),
        encoding="utf-8",
    )  # fmt: skip
    plan = room.read_plan(data)
    assert plan is not None
    return plan


def inventory(database: Database, folder: Path, clock: FixedClock) -> None:
    """Keep the ledger, its machines on loopback, and a yes for all but the terminal."""
    path = folder / "台帳.csv"
    path.write_text(LEDGER, encoding="utf-8")
    posture.load([path], database=database, clock=clock)
    today = clock.now().date()
    for one in posture.assets(database).rows:
        assert one.number is not None
        with database.write() as c:  # a ledger's own file can name no address of loopback
            c.execute(
                sa.update(ADDRESS)
                .where(ADDRESS.c.asset_id == one.id)
                .values(value=HERE[one.number])
            )
        if one.number != "P1":
            until = today + dt.timedelta(days=30)
            posture.say_touch(database, one.id, "yes", by="P1", at=clock.now(), until=until, today=today)  # fmt: skip


def test_an_archive_that_refuses_a_name_is_told_to_refuse_every_time(tmp_path: Path) -> None:
    """An archive that refuses and hangs up at once is told as refusing, however fast it hangs up."""
    archive = free_port()
    wrong = room.records.Dicom(port=archive, called="OTHER", calling="SEKISHO")
    more = {**ARCHIVE, "DicomPort": archive}
    with orthanc(tmp_path, more=more):
        said = {room.dicom.echo("127.0.0.2", wrong)[1][0] for _ in range(150)}
    assert said == {"posture.look.dicom.refused"}


@pytest.mark.duty("1-5")
def test_only_what_may_be_touched_is_looked_at_and_told_as_it_is(
    database: Database, data: Path, clock: FixedClock, servers: Servers, tmp_path: Path
) -> None:
    """Ports, TLS and an archive are told as they are; a medical device in use, an unknown thing, a machine without a yes and one at another's address are not touched; every touch is on record before it."""
    if tls.program(None) is None:
        missing("sslyze is not here (make test brings it)")
    inventory(database, tmp_path, clock)
    archive, recorded = free_port(), []
    plan = listed(data, servers, archive)
    more = {**ARCHIVE, "DicomPort": archive}
    with contextlib.ExitStack() as held:
        untouched = [
            held.enter_context(socket.create_server((HERE[number], servers.stray)))
            for number in ("M1", "P1", "X1")
        ]
        with orthanc(tmp_path, more=more):
            seen = room.look(
                database, plan, data=data, now=clock.now, local=lambda at: at, by="P1",
                record=lambda number, _: recorded.append(number),
            )  # fmt: skip
        for one in untouched:
            one.settimeout(0)
            with pytest.raises(BlockingIOError):
                one.accept()
    assert recorded == ["S1", "S2"]
    told = {(one.number, one.address, one.kind, one.port): one for one in seen}
    ports = [one for one in seen if (one.number, one.kind) == ("S1", "tcp")]
    assert sorted(one.message.rpartition(".")[2] for one in ports) == [
        "closed", "missing_closed", "open", "open", "unexpected",
    ]  # fmt: skip
    assert told["S1", "127.0.0.1", "tls", servers.good].state is State.GOOD
    departs = dict(told["S1", "127.0.0.1", "tls", servers.bad].departures)
    assert set(departs) == {"posture.tls.versions", "posture.tls.suites", "posture.tls.rsa"}
    assert departs["posture.tls.versions"]["names"] == "TLSv1.1"
    assert departs["posture.tls.suites"]["names"] == "TLS_RSA_WITH_AES_128_CBC_SHA"
    answered = told["S2", "127.0.0.2", "dicom", archive]
    assert (answered.state, answered.message) == (State.GOOD, "posture.look.dicom.answers")
    assert {one.number: one.message for one in seen if one.kind == "asset" and one.number != "S2"} == {
        "M1": "posture.look.not.medical", "P1": "posture.look.not.said_asked", "X1": "posture.look.not.kind",
    }  # fmt: skip
    assert told["S2", "127.0.0.1", "asset", None].message == "posture.look.not.other_address"
    kept = room.newest(database)
    assert {(one.number, one.kind, one.port, one.state) for one in kept} == {
        (one.number, one.kind, one.port, one.state) for one in seen
    }
    assert all(words.say("ja", one.message, **one.args) != one.message for one in kept)
    assert {one.key for one in room.findings(kept, clock.now())} == {
        "posture.network_open", "posture.network_tls", "posture.network_missing", "posture.network_unlooked",
    }  # fmt: skip
    assert room.evidence(kept, clock.now(), listed=True).result is Result.NO
    later = clock.now() + dt.timedelta(days=40)
    assert room.evidence(kept, later, listed=True).result is Result.NOT_CHECKED


def test_outside_the_window_or_past_the_last_day_nothing_is_touched(
    database: Database, data: Path, clock: FixedClock, tmp_path: Path
) -> None:
    """The window may pass midnight; outside it, and after the last day of the yes, an address is left alone and the reason is kept."""
    inventory(database, tmp_path, clock)
    plan = listed(data, Servers(1, 2, 3), 4)
    assert [plan.holds(dt.time(hour)) for hour in (21, 22, 0, 9, 10)] == [False, True, True, True, False]  # fmt: skip
    touched: list[str] = []

    def reasons(at: dt.datetime) -> set[str]:
        seen = room.look(
            database, plan, data=data, now=lambda: at, local=lambda at: at, by="P1",
            record=lambda number, _: touched.append(number),
        )  # fmt: skip
        return {one.message for one in seen if one.number == "S1"}

    assert reasons(clock.now() + dt.timedelta(hours=12)) == {"posture.look.not.window"}
    assert reasons(clock.now() + dt.timedelta(days=31)) == {"posture.look.not.past"}
    assert touched == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "posture.look.hours"),
        ('hours = "1-5"', "posture.look.hours"),
        ('hours = "01:00-01:00"', "posture.look.hours"),
        ('hours = "01:00-05:00"\nport = 1', "posture.look.unknown"),
        ('hours = "01:00-05:00"\nasset = 3', "posture.look.form"),
        ('hours = "01:00-05:00"\n[[asset]]\nnumber = "S1"\naddress = "10.1.0.0/24"', "posture.look.form"),
        ('hours = "01:00-05:00"\n[[asset]]\nnumber = "S1"\naddress = "pacs.example"', "posture.look.form"),
        ('hours = "01:00-05:00"\n[[asset]]\nnumber = "S1"\naddress = "10.1.0.1"\nopen = [70000]', "posture.look.form"),
        ('hours = "01:00-05:00"\n[[asset]]\nnumber = "S1"\naddress = "10.1.0.1"\nopen = [true]', "posture.look.form"),
        ('hours = "01:00-05:00"\n[[asset]]\nnumber = "S1"\naddress = "10.1.0.1"\ntls = { 443 = "../../etc/x.json" }', "posture.look.profile"),
        ('hours = "01:00-05:00"\n[[asset]]\nnumber = "S1"\naddress = "10.1.0.1"\ntls = [443]', "posture.look.form"),
        ('hours = "01:00-05:00"\n[[asset]]\nnumber = "S1"\naddress = "10.1.0.1"\ndicom = { port = 104, called = "A NAME TOO LONG FOR AE", calling = "S" }', "posture.look.form"),
        ('hours = "01:00-05:00"\n[[asset]]\nnumber = "S1"\naddress = "10.1.0.1"\nalso = [' + ",".join(map(str, range(1, 300))) + "]", "posture.look.ports"),
        ("hours = ", "posture.look.form"),
    ],
)  # fmt: skip
def test_a_list_that_is_not_in_its_form_is_refused_whole(
    data: Path, text: str, message: str
) -> None:
    """A network, a name, an unknown word or a port that is none: nothing is looked at, and the line is named."""
    (data / room.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError) as caught:
        room.read_plan(data)
    assert caught.value.message == message


@pytest.mark.parametrize("name", ["high", "recommended", "exception"])
def test_a_profile_says_where_it_is_from(name: str, data: Path) -> None:
    """Each shipped profile names its source and that it was not compared with it; none is stricter than the next."""
    told = room.profile(name, data)
    assert "CRYPTREC" in told["about"]["source"]
    assert told["about"]["verified"] is False
    wider = {"high": "recommended", "recommended": "exception"}.get(name, name)
    assert set(told["ciphers"]["iana"]) <= set(room.profile(wider, data)["ciphers"]["iana"])
