"""Any grid of known turns, in any layout, is read back cell by cell."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.care.roster.grid import Grid
from sekisho.care.roster.reader import read_grids
from sekisho.care.sheets import Sheet

LETTERS = ["日", "夜", "明", "公", "有", "早", "遅", "準", "深", "A1", "◎", "応4西", "日/委", None]
NAMES = ["山田 花子", "佐藤 一郎", "鈴木 桃子", "高橋 次郎", "田中 実", "伊藤 さくら"]
TODAY = dt.date(2026, 11, 29)
TITLES = [
    "{y}年{m}月 3東 勤務表",
    "令和{r}年{m}月分　３階東病棟",
    "R{r}.{m} 3東",
    "{y}/{m:02d} 3東勤務表",
]
Cells = list[list[Any]]


@st.composite
def months(draw: st.DrawFn) -> tuple[list[dt.date], dict[str, list[str | None]]]:
    """The days of a month, or of one that begins on the 16th or 21st, and the turns of people."""
    year, month = draw(st.integers(2024, 2027)), draw(st.integers(1, 12))
    first = dt.date(year, month, draw(st.sampled_from([1, 1, 16, 21])))
    days = [first + dt.timedelta(n) for n in range(calendar.monthrange(year, month)[1])]
    people = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    turns = {
        name: draw(st.lists(st.sampled_from(LETTERS), min_size=len(days), max_size=len(days)))
        for name in people
    }
    for each in turns.values():
        each[draw(st.integers(0, len(days) - 1))] = "日"
    return days, turns


def _title(draw: Callable[[st.SearchStrategy[str]], str], days: list[dt.date]) -> str:
    last = days[-1]  # a period has the name of the month in which it ends
    return draw(st.sampled_from(TITLES)).format(y=last.year, m=last.month, r=last.year - 2018)


def _told(grid: Grid) -> dict[str, dict[dt.date, str]]:
    return {line.name or "": {t.day: t.text for t in line.turns} for line in grid.lines}


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_grid_is_read_back(data: st.DataObject) -> None:
    """Days across with edges and totals, two halves, or days down: the same people, days and texts come out."""
    days, turns = data.draw(months())
    weekdays = ["月火水木金土日"[day.weekday()] for day in days]
    title = _title(data.draw, days)
    layout = data.draw(st.sampled_from(["across", "halves", "down", "dates", "plan"]))
    left = data.draw(st.sampled_from([[], ["No"], ["職位"], ["チーム", "職位"]]))
    heads: Cells = [[title], []]
    rows: Cells
    if layout == "down":
        rows = [
            [title],
            ["日", "曜", *turns],
            *[
                [day.day, weekdays[n], *[each[n] for each in turns.values()]]
                for n, day in enumerate(days)
            ],
            ["計", None, *[20] * len(turns)],
        ]
    elif layout == "halves":
        rows = [[title]]
        for part in (slice(0, 15), slice(15, None)):
            rows += [
                ["氏名", *[d.day for d in days[part]], "計"],
                [None, *weekdays[part]],
                *[[name, *each[part], 9] for name, each in turns.items()],
                [],
            ]
    else:
        row = days if layout == "dates" else [day.day for day in days]
        rows = [
            *heads,
            [*left, "氏名", *row, "夜勤", "合計"],
            [*[None] * len(left), None, *weekdays],
        ]
        for n, (name, each) in enumerate(turns.items()):
            rows.append([*[n + 1 if head == "No" else "A" for head in left], name, *each, 4, 20])
            if layout == "plan":
                rows[-1][len(left)] = name
        rows += [[*[None] * len(left), "日勤", *[3] * len(days)], ["備考"]]
    [grid] = read_grids(Sheet("Sheet1", rows), around=["Sheet1", "a"], today=TODAY)
    assert _told(grid) == {
        name: {day: text for day, text in zip(days, each, strict=True) if text}
        for name, each in turns.items()
    }
    assert grid.days == days
