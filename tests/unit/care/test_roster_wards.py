"""Rosters as ten wards make them: the turns that everybody there would read are read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from tests.unit.care.wards import CYCLE, DAYS, OCTOBER, WEEKDAYS, Rows, Ward, month

from sekisho import care
from sekisho.care import Kind, LoadReport
from sekisho.care.tables import ROSTER, ROSTER_GRID
from sekisho.storage import Database
from sekisho.terms import FixedClock


@pytest.fixture
def ward(tmp_path: Path, database: Database, clock: FixedClock) -> Ward:
    """A hospital with a staff list."""
    return Ward(tmp_path, database, clock)


@pytest.mark.store
def test_a_plain_month_of_one_ward(ward: Ward) -> None:
    """Title, weekdays, people down, totals at both edges, a legend: the turns come out, with their hours."""
    night = ["夜", "明", "公", "日"]
    report = ward.give(
        [
            ["令和8年10月分　3階東病棟　勤務予定表"],
            ["職位", "氏名", *range(1, 32), "夜勤回数", "合計"],
            [None, None, *WEEKDAYS],
            ["師長", "山田 花子", *["日"] * 31, 0, 31],
            [None, "佐藤　一郎", *[night[n % 4] for n in range(31)], 8, 24],
            [None, "夜勤", *[1] * 31],
            [],
            ["凡例", "日：8:30～17:15　夜：16:30～9:00"],
        ],
        merge=["A1:AI1"],
    )
    assert report.taken_for is Kind.ROSTERS
    assert (report.first, report.last, report.rows) == (OCTOBER[0], OCTOBER[-1], 62)
    assert report.doubts == []
    assert {turn.user_id for turn in ward.turns()} == {"1001", "1002"}
    first, second, third, fourth, *_ = ward.turns("1002")
    assert (first.shift, first.start, first.end, first.place) == (
        "夜", "16:30:00", "09:00:00", "3階東病棟",
    )  # fmt: skip
    assert (second.shift, second.start, second.end) == ("明", "00:00:00", "09:00:00")
    assert (third.shift, third.duty) == ("公", "off")
    assert (fourth.day, fourth.start, fourth.end) == (OCTOBER[3], "08:30:00", "17:15:00")
    assert first.origin.endswith("roster.xlsx [Sheet1] C5")


def _people(report: LoadReport) -> tuple[Any, Any, Any]:
    assert report.error is None, report.error
    assert report.why is not None
    about = report.why[1]
    return about["place"], about["first"], about["people"]


MONTHS: dict[str, tuple[Rows, str, str]] = {
    "era with a dot": (month(("山田 花子", CYCLE), title="R8.10 3東勤務表"), "Sheet1", "a.xlsx"),
    "era in words": (month(("山田 花子", CYCLE), title="令和８年１０月分 ３階東病棟"), "s", "a.xlsx"),
    "month in the sheet, year in the file": (
        month(("山田 花子", CYCLE), title="3東 勤務表"), "10月", "2026年度勤務表.xlsx",
    ),
    "month in the file": (month(("山田 花子", CYCLE), title="3東"), "s", "勤務表_202610.xlsx"),
    "month in the file with a bar": (month(("山田 花子", CYCLE), title="3東"), "s", "2026-10_3E.xlsx"),
    "four cells": ([["3東", 2026, "年", 10, "月", "勤務表"], *month(("山田 花子", CYCLE))[1:]], "s", "a.xlsx"),
    "a date in the title": ([[dt.date(2026, 10, 1), "3東"], *month(("山田 花子", CYCLE))[1:]], "s", "a.xlsx"),
    "dates for days": (month(("山田 花子", CYCLE), title="3東", days=OCTOBER), "s", "a.xlsx"),
    "days with 日": (
        month(("山田 花子", CYCLE), days=[f"{n}日" for n in DAYS]), "s", "a.xlsx",
    ),
    "days with weekday": (
        month(("山田 花子", CYCLE), title="10月 3東", days=[f"{d.day}({w})" for d, w in zip(OCTOBER, WEEKDAYS, strict=True)]),
        "s", "a.xlsx",
    ),
    "month and day": (
        month(("山田 花子", CYCLE), title="3東 2026年", days=[f"{d.month}/{d.day}" for d in OCTOBER]), "s", "a.xlsx",
    ),
    "only the weekdays tell the year": (
        [["10月 3東 勤務表"], ["氏名", *DAYS], [None, *WEEKDAYS], ["山田 花子", *CYCLE]], "s", "a.xlsx",
    ),
    "full width": (
        month(("山田　花子", CYCLE), title="２０２６年１０月　３東", days=[str(n).translate(str.maketrans("0123456789", "０１２３４５６７８９")) for n in DAYS]),
        "s", "a.xlsx",
    ),
    "weekdays over the days": (
        [["2026/10 3東"], [None, *WEEKDAYS], ["氏名", *DAYS], ["山田 花子", *CYCLE]], "s", "a.xlsx",
    ),
    "English": (
        [["October 2026 ward 3E"], ["Name", *DAYS], ["山田 花子", *CYCLE]], "s", "a.xlsx",
    ),
    "two half months": (
        [["2026年10月 3東"], ["氏名", *DAYS[:15]], ["山田 花子", *CYCLE[:15]], [], ["氏名", *DAYS[15:]], ["山田 花子", *CYCLE[15:]]],
        "s", "a.xlsx",
    ),
    "ids and numbers beside the names": (
        [["2026年10月 3東"], ["No", "職員番号", "氏名", "チーム", *DAYS, "日", "夜"], *[[n, 1001 + n, None, "A", *CYCLE, 8, 8] for n in range(1)]],
        "s", "a.xlsx",
    ),
    "no head at all": (
        [["2026年10月 3東"], [None, None, *DAYS], [1, "山田 花子", *CYCLE], [2, "鈴木 桃子", *(["休"] * 31)]], "s", "a.xlsx",
    ),
    "the month's name beside the days": ([["3東"], ["2026年10月", *DAYS], ["山田花子", *CYCLE]], "s", "a.xlsx"),
}  # fmt: skip


def test_the_month_is_found_wherever_it_stands(ward: Ward) -> None:
    """Year, month, days and name come out of every way in which hospitals write them."""
    for shape, (rows, sheet, file) in MONTHS.items():
        with ward.database.write() as c:
            c.execute(ROSTER.delete())
            c.execute(ROSTER_GRID.delete())
        report = ward.give(rows, sheet=sheet, file=file)
        assert report.error is None, (shape, report.error)
        assert (report.first, report.last) == (OCTOBER[0], OCTOBER[-1]), shape
        told = {(turn.day, turn.shift) for turn in ward.turns("1001")}
        assert told == set(zip(OCTOBER, CYCLE, strict=True)), shape
        assert {turn.place for turn in ward.turns("1001", "work")} <= {"3東", "3階東病棟", "3E"}, (
            shape
        )


def test_a_month_that_begins_on_the_21st(ward: Ward) -> None:
    """A roster from the 21st to the 20th lies in two months; the weekdays say in which."""
    days = [dt.date(2026, 9, 21) + dt.timedelta(n) for n in range(30)]
    rows: Rows = [
        ["令和8年10月度 3東勤務表"],
        ["氏名", *[day.day for day in days]],
        [None, *["月火水木金土日"[day.weekday()] for day in days]],
        ["山田 花子", *CYCLE[:30]],
    ]
    report = ward.give(rows)
    assert (report.first, report.last, report.doubts[0].message) == (
        days[0], days[-1], "care.roster.open_time",
    )  # fmt: skip
    assert [turn.day for turn in ward.turns("1001")] == days


def test_without_weekdays_the_period_is_doubted(ward: Ward) -> None:
    """Where nothing says in which month the 21st lies, it is read as ending in the title's month, and asked."""
    days = [dt.date(2026, 9, 16) + dt.timedelta(n) for n in range(30)]
    report = ward.give(
        [["2026年10月 3東"], ["氏名", *[d.day for d in days]], ["山田 花子", *CYCLE[:30]]]
    )
    assert report.first == days[0]
    assert "care.roster.period_assumed" in [doubt.message for doubt in report.doubts]


def test_the_worked_line_has_the_last_word(ward: Ward) -> None:
    """予定 over 実績: both are kept, and a blank in the second leaves the plan."""
    worked = ["日" if n == 4 else None for n in range(31)]
    ward.give(
        [
            ["2026年10月 3東"],
            ["氏名", None, *DAYS],
            ["山田 花子", "予定", *CYCLE],
            [None, "実績", *worked],
            ["佐藤 一郎", "予定", *CYCLE],
            [None, "実績", *(["休"] * 31)],
        ],
        merge=["A3:A4", "A5:A6"],
    )
    rosters = care.snapshot(ward.database)["rosters"].to_pylist()
    mine = {row["day"].day: row["shift"] for row in rosters if row["user_id"] == "1001"}
    assert mine == {n + 1: ("日" if n == 4 else CYCLE[n]) for n in range(31)}
    assert {row["duty"] for row in rosters if row["user_id"] == "1002"} == {"off"}


def test_several_wards_on_one_sheet(ward: Ward) -> None:
    """A heading between the lines, a block of its own, or a column says the ward of a line."""
    heading: Rows = [["2026年10月 看護部 勤務表"], ["氏名", *DAYS], ["3階東病棟"], ["山田 花子", *CYCLE], ["4階西病棟"], ["鈴木 桃子", *CYCLE]]  # fmt: skip
    blocks: Rows = [["2026年10月"], ["3階東病棟"], ["氏名", *DAYS], ["山田 花子", *CYCLE], ["合計", *[1] * 31], [], ["4階西病棟"], ["氏名", *DAYS], ["鈴木 桃子", *CYCLE]]  # fmt: skip
    column: Rows = [["2026年10月"], ["病棟", "氏名", *DAYS], ["3階東病棟", "山田 花子", *CYCLE], ["4階西病棟", "鈴木 桃子", *CYCLE]]  # fmt: skip
    for number, rows in enumerate((heading, blocks, column)):
        reports = ward.give_all({"s": rows}, file=f"{number}.xlsx")
        assert sorted(_people(report) for report in reports) == [
            ("3階東病棟", "2026-10-01", 1), ("4階西病棟", "2026-10-01", 1),
        ], number  # fmt: skip
        places = {(turn.user_id, turn.place) for turn in ward.turns(duty="work")}
        assert places == {("1001", "3階東病棟"), ("1004", "4階西病棟")}


def test_a_sheet_for_each_ward(ward: Ward) -> None:
    """A sheet's name is the ward of its roster; a sheet of remarks is passed over."""
    reports = ward.give_all(
        {
            "3東": [["2026年10月"], ["氏名", *DAYS], ["山田 花子", *CYCLE]],
            "4西": [["2026年10月"], ["氏名", *DAYS], ["鈴木 桃子", *CYCLE]],
            "記入のしかた": [["勤務表は毎月20日までに出してください"]],
        }
    )
    assert [_people(report)[0] for report in reports] == ["3東", "4西"]


def test_days_down_and_people_across(ward: Ward) -> None:
    """A sheet that stands on its side says the same."""
    rows: Rows = [
        ["2026年10月 3東病棟 勤務表"],
        ["日", "曜", "山田花子", "佐藤一郎", "日勤者数"],
        *[[n + 1, WEEKDAYS[n], CYCLE[n], CYCLE[(n + 1) % 31], 2] for n in range(31)],
        ["夜勤回数", None, 8, 8],
    ]
    ward.give(rows)
    assert [turn.shift for turn in ward.turns("1001")] == CYCLE
    assert len(ward.turns("1002")) == 31
    assert {turn.user_id for turn in ward.turns()} == {"1001", "1002"}


def test_a_table_of_duties(ward: Ward) -> None:
    """当直表: a row a day, names under 内科当直 and 外科当直; each stands there on call, with its department."""
    rows: Rows = [
        ["2026年10月 当直表"],
        ["日", "曜日", "内科当直", "外科当直", "待機", "備考"],
        *[[n + 1, WEEKDAYS[n], "高橋", "田中 実" if n % 2 else None, "高橋 医、田中", None] for n in range(31)],
    ]  # fmt: skip
    report = ward.give(rows, file="当直.xlsx")
    assert report.error is None
    told = {(turn.user_id, turn.place, turn.duty) for turn in ward.turns()}
    assert told == {
        ("2001", "内科", "on_call"), ("2002", "外科", "on_call"),
        ("2001", "待機", "on_call"), ("2002", "待機", "on_call"),
    }  # fmt: skip
    assert len(ward.turns("2001")) == 62


def test_only_a_doctor_stands_under_a_doctors_head(ward: Ward) -> None:
    """Of two people of one name the doctor is the 当直医; under a head for anybody neither is guessed."""
    (ward.folder / "more.csv").write_text(
        "職員番号,氏名,職種,所属\n2001,高橋 医,医師,内科\n3002,高橋 医,作業療法士,リハビリ\n",
        encoding="utf-8",
    )
    care.load([ward.folder / "more.csv"], database=ward.database, clock=ward.clock)
    rows: Rows = [
        ["2026年10月 当直表"],
        ["日", "曜日", "当直医", "待機者"],
        *[[n + 1, WEEKDAYS[n], "高橋 医", "高橋 医"] for n in range(31)],
    ]
    ward.give(rows, file="当直.xlsx")
    assert [(turn.user_id, turn.shift) for turn in ward.turns()] == [("2001", "当直")] * 31


def test_duties_under_two_heads_and_with_hours(ward: Ward) -> None:
    """Two rows of heads are one head; hours in a head are the hours of its turns."""
    rows: Rows = [
        ["令和8年10月 医師当直予定表"],
        ["日付", "当直（17:15～8:30）", None],
        [None, "内科", "外科"],
        *[[day, "2001 高橋", "田中"] for day in OCTOBER],
    ]
    ward.give(rows, merge=["B2:C2"])
    [first, *_] = ward.turns("2001")
    assert (first.place, first.start, first.end, first.duty) == ("内科", "17:15:00", "08:30:00", "on_call")  # fmt: skip
    assert len(ward.turns("2002")) == 31


def test_who_is_called_in_for_each_department(ward: Ward) -> None:
    """オンコール表 with departments for heads, or a row for 日直 and one for 当直: on call, at the department."""
    calls: Rows = [["オンコール表（2026年10月）"], ["月日", "内科", "外科"], *[[f"10月{n}日", "高橋", "田中"] for n in DAYS]]  # fmt: skip
    ward.give(calls)
    told = {(turn.user_id, turn.place, turn.duty) for turn in ward.turns()}
    assert told == {("2001", "内科", "on_call"), ("2002", "外科", "on_call")}
    rows: Rows = [
        ["2026年11月 当直表"],
        ["日", "曜", "", "内科系"],
        *[
            row
            for n in range(30)
            for row in (
                [n + 1, "日月火水木金土"[n % 7], "日直", "高橋"],
                [None, None, "当直", "田中 実"],
            )
        ],
    ]
    ward.give(rows, file="november.xlsx")
    november = {
        (turn.user_id, turn.shift, turn.place) for turn in ward.turns() if turn.day.month == 11
    }
    assert november == {("2001", "日直", "内科"), ("2002", "当直", "内科")}


CELLS: dict[str, list[tuple[str, str, str | None]]] = {
    "日/委": [("日", "work", "3東"), ("委", "work", "3東")],
    "日\n会": [("日", "work", "3東"), ("会", "work", "3東")],
    "深準": [("深", "work", "3東"), ("準", "work", "3東")],
    "日当直": [("日当直", "on_call", "3東")],
    "日 待機": [("日", "work", "3東"), ("待機", "on_call", "3東")],
    "応4西": [("応4西", "support", "4西")],
    "4E応": [("4e応", "support", "4e")],
    "応援（ICU）": [("応援(icu)", "support", "icu")],
    "応": [("応", "support", None)],
    "日(応4西)": [("応4西", "support", "4西")],
    "日（委員会）": [("日", "work", "3東")],
    "日※": [("日", "work", "3東")],
    "研修": [("研修", "work", None)],
    "午前休": [("午前休", "work", "3東")],
    "半有": [("半有", "work", "3東")],
    "8:30～12:30": [("8:30~12:30", "work", "3東")],
    "有給": [("有給", "off", None)],
    "産前産後休暇": [("産前産後休暇", "off", None)],
    "明": [("明", "work", "3東")],
    "夜勤入り": [("夜勤入り", "work", "3東")],
    "早2": [("早2", "work", "3東")],
    "長日勤": [("長日勤", "work", "3東")],
    "宿": [("宿", "on_call", "3東")],
    "◆": [],
    "×": [],
}


def test_what_cells_say(ward: Ward) -> None:
    """Half turns, committees, helpers and their place, two turns in a cell; what nobody knows is no turn."""
    for number, (text, wanted) in enumerate(CELLS.items()):
        ward.give(
            [["2026年10月 3東"], ["氏名", *DAYS], ["山田 花子", text, *["公"] * 30]],
            file=f"{number}.xlsx",
        )
        told = [
            (turn.shift, turn.duty, turn.place)
            for turn in ward.turns("1001")
            if turn.day == OCTOBER[0]
        ]
        assert sorted(told, key=str) == sorted(wanted, key=str), text


def test_latin_letters_are_work_where_days_off_have_a_letter(ward: Ward) -> None:
    """A, B, N are work on a ward that writes its days off as 公; elsewhere they are asked."""
    latin = ["A", "B", "N", "公"] * 8
    report = ward.give([["2026年10月 3東"], ["氏名", *DAYS], ["山田 花子", *latin[:31]]])
    assert len(ward.turns("1001", "work")) == 24
    assert [doubt.message for doubt in report.doubts] == ["care.roster.open_time"]
    report = ward.give([["2026年10月 4西"], ["氏名", *DAYS], ["鈴木 桃子", *(["A", "B", "F"] * 11)[:31]]], file="b.xlsx")  # fmt: skip
    assert ward.turns("1004") == []
    assert report.doubts[0].message == "care.roster.open_duty"


def test_the_legend_may_be_a_table(ward: Ward) -> None:
    """A legend of letter, name and two times, beside or under the grid, gives the hours."""
    rows: list[list[Any]] = [
        ["2026年10月 3東"],
        ["氏名", *DAYS, None, "記号", "名称", "開始", "終了"],
        ["山田 花子", *["◎", "△", "公"] * 10, "◎", None, "◎", "ロング日勤", "8:00", "20:30"],
        ["鈴木 桃子", *["公"] * 31, None, "△", "夜勤", dt.time(20), dt.time(8, 30)],
    ]
    ward.give(rows)
    long, night, *_ = ward.turns("1001")
    assert (long.start, long.end, night.start, night.end) == (
        "08:00:00", "20:30:00", "20:00:00", "08:30:00",
    )  # fmt: skip


REFUSED: dict[str, tuple[Rows, str]] = {
    "no month": ([["3東 勤務表"], ["氏名", *DAYS], ["山田 花子", *CYCLE]], "care.roster.no_month"),
    "nobody": ([["2026年10月 3東"], ["氏名", *DAYS], [None, *CYCLE]], "care.roster.nobody"),
    "32 days": ([["2026年10月 3東"], ["氏名", *range(1, 33)], ["山田 花子", *CYCLE, "日"]], "care.roster.too_many_days"),
    "another month's weekdays": ([["2026年9月 3東"], ["氏名", *DAYS[:30]], [None, *WEEKDAYS[:30]], ["山田 花子", *CYCLE[:30]]], "care.roster.other_weekdays"),
    "a 31st in November": ([["2026年11月 3東"], ["氏名", *DAYS], ["山田 花子", *CYCLE]], "care.roster.no_such_day"),
}  # fmt: skip


def test_what_cannot_be_read_is_refused_with_its_reason(ward: Ward) -> None:
    """No month, nobody, a day too many, another month's weekdays, ten thousand rows: said, and nothing kept."""
    for what, (rows, message) in REFUSED.items():
        report = ward.give(rows)
        assert report.error is not None, what
        assert report.error[0] == message, what
    assert ward.turns() == []


def test_ten_thousand_rows_are_refused(ward: Ward) -> None:
    """What has ten thousand lines of people is no roster; a CSV is one like any other otherwise."""
    head = "2026年10月 3東\n氏名," + ",".join(map(str, DAYS)) + "\n"
    path = ward.folder / "long.csv"
    path.write_text(head + f"山田 花子{',日' * 31}\n" * 10_000, encoding="cp932")
    [report] = care.load([path], database=ward.database, clock=ward.clock)
    assert report.error == ("care.roster.too_many_lines", {"lines": 3000})
    path.write_text(head + f"山田 花子{',日' * 31}\n", encoding="cp932")
    care.load([path], database=ward.database, clock=ward.clock)
    assert len(ward.turns("1001")) == 31


def test_a_template_of_31_columns_fits_a_shortmonth(ward: Ward) -> None:
    """A 31st column that stays empty in November is no error."""
    ward.give(
        [["2026年11月 3東"], ["氏名", *DAYS], ["山田 花子", *CYCLE[:30], None]], file="n.xlsx"
    )
    assert len(ward.turns("1001")) == 30


def test_a_merged_monster_is_read_as_far_as_it_goes(ward: Ward) -> None:
    """A title over everything, a holiday merged over days, a name over two rows: each means what it shows."""
    ward.give(
        [
            ["2026年10月 3東"],
            ["氏名", *DAYS],
            ["山田 花子", "有", None, None, *["日"] * 28],
            [None, *[None] * 31],
            ["〆切は20日"],
        ],
        merge=["A1:AF1", "B3:D3", "A3:A4", "A5:AF5"],
    )
    assert [turn.shift for turn in ward.turns("1001")] == ["有"] * 3 + ["日"] * 28


NOT_ROSTERS: list[Rows] = [
    [["患者番号", "受付日", "診療科"], *[[f"{n:04d}", day, "内科"] for n, day in enumerate(OCTOBER)]],
    [["No", "職員番号", "氏名", "職種"], *[[n, 5000 + n, f"試験 {n}子", "看護師"] for n in range(1, 32)]],
    [["2026年10月 外来患者数"], ["診療科", *DAYS], ["内科", *range(100, 131)], ["外科", *range(50, 81)]],
]  # fmt: skip


@pytest.mark.parametrize("rows", NOT_ROSTERS)
def test_other_lists_are_not_stolen(ward: Ward, rows: Rows) -> None:
    """A staff list that is numbered, visits of consecutive days and a table of figures are no rosters."""
    assert ward.give(rows).taken_for is not Kind.ROSTERS


def test_a_legend_under_the_names_is_nobodys_line(ward: Ward) -> None:
    """Entries of a legend in the columns of names and days are read as a legend; 職種 in a line is no head."""
    report = ward.give(
        [
            ["3階東病棟　勤務表", None, None, None, None, "令和8年10月"],
            [None, "氏名", "職種", "予実", *DAYS],
            [None, None, None, None, *WEEKDAYS],
            [None, "山田 花子", "看護師", "予定", *["○", "●", "▲", "休"] * 7, "○", "○", "○"],
            [None, None, None, "実績", *[None] * 30, "休"],
            [],
            ["凡例", "○：日勤 8:30-17:00", "●：夜勤 16:30-9:00", "▲：夜勤明け", "休：休み"],
        ],
        merge=["B4:B5", "C4:C5"],
    )
    assert report.doubts == []
    first, second, third, fourth, *_ = ward.turns("1001")
    assert (first.start, second.end, third.end, fourth.duty) == (
        "08:30:00", "09:00:00", "09:00:00", "off",
    )  # fmt: skip
    assert {turn.user_id for turn in ward.turns()} == {"1001"}


def test_a_sheets_own_place_goes_before_a_folders(ward: Ward) -> None:
    """A sheet called 地域連携室 is not of the ward that a folder above it may name: its people say where; one without a name of its own takes the folder's ward."""
    (ward.folder / "L3").mkdir()
    rows = month(("山田 花子", CYCLE), title="2026年10月 勤務表")
    found = ward.give_all({"地域連携室": rows}, file="L3/10月.xlsx")
    found += ward.give_all({"最新": rows}, file="L3/2026年10月.xlsx")
    assert [_people(one)[0] for one in found] == ["3階東病棟", "L3"]


def test_a_legend_on_another_sheet_is_read(ward: Ward) -> None:
    """A sheet of letters beside the rosters says what they mean; a letter that it gives two times stays asked, and the roster's own legend goes first."""
    rows = month(("山田 花子", ["甲", "乙", "丙"] + ["休"] * 28))
    own = month(("鈴木 桃子", ["甲", "休"] + ["休"] * 29), title="2026年10月 4西 勤務表")
    own += [[], ["凡例", "甲：9:00～18:00"]]
    letters = [["記号", "名称", "開始", "終了"], ["甲", "早出", "7:00", "15:45"],
               ["乙", "遅出", "11:00", "19:45"], ["丙", "遅出", "11:00", "19:45"],
               ["丙", "遅出", "12:00", "20:45"]]  # fmt: skip
    reports = ward.give_all({"3東": rows, "4西": own, "勤務記号": letters})
    assert [one.error for one in reports] == [None, None]
    told = {(turn.user_id, turn.shift): (turn.start, turn.end) for turn in ward.turns()}
    assert told["1001", "甲"] == ("07:00:00", "15:45:00")
    assert told["1001", "乙"] == ("11:00:00", "19:45:00")
    assert told["1001", "丙"] == (None, None)
    assert told["1004", "甲"] == ("09:00:00", "18:00:00")
