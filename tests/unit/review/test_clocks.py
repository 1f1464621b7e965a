"""Clocks of two systems: told from the same act in both, reported, and never quietly allowed for."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.review.lists import put
from tests.unit.review.month import CROWD, DOCTOR, ONE_STORE, STAYS, WHOLE, Month, read

from sekisho import review
from sekisho.review.clocks import LEAST, estimate, stands_apart
from sekisho.review.doubts import doubts


@settings(max_examples=100, deadline=None)
@given(
    skew=st.integers(-9 * 3600, 9 * 3600),
    near=st.lists(st.integers(-60, 60), min_size=LEAST, max_size=200),
    strange=st.lists(st.integers(-43_200, 43_200), max_size=60),
    order=st.randoms(use_true_random=False),
)
def test_a_clock_is_told_in_any_order_and_despite_strange_pairs(
    skew: int, near: list[int], strange: list[int], order: object
) -> None:
    """With fewer than a quarter strange pairs the median stands within a minute of the true difference; of fewer than thirty pairs nothing is said."""
    strange = strange[: len(near) // 4]
    pairs = [skew + one for one in near] + strange
    order.shuffle(pairs)  # type: ignore[attr-defined]

    found = estimate(pairs)
    assert found["orders"] == len(pairs)
    assert found["seconds"] is not None
    assert abs(found["seconds"] - skew) <= 60
    assert stands_apart(found) == (
        abs(found["seconds"]) >= 120 and found["low"] * found["high"] > 0
    )
    assert estimate(pairs[: LEAST - 1])["seconds"] is None


def test_scattered_pairs_are_no_clock() -> None:
    """Differences spread over hours say nothing about a clock."""
    found = estimate(range(-20_000, 20_000, 100))
    assert (found["seconds"], stands_apart(found)) == (None, False)


@ONE_STORE
@pytest.mark.parametrize("minutes", [6, 0])
def test_a_log_that_is_ahead_is_reported_and_nothing_is_widened(month: Month, minutes: int) -> None:
    """A log six minutes ahead of the orders is a finding and a sentence of the month, one that agrees is neither; a source without pairs is said to be unknown, and what is explained stays the same."""
    month.lists(staff=[DOCTOR, *CROWD], visits=WHOLE, stays=STAYS)
    times = [dt.datetime(2026, 10, 1 + n % 28, 9, n, tzinfo=dt.UTC) for n in range(40)]
    orders = [
        {"patient": f"P{n}", "day": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}:00", "number": f"A{n}",
         "what": "lab", "doctor": "U1", "entered_by": "U1"}
        for n, at in enumerate(times)
    ]  # fmt: skip
    put(month.database, month.clock, orders=orders)
    rows = []
    for n, at in enumerate(times):
        wrote = at + dt.timedelta(minutes=minutes, seconds=n)
        rows.append(
            read("U1", f"P{n}", at.day, time=f"{wrote:%H:%M:%S}", action="create", source="EMR")
        )
    month.log(*rows, read("U1", "P1", 10, source="PACS"))
    month.approve()

    summary = month.run().summary
    emr, pacs = summary["clocks"]
    assert (emr["source"], emr["orders"], round(emr["seconds"] / 60)) == ("EMR", 40, minutes)
    assert (pacs["source"], pacs["orders"], pacs["seconds"]) == ("PACS", 0, None)
    said = dict(doubts(summary))
    assert said["review.doubt.clock.unknown"]["sources"] == ["PACS"]
    wrong = {"review.doubt.clock.ahead", "review.doubt.clock.behind"} & said.keys()
    assert bool(wrong) == bool(minutes)
    found = [one for one in review.findings(month.database) if one.key == "review.clock:EMR"]
    assert len(found) == bool(minutes)
    assert summary["explained"] == 41
