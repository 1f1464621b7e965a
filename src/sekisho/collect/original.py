"""The file that records are read from, as it came: its hash stands in each of them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from io import BufferedReader


@dataclass(frozen=True, slots=True)
class Original:
    """A file before it is read.

    Attributes:
        digest: SHA-256 of all its bytes, 64 lower-case hex digits. A line of a file has none
            of its own: the file and the row say which it is, and a sealed day keeps the one
            hash once.
    """

    digest: str
    size: int
    changed: int

    def is_other(self, file: BufferedReader) -> bool:
        """Return whether somebody wrote to `file` since it was hashed."""
        return (self.size, self.changed) != _stamp(file)


def original(file: BufferedReader) -> Original:
    """Return what `file` is now; it stands at its beginning again.

    Raises:
        OSError: It cannot be read.
    """
    size, changed = _stamp(file)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return Original(digest, size, changed)


def _stamp(file: BufferedReader) -> tuple[int, int]:
    stat = os.fstat(file.fileno())
    return stat.st_size, stat.st_mtime_ns
