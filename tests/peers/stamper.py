"""A time-stamp authority: OpenSSL's own (`openssl ts`) behind a small HTTP server."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.missing import missing

_CONFIG = """
[tsa]
default_tsa = it
[it]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[req]
distinguished_name = dn
[dn]
"""


@dataclass
class Authority:
    """A running authority.

    Attributes:
        status: What it answers over HTTP, to be broken on purpose.
        harm: Whether its answers are damaged on the way.
    """

    folder: Path
    url: str = ""
    status: int = 200
    harm: bool = False

    @property
    def ca(self) -> Path:
        """Return its root certificate."""
        return self.folder / "ca.pem"

    def stamped(self, query: bytes) -> bytes:
        """Return OpenSSL's answer to a request."""
        asked, answer = self.folder / "q.tsq", self.folder / "r.tsr"
        asked.write_bytes(query)
        openssl(
            self.folder, "ts", "-reply", "-config", "ts.cnf", "-queryfile", asked, "-out", answer
        )
        return answer.read_bytes()


def openssl(folder: Path, *words: str | Path) -> str:
    """Run OpenSSL in `folder`; what it said."""
    call = ["openssl", *(str(word) for word in words)]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make(folder: Path, *, chain: bool = False) -> Authority:
    """Make an authority's certificates in `folder`.

    Args:
        folder: A new one.
        chain: Answers bring the whole chain, which OpenSSL 3.0 does not sort as DER asks.
    """
    if shutil.which("openssl") is None:
        missing("openssl is not here")
    folder.mkdir()
    config = _CONFIG.format(folder=folder)
    if chain:
        config = config.replace("signer_key", f"certs = {folder}/ca.pem\nsigner_key")
    (folder / "ts.cnf").write_text(config, "utf-8")
    (folder / "serial").write_text("01\n", "utf-8")
    new = ["req", "-config", "ts.cnf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    new += ["-nodes", "-days", "3650"]
    root = ["-x509", "-extensions", "ca", "-subj", "/CN=Test TSA root"]
    openssl(folder, *new, *root, "-keyout", "ca.key", "-out", "ca.pem")
    leaf = ["-x509", "-extensions", "leaf", "-subj", "/CN=Test TSA"]
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key"]
    openssl(folder, *new, *leaf, *signed, "-keyout", "tsa.key", "-out", "tsa.pem")
    return Authority(folder)


@contextmanager
def running(authority: Authority) -> Iterator[Authority]:
    """Serve it on loopback while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            answer = authority.stamped(query) if authority.status == 200 else b""
            if authority.harm:
                answer = answer[:-9] + bytes([answer[-9] ^ 1]) + answer[-8:]
            self.send_response(authority.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        authority.url = f"http://127.0.0.1:{server.server_port}/"
        try:
            yield authority
        finally:
            server.shutdown()
            thread.join()
