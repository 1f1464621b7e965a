"""A notice, the period it makes, and what a person confirmed in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is entered of a notice.

    Attributes:
        sender: From whom it came.
        letter: Its number, or how it came where it has none.
        lettered_on: Its date; None where it has none.
        begin: First local day; `end` the last one.
        reason: Of the period: a summit, a wave of attacks.
    """

    sender: str
    letter: str
    lettered_on: dt.date | None
    begin: dt.date | None
    end: dt.date | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as it was entered, and what became of it.

    Attributes:
        period: Number of its period: the id of the first notice of it.
        ended_on: Day on which a person ended it early; None where nobody did.
        withdrawn_at: When it was taken back as entered by mistake.
    """

    id: int
    period: int
    sender: str
    letter: str
    lettered_on: dt.date | None
    begin: dt.date
    end: dt.date
    reason: str
    by: str
    at: dt.datetime
    ended_on: dt.date | None
    ended_by: str | None
    ended_at: dt.datetime | None
    ended_why: str | None
    withdrawn_by: str | None
    withdrawn_at: dt.datetime | None
    withdrawn_why: str | None

    @property
    def stands(self) -> bool:
        """Whether it was neither taken back nor ended early."""
        return self.withdrawn_at is None and self.ended_on is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days of one notice, or of several that were joined.

    Attributes:
        notices: Of it, in the order in which they were entered, those taken back too.
    """

    number: int
    notices: tuple[Notice, ...]

    @property
    def counted(self) -> tuple[Notice, ...]:
        """Return the notices that were not taken back."""
        return tuple(one for one in self.notices if one.withdrawn_at is None)

    @property
    def withdrawn(self) -> bool:
        """Whether every notice of it was taken back: it never was one."""
        return not self.counted

    @property
    def begin(self) -> dt.date:
        """Return its first day."""
        return min(one.begin for one in self.counted or self.notices)

    @property
    def end(self) -> dt.date:
        """Return its last day: that of the notices, or the one on which it was ended early."""
        return max(one.ended_on or one.end for one in self.counted or self.notices)

    @property
    def ended(self) -> Notice | None:
        """Return the notice that says who ended it early, None where nobody did."""
        if any(one.stands for one in self.counted):
            return None
        return next((one for one in self.counted if one.ended_on is not None), None)

    def runs(self, today: dt.date) -> bool:
        """Return whether it is in force on the local day `today`."""
        standing = any(one.stands for one in self.counted)
        return standing and self.begin <= today <= self.end

    def waits(self, today: dt.date) -> bool:
        """Return whether it has been announced and not begun."""
        return not self.withdrawn and today < self.begin

    def over(self, today: dt.date) -> bool:
        """Return whether it was one and is none any more."""
        return not (self.withdrawn or self.runs(today) or self.waits(today))


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a named person confirmed in a period.

    Attributes:
        ask: Of `Ask`.
        text: In that person's words; it may name people and never leaves the page of the period.
    """

    id: int
    period: int
    ask: str
    text: str
    by: str
    at: dt.datetime
    withdrawn_by: str | None
    withdrawn_at: dt.datetime | None
