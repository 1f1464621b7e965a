"""Whatever is counted, the page says just that, in the format as it is written."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from tests.exposition import check_histograms, read

from sekisho.terms.tally import Tally, text

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=8)
WORDS |= st.sampled_from(['"', "\\", "a\nb", "患者", "\\n"])
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["count", "time"]),
        st.sampled_from(["a", "b"]),
        WORDS,
        st.integers(1, 5) | st.floats(0, 100, allow_nan=False),
    ),
    max_size=30,
)


@given(events=EVENTS)
def test_the_page_says_what_was_counted(events: list[tuple[str, str, str, float]]) -> None:
    """Sums and counts of the page are those of the events, also after a way through JSON, whatever the labels hold."""
    tally = Tally()
    for kind, name, label, value in events:
        if kind == "count":
            tally.count(f"{name}_total", int(value) or 1, word=label)
        else:
            tally.time(f"{name}_seconds", value, word=label)
    again = Tally.from_plain(json.loads(json.dumps(tally.plain())))
    page = read(text(again.samples(pid="1"), {"a_total": "what a is"}))
    check_histograms(page)
    for name in "ab":
        counted = sum(int(v) or 1 for k, n, _, v in events if (k, n) == ("count", name))
        timed = [v for k, n, _, v in events if (k, n) == ("time", name)]
        assert page.sum(f"{name}_total") == counted
        assert page.sum(f"{name}_seconds_count") == len(timed)
        assert abs(page.sum(f"{name}_seconds_sum") - sum(timed)) < 1e-6
