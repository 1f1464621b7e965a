"""Records go to the recorder while the next ones are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from sekisho.collect.interface import Recorder
from sekisho.terms import Access

SEAL_EVERY = 1_000_000
"""Records of one file after which what was read so far is sealed."""

Counted = Callable[[Sequence[Access], list[int | None]], None]


class Ahead:
    """Hands a batch to the recorder while the next one is read: flushing waits for the disk.

    One batch at a time is under way, so that records keep the file's order.
    """

    def __init__(self, recorder: Recorder, counted: Counted) -> None:
        """`counted` gets each batch with its indexes once it is durable."""
        self._recorder = recorder
        self._counted = counted
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="collect")
        self._under_way: tuple[Sequence[Access], Future[list[int | None]]] | None = None
        self._unsealed = 0

    def append(self, batch: Sequence[Access]) -> None:
        """Hand `batch` over once the one before it is durable and counted."""
        self.settle()
        if not batch:
            return
        if self._unsealed >= SEAL_EVERY:
            # The live tail takes several times the room of a sealed day.
            self._recorder.seal()
            self._unsealed = 0
        self._unsealed += len(batch)
        self._under_way = batch, self._hand.submit(self._recorder.append, batch)

    def settle(self) -> None:
        """Wait for what is under way; raises what the recorder raised."""
        if self._under_way is not None:
            batch, done = self._under_way
            self._under_way = None
            self._counted(batch, done.result())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hand.shutdown()
