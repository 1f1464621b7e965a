"""The tree and its tile files, recomputed in blocks of 256 (RFC 6962, C2SP tlog-tiles)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

WIDTH = 256
EMPTY = hashlib.sha256(b"").digest()
_PREFIX = b"\x00\x20"
"""Length of a commitment, as it stands before each in an entry bundle."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A tile file that is not what the records give.

    Attributes:
        index: First record that it covers wrongly.
        file: Path below ``ledger/``.
        level: ``entries`` or the tile level.
        missing: The file is not there or too short, rather than different.
    """

    index: int
    file: str
    level: int | str
    missing: bool


@dataclass(frozen=True, slots=True)
class Block:
    """What the records of one block of 256 give.

    Attributes:
        leaves: Leaf hashes of the records.
        root: Hash over them when the block is full.
        differences: Its wrong files, at most one of entries and one of level 0.
    """

    leaves: list[bytes]
    root: bytes | None
    differences: list[Difference]


def block(folder: Path, number: int, commitments: Sequence[bytes], signed: int) -> Block:
    """Compare one block's files with its records.

    Args:
        folder: ``ledger/``.
        number: Of the block.
        commitments: Of its records, from its beginning.
        signed: The size that the checkpoint signed; files are compared up to it.
    """
    sha256 = hashlib.sha256
    leaves = [sha256(b"\x00" + each).digest() for each in commitments]
    root = fold(leaves) if len(leaves) == WIDTH else None
    count = min(len(leaves), signed - number * WIDTH)
    differences: list[Difference] = []
    if count > 0:
        items = _PREFIX + _PREFIX.join(commitments[:count])
        differences += compare(folder, "entries", number, items, count, 1)
        differences += compare(folder, 0, number, b"".join(leaves[:count]), count, 1)
    return Block(leaves, root, differences)


def entries(folder: Path, first: int, stop: int, signed: int) -> list[bytes]:
    """Return the entries from `first` to before `stop`, as the tree's own files hold them.

    They are trusted for nothing: the signed root tells whether they are right.

    Raises:
        FileNotFoundError: No file holds them.
    """
    found: list[bytes] = []
    for number in range(first // WIDTH, -(-stop // WIDTH)):
        need = min(WIDTH, signed - number * WIDTH) * 34
        for path, _ in _files(folder, tile_name("entries", number)):
            data = path.read_bytes()[:need]
            if len(data) == need:
                break
        else:
            raise FileNotFoundError(tile_name("entries", number))
        found += [data[at + 2 : at + 34] for at in range(0, need, 34)]
    begin = first // WIDTH * WIDTH
    return found[first - begin : stop - begin]


def compare(
    folder: Path, level: int | str, number: int, expected: bytes, count: int, span: int
) -> Iterator[Difference]:
    """Give the first wrong file of one tile.

    Args:
        folder: ``ledger/``.
        level: ``entries`` or the tile level.
        number: Of the tile.
        expected: What it must hold, as far as the signed size reaches.
        count: How many items that are.
        span: Records under one item.
    """
    unit = len(expected) // count
    name = tile_name(level, number)
    start = number * WIDTH * span
    covered = False
    for path, width in _files(folder, name):
        data = path.read_bytes()
        part = expected[: width * unit]
        file = str(path.relative_to(folder))
        if data[: len(expected)] != part or len(data) != width * unit:
            at = _first_difference(data, part) // unit
            yield Difference(start + at * span, file, level, missing=False)
            return
        covered = covered or width >= count
    if not covered:
        file = name if count == WIDTH else f"{name}.p/{count}"
        yield Difference(start, file, level, missing=True)


def upper(folder: Path, roots: Sequence[bytes]) -> tuple[list[list[bytes]], list[Difference]]:
    """Return the hashes of every tile level from 1 up, and the wrong files there.

    Args:
        folder: ``ledger/``.
        roots: Of the full blocks of 256 below the signed size.
    """
    rows: list[list[bytes]] = []
    differences: list[Difference] = []
    row = list(roots)
    span = WIDTH
    while row:
        rows.append(row)
        for start in range(0, len(row), WIDTH):
            items = row[start : start + WIDTH]
            expected = b"".join(items)
            differences += compare(folder, len(rows), start // WIDTH, expected, len(items), span)
        whole = len(row) // WIDTH
        row = [fold(row[at * WIDTH : at * WIDTH + WIDTH]) for at in range(whole)]
        span *= WIDTH
    return rows, differences


def root_at(size: int, rows: Sequence[Sequence[bytes]], leaves: Sequence[bytes]) -> bytes:
    """Return the root at `size`.

    Args:
        size: At most the size of `rows`.
        rows: Hashes of the tile levels from 1 up.
        leaves: At least the last ``size % 256`` leaf hashes, from their block's beginning.
    """
    peaks = _peaks(leaves[: size % WIDTH])
    count = size // WIDTH
    for row in rows:
        start = count // WIDTH * WIDTH
        peaks = _peaks(row[start:count]) + peaks
        count //= WIDTH
    if not peaks:
        return EMPTY
    found = peaks.pop()
    while peaks:
        found = hashlib.sha256(b"\x01" + peaks.pop() + found).digest()
    return found


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of hashes."""
    sha256 = hashlib.sha256
    row = hashes
    while len(row) > 1:
        row = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(row[::2], row[1::2], strict=True)
        ]
    return row[0]


def _peaks(hashes: Sequence[bytes]) -> list[bytes]:
    """Return the roots over the powers of two in `hashes`, from the left."""
    found = []
    start = 0
    for bit in range(7, -1, -1):
        if len(hashes) >> bit & 1:
            found.append(fold(hashes[start : start + (1 << bit)]))
            start += 1 << bit
    return found


def tile_name(level: int | str, number: int) -> str:
    """Return the path of a full tile below ``ledger/``."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return f"tile/{level}/" + "".join(f"x{part}/" for part in parts[:-1]) + parts[-1]


def _files(folder: Path, name: str) -> Iterator[tuple[Path, int]]:
    """Give the files of a tile with their widths: the full one and every partial one."""
    full = folder / name
    if full.is_file():
        yield full, WIDTH
    partial = folder / f"{name}.p"
    if partial.is_dir():
        widths = sorted(int(each.name) for each in partial.iterdir() if each.name.isdecimal())
        for width in widths:
            yield partial / str(width), width


def _first_difference(data: bytes, expected: bytes) -> int:
    for at, (left, right) in enumerate(zip(data, expected, strict=False)):
        if left != right:
            return at
    return min(len(data), max(len(expected) - 1, 0))
