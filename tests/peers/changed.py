"""A record from which something was lawfully erased, and whose key was then changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from tests.unit.ledger.conftest import some

from sekisho.app.installation import Installation, open_installation
from sekisho.ledger import erasure, public_key


def changed_house(data: Path) -> tuple[Installation, str, int]:
    """Make an installation in which 12 of 400 records were erased and then the key was changed.

    Returns:
        It, its first key, and the index of the record that orders the erasure.
    """
    made, at = open_installation(data, create=True), dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    gone = erasure.Chosen(
        records=[(3, 3), (290, 300)], count=12, first_at=at, last_at=at, sources={"emr": 12}
    )
    with made.recorder() as log:
        log.append(some(400))
        first = public_key(data)
        number = erasure.propose(
            made.database, made.clock, gone, order="命令 令和8年 第1号", by="A"
        ).number
        erasure.confirm(made.database, made.clock, number, by="B")
        entry = log.erase(number)
        log.rotate("A", "B")
        log.append(some(5, 400))
    return made, first, entry
