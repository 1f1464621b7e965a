"""What each source has sent so far, a file at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.collect.tables import SOURCE
from sekisho.storage import Database
from sekisho.terms import Clock


@dataclass(slots=True)
class Span:
    """What one file held of one source: records added, the first and the last moment."""

    added: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None


def note_sources(
    database: Database, clock: Clock, kind: str | None, spans: Mapping[str, Span]
) -> None:
    """Keep that a file of `kind` brought `spans`, by the name of each source."""
    now = clock.now()
    with database.write() as c:
        for name, span in spans.items():
            row = c.execute(sa.select(SOURCE).where(SOURCE.c.name == name)).first()
            if row is None:
                c.execute(
                    sa.insert(SOURCE).values(
                        name=name,
                        kind=kind,
                        files=1,
                        rows=span.added,
                        first_at=span.first,
                        last_at=span.last,
                        last_heard=now,
                    )
                )
                continue
            c.execute(
                sa.update(SOURCE)
                .where(SOURCE.c.name == name)
                .values(
                    files=SOURCE.c.files + 1,
                    rows=SOURCE.c.rows + span.added,
                    first_at=min(filter(None, (row.first_at, span.first)), default=None),
                    last_at=max(filter(None, (row.last_at, span.last)), default=None),
                    last_heard=now,
                )
            )
