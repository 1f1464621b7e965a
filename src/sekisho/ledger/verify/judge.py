"""Put the pieces together and name the first thing that is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from sekisho.ledger.verify.blocks import WIDTH, Difference, block, root_at, tile_name, upper
from sekisho.ledger.verify.orders import Order, Run, common, merged, read_order, without
from sekisho.ledger.verify.rotated import announced
from sekisho.ledger.verify.state import Sealed
from sekisho.ledger.verify.verdict import Wrong
from sekisho.ledger.verify.work import Fault, Result

_KEY = 16
_DATABASE = "state.db"


class Found:
    """What the pieces gave.

    Attributes:
        faults: What is wrong with stored records themselves.
        sealed: The sealed files.
        announced: Records that announce a key: the old and the new one, and the index.
    """

    def __init__(self, folder: Path) -> None:
        self.faults: list[Fault] = []
        self.sealed: list[Sealed] = []
        self._folder = folder
        self._changed: list[Fault] = []
        self._differences: list[Difference] = []
        self._roots: dict[int, bytes] = {}
        self._edges: dict[int, list[tuple[int, list[bytes]]]] = {}
        self._leaves: dict[int, list[bytes]] = {}
        self._rows: list[list[bytes]] = []
        self._keys: dict[int, bytes] = {}
        self._missing: list[Run] = []
        self._orders: list[Order] = []
        self.announced: dict[tuple[str, str], int] = {}

    def add(self, result: Result) -> None:
        """Take a piece."""
        if result.fault:
            self.faults.append(result.fault)
        if result.changed:
            self._changed.append(result.changed)
        self._differences += result.differences
        self._roots.update(result.roots)
        self._keys[result.first] = result.keys
        self._missing += result.missing
        for index, record in result.orders:
            order, pair = read_order(index, record), announced(record)
            if order is not None:
                self._orders.append(order)
            if pair is not None:
                self.announced[pair] = index
        for number, edge in result.edges.items():
            self._edges.setdefault(number, []).append(edge)

    def judge(self, size: int, root: bytes) -> Wrong | None:
        """Return the first thing wrong with records and tiles under the signed root.

        Where the records give the signed root, they are right and any file that
        differs is wrong itself. Where they do not, a record is wrong, and the tiles
        tell which.
        """
        self._complete(size)
        self._missing = merged(self._missing)
        # What is not signed yet orders nothing: it is signed before anything goes.
        self._orders = sorted(
            (order for order in self._orders if order.index < size), key=lambda each: each.index
        )
        unnamed = without(self._missing, self._orders)
        if unnamed is not None:
            fault = Fault("ledger.verify.records_missing", unnamed, self._file_of(unnamed))
            self.faults.append(fault)
        if self.faults:
            first = min(self.faults, key=lambda fault: fault.index)
            earlier = self._record(certain=True)
            if earlier is not None and earlier.index < first.index:
                first = earlier
            return wrong_of("record" if ".record" in first.message else "file", first)
        self._rows, differences = upper(self._folder, self._whole(size))
        self._differences += differences
        if self.root(size) == root:
            return self._first_file()
        record = self._record(certain=True) or self._record(certain=False)
        if record is not None:
            return wrong_of("record", record)
        return Wrong(
            what="checkpoint",
            message="ledger.verify.root_differs",
            file="ledger/checkpoint",
            args={"size": size},
        )

    def judge_keys(self, keys: Iterable[tuple[int, bytes]]) -> Wrong | None:
        """Return the first record whose key the list of known keys does not hold.

        A key put into the list would keep a later record from being recorded.
        """
        total = len(self._all_keys()) // _KEY
        listed = bytearray(total * _KEY)
        seen = bytearray(total)
        for index, key in keys:
            if len(key) != _KEY or not 0 <= index < total or seen[index]:
                return wrong_of("database", Fault("ledger.verify.keys_changed", index, _DATABASE))
            seen[index] = 1
            listed[index * _KEY : index * _KEY + _KEY] = key
        expected = self._all_keys(listed)
        if listed == expected and seen.count(1) == total:
            return self._ordered_keys(listed)
        at = 0
        while (
            at < len(expected)
            and seen[at // _KEY]
            and listed[at : at + _KEY] == expected[at : at + _KEY]
        ):
            at += _KEY
        return wrong_of("database", Fault("ledger.verify.keys_changed", at // _KEY, _DATABASE))

    def are_keys(self, listed: bytes, extent: tuple[int, int, int]) -> bool:
        """Return whether another process's list of keys by index is just the records' own.

        Args:
            listed: The keys of the indexes below the size, joined.
            extent: Count, least and greatest index of the list in the one snapshot.
        """
        total = len(self._all_keys()) // _KEY
        if extent != (total, 0, total - 1) or len(listed) != total * _KEY:
            return False
        return listed == self._all_keys(listed) and self._ordered_keys(listed) is None

    def erased(self) -> list[tuple[int, int]]:
        """Return how many missing records each order explains: its index, and the number."""
        found = [(each.index, common(each.runs, self._missing)) for each in self._orders]
        return [(index, count) for index, count in found if count]

    def orders(self, index: int | None, run: Run) -> bool:
        """Return whether record `index` orders that something of `run` be erased."""
        return any(order.index == index and common(order.runs, [run]) for order in self._orders)

    def unfinished(self) -> int:
        """Return how many records are there still, though their erasure was ordered."""
        named = merged(run for order in self._orders for run in order.runs)
        return sum(last - first + 1 for first, last in named) - common(named, self._missing)

    def _all_keys(self, listed: bytes | bytearray = b"") -> bytearray:
        """Return the records' keys; of one that is not there, what is `listed`."""
        found = bytearray(b"".join(self._keys[first] for first in sorted(self._keys)))
        for first, last in self._missing if listed else ():
            found[first * _KEY : (last + 1) * _KEY] = listed[first * _KEY : (last + 1) * _KEY]
        return found

    def _ordered_keys(self, listed: bytes | bytearray) -> Wrong | None:
        """Compare the keys of what was erased with those that the orders hash."""
        for order in self._orders:
            told = hashlib.sha256()
            for first, last in order.runs:
                told.update(listed[first * _KEY : (last + 1) * _KEY])
            if told.hexdigest() != order.keys:
                first = order.runs[0][0]
                return wrong_of("database", Fault("ledger.verify.keys_changed", first, _DATABASE))
        return None

    def root(self, size: int) -> bytes:
        """Return the root that the records give at `size`."""
        return root_at(size, self._rows, self._last_leaves(size))

    def _complete(self, size: int) -> None:
        """Compare the blocks whose records came in several pieces."""
        for number, parts in self._edges.items():
            joined: list[bytes] = []
            for offset, part in sorted(parts, key=lambda each: each[0]):
                if offset != len(joined):
                    break
                joined += part
            found = block(self._folder, number, joined, size) if joined else None
            if found is None or (len(joined) < WIDTH and number < size // WIDTH):
                continue
            self._leaves[number] = found.leaves
            self._differences += found.differences
            if found.root is not None:
                self._roots[number] = found.root

    def _record(self, *, certain: bool) -> Fault | None:
        """Return the first record that its tiles do not know.

        Args:
            certain: Only one that neither its entry nor its leaf hash knows.
        """
        levels: dict[int, dict[object, int]] = {}
        for each in self._differences:
            if not each.missing:
                levels.setdefault(each.index // WIDTH, {})[each.level] = each.index
        for number in sorted(levels):
            found = levels[number]
            if not certain or ("entries" in found and 0 in found):
                index = max(found.values())
                return Fault("ledger.verify.record_changed", index, self._file_of(index))
        return None

    def _first_file(self) -> Wrong | None:
        found = [wrong_of("file", each) for each in self._changed]
        for each in self._differences:
            message = "tile_missing" if each.missing else "tile_changed"
            fault = Fault(f"ledger.verify.{message}", each.index, each.file)
            found.append(wrong_of("tile", fault))
        return min(found, key=lambda wrong: wrong.index or 0) if found else None

    def _file_of(self, index: int) -> str:
        for each in self.sealed:
            if each.first <= index <= each.last:
                return f"sealed/{each.path}"
        return _DATABASE

    def _whole(self, size: int) -> list[bytes]:
        """Return the hashes of the full blocks below `size`."""
        return [self._roots[number] for number in range(size // WIDTH)]

    def _last_leaves(self, size: int) -> list[bytes]:
        """Return the leaf hashes of the last, partial block at `size`."""
        number, width = divmod(size, WIDTH)
        if not width:
            return []
        known = self._leaves.get(number)
        if known is None:
            # A full block whose level 0 tile was found equal to what the records give.
            data = (self._folder / tile_name(0, number)).read_bytes()
            known = [data[at : at + 32] for at in range(0, len(data), 32)]
        return known[:width]


def wrong_of(what: str, fault: Fault) -> Wrong:
    """Return a fault as the first thing that is wrong."""
    file = fault.file if fault.file == _DATABASE else f"ledger/{fault.file}"
    args: dict[str, str | int] = {"index": fault.index, "file": file}
    if fault.why:
        args["why"] = fault.why
    return Wrong(what=what, message=fault.message, index=fault.index, file=file, args=args)
