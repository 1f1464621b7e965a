"""What a file shows beside its records."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from sekisho.collect.findings import is_row_limit, missing_days
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
