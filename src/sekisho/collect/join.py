"""Rows without a user, joined with the sign-ins of another file of the same system.

A system may write its sign-ins in one log and the patients that were opened in another, which
names only the session or the terminal. The user of such a row is who alone had a session open
there at that time; where two had, or nobody, the row stays without a user. Times are taken as
wide as they were written: a minute is any moment of it.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from sekisho.collect.mapping import Join
from sekisho.collect.tables import SOURCE
from sekisho.storage import Analysis, Database, analysis
from sekisho.terms import TimePrecision

SPANS = {
    TimePrecision.MILLISECOND: dt.timedelta(milliseconds=1),
    TimePrecision.SECOND: dt.timedelta(seconds=1),
    TimePrecision.MINUTE: dt.timedelta(minutes=1),
    TimePrecision.DAY: dt.timedelta(days=1),
}
"""How long a time written so may last."""
_DAY = dt.timedelta(days=1)
_KEPT = 3


class Book(Protocol):
    """What `ledger` gives: its records as a view."""

    def register(self, analysis: Analysis, name: str = "access") -> None:
        """Make the view `name`."""
        ...


@dataclass(slots=True)
class Signed:
    """One session: who signed in where, from `begun` until before `until`.

    Attributes:
        index: Of the record of the sign-in.
    """

    index: int
    user_id: str
    terminal: str | None
    session: str | None
    begun: dt.datetime
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Sign:
    """A record of a sign-in or a sign-out."""

    index: int
    out: bool
    at: dt.datetime
    precision: TimePrecision
    ended: dt.datetime | None
    user_id: str | None
    terminal: str | None
    session: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """Whose row it is: `user_id` None where nobody or several may be.

    Attributes:
        by: ``session`` or ``terminal``.
        index: Record of the sign-in.
        several: More than one person had a session open there.
    """

    user_id: str | None
    by: str = ""
    index: int | None = None
    several: bool = False


def same(name: str | None) -> str | None:
    """Return a terminal or session as it is compared: NFKC, lower case."""
    return unicodedata.normalize("NFKC", name).strip().casefold() or None if name else None


def sessions(signs: Iterable[Sign], join: Join) -> list[Signed]:
    """Return the sessions that `signs`, in the order of time, open and close."""
    longest = dt.timedelta(hours=join.hours)
    found: list[Signed] = []
    going: list[Signed] = []
    for sign in signs:
        going = [one for one in going if one.until > sign.at]
        after = sign.at + SPANS[sign.precision]
        if sign.out:
            for one in going:
                if _closes(sign, one):
                    one.until = min(one.until, after)
            continue
        if sign.user_id is None:
            continue
        if join.single and sign.terminal:
            for one in going:
                if one.terminal == sign.terminal:
                    one.until = min(one.until, after)
        until = sign.at + longest
        if sign.ended is not None:
            until = sign.ended + SPANS[sign.precision]
        one = Signed(sign.index, sign.user_id, sign.terminal, sign.session, sign.at, until)
        found.append(one)
        going.append(one)
    return found


def _closes(sign: Sign, one: Signed) -> bool:
    if sign.session and one.session:
        return sign.session == one.session
    here = not (sign.terminal and one.terminal) or sign.terminal == one.terminal
    if sign.user_id is None:
        # A sign-out that names nobody ends what is open at its terminal.
        return bool(sign.terminal) and sign.terminal == one.terminal
    return sign.user_id == one.user_id and here


class Users:
    """Says whose a row is by the sign-ins of `join.login` that the ledger holds.

    Attributes:
        reach: Time of the newest sign-in that has arrived; what is later is not known yet.
    """

    def __init__(
        self, join: Join, database: Database, book: Book, *, arrived: bool = False
    ) -> None:
        """Ask `book`; with `arrived` every sign-in that matters is known to be there."""
        self.join = join
        self._arrived = arrived
        self._book = book
        with database.read() as c:
            self.reach: dt.datetime | None = c.scalar(
                sa.select(SOURCE.c.last_at).where(SOURCE.c.name == join.login)
            )
        self._desk: Analysis | None = None
        self._days: dict[dt.date, _Day] = {}

    def waits(self, at: dt.datetime) -> bool:
        """Return whether the sign-ins of that time have not arrived yet."""
        return not self._arrived and (self.reach is None or at > self.reach)

    def find(
        self,
        session: str | None,
        terminal: str | None,
        at: dt.datetime,
        precision: TimePrecision,
    ) -> Found:
        """Return who had a session open there at that time, if one alone had."""
        day = self._day(at.date())
        before = at + SPANS[precision]
        session, terminal = same(session), same(terminal)
        for by in self.join.by:
            if by == "session" and session:
                there = day.by_session.get(session, ())
            elif by == "terminal" and terminal and precision is not TimePrecision.DAY:
                there = [
                    one
                    for one in day.by_terminal.get(terminal, ())
                    if not (session and one.session and one.session != session)
                ]
            else:
                continue
            here = [one for one in there if one.begun < before and one.until > at]
            users = {one.user_id for one in here}
            if len(users) > 1:
                return Found(None, by, several=True)
            if users:
                last = max(here, key=lambda one: (one.begun, one.index))
                return Found(last.user_id, by, last.index)
        return Found(None)

    def close(self) -> None:
        """Let go of what was read."""
        if self._desk is not None:
            self._desk.close()
            self._desk = None

    def _day(self, day: dt.date) -> _Day:
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= _KEPT:
                self._days.pop(next(iter(self._days)))
            found = self._days[day] = _Day(sessions(self._signs(day), self.join))
        return found

    def _signs(self, day: dt.date) -> list[Sign]:
        if self._desk is None:
            self._desk = analysis()
            self._book.register(self._desk, "access")
        start = dt.datetime.combine(day, dt.time())
        rows = self._desk.rows(
            """
SELECT index, action = 'logout', occurred_at, time_precision, ended_at, user_id, terminal, session
FROM access
WHERE source = $source AND action IN ('login', 'logout') AND outcome IN ('success', 'unknown')
  AND occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, index
""",
            {
                "source": self.join.login,
                "since": start - dt.timedelta(hours=self.join.hours),
                "until": start + 2 * _DAY,
            },
        )
        return [
            Sign(
                index,
                out,
                at.replace(tzinfo=dt.UTC),
                TimePrecision(precision),
                ended.replace(tzinfo=dt.UTC) if ended else None,
                user,
                same(terminal),
                same(session),
            )
            for index, out, at, precision, ended, user, terminal, session in rows
        ]


class _Day:
    """The sessions of one day by where they were."""

    def __init__(self, found: Sequence[Signed]) -> None:
        self.by_session: dict[str, list[Signed]] = defaultdict(list)
        self.by_terminal: dict[str, list[Signed]] = defaultdict(list)
        for one in found:
            if one.session:
                self.by_session[one.session].append(one)
            if one.terminal:
                self.by_terminal[one.terminal].append(one)


def note(found: Found, join: Join, reason: str | None) -> str:
    """Return the reason of a joined record: what the source gave, then how it was joined."""
    said = f"join:{found.by}:{join.login}:{found.index}"
    return f"{reason} {said}" if reason else said
