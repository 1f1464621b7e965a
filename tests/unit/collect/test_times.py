"""Times as systems write them."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.collect.times import Order, TimeReader, guess_order, read_moment, read_pair
from sekisho.terms import TimePrecision, iso

SECOND, MINUTE = TimePrecision.SECOND, TimePrecision.MINUTE
DAY, MILLISECOND = TimePrecision.DAY, TimePrecision.MILLISECOND


@pytest.mark.parametrize(
    ("text", "utc", "precision"),
    [
        ("2026/10/04 22:11:03", "2026-10-04T13:11:03.000Z", SECOND),
        ("2026-10-04T22:11:03", "2026-10-04T13:11:03.000Z", SECOND),
        ("2026-10-04T22:11:03Z", "2026-10-04T22:11:03.000Z", SECOND),
        ("2026-10-04T22:11Z", "2026-10-04T22:11:00.000Z", MINUTE),
        ("2026-10-04T22:11:03.123456+09:00", "2026-10-04T13:11:03.123Z", MILLISECOND),
        ("2026-10-04T22:11:03+0900", "2026-10-04T13:11:03.000Z", SECOND),
        ("2026-10-04 22:11:03,123", "2026-10-04T13:11:03.123Z", MILLISECOND),
        ("2026-10-04 22:11:03 JST", "2026-10-04T13:11:03.000Z", SECOND),
        ("20261004221103", "2026-10-04T13:11:03.000Z", SECOND),
        ("20261004221103123", "2026-10-04T13:11:03.123Z", MILLISECOND),
        ("202610042211", "2026-10-04T13:11:00.000Z", MINUTE),
        ("20261004 221103", "2026-10-04T13:11:03.000Z", SECOND),
        ("2026年10月4日 22時11分", "2026-10-04T13:11:00.000Z", MINUTE),
        ("令和8年10月4日 22時11分", "2026-10-04T13:11:00.000Z", MINUTE),
        ("令和元年5月1日", "2019-04-30T15:00:00.000Z", DAY),
        ("平成31年4月30日 1時2分3秒", "2019-04-29T16:02:03.000Z", SECOND),
        ("R8.10.04", "2026-10-03T15:00:00.000Z", DAY),
        ("R08/10/04 22:11", "2026-10-04T13:11:00.000Z", MINUTE),
        ("R081004", "2026-10-03T15:00:00.000Z", DAY),
        ("２０２６年１０月４日２２時１１分０３秒", "2026-10-04T13:11:03.000Z", SECOND),
        ("2026/10/4 午後10:11:03", "2026-10-04T13:11:03.000Z", SECOND),
        ("2026/10/4 午前0:11:03", "2026-10-03T15:11:03.000Z", SECOND),
        ("2026/10/4 12:05:00 AM", "2026-10-03T15:05:00.000Z", SECOND),
        ("2026/10/4 12:05:00 PM", "2026-10-04T03:05:00.000Z", SECOND),
        ("2026/10/04 24:10", "2026-10-04T15:10:00.000Z", MINUTE),
        ("2026/10/04 25:10:30", "2026-10-04T16:10:30.000Z", SECOND),
        ("2026/10/04(日) 22:11", "2026-10-04T13:11:00.000Z", MINUTE),
        ("04-Oct-2026 22:11:03", "2026-10-04T13:11:03.000Z", SECOND),
        ("2026/10/04", "2026-10-03T15:00:00.000Z", DAY),
        ("2026/10/04 0:00", "2026-10-03T15:00:00.000Z", MINUTE),
    ],
)
def test_forms_of_time(text: str, utc: str, precision: TimePrecision) -> None:
    """Each form that systems write gives its instant in UTC and how exact it was."""
    reader = TimeReader("Asia/Tokyo", Order.YMD)

    found = reader.read(text)

    assert found is not None
    assert (iso(found[0]), found[1]) == (utc, precision)
    assert reader.read(text) == found


@pytest.mark.parametrize(
    "text",
    ["", "合計", "2026/02/30 10:00", "2026/13/01", "99:99", "1900/01/00", "0", "2026/10/04 49:00"],
)
def test_what_is_no_time(text: str) -> None:
    """What is no time is None, never a guess."""
    assert TimeReader("Asia/Tokyo", Order.YMD).read(text) is None


def test_spreadsheet_serials() -> None:
    """A spreadsheet's day number is its time, to the second."""
    moment = read_moment("46299.9243402778", Order.SERIAL)

    assert moment is not None
    assert moment.at == dt.datetime(2026, 10, 4, 22, 11, 3)  # noqa: DTZ001 (naive by nature)


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("2026/10/04", "22:11:03"),
        ("2026/10/04 0:00:00", "22:11:03"),
        ("2026/10/04", "1899/12/30 22:11:03"),
        ("20261004", "221103"),
        ("令和8年10月4日", "22時11分03秒"),
        ("2026/10/04", "0.92434"),
    ],
)
def test_date_and_time_in_two_columns(date: str, time: str) -> None:
    """A date column and a time column give one time."""
    moment = read_pair(date, time)

    assert moment is not None
    assert moment.at == dt.datetime(2026, 10, 4, 22, 11, 3)  # noqa: DTZ001 (naive by nature)


def test_a_morning_time_that_lost_its_zero() -> None:
    """91103 in a time column is 09:11:03."""
    moment = read_pair("20261004", "91103")

    assert moment is not None
    assert moment.at.hour == 9


def test_month_or_day_first_is_a_doubt() -> None:
    """01/02/2026 alone is not sure; one 13 in the column decides."""
    assert guess_order(["01/02/2026 10:00", "03/04/2026 11:00"])[2] is False
    assert guess_order(["01/02/2026", "01/13/2026"]) == (Order.MDY, 1.0, True)
    assert guess_order(["01/02/2026", "13/02/2026"]) == (Order.DMY, 1.0, True)


def test_daylight_saving_hour_is_read_by_its_zone() -> None:
    """In a zone with summer time each hour takes the offset of its own day."""
    reader = TimeReader("Europe/Zurich", Order.YMD)

    winter, summer = reader.read("2026-01-10 12:00:00"), reader.read("2026-07-10 12:00:00")

    assert winter is not None
    assert summer is not None
    assert (winter[0].hour, summer[0].hour) == (11, 10)
