"""Dates as Japanese lists write them."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.care.dates import Cell, clock_time, day, last_day, moment

D = dt.date(2026, 10, 4)


@pytest.mark.parametrize(
    "text",
    [
        "2026/10/4",
        "2026-10-04",
        "２０２６／１０／０４",
        "2026.10.04",
        "2026年10月4日",
        "2026年10月4日(日)",
        "20261004",
        "令和8年10月4日",
        "令和８年１０月０４日",
        "R8.10.4",
        "r08/10/04",
        "R081004",
        "令8.10.4",
        46299,
        46299.0,
        "46299",
        dt.date(2026, 10, 4),
        dt.datetime(2026, 10, 4, 0, 0),  # noqa: DTZ001 (a cell of a workbook)
        20261004,
        "2026/10/04 00:00:00",
        "2026-10-04T00:00:00",
    ],
)
def test_a_day_is_read_however_it_is_written(text: Cell) -> None:
    """和暦, slashes, full width, digits and Excel serial numbers give the same day."""
    assert day(text) == D


@pytest.mark.parametrize(
    ("text", "that"),
    [
        ("平成31年4月30日", dt.date(2019, 4, 30)),
        ("令和元年5月1日", dt.date(2019, 5, 1)),
        ("S64.1.7", dt.date(1989, 1, 7)),
        ("昭和40年12月31日", dt.date(1965, 12, 31)),
    ],
)
def test_every_era_is_known(text: str, that: dt.date) -> None:
    """Each era since Meiji is read, 元年 too."""
    assert day(text) == that


@pytest.mark.parametrize(
    "text",
    ["", "来週", "2026/13/01", "2026/02/30", "10/04/2026", "8.10.4", "令和0年13月1日", True, None, 12.5,
     "2026/10/04 だいたい", "９" * 400, "0001", "1"],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: Cell) -> None:
    """A cell that is no certain date is refused, never guessed."""
    with pytest.raises(ValueError):  # noqa: PT011 (the one error it promises)
        day(text)


@pytest.mark.parametrize("text", ["9999/12/31", "99999999", "2999-12-31"])
def test_no_end_is_no_end(text: str) -> None:
    """The ways to write "no end" are no day."""
    assert last_day(text) is None


@pytest.mark.parametrize(
    ("text", "that"),
    [
        ("2026/10/04 9:05", dt.time(9, 5)),
        ("2026/10/04 09:05:07", dt.time(9, 5, 7)),
        ("2026-10-04T09:05:07.123+09:00", dt.time(9, 5, 7)),
        ("令和8年10月4日 午後9時5分", dt.time(21, 5)),
        ("2026/10/04 9:05 PM", dt.time(21, 5)),
        ("20261004090507", dt.time(9, 5, 7)),
        ("202610040905", dt.time(9, 5)),
        (46299.5, dt.time(12, 0)),
    ],
)
def test_the_time_of_a_visit_is_read(text: Cell, that: dt.time) -> None:
    """A time beside the day is read in each of its forms."""
    assert moment(text) == (D, that)


def test_a_time_alone_is_read() -> None:
    """A column of times is read as text, number, fraction of a day or time."""
    for cell in ("9:05", "0905", 905, dt.time(9, 5), 0.378472222, dt.timedelta(hours=9, minutes=5)):
        assert clock_time(cell) == dt.time(9, 5)
    assert clock_time("25:00") is None
