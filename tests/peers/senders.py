"""Senders of syslog: a real rsyslog, and the certificates it needs."""

from __future__ import annotations

import datetime as dt
import ipaddress
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.missing import missing

_TLS = "*/rsyslog/lmnsd_gtls.so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """Certificates and keys as files, good from yesterday until tomorrow."""

    authority: Path
    server: Path
    server_key: Path
    sender: Path
    sender_key: Path
    stranger: Path
    stranger_key: Path

    @classmethod
    def made(cls, folder: Path) -> Papers:
        """Return fresh ones in `folder`; the stranger's are of another authority."""
        ours, other = _authority("ours"), _authority("other")
        names = {"authority": folder / "authority.pem"}
        names["authority"].write_bytes(ours[0].public_bytes(Encoding.PEM))
        for who, by in (("server", ours), ("sender", ours), ("stranger", other)):
            host = "localhost" if who == "server" else f"{who}.byoin.example"
            key = ec.generate_private_key(ec.SECP256R1())
            names[who], names[f"{who}_key"] = folder / f"{who}.pem", folder / f"{who}.key"
            names[who].write_bytes(_issue(host, key, by).public_bytes(Encoding.PEM))
            names[f"{who}_key"].write_bytes(
                key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            )
        return cls(**names)


_Issuer = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _authority(name: str) -> _Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    return _issue(name, key, None), key


def _issue(host: str, key: ec.EllipticCurvePrivateKey, by: _Issuer | None) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    issuer, signer = (by[0].subject, by[1]) if by else (subject, key)
    alternative: list[x509.GeneralName] = [x509.DNSName(host)]
    if host == "localhost":
        alternative.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(alternative), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if by is None:
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        made = made.add_extension(usage, critical=True)
    return made.sign(signer, hashes.SHA256())


_CONFIG = """
global(workDirectory="{work}" defaultNetstreamDriverCAFile="{authority}"
  defaultNetstreamDriverCertFile="{certificate}" defaultNetstreamDriverKeyFile="{key}")
module(load="imfile")
input(type="imfile" File="{work}/out.log" Tag="out:" ruleset="send" readMode="0")
ruleset(name="send") {{
  action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp" {how}
    template="RSYSLOG_SyslogProtocol23Format" action.resumeRetryCount="-1"
    action.resumeInterval="1" queue.type="linkedList" queue.size="50000")
}}
"""
_GTLS = (
    'StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" '
    'StreamDriverPermittedPeers="localhost"'
)


@contextmanager
def rsyslog(
    work: Path, port: int, papers: Papers, *, stranger: bool = False, octets: bool = True
) -> Iterator[Path]:
    """Run a real rsyslog that sends each line of the file it gives, by TLS, to `port`."""
    program = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin")
    if program is None or not any(Path("/usr/lib").glob(_TLS)):
        missing("rsyslog with rsyslog-gnutls is not here")
    work.mkdir()
    lines = work / "out.log"
    lines.touch()
    how = _GTLS + (' TCP_Framing="octet-counted"' if octets else "")
    config = work / "rsyslog.conf"
    config.write_text(
        _CONFIG.format(
            work=work,
            port=port,
            how=how,
            authority=papers.authority,
            certificate=papers.stranger if stranger else papers.sender,
            key=papers.stranger_key if stranger else papers.sender_key,
        ),
        encoding="utf-8",
    )
    command = [program, "-n", "-f", str(config), "-i", str(work / "pid")]
    log = (work / "said").open("wb")
    with log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            time.sleep(0.1)
            yield lines
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
