"""A watched folder: a file that appears is read once, then moved to ``done`` or ``failed``.

A file is read when its writer is done with it: its name is no unfinished one, nothing has it
open for writing, its size and time stand still. It is moved after its records are durable; a
kill in between lets it be read again, which adds nothing.
"""

from __future__ import annotations

import fcntl
import logging
import os
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sekisho.collect.interface import FileReport, Progress
from sekisho.collect.live.config import FolderWatch
from sekisho.pages import say
from sekisho.pages.words import LANGUAGES
from sekisho.storage import fsync_folder
from sekisho.terms import Clock

POLL = 2.0
"""Seconds between looks."""
DONE, FAILED, WHY = "done", "failed", ".why.txt"
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".writing", "~")
_NEVER_OPENED = "collect.cannot_open"
_LOG = logging.getLogger(__name__)

Take = Callable[[Path, Callable[[Progress], None]], FileReport]
"""Records a file durably and says what became of it."""


class Ending(Exception):  # noqa: N818 (a wish, not an error)
    """The process ends: the file under way is read again at the next start."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What a file looked like, and since when it has."""

    size: int
    changed: int
    inode: int
    since: float


class Folder:
    """One watched folder; `look` is called again and again by one thread."""

    def __init__(self, watch: FolderWatch, take: Take, clock: Clock) -> None:
        self.watch = watch
        self.ending = threading.Event()
        self._take = take
        self._clock = clock
        self._seen: dict[str, _Look] = {}
        self._left: dict[str, _Look] = {}
        """Files that could not be opened or moved: left until they change."""

    def look(self, now: float) -> int:
        """Read what is ready; return how many files were. `now` is monotonic, in seconds.

        Raises:
            UnavailableError: The recorder cannot record; the file stays where it is.
        """
        ready = self._ready(now)
        for path in ready:
            if self.ending.is_set():
                break
            self._read(path)
        return len(ready)

    def _ready(self, now: float) -> list[Path]:
        seen: dict[str, _Look] = {}
        ready: list[tuple[int, str]] = []
        try:
            entries = list(os.scandir(self.watch.path))
        except OSError:
            # A share that is not there now: a finding says so (silence.py), the next look may see it.
            self._seen = {}
            return []
        for entry in entries:
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if not stat.S_ISREG(found.st_mode) or self._unfinished(entry.name):
                continue
            before = self._seen.get(entry.name)
            look = _Look(found.st_size, found.st_mtime_ns, found.st_ino, now)
            if before is not None and _same(before, look):
                look = before
            seen[entry.name] = look
            left = self._left.get(entry.name)
            if left is not None and _same(left, look):
                continue
            if now - look.since >= self.watch.settle and not _being_written(Path(entry.path)):
                ready.append((found.st_mtime_ns, entry.name))
        self._seen = seen
        self._left = {name: look for name, look in self._left.items() if name in seen}
        return [self.watch.path / name for _, name in sorted(ready)]

    def _unfinished(self, name: str) -> bool:
        lower = name.casefold()
        return lower.startswith((".", "~$")) or lower.endswith(UNFINISHED)

    def _read(self, path: Path) -> None:
        def told(_: Progress) -> None:
            if self.ending.is_set():
                raise Ending

        try:
            report = self._take(path, told)
        except Ending:
            return
        if report.error is not None and report.error[0] == _NEVER_OPENED:
            self._leave(path.name)
            return
        try:
            if report.error is None:
                month = f"{self._clock.now():%Y-%m}"
                self._move(path, self.watch.path / DONE / month)
            else:
                moved = self._move(path, self.watch.path / FAILED)
                message, args = report.error
                why = "\n".join(say(language, message, **args) for language in LANGUAGES)
                moved.with_name(moved.name + WHY).write_text(why + "\n", encoding="utf-8")
        except OSError as error:
            # Read again at the next change or start, it adds nothing.
            _LOG.warning("folder %s: a file cannot be moved: %s", self.watch.name, error.strerror)
            self._leave(path.name)

    def _leave(self, name: str) -> None:
        if name in self._seen:
            self._left[name] = self._seen[name]

    def _move(self, path: Path, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        target, number = folder / path.name, 1
        while target.exists():
            number += 1
            target = folder / f"{path.stem}-{number}{path.suffix}"
        path.rename(target)
        fsync_folder(folder)
        fsync_folder(self.watch.path)
        return target


def _same(one: _Look, other: _Look) -> bool:
    return (one.size, one.changed, one.inode) == (other.size, other.changed, other.inode)


def _being_written(path: Path) -> bool:
    """Return whether somebody has the file open for writing; where that cannot be told, no.

    A read lease (fcntl(2)) is given only where nobody writes; it asks for the file's owner or
    CAP_LEASE and a local file system. Elsewhere size and time that stand still must do.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def waiting(watch: FolderWatch) -> int | None:
    """Return how many files of the folder could not be read; None where it is not there."""
    if not watch.path.is_dir():
        return None
    try:
        return sum(not path.name.endswith(WHY) for path in (watch.path / FAILED).iterdir())
    except FileNotFoundError:
        return 0
