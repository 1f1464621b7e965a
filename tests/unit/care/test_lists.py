"""Orders, appointments, rosters, teams and the other lists, read and kept."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sekisho import care
from sekisho.care import Kind, LoadReport
from sekisho.errors import InvalidInputError
from sekisho.storage import Database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store

STAFF = (
    "職員番号,氏名,職種,所属\n0012,佐藤 一郎,医師,内科\n0013,鈴木 花子,看護師,3階西病棟\n"
    "0014,佐藤 次郎,医師,外科\n0015,高橋 健,診療放射線技師,放射線科\n"
)


@pytest.fixture
def give(tmp_path: Path, database: Database, clock: FixedClock) -> Any:
    """Write a text as a CP932 CSV, load it, and give the report."""

    def give(text: str, name: str = "list.csv", encoding: str = "cp932") -> LoadReport:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        [report] = care.load([path], database=database, clock=clock)
        assert report.error is None, report.error
        return report

    return give


def rows_of(database: Database, name: str, *, back: bool = False) -> list[dict[str, Any]]:
    """Return the rows of a list as explanations see them: what stands, or what was taken back."""
    found: list[dict[str, Any]] = care.snapshot(database)[name].to_pylist()
    return [row for row in found if (row.get("retracted_at") is not None) is back]


def test_orders_say_who_ordered_what_and_who_does_it(give: Any, database: Database) -> None:
    """An order lasts from the day it was given to the day it is done, with both people and places."""
    give(STAFF, "staff.csv")
    report = give(
        "オーダ番号,患者番号,オーダ日時,依頼医,依頼科,病棟,オーダ種別,実施予定日,実施者,実施部署\n"
        "A1,100,令和8年10月1日 09:05,佐藤一郎,内科,3西,CT,2026/10/3,高橋 健,放射線科\n"
        "A2,101,2026/10/2,12,内科,,生化学検査,,,\n"
    )
    assert (report.taken_for, report.rows) == (Kind.ORDERS, 2)
    one, two = sorted(rows_of(database, "orders"), key=lambda row: row["number"])
    assert (one["day"], one["until"], one["time"]) == (
        dt.date(2026, 10, 1), dt.date(2026, 10, 3), "09:05:00",
    )  # fmt: skip
    assert (one["what"], one["doctor_id"], one["executor_id"]) == ("imaging", "0012", "0015")
    assert (one["department_key"], one["ward_key"], one["executed_in_key"]) == (
        "内科", "3w", "放射線科",
    )  # fmt: skip
    # The 12 of a spreadsheet is 0012 where one id alone fits.
    assert (two["what"], two["doctor_id"], two["until"]) == ("lab", "0012", two["day"])


def test_a_consult_goes_to_the_department_that_is_asked(give: Any, database: Database) -> None:
    """依頼科 asks, 診療科 or 紹介先 is asked."""
    give("患者番号,依頼日,依頼科,診療科,依頼種別\n100,2026/10/1,内科,皮膚科,他科紹介\n", "a.csv")
    [order] = rows_of(database, "orders")
    assert (order["what"], order["department"], order["executed_in_key"]) == (
        "consult", "内科", "皮膚科",
    )  # fmt: skip


def test_a_cancelled_row_takes_the_earlier_one_back(
    give: Any, database: Database, clock: FixedClock
) -> None:
    """What was cancelled since is care no more, whether the mark is a word, a flag or a date; it stays with the moment: that of the mark, else that of the load."""
    orders = "order_no,patient_id,order_date,doctor_id,order_type,status\n"
    give(orders + "1,100,2026-10-01,0012,CT,active\n2,100,2026-10-01,0012,MRI,active\n", "a.csv")
    report = give(orders + "2,100,2026-10-01,0012,MRI,cancelled\n", "b.csv")
    assert [message for _, message, _ in report.refused] == ["care.cancelled"]
    assert [row["number"] for row in rows_of(database, "orders")] == ["1"]
    visits = "患者番号,受付日,診療科,取消フラグ\n"
    give(visits + "100,2026-10-01,内科,0\n101,2026-10-01,内科,0\n", "v.csv")
    give(visits + "101,2026-10-01,内科,1\n", "w.csv")
    assert [row["patient_id"] for row in rows_of(database, "visits")] == ["100"]
    # Cancelled and made again in one export: the last word stands.
    give(visits + "102,2026-10-02,内科,1\n102,2026-10-02,内科,0\n", "x.csv")
    assert "102" in {row["patient_id"] for row in rows_of(database, "visits")}
    load = clock.now().astimezone(ZoneInfo("Asia/Tokyo")).replace(tzinfo=None, microsecond=0)
    [back] = rows_of(database, "orders", back=True)
    assert (back["number"], back["retracted_at"]) == ("2", load)
    dated = "患者番号,受付日,診療科,取消日時\n"
    give(dated + "100,2026-10-01,内科,2026/10/1 10:30\n103,2026-10-01,内科,2026/10/2\n", "y.csv")
    back_at = {r["patient_id"]: r["retracted_at"] for r in rows_of(database, "visits", back=True)}
    assert back_at == {
        "100": dt.datetime.fromisoformat("2026-10-01T10:30"),
        "101": load,
        "103": dt.datetime.fromisoformat(
            "2026-10-03T00:00"
        ),  # never seen before it was cancelled, some time that day
    }


def test_appointments_have_the_day_and_when_it_was_booked(give: Any, database: Database) -> None:
    """The doctor, the time and the day of booking are kept; one to which nobody came was one, a cancelled one is none, and one that moved to another day under its number stands on the new day alone."""
    give(STAFF, "staff.csv")
    report = give(
        "予約番号,患者番号,予約日,予約時刻,診療科,担当医,予約登録日,予約状態\n"
        "9,100,R8.10.5,09:30,内科,佐藤 一郎,2026/9/1,予約\n10,101,R8.10.5,10:00,内科,,,来院せず\n"
        "11,102,R8.10.5,10:00,内科,,,取消\n"
    )
    assert (report.first, report.last) == (dt.date(2026, 10, 5), dt.date(2026, 10, 5))
    row, away = rows_of(database, "appointments")
    assert (row["time"], row["doctor_id"], row["booked_on"]) == (
        "09:30:00", "0012", dt.date(2026, 9, 1),
    )  # fmt: skip
    assert away["patient_id"] == "101"
    head = "予約番号,患者番号,予約日,診療科\n"
    give(
        head
        + "9,100,2026/10/7,内科\n3,101,2026/10/5,内科\n3,101,2026/10/6,内科\n8,103,2026/10/1,内科\n"
    )
    days = {
        (row["patient_id"], row["number"], row["day"].day)
        for row in rows_of(database, "appointments")
    }
    assert {one for one in days if one[0] == "100"} == {("100", "9", 7)}
    assert len({one for one in days if one[:2] == ("101", "3")}) == 2, (
        "a number of each day is none"
    )
    give(head + "8,103,2026/11/1,内科\n")
    assert (
        len({row["day"] for row in rows_of(database, "appointments") if row["number"] == "8"}) == 2
    )


def test_a_roster_of_rows_is_turns(give: Any, database: Database) -> None:
    """One row is one turn: its place, its times, whether on call, to help, or off."""
    give(STAFF, "staff.csv")
    give(
        "職員番号,日付,勤務,開始,終了,病棟,応援先\n"
        "13,2026/10/1,日勤,08:30,17:15,3西,\n13,2026/10/2,夜勤,16:30,33:00,3西,\n"
        "13,2026/10/3,明け,,,3西,\n13,2026/10/4,公休,,,3西,\n13,2026/10/5,日勤,,,3西,5東\n"
        "12,2026/10/6,当直,17:00,8:30,,\n"
    )
    found = sorted(rows_of(database, "rosters"), key=lambda row: row["day"])
    assert [row["duty"] for row in found] == ["work", "work", "off", "off", "support", "on_call"]
    assert {row["user_id"] for row in found} == {"0012", "0013"}
    assert (found[1]["start"], found[1]["end"]) == ("16:30:00", "09:00:00")
    assert (found[0]["place_key"], found[4]["place_key"]) == ("3w", "5e")


def test_shifts_may_have_their_days_in_their_times(give: Any, database: Database) -> None:
    """A start and an end with their dates are a turn of the day on which it starts."""
    give(
        "staff_id,shift_start,shift_end,ward\n0013,2026-10-01T16:30:00,2026-10-02T09:00:00,3W\n",
        encoding="utf-16",
    )
    [row] = rows_of(database, "rosters")
    assert (row["day"], row["start"], row["end"]) == (dt.date(2026, 10, 1), "16:30:00", "09:00:00")


def test_an_on_call_table_has_a_column_a_place(give: Any, database: Database) -> None:
    """当直表 names people by name; one whom nobody or two bear is left out, never guessed."""
    give(STAFF, "staff.csv")
    report = give(
        "日付,曜日,内科当直,外科当直医\n10/1,木,佐藤一郎,佐藤\n2026/10/2,金,佐藤一郎,佐藤 次郎\n"
    )
    assert report.taken_for is Kind.ROSTERS
    assert [message for _, message, _ in report.refused] == ["care.bad_date"]
    found = {(row["user_id"], row["place"], row["duty"]) for row in rows_of(database, "rosters")}
    assert found == {("0012", "内科", "on_call"), ("0014", "外科", "on_call")}


def test_the_name_of_a_list_says_that_it_is_of_calls(give: Any, database: Database) -> None:
    """A list named on-call, without a column that says so, is of people on call."""
    give(STAFF, "staff.csv")
    give("date,department,doctor_id,start,end\n2026-10-01,内科,12,17:00,08:30\n", "oncall.csv")
    [row] = rows_of(database, "rosters")
    assert (row["user_id"], row["duty"], row["start"], row["place"]) == (
        "0012", "on_call", "17:00:00", "内科",
    )  # fmt: skip


def test_teams_rounds_research_maintenance_vips_and_terminals(
    give: Any, database: Database
) -> None:
    """Each of the other lists comes out as explanations and signs name it."""
    give(STAFF, "staff.csv")
    give("チーム,氏名,開始日,終了日\nNST,鈴木花子,2026/4/1,9999/12/31\nNST,佐藤,,\n", "team.csv")
    give("team,patient_id,round_date,until\nNST,100,2026-10-01,2026-10-20\n", "rounds.csv")
    give(
        "研究番号,研究者,患者番号,承認日,承認期限\nR-1,佐藤 次郎,,2026/4/1,2027/3/31\n",
        "research.csv",
    )
    give(
        "作業番号,作業者ID,システム,作業開始日時,作業終了日時,作業内容\n"
        "M1,V001,電子カルテ,2026/10/4 22:00,2026/10/5 05:00,更新\n",
        "work.csv",
    )
    give("patient_id,vip,from\n100,yes,2026-10-01\n101,no,\n", "vip.csv")
    give("端末名,IPアドレス,設置場所\nPC-3W-01,10.0.3.1,3階西病棟\n", "pc.csv")
    tables = care.snapshot(database)
    found = {
        name: tables[name].drop_columns(["file", "row"]).to_pylist()
        for name in ("teams", "rounds", "research", "maintenance", "vips", "terminals")
    }
    apr = dt.date(2026, 4, 1)
    oct1 = dt.date(2026, 10, 1)
    assert found == {
        "teams": [{"team": "NST", "user_id": "0013", "valid_from": apr, "valid_to": None}],
        "rounds": [
            {"team": "NST", "patient_id": "100", "day": oct1, "until": dt.date(2026, 10, 20)}
        ],
        "research": [
            {
                "study": "R-1", "user_id": "0014", "patient_id": None,
                "valid_from": apr, "valid_to": dt.date(2027, 3, 31),
            }
        ],
        "maintenance": [
            {
                "plan": "M1", "user_id": "V001", "system": "電子カルテ", "day": dt.date(2026, 10, 4),
                "start": "22:00:00", "until": dt.date(2026, 10, 5), "end": "05:00:00",
            }
        ],
        "vips": [{"patient_id": "100", "valid_from": oct1, "valid_to": None}],
        "terminals": [
            {"terminal": "PC-3W-01", "address": "10.0.3.1", "place": "3階西病棟", "place_key": "3w"}
        ],
    }  # fmt: skip


def test_a_list_of_the_dead_takes_no_address_away(give: Any, database: Database) -> None:
    """A list of patients touches only what it has columns for; a VIP mark is read beside it."""
    give("患者番号,氏名,住所,VIP\n100,山田,東京都緑区中町1-2-3,○\n101,川田,,\n", "p.csv")
    give("患者番号,死亡日\n100,令和8年9月30日\n", "dead.csv")
    one, two = sorted(rows_of(database, "patients"), key=lambda row: row["patient_id"])
    assert one["deceased_on"] == dt.date(2026, 9, 30)
    assert one["address_key"] is not None
    assert two["deceased_on"] is None
    assert [row["patient_id"] for row in rows_of(database, "vips")] == ["100"]


def test_levels_rise_with_orders_and_rosters(give: Any, database: Database) -> None:
    """L2 asks for orders or appointments over the period, L3 for rosters too."""
    start, end = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
    give(STAFF, "staff.csv")
    give("患者番号,受付日,診療科\n1,2026/10/01,内科\n1,2026/10/30,内科\n", "v.csv")
    give("患者番号,入院日,退院日,病棟\n1,2026/10/02,2026/10/28,5東\n", "s.csv")
    one = care.level(database, start, end)
    assert (one.name, one.most) == ("L1", Kind.ORDERS)
    give("職員番号,日付,勤務\n13,2026/10/1,日勤\n13,2026/10/31,日勤\n", "r.csv")
    assert care.level(database, start, end).name == "L1"
    give("patient_id,appointment_at,department\n1,2026-10-02,内科\n", "short.csv")
    assert "care.short.appointments" in {m for m, _ in care.level(database, start, end).missing}
    give("patient_id,order_date,order_no\n1,2026-10-01,1\n1,2026-10-30,2\n", "o.csv")
    three = care.level(database, start, end)
    assert three.name == "L3"
    assert (three.can, three.most) == ("care.level.L3.can", Kind.PATIENTS)


def test_a_clinic_without_beds_needs_no_list_of_stays(
    give: Any, database: Database, clock: FixedClock
) -> None:
    """Once a named person said that there are no beds, visits alone give L1, and whose word it was is kept; a stay that arrives later is a finding and asks for the list again; nobody's word counts as none."""
    start, end = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
    give(STAFF, "staff.csv")
    give("患者番号,受付日,診療科\n1,2026/10/01,内科\n1,2026/10/30,内科\n", "v.csv")
    assert care.level(database, start, end).name == "L0"
    with pytest.raises(InvalidInputError, match="whose"):
        care.say_beds(database, bedless=True, by=" ", at=clock.now())
    care.say_beds(database, bedless=True, by="S1", at=dt.datetime(2026, 9, 1, tzinfo=dt.UTC))
    one = care.level(database, start, end)
    assert (one.name, one.bedless and one.bedless.by) == ("L1", "S1")
    assert "care.missing.stays" not in {message for message, _ in one.missing}

    give("患者番号,入院日,退院日,病棟\n1,2026/10/02,2026/10/03,5東\n", "s.csv")
    assert care.level(database, start, end).name == "L0"
    assert "care.beds_after_all" in {finding.message for finding in care.findings(database)}
    care.say_beds(database, bedless=False, by="S1", at=clock.now())
    assert care.bedless(database) is None
    assert "care.beds_after_all" not in {finding.message for finding in care.findings(database)}


def test_a_ward_and_its_days_without_a_roster_are_named(give: Any, database: Database) -> None:
    """A ward whose roster is missing, or ends too early, is named with the days; other wards are not."""
    start, end = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
    give("職員番号,職種,病棟\n13,看護師,3西\n14,看護師,5東\n15,看護師,6南\n", "staff.csv")
    assert care.unrostered(database, start, end) == []
    give(
        "職員番号,日付,勤務,病棟\n13,2026/10/1,日勤,3階西病棟\n13,2026/10/5,日勤,3階西病棟\n"
        "13,2026/10/11,日勤,3階西病棟\n14,2026/9/30,日勤,\n14,2026/10/2,夜勤,\n14,2026/10/6,日勤,\n"
        "14,2026/10/10,日勤,\n14,2026/10/15,日勤,\n14,2026/10/20,日勤,\n14,2026/10/25,日勤,\n"
        "14,2026/10/30,日勤,\n14,2026/10/31,日勤,\n",
        "r.csv",
    )

    def day(number: int) -> dt.date:
        return dt.date(2026, 10, number)

    assert care.unrostered(database, start, end) == [
        ("3西", (day(6), day(10))),
        ("3西", (day(12), day(31))),
        ("6南", (start, end)),
    ]
