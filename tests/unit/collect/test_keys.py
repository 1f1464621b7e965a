"""Equal lines, counted exactly in bounded memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sekisho.collect.keys import Occurrences, line_key


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5)), max_size=300), st.integers(1, 9))
def test_counts_do_not_depend_on_the_bound(rows: list[tuple[int, int]], limit: int) -> None:
    """However few hashes stay in memory, the n-th equal line of a file is the n-th."""
    counted = Occurrences(limit=limit)
    naive: dict[tuple[int, int], int] = {}

    for day, line in rows:
        naive[day, line] = naive.get((day, line), 0) + 1
        assert counted.number(day, f"{day}/{line}") == naive[day, line]
    counted.close()


def test_days_that_come_and_go_raise_the_bound() -> None:
    """A file without order ends with a greater bound instead of endless returns."""
    counted = Occurrences(limit=4)

    for turn in range(2000):
        counted.number(turn % 10, str(turn))

    assert counted.limit > 4
    assert counted.returns < 1000
    counted.close()


def test_keys_tell_source_line_and_occurrence_apart() -> None:
    """Source, line and occurrence each change the key, of 32 lower-case hex digits."""
    keys = {
        line_key(source, line, number)
        for source in ("a", "b")
        for line in ("x", "y")
        for number in (1, 2)
    }

    assert len(keys) == 8
    assert all(len(key) == 32 and set(key) <= set("0123456789abcdef") for key in keys)
