"""What decisions are made from, kept fresh: a change is in force within a second."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho import access, care
from sekisho.errors import Error
from sekisho.gate import plans
from sekisho.gate.credentials import Credentials
from sekisho.gate.judge import EVERYBODY, State
from sekisho.gate.modes import modes
from sekisho.gate.tables import GLASS, PROTECTED
from sekisho.identity import Session
from sekisho.identity.bans import Ban, standing
from sekisho.storage import Database
from sekisho.terms import Clock, UserKind

_LOG = logging.getLogger(__name__)
EVERY = 0.4
"""Seconds between two looks at what people chose."""
LISTS = 60.0
"""Seconds between two readings of the staff list, visits and stays."""


class Duties(NamedTuple):
    """What the staff list and the book in force say of a person."""

    groups: tuple[str, ...]
    kind: UserKind


class Watch:
    """Holds the `State` of one worker and replaces it as a whole."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        credentials: Credentials,
        cache: Path | None,
        zone: str,
        hours: tuple[int, int],
    ) -> None:
        """Read everything once.

        Raises:
            Error: The matrix cannot be read; then no gate may start.
        """
        self._database = database
        self._clock = clock
        self._credentials = credentials
        self._cache = cache
        self._zone = ZoneInfo(zone)
        self._hours = hours
        self._lists = 0.0
        self._ties = self._read_ties()
        self._duties: dict[str, tuple[float, Duties]] = {}
        self._load(access.version_of(database))
        self.bans: Mapping[str, Ban] = {}
        """Who is shut out, by network."""
        self._plans: Mapping[tuple[str, str], tuple[plans.Plan, ...]] = {}
        self.state = self._read()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look, in the running loop."""
        self._task = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """End looking."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def now(self) -> None:
        """Look at once: something was just chosen here."""
        self._take(await asyncio.to_thread(self._read))

    def _take(self, fresh: State) -> None:
        """Put `fresh` in force; where nothing changed what was decided from it stands."""
        if fresh != self.state:
            self.state = fresh

    async def duties(self, user_id: str) -> Duties:
        """Return what a person is today, from the staff list and the book in force."""
        kept = self._duties.get(user_id)
        if kept is not None and time.monotonic() - kept[0] < LISTS:
            return kept[1]
        found = await asyncio.to_thread(self._duties_of, user_id)
        self._duties[user_id] = (time.monotonic(), found)
        return found

    def barred(self, session: Session, address: str | None, route: str) -> str | None:
        """Return why a vendor's session may not pass here now; None where it may."""
        return plans.barred(
            self._plans.get((session.user_id, route), ()),
            method=session.method,
            address=address,
            now=self._clock.now(),
        )

    def group(self, duty: str) -> tuple[str, ...]:
        """Return the duty group of a service account, empty where the book in force has none."""
        known = () if self._book is None else self._book.groups
        return (duty,) if any(term.id == duty for term in known) else ()

    def _duties_of(self, user_id: str) -> Duties:
        today = self.state.ties.day
        known = care.person(self._database, user_id, today)
        vendor = known is not None and known.kind is UserKind.VENDOR
        groups = () if self._book is None else access.groups_of(self._book, known, today)
        return Duties(groups, UserKind.VENDOR if vendor else UserKind.PERSON)

    def _load(self, version: str) -> None:
        self._table = access.active(self._database, self._cache)
        change = access.current(self._database)
        self._book = None if change is None else access.book_of(self._database, change.number)
        self._version = version
        self._duties.clear()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                self._take(await asyncio.to_thread(self._read))
            except (Error, sa.exc.SQLAlchemyError, OSError) as error:
                # What was decided last stands; sessions and records fail by themselves.
                _LOG.warning("choices could not be read: %s", type(error).__name__)

    def _read(self) -> State:
        self._credentials.refresh()
        version = access.version_of(self._database)
        if version != self._version:
            self._load(version)
        today = self._clock.now().astimezone(self._zone).date()
        if time.monotonic() - self._lists > LISTS or self._ties.day != today:
            self._ties = self._read_ties()
        now = self._clock.now()
        self.bans = standing(self._database, self._clock)
        self._plans = plans.standing(self._database, self._clock)
        with self._database.read() as c:
            glass = c.execute(
                sa.select(GLASS).where(GLASS.c.closed_at.is_(None), GLASS.c.until > now)
            ).all()
            protected = c.execute(sa.select(PROTECTED.c.patient_id, PROTECTED.c["class"])).all()
        classes: dict[str, frozenset[str]] = {}
        for patient, class_ in protected:
            classes[patient] = classes.get(patient, frozenset()) | {class_}
        return State(
            table=self._table,
            modes=modes(self._database),
            ties=self._ties,
            glass={
                (row.user_id, row.patient_id or EVERYBODY, row.route): row.until for row in glass
            },
            protected=classes,
            zone=self._zone,
            hours=self._hours,
        )

    def _read_ties(self) -> care.Ties:
        today: dt.date = self._clock.now().astimezone(self._zone).date()
        self._lists = time.monotonic()
        return care.ties(self._database, today)
