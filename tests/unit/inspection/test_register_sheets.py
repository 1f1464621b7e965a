"""Vendor sheets: who was asked is known, what came back is read however it was written, and stays the vendor's word."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.inspection import register
from sekisho.inspection.register import sheets
from sekisho.inspection.shelf import shipped
from sekisho.storage import Database
from sekisho.terms import Result

pytestmark = [pytest.mark.store, pytest.mark.duty("注-6.2")]
TODAY = dt.date(2026, 11, 29)
NOW = dt.datetime(2026, 11, 29, 3, tzinfo=dt.UTC)
BOOK = sheets.newest(shipped())
SYSTEM = {"vendor": "甲システム株式会社", "system": "電子カルテ", "division": "契約書", "remote": "有", "disclosure": "有", "contact": "内線 1", "confirmed_on": "2026-11-01"}  # fmt: skip


def asked(database: Database, answer_by: dt.date = dt.date(2026, 12, 20)) -> register.Line:
    """Ask the one vendor of the register."""
    register.add(database, "vendors", SYSTEM, by="P1", at=NOW, today=TODAY)
    whom = sheets.wanted(database, TODAY)
    (number,) = sheets.ask(database, whom, BOOK, answer_by=answer_by, by="P1", at=NOW, today=TODAY)
    return shown(database, number)


def shown(database: Database, number: int, today: dt.date = TODAY) -> register.Line:
    """Return a line that is there."""
    one = register.line(database, number, today=today)
    assert one is not None
    return one


def came_back(path: Path, one: register.Line, mark: str | None = None) -> Path:
    """Write the sheet as a person returns it: columns moved, words and eras of its own."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "事業者確認用"
    sheet.append(["令和7年度版 事業者確認用（記入済）"])
    sheet.append([mark or sheets.mark_of(one).replace("-", "－")])
    sheet.append(["備考", "番号", "チェック項目", "確認日", "回答（はい・いいえ）", "目標日"])
    words = ("○", "yes", "はい。", "いいえ", "検討中")
    for place, item in enumerate(BOOK.asked()):
        said = words[place % len(words)]
        target = "令和9年3月末" if said == "いいえ" else None
        text = f"{item.title['ja']}：{item.text['ja']}"
        sheet.append([None, item.number, text, "R8.11.20", said, target])
    book.save(path)
    return path


def back(database: Database, one: register.Line, path: Path) -> list[sheets.Answered]:
    """Read a sheet that came back."""
    return sheets.read_back(database, one, BOOK, path, path.name, by="P2", at=NOW, today=TODAY)


def test_a_sheet_is_asked_for_chased_and_read_back(database: Database, tmp_path: Path) -> None:
    """A system without a sheet is asked for once a year; past its day it is a finding, then read with moved columns, ○, yes and eras; what is no answer stays open, and all of it can be undone."""
    one = asked(database)
    assert sheets.wanted(database, TODAY) == []
    assert one.problems == ("waiting",)
    late = dt.date(2026, 12, 21)
    keys = {each.key for each in register.findings(database, late)}
    assert "register.old.vendor_sheets.overdue" in keys
    sheets.remind(database, one, by="P1", at=NOW, today=TODAY)
    answers = back(database, shown(database, one.id), came_back(tmp_path / "回答.xlsx", one))
    read = [each for each in answers if each.value]
    assert {each.value for each in read} == {"yes", "no"}
    assert {each.checked_on for each in read} == {"2026-11-20"}
    assert {each.target_on for each in read if each.value == "no"} == {"2027-03-31"}
    assert next(each.stood for each in answers if not each.value) == "検討中"
    assert len(read) >= len(answers) * 0.7
    again = shown(database, one.id)
    assert again.problems == ("not_whole",)
    assert again.told["received_on"] == "2026-11-29"
    with pytest.raises(ConflictError):
        sheets.remind(database, again, by="P1", at=NOW, today=TODAY)
    register.undo(database, one.id, by="P1", at=NOW)
    assert shown(database, one.id).problems == ("waiting",)


def test_a_paper_sheet_is_typed_and_a_wrong_file_changes_nothing(
    database: Database, tmp_path: Path
) -> None:
    """The sheet of another letter, one without any answer, an unknown item and an odd day are refused by name; what a person typed from paper is whole, and a yes then."""
    one = asked(database)
    other = came_back(tmp_path / "x.xlsx", one, mark=f"KAKUNIN-{one.id}-00000000")
    with pytest.raises(InvalidInputError, match=r"register\.sheet\.other"):
        back(database, one, other)
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    with pytest.raises(InvalidInputError, match=r"register\.sheet\.nothing"):
        back(database, one, tmp_path / "empty.xlsx")
    items = [item.id for item in BOOK.asked()]
    typed = {name: {"value": "yes", "checked_on": "2026-11-20"} for name in items}
    for wrong in ({"CK-0": {"value": "yes"}}, {items[0]: {"value": "yes", "checked_on": "春"}}):
        with pytest.raises(InvalidInputError):
            sheets.type_in(database, one, BOOK, wrong, by="P1", at=NOW, today=TODAY)
    assert shown(database, one.id).problems == ("waiting",)
    sheets.type_in(database, one, BOOK, typed, by="P3", at=NOW, today=TODAY)
    assert shown(database, one.id).problems == ()
    proofs = {each.subject: each for each in register.evidence(database, NOW, "Asia/Tokyo")}
    assert proofs["register.vendor_sheets"].result is Result.YES
    assert register.changes(database, one.id)[0].by == "P3"


def test_nobody_is_asked_without_a_day(database: Database) -> None:
    """A day in the past, none, and nobody to ask are refused."""
    one = asked(database)
    whom = [sheets.Wanted(vendor="乙", system="PACS")]
    for people, day in ((whom, None), (whom, dt.date(2026, 11, 28)), ([], TODAY)):
        with pytest.raises(InvalidInputError):
            sheets.ask(database, people, BOOK, answer_by=day, by="P1", at=NOW, today=TODAY)
    assert [each.id for each in register.lines(database, "vendor_sheets", today=TODAY)] == [one.id]
