"""The small pictures: whole numbers in, harmless SVG out."""

from __future__ import annotations

import datetime as dt
from xml.etree import ElementTree as ET

import pytest

from sekisho.pages.charts import Span, hour_bars, lanes, parts_bar, usual_day

START, END = dt.date(2026, 10, 1), dt.date(2026, 10, 31)


def test_the_lanes_show_every_access_and_every_visit() -> None:
    """Each access is a red stroke and each visit a blue stretch, in the right place; a hostile title stays text."""
    noon = dt.datetime(2026, 10, 16, 12)  # noqa: DTZ001 (local times as drawn)
    stay = Span(dt.datetime(2026, 10, 1), dt.datetime(2026, 10, 2))  # noqa: DTZ001 (same)
    svg = lanes(
        START,
        END,
        [
            ("<script>", "care", [stay], []),
            ("閲覧", "mark", [], [noon, noon + dt.timedelta(days=1), noon + dt.timedelta(days=99)]),
        ],
    )
    tree = ET.fromstring(svg)
    rects = [e for e in tree.iter() if e.tag.endswith("rect")]
    assert len([r for r in rects if r.get("class") == "care"]) == 1
    marks = [r for r in rects if r.get("class") == "mark"]
    assert len(marks) == 2
    assert float(marks[0].get("x", "").rstrip("%")) == pytest.approx(50, abs=0.1)
    assert "<script>" not in svg
    with pytest.raises(ValueError, match="hostile"):
        lanes(START, END, [("x", 'hostile"', [], [])])


def test_what_lies_outside_the_days_is_not_drawn() -> None:
    """A stay that ended before the period leaves no trace in the picture."""
    gone = Span(dt.datetime(2026, 8, 1), dt.datetime(2026, 8, 9))  # noqa: DTZ001 (local)
    assert 'class="care"' not in lanes(START, END, [("x", "care", [gone], [])])


@pytest.mark.parametrize("days", [1, 28, 31, 90, 366, 2000])
def test_any_length_has_a_readable_axis(days: int) -> None:
    """The axis never carries more than ten dates, however long the period."""
    svg = lanes(START, START + dt.timedelta(days=days - 1), [])
    assert 1 <= svg.count("<text") <= 10


def test_a_usual_day_has_a_bar_an_hour() -> None:
    """Hours without use have neither bar nor stroke; the day looked at stands beside the usual one."""
    svg = usual_day([0.0] * 9 + [4.0] + [0.0] * 14, [0] * 20 + [2] + [0] * 3)
    tree = ET.fromstring(svg)
    kinds = [e.get("class") for e in tree.iter() if e.tag.endswith("rect")]
    assert (kinds.count("care"), kinds.count("mark")) == (1, 1)


def test_parts_fill_the_bar() -> None:
    """The parts of a bar add up to its width, and what is not known is hatched."""
    tree = ET.fromstring(parts_bar([("yes", 900), ("no", 0), ("unknown", 100)], width=1000))
    shown = {r.get("class"): float(r.get("width", "0")) for r in tree.iter() if r.get("x")}
    assert shown["yes"] == pytest.approx(900)
    assert shown["unknown"] == pytest.approx(100)
    assert "no" not in shown


def test_only_known_parts_are_drawn() -> None:
    """A name that is not one of the four kinds is refused, so that no text enters the picture."""
    with pytest.raises(ValueError, match="hostile"):
        parts_bar([('hostile"', 1)])


def test_hours_are_bars_by_their_share() -> None:
    """The greatest hour fills the height, an hour with little is still seen, none has no bar."""
    drawn = str(hour_bars([0, 1, 1000, 0]))

    assert drawn.count('class="care"') == 2
    assert 'height="18.0"' in drawn
    assert 'height="1.5"' in drawn
    assert 'class="care"' not in str(hour_bars([0] * 24))
