"""Pairs of records: symmetric, one at most, never of one observer."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.review.ledger import MemoryLedger

from sekisho.review import other_side
from sekisho.review.pairs import pair_up
from sekisho.storage import analysis

ROW = st.fixed_dictionaries(
    {
        "day": st.just("2026-10-10"),
        "time": st.integers(0, 4).map(lambda second: f"12:00:0{second}"),
        "source": st.sampled_from(["a", "b", "c"]),
        "user": st.sampled_from([None, "u1", "u2"]),
        "patient": st.sampled_from([None, "p1", "p2"]),
        "action": st.sampled_from(["read", "update", "execute"]),
        "object": st.sampled_from(
            [None, "List/1", "List/2", "List/1 request:x", "List/2 request:x", "request:y"]
        ),
        "terminal": st.sampled_from([None, "t1"]),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12))
def test_pairs_are_symmetric_and_each_record_is_in_one_at_most(rows: list[dict[str, Any]]) -> None:
    """Whatever the records and their order, pairs go both ways and join two observers, each once."""
    ledger = MemoryLedger(rows)
    with analysis() as desk:
        ledger.register(desk, "access")
        since, until = desk.rows(
            "SELECT min(occurred_at), max(occurred_at) + INTERVAL 1 SECOND FROM access"
        )[0]
        pair_up(desk, since=since, until=until)
        pairs = desk.rows("SELECT index, other FROM pair ORDER BY index")
        MemoryLedger(rows[::-1]).register(desk, "access")
        pair_up(desk, since=since, until=until)
        turned = desk.rows("SELECT index, other FROM pair")

    assert len({index for index, _ in pairs}) == len(pairs)
    assert {(other, index) for index, other in pairs} == set(pairs)
    assert all(rows[index]["source"] != rows[other]["source"] for index, other in pairs)
    last = len(rows) - 1
    assert {(last - index, last - other) for index, other in turned} == set(pairs)
    for index in range(min(len(rows), 3)):
        assert other_side(ledger, index) == dict(pairs).get(index)
