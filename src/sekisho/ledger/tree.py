"""The Merkle tree of RFC 6962, grown at its right edge.

The edge is kept as the partial tiles of C2SP tlog-tiles: one list of at most 255
hashes for each tile level. A tile that fills is handed out once and its own hash
goes one level up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

WIDTH = 256
HEIGHT = 8
"""Levels of the tree in one tile: 2^8 = 256 hashes."""

EMPTY = hashlib.sha256(b"").digest()
Node = Callable[[int, int], bytes]
"""Gives the hash of the whole subtree of 2^level leaves that is number n from the left."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def join(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node from its children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over `hashes`, whose number is a power of two."""
    sha256 = hashlib.sha256
    row = list(hashes)
    while len(row) > 1:
        pairs = iter(row)
        row = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(pairs, pairs, strict=True)
        ]
    return row[0]


class Tree:
    """An append-only tree that holds its right edge only.

    Attributes:
        size: Number of leaves.
        edge: For each tile level the hashes of its partial tile, fewer than 256.
        filled: Tiles that became full since the caller last emptied the list:
            level, number, 8,192 bytes.
    """

    def __init__(self, size: int = 0, edge: Sequence[Sequence[bytes]] = ()) -> None:
        self.size = size
        self.edge: list[list[bytes]] = [list(row) for row in edge] or [[]]
        self.filled: list[tuple[int, int, bytes]] = []

    def append(self, entry: bytes) -> None:
        """Add one entry."""
        self.extend([entry])

    def extend(self, entries: Iterable[bytes]) -> None:
        """Add entries in their order."""
        sha256 = hashlib.sha256
        leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
        start = 0
        while start < len(leaves):
            row = self.edge[0]
            part = leaves[start : start + WIDTH - len(row)]
            row += part
            start += len(part)
            self.size += len(part)
            if len(row) == WIDTH:
                self._carry()

    def root(self) -> bytes:
        """Return the root over all leaves."""
        peaks = [
            fold(row[start : start + width])
            for row in reversed(self.edge)
            for start, width in powers(len(row))
        ]
        return _crown(peaks)

    def _carry(self) -> None:
        level = 0
        while len(self.edge[level]) == WIDTH:
            row = self.edge[level]
            number = self.size // WIDTH ** (level + 1) - 1
            self.filled.append((level, number, b"".join(row)))
            if level + 1 == len(self.edge):
                self.edge.append([])
            self.edge[level + 1].append(fold(row))
            self.edge[level] = []
            level += 1


def powers(count: int) -> list[tuple[int, int]]:
    """Cut `count` into its powers of two, greatest first: (start, width)."""
    parts: list[tuple[int, int]] = []
    start = 0
    while count:
        width = 1 << (count.bit_length() - 1)
        parts.append((start, width))
        start += width
        count -= width
    return parts


def root_at(size: int, node: Node) -> bytes:
    """Return the root that the tree had at `size`."""
    return _span(0, size, node) if size else EMPTY


def inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """Return the audit path of leaf `index` in the tree of `size` (RFC 6962, 2.1.1)."""
    assert 0 <= index < size
    path: list[bytes] = []
    start, count = 0, size
    while count > 1:
        half = 1 << ((count - 1).bit_length() - 1)
        if index - start < half:
            path.append(_span(start + half, count - half, node))
            count = half
        else:
            path.append(_span(start, half, node))
            start, count = start + half, count - half
    path.reverse()
    return path


def consistency(old: int, new: int, node: Node) -> list[bytes]:
    """Return the proof that the tree of `new` continues that of `old` (RFC 6962, 2.1.2)."""
    assert 0 < old <= new
    path: list[bytes] = []
    start, count, whole = 0, new, True
    rest = old
    while rest != count:
        half = 1 << ((count - 1).bit_length() - 1)
        if rest <= half:
            path.append(_span(start + half, count - half, node))
            count = half
        else:
            path.append(_span(start, half, node))
            start, count, rest, whole = start + half, count - half, rest - half, False
    if not whole:
        path.append(_span(start, count, node))
    path.reverse()
    return path


def included(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Return whether `path` proves `leaf` at `index` under `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last = index, size - 1
    found = leaf
    for step in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = join(step, found)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            found = join(found, step)
        first >>= 1
        last >>= 1
    return last == 0 and found == root


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Return whether `path` proves that `new` continues `old` (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first >>= 1
        last >>= 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = join(step, before), join(step, after)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            after = join(after, step)
        first >>= 1
        last >>= 1
    return last == 0 and before == old_root and after == new_root


def _span(start: int, count: int, node: Node) -> bytes:
    """Return the root over `count` leaves from `start`, a multiple of a higher power of two."""
    peaks = []
    for offset, width in powers(count):
        level = width.bit_length() - 1
        peaks.append(node(level, (start + offset) >> level))
    return _crown(peaks)


def _crown(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY
    found = peaks[-1]
    for peak in reversed(peaks[:-1]):
        found = join(peak, found)
    return found
