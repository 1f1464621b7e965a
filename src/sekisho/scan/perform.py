"""Asks the scanner about one file and makes of it one of three answers."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import BinaryIO

from sekisho.scan import clamd
from sekisho.scan.archive import look
from sekisho.scan.records import Answer, Settings, Verdict, Why
from sekisho.scan.signatures import RELOAD, Patterns, on_disk
from sekisho.terms import Clock, SystemClock

_NAME = re.compile(r"stream: ([\w.:()/+@-]{1,200}) FOUND", re.ASCII)
_HEURISTICS = (
    ("Heuristics.Encrypted.", Why.ENCRYPTED),
    ("Heuristics.Limits.Exceeded.MaxRecursion", Why.TOO_DEEP),
    ("Heuristics.Limits.Exceeded.MaxScanTime", Why.TIMEOUT),
    ("Heuristics.Limits.Exceeded", Why.TOO_LARGE),
)
"""Names by which clamd says FOUND where it only means that it could not look."""


async def scan(file: BinaryIO, size: int, settings: Settings, clock: Clock | None = None) -> Answer:
    """Return what the scanner says of `file`, without holding up the event loop.

    Args:
        file: Whole and seekable (a spooled upload); read from its beginning, and left there.
        size: Its bytes; where it turns out to have another number it was not checked.
        settings: The scanner and our limits; the answer is there within `settings.seconds`
            after the file was measured.
        clock: Tells how old the signatures are; the machine's unless given.
    """
    return await asyncio.to_thread(scan_now, file, size, settings, clock)


def scan_now(file: BinaryIO, size: int, settings: Settings, clock: Clock | None = None) -> Answer:
    """Return what the scanner says of `file`; the same as `scan`, for plain callers."""
    judge = Judge(settings, clock or SystemClock())
    if size > settings.size:
        return judge.ask(None, size, Why.TOO_LARGE)
    try:
        return judge.ask(file, size, look(file, settings.size, settings.deepest))
    finally:
        file.seek(0)


@dataclass(frozen=True, slots=True)
class Judge:
    """What an answer of clamd is worth."""

    settings: Settings
    clock: Clock

    def examine(self) -> Answer:
        """Return what the scanner's OK would be worth now: clean, or why it would not stand."""
        try:
            said = clamd.ask(self.settings, None)
        except (TimeoutError, clamd.Broken, OSError) as error:
            return self._silent(error)
        why, disk = self.doubt(said), self._newer(said)
        if why is None and disk is not None:
            found = self._not(Why.NOT_LOADED, said)
            more = {"loaded": str(said.signatures), "disk": disk.version}
            return replace(found, args={**found.args, **more})
        if why is not None:
            return self._not(why, said)
        return Answer(
            verdict=Verdict.CLEAN,
            args={"engine": said.engine, "day": _day(said.signatures_at)},
            engine=said.engine,
            signatures_at=said.signatures_at,
        )

    def ask(self, file: BinaryIO | None, size: int, doubt: Why | None) -> Answer:
        """Return the answer; `doubt` is why it cannot be clean whatever clamd says."""
        try:
            said = clamd.ask(self.settings, file)
        except (TimeoutError, clamd.Broken, OSError) as error:
            return self._silent(error)
        if said.reply is None:
            return self._not(doubt or Why.PROTOCOL, said)
        if found := _NAME.fullmatch(said.reply):
            for name, why in _HEURISTICS:
                if found[1].startswith(name):
                    return self._not(why, said)
            return Answer(
                verdict=Verdict.FOUND,
                name=found[1],
                engine=said.engine,
                signatures_at=said.signatures_at,
            )
        if said.reply.startswith("INSTREAM size limit exceeded"):
            return self._not(Why.TOO_LARGE, said)
        if said.reply != "stream: OK":
            return self._not(Why.PROTOCOL, said)
        doubt = doubt or (Why.CHANGED if said.sent != size else None) or self.doubt(said)
        if doubt is not None:
            return self._not(doubt, said)
        return Answer(verdict=Verdict.CLEAN, engine=said.engine, signatures_at=said.signatures_at)

    def doubt(self, said: clamd.Said) -> Why | None:
        """Return why this scanner's OK is worth nothing, None when it stands."""
        if said.lenient:
            return Why.LENIENT
        if said.signatures_at is None:
            return Why.UNDATED
        if (self.clock.now() - said.signatures_at).days > self.settings.days:
            return Why.OLD
        return None

    def _newer(self, said: clamd.Said) -> Patterns | None:
        """Return what lies on the disk and was not loaded for hours, None where all is loaded."""
        folder = self.settings.database
        disk = on_disk(folder) if folder is not None else None
        if disk is None or said.signatures is None or said.signatures >= int(disk.version):
            return None
        return None if disk.since and self.clock.now() - disk.since < RELOAD else disk

    def limits(self) -> dict[str, str | int | float]:
        """Return our limits, as the sentences name them."""
        return {
            "megabytes": self.settings.size // 1_000_000,
            "seconds": int(self.settings.seconds),
            "depth": self.settings.deepest,
        }

    def _silent(self, error: Exception) -> Answer:
        if isinstance(error, TimeoutError):
            return self._not(Why.TIMEOUT)
        return self._not(Why.PROTOCOL if isinstance(error, clamd.Broken) else Why.DOWN)

    def _not(self, why: Why, said: clamd.Said | None = None) -> Answer:
        made = said.signatures_at if said else None
        args = self.limits()
        if made is not None:
            args["day"] = _day(made)
        return Answer(
            verdict=Verdict.NOT_CHECKED,
            why=why,
            args=args,
            engine=said.engine if said else None,
            signatures_at=made,
        )


def _day(made: dt.datetime | None) -> str:
    return f"{made.astimezone():%Y-%m-%d}" if made else "—"
