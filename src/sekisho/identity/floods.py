"""Refusals on record without filling the disk: the first at once, then one record a minute.

An attacker who sends a thousand hostile requests a second is one line a minute that says
how many there were. Memory is bounded: past a number of addresses the rest are counted
together, with no address.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from sekisho.errors import UnavailableError
from sekisho.identity.addresses import networks_of

A = TypeVar("A", bound=Hashable)
EVERY = 60.0
"""Seconds between two records of the same flood."""
MOST = 200
"""Floods that are told apart at a time."""


class Flood(NamedTuple, Generic[A]):
    """What is counted together: the network it comes from (None: many), and the reason's id.

    Attributes:
        about: What else tells it apart: the system asked, the account shown.
    """

    network: str | None
    why: str
    about: A

    @property
    def address(self) -> str | None:
        """Return the network as records name it: a single address without its length."""
        return None if self.network is None else self.network.removesuffix("/32")

    def reason(self, count: int) -> str:
        """Return what a record of `count` refusals says: ``why`` or ``why more:37``."""
        return self.why if count == 1 else f"{self.why} more:{count}"


class Floods(Generic[A]):
    """Counts refusals of one process.

    Args:
        write: Records one flood, or a part of it, with its count.
        every: Seconds between two records of a flood.
    """

    def __init__(
        self, write: Callable[[Flood[A], int], Awaitable[object]], every: float = EVERY
    ) -> None:
        self._write = write
        self._every = every
        self._counts: dict[Flood[A], int] = {}
        self._task: asyncio.Task[None] | None = None

    async def refused(self, address: str | None, why: str, about: A) -> None:
        """Count one refusal; the first of its kind is on record when this returns.

        It is refused whether or not that can be recorded.
        """
        networks = networks_of(address)
        flood = Flood(None if networks is None else networks[0], why, about)
        if flood not in self._counts and len(self._counts) >= MOST:
            flood = Flood(None, why, about)
        if flood in self._counts:
            self._counts[flood] += 1
            return
        self._counts[flood] = 0
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tell())
        await self._record(flood, 1)

    async def close(self) -> None:
        """Record what was not told yet."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._flush()

    async def _tell(self) -> None:
        while self._counts:
            await asyncio.sleep(self._every)
            await self._flush()

    async def _flush(self) -> None:
        counts, self._counts = self._counts, {}
        for flood, count in counts.items():
            if count:
                # It goes on: the next ones are counted until the next minute.
                self._counts.setdefault(flood, 0)
                await self._record(flood, count)

    async def _record(self, flood: Flood[A], count: int) -> None:
        try:
            await self._write(flood, count)
        except UnavailableError:
            # Told later with the others, where it still goes on.
            self._counts[flood] = self._counts.get(flood, 0) + count
