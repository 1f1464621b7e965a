"""Between the ways in and the recorder: bounded, in order, given back only when durable."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from msgspec import structs
from sqlalchemy.exc import SQLAlchemyError

from sekisho.collect.interface import Bad, Item
from sekisho.collect.live.heard import Heard, Way
from sekisho.errors import Error, InvalidInputError
from sekisho.terms import Access, Clock, Mark

ROOM = 16 << 20
"""Bytes of messages on the way; a sender waits while there is no room."""
GROUP = 5000
"""Records that are handed to the recorder at once at most."""
LATE = dt.timedelta(minutes=10)
"""A record that comes longer after its act than this is marked late."""
_AGAIN = (0.05, 0.2, 0.5, 1.0)
_KEEP = 2.0

Append = Callable[[Sequence[Access]], Awaitable[list[int | None]]]
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Got:
    """One message: what was read of it, and its bytes for where the ledger refuses it."""

    item: Item
    raw: bytes
    kind: str


@dataclass(slots=True)
class _Parcel:
    way: Way
    got: Sequence[Got]
    size: int
    done: asyncio.Future[list[int | None]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Intake:
    """Takes parcels from all ways in and commits what waits as one group after the other."""

    def __init__(self, append: Append, heard: Heard, clock: Clock, *, room: int = ROOM) -> None:
        self.heard = heard
        self._append = append
        self._clock = clock
        self._room = room
        self._used = 0
        self._free = asyncio.Condition()
        self._waiting: deque[_Parcel] = deque()
        self._came = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ending = False
        self.ill = False
        """Whether the last try to record failed."""

    def start(self) -> None:
        """Begin to hand over."""
        self._task = asyncio.create_task(self._run())

    async def put(
        self, way: Way, got: Sequence[Got], *, size: int | None = None
    ) -> asyncio.Future[list[int | None]]:
        """Take a parcel when there is room; the future gives its indexes once it is durable.

        None stands for a record that was there already and for what went to quarantine.
        `size` is that of the bytes that all of `got` share.
        """
        size = (sum(len(one.raw) for one in got) if size is None else size) + 500 * len(got)
        async with self._free:
            # One parcel greater than the room is let in alone.
            await self._free.wait_for(lambda: not self._used or self._used + size <= self._room)
            self._used += size
        parcel = _Parcel(way, got, size)
        self._waiting.append(parcel)
        self._came.set()
        return parcel.done

    async def stop(self, patience: float = 5.0) -> None:
        """Record what waits, then end; what cannot be recorded in `patience` seconds is given up."""
        self._ending = True
        self._came.set()
        if self._task is not None:
            try:
                await asyncio.wait_for(self._task, patience)
            except TimeoutError:
                _LOG.warning("%d parcels were not recorded at the end", len(self._waiting))
        await asyncio.to_thread(self._keep)

    def _keep(self) -> None:
        try:
            self.heard.keep()
        except (Error, OSError, SQLAlchemyError) as error:
            _LOG.warning("counts could not be kept: %s", type(error).__name__)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        next_keep = loop.time() + _KEEP
        while self._waiting or not self._ending:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._came.wait(), max(0.01, next_keep - loop.time()))
            self._came.clear()
            while self._waiting:
                await self._hand_over(self._group())
            if loop.time() >= next_keep:
                await asyncio.to_thread(self._keep)
                next_keep = loop.time() + _KEEP

    def _group(self) -> list[_Parcel]:
        parcels: list[_Parcel] = []
        count = 0
        while self._waiting and (not parcels or count + len(self._waiting[0].got) <= GROUP):
            parcels.append(self._waiting.popleft())
            count += len(parcels[-1].got)
        return parcels

    async def _hand_over(self, parcels: list[_Parcel]) -> None:
        now = self._clock.now()
        places = [(parcel, place) for parcel in parcels for place in range(len(parcel.got))]
        answers: dict[int, list[int | None]] = {id(p): [None] * len(p.got) for p in parcels}
        records: list[Access] = []
        whose: list[tuple[_Parcel, int]] = []
        bad: dict[Way, list[Bad]] = {}
        for parcel, place in places:
            item = parcel.got[place].item
            if isinstance(item, Bad):
                bad.setdefault(parcel.way, []).append(item)
                continue
            if now - item.occurred_at > LATE:
                item = structs.replace(item, marks=(*item.marks, Mark.LATE))
            records.append(item)
            whose.append((parcel, place))
        given = await self._until_durable(records)
        for (parcel, place), record, index in zip(whose, records, given, strict=True):
            one = parcel.got[place]
            if isinstance(index, InvalidInputError):
                bad.setdefault(parcel.way, []).append(_refused(one, record, index))
                continue
            answers[id(parcel)][place] = index
            self.heard.note(parcel.way, one.kind, record, index)
        for way, rows in bad.items():
            await self._until_kept(way, rows)
        for parcel in parcels:
            if not parcel.done.done():
                parcel.done.set_result(answers[id(parcel)])
        async with self._free:
            self._used -= sum(parcel.size for parcel in parcels)
            self._free.notify_all()

    async def _until_durable(
        self, records: Sequence[Access]
    ) -> list[int | InvalidInputError | None]:
        """Hand over until the recorder answered; one record it refuses keeps no other back."""
        if not records:
            return []
        tries = 0
        while True:
            try:
                given = await self._append(records)
            except InvalidInputError as error:
                if len(records) == 1:
                    return [error]
                half = len(records) // 2
                return [
                    *await self._until_durable(records[:half]),
                    *await self._until_durable(records[half:]),
                ]
            except (Error, OSError) as error:
                await self._wait(tries, error)
                tries += 1
            else:
                self.ill = False
                return list(given)

    async def _until_kept(self, way: Way, rows: Sequence[Bad]) -> None:
        tries = 0
        while True:
            try:
                await asyncio.to_thread(self.heard.refuse, way, rows)
            except (Error, OSError, SQLAlchemyError) as error:
                await self._wait(tries, error)
                tries += 1
            else:
                return

    async def _wait(self, tries: int, error: Exception) -> None:
        if not self.ill:
            _LOG.warning("nothing can be recorded now: %s", type(error).__name__)
        self.ill = True
        await asyncio.sleep(_AGAIN[min(tries, len(_AGAIN) - 1)])


def _refused(one: Got, record: Access, error: InvalidInputError) -> Bad:
    """Return what the ledger refused as something that could not be read."""
    return Bad(
        number=record.origin.message or record.origin.row or 0,
        reason=error.message,
        raw=one.raw,
        digest=record.digest,
        key=record.key,
        source=record.source,
    )
