"""A log that grows: followed over rotation and truncation, resumed where it was durable.

The place reached is kept after the records before it are durable. After a kill the last ones
are read again, and add nothing: to count equal lines as before, `AGAIN` bytes before the place
are read again without being recorded.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa

from sekisho.collect.join import Book, Users
from sekisho.collect.live.config import TailWatch
from sekisho.collect.live.heard import Way
from sekisho.collect.live.intake import Got, Intake
from sekisho.collect.live.joined import Gate
from sekisho.collect.live.lines import Growing, growing
from sekisho.collect.tables import PLACE
from sekisho.errors import InvalidInputError
from sekisho.storage import Database
from sekisho.terms import Clock

POLL = 0.5
"""Seconds between looks while nothing comes."""
AGAIN = 1 << 20
CHUNK = 1 << 18
LOST = "collect.tail_lost"
WRONG = "collect.tail_wrong"
_HEAD = 1024
_PATIENCE = 2.0
"""Seconds that records under way are waited for at the end."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a log was read, and by what its file is known again.

    Attributes:
        head: SHA-256 of its first `head_size` bytes.
        offset: Bytes whose records are durable.
        number: Records before it.
    """

    inode: int
    head: str
    head_size: int
    offset: int
    number: int


@dataclass(slots=True)
class _Open:
    """The file being read.

    Attributes:
        known: The place kept last; its first bytes say whether the file is still the same.
    """

    file: BinaryIO
    reading: Growing
    inode: int
    read_to: int
    known: Place | None

    @property
    def is_another(self) -> bool:
        """Return whether the file was truncated, perhaps written anew since."""
        if os.fstat(self.file.fileno()).st_size < self.read_to:
            return True
        known = self.known
        return known is not None and _digest(self.file, known.head_size) != known.head

    def place(self) -> Place:
        """Return the place before what is still without an end."""
        offset = self.read_to - self.reading.pending
        size = min(_HEAD, offset)
        return Place(self.inode, _digest(self.file, size), size, offset, self.reading.number)


class Tail:
    """One log that grows."""

    def __init__(
        self,
        watch: TailWatch,
        intake: Intake,
        database: Database,
        clock: Clock,
        *,
        zone: str,
        book: Callable[[], Book] | None = None,
    ) -> None:
        """Follow it; rows that are joined with another log's ask `book`, the ledger."""
        self.watch = watch
        self.at_end: float | None = None
        """When (monotonic) it was last at its end with everything durable."""
        self.at_end_time: dt.datetime | None = None
        """The same by the clock."""
        self.gate: Gate | None = None
        """How far it may be read, where its rows are joined with sign-ins."""
        self._book = book
        self.ending = asyncio.Event()
        self._zone = watch.zone or zone
        mapping = watch.mapping.to_toml() if watch.mapping else None
        self.way = Way(watch.label, watch.format, watch.source, self._zone, mapping)
        self._intake = intake
        self._database = database
        self._clock = clock
        self._open: _Open | None = None

    async def run(self) -> None:
        """Follow the log until `ending`."""
        try:
            while not self.ending.is_set():
                if not await self.step():
                    await self._pause()
        finally:
            self._close()

    async def step(self) -> bool:
        """Read what came; return whether anything did."""
        try:
            if self._open is None and not await asyncio.to_thread(self._begin):
                return False
            now = self._open
            assert now is not None
            began, began_at = time.monotonic(), self._clock.now()
            got, moved = await asyncio.to_thread(self._next, now)
            if moved:
                return await self._durable(got, now)
            if self._waits(now):
                return False
            turned = await self._turn(now)
            if not turned and not now.reading.pending and self._stands(now):
                self.at_end, self.at_end_time = began, began_at
        except (OSError, InvalidInputError) as error:
            # A share that went away, rights, a header that is another: said, and tried again.
            _LOG.warning("tail %s: %s", self.watch.name, error)
            self._intake.heard.doubt(self.way, WRONG)
            self._close()
            return False
        return turned

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self.ending.wait(), POLL)
        except TimeoutError:
            return

    def _begin(self) -> bool:
        """Open the log where it was left; return whether there is anything to read."""
        path = self.watch.path
        try:
            found = path.stat()
        except FileNotFoundError:
            return False
        if not found.st_size:
            return False
        place = self._kept()
        before = None if place is None else self._rotated(place)
        if before is not None:
            path = before
        elif place is not None and not _is_at(path, place, min_head=64):
            # Rotated or written anew while nothing looked: what was left of the old one is gone.
            self._intake.heard.doubt(self.way, LOST)
            place = None
        self._open = self._at(path, place)
        if self._open is not None and place is None:
            # Kept before the first line is read: rotated meanwhile, the file is found by it.
            self._keep(Place(self._open.inode, _digest(self._open.file, 0), 0, 0, 0))
        return self._open is not None

    def _rotated(self, place: Place) -> Path | None:
        """Return the file that was read last, under whatever name it stands now."""
        path = self.watch.path
        names = [
            path,
            *sorted(path.parent.glob(f"{path.name}*")),
            *path.parent.glob(f"{path.stem}*"),
        ]
        for one in dict.fromkeys(names):
            try:
                if one.is_file() and _inode(one.stat()) == place.inode and _is_at(one, place):
                    return one
            except OSError:
                continue
        return None

    def _at(self, path: Path, place: Place | None) -> _Open | None:
        """Open `path` at `place`; None where its header is not whole yet."""
        reading = growing(self.watch, path, zone=self._zone, clock=self._clock)
        if reading is None:
            return None
        self.way = replace(self.way, mapping=reading.mapping, header=reading.header)
        file = path.open("rb")
        if place is not None and place.offset:
            start = max(0, place.offset - AGAIN)
            file.seek(start)
            if start:
                file.readline()
                reading.skip_head()
            while (left := place.offset - file.tell()) > 0:
                if not (data := file.read(min(CHUNK, left))):
                    break
                reading.feed(data)
            reading.number = place.number
        if self.gate is not None:
            self.gate.restart()
            reading.users = self._whose
        offset = place.offset if place else 0
        return _Open(file, reading, _inode(os.fstat(file.fileno())), offset, place)

    def _waits(self, now: _Open) -> bool:
        """Return whether bytes are there that may not be read yet."""
        size = os.fstat(now.file.fileno()).st_size
        return self.gate is not None and not now.is_another and size > now.read_to

    def _whose(self) -> Users:
        """Return who says whose the rows of the next bytes are."""
        assert self.watch.mapping is not None, "CSV has one"
        join, gate = self.watch.mapping.join, self.gate
        assert join is not None, "it is asked for a log that is joined"
        assert gate is not None, "as before"
        assert self._book is not None, "a mapping that joins asks the ledger"
        return Users(join, self._database, self._book(), arrived=gate.arrived)

    def _next(self, now: _Open) -> tuple[list[Got], bool]:
        """Return the records of the next bytes, and whether there were any bytes."""
        size = os.fstat(now.file.fileno()).st_size
        if now.is_another or size == now.read_to:
            return [], False
        reach = size if self.gate is None else self.gate.reach(now.read_to, size)
        now.file.seek(now.read_to)
        data = now.file.read(max(0, min(CHUNK, reach - now.read_to)))
        now.read_to += len(data)
        return now.reading.feed(data), bool(data)

    async def _turn(self, now: _Open) -> bool:
        """At the end of the file: go on with another where this one was rotated or truncated."""
        if now.is_another:
            return self._restart()
        if not self.watch.path.exists() or self._stands(now):
            return False
        moved = await self._durable(now.reading.end(), now)
        return moved and self._restart()

    def _stands(self, now: _Open) -> bool:
        """Return whether the file that is read is still the one of that name."""
        try:
            return _inode(self.watch.path.stat()) == now.inode
        except FileNotFoundError:
            return False

    def _restart(self) -> bool:
        self._close()
        self._forget()
        return True

    async def _durable(self, got: list[Got], now: _Open) -> bool:
        """Keep the place once `got` is durable; return False where the process ends before."""
        if got:
            done = await self._intake.put(self.way, got)
            ending = asyncio.create_task(self.ending.wait())
            either: set[asyncio.Future[Any]] = {done, ending}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
            await asyncio.wait({done}, timeout=_PATIENCE)
            if not done.done():
                return False
        for doubt, count in now.reading.doubts.items():
            self._intake.heard.doubt(self.way, doubt, count)
        now.reading.doubts.clear()
        now.known = now.place()
        await asyncio.to_thread(self._keep, now.known)
        return True

    def _close(self) -> None:
        if self._open is not None:
            self._open.file.close()
            self._open = None

    def _kept(self) -> Place | None:
        query = sa.select(PLACE).where(PLACE.c.name == self.watch.name)
        with self._database.read() as c:
            row = c.execute(query).one_or_none()
        if row is None or row.path != str(self.watch.path):
            return None
        return Place(row.inode, row.head, row.head_size, row.reached, row.number)

    def _keep(self, place: Place) -> None:
        values = {
            "path": str(self.watch.path),
            "inode": place.inode,
            "head": place.head,
            "head_size": place.head_size,
            "reached": place.offset,
            "number": place.number,
            "at": self._clock.now(),
        }
        mine = PLACE.c.name == self.watch.name
        with self._database.write() as c:
            if not c.execute(sa.update(PLACE).where(mine).values(**values)).rowcount:
                c.execute(sa.insert(PLACE).values(name=self.watch.name, **values))

    def _forget(self) -> None:
        with self._database.write() as c:
            c.execute(sa.delete(PLACE).where(PLACE.c.name == self.watch.name))


def _inode(found: os.stat_result) -> int:
    """Return the file's number as every database can keep it."""
    return found.st_ino & 0x7FFF_FFFF_FFFF_FFFF


def _digest(file: BinaryIO, size: int) -> str:
    return hashlib.sha256(os.pread(file.fileno(), size, 0)).hexdigest()


def _is_at(path: Path, place: Place, *, min_head: int = 0) -> bool:
    """Return whether `path` is the file of `place`, by its first bytes, and as long."""
    if place.head_size < min_head:
        return False
    with path.open("rb") as file:
        long = os.fstat(file.fileno()).st_size >= place.offset
        return long and _digest(file, place.head_size) == place.head
