"""TLS by CRYPTREC's two types: what is spoken, what is refused, and sslyze's word on it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.missing import missing

from sekisho.app import certificates, tls
from sekisho.terms import Secret

ROOT = Path(__file__).resolve().parents[3]
SSLYZE = ROOT / ".sslyze" / "bin" / "sslyze"
PROFILES = list(tls.Profile)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for localhost, of our own authority."""
    folder = tmp_path_factory.mktemp("tls")
    (folder / "medium").mkdir()
    now = dt.datetime.now(dt.UTC)
    word = Secret("a long word of twelve")
    authority = certificates.make_authority(
        folder / "medium", ["localhost"], word, now, data=folder / "data"
    )
    return certificates.keep(folder, authority.issue(["localhost"], now))


@contextmanager
def _serving(context: ssl.SSLContext) -> Iterator[int]:
    """Serve `context` on loopback and give the port."""
    loop = asyncio.new_event_loop()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(1000)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n"
                b"Strict-Transport-Security: max-age=31536000\r\n\r\nok"
            )
            await writer.drain()
        except OSError:
            pass  # A prober hangs up whenever it likes.
        finally:
            writer.close()

    server = loop.run_until_complete(asyncio.start_server(talk, "127.0.0.1", 0, ssl=context))
    # What a prober breaks off is not this test's matter.
    loop.set_exception_handler(lambda *_: None)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for _ in range(5):  # what is hung up needs some turns of the loop, not some time
            loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()


def _context(place: Path, profile: tls.Profile) -> ssl.SSLContext:
    return tls.context(place / certificates.CHAIN, place / certificates.KEY, profile)


def _connect(port: int, *options: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("openssl")
    assert program, "openssl is needed"
    return subprocess.run(
        [
            program,
            "s_client",
            "-connect",
            f"127.0.0.1:{port}",
            "-servername",
            "localhost",
            *options,
        ],
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.mark.duty("1-5")
@pytest.mark.parametrize("profile", PROFILES)
def test_old_and_weak_is_refused(place: Path, profile: tls.Profile) -> None:
    """TLS 1.1, suites without forward secrecy, and CBC are refused; 1.2 and 1.3 are spoken."""
    weak = "ALL:@SECLEVEL=0"
    with _serving(_context(place, profile)) as port:
        assert _connect(port, "-tls1_3").returncode == 0
        assert _connect(port, "-tls1_2").returncode == 0
        assert _connect(port, "-tls1_1", "-cipher", weak).returncode != 0
        assert _connect(port, "-tls1", "-cipher", weak).returncode != 0
        for suite in ("ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "AES256-GCM-SHA384"):
            assert _connect(port, "-tls1_2", "-cipher", suite).returncode != 0, suite


def test_the_high_type_has_no_128_bits_in_tls12(place: Path) -> None:
    """In TLS 1.2 the high type refuses AES-128, which the recommended one speaks."""
    suite = ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")
    with _serving(_context(place, tls.Profile.HIGH)) as port:
        assert _connect(port, *suite).returncode != 0
    with _serving(_context(place, tls.Profile.RECOMMENDED)) as port:
        assert _connect(port, *suite).returncode == 0


def test_a_key_of_another_certificate_does_not_start(place: Path, tmp_path: Path) -> None:
    """A key that does not belong to the certificate is an error at the start, not at a visitor."""
    other = tmp_path / "medium"
    other.mkdir()
    now = dt.datetime.now(dt.UTC)
    authority = certificates.make_authority(
        other, ["localhost"], Secret("a long word of twelve"), now, data=tmp_path / "data"
    )
    folder = certificates.keep(tmp_path, authority.issue(["localhost"], now))

    with pytest.raises(ssl.SSLError):
        tls.context(place / certificates.CHAIN, folder / certificates.KEY)


def _sslyze(port: int, profile: str, folder: Path, root: Path) -> tuple[int, str]:
    if not SSLYZE.exists():
        missing("sslyze is not here (make test brings it)")
    known = json.loads(Path(__file__).with_name("cryptrec.json").read_text(encoding="utf-8"))
    wanted = folder / "profile.json"
    wanted.write_text(json.dumps(known["configurations"][profile]), encoding="utf-8")
    known_root = folder / "root.pem"
    der = (root / certificates.AUTHORITY).read_bytes()
    known_root.write_text(ssl.DER_cert_to_PEM_cert(der), encoding="ascii")
    done = subprocess.run(
        [
            SSLYZE,
            "--custom_tls_config",
            wanted,
            "--certinfo_ca_file",
            known_root,
            f"localhost:{port}",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("profile", PROFILES)
def test_sslyze_finds_no_departure(place: Path, tmp_path: Path, profile: tls.Profile) -> None:
    """Sslyze finds nothing that departs from the type, nor any known hole."""
    with _serving(_context(place, profile)) as port:
        code, said = _sslyze(port, profile.value, tmp_path, place)

    assert code == 0, said
    assert "OK - Compliant" in said
    assert "VULNERABLE" not in said


def test_sslyze_would_see_a_departure(place: Path, tmp_path: Path) -> None:
    """What Python speaks by itself departs from the recommended type, and sslyze says so."""
    usual = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    usual.load_cert_chain(place / certificates.CHAIN, place / certificates.KEY)
    with _serving(usual) as port:
        code, said = _sslyze(port, "recommended", tmp_path, place)

    assert code != 0
    assert "Not compliant" in said
