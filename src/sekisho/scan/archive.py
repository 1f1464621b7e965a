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
import contextlib
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file inside an archive, or what kept it, or the rest of the archive, from being seen.

    Attributes:
        path: Its name, with the names of the archives it lies in before it.
        content: Its bytes, None where `why` says why it was not seen.
    """

    path: str
    content: bytes | None = None
    why: Why | None = None


def look(file: BinaryIO, limit: int, deepest: int = _DEEPEST) -> Why | None:
    """Return why `file` is more than a scanner looks into, None when it is not.

    Args:
        file: Seekable; it is left at its beginning.
        limit: Largest file inside an archive, in bytes.
        deepest: How many archives one in another are opened.
    """
    with contextlib.closing(members(file, limit, deepest)) as found:
        return next((one.why for one in found if one.why is not None), None)


def members(file: BinaryIO, limit: int, deepest: int = _DEEPEST) -> Generator[Member]:
    """Yield every file in an archive, unpacked, archives in it too; of what is no archive nothing.

    What cannot be seen is a member with its reason, and the others still come. One archive as a
    whole gives so much and no more; past that a last member says so. `file` is left at its
    beginning.
    """
    try:
        yield from _Look(limit, deepest).into(file, "", 1)
    except _Full as full:
        yield Member(path=full.path, why=Why.TOO_LARGE)
    finally:
        file.seek(0)


class _Full(Exception):  # noqa: N818 (leaves the recursion; it never leaves this file)
    """The archive as a whole holds more than we unpack."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class _Look:
    def __init__(self, limit: int, deepest: int) -> None:
        self._limit = limit
        self._deepest = deepest
        self._left = limit * _ALL
        self._members = 0

    def into(self, file: BinaryIO, path: str, depth: int) -> Iterator[Member]:
        """Yield what is in `file`; where it is no archive, and lies in one, itself."""
        file.seek(0)
        head = file.read(6)
        file.seek(0)
        is_zip = head.startswith(_ZIP) or zipfile.is_zipfile(file)
        unpack = next((open_ for magic, open_ in _PACKED.items() if head.startswith(magic)), None)
        if not is_zip and unpack is None:
            if depth > 1:
                file.seek(0)
                yield Member(path=path, content=file.read())
            return
        if depth > self._deepest:
            yield Member(path=path, why=Why.TOO_DEEP)
            return
        file.seek(0)
        try:
            if is_zip:
                yield from self._zip(file, path, depth)
            if unpack is not None:
                with unpack(file) as inside:
                    yield from self._measure(inside, path, depth)
        except _MISTAKES:
            yield Member(path=path, why=Why.UNREADABLE)

    def _zip(self, file: BinaryIO, path: str, depth: int) -> Iterator[Member]:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                name = f"{path}/{_name(member)}" if path else _name(member)
                if member.flag_bits & 1:
                    yield Member(path=name, why=Why.ENCRYPTED)
                    continue
                if member.is_dir() and not member.compress_size:
                    continue
                # Unpacked to its real end, whatever size and sum its entry states.
                member.file_size = self._limit + 1
                del member.CRC
                with archive.open(member) as inside:
                    yield from self._measure(inside, name, depth)

    def _measure(self, inside: _Stream, path: str, depth: int) -> Iterator[Member]:
        self._members += 1
        kept = io.BytesIO()
        while chunk := inside.read(_READ):
            kept.write(chunk)
            self._left -= len(chunk)
            if self._left < 0:
                raise _Full(path)
            if kept.tell() > self._limit:
                yield Member(path=path, why=Why.TOO_LARGE)
                return
        if self._members > _MEMBERS:
            raise _Full(path)
        yield from self.into(kept, path, depth + 1)


def _name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; where it is not said to be UTF-8, as Windows in Japan writes it."""
    name = member.filename
    if not member.flag_bits & 0x800:
        with contextlib.suppress(UnicodeEncodeError, UnicodeDecodeError):
            name = name.encode("cp437").decode("cp932")
    return "".join(mark if mark.isprintable() else "?" for mark in name)[:300]
