"""The yearly letter: written for a vendor, filled in by it as people do, loaded back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from openpyxl.worksheet.worksheet import Worksheet

from sekisho import posture
from sekisho.app.installation import open_installation
from sekisho.cli.main import main
from sekisho.errors import ConflictError
from sekisho.posture import vendors
from sekisho.posture.tables import CONNECTION

DEVICES = (
    "管理番号,機器名,種別,製造販売業者,型式,バージョン,シリアル番号,保守業者\n"
    "0081,透析装置,医療機器,丙製作所,HD-1,3.1,SN-0000081,甲保守(株)\n"
    "0082,透析装置,医療機器,丙製作所,HD-1,3.1,SN-0000082,株式会社 甲保守\n"
    "0083,心電計,医療機器,丁医科,E-9,1.0,SN-0000083,\n"
)
LINES = (
    "接続番号,接続名,種別,相手先,機器,二要素認証,接続元制限\nL8,透析保守,保守,甲保守,VPN装置,,有\n"
)


def filled(path: Path, to: Path) -> None:
    """Fill in the sheet as a vendor does: a column moved, a row added, eras, ○ and words."""
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["会社", "機器", "接続"]
    for sheet in book.worksheets:
        assert isinstance(sheet, Worksheet)
        head = next(row for row in range(1, 9) if sheet.cell(row, 1).value == "照会行")
        places = {cell.value: cell.column for cell in sheet[head]}

        def write(row: int, sheet: Worksheet = sheet, places: Any = places, **told: Any) -> None:  # fmt: skip
            for heading, value in told.items():
                sheet.cell(row, places[heading], value)

        if sheet.title == "機器":
            write(head + 1, 保守終了日="令和12年3月末", 操作ログを書き出せるか="○", いまの版="3.2")
            write(head + 2, 保守終了日="来年ごろ", OSの更新を当ててよいか="×")
            write(head + 3, シリアル番号="SN-9999", 名称="足した機器", いまの版="1")
            sheet.move_range(f"B{head}:B{head + 3}", cols=20)
        elif sheet.title == "接続":
            write(
                head + 1,
                二要素認証="はい",
                接続元の制限="無",
                最後に更新した日=dt.date(2026, 11, 1),
            )
        elif sheet.title == "会社":
            write(head + 7, ご回答="甲保守 山田")
    book.save(to)


@pytest.mark.duty("3")
def test_one_letter_asks_all_and_its_answer_is_loaded(tmp_path: Path) -> None:
    """A vendor's devices and lines are asked in one letter, its edited sheet is loaded as its word, what differs or cannot be read is said, and a sheet of no letter changes nothing."""
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "台帳.csv").write_text(DEVICES, encoding="utf-8")
    (tmp_path / "接続.csv").write_text(LINES, encoding="utf-8")
    here = open_installation(data, create=True)

    def load(*names: str) -> list[posture.Report]:
        paths = [tmp_path / name for name in names]
        return posture.load(paths, database=here.database, clock=here.clock)

    load("台帳.csv", "接続.csv")
    given = ["posture", "ask", "--data", str(data), "--out", str(tmp_path), "--by", "Z1"]
    assert CliRunner().invoke(main, given).exit_code == 0
    [sheet] = tmp_path.glob("*甲保守*.xlsx")
    assert sheet.with_suffix(".docx").exists()
    one = next(each for each in vendors.vendors(here.database) if each.key == "甲保守")
    assert (len(one.devices), len(one.lines), len(one.letters)) == (2, 1, 1)
    assert not one.due(here.clock.now())
    filled(sheet, tmp_path / "回答.xlsx")
    reports = {report.sheet: report for report in load("回答.xlsx")}
    assert {report.error for report in reports.values()} == {None}
    assert reports["機器"].rows == 2
    assert [each.message for each in reports["機器"].refused] == ["posture.vendor.row_unknown"]
    doubts = {each.message for report in reports.values() for each in report.doubts}
    assert doubts == {"posture.vendor.differs", "posture.vendor.cells_unread"}
    found = {row.number: row for row in posture.assets(here.database).rows}
    assert found["0081"].eos == dt.date(2030, 3, 31)
    assert found["0081"].version == "3.1"  # the ledger's word stands, and the difference is said
    assert found["0082"].eos is None
    whole = posture.asset(here.database, found["0081"].id)
    assert whole is not None
    assert whole.sightings[0].facts["vendor"] == {"name": one.name, "log": "yes"}
    [line] = posture.connections(here.database)
    assert (line["second_factor"], line["source_restriction"]) == ("yes", "no")
    assert line["last_patch"] == dt.date(2026, 11, 1)
    answered = vendors.sent(here.database, one.letters[0].id)
    assert answered.answers["company"] == {"name": "甲保守 山田"}
    now = here.clock.now()
    assert vendors.take_back(here.database, answered.id, by="Z1", at=now) == 0
    found = {row.number: row for row in posture.assets(here.database).rows}
    assert found["0081"].eos is None
    [line] = posture.connections(here.database)
    assert (line["second_factor"], line["source_restriction"]) == ("unknown", "yes")
    assert (line["last_patch"], line["said"]) == (None, None)
    assert vendors.sent(here.database, answered.id).answered_at is None
    with pytest.raises(ConflictError, match="no_answer"):
        vendors.take_back(here.database, answered.id, by="Z1", at=now)
    load("回答.xlsx")
    assert posture.connections(here.database)[0]["second_factor"] == "yes"
    (tmp_path / "接続.csv").write_text(
        LINES.replace("透析保守,保守", "透析保守,VPN"), encoding="utf-8"
    )
    load("接続.csv")  # a ledger that says otherwise is newer, one that says nothing is not
    [line] = posture.connections(here.database)
    assert (line["second_factor"], line["source_restriction"]) == ("yes", "yes")
    with here.database.write() as c:
        c.execute(sa.update(CONNECTION).values(second_factor="unknown"))
    book = openpyxl.load_workbook(tmp_path / "回答.xlsx")
    for each in book.worksheets:
        for row in each.iter_rows(max_row=3):
            for cell in row:
                if isinstance(cell.value, str):
                    cell.value = cell.value.replace("SEKISHO-", "SEKISHO-9")
    book.save(tmp_path / "よその.xlsx")
    assert {report.error and report.error[0] for report in load("よその.xlsx")} == {
        "posture.vendor.unknown_letter"
    }
    assert {row["second_factor"] for row in posture.connections(here.database)} == {"unknown"}
    here.close()
