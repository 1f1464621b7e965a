"""Files and folders that a person names, one after the other."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sekisho.scan.records import Answer
from sekisho.scan.station import Checked, Station


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """One file: what is known of it, or the message id of why it could not be read.

    Attributes:
        number: Its place in the whole, from 1.
        total: Number of files in the whole.
    """

    path: Path
    checked: Checked | None = None
    error: str | None = None
    number: int = 0
    total: int = 0

    @property
    def answer(self) -> Answer | None:
        """Return the answer on the whole file, None where it could not be read."""
        return self.checked.answer if self.checked else None


def scan_paths(paths: Iterable[Path], station: Station) -> Iterator[Scanned]:
    """Yield one `Scanned` a file, folders with all that is in them, in the order of names.

    A link inside a folder is not followed: it is a line that says so.
    """
    found = [one for path in paths for one in _files(path)]
    for number, (path, error) in enumerate(found, start=1):
        checked, why = (None, error) if error else _one(path, station)
        yield Scanned(path=path, checked=checked, error=why, number=number, total=len(found))


def _files(path: Path) -> Iterator[tuple[Path, str | None]]:
    if not path.is_dir():
        yield path, None
        return
    refused: list[tuple[Path, str | None]] = []

    def refuse(error: OSError) -> None:
        refused.append((Path(error.filename), "scan.no_right"))

    for folder, folders, names in os.walk(path, onerror=refuse):
        folders.sort()
        yield from refused
        refused.clear()
        for name in sorted(
            [*names, *(each for each in folders if Path(folder, each).is_symlink())]
        ):
            one = Path(folder, name)
            yield one, "scan.link" if one.is_symlink() else None
    yield from refused


def _one(path: Path, station: Station) -> tuple[Checked | None, str | None]:
    try:
        # Not blocking: a pipe without a writer would hold us for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None, "scan.absent"
    except PermissionError:
        return None, "scan.no_right"
    except OSError:
        return None, "scan.unreadable"
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            return None, "scan.no_file"
        try:
            return station.check(file, about.st_size, path.name), None
        except OSError:
            return None, "scan.unreadable"
