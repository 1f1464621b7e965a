"""Lists as hospitals have them become lines, are asked about where they are there, and come out again."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.inspection import register
from sekisho.inspection.register.lists import read_list
from sekisho.inspection.register.written import value_of
from sekisho.storage import Database

pytestmark = pytest.mark.duty("注-6.2")
TODAY = dt.date(2026, 11, 29)
NOW = dt.datetime(2026, 11, 29, 3, tzinfo=dt.UTC)
STAFF = (
    "令和8年度 責任者一覧,,,,\n"
    "作成：総務課,,,,\n"
    "役割※,氏名（必須）,役職,任命年月日,内線\n"
    "医療情報システム安全管理責任者,模擬 太郎,副院長,R8.4.1,1234\n"
    "CSIRT責任者,模擬 花子,課長,令和7年4月,1235\n"
    "院内の何でも係,模擬 次郎,係長,春ごろ,1236\n"
    ",,計 3 名,,\n"
)


def write(path: Path, text: str, encoding: str = "cp932") -> Path:
    """Write a list as Excel saves it."""
    path.write_bytes(text.encode(encoding))
    return path


def load(database: Database, path: Path, part: str, **answers: str) -> dict[str, int]:
    """Read and keep a list."""
    listed = read_list(path, part, TODAY)
    rows = register.compare(database, part, listed, TODAY)
    said = {one.row: answers.get(f"r{one.row}", "ours") for one in rows}
    counted = register.keep_list(database, part, rows, said, by="P1", at=NOW, file=path.name)
    return dict(counted)


@pytest.mark.store
def test_a_list_is_read_by_its_headings_and_asks_where_a_line_is_there(
    database: Database, tmp_path: Path
) -> None:
    """Titles above the headings, other words for them, eras and unknown words are read or said; the same file again adds nothing, a changed one asks, and each answer is carried out and can be undone."""
    path = write(tmp_path / "責任者.csv", STAFF)
    listed = read_list(path, "responsible", TODAY)
    assert dict(listed.columns) == {"role": "役割※", "person": "氏名（必須）", "post": "役職", "since": "任命年月日"}  # fmt: skip
    assert list(listed.unknown) == ["内線"]
    assert [one.told["since"] for one in listed.rows] == ["2026-04-01", "2025-04-30", None]
    assert listed.rows[2].told["role"] == "other"
    assert listed.rows[2].told["note"] == "役割: 院内の何でも係 / 任命日: 春ごろ"
    assert [one.row for one in listed.refused] == [7]
    assert {one.message for one in listed.doubts} == {"register.list.unread"}
    assert load(database, path, "responsible") == {"added": 3}
    assert load(database, path, "responsible") == {"left": 3}
    changed = write(path, STAFF.replace("副院長", "院長補佐").replace("課長", "部長"))
    rows = register.compare(database, "responsible", read_list(changed, "responsible", TODAY), TODAY)  # fmt: skip
    assert [(one.state, one.fields) for one in rows] == [("differs", ("post",)), ("differs", ("post",)), ("same", ())]  # fmt: skip
    assert load(database, changed, "responsible", r4="theirs", r5="both") == {"changed": 1, "added": 1, "left": 1}  # fmt: skip
    lines = register.lines(database, "responsible", today=TODAY)
    assert [one.told["post"] for one in lines] == ["院長補佐", "課長", "係長", "部長"]
    assert (lines[3].source, lines[3].file, lines[3].row) == ("file", "責任者.csv", 5)
    register.undo(database, lines[0].id, by="P2", at=NOW)
    assert register.lines(database, "responsible", today=TODAY)[0].told["post"] == "副院長"


@pytest.mark.store
def test_a_list_loaded_by_mistake_is_taken_back_as_a_whole(
    database: Database, tmp_path: Path
) -> None:
    """Lines that the file brought go, a line that it changed is as before, and what a person changed since stays."""
    load(database, write(tmp_path / "責任者.csv", STAFF), "responsible")
    (first,) = register.loads(database, "responsible")
    assert (first.file, first.lines) == ("責任者.csv", 3)
    text = STAFF.replace("副院長", "院長補佐") + "監査責任者,模擬 三郎,,R8.4.1,\n"
    more = read_list(write(tmp_path / "直し.csv", text), "responsible", TODAY)
    rows = register.compare(database, "responsible", more, TODAY)
    later = NOW + dt.timedelta(hours=1)
    said = dict.fromkeys((one.row for one in rows), "theirs")
    register.keep_list(database, "responsible", rows, said, by="P1", at=later, file="直し.csv")
    newest = register.loads(database, "responsible")[0]
    assert (newest.file, newest.lines) == ("直し.csv", 1)
    touched = register.lines(database, "responsible", today=TODAY, search="花子")[0].id
    register.change(database, touched, {"deputy": "模擬 次郎"}, by="P2", at=later, today=TODAY)
    taken = register.take_back_load(database, "responsible", newest.id, by="P2", at=later)
    assert taken == (1, 1)
    assert len(register.lines(database, "responsible", today=TODAY, search="副院長")) == 1
    rest = register.loads(database, "responsible")[0].id
    assert register.take_back_load(database, "responsible", rest, by="P2", at=later) == (1, 0)
    stand = [one.told["person"] for one in register.lines(database, "responsible", today=TODAY)]
    assert stand == ["模擬 太郎", "模擬 花子"]
    with pytest.raises(ConflictError):
        register.take_back_load(database, "responsible", rest, by="P2", at=later)


def test_merged_cells_and_two_sheets_are_read(tmp_path: Path) -> None:
    """A cell merged over several rows says the same of each, and of two sheets the one with the list is taken."""
    book = openpyxl.Workbook()
    cover = book.worksheets[0]
    cover.append(["表紙", "情報資産"])
    sheet = book.create_sheet("台帳")
    sheet.append(["システム", "情報名", "重要度", "個人情報"])
    sheet.append(["電子カルテ", "診療録", "最重要", "○"])
    sheet.append([None, "看護記録", "高", "有"])
    sheet.append([None, "物品の注文", "低", "×"])
    sheet.merge_cells("A2:A4")
    book.save(tmp_path / "情報.xlsx")
    listed = read_list(tmp_path / "情報.xlsx", "information", TODAY)
    assert listed.sheet == "台帳"
    assert {one.told["system"] for one in listed.rows} == {"電子カルテ"}
    assert [(one.told["importance"], one.told["personal"]) for one in listed.rows] == [("high", "yes"), ("high", "yes"), ("low", "no")]  # fmt: skip


def test_headings_of_two_rows_are_read_together(tmp_path: Path) -> None:
    """A heading over two others, and one cell over both rows, name their columns; the titles above do not."""
    text = (
        "バックアップ一覧,,,,\nシステム名,取得,,復元試験,\n,頻度,世代数,日,結果\n"
        "電子カルテ,毎日,14,R8.9.1,成功\n"
    )
    listed = read_list(write(tmp_path / "x.csv", text), "backups", TODAY)
    assert list(listed.columns) == ["system", "every", "generations", "tested_on", "test_result"]
    (row,) = listed.rows
    assert (row.told["generations"], row.told["tested_on"], row.told["test_result"]) == (14, "2026-09-01", "ok")  # fmt: skip


@pytest.mark.parametrize(
    ("text", "encoding", "message"),
    [
        (STAFF.encode().decode("cp932", "replace"), "utf-8", "register.list.mojibake"),
        ("りんご,みかん\n1,2\n", "utf-8", "register.list.no_headings"),
        (" \n", "utf-8", "care.empty"),
    ],
)
def test_what_is_no_such_list_is_refused_by_name(
    tmp_path: Path, text: str, encoding: str, message: str
) -> None:
    """Mojibake, another list and an empty file are named; nothing of them is taken."""
    path = write(tmp_path / "x.csv", text, encoding)
    with pytest.raises(InvalidInputError) as refused:
        read_list(path, "responsible", TODAY)
    assert refused.value.message == message


@settings(max_examples=60)
@given(st.sampled_from(list(register.PARTS)), st.text(max_size=40) | st.floats() | st.booleans())
def test_no_cell_breaks_the_reader(part: str, cell: object) -> None:
    """Whatever stands in a cell of any list is its value, nothing, or refused by name; a value read once is read the same again."""
    for field in register.PARTS[part].typed:
        with contextlib.suppress(InvalidInputError):
            value = value_of(field, cell)
            assert value is None or value_of(field, value) == value
