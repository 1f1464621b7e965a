"""An authority for devices, made by openssl: certificates, lists of revoked ones, a token's key."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.missing import missing

BEFORE = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
"""Before the tests' clock, which stands in November 2026; the machine's goes on."""
_CONFIG = """[ca]
default_ca = it
[it]
dir = .
new_certs_dir = .
database = index
serial = serial
crlnumber = crlnumber
default_md = sha256
policy = any
unique_subject = no
x509_extensions = device
crl_extensions = list
[any]
commonName = supplied
[device]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = clientAuth
[list]
authorityKeyIdentifier = keyid
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[req]
distinguished_name = name
[name]
"""


@dataclass(frozen=True, slots=True)
class Device:
    """A device's certificate, and its key where that is a file."""

    certificate: Path
    key: Path


class Authority:
    """One authority in a folder of its own."""

    def __init__(self, folder: Path, name: str = "SIMULATED DEVICES") -> None:
        """Make its key and certificate."""
        if shutil.which("openssl") is None:
            missing("openssl is not here (Debian: openssl)")
        folder.mkdir()
        self.folder = folder
        (folder / "openssl.cnf").write_text(_CONFIG, encoding="utf-8")
        (folder / "index").touch()
        (folder / "serial").write_text("1000\n", encoding="utf-8")
        (folder / "crlnumber").write_text("01\n", encoding="utf-8")
        self._run(
            "req", "-x509", *_KEY, "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
            "-days", "3650", "-subj", f"/CN={name}", "-extensions", "authority",
        )  # fmt: skip
        self.certificate = folder / "ca.pem"

    def issue(self, name: str, request: Path | None = None) -> Device:
        """Return a device's certificate, for a key made here or for a request's."""
        stem = f"{name}-{len(list(self.folder.glob('*.pem')))}"
        if request is None:
            request = self.folder / f"{stem}.csr"
            self._run(
                "req", "-new", *_KEY, "-nodes", "-keyout", f"{stem}.key",
                "-out", request.name, "-subj", f"/CN={name}",
            )  # fmt: skip
        certificate = self.folder / f"{stem}.crt.pem"
        self._run(
            "ca", "-batch", "-notext", "-cert", "ca.pem", "-keyfile", "ca.key",
            "-in", str(request), "-out", certificate.name,
            "-startdate", _time(BEFORE), "-enddate", _time(_now() + dt.timedelta(days=90)),
        )  # fmt: skip
        return Device(certificate, self.folder / f"{stem}.key")

    def revoke(self, device: Device) -> None:
        """Revoke a certificate; it is on the next list."""
        self._run("ca", "-cert", "ca.pem", "-keyfile", "ca.key", "-revoke", str(device.certificate))

    def publish(
        self,
        path: Path,
        *,
        begins: dt.datetime = BEFORE,
        ends: dt.datetime | None = None,
        der: bool = False,
    ) -> None:
        """Put the list of revoked certificates at `path`, whole or not at all."""
        self._run(
            "ca", "-gencrl", "-cert", "ca.pem", "-keyfile", "ca.key", "-out", "new.crl",
            "-crl_lastupdate", _time(begins),
            "-crl_nextupdate", _time(ends or _now() + dt.timedelta(days=30)),
        )  # fmt: skip
        if der:
            self._run("crl", "-in", "new.crl", "-outform", "DER", "-out", "new.crl")
        (self.folder / "new.crl").replace(path)

    def _run(self, command: str, *words: str) -> None:
        config = ["-config", "openssl.cnf"] if command in {"req", "ca"} else []
        openssl(command, *config, *words, folder=self.folder)


_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


def openssl(*words: str, folder: Path, environment: dict[str, str] | None = None) -> str:
    """Run openssl in `folder` and return what it prints; a failure fails the test."""
    done = subprocess.run(
        ["openssl", *words],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def server_certificate(folder: Path, *names: str) -> tuple[Path, Path]:
    """Return certificate and key of a server that is called `names`, signed by itself."""
    certificate, key = folder / "gate.pem", folder / "gate.key"
    openssl(
        "req", "-x509", *_KEY, "-nodes", "-keyout", str(key), "-out", str(certificate),
        "-days", "30", "-subj", "/CN=gate",
        "-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names),
        folder=folder,
    )  # fmt: skip
    return certificate, key


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _time(at: dt.datetime) -> str:
    return at.strftime("%Y%m%d%H%M%SZ")
