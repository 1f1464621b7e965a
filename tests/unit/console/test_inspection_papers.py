"""点検の紙 in the console: the issued form filled and confirmed, the folder, the progress."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import openpyxl
import pytest
from tests.peers import issued
from tests.unit.console.conftest import Asker, House
from tests.unit.console.test_register import give

from sekisho.console.inspection_papers import spans_of
from sekisho.identity import Role
from sekisho.inspection import history

pytestmark = pytest.mark.duty("0")
FIRST = "医療機関確認用"


def test_a_form_filled_by_hand_is_confirmed_and_given_back_filled(house: House) -> None:
    """What a hand wrote stands as proposals, each kept only as the reader's own answer with its reason; the form comes back with the answers, and a broken one is refused in words."""
    book = issued.plain()
    book[FIRST]["E19"], book[FIRST]["F19"] = "○", "R8.2.9"
    book[FIRST]["E20"], book[FIRST]["G20"] = "×", "令和9年3月末"
    book[FIRST]["E18"] = "たぶん"

    async def given(asker: Asker) -> None:
        where = await give(asker, "/inspection/issued", "R7 用紙.xlsx", issued.packed(book))
        _, text = await asker.get(where)
        assert "たぶん" in text
        assert text.count('name="item"') == 2
        said = {"catalogue": "checklist-r7", "item": "CK-R7-2-12", "before": "0", "value": "yes", "checked_on": "2026-02-09"}  # fmt: skip
        answer, text = await asker.post(f"{where}/confirm", **said)
        assert answer.status == 422
        answer, _ = await asker.post(f"{where}/confirm", **said, reason="設定を見た")
        assert answer.status == 303
        _, text = await asker.get(answer.headers["Location"])
        assert text.count('name="item"') == 1
        (kept,) = history(house.installation.database, "CK-R7-2-12")
        assert (kept.reason, str(kept.checked_on)) == ("設定を見た", "2026-02-09")
        answer, _ = await asker.post(f"{where}/fill")
        filled = openpyxl.load_workbook(io.BytesIO(await answer.read()))[FIRST]
        assert (filled["E19"].value, filled["E20"].value) == ("○", "×")
        where = await give(asker, "/inspection/issued", "R7.xlsx", b"PK no workbook")
        answer, text = await asker.get(where)
        assert answer.status == 400
        assert "Excel のブック" in text

    house.ask(Role.SAFETY_OFFICER, given)


def test_days_without_a_change_are_one_line() -> None:
    """Days on which nothing changed stand as one stretch, the newest first."""
    day = [dt.date(2026, 11, number) for number in (1, 2, 3, 5)]
    rows = [
        (day[0], {"no": 1}, 3),
        (day[1], {"no": 1}, 3),
        (day[2], {"no": 0}, 3),
        (day[3], {"no": 0}, 3),
    ]
    assert spans_of(rows) == [(day[2], day[3], {"no": 0}, 3), (day[0], day[1], {"no": 1}, 3)]


def test_the_folder_is_made_listed_and_taken(house: House) -> None:
    """The page says what will be in the folder and what is missing; the folder is made in the reader's name, listed, and given as it was made; the sheet is given on paper; the progress has its numbers as a table."""

    async def made(asker: Asker) -> None:
        _, text = await asker.get("/inspection/folder")
        assert "「規程」の台帳が空です" in text
        answer, _ = await asker.post("/inspection/folder")
        _, text = await asker.get(answer.headers["Location"])
        number, *_ = sorted(re.findall(r'href="/inspection/folder/(\d+)"', text))
        answer, _ = await asker.get(f"/inspection/folder/{number}")
        assert answer.content_type == "application/zip"
        with zipfile.ZipFile(io.BytesIO(await answer.read())) as file:
            assert any(name.endswith("/SHA256SUMS") for name in file.namelist())
        answer, _ = await asker.get("/inspection/paper/checklist-r7/pdf")
        assert (await answer.read()).startswith(b"%PDF")
        _, text = await asker.get("/inspection/progress")
        assert "<svg" in text
        assert "未回答・要確認" in text
        answer, text = await asker.get("/inspection/progress?since=2026-01-01&catalog=none")
        assert answer.status == 200
        answer, _ = await asker.get("/inspection/folder/999")
        assert answer.status == 404

    house.ask(Role.SAFETY_OFFICER, made)
