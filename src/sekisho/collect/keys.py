"""The key of a line without an id of its own: (source, line hash, occurrence).

The same line in the same file twice is two records; the same line of an export under another
name, grown or overlapping, is the record that is already there.

Bound of memory: of a line its 64-bit hash is kept, by the day of its time. `LIMIT` hashes stay
in memory (about 50 MB); days not touched for longest go to an unlinked temporary file and
come back when a row of that day comes. A file in the order of time, either way, stays within
it. One without order would make days come and go: after `PATIENCE` returns the limit
doubles, so such a file may take up to about 100 bytes a row.
"""

from __future__ import annotations

import hashlib
import tempfile
from array import array
from typing import IO

LIMIT = 500_000
PATIENCE = 64


def line_key(source: str, line: str, occurrence: int) -> str:
    """Return the 32 hex digits for the `occurrence`-th line `line` of a file.

    Args:
        source: Name of the source.
        line: The line's cells as read, whatever the encoding, or the hash of a message.
        occurrence: From 1.
    """
    said = f"{source}\x1e{line}\x1e{occurrence}"
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class _Day:
    __slots__ = ("repeated", "seen")

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.repeated: dict[int, int] = {}


class Occurrences:
    """Counts equal lines within one file, exactly, in bounded memory."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.returns = 0
        self._days: dict[int, _Day] = {}
        self._away: dict[int, IO[bytes]] = {}
        self._held = 0
        self._current = -1
        self._day = _Day()

    def number(self, day: int, line: str) -> int:
        """Return 1 for the first line with this hash, 2 for the second, and so on.

        Args:
            day: Any number that equal lines share; the days of their times.
            line: The line.
        """
        if day != self._current:
            self._turn(day)
        short = hash(line)
        seen = self._day.seen
        if short not in seen:
            seen.add(short)
            self._held += 1
            return 1
        count = self._day.repeated.get(short, 1) + 1
        self._day.repeated[short] = count
        return count

    def _turn(self, day: int) -> None:
        found = self._days.pop(day, None)
        if found is None:
            found = self._back(day) if day in self._away else _Day()
        self._days[day] = found
        self._current, self._day = day, found
        while self._held > self.limit and len(self._days) > 1:
            oldest = next(iter(self._days))
            self._send_away(oldest, self._days.pop(oldest))

    def _send_away(self, day: int, kept: _Day) -> None:
        file = tempfile.TemporaryFile()  # noqa: SIM115 (closed when the day comes back or the count ends)
        array("q", [len(kept.seen), len(kept.repeated)]).tofile(file)
        array("q", kept.seen).tofile(file)
        array("q", kept.repeated.keys()).tofile(file)
        array("q", kept.repeated.values()).tofile(file)
        self._away[day] = file
        self._held -= len(kept.seen)

    def _back(self, day: int) -> _Day:
        self.returns += 1
        if self.returns % PATIENCE == 0:
            self.limit *= 2
        found = _Day()
        with self._away.pop(day) as file:
            file.seek(0)
            sizes, seen, names, counts = array("q"), array("q"), array("q"), array("q")
            sizes.fromfile(file, 2)
            seen.fromfile(file, sizes[0])
            names.fromfile(file, sizes[1])
            counts.fromfile(file, sizes[1])
        found.seen.update(seen)
        found.repeated.update(zip(names, counts, strict=True))
        self._held += len(seen)
        return found

    def close(self) -> None:
        """Drop what was sent away."""
        for file in self._away.values():
            file.close()
        self._away.clear()
