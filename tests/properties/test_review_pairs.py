"""Records of one act: joined whole, never with those of another act, nor of one observer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.review.ledger import MemoryLedger
from tests.unit.review.test_pairs import owned

from sekisho.review import other_sides
from sekisho.review.pairs import pair_up
from sekisho.storage import Analysis, analysis

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
IDS = owned(("b", "b-u1", "u1"), ("b", "b-u2", "u2"), ("c", "c-u1", "u1"), ("c", "u1", "u2"))
"""In `b` and `c` people have ids of their own, and one of `c` is another's elsewhere."""


@pytest.fixture(scope="module")
def desk() -> Iterator[Analysis]:
    """Where acts are looked for, each time anew."""
    with analysis() as made:
        yield made


def _acts(
    desk: Analysis, rows: list[dict[str, Any]]
) -> tuple[dict[int, int], set[tuple[int, int]]]:
    """Return the act of each record that shares one, and each two records of one act."""
    MemoryLedger(rows).register(desk, "access")
    since, until = desk.rows(
        "SELECT min(occurred_at), max(occurred_at) + INTERVAL 1 SECOND FROM access"
    )[0]
    pair_up(desk, IDS, since=since, until=until)
    return (
        dict(desk.rows("SELECT index, act FROM joined")),
        set(desk.rows("SELECT index, other FROM pair")),
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12))
def test_who_shares_an_act_does_so_with_each_other(
    desk: Analysis, rows: list[dict[str, Any]]
) -> None:
    """Whatever the records and their order, one act has one record of each observer, and what is shared goes all ways."""
    acts, pairs = _acts(desk, rows)
    turned = _acts(desk, rows[::-1])[1]

    assert pairs == {
        (one, other) for one in acts for other in acts if one != other and acts[one] == acts[other]
    }
    assert set(Counter((act, rows[index]["source"]) for index, act in acts.items()).values()) <= {1}
    last = len(rows) - 1
    assert {(last - index, last - other) for index, other in turned} == pairs
    around = other_sides(MemoryLedger(rows), IDS, 0)
    assert around == sorted(other for one, other in pairs if one == 0)


ACT = st.fixed_dictionaries(
    {
        "at": st.integers(0, 8),
        "user": st.sampled_from(["u1", "u2"]),
        "patient": st.sampled_from(["p1", "p2"]),
        "object": st.sampled_from(["List/1", "List/2"]),
        "request": st.booleans(),
        "late": st.lists(st.integers(0, 1), min_size=4, max_size=4),
        "silent": st.lists(st.sampled_from(["", "user", "patient"]), min_size=4, max_size=4),
    }
)


@settings(max_examples=30, deadline=None)
@given(st.lists(ACT, min_size=1, max_size=4), st.integers(2, 4), st.randoms())
def test_two_acts_are_never_one(
    desk: Analysis, acts: list[dict[str, Any]], observers: int, dice: Any
) -> None:
    """Where two to four systems observe every act, none is joined with another, and a request's own id joins all of it."""
    rows: list[dict[str, Any]] = []
    for number, act in enumerate(acts):
        for place, source in enumerate("abcd"[:observers]):
            user = act["user"]
            form = {
                ("b", "u1"): "b-u1",
                ("b", "u2"): "b-u2",
                ("c", "u1"): "c-u1",
                ("c", "u2"): "u1",
            }
            row = {
                "of_act": number,
                "day": "2026-10-10",
                "time": f"12:00:{act['at'] + act['late'][place]:02d}",
                "source": source,
                "user": form.get((source, user), user),
                "patient": act["patient"],
                "object": act["object"],
                "terminal": "t1",
            }
            if act["request"]:
                # Who writes down the request's id may leave something else out.
                row["object"] += f" request:{number}"
                row.pop(act["silent"][place], None)
            rows.append(row)
    dice.shuffle(rows)

    joined, _ = _acts(desk, rows)

    for shared in set(joined.values()):
        members = [rows[index]["of_act"] for index, one in joined.items() if one == shared]
        assert len(set(members)) == 1
    for number, act in enumerate(acts):
        mine = [index for index, row in enumerate(rows) if row["of_act"] == number]
        if act["request"]:
            assert len({joined.get(index) for index in mine} - {None}) == 1
            assert all(index in joined for index in mine)
