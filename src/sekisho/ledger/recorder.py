"""The recorder: whoever appends goes through here, in this process or by the socket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sekisho.ledger.append import Ledger
from sekisho.ledger.lock import sole
from sekisho.storage import Database
from sekisho.terms import Access, Clock


class Recorder(Protocol):
    """Takes records for the log."""

    def append(self, records: Sequence[Access]) -> list[int | None]:
        """Record durably before returning; the index of each, None for a key already recorded."""
        ...

    def seal(self) -> int:
        """Seal what is not sealed yet; the number of records sealed."""
        ...

    def size(self) -> int:
        """Return the number of records that are durable."""
        ...


@contextmanager
def recorder(data: Path, database: Database, clock: Clock) -> Iterator[Recorder]:
    """Give the recorder of `data`."""
    with sole(data, database):
        ledger = Ledger(data, database, clock)
        yield ledger
        ledger.publish()
