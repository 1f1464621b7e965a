"""What a file shows beside its records."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.collect.findings import is_row_limit
from sekisho.collect.gaps import gap_between, missing_days, silent_hours
from sekisho.pages.words import LANGUAGES, catalogue, say

if TYPE_CHECKING:
    from tests.unit.collect.conftest import Desk

HEAD = "アクセス日時,利用者ID,患者ID,処理\n"


def day(number: int, patient: str = "0000123456") -> str:
    """Return one row of a day of October."""
    return f"2026/10/{number:02d} 10:00:00,U1,{patient},参照\n"


def messages(desk: Desk, text: str) -> set[str]:
    """Take `text` in and return what was found; every finding has its sentences."""
    report = desk.take(text)
    assert report.error is None
    for finding in report.findings:
        for language in LANGUAGES:
            for message in (finding.message, f"{finding.message}.why", finding.action):
                assert message in catalogue(language)
                assert "%(" not in say(language, message, **finding.args)
    return {finding.message.removeprefix("collect.") for finding in report.findings}


@pytest.mark.parametrize("rows", [1000, 9999, 10000, 50000, 65535, 65536, 100000, 1048575, 1048576])
def test_row_limits(rows: int) -> None:
    """A file that ends where programs stop, its header counted or not, is at a limit."""
    assert is_row_limit(rows, header=True)


@pytest.mark.parametrize("rows", [1, 100, 998, 65534, 12345, 70000, 150000])
def test_other_counts_are_no_limit(rows: int) -> None:
    """Other counts are no limit."""
    assert not is_row_limit(rows, header=True)


def test_a_file_at_a_limit_is_found(desk: Desk) -> None:
    """A file of exactly 1,000 rows is found; one of 1,001 is not."""
    rows = "".join(f"2026/10/04 {n // 60:02d}:{n % 60:02d}:00,U1,P1,参照\n" for n in range(1000))

    assert messages(desk, HEAD + rows) == {"row_limit"}
    assert messages(desk, HEAD + rows + day(5)) == set()


def test_missing_days_are_found(desk: Desk) -> None:
    """Days without a record in the middle of a file are found."""
    text = HEAD + "".join(day(number) for number in range(1, 31) if number not in {12, 13})

    assert messages(desk, text) == {"missing_days"}


def test_days_on_which_a_place_is_closed_are_no_gap() -> None:
    """A clinic that is closed on Sundays misses no day; a missing Monday is one."""
    days = [dt.date(2026, 10, number) for number in range(1, 32)]
    open_days = [one for one in days if one.weekday() != 6]

    assert missing_days(open_days) == []
    assert missing_days([one for one in open_days if one != dt.date(2026, 10, 12)]) == [
        dt.date(2026, 10, 12)
    ]


def test_numbers_that_a_spreadsheet_broke_are_kept_and_found(desk: Desk) -> None:
    """1.23E+05 is kept as written, counted as doubtful and found."""
    assert messages(desk, HEAD + day(4, "1.23E+05") + day(5)) == {"excel_numbers"}
    assert desk.records[0].patient_ids[0].id == "1.23E+05"


def test_lost_leading_zeros_are_found(desk: Desk) -> None:
    """Ids of many lengths with no leading zero anywhere look cut, and stay as written."""
    rows = "".join(day(4, str(number * 37 + 5)) for number in range(1, 20000, 97))

    assert "lost_zeros" in messages(desk, HEAD + rows)


def test_a_clock_in_the_future_is_found(desk: Desk) -> None:
    """A record from ahead of the present is kept and found."""
    assert messages(desk, HEAD + day(4) + "2026/12/01 10:00:00,U1,P1,参照\n") >= {"future"}
    assert len(desk.records) == 2


def test_mixed_forms_of_time_are_found(desk: Desk) -> None:
    """Times in two forms are read and found."""
    text = HEAD + day(4) + "20261005101112,U1,P1,参照\n" + "令和8年10月6日 10時11分,U1,P1,参照\n"

    assert messages(desk, text) == {"mixed_times"}
    assert len(desk.records) == 3


def test_the_same_matter_has_the_same_key(desk: Desk) -> None:
    """The same file again gives the same finding, not another."""
    text = HEAD + day(1) + day(9)

    first, second = desk.take(text), desk.take(text, "again.csv")

    assert {f.key for f in first.findings} == {f.key for f in second.findings} != set()


def busy(*, without: tuple[tuple[int, int], ...] = (), days: int = 14) -> str:
    """Return two weeks of October with twelve records an hour from 8 to 17 o'clock."""
    return HEAD + "".join(
        f"2026/10/{number:02d} {hour:02d}:{minute:02d}:00,U1,P1,参照\n"
        for number in range(1, days + 1)
        for hour in range(8, 18)
        for minute in range(0, 60, 5)
        if (number, hour) not in without
    )


def test_a_silent_hour_is_found(desk: Desk) -> None:
    """An hour without a record that is busy on like days is found, and which it is."""
    text = busy(without=((6, 10), (6, 11)))

    assert messages(desk, text) == {"silent_hours"}
    report = desk.take(text)
    (finding,) = [one for one in report.findings if one.message == "collect.silent_hours"]
    assert finding.args["hours"] == 2
    assert finding.args["which"] == ["2026-10-06 10", "2026-10-06 11"]


def test_nights_holidays_and_short_logs_are_no_silence(desk: Desk) -> None:
    """Hours that are quiet on other days, a quiet day, and a log of three days say nothing."""
    holiday = tuple((12, hour) for hour in range(9, 18))

    assert messages(desk, busy()) == set()
    assert messages(desk, busy(without=holiday)) == set()
    assert messages(desk, busy(without=((2, 10),), days=3)) == set()


@given(
    st.dictionaries(st.integers(0, 24 * 40), st.integers(1, 60), max_size=400),
)
def test_an_hour_with_records_is_never_silent(hours: dict[int, int]) -> None:
    """Whatever the counts, a silent hour has no record and lies between the first and last."""
    for at in silent_hours(hours):
        hour = int((at - dt.datetime(1970, 1, 1)).total_seconds()) // 3600  # noqa: DTZ001
        assert not hours.get(hour)
        assert min(hours) < hour < max(hours)


def test_a_day_that_is_in_no_file_is_found(desk: Desk) -> None:
    """Between files of a day each, the day that is in none is found, also when it came late."""
    for number in (1, 2, 3, 5, 6, 7, 8):
        desk.take(HEAD + day(number), f"{number}.csv")

    assert messages(desk, HEAD + day(10)) == {"gap_between"}
    assert messages(desk, HEAD + day(9)) == set()


def test_a_day_of_the_week_without_files_is_no_gap() -> None:
    """Where no file ever is of a Sunday, a Sunday between two files is no gap."""
    monday = dt.date(2026, 10, 5)
    weeks = [monday + dt.timedelta(days=7 * week + n) for week in (0, 1) for n in range(6)]
    received = [(one, one) for one in weeks]
    following = monday + dt.timedelta(days=14)

    assert gap_between([following], received) == []
    assert gap_between([following + dt.timedelta(days=1)], received) == [following]
