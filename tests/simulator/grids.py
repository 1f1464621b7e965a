"""Rosters as wards keep them: a workbook, a sheet a place, a grid of letters, plan over actual."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from tests.simulator.books import Books
from tests.simulator.more_books import short
from tests.simulator.world import Staff, Turn

_LETTERS = (
    {"day": "日", "eve": "準", "night": "夜", "after": "明", "off": "休"},
    {"day": "Ｄ", "eve": "Ｅ", "night": "Ｎ", "after": "／", "off": "公"},  # noqa: RUF001 (as wards write)
    {"day": "○", "eve": "準", "night": "●", "after": "▲", "off": "休"},
)
"""Letters by ward: the one across the corridor writes others."""


def grid(books: Books) -> Path:
    """Write the month's rosters and return the workbook."""
    world = books.world
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    by: dict[str, dict[str, dict[int, Turn]]] = {}
    for turn in world.turns:
        if not 0 <= turn.day < world.days:
            continue
        place = turn.who.place(turn.day) if turn.duty == "support" else turn.place
        by.setdefault(place, {}).setdefault(turn.who.id, {})[turn.day] = turn
    people = {one.id: one for one in world.staff}
    for number, place in enumerate([*world.wards, *(p for p in by if p not in world.wards)]):
        if place in {"当直", "管理当直"} or place not in by:
            continue
        sheet = book.create_sheet(short(place)[:28])
        _ward(books, sheet, place, number, [people[u] for u in by[place]], by[place])
    _on_call(books, book.create_sheet("当直表"))
    path = books.folder / "勤務表_2026年10月.xlsx"
    book.save(path)
    return path


def _ward(
    books: Books,
    sheet: Worksheet,
    place: str,
    number: int,
    people: list[Staff],
    turns: dict[str, dict[int, Turn]],
) -> None:
    world = books.world
    letters = _LETTERS[number % 3 if place in world.wards else 0]
    days = range(world.days)
    sheet.append(
        [
            f"{place}　勤務表",
            *[None] * 4,
            f"令和{world.month.year - 2018}年{world.month.month}月（模擬データ）",
        ]
    )
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=5)
    named = number % 2 == 0  # every other ward writes names alone
    sheet.append(
        [None if named else "職員番号", "氏名", "職種", "予実", *[day + 1 for day in days]]
    )
    sheet.append(
        [None, None, None, None, *["月火水木金土日"[world.date(day).weekday()] for day in days]]
    )
    for one in sorted(people, key=lambda x: (x.duty, x.id)):
        plan: list[str | None] = []
        actual: list[str | None] = []
        for day in days:
            turn = turns[one.id].get(day)
            before = turns[one.id].get(day - 1)
            letter = letters["off"]
            if (
                turn is None
                and before is not None
                and before.shift == "night"
                and world.habit.shifts == 2
            ):
                letter = letters["after"]
            if turn is not None:
                letter = letters[turn.shift]
                if turn.duty == "on_call":
                    letter = "当"
            # A lost sheet's end: nobody kept the last days.
            if place == world.wards[0] and books.missing("rosters", day):
                letter = ""
            support = turn is not None and turn.duty == "support"
            word = f"応({short(turn.place)})" if turn is not None and support else letter
            plan.append(word if turn is not None and turn.planned else letter)
            actual.append(
                word if turn is not None and support and turn.written and not turn.planned else None
            )
        row = sheet.max_row + 1
        sheet.append([None if named else one.id, one.name, one.duty, "予定", *plan])
        sheet.append([None, None, None, "実績", *actual])
        for column in (1, 2, 3):
            sheet.merge_cells(
                start_row=row, start_column=column, end_row=row + 1, end_column=column
            )
    sheet.append([])
    legend = {
        "day": "日勤 8:30-17:00",
        "night": "夜勤 16:30-9:00",
        "after": "夜勤明け",
        "off": "休み",
    }
    if world.habit.shifts == 3:
        legend |= {"eve": "準夜 16:30-0:45", "night": "深夜 0:15-8:45"}
    sheet.append(["凡例", *[f"{letters[key]}：{text}" for key, text in legend.items()]])


def _on_call(books: Books, sheet: Worksheet) -> None:
    """Write who was on call for the house, a row a day."""
    world = books.world
    sheet.append(["当直表（模擬データ）"])
    sheet.append(["日付", "曜日", "当直医", "当直医", "日直医", "管理当直師長"])
    for day in range(world.days):
        night = world.on["当直", day, "night"]
        by_day = world.on["当直", day, "day"]
        head = world.on["管理当直", day, "night"]
        doctors = [one.name for one in night[:2]] + [None] * (2 - min(2, len(night)))
        sheet.append(
            [
                world.date(day).strftime("%Y/%m/%d"),
                "月火水木金土日"[world.date(day).weekday()],
                *doctors,
                " ".join(one.name for one in by_day[:1]) or None,
                " ".join(one.name for one in head) or None,
            ]
        )
