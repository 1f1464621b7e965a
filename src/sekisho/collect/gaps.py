"""What is missing within a log, and between the files of one: days, and hours too silent."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from sekisho.errors import Value
from sekisho.terms import Gravity

_BUSY = 10
_ALIKE = 4
_LONG = 92
_SHOWN = 5


def gaps(
    days: Sequence[dt.date],
    hours: Mapping[int, int],
    received: Sequence[tuple[dt.date, dt.date]],
) -> Iterator[tuple[str, Gravity, dict[str, Value]]]:
    """Yield (matter, gravity, values) of what is missing.

    Args:
        days: Local days of a file's records, in order.
        hours: Its records by hours since 1970-01-01 00:00 local.
        received: First and last day of the source's other files.
    """
    for matter, found in (
        ("missing_days", missing_days(days)),
        ("gap_between", gap_between(days, received)),
    ):
        if found:
            shown = [f"{day:%Y-%m-%d}" for day in found[:_SHOWN]]
            yield matter, Gravity.TODAY, {"days": len(found), "which": shown}
    silent = silent_hours(hours)
    if silent:
        shown = [f"{hour:%Y-%m-%d %H}" for hour in silent[:_SHOWN]]
        yield "silent_hours", Gravity.WEEK, {"hours": len(silent), "which": shown}


def missing_days(days: Sequence[dt.date]) -> list[dt.date]:
    """Return days without a record between the first and the last of `days`.

    A weekday that never has records is a day on which the place is closed, not a gap.
    """
    if len(days) < 2:
        return []
    there = set(days)
    first, last = min(there), max(there)
    if (last - first).days > 3660:
        return []
    weekdays = Counter(day.weekday() for day in there)
    whole = (last - first).days >= 14
    gaps = []
    for number in range(1, (last - first).days):
        day = first + dt.timedelta(days=number)
        if day not in there and (weekdays[day.weekday()] or not whole):
            gaps.append(day)
    return gaps


def gap_between(
    days: Sequence[dt.date], received: Sequence[tuple[dt.date, dt.date]]
) -> list[dt.date]:
    """Return days that lie between a file of `days` and the files of `received` beside it.

    Days of the week on which no file ever was are days on which the place is closed.
    """
    if not days or not received:
        return []
    first, last = min(days), max(days)
    if any(begun <= last and first <= ended for begun, ended in received):
        return []
    open_on = {day.weekday() for day in days}
    for begun, ended in received:
        open_on |= {(begun.weekday() + n) % 7 for n in range(min((ended - begun).days, 6) + 1)}
    before = max((ended for _, ended in received if ended < first), default=None)
    after = min((begun for begun, _ in received if begun > last), default=None)
    gaps = []
    for start, end in ((before, first), (last, after)):
        if start is None or end is None or (end - start).days > _LONG:
            continue
        between = (start + dt.timedelta(days=n) for n in range(1, (end - start).days))
        gaps += [day for day in between if day.weekday() in open_on]
    return gaps


def silent_hours(hours: Mapping[int, int]) -> list[dt.datetime]:
    """Return local hours without a record that on like days always have many.

    Like days are weekdays, or days of the week-end, with at least half as many records as
    usual: a holiday is no silence. An hour is looked at where the middle one of `_ALIKE` such
    days or more has `_BUSY` records in it; the file's first and last hour are its edges.

    Args:
        hours: Records by hours since 1970-01-01 00:00 local.
    """
    if not hours:
        return []
    first, last = min(hours), max(hours)
    if last - first > 24 * 3660:
        return []
    found: list[int] = []
    for weekend in (False, True):
        # 1970-01-01 was a Thursday.
        days = [d for d in range(first // 24, last // 24 + 1) if ((d + 3) % 7 > 4) is weekend]
        totals = {day: sum(hours.get(day * 24 + hour, 0) for hour in range(24)) for day in days}
        usual = median(totals.values()) if totals else 0
        alike = [day for day in days if totals[day] and totals[day] >= usual / 2]
        if len(alike) < _ALIKE:
            continue
        for hour in range(24):
            counts = {day * 24 + hour: hours.get(day * 24 + hour, 0) for day in alike}
            if median(counts.values()) >= _BUSY:
                found += [at for at, count in counts.items() if not count and first < at < last]
    epoch = dt.datetime(1970, 1, 1)  # noqa: DTZ001 (local, as the hours are)
    return [epoch + dt.timedelta(hours=hour) for hour in sorted(found)]
