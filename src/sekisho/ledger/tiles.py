"""The tree as files: C2SP tlog-tiles below ``ledger/``.

``tile/<L>/<N>[.p/<W>]`` holds hashes, ``tile/entries/<N>[.p/<W>]`` the 32-byte
commitments, each after its length. They are derived: what is acknowledged is in
the database, and the tiles can be made again from the records.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sekisho.ledger.tree import HEIGHT, WIDTH, Node, Tree, join
from sekisho.storage import fsync_folder

HASH = 32
ENTRY = 2 + HASH
"""Bytes of one entry in a bundle: uint16 length, then the commitment."""

_LENGTH = HASH.to_bytes(2, "big")
ENTRIES = "entries"
_HANDS = 16


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """Return the path of a tile below ``ledger/``, partial when `width` is below 256."""
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03d}")
    path = f"tile/{level}/{'/'.join(parts)}"
    return path if width == WIDTH else f"{path}.p/{width}"


def bundle(entries: Iterable[bytes]) -> bytes:
    """Return an entry bundle."""
    return b"".join([_LENGTH + entry for entry in entries])


def unbundle(data: bytes) -> list[bytes]:
    """Return the commitments in a bundle; a trailing part is dropped."""
    whole = len(data) // ENTRY
    return [data[at * ENTRY + 2 : at * ENTRY + ENTRY] for at in range(whole)]


def split(data: bytes) -> list[bytes]:
    """Return the hashes in a tile; a trailing part is dropped."""
    return [data[at : at + HASH] for at in range(0, len(data) // HASH * HASH, HASH)]


def widths(size: int) -> list[tuple[int, int]]:
    """Return number and width of the last, partial tile of each level (width 0: none)."""
    rows = []
    while True:
        rows.append((size // WIDTH, size % WIDTH))
        size //= WIDTH
        if not size:
            return rows


class Tiles:
    """Reads tiles of a tree that is at least `size` large."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rows: dict[tuple[int, int], list[list[bytes]]] = {}

    def read(self, level: int | str, number: int, width: int) -> bytes:
        """Return the first `width` items of a tile, from a wider one when it has grown.

        Raises:
            FileNotFoundError: No file holds them.
        """
        unit = ENTRY if level == ENTRIES else HASH
        for path in self._candidates(level, number, width):
            try:
                data = path.read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                continue
            if len(data) >= width * unit:
                return data[: width * unit]
        raise FileNotFoundError(self.folder / tile_path(level, number, width))

    def _candidates(self, level: int | str, number: int, width: int) -> Iterable[Path]:
        yield self.folder / tile_path(level, number, width)
        if width == WIDTH:
            return
        yield self.folder / tile_path(level, number)
        partial = (self.folder / tile_path(level, number, width)).parent
        if partial.is_dir():
            wider = sorted(int(each.name) for each in partial.iterdir() if each.name.isdecimal())
            yield from (partial / str(each) for each in wider if each > width)
        # The full tile may have come between the two looks.
        yield self.folder / tile_path(level, number)

    def node(self, size: int) -> Node:
        """Return the hashes of the tree of `size` (tiles are folded once and kept)."""

        def node(level: int, index: int) -> bytes:
            tile, inner = divmod(level, HEIGHT)
            number, offset = divmod(index, WIDTH >> inner)
            width = min(WIDTH, size // WIDTH**tile - number * WIDTH)
            rows = self._rows.get((tile, number))
            if rows is None or len(rows[0]) < width:
                rows = _levels(split(self.read(tile, number, width)))
                if len(self._rows) > 4096:
                    self._rows.clear()
                self._rows[tile, number] = rows
            return rows[inner][offset]

        return node

    def entries(self, start: int, stop: int, size: int) -> list[bytes]:
        """Return the commitments from `start` to before `stop` in a tree of `size`.

        Raises:
            FileNotFoundError: No file holds them.
        """
        found: list[bytes] = []
        first = start // WIDTH
        for number in range(first, (stop + WIDTH - 1) // WIDTH):
            found += unbundle(self.read(ENTRIES, number, min(WIDTH, size - number * WIDTH)))
        return found[start - first * WIDTH : stop - first * WIDTH]

    def load(self, size: int) -> Tree:
        """Return the tree of `size` from its partial tiles; its root is not checked here."""
        edge = [
            split(self.read(level, number, width)) if width else []
            for level, (number, width) in enumerate(widths(size))
        ]
        return Tree(size, edge)


def _levels(row: Sequence[bytes]) -> list[list[bytes]]:
    rows = [list(row)]
    while len(rows[-1]) > 1:
        last = rows[-1]
        rows.append([join(last[at], last[at + 1]) for at in range(0, len(last) - 1, 2)])
    return rows


class Writer:
    """Grows the tree and writes its tiles.

    Adding touches memory only; what `take` hands out becomes files.
    """

    def __init__(self, folder: Path, tree: Tree, entries: Sequence[bytes]) -> None:
        """Continue `tree`; `entries` are the commitments of its partial bundle."""
        self.folder = folder
        self.tree = tree
        self._entries = list(entries)
        self._bundles: list[tuple[int, bytes]] = []

    def extend(self, commitments: Sequence[bytes]) -> None:
        """Add commitments in their order."""
        self.tree.extend(commitments)
        self._entries += commitments
        whole = len(self._entries) // WIDTH
        first = self.tree.size // WIDTH - whole
        for number in range(whole):
            part = self._entries[number * WIDTH : number * WIDTH + WIDTH]
            self._bundles.append((first + number, bundle(part)))
        del self._entries[: whole * WIDTH]

    def write(self) -> None:
        """Write what was added since, durably."""
        self.take().write(self.folder)

    def take(self) -> Added:
        """Hand out what was added since, and the partial tiles of this size, to be written."""
        added = Added(tuple(self.tree.filled), tuple(self._bundles), tuple(self._partial()))
        self.tree.filled.clear()
        self._bundles.clear()
        return added

    def give_back(self, added: Added) -> None:
        """Keep `added` for the next time: it could not be written."""
        self.tree.filled[:0] = added.tiles
        self._bundles[:0] = added.bundles

    def _partial(self) -> Iterator[tuple[str, bytes]]:
        for level, (number, width) in enumerate(widths(self.tree.size)):
            if width:
                yield tile_path(level, number, width), b"".join(self.tree.edge[level])
                if level == 0:
                    yield tile_path(ENTRIES, number, width), bundle(self._entries)


@dataclass(frozen=True, slots=True)
class Added:
    """What a tree grew by: full tiles, full bundles of entries, its partial tiles as files."""

    tiles: tuple[tuple[int, int, bytes], ...]
    bundles: tuple[tuple[int, bytes], ...]
    partial: tuple[tuple[str, bytes], ...]

    def write(self, folder: Path) -> None:
        """Write it under `folder` durably; partial tiles that became full go.

        Raises:
            OSError: The disk cannot be written.
        """
        full = [(tile_path(level, number), data) for level, number, data in self.tiles]
        full += [(tile_path(ENTRIES, number), data) for number, data in self.bundles]
        _write_all(folder, [*full, *self.partial])
        for name, _ in full:
            partial = folder / f"{name}.p"
            if partial.is_dir():
                shutil.rmtree(partial, ignore_errors=True)


def _write_all(folder: Path, files: Sequence[tuple[str, bytes]]) -> None:
    """Write files aside, flush them together, rename them, flush their folders."""
    pending: list[tuple[Path, Path]] = []
    folders: dict[Path, None] = {}
    open_files: list[int] = []
    try:
        for name, data in files:
            path = folder / name
            if path.parent not in folders:
                _make_folder(path.parent, folders)
            aside = path.with_name(f".{path.name}.new")
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            open_files.append(descriptor)
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            # It begins now, so that flushing finds most of it done: half the writes of the disk.
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            pending.append((aside, path))
            if len(open_files) >= 256:
                _flush(open_files)
        _flush(open_files)
    finally:
        for descriptor in open_files:
            os.close(descriptor)
    for aside, path in pending:
        aside.replace(path)
    for each in folders:
        fsync_folder(each)


def _make_folder(folder: Path, folders: dict[Path, None]) -> None:
    """Make `folder`; note it and every parent that had to be made for flushing."""
    missing = folder
    while not missing.exists():
        folders[missing.parent] = None
        missing = missing.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folders[folder] = None


def _flush(open_files: list[int]) -> None:
    """Flush and close; side by side, because a disk takes many flushes in the time of one."""
    files = open_files[:]
    open_files.clear()
    with ThreadPoolExecutor(_HANDS) as hands:
        ends = [hands.submit(_flush_one, each) for each in files]
    for each in ends:
        each.result()


def _flush_one(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
