"""Records go to the recorder while the next ones are read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from sekisho.collect.interface import Recorder
from sekisho.terms import Access

SEAL_EVERY = 1_000_000
"""Records of one file after which what was read so far is sealed."""

_UNDER_WAY = 3
"""Batches handed over before the first is waited for: while one is flushed to the disk the
recorder looks at the next, and may write both at once."""

Counted = Callable[[Sequence[Access], list[int | None]], None]


class Ahead:
    """Hands batches to the recorder while the next one is read: flushing waits for the disk.

    They are handed over one after the other, so that records keep the file's order.
    """

    def __init__(self, recorder: Recorder, counted: Counted) -> None:
        """`counted` gets each batch with its indexes once it is durable."""
        self._recorder = recorder
        self._counted = counted
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="collect")
        self._under_way: deque[tuple[Sequence[Access], Future[Callable[[], list[int | None]]]]] = (
            deque()
        )
        self._unsealed = 0

    def append(self, batch: Sequence[Access]) -> None:
        """Hand `batch` over, once few enough of those before it are under way."""
        while len(self._under_way) >= _UNDER_WAY:
            self._settle_one()
        if not batch:
            return
        if self._unsealed >= SEAL_EVERY:
            # The live tail takes several times the room of a sealed day.
            self.settle()
            self._recorder.seal()
            self._unsealed = 0
        self._unsealed += len(batch)
        self._under_way.append((batch, self._hand.submit(self._recorder.prepare(batch))))

    def settle(self) -> None:
        """Wait for what is under way; raises what the recorder raised."""
        while self._under_way:
            self._settle_one()

    def _settle_one(self) -> None:
        batch, handed = self._under_way.popleft()
        self._counted(batch, handed.result()())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hand.shutdown(cancel_futures=True)
