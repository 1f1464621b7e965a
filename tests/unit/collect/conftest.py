"""A desk that takes files into a recorder kept in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sekisho.collect import FileReport, Retried, collect, retry
from sekisho.storage import Database
from sekisho.terms import Access, FixedClock


class MemoryRecorder:
    """Appends as the ledger does: an index each, None for a key it already has."""

    def __init__(self) -> None:
        self.records: list[Access] = []
        self.batches: list[int] = []
        self._keys: set[str] = set()

    def seal(self) -> int:
        """Seal nothing: all is in memory."""
        return 0

    def prepare(self, records: Sequence[Access]) -> Callable[[], Callable[[], list[int | None]]]:
        """Return what hands `records` over."""
        return lambda: partial(self.append, records)

    def append(self, records: Sequence[Access]) -> list[int | None]:
        """Return the index of each record, None where its key is known."""
        self.batches.append(len(records))
        answers: list[int | None] = []
        for record in records:
            if record.key in self._keys:
                answers.append(None)
                continue
            self._keys.add(record.key)
            answers.append(len(self.records))
            self.records.append(record)
        return answers


class Desk:
    """Takes texts and files in, one after another, as one installation does."""

    def __init__(self, folder: Path, database: Database, clock: FixedClock) -> None:
        self.folder = folder
        self.database = database
        self.clock = clock
        self.recorder = MemoryRecorder()

    @property
    def records(self) -> list[Access]:
        """Everything recorded so far."""
        return self.recorder.records

    def file(self, text: str | bytes, name: str = "log.csv", encoding: str = "utf-8") -> Path:
        """Write a file and return its path."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    def take(
        self, text: str | bytes | Path, name: str = "log.csv", encoding: str = "utf-8", **how: Any
    ) -> FileReport:
        """Take one file in and return its report."""
        path = text if isinstance(text, Path) else self.file(text, name, encoding)
        (report,) = collect(
            [path], recorder=self.recorder, database=self.database, clock=self.clock, **how
        )
        return report

    def retry(self, **how: Any) -> Retried:
        """Read what is in quarantine again."""
        return retry(self.database, recorder=self.recorder, clock=self.clock, **how)


@pytest.fixture
def desk(tmp_path: Path, database: Database, clock: FixedClock) -> Desk:
    """A desk with nothing taken in yet; the clock stands after the logs of the tests."""
    return Desk(tmp_path, database, clock)
