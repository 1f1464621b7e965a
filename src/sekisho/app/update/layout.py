"""Where versions stand, how one is chosen, and who starts and stops what runs."""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import orjson

from sekisho.app.bundle import Manifest
from sekisho.errors import ConflictError, InvalidInputError, UnavailableError

CURRENT = "current"
PREVIOUS = "previous"
UNIT = "sekisho.service"
_WAIT = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The places of an installation made by ``install.sh``.

    Attributes:
        opt: Holds one folder a version, ``release.pem``, and the links that choose.
        data: The data directory.
    """

    opt: Path = Path("/opt/sekisho")
    data: Path = Path("/var/lib/sekisho")

    @property
    def key(self) -> bytes:
        """Return the release key that updates must be signed with.

        Raises:
            InvalidInputError: This is no installation made by ``install.sh``.
        """
        try:
            return (self.opt / "release.pem").read_bytes()
        except OSError as error:
            raise InvalidInputError("update.not_installed", folder=str(self.opt)) from error

    def chosen(self, link: str = CURRENT) -> str | None:
        """Return the version that `link` points to."""
        try:
            return (self.opt / link).readlink().name
        except OSError:
            return None

    def choose(self, link: str, version: str) -> None:
        """Point `link` to `version`, at once or not at all."""
        aside = self.opt / f".{link}.new"
        aside.unlink(missing_ok=True)
        aside.symlink_to(version)
        aside.rename(self.opt / link)

    def manifest(self, version: str) -> Manifest:
        """Return what the installed `version` says of itself.

        Raises:
            InvalidInputError: It says nothing: it was not installed from a bundle.
        """
        try:
            tree = orjson.loads((self.opt / version / "share" / "manifest.json").read_bytes())
            tree.pop("format")
            return Manifest(**tree)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InvalidInputError("update.not_installed", folder=str(self.opt)) from error


class Services(Protocol):
    """Starts and stops what runs."""

    def stop(self) -> None:
        """Stop everything; when it returns nothing of Sekisho writes."""
        ...

    def start(self) -> None:
        """Start what `stop` stopped; when it returns it stays up."""
        ...

    def replace_units(self, unpacked: Path) -> None:
        """Put the units and the command of `unpacked` in place."""
        ...


class Systemd:
    """The unit that ``install.sh`` installed."""

    def __init__(self, data: Path, root: Path = Path("/")) -> None:
        self._data = data
        self._root = root
        self._was_running = False

    def stop(self) -> None:
        """Stop the unit."""
        self._was_running = self._systemctl("is-active", "--quiet", UNIT) == 0
        if self._systemctl("stop", UNIT) != 0:
            raise UnavailableError("update.cannot_stop")
        Unattended(self._data).stop()

    def start(self) -> None:
        """Start the unit if it ran, and see that it is up after two seconds."""
        if not self._was_running:
            return
        if self._systemctl("start", UNIT) != 0:
            raise UnavailableError("update.cannot_start")
        time.sleep(2)
        if self._systemctl("is-active", "--quiet", UNIT) != 0:
            raise UnavailableError("update.cannot_start")

    def replace_units(self, unpacked: Path) -> None:
        """Put the unit and the command in place."""
        for name, place, mode in (
            ("sekisho", self._root / "usr/bin/sekisho", 0o755),
            (UNIT, self._root / "etc/systemd/system" / UNIT, 0o644),
        ):
            aside = place.with_name(f".{place.name}.new")
            aside.write_bytes((unpacked / name).read_bytes())
            aside.chmod(mode)
            aside.rename(place)
        self._systemctl("daemon-reload")

    @staticmethod
    def _systemctl(*words: str) -> int:
        command = ["/usr/bin/systemctl", *words]
        return subprocess.run(command, check=False, timeout=_WAIT).returncode  # noqa: S603 (words of this file)


class Unattended:
    """No systemd here: what runs is stopped and started by hand."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def stop(self) -> None:
        """See that nothing runs.

        Raises:
            ConflictError: A recorder runs.
        """
        path = self._data / "run" / "recorder.lock"
        if not path.exists():
            return
        descriptor = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            raise ConflictError("update.running", pid=pid or "?") from error
        finally:
            os.close(descriptor)

    def start(self) -> None:
        """Leave it to the person."""

    def replace_units(self, unpacked: Path) -> None:
        """Leave them as they are."""
