"""A disk with a cache that is lost with the power: one file, for a loop device to stand on.

Run as a script: ``power.py IMAGE FOLDER SEED EARLY``. Mounts a file system at FOLDER whose only
file is ``disk``. What is written to it is kept in memory and reaches IMAGE when it is flushed
(fsync; a file system's barrier arrives as one), or before, block by block and in any order, with
the chance EARLY: so do real disks. Killing this process is the power cut.
"""

from __future__ import annotations

import errno
import os
import random
import stat
import sys
from typing import Any

import mfusepy

BLOCK = 4096
NAME = "/disk"


class Disk(mfusepy.Operations):  # type: ignore[misc]
    """The one file; `_cache` holds the blocks that a cut would lose."""

    use_ns = True

    def __init__(self, image: str, seed: int, early: float) -> None:
        self._image = os.open(image, os.O_RDWR)
        self._size = os.fstat(self._image).st_size
        self._cache: dict[int, bytes] = {}
        self._chance = random.Random(seed)
        self._early = early

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        """Return what stands at `path`."""
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o700, "st_nlink": 2}
        if path == NAME:
            return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": self._size}
        raise mfusepy.FuseOSError(errno.ENOENT)

    def readdir(self, path: str, fh: int) -> list[str]:
        """Return the names."""
        return [".", "..", NAME[1:]]

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        """Return bytes as whoever wrote them sees them."""
        first, last = offset // BLOCK, (offset + size - 1) // BLOCK
        whole = b"".join(self._block(number) for number in range(first, last + 1))
        return whole[offset - first * BLOCK :][:size]

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        """Keep bytes; some blocks reach the image at once, whatever came before them does not."""
        at = 0
        while at < len(data):
            number, start = divmod(offset + at, BLOCK)
            piece = data[at : at + BLOCK - start]
            old = b"" if len(piece) == BLOCK else self._block(number)
            self._cache[number] = old[:start] + piece + old[start + len(piece) :]
            if self._chance.random() < self._early:
                self._keep(number)
            at += len(piece)
        return len(data)

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        """Bring everything to the image."""
        for number in list(self._cache):
            self._keep(number)
        return 0

    def _block(self, number: int) -> bytes:
        kept = self._cache.get(number)
        return os.pread(self._image, BLOCK, number * BLOCK) if kept is None else kept

    def _keep(self, number: int) -> None:
        os.pwrite(self._image, self._cache.pop(number), number * BLOCK)


if __name__ == "__main__":
    mfusepy.FUSE(
        Disk(sys.argv[1], int(sys.argv[3]), float(sys.argv[4])),
        sys.argv[2],
        foreground=True,
        nothreads=True,
    )
