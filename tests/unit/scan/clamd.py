"""A real clamd with signatures made by hand: EICAR, and a marker of our own."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import shutil
import socket
import subprocess
import tarfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.missing import missing
from tests.ports import free_port

from sekisho.scan import Settings

# In pieces, so that no scanner takes this file for the test file of EICAR.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
MARKER = b"SEKISHO-TEST-" + b"MARKER"
_SIGNATURES = {
    "daily.hdb": f"{hashlib.md5(EICAR).hexdigest()}:{len(EICAR)}:Sekisho.Test.EICAR\n",
    "daily.ndb": f"Sekisho.Test.Marker:0:*:{MARKER.hex()}\n",
}
VERSION = 1
"""Of the signatures that a clamd begins with."""
_STRICT = "AlertEncrypted yes\nAlertExceedsMax yes\n"
_LIMITS = "StreamMaxLength 3M\nMaxFileSize 2M\nMaxScanSize 8M\nMaxRecursion 6\n"


@dataclass(frozen=True, slots=True)
class Clamd:
    """One running clamd."""

    settings: Settings
    process: subprocess.Popen[bytes]

    def reload(self) -> None:
        """Have it load what lies on its disk, and wait until it says that it has."""
        assert isinstance(self.settings.socket, Path)
        before = self._say(b"zVERSION\0")
        self._say(b"zRELOAD\0")
        for _ in range(1200):
            if self._say(b"zVERSION\0") != before:
                return
            time.sleep(0.05)
        raise AssertionError(before)

    def _say(self, command: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.settings.socket))
            line.sendall(command)
            return line.recv(4096)


def zipped(*members: tuple[str, bytes]) -> bytes:
    """Return a ZIP of `members`."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


def locked(content: bytes) -> bytes:
    """Return a ZIP made with a password by the `zip` program's own form: flag bit 0."""
    made = bytearray(zipped(("secret.txt", content)))
    made[made.rfind(b"PK\3\4") + 6] |= 1
    made[made.rfind(b"PK\1\2") + 8] |= 1
    return bytes(made)


def write_signatures(folder: Path, version: int) -> None:
    """Write the signatures as one dated, unsigned container, as ``sigtool`` would."""
    now = dt.datetime.now(dt.UTC)
    head = (
        f"ClamAV-VDB:{now:%d %b %Y %H-%M} +0000:{version}:2:90:X:X:sekisho:{int(now.timestamp())}"
    )
    files = {"COPYING": "Made by hand for tests.\n", **_SIGNATURES}
    lines = [
        f"{name}:{len(text)}:{hashlib.sha256(text.encode()).hexdigest()}\n"
        for name, text in files.items()
    ]
    inside = io.BytesIO()
    with tarfile.open(fileobj=inside, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        order = {"COPYING": files["COPYING"], "daily.info": head + "\n" + "".join(lines)}
        for name, text in (order | files).items():
            about = tarfile.TarInfo(name)
            about.size = len(text)
            archive.addfile(about, io.BytesIO(text.encode()))
    (folder / "daily.cud").write_bytes(head.encode().ljust(512) + inside.getvalue())


def start(folder: Path, *, strict: bool = True, dated: bool = True, tcp: bool = False) -> Clamd:
    """Start a clamd in `folder` and return it when it answers."""
    program = shutil.which("clamd") or "/usr/sbin/clamd"
    if not Path(program).exists():
        missing("clamd is not here (Debian: clamav-daemon)")
    signatures = folder / "signatures"
    signatures.mkdir()
    if dated:
        write_signatures(signatures, VERSION)
    else:
        for name, text in _SIGNATURES.items():
            (signatures / name).write_text(text, encoding="ascii")
    where: Path | tuple[str, int] = folder / "clamd.sock"
    if tcp:
        where = ("127.0.0.1", free_port())
    place = f"TCPAddr {where[0]}\nTCPSocket {where[1]}\n" if isinstance(where, tuple) else ""
    (folder / "clamd.conf").write_text(
        f"DatabaseDirectory {signatures}\nTemporaryDirectory {folder}\nForeground yes\n"
        f"{place or f'LocalSocket {where}'}\n{_LIMITS}{_STRICT if strict else ''}",
        encoding="utf-8",
    )
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [program, "-c", folder / "clamd.conf"], stdout=log, stderr=subprocess.STDOUT
    )
    log.close()
    for _ in range(600):
        assert process.poll() is None, (folder / "log").read_text()
        try:
            with socket.socket(socket.AF_INET if tcp else socket.AF_UNIX) as one:
                one.connect(where if isinstance(where, tuple) else str(where))
            break
        except OSError:
            time.sleep(0.1)
    return Clamd(Settings(socket=where, size=2_000_000, seconds=60), process)


def stop(clamd: Clamd) -> None:
    """End `clamd`."""
    clamd.process.kill()
    clamd.process.wait()
