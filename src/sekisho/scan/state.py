"""Whether there is a scanner that can be believed, as Evidence for duty ④."""

from __future__ import annotations

import datetime as dt

from sekisho.scan.perform import Judge
from sekisho.scan.records import Settings
from sekisho.terms import Clock, Evidence, Result, SystemClock


def state(settings: Settings | None, clock: Clock | None = None) -> Evidence:
    """Return whether the scanner answers, is set to tell the truth, and how old it is.

    Args:
        settings: None where no scanner is configured.
        clock: The machine's unless given.
    """
    clock = clock or SystemClock()
    now = clock.now()
    answer = Judge(settings, clock).examine() if settings is not None else None
    if answer is None:
        result, message = Result.NOT_CHECKED, "scan.state.none"
    elif answer.why is None:
        result, message = Result.YES, "scan.state.yes"
    else:
        result, message = Result.NO, f"scan.state.{answer.why.value}"
    return Evidence(
        subject="scan.scanner",
        checked_at=now,
        by="scan",
        result=result,
        message=message,
        args=answer.args if answer else {},
        valid_until=now + dt.timedelta(days=1),
    )
