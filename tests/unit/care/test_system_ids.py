"""Ids of other systems: whose they are, and that nobody is made one with somebody else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from sekisho import care
from sekisho.care import Kind, LoadReport, staff_id_of, system_ids_of
from sekisho.storage import Database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store
DAY = dt.date(2026, 10, 10)
STAFF = "職員番号,氏名,職種,所属\nN0001,佐藤 一郎,医師,内科\nN0002,鈴木 二郎,医師,外科\n101,田中 三郎,看護師,5東\n"
IDS = """システム,利用者ID,職員番号,開始日,終了日
PACS,101,N0001,,
ＲＩＳ,101,N0002,2026/04/01,
RIS,101,N0001,,2026/03/31
RIS,0007,N0002,,
"""  # noqa: RUF001 (as typed in hospitals)


@pytest.fixture
def give(tmp_path: Path, database: Database, clock: FixedClock) -> Any:
    """Write a text as a CP932 CSV, load it, and give the report."""

    def give(text: str, name: str = "list.csv") -> LoadReport:
        path = tmp_path / name
        path.write_bytes(text.encode("cp932"))
        [report] = care.load([path], database=database, clock=clock)
        return report

    return give


@pytest.mark.parametrize(
    "header",
    [
        "システム,利用者ID,職員番号,開始日,終了日",
        "system,user_id,staff_id,from,to",
        "システム名,ログインID,職員コード,有効開始日,有効終了日",
        "職員番号,対象システム,ユーザーID",
    ],
)
def test_a_list_of_system_ids_is_told_by_its_headings(give: Any, header: str) -> None:
    """A list of system, id there and staff id is taken for one, whatever the order, and says so."""
    values = {"職": "N0001", "staff_id": "N0001", "シ": "PACS", "対": "PACS", "system": "PACS"}
    cells = [
        values.get(name) or values.get(name[0]) or ("101" if "ID" in name or "id" in name else "")
        for name in header.split(",")
    ]

    report = give(f"{header}\n{','.join(cells)}\n")

    assert (report.error, report.taken_for, report.rows) == (None, Kind.SYSTEM_IDS, 1)
    assert report.why is not None
    assert report.why[0] == "care.taken_for.system_ids"


def test_whose_an_id_is_depends_on_system_and_day(give: Any, database: Database) -> None:
    """One id in two systems is two people; in one system it may change hands."""
    give(STAFF, "staff.csv")
    report = give(IDS)

    def whose(source: str, user_id: str, day: dt.date = DAY) -> str | None:
        return staff_id_of(database, source, user_id, day)

    assert (report.added, report.findings) == (3, [])
    assert whose("pacs", "101") == "N0001"
    assert whose("ris", "101") == "N0002"
    assert whose("RIS", "101", dt.date(2026, 3, 31)) == "N0001"
    assert whose("emr", "101") == "101"
    assert whose("ris", "N0001") is None
    assert whose("ris", "7") == "N0002"
    assert [one.system for one in system_ids_of(database, "N0001")] == ["PACS", "RIS"]


def test_the_newest_list_replaces_what_it_names(give: Any, database: Database) -> None:
    """An id that the newest list gives to somebody else is theirs; what it does not name stays."""
    give(IDS)

    report = give("システム,利用者ID,職員番号\nPACS,101,N0002\n", "new.csv")

    assert report.added == 0
    assert staff_id_of(database, "pacs", "101", DAY) == "N0002"
    assert staff_id_of(database, "ris", "101", DAY) == "N0002"


def test_an_id_of_two_people_is_nobodys(give: Any, database: Database) -> None:
    """Where two rows give one id to two people on one day, it is a finding, and nobody's."""
    report = give("システム,利用者ID,職員番号\nPACS,5,N0001\nPACS,5,N0002\n")

    assert [finding.message for finding in report.findings] == ["care.two_owners"]
    assert staff_id_of(database, "pacs", "5", DAY) is None
    assert [doubt.message for doubt in report.doubts] == ["care.owner_not_listed"]


def test_columns_of_the_staff_list_give_system_ids(give: Any, database: Database) -> None:
    """Columns as 利用者ID(PACS) or RIS：ID of a staff list are read as ids there."""
    report = give(
        "職員番号,氏名,職種,所属,利用者ID（PACS）,RIS：ID,内線\n"
        "N0001,佐藤 一郎,医師,内科,p1;p2,r1,1234\nN0002,鈴木 二郎,医師,外科,,r2,1235\n"
    )

    assert (report.taken_for, report.rows) == (Kind.STAFF, 2)
    assert ("care.with_system_ids", {"systems": ["PACS", "RIS"], "ids": 4}) in [
        (doubt.message, dict(doubt.args)) for doubt in report.doubts
    ]
    assert [staff_id_of(database, "pacs", user, DAY) for user in ("p1", "p2", "r1")] == [
        "N0001", "N0001", None,
    ]  # fmt: skip


def test_a_header_of_two_rows_names_the_systems(
    tmp_path: Path, database: Database, clock: FixedClock
) -> None:
    """システム別ID over PACS and RIS names two systems."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["", "", "", "システム別ID", ""])
    sheet.append(["職員番号", "氏名", "職種", "PACS", "RIS"])
    sheet.append(["N0001", "佐藤 一郎", "医師", "p1", "r1"])
    path = tmp_path / "staff.xlsx"
    book.save(path)

    care.load([path], database=database, clock=clock)

    assert [(one.system, one.user_id) for one in system_ids_of(database, "N0001")] == [
        ("PACS", "p1"), ("RIS", "r1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "error", "refused"),
    [
        ("システム,利用者ID,ログインID\nPACS,1,2\n", "care.which_ids", []),
        ("システム,利用者ID\nPACS,1\n", "care.which_ids", []),
        ("システム,利用者ID,職員番号\n,1,N1\nPACS,,N1\nPACS,1,\n", None,
         ["care.no_system", "care.no_user_id", "care.no_staff_id"]),
        ("システム,利用者ID,職員番号,開始日,終了日\nPACS,1,N1,2026/05/01,2026/04/01\n", None,
         ["care.ends_before_start"]),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(
    give: Any, text: str, error: str | None, refused: list[str]
) -> None:
    """Columns that cannot be told apart, and rows that lack one, are refused with their reason."""
    report = give(text)

    assert (report.error[0] if report.error else None) == error
    assert [message for _, message, _ in report.refused] == refused
