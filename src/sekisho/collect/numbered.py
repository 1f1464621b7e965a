"""Events that a computer numbered and that never arrived, seen by the hole in their numbers.

Windows numbers the events of each channel one after the other ([MS-EVEN6] 2.2.15). Where a file
begins with a later number than the last one that arrived, and misses none inside, what lies
between was overwritten before it was exported, or its file is still to come. A file with holes
inside was filtered, and says nothing; numbers that begin anew were cleared, which is an event
of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.collect.tables import NUMBERED
from sekisho.storage import Database
from sekisho.terms import Finding, Gravity


@dataclass(slots=True)
class Span:
    """The numbers of one channel in one file."""

    first: int
    first_at: dt.datetime
    last: int
    last_at: dt.datetime
    count: int = 1

    def add(self, number: int, at: dt.datetime) -> None:
        """Count one more event."""
        self.count += 1
        if number < self.first:
            self.first, self.first_at = number, at
        elif number > self.last:
            self.last, self.last_at = number, at

    @property
    def is_whole(self) -> bool:
        """Return whether no number is missing between the first and the last."""
        return self.count == self.last - self.first + 1


Spans = Mapping[tuple[str, str], Span]
"""By computer and channel."""


def missing(database: Database, spans: Spans) -> Sequence[Finding]:
    """Return what did not arrive before `spans`, and remember how far they came."""
    found = []
    with database.write() as c:
        for (computer, channel), span in sorted(spans.items()):
            mine = (NUMBERED.c.computer == computer) & (NUMBERED.c.channel == channel)
            known = c.execute(sa.select(NUMBERED).where(mine)).first()
            reached = {"last": span.last, "last_at": span.last_at}
            if known is None:
                c.execute(sa.insert(NUMBERED).values(computer=computer, channel=channel, **reached))
                continue
            if span.last_at < known.last_at:
                continue
            lost = span.first - known.last - 1
            if lost > 0 and span.is_whole and span.first_at >= known.last_at:
                found.append(_finding(computer, channel, known.last, known.last_at, lost, span))
            c.execute(sa.update(NUMBERED).where(mine).values(**reached))
    return found


def _finding(
    computer: str, channel: str, last: int, last_at: dt.datetime, lost: int, span: Span
) -> Finding:
    return Finding(
        key=f"collect.numbers_missing/{computer}/{channel}/{last}",
        room="collect",
        gravity=Gravity.TODAY,
        duty="1-3",
        message="collect.numbers_missing",
        args={
            "computer": computer,
            "channel": channel,
            "count": lost,
            "after": f"{last_at:%Y-%m-%d %H:%M}",
            "before": f"{span.first_at:%Y-%m-%d %H:%M}",
        },
        where="/records/sources",
        action="collect.act_look",
    )
