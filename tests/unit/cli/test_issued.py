"""`sekisho inspection fill` and `read`: what a script is told, and with which exit code."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from tests.peers import issued
from tests.unit.cli.conftest import Call

from sekisho.app.inspection import sheet_of
from sekisho.app.inspection.issued import today_of
from sekisho.app.installation import open_installation
from sekisho.inspection import answer, catalogue

pytestmark = pytest.mark.duty("0")
FIRST = "医療機関確認用"


def test_fill_and_read_on_the_command_line(sekisho: Call, data: Path, tmp_path: Path) -> None:
    """An answer goes into the workbook beside the issued one, which stays; it is read back; the sheet comes out on paper and the folder has the filled workbook in it; who overwrites is in the record; an unknown layout ends with 1 and writes nothing."""
    here = open_installation(data, create=True)
    book = catalogue("checklist-r7")
    line = next(one for one in sheet_of(here, book.id).lines if one.item.number == "2-①")
    today = today_of(here)
    answer(
        here.database, book, line.item, value="yes", checked_on=today, by="B1", at=here.clock.now(),
        today=today, computed=line.computed, reason="現物と照らした",
    )  # fmt: skip
    here.close()
    file = tmp_path / "R7.xlsx"
    file.write_bytes(issued.packed(issued.plain()))
    before = file.read_bytes()
    done = sekisho("inspection", "fill", file, "--data", data, "--json")
    assert done.code == 0
    assert [one["where"] for one in done.lines if one.get("state") == "written"] == [f"{FIRST}!E8", f"{FIRST}!F8"]  # fmt: skip
    assert done.lines[-1]["summary"]["written"] == 2
    assert file.read_bytes() == before
    filled = tmp_path / "R7-filled.xlsx"
    read = sekisho("inspection", "read", filled, "--data", data, "--json").lines
    (said,) = [one for one in read if one.get("value")]
    assert (said["number"], said["value"], said["checked_on"]) == ("2-①", "yes", today.isoformat())

    papers = ["inspection", "run", "--catalog", "checklist-r7", "--data", data, "--format"]
    out = tmp_path / "sheet.xlsx"
    assert sekisho(*papers, "xlsx", "--out", out).code == 0
    assert out.read_bytes().startswith(b"PK")
    (said,) = sekisho("inspection", "folder", "--data", data, "--out", tmp_path / "day.zip", "--json").lines  # fmt: skip
    with zipfile.ZipFile(tmp_path / "day.zip") as folder:
        names = {name.partition("/")[2] for name in folder.namelist()}
    assert {"index.html", "SHA256SUMS", "sheet/issued.xlsx"} <= names
    assert len(names) == said["files"]

    hand = issued.plain()
    hand[FIRST]["E8"] = "×"
    file.write_bytes(issued.packed(hand))
    over = [
        "inspection",
        "fill",
        file,
        "--data",
        data,
        "--out",
        tmp_path / "over.xlsx",
        "--replace",
    ]
    assert sekisho(*over).code == 2
    assert "×" in sekisho(*over, "--by", "B1").out
    log = sekisho("ledger", "export", "--data", data, "--format", "jsonl").out
    assert f'"{FIRST}!E8=×"' in log or f"{FIRST}!E8=×" in log

    hand[FIRST]["C8"] = "駐車場の管理"
    file.write_bytes(issued.packed(hand))
    wrong = sekisho("inspection", "fill", file, "--data", data, "--out", tmp_path / "wrong.xlsx")
    assert wrong.code == 1
    assert "2-①" in wrong.out
    assert not (tmp_path / "wrong.xlsx").exists()
