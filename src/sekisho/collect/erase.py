"""What this room keeps of somebody whose records are lawfully erased: lines in quarantine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.collect.tables import QUARANTINE

TABLES = (QUARANTINE,)
"""What may tell of somebody."""

ERASED = "erased"
"""State of a quarantined line whose bytes are gone; its key keeps it from coming back."""


def traces(connection: sa.Connection, ids: Collection[str]) -> dict[str, list[Any]]:
    """Return the quarantined lines that hold one of `ids`, in any encoding that is read."""
    wanted = [
        form for each in ids for form in (each.encode(), each.encode("utf-16-le")) if each.strip()
    ]
    found = []
    if wanted:
        query = sa.select(QUARANTINE.c.id, QUARANTINE.c.raw).where(QUARANTINE.c.raw.is_not(None))
        for number, raw in connection.execute(query.order_by(QUARANTINE.c.id)):
            if any(form in bytes(raw) for form in wanted):
                found.append(number)
    return {"collect_quarantine": found}


def erase(connection: sa.Connection, rows: Mapping[str, Sequence[Any]]) -> None:
    """Take away what `traces` named."""
    for number in rows.get("collect_quarantine", ()):
        connection.execute(
            sa.update(QUARANTINE)
            .where(QUARANTINE.c.id == number)
            .values(raw=None, args={}, state=ERASED)
        )
