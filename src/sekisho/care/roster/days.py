"""Which days a grid is about: the run of day numbers or dates, and the month that it belongs to."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sekisho.care.dates import ERAS, Cell
from sekisho.errors import InvalidInputError

SHORTEST = 10
"""Days in a run of bare numbers; fewer are no grid (a calendar week is one only with dates)."""
SHORTEST_DATED = 5
_GAP = 3
"""Cells between two days that hold none: columns of one merged day, a weekly total."""
WEEKDAYS = "月火水木金土日"
_ENGLISH = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ERA = r"(?P<era>令和|平成|令|(?<![a-z])[rh])\.?\s*(?P<eyear>元|\d{1,2})"
_YEAR = rf"(?:(?P<year>20\d\d)|{_ERA})"
_DATES = (
    rf"(?:{_YEAR}\s*年\s*)?(?<!\d)(?P<month>\d{{1,2}})\s*月\s*(?P<day>\d{{1,2}})\s*日",
    rf"{_YEAR}(?P<sep>[/.\-])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}})(?!\d)",
    r"(?<![\d/.\-])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?![\d/])",
)
"""A day, with 年月日 or with bars; the year may be missing."""
_FULL = tuple(re.compile(each) for each in _DATES)
_PERIOD = tuple(
    re.compile(rf"{each}\s*(?:\([{WEEKDAYS}]\))?\s*(?:[-~〜～–ー―]|から)") for each in _DATES
)
_MONTH = re.compile(
    rf"{_YEAR}\s*(?P<fiscal>年度)?\s*[年/.\-]?\s*(?P<month>\d{{1,2}})\s*月?(?![\d/])"
)
_COMPACT = re.compile(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])(?!\d)")
_MONTH_ALONE = re.compile(r"(?<![\d/.\-])(\d{1,2})\s*月(?!\s*\d{1,2}\s*日)")
_YEAR_ALONE = re.compile(rf"(?<![\d/.\-]){_YEAR}\s*(?P<fiscal>年度)?(?:年|(?![\d/.\-]))")
_WORD = re.compile(rf"\b({'|'.join(_MONTHS)})[a-z]*\.?\s*,?\s*(20\d\d)")
_DAY = re.compile(
    rf"(\d{{1,2}})\s*日?\s*[(\s]*([{WEEKDAYS}]|mon|tue|wed|thu|fri|sat|sun)?(?:曜日?)?[)・\s祝休]*"
)
_DATED = re.compile(
    rf"(?:(20\d\d)[/.年\-])?(\d{{1,2}})[/月.\-](\d{{1,2}})日?\s*[(\s]*([{WEEKDAYS}])?(?:曜日?)?[)・\s祝休]*"
)
_WEEKDAY = re.compile(rf"[(]?([{WEEKDAYS}]|mon|tue|wed|thu|fri|sat|sun)[a-z]*(?:曜日?)?(?:[・(]?祝[)]?)?[)]?")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """What one cell says of a day: its number, and its month, year and weekday where it says so."""

    day: int
    month: int | None = None
    year: int | None = None
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive days in one row (or one column): `line` the row, `cells` the column of each day."""

    line: int
    cells: tuple[int, ...]
    marks: tuple[Mark, ...]

    @property
    def dated(self) -> bool:
        """Return whether every mark says its month."""
        return all(mark.month for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Clue:
    """A month, a year, or the first day of a period that a text names; the month may be missing."""

    year: int | None
    month: int | None
    day: int | None = None
    fiscal: bool = False


def plain_text(cell: Cell) -> str:
    """Return a cell's text in one width; dates as ISO, so that `clues` reads them."""
    if cell is None or isinstance(cell, bool | dt.time | dt.timedelta):
        return ""
    if isinstance(cell, dt.date):
        month = f"{cell.year}年{cell.month}月"
        return month if cell.day == 1 else f"{month}{cell.day}日から"
    return unicodedata.normalize("NFKC", str(cell)).strip().casefold()


def mark_of(cell: Cell) -> Mark | None:
    """Return the day that a cell names: 1, 「1日」, 「1(木)」, 「10/1」, a date; None where it is none."""
    if isinstance(cell, dt.date):
        return Mark(cell.day, cell.month, cell.year, cell.weekday())
    if isinstance(cell, bool) or cell is None or isinstance(cell, dt.time | dt.timedelta):
        return None
    if isinstance(cell, int | float):
        if cell != int(cell):
            return None
        if 1 <= cell <= 99:
            return Mark(int(cell))
        if 43_000 <= cell < 60_000:  # Excel serials of the years 2017 to 2064
            return mark_of(dt.date(1899, 12, 30) + dt.timedelta(days=int(cell)))
        return None
    if not cell[:1].isdigit():
        return None
    text = unicodedata.normalize("NFKC", cell).strip().casefold()
    if found := _DAY.fullmatch(text):
        return Mark(int(found[1]), weekday=_weekday(found[2]))
    if found := _DATED.fullmatch(text):
        month, day = int(found[2]), int(found[3])
        if 1 <= month <= 12 and 1 <= day <= 31:
            return Mark(day, month, int(found[1]) if found[1] else None, _weekday(found[4]))
    return None


def weekday_of(cell: Cell) -> int | None:
    """Return the weekday that a cell names, Monday 0; None where it names none."""
    if isinstance(cell, dt.date):
        return cell.weekday()
    if not isinstance(cell, str):
        return None
    found = _WEEKDAY.fullmatch(unicodedata.normalize("NFKC", cell).strip().casefold())
    return _weekday(found[1]) if found else None


def are_weekdays(found: Sequence[int | None]) -> bool:
    """Return whether a row's cells are the weekdays of consecutive days; a row of 日 is none."""
    said = [day for day in found if day is not None]
    steps = [(a + 1) % 7 == b for a, b in pairwise(found) if a is not None and b is not None]
    return len(said) * 2 > len(found) and len(steps) > 2 and sum(steps) * 10 >= len(steps) * 8


def _weekday(text: str | None) -> int | None:
    if not text:
        return None
    return WEEKDAYS.index(text) if text in WEEKDAYS else _ENGLISH.index(text)


def runs(row: Sequence[Cell], line: int) -> list[Run]:
    """Return the runs of consecutive days in `row`, long enough to be the head of a grid."""
    found: list[Run] = []
    cells: list[int] = []
    marks: list[Mark] = []

    def close() -> None:
        run = Run(line, tuple(cells), tuple(marks))
        if len(cells) >= (SHORTEST_DATED if marks and run.dated else SHORTEST):
            found.append(run)
        cells.clear()
        marks.clear()

    for place, cell in enumerate(row):
        mark = mark_of(cell) if cell is not None else None
        if mark is None:
            continue
        if cells and not (place - cells[-1] <= _GAP + 1 and _follows(marks[-1], mark)):
            close()
        cells.append(place)
        marks.append(mark)
    close()
    return found


def _follows(one: Mark, other: Mark) -> bool:
    if one.year and other.year and one.month and other.month:
        try:
            before = dt.date(one.year, one.month, one.day)
            return dt.date(other.year, other.month, other.day) - before == dt.timedelta(1)
        except ValueError:
            return False
    return other.day == one.day + 1 or (one.day >= 28 and other.day == 1)


def clues(text: str) -> Iterator[Clue]:
    """Yield the periods, months and years that `text` (see `plain_text`) names, the surest first."""
    rest = text
    for pattern in _PERIOD:
        for found in pattern.finditer(text):
            said = found.groupdict()
            if 1 <= int(said["month"]) <= 12:
                yield Clue(_year(said), int(said["month"]), int(said["day"]))
    for pattern in _FULL:  # 作成日 and the like say no month
        rest = pattern.sub(" ", rest)
    for found in _MONTH.finditer(rest):
        month = int(found["month"])
        if 1 <= month <= 12:
            yield Clue(_year(found.groupdict()), month, fiscal=bool(found["fiscal"]))
    for found in _COMPACT.finditer(rest):
        yield Clue(int(found[1]), int(found[2]))
    for found in _WORD.finditer(rest):
        yield Clue(int(found[2]), _MONTHS.index(found[1]) + 1)
    for found in _MONTH_ALONE.finditer(rest):
        if 1 <= int(found[1]) <= 12:
            yield Clue(None, int(found[1]))
    for found in _YEAR_ALONE.finditer(rest):
        yield Clue(_year(found.groupdict()), None, fiscal=bool(found["fiscal"]))


def _year(said: dict[str, str | None]) -> int | None:
    if year := said.get("year"):
        return int(year)
    if era := said.get("era"):
        count = said.get("eyear")
        return ERAS[era] + (1 if count == "元" else int(count or 0))
    return None


@dataclass(frozen=True, slots=True)
class Dated:
    """The date of each mark, None for days that the month does not have; and how it was found.

    Attributes:
        doubt: Message id of what a person should look at; None where all is certain.
    """

    dates: tuple[dt.date | None, ...]
    doubt: str | None = None


def dates_of(
    run: Run, found: Iterable[Clue], weekdays: Sequence[int | None], today: dt.date
) -> Dated:
    """Return the dates of `run`.

    Args:
        run: The days.
        found: What title, sheet, file and folder say, the nearest first.
        weekdays: The weekday that stands at each day, where one stands there.
        today: Decides a year that is written nowhere, with a doubt.

    Raises:
        InvalidInputError: No month can be found, it has no such days, or the weekdays
            belong to another month.
    """
    if any(mark.day > 31 or mark.day < 1 for mark in run.marks):
        raise InvalidInputError("care.roster.too_many_days", days=max(m.day for m in run.marks))
    known = [mark.weekday if mark.weekday is not None else day for mark, day in zip(run.marks, weekdays, strict=True)]  # fmt: skip
    given = list(found)
    tried: list[tuple[int, int]] = []
    for year, month, doubt in _candidates(run, given, today):
        if (year, month) in tried:
            continue
        tried.append((year, month))
        dates = _dates(run, year, month)
        if dates is not None and _agree(dates, known):
            return Dated(dates, None if sum(d is not None for d in known) >= 5 else doubt)
    if not tried:
        raise InvalidInputError("care.roster.no_month")
    month_text = [f"{year}-{month:02d}" for year, month in tried[:3]]
    if sum(day is not None for day in known) >= 5:
        raise InvalidInputError("care.roster.other_weekdays", months=month_text)
    raise InvalidInputError("care.roster.no_such_day", months=month_text)


def _candidates(
    run: Run, given: Sequence[Clue], today: dt.date
) -> Iterator[tuple[int, int, str | None]]:
    """Yield (year, month of the first day, doubt) in the order in which they are believed."""
    first = run.marks[0]
    wraps = any(b.day < a.day for a, b in zip(run.marks, run.marks[1:], strict=False))
    years = [clue for clue in given if clue.year]
    if first.month:
        yield from (
            (year, month, doubt)
            for year, month, doubt in _years(first.year, first.month, years, today)
        )
        return
    for clue in given:
        if clue.day and clue.month and clue.day == first.day:
            yield from _years(clue.year, clue.month, years, today)
    for clue in given:
        if clue.month is None or clue.day:
            continue
        for year, month, doubt in _years(_of_fiscal(clue), clue.month, years, today):
            if not wraps:
                yield year, month, doubt
                if first.day > 1:  # the first half of a period from the 16th: its weekdays say so
                    yield (*_before(year, month), doubt or "care.roster.period_assumed")
                continue
            # 「10月分」 from the 21st ends in October; 「10月21日から」 begins in it.
            yield (*_before(year, month), doubt or "care.roster.period_assumed")
            yield year, month, doubt or "care.roster.period_assumed"


def _of_fiscal(clue: Clue) -> int | None:
    if clue.year and clue.fiscal and clue.month and clue.month < 4:
        return clue.year + 1
    return clue.year


def _years(
    year: int | None, month: int, years: Sequence[Clue], today: dt.date
) -> Iterator[tuple[int, int, str | None]]:
    if year:
        yield year, month, None
        return
    for clue in years:
        if clue.year:
            yield clue.year + (1 if clue.fiscal and month < 4 else 0), month, None
    # The nearest month of that number, then its neighbours: a weekday row decides among them.
    near = sorted(
        range(today.year - 3, today.year + 2),
        key=lambda y: abs((dt.date(y, month, 15) - today).days),
    )
    for each in near if not years else ():
        yield each, month, "care.roster.year_assumed"


def _before(year: int, month: int) -> tuple[int, int]:
    return (year - 1, 12) if month == 1 else (year, month - 1)


def _dates(run: Run, year: int, month: int) -> tuple[dt.date | None, ...] | None:
    """Return the dates from that month on; None where the run turns on another day than the month."""
    dates: list[dt.date | None] = []
    for place, mark in enumerate(run.marks):
        if place and mark.day < run.marks[place - 1].day:
            if run.marks[place - 1].day < calendar.monthrange(year, month)[1]:
                return None
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        if mark.month and mark.month != month:
            return None
        last = calendar.monthrange(year, month)[1]
        dates.append(dt.date(year, month, mark.day) if mark.day <= last else None)
    return tuple(dates)


def _agree(dates: Sequence[dt.date | None], weekdays: Sequence[int | None]) -> bool:
    said = [(d, w) for d, w in zip(dates, weekdays, strict=True) if d is not None and w is not None]
    if len(said) < 5:
        return True
    return sum(d.weekday() == w for d, w in said) * 10 >= len(said) * 9
