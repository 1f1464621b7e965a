"""Whether an archive holds more than the scanner looks into.

clamd answers OK for an archive in which one file is larger than its MaxFileSize, even
with AlertExceedsMax (measured with 1.4.6: 112 KB of zip, 110 MB of zeros and then a
known signature). So what is in an archive is measured here, by unpacking it and
throwing it away; sizes that the archive states are not believed.

KNOWN: zip (also Office files), gzip, bzip2 and xz are measured; for other archives
(7-Zip, RAR, LHA…) clamd's word stands alone.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, BinaryIO

from sekisho.scan.records import Why

_DEEPEST = 4
_MEMBERS = 10_000
_ALL = 8
"""An archive as a whole may unpack to so many times the largest file."""
_READ = 1 << 16
_ZIP = b"PK\3\4"
_Stream = IO[bytes] | gzip.GzipFile
_PACKED: dict[bytes, Callable[[BinaryIO], _Stream]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
_MISTAKES = (
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
"""What the unpackers of the standard library raise at a broken archive."""


class _Stop(Exception):  # noqa: N818 (leaves the recursion; it never leaves this file)
    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


def look(file: BinaryIO, limit: int) -> Why | None:
    """Return why `file` is more than a scanner looks into, None when it is not.

    Args:
        file: Seekable; it is left at its beginning.
        limit: Largest file inside an archive, in bytes.
    """
    try:
        _Look(limit).into(file, 1)
    except _Stop as stop:
        return stop.why
    finally:
        file.seek(0)
    return None


class _Look:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = limit * _ALL
        self._members = 0

    def into(self, file: BinaryIO, depth: int) -> None:
        file.seek(0)
        head = file.read(6)
        file.seek(0)
        is_zip = head.startswith(_ZIP) or zipfile.is_zipfile(file)
        unpack = next((open_ for magic, open_ in _PACKED.items() if head.startswith(magic)), None)
        if not is_zip and unpack is None:
            return
        if depth > _DEEPEST:
            raise _Stop(Why.TOO_DEEP)
        file.seek(0)
        try:
            if is_zip:
                self._zip(file, depth)
            if unpack is not None:
                with unpack(file) as inside:
                    self._measure(inside, depth)
        except _MISTAKES as error:
            raise _Stop(Why.UNREADABLE) from error

    def _zip(self, file: BinaryIO, depth: int) -> None:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if member.flag_bits & 1:
                    raise _Stop(Why.ENCRYPTED)
                # Unpacked to its real end, whatever size and sum its entry states.
                member.file_size = self._limit + 1
                del member.CRC
                with archive.open(member) as inside:
                    self._measure(inside, depth)

    def _measure(self, inside: _Stream, depth: int) -> None:
        self._members += 1
        kept = io.BytesIO()
        while chunk := inside.read(_READ):
            kept.write(chunk)
            self._left -= len(chunk)
            if kept.tell() > self._limit or self._left < 0:
                raise _Stop(Why.TOO_LARGE)
        if self._members > _MEMBERS:
            raise _Stop(Why.TOO_LARGE)
        self.into(kept, depth + 1)
