"""Read the times of access logs: how systems write them, not how standards wish they did.

Naive times are the source's zone; what is given with a zone keeps its instant. How exact a
time was is kept (`TimePrecision`); what is missing is never made up. ``01/02/2026`` can be
two days: the order is decided by the caller from the whole column (`guess_order`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from sekisho.terms import TimePrecision


class Order(StrEnum):
    """What the parts of a short date mean."""

    YMD = "ymd"
    MDY = "mdy"
    DMY = "dmy"
    SERIAL = "serial"
    """Days since 1899-12-30, as a spreadsheet keeps them."""
    EPOCH = "epoch"
    """Seconds or milliseconds since 1970."""


_ERAS = {
    "令和": 2018,
    "R": 2018,
    "平成": 1988,
    "H": 1988,
    "昭和": 1925,
    "S": 1925,
    "大正": 1911,
    "T": 1911,
    "明治": 1867,
    "M": 1867,
}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1
    )
}
_DATE = r"""
(?:
  (?P<era>令和|平成|昭和|大正|明治|[RHSTM])\s*(?P<ey>元|\d{1,2})\s*[年./-]\s*(?P<em>\d{1,2})\s*[月./-]\s*(?P<ed>\d{1,2})\s*日?
 |(?P<era2>[RH])(?P<e6>\d{6})(?!\d)
 |(?P<y>\d{4})\s*[年/.-]\s*(?P<m>\d{1,2})\s*[月/.-]\s*(?P<d>\d{1,2})\s*日?
 |(?P<c>(?:19|20)\d{6})(?=\d{4}(?:\d{2}(?:\d{3})?)?(?!\d)|\D|$)
 |(?P<a>\d{1,2})[/.-](?P<b>\d{1,2})[/.-](?P<s>\d{4}|\d{2})(?!\d)
 |(?P<nd>\d{1,2})[-\s/](?P<nm>[A-Z]{3})[A-Z]*[-,\s/]+(?P<ny>\d{4})
)
"""
_TIME = r"""
(?:(?P<half>午前|午後|AM|PM)\s*)?
(?:
  (?P<H>\d{1,2}):(?P<M>\d{1,2})(?::(?P<S>\d{1,2})(?:[.,:](?P<f>\d{1,9}))?)?
 |(?P<kH>\d{1,2})\s*時\s*(?:(?P<kM>\d{1,2})\s*分\s*(?:(?P<kS>\d{1,2})(?:\.(?P<kf>\d{1,9}))?\s*秒)?)?
 |(?P<k>\d{4}(?:\d{2}(?:\.?\d{3})?)?)(?![\d:])
)
(?:\s*(?P<half2>午前|午後|AM|PM|A\.M\.|P\.M\.))?
\s*(?P<zone>Z|UTC|GMT|JST|[+-]\d{2}:?\d{2})?
"""
_WEEKDAY = r"(?:\s*(?:\([^()]{1,3}\)|[月火水木金土日]曜日?))?"
_WHOLE = re.compile(rf"{_DATE}{_WEEKDAY}(?:[\sT_-]*{_TIME})?\s*\Z", re.VERBOSE)
_ONLY_TIME = re.compile(rf"{_TIME}\s*\Z", re.VERBOSE)
_ONLY_DATE = re.compile(rf"{_DATE}{_WEEKDAY}", re.VERBOSE)
_ISO = re.compile(
    r"\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?\Z", re.ASCII
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?\Z", re.ASCII)
_EXCEL_ZERO = dt.datetime(1899, 12, 30)  # noqa: DTZ001 (a spreadsheet's day has no zone)
_NAMED = (
    (re.compile(r"\(?[月火水木金土日](?:曜日?)?\)|[月火水木金土日]曜日?"), "(月)"),
    (re.compile(r"午前|午後"), "午前"),
    (re.compile(r"\b[AP]\.?M\b\.?"), "AM"),
    (re.compile(rf"\b(?:{'|'.join(_MONTHS)})[A-Z]*"), "JAN"),
)
"""What differs between two times of one form."""
_FIRST, _LAST = 1970, 2100
_EPOCH_FIRST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC).timestamp()
_EPOCH_LAST = dt.datetime(_LAST, 1, 1, tzinfo=dt.UTC).timestamp()
_HOURS = 20_000
_WITHIN = {
    f":{minute:02d}:{second:02d}": (
        dt.timedelta(minutes=minute, seconds=second),
        TimePrecision.SECOND,
    )
    for minute in range(60)
    for second in range(60)
} | {f":{minute:02d}": (dt.timedelta(minutes=minute), TimePrecision.MINUTE) for minute in range(60)}
"""What may follow the hour, ready made: most lines of a log share their hour with others."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as read: naive where the source gave no zone."""

    at: dt.datetime
    precision: TimePrecision


def read_moment(text: str, order: Order = Order.YMD) -> Moment | None:
    """Return the time that `text` says, or None where it says none."""
    text = unicodedata.normalize("NFKC", text).strip().strip("'\"").upper()
    if order in {Order.SERIAL, Order.EPOCH} and _NUMBER.match(text):
        return _number(text, order)
    found = _WHOLE.match(text)
    if found is None:
        return None
    try:
        day = _day(found, order)
        return None if day is None else _with_time(day, found)
    except (ValueError, OverflowError):
        return None


def read_pair(date: str, time: str, order: Order = Order.YMD) -> Moment | None:
    """Return the time that a date column and a time column say together."""
    date = unicodedata.normalize("NFKC", date).strip().upper()
    time = unicodedata.normalize("NFKC", time).strip().upper()
    if order is Order.SERIAL and _NUMBER.match(date):
        serial = _number(str(int(float(date))), order)
        head = f"{serial.at:%Y-%m-%d}" if serial else date
    else:
        found = _ONLY_DATE.match(date)
        head = found.group(0) if found else date
    if not time:
        return read_moment(head, Order.YMD if order is Order.SERIAL else order)
    if time.isdigit() and len(time) <= 6:
        time = time.zfill(4 if len(time) <= 4 else 6)
    elif _NUMBER.match(time) and float(time) < 1:
        seconds = round(float(time) * 86400)
        time = f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    elif inner := _ONLY_DATE.match(time):
        time = time[inner.end() :].strip(" T")
    return read_moment(f"{head} {time}", Order.YMD if order is Order.SERIAL else order)


def is_time_only(text: str) -> bool:
    """Return whether `text` is a time of day without a date."""
    text = unicodedata.normalize("NFKC", text).strip().upper()
    if _NUMBER.match(text):
        return (text.isdigit() and len(text) in {5, 6}) or 0 < float(text) < 1
    return bool(_ONLY_TIME.match(text))


def _number(text: str, order: Order) -> Moment | None:
    if order is Order.EPOCH:
        value = float(text)
        fine = value > 1e11
        if not _EPOCH_FIRST <= (value / 1000 if fine else value) < _EPOCH_LAST:
            # A patient's number or a mistyped date is no time of 1970.
            return None
        at = dt.datetime.fromtimestamp(value / 1000 if fine else value, dt.UTC)
        return Moment(at, TimePrecision.MILLISECOND if fine else TimePrecision.SECOND)
    value = float(text)
    if not 25569 <= value < 73051:
        return None
    whole = value == int(value)
    at = _EXCEL_ZERO + dt.timedelta(seconds=round(value * 86400))
    return Moment(at, TimePrecision.DAY if whole else TimePrecision.SECOND)


def _day(found: re.Match[str], order: Order) -> dt.datetime | None:
    part = found.groupdict()
    if part["era"]:
        first = 1 if part["ey"] == "元" else int(part["ey"])
        year, month, day = _ERAS[part["era"]] + first, int(part["em"]), int(part["ed"])
    elif part["era2"]:
        six = part["e6"]
        year, month, day = _ERAS[part["era2"]] + int(six[:2]), int(six[2:4]), int(six[4:])
    elif part["y"]:
        year, month, day = int(part["y"]), int(part["m"]), int(part["d"])
    elif part["c"]:
        eight = part["c"]
        year, month, day = int(eight[:4]), int(eight[4:6]), int(eight[6:])
    elif part["nm"]:
        if part["nm"] not in _MONTHS:
            return None
        year, month, day = int(part["ny"]), _MONTHS[part["nm"]], int(part["nd"])
    else:
        numbers = _short(part["a"], part["b"], part["s"], order)
        if numbers is None:
            return None
        year, month, day = numbers
    if not _FIRST <= year <= _LAST:
        return None
    return dt.datetime(year, month, day)  # noqa: DTZ001 (the zone is the source's, given later)


def _short(a: str, b: str, last: str, order: Order) -> tuple[int, int, int] | None:
    if order is Order.MDY or order is Order.DMY:
        year = int(last) if len(last) == 4 else 2000 + int(last)
        return (year, int(a), int(b)) if order is Order.MDY else (year, int(b), int(a))
    if len(last) == 4:
        return None
    return 2000 + int(a), int(b), int(last)


def _with_time(day: dt.datetime, found: re.Match[str]) -> Moment | None:
    part = found.groupdict()
    fraction = part["f"] or part["kf"]
    if part["H"] is not None:
        hour, minute, second = part["H"], part["M"], part["S"]
    elif part["kH"] is not None:
        hour, minute, second = part["kH"], part["kM"] or "0", part["kS"]
    elif part["k"] is not None:
        digits = part["k"].replace(".", "")
        hour, minute, second = digits[:2], digits[2:4], digits[4:6] or None
        fraction = digits[6:] or None
    else:
        return Moment(day, TimePrecision.DAY)
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    half = part["half"] or part["half2"]
    if half in {"午後", "PM", "P.M."} and hours < 12:
        hours += 12
    elif half in {"午前", "AM", "A.M."} and hours == 12:
        hours = 0
    if hours >= 48 or minutes > 59 or seconds > 60:
        return None
    at = day + dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)
    precision = TimePrecision.MINUTE if second is None else TimePrecision.SECOND
    if fraction:
        at += dt.timedelta(milliseconds=int(fraction[:3].ljust(3, "0")))
        precision = TimePrecision.MILLISECOND
    return Moment(_zoned(at, part["zone"]), precision)


def _zoned(at: dt.datetime, zone: str | None) -> dt.datetime:
    if zone is None:
        return at
    if zone in {"Z", "UTC", "GMT"}:
        return at.replace(tzinfo=dt.UTC)
    if zone == "JST":
        return at.replace(tzinfo=dt.timezone(dt.timedelta(hours=9)))
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return at.replace(
        tzinfo=dt.timezone(dt.timedelta(minutes=-minutes if zone[0] == "-" else minutes))
    )


def guess_order(values: Sequence[str]) -> tuple[Order, float, bool]:
    """Return the order that reads most of `values`, the share it reads, and whether it is sure.

    It is not sure where ``01/02/2026`` may be two days and nothing in the sample decides.
    """
    filled = [value for value in values if value.strip()]
    if not filled:
        return Order.YMD, 0.0, False
    read: dict[Order, int] = {}
    days: dict[Order, list[dt.datetime]] = {}
    for order in Order:
        moments = [read_moment(value, order) for value in filled]
        days[order] = [moment.at for moment in moments if moment]
        read[order] = len(days[order])
    ranking = [Order.YMD, Order.MDY, Order.DMY, Order.SERIAL, Order.EPOCH]
    best = max(ranking, key=lambda order: (read[order], -ranking.index(order)))
    sure = True
    if best in {Order.MDY, Order.DMY} and read[Order.MDY] == read[Order.DMY]:
        sure = days[Order.MDY] == days[Order.DMY]
    short = days[Order.DMY] and read[Order.YMD] == read[Order.DMY]
    if best is Order.YMD and short and days[Order.YMD] != days[Order.DMY]:
        # 26/10/04: read as year, month, day; sure once the last part varies as days do.
        sure = len({at.year for at in days[Order.DMY]}) > 3
    return best, read[best] / len(filled), sure


class TimeReader:
    """Reads one column (or a pair) into UTC, fast where the form is the common one.

    `other_forms` counts, by shape, the values that were not in the common form.
    """

    def __init__(self, zone: str, order: Order) -> None:
        self.zone = ZoneInfo(zone)
        self.order = order
        self.other_forms: Counter[str] = Counter()
        self._hours: dict[str, dt.datetime] = {}

    def read(self, text: str) -> tuple[dt.datetime, TimePrecision] | None:
        """Return (UTC, how exact), or None where `text` is no time."""
        hour = self._hours.get(text[:13])
        if hour is not None:
            rest = _WITHIN.get(text[13:])
            if rest is not None:
                return hour + rest[0], rest[1]
        if _ISO.match(text):
            try:
                at = dt.datetime.fromisoformat(text.replace("/", "-"))
            except ValueError:
                at = None
            if at is not None and _FIRST <= at.year <= _LAST:
                if at.tzinfo is None and text[13:] in _WITHIN:
                    self._learn(text[:13], at)
                return self._fine(at, text)
        moment = read_moment(text, self.order)
        if moment is None:
            return None
        if len(self.other_forms) < 50:
            self.other_forms[shape(text)] += 1
        return self._utc(moment.at), moment.precision

    def read_two(self, date: str, time: str) -> tuple[dt.datetime, TimePrecision] | None:
        """Return (UTC, how exact) of a date column and a time column."""
        if len(date) == 10 and 5 <= len(time) <= 12:
            joined = f"{date} {time}"
            if _ISO.match(joined):
                return self.read(joined)
        moment = read_pair(date, time, self.order)
        if moment is None:
            return None
        if len(self.other_forms) < 50:
            self.other_forms[shape(f"{date} {time}")] += 1
        return self._utc(moment.at), moment.precision

    def _learn(self, hour: str, at: dt.datetime) -> None:
        """Keep the hour's UTC, where the zone's offset is the same at its two ends."""
        begun = at.replace(minute=0, second=0)
        ends = begun.replace(minute=59, second=59, tzinfo=self.zone)
        if ends.utcoffset() == begun.replace(tzinfo=self.zone).utcoffset():
            if len(self._hours) > _HOURS:
                self._hours.clear()
            self._hours[hour] = self._utc(begun)

    def _fine(self, at: dt.datetime, text: str) -> tuple[dt.datetime, TimePrecision]:
        precision = TimePrecision.SECOND
        if "." in text:
            precision = TimePrecision.MILLISECOND
            at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        elif text.count(":") - (1 if text[-3:-2] == ":" and len(text) > 19 else 0) == 1:
            precision = TimePrecision.MINUTE
        return self._utc(at), precision

    def _utc(self, at: dt.datetime) -> dt.datetime:
        if at.tzinfo is None:
            at = at.replace(tzinfo=self.zone)
        return at.astimezone(dt.UTC)


def shape(text: str) -> str:
    """Return the form of `text`: digits hidden, and one name for every weekday and month."""
    form = re.sub(r"\d+", "9", unicodedata.normalize("NFKC", text).strip().upper())
    for pattern, name in _NAMED:
        form = pattern.sub(name, form)
    return form[:40]


def shares(values: Iterable[str]) -> tuple[float, float, float]:
    """Return the shares of full times, dates alone and times of day alone in `values`."""
    full = date = time = count = 0
    filled = [value for value in values if value.strip()]
    order, _, _ = guess_order(filled[:200])
    for value in filled:
        count += 1
        if is_time_only(value):
            time += 1
            continue
        moment = read_moment(value, order)
        if moment is None:
            continue
        midnight = moment.at.time() == dt.time() and moment.precision is not TimePrecision.DAY
        if moment.precision is TimePrecision.DAY or midnight:
            date += 1
        else:
            full += 1
    return (full / count, date / count, time / count) if count else (0.0, 0.0, 0.0)


_OFFSETS: dict[tuple[str, int], int] = {}


def offset(zone: str, at: dt.datetime) -> int:
    """Return the zone's offset in seconds at `at`; looked up once an hour of the log."""
    key = (zone, int(at.timestamp()) // 3600)
    found = _OFFSETS.get(key)
    if found is None:
        if len(_OFFSETS) > 50_000:
            _OFFSETS.clear()
        away = at.astimezone(ZoneInfo(zone)).utcoffset()
        found = _OFFSETS[key] = int(away.total_seconds()) if away else 0
    return found


def local_day(at: dt.datetime, zone: str) -> dt.date:
    """Return the day of `at` in `zone`."""
    return at.astimezone(ZoneInfo(zone)).date()
