"""Records, filtered and paged by key."""

from __future__ import annotations

import datetime as dt
from typing import cast

import pyarrow as pa
import pytest

from sekisho.console.query import Filter, page_of, pages_of, read_filter, rows_at
from sekisho.errors import InvalidInputError
from sekisho.ledger import Reader
from sekisho.storage import Analysis

ZONE = "Asia/Tokyo"
START = dt.datetime(2026, 10, 1)  # noqa: DTZ001 (the view's times are naive UTC)


class Table:
    """A log of made-up records, with the columns that the ledger's view has."""

    def __init__(self, count: int = 130) -> None:
        patient = pa.struct([("id", pa.string()), ("authority", pa.string())])
        at = [START + dt.timedelta(hours=number // 3) for number in range(count)]
        self.table = pa.table(
            {
                "index": pa.array(range(count), pa.int64()),
                "occurred_at": pa.array(at, pa.timestamp("ms")),
                "time_precision": ["second"] * count,
                "user_id": [f"U{number % 7}" for number in range(count)],
                "user_kind": ["person"] * count,
                "patient_ids": pa.array(
                    [[{"id": f"P{number % 11}", "authority": None}] for number in range(count)],
                    pa.list_(patient),
                ),
                "action": ["read" if number % 2 else "print" for number in range(count)],
                "outcome": ["success"] * count,
                "source": ["emr"] * count,
                "terminal": [None if number % 5 else "PC-1" for number in range(count)],
                "object": [
                    "カルテ 参照" if number % 3 else "処方 INPUT" for number in range(count)
                ],
                "reason": pa.array([None] * count, pa.string()),
            }
        )

    def register(self, analysis: Analysis, name: str = "access") -> None:
        """Make the records readable as the view that the ledger gives."""
        analysis.register(name, self.table)


def _reader(count: int = 130) -> Reader:
    return cast("Reader", Table(count))


def test_pages_follow_each_other_without_gap_or_repetition() -> None:
    """Paging by key shows every record once, newest first, also where times are equal."""
    seen: list[int] = []
    after = ""
    while True:
        rows, after = page_of(_reader(), Filter(after=after), ZONE, 20)
        seen += [row.index for row in rows]
        if not after:
            break
    assert seen == list(range(129, -1, -1))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"user": "U3"}, lambda n: n % 7 == 3),
        ({"patient": "P4"}, lambda n: n % 11 == 4),
        ({"action": "print"}, lambda n: n % 2 == 0),
        ({"terminal": "PC-1"}, lambda n: n % 5 == 0),
        ({"text": "input"}, lambda n: n % 3 == 0),
        ({"source": "other"}, lambda n: False),
        ({"start": "2026-10-02", "end": "2026-10-02"}, lambda n: 15 <= n // 3 < 39),
        ({"user": "U3", "action": "print"}, lambda n: n % 7 == 3 and n % 2 == 0),
    ],
)
def test_a_filter_shows_what_it_says(query: dict[str, str], expected: object) -> None:
    """Each condition of the address holds, days are local days, and conditions are joined."""
    assert callable(expected)
    rows, _ = page_of(_reader(), read_filter(query), ZONE, 200)
    assert [row.index for row in rows] == [n for n in range(129, -1, -1) if expected(n)]


@pytest.mark.parametrize(
    "query",
    [
        {"start": "yesterday"},
        {"end": "2026-13-01"},
        {"action": "steal"},
        {"outcome": "x"},
        {"after": "7"},
        {"after": "1e99.3"},
        {"after": "99999999999999999999.3"},
    ],
)
def test_a_wrong_filter_is_refused_by_name(query: dict[str, str]) -> None:
    """A filter that cannot be read is an input error with a sentence, never a failure."""
    with pytest.raises(InvalidInputError, match=r"console\.filter"):
        read_filter(query)


def test_hostile_text_is_only_text() -> None:
    """What a person types is bound as a value and can neither end nor change the question."""
    hostile = "' OR 1=1; DROP VIEW access; --"
    for name in ("user", "patient", "source", "terminal", "text"):
        rows, after = page_of(_reader(), read_filter({name: hostile}), ZONE)
        assert (rows, after) == ([], "")


def test_an_empty_log_has_an_empty_page() -> None:
    """Before the first import there is no page and no error."""
    assert page_of(_reader(0), Filter(), ZONE) == ([], "")


def test_the_filter_stands_in_the_address() -> None:
    """An address carries exactly what is chosen, escaped, so that it can be sent to a colleague."""
    wanted = read_filter({"user": "U 1&x", "start": "2026-10-01"})
    assert wanted.address("/records") == "/records?start=2026-10-01&user=U+1%26x"
    assert wanted.address("/records", user="", start="") == "/records"


def test_an_export_gives_every_page() -> None:
    """An export holds every record that the filter shows."""
    found = [row.index for rows in pages_of(_reader(), Filter(user="U2"), ZONE) for row in rows]
    assert found == [n for n in range(129, -1, -1) if n % 7 == 2]


def test_records_by_number_come_oldest_first() -> None:
    """The records of a case are read by their numbers in the order of time."""
    assert [row.index for row in rows_at(_reader(), [9, 3, 5])] == [3, 5, 9]
    assert rows_at(_reader(), []) == []
