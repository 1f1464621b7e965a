"""Devices by certificate: their own listener, the list of revoked ones, an account for each."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import orjson
import pytest
from tests.missing import missing
from tests.peers.authority import Authority, Device, openssl, server_certificate
from tests.peers.fhir_server import FhirServer, running_fhir_server
from tests.ports import free_port
from tests.unit.gate.conftest import Browser, Hospital, hospital_at, visit
from tests.unit.gate.test_fhir_whole import HEART, MINE, OTHER, filled

from sekisho.app.doctor import examine
from sekisho.app.gate import Gate
from sekisho.app.services import checked_certificate
from sekisho.app.waiting import gate_findings
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.gate.config import read_gate
from sekisho.identity.services import (
    Wanted,
    add_certificate,
    create_service,
    create_service_by,
    end_service,
)
from sekisho.terms import FixedClock, Result, SystemClock

Who = Callable[[str | None], Browser]
GATE = """[gate]
port = {port}
certificate = "gate.pem"
private_key = "gate.key"

[clients]
port = CLIENTS
authorities = "devices.pem"
revoked = "devices.crl"

[route.fhir]
origin = "https://fhir.localhost:{port}"
upstream = "UPSTREAM"
adapter = "fhir"
patient_system = "urn:oid:1.2.392.100495.20.3.51.11310000001"
"""
HSM = Path("/usr/lib/softhsm/libsofthsm2.so")
WANTED = Wanted(
    name="ct-room1",
    owner="D1",
    purpose="模擬の装置",
    duty="system",
    route="fhir",
    sources=("127.0.0.1",),
    days=60,
)


@dataclasses.dataclass(slots=True)
class Ward:
    """A hospital with a listener for devices.

    Attributes:
        port: Where it listens.
    """

    here: Hospital
    authority: Authority
    port: int

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.here.installation.data

    @property
    def revoked(self) -> Path:
        """Where the gate reads the list."""
        return self.data / "devices.crl"

    def admit(self, device: Device, *, by_names: bool = False) -> None:
        """Make the account that shows a device's certificate."""
        installation = self.here.installation
        known = checked_certificate(installation, device.certificate, by_names=by_names)
        create_service_by(installation.database, installation.clock, WANTED, known, by="S1")

    def trust(self, device: Device | None, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        """Return a client's side of TLS that trusts the gate and shows `device`."""
        made = ssl.create_default_context(cafile=self.data / "gate.pem")
        if version is not None:
            made.minimum_version = made.maximum_version = version
        if device is not None:
            made.load_cert_chain(device.certificate, device.key)
        return made

    async def ask(
        self, session: aiohttp.ClientSession, context: ssl.SSLContext, path: str, **headers: str
    ) -> tuple[int, bytes, bool]:
        """Return status, body and whether the answer leads elsewhere, on the devices' listener."""
        browser = Browser(session, f"https://fhir.localhost:{self.port}", None)
        status, body, fields = await browser.ask("GET", path, headers=headers, ssl=context)
        return status, body, "Location" in fields


@pytest.fixture(scope="module")
def server() -> Iterator[FhirServer]:
    """A real FHIR server with two simulated patients and three results."""
    with running_fhir_server() as running:
        running.load(filled())
        yield running


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Certificate and key of the gate."""
    return server_certificate(tmp_path_factory.mktemp("gate"), "fhir.localhost")


@pytest.fixture
def ward(
    data: Path,
    template: Path,
    clock: FixedClock,
    server: FhirServer,
    names: tuple[Path, Path],
    tmp_path: Path,
) -> Iterator[Ward]:
    """A hospital whose FHIR server stands behind the gate, enforced, with a list of nobody."""
    authority = Authority(tmp_path / "authority")
    for path in names:
        shutil.copy(path, data)
    shutil.copy(authority.certificate, data / "devices.pem")
    authority.publish(data / "devices.crl")
    port = free_port()
    toml = GATE.replace("UPSTREAM", server.url).replace("CLIENTS", str(port))
    for here in hospital_at(data, template, clock, toml):
        here.enforce("fhir")
        yield Ward(here, authority, port)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_device_passes_by_its_certificate_and_nothing_else(
    ward: Ward, version: ssl.TLSVersion
) -> None:
    """A device reads by its certificate under its own account; without one, with a pass or a token, nobody does."""
    device, stranger = ward.authority.issue("ct-room1"), ward.authority.issue("unknown")
    ward.admit(device)
    installation = ward.here.installation
    other = dataclasses.replace(WANTED, name="other")
    token = create_service(installation.database, installation.clock, other, by="S1").reveal()

    async def journey(who: Who) -> None:
        session, mine = who(None).session, ward.trust(device, version)
        status, body, _ = await ward.ask(session, mine, f"/Observation/{HEART}")
        assert status == 200, body
        assert orjson.loads(body)["id"] == HEART
        status, body, leads = await ward.ask(
            session, ward.trust(stranger, version), f"/Patient/{MINE}",
            Accept="text/html", Authorization=f"Bearer {token}",
        )  # fmt: skip
        assert (status, leads) == (401, False)
        assert orjson.loads(body)["resourceType"] == "OperationOutcome"
        with pytest.raises((aiohttp.ClientError, ssl.SSLError, OSError)):
            await ward.ask(
                session, ward.trust(None, version), f"/Patient/{MINE}",
                Cookie=f"__Host-sekisho-gate={ward.here.tokens['N1']}",
            )  # fmt: skip
        for path, fields in (
            ("/.sekisho/enter", {}),
            (f"/Patient/{MINE}", {"Sec-Fetch-Site": "cross-site"}),
        ):
            status, _, leads = await ward.ask(session, mine, path, **fields)
            assert status in {403, 404}
            assert not leads

    visit(ward.here, journey)

    first, *refused = ward.here.records()
    assert (first["user_id"], first["user_kind"], first["outcome"]) == (
        "service:ct-room1",
        "system",
        "success",
    )
    assert {one["outcome"] for one in refused} == {"refused"}
    assert "N1" not in {one["user_id"] for one in refused}


def test_another_authoritys_certificate_and_a_revoked_one_open_no_connection(
    ward: Ward, tmp_path: Path
) -> None:
    """TLS itself refuses a certificate of another authority, and one that is on the list."""
    forger = Authority(tmp_path / "forger")
    forged, gone = forger.issue("ct-room1"), ward.authority.issue("gone")
    ward.admit(gone)
    ward.authority.revoke(gone)
    ward.authority.publish(ward.revoked, der=True)

    async def journey(who: Who) -> None:
        for device in (forged, gone):
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                with pytest.raises((aiohttp.ClientError, ssl.SSLError, OSError)):
                    await ward.ask(
                        who(None).session, ward.trust(device, version), f"/Patient/{MINE}"
                    )

    visit(ward.here, journey)

    assert ward.here.records() == []


def test_a_new_list_is_in_force_without_a_restart(ward: Ward) -> None:
    """Revoked while it is connected, a device is refused on its open connection and gets no new one."""
    device = ward.authority.issue("ct-room1")
    ward.admit(device)
    context = ward.trust(device)

    async def journey(who: Who) -> None:
        async with aiohttp.ClientSession(connector=who(None).session.connector) as session:
            status, _, _ = await ward.ask(session, context, f"/Patient/{MINE}")
            assert status == 200
            ward.revoked.write_bytes(b"half a list")
            ward.authority.revoke(device)
            ward.authority.publish(ward.revoked)
            async with asyncio.timeout(60):
                while status == 200:
                    status, body, _ = await ward.ask(session, context, f"/Patient/{MINE}")
            assert status == 401
            assert orjson.loads(body)["resourceType"] == "OperationOutcome"
            async with asyncio.timeout(60):
                # The listener with the new list takes over a moment later.
                while await _connects(ward, device):
                    pass

    visit(ward.here, journey)

    reasons = {one["reason"] for one in ward.here.records() if one["outcome"] == "refused"}
    assert "gate.refused.certificate_revoked" in reasons


async def _connects(ward: Ward, device: Device) -> bool:
    """Return whether a new connection of a device is taken."""
    try:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", ward.port, ssl=ward.trust(device), server_hostname="fhir.localhost"
        )
        writer.write(b"GET /metadata HTTP/1.1\r\nHost: x\r\n\r\n")
        answered = await reader.read(1)
        writer.close()
    except (OSError, ssl.SSLError):
        return False
    return bool(answered)


def test_a_list_that_ends_lets_nobody_in(ward: Ward) -> None:
    """When the list ends each request is refused and it is a finding; a new list is taken at once."""
    device, clock = ward.authority.issue("ct-room1"), ward.here.installation.clock
    assert isinstance(clock, FixedClock)
    # OpenSSL goes by the machine's time: the account is one of today.
    clock.move(dt.datetime.now(dt.UTC) - clock.now())
    ward.admit(device)
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=3)
    ward.authority.publish(ward.revoked, ends=ends)
    context = ward.trust(device)

    def keys() -> set[str]:
        return {each.key for each in gate_findings(ward.here.installation)}

    async def journey(who: Who) -> None:
        session = who(None).session
        status, _, _ = await ward.ask(session, context, f"/Patient/{MINE}")
        assert status == 200
        assert not {key for key in keys() if "list" in key}
        clock.move(ends - clock.now() - dt.timedelta(hours=3))
        assert "gate.list_ends" in keys()
        clock.move(dt.timedelta(hours=4))
        status, _, _ = await ward.ask(session, context, f"/Patient/{MINE}")
        assert status == 401
        assert "gate.list_refused" in keys()
        ward.authority.publish(ward.revoked, ends=ends + dt.timedelta(days=30))
        async with asyncio.timeout(60):
            while status != 200:
                status, _, _ = await ward.ask(session, context, f"/Patient/{MINE}")

    visit(ward.here, journey)


@pytest.mark.parametrize(
    ("what", "mend"),
    [
        ("gone", "mend_list_unreadable"),
        ("garbage", "mend_list_unreadable"),
        ("old", "mend_list_old"),
        ("early", "mend_list_early"),
        ("foreign", "mend_list_foreign"),
        ("one of two", "mend_list_missing"),
        ("no authority", "mend_authorities"),
    ],
)
def test_the_start_is_refused_without_a_list_to_rely_on(
    ward: Ward, tmp_path: Path, what: str, mend: str
) -> None:
    """No list, garbage, an old, early or foreign one, one too few: the gate does not start, and says line and mend."""
    other, here = Authority(tmp_path / "other", "SIMULATED OTHER"), ward.here.installation
    day = dt.timedelta(days=1)
    if what == "gone":
        ward.revoked.unlink()
    elif what == "garbage":
        ward.revoked.write_bytes(b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")
    elif what == "old":
        ward.authority.publish(ward.revoked, ends=here.clock.now() - day)
    elif what == "early":
        ward.authority.publish(ward.revoked, begins=here.clock.now() + day)
    elif what == "foreign":
        other.publish(ward.revoked)
    elif what == "one of two":
        with (ward.data / "devices.pem").open("ab") as file:
            file.write(other.certificate.read_bytes())
    else:
        shutil.copy(ward.data / "gate.key", ward.data / "devices.pem")
    config = read_gate(ward.data)
    assert config is not None
    with pytest.raises(InvalidInputError) as caught:
        Gate(here, config, ward.here.append)
    assert caught.value.message == "app.config.wrong"
    told = caught.value.args_
    assert told["mend_id"] == f"gate.config.{mend}"
    lines = (ward.data / "gate.toml").read_text(encoding="utf-8").splitlines()
    assert lines[int(str(told["line"])) - 1].startswith(str(told["key"]))


def test_the_process_says_it_and_ends(ward: Ward) -> None:
    """`sekisho serve` ends with 2 and names file, line and mend when the list has ended."""
    ward.authority.publish(ward.revoked, ends=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1))
    done = subprocess.run(
        [sys.executable, "-m", "sekisho", "serve", "--only", "gate", "--data", str(ward.data)],
        env={**os.environ, "SEKISHO_LANG": "ja"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 2
    assert "gate.toml" in done.stderr
    assert "失効リストの期限が切れています" in done.stderr
    (told,) = [one for one in examine(ward.data, SystemClock()) if one.subject == "doctor.gate"]
    assert (told.result, told.args["mend_id"]) == (Result.NO, "gate.config.mend_list_old")


def test_a_renewed_certificate_passes_only_where_names_were_admitted(ward: Ward) -> None:
    """By its names a renewed certificate passes; by its fingerprint alone it must be admitted first."""
    first, second = ward.authority.issue("ct-room1"), ward.authority.issue("ct-room1")
    ward.admit(first)
    here = ward.here.installation
    database, clock = here.database, here.clock

    async def journey(who: Who) -> None:
        session = who(None).session
        status, _, _ = await ward.ask(session, ward.trust(second), f"/Patient/{MINE}")
        assert status == 401
        known = checked_certificate(here, second.certificate, by_names=True)
        add_certificate(database, clock, "ct-room1", known, days=60, by="S1")
        third = ward.authority.issue("ct-room1")
        async with asyncio.timeout(60):
            while status != 200:
                status, _, _ = await ward.ask(session, ward.trust(third), f"/Patient/{MINE}")
        status, _, _ = await ward.ask(session, ward.trust(third), f"/Patient/{OTHER}")
        assert status == 200, "system may read without a care relation"
        end_service(database, clock, "ct-room1", by="S1")
        async with asyncio.timeout(60):
            while status != 401:
                status, _, _ = await ward.ask(session, ward.trust(third), f"/Patient/{MINE}")

    visit(ward.here, journey)


def test_what_may_not_be_admitted(ward: Ward, tmp_path: Path) -> None:
    """A foreign or revoked certificate, no certificate, or another account's is not admitted."""
    device, gone = ward.authority.issue("ct-room1"), ward.authority.issue("gone")
    ward.admit(device)
    ward.authority.revoke(gone)
    ward.authority.publish(ward.revoked)
    foreign = Authority(tmp_path / "other").issue("ct-room1")
    here = ward.here.installation

    def refused(path: Path) -> str:
        with pytest.raises((InvalidInputError, ConflictError)) as caught:
            checked_certificate(here, path, by_names=False)
        return caught.value.message

    assert refused(foreign.certificate) == "app.service.certificate_foreign"
    assert refused(gone.certificate) == "app.service.certificate_revoked"
    assert refused(device.key) == "app.service.no_certificate"
    assert refused(device.certificate) == "identity.certificate_taken"


def test_a_key_that_never_leaves_its_token_passes(ward: Ward, tmp_path: Path) -> None:
    """A device whose key is in a PKCS#11 token (SoftHSM) reads by openssl's client, TLS 1.3."""
    engines = [*Path("/usr/lib").glob("*/engines-3/pkcs11.so")]
    if not HSM.exists() or not engines or shutil.which("pkcs11-tool") is None:
        missing("SoftHSM is not here (Debian: softhsm2 libengine-pkcs11-openssl opensc)")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    environment = {
        "SOFTHSM2_CONF": str(tmp_path / "softhsm.conf"),
        "PKCS11_MODULE_PATH": str(HSM),
    }
    for words in (
        ("--init-token", "--slot", "0", "--label", "device", "--so-pin", "12345678"),
        ("--token-label", "device", "--login", "--login-type", "so", "--so-pin", "12345678",
         "--init-pin", "--pin", "1234"),
        ("--token-label", "device", "--login", "--pin", "1234", "--keypairgen",
         "--key-type", "EC:prime256v1", "--label", "ct", "--id", "01"),
    ):  # fmt: skip
        subprocess.run(
            ["pkcs11-tool", "--module", str(HSM), *words],
            env={**os.environ, **environment},
            capture_output=True,
            timeout=60,
            check=True,
        )
    key = "pkcs11:token=device;object=ct;type=private;pin-value=1234"
    engine = ("-engine", "pkcs11", "-keyform", "engine", "-key", key)
    openssl(
        "req", "-new", *engine, "-subj", "/CN=ct-room1", "-out", str(tmp_path / "ct.csr"),
        folder=tmp_path, environment=environment,
    )  # fmt: skip
    device = ward.authority.issue("ct-room1", tmp_path / "ct.csr")
    assert not device.key.exists()
    ward.admit(device)

    async def journey(_who: Who) -> None:
        client = await asyncio.create_subprocess_exec(
            "openssl", "s_client", *engine, "-cert", str(device.certificate), "-quiet",
            "-tls1_3", "-verify_return_error", "-CAfile", str(ward.data / "gate.pem"),
            "-servername", "fhir.localhost", "-connect", f"127.0.0.1:{ward.port}",
            env={**os.environ, **environment}, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(
            f"GET /Observation/{HEART} HTTP/1.1\r\nHost: fhir.localhost:{ward.port}\r\n\r\n".encode()
        )
        await client.stdin.drain()
        async with asyncio.timeout(60):
            said = await client.stdout.readline()
        client.kill()
        await client.wait()
        assert said.startswith(b"HTTP/1.1 200"), said

    visit(ward.here, journey)

    (one,) = ward.here.records()
    assert (one["user_id"], one["outcome"]) == ("service:ct-room1", "success")
