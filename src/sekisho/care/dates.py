"""Dates as Japanese lists write them: 和暦, slashes, digits, Excel serial numbers."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

Cell = str | int | float | bool | dt.date | dt.time | dt.timedelta | None
"""What a sheet may hold; text from a CSV is a Cell too. (A datetime is a date.)"""

ERAS = {
    "明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018,
    "明": 1867, "大": 1911, "昭": 1925, "平": 1988, "令": 2018,
    "m": 1867, "t": 1911, "s": 1925, "h": 1988, "r": 2018,
}  # fmt: skip
NO_END = frozenset({"9999", "99999999", "999999"})
_DAY = re.compile(
    r"""(?:
    (?P<era>明治|大正|昭和|平成|令和|[明大昭平令mtshr])\.?(?P<eyear>元|\d{1,2})[年./-](?P<emonth>\d{1,2})[月./-](?P<eday>\d{1,2})日?
  | (?P<year>\d{4})[年./-](?P<month>\d{1,2})[月./-](?P<day>\d{1,2})日?
  | (?P<compact>\d{8})(?P<ctime>\d{4}|\d{6})?(?=$|\D)
  | (?P<ecompact>[mtshr]\d{6})(?=$|\D)
    )""",
    re.VERBOSE,
)
_TIME = re.compile(
    r"(?P<half>午前|午後|am|pm)?(?P<hour>\d{1,2})[:時](?P<minute>\d{1,2})(?:[:分](?P<second>\d{1,2})(?:\.\d+)?秒?)?分?(?P<half2>am|pm)?(?:z|[+-]\d\d:?\d\d)?$"
)
_WEEKDAY = re.compile(r"[(（]?[月火水木金土日][曜)）]日?[)）]?")


def moment(cell: Cell) -> tuple[dt.date, dt.time | None]:
    """Return the day and, where it is said, the time in `cell`.

    Raises:
        ValueError: No date can be read in it.
    """
    if isinstance(cell, dt.datetime):
        return cell.date(), (cell.time() if cell.time() != dt.time() else None)
    if isinstance(cell, dt.date):
        return cell, None
    if isinstance(cell, bool) or cell is None or isinstance(cell, dt.time | dt.timedelta):
        raise ValueError("no date")
    if isinstance(cell, int | float):
        return _number(float(cell))
    text = unicodedata.normalize("NFKC", cell).strip().lower()
    try:
        if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
            return _number(float(text))
        return _text(text)
    except OverflowError as error:
        raise ValueError("no date") from error


def day(cell: Cell) -> dt.date:
    """Return the day in `cell`.

    Raises:
        ValueError: No date can be read in it.
    """
    return moment(cell)[0]


def last_day(cell: Cell) -> dt.date | None:
    """Return the last day in `cell`; None for the ways to write "no end" (9999/12/31)."""
    found = day(cell)
    return None if found.year >= 2999 else found


def clock_time(cell: Cell) -> dt.time | None:
    """Return the time of day in `cell`; None where there is none to read."""
    if isinstance(cell, dt.datetime):
        return cell.time()
    if isinstance(cell, dt.time):
        return cell
    if isinstance(cell, dt.timedelta):
        seconds = int(cell.total_seconds())
        return _time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    if isinstance(cell, float) and 0 <= cell < 1:
        seconds = round(cell * 86400)
        return _time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    if isinstance(cell, int | float):
        cell = f"{int(cell):04d}"
    if not isinstance(cell, str):
        return None
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", cell).lower())
    if re.fullmatch(r"\d{3,4}", text):
        return _time(int(text[:-2]), int(text[-2:]), 0)
    if re.fullmatch(r"\d{6}", text):
        return _time(int(text[:2]), int(text[2:4]), int(text[4:]))
    found = _TIME.match(text)
    return _matched(found) if found else None


def _number(value: float) -> tuple[dt.date, dt.time | None]:
    if 19_000_101 <= value <= 29_991_231 or 10**11 <= value < 10**14:
        return _text(str(int(value)))
    if not 10_000 <= value < 110_000:  # Excel serials of the years 1927 to 2201
        raise ValueError("no date")
    whole = dt.datetime(1899, 12, 30) + dt.timedelta(days=int(value))  # noqa: DTZ001 (a calendar day)
    seconds = round(value % 1 * 86400)
    time = _time(seconds // 3600, seconds // 60 % 60, seconds % 60) if seconds else None
    return whole.date(), time


def _text(text: str) -> tuple[dt.date, dt.time | None]:
    compacted = re.sub(r"\s*([年月./-])\s*", r"\1", text)
    found = _DAY.match(compacted)
    if found is None:
        raise ValueError("no date")
    if found["era"]:
        year = ERAS[found["era"]] + (1 if found["eyear"] == "元" else int(found["eyear"]))
        that = dt.date(year, int(found["emonth"]), int(found["eday"]))
    elif found["year"]:
        that = dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
    elif found["ecompact"]:
        part = found["ecompact"]
        that = dt.date(ERAS[part[0]] + int(part[1:3]), int(part[3:5]), int(part[5:7]))
    else:
        part = found["compact"]
        that = (
            dt.date.max
            if part in NO_END
            else dt.date(int(part[:4]), int(part[4:6]), int(part[6:8]))
        )
        if found["ctime"]:
            return that, clock_time(found["ctime"])
    rest = (
        re.sub(r"[\st]", "", _WEEKDAY.sub("", compacted[found.end() :]))
        if found.end() < len(compacted)
        else ""
    )
    if not rest:
        return that, None
    clock = clock_time(rest)
    if clock is None and not rest.startswith(("現", "時点", "付", "から", "以降", "~", "〜")):
        raise ValueError("no date")
    return that, clock


def _matched(found: re.Match[str]) -> dt.time | None:
    hour = int(found["hour"])
    half = found["half"] or found["half2"]
    if half in {"午後", "pm"} and hour < 12:
        hour += 12
    elif half in {"午前", "am"} and hour == 12:
        hour = 0
    return _time(hour, int(found["minute"]), int(found["second"] or 0))


def _time(hour: int, minute: int, second: int) -> dt.time | None:
    if hour > 23 or minute > 59 or second > 59:
        return None
    return dt.time(hour, minute, second)


def overlap(
    a_from: dt.date | None, a_to: dt.date | None, b_from: dt.date | None, b_to: dt.date | None
) -> bool:
    """Return whether two periods share a day; None is open."""
    return (a_from is None or b_to is None or a_from <= b_to) and (
        b_from is None or a_to is None or b_from <= a_to
    )
