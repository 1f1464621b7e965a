"""Records of the gate: many requests wait for one durable write, none passes before it."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import itertools
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from sekisho.access import Act
from sekisho.errors import Error, UnavailableError
from sekisho.terms import (
    Access,
    Action,
    Mark,
    Origin,
    Outcome,
    PatientId,
    TimePrecision,
    UserKind,
)
from sekisho.terms.tally import Tally

MOST = 2_000
"""Records that wait for one write."""

GATHER = 0.003
"""Seconds in which more records gather while many come; one alone never waits."""

LONGEST = 10.0
"""Seconds after which a write that does not end has failed."""

_OURS = os.urandom(8).hex()
_COUNT = itertools.count()
"""Together no other record's, here or in another worker; one after the other, so that the
keys of a group lie on one page of the database and not on as many as there are keys."""

ACTIONS = {
    Act.READ: Action.READ,
    Act.SEARCH: Action.SEARCH,
    Act.WRITE: Action.UPDATE,
    Act.DELETE: Action.DELETE,
    Act.PRINT: Action.PRINT,
    Act.EXPORT: Action.EXPORT,
    Act.ADMINISTER: Action.EXECUTE,
}

Append = Callable[[Sequence[Access]], Awaitable[list[int | None]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who asks, as records and decisions name them."""

    user_id: str
    kind: UserKind
    session: str | None
    terminal: str | None
    groups: tuple[str, ...] = ()
    asserted: bool = False
    """The EMR said who it is; it was not verified here."""


def access(
    *,
    route: str,
    who: Who | None,
    at: dt.datetime,
    act: Act | None,
    what: str,
    outcome: Outcome,
    terminal: str | None,
    patients: Iterable[PatientId] = (),
    classes: Iterable[str] = (),
    reason: str | None = None,
    of: int | None = None,
    marks: tuple[Mark, ...] = (),
    emergency: bool = False,
) -> Access:
    """Return one request at the gate as a record; `what` names no person."""
    key = f"{_OURS}{next(_COUNT):016x}"
    if who is not None and who.asserted:
        marks = (*marks, Mark.ASSERTED)
    return Access(
        occurred_at=at,
        source=f"gate:{route}",
        key=key,
        digest=hashlib.sha256(key.encode()).hexdigest(),
        origin=Origin(connection=f"gate:{route}", message=1),
        action=Action.EMERGENCY if emergency else Action.SECURITY if act is None else ACTIONS[act],
        outcome=outcome,
        time_precision=TimePrecision.MILLISECOND,
        user_id=None if who is None else who.user_id,
        user_kind=UserKind.UNKNOWN if who is None else who.kind,
        patient_ids=tuple(sorted(patients, key=lambda p: (p.id, p.authority or ""))),
        session=None if who is None else who.session,
        terminal=terminal,
        object=what[:400],
        class_=",".join(sorted(classes)) or None,
        duty=None if who is None or not who.groups else ",".join(who.groups),
        reason=reason,
        of=of,
        marks=marks,
    )


class Recording:
    """Gives each record its index once it is durable; see `house.md` section 3.

    While one write is under way the next records gather, so that a busy moment
    costs one flush and a quiet one does not wait.
    """

    def __init__(self, append: Append, tally: Tally | None = None) -> None:
        """`tally` is what this worker counts."""
        self._append = append
        self.tally = tally or Tally()
        self._waiting: list[tuple[Access, asyncio.Future[int]]] = []
        self._running: asyncio.Task[None] | None = None

    async def record(self, one: Access) -> int:
        """Return the record's index once it is durable.

        Raises:
            UnavailableError: It is not; then nothing may pass.
        """
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, done))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._work())
        return await done

    async def _work(self) -> None:
        together = 0
        while self._waiting:
            if together > 1:
                # Many ask at once: a moment more, and half as many writes serve them.
                await asyncio.sleep(GATHER)
            together = len(self._waiting)
            part, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            begun = time.perf_counter()
            try:
                async with asyncio.timeout(LONGEST):
                    given = await self._append([one for one, _ in part])
            except (Error, OSError, TimeoutError):
                self.tally.count("sekisho_appended_total", len(part), outcome="failed")
                for _, done in part:
                    if not done.done():
                        done.set_exception(UnavailableError("gate.not_recorded"))
                continue
            self.tally.count("sekisho_appended_total", len(part), outcome="durable")
            self.tally.time("sekisho_append_seconds", time.perf_counter() - begun)
            for (_, done), index in zip(part, given, strict=True):
                if done.done():
                    continue
                if index is None:
                    done.set_exception(UnavailableError("gate.not_recorded"))
                else:
                    done.set_result(index)
