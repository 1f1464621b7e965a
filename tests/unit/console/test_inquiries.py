"""照会文: the maker is asked about an advisory, answers, and the line says so."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from docx import Document
from tests.unit.console.conftest import Asker, House
from tests.unit.posture.test_match import document

from sekisho import posture
from sekisho.app import feeds
from sekisho.app.machines import look_for_holes, machine_findings
from sekisho.identity import Role
from sekisho.posture import match, tables
from sekisho.posture.knowledge import tables as known
from sekisho.posture.match import tables as found
from sekisho.posture.vendors.tables import VENDOR_LETTER

LEDGER = (
    "管理番号,機器名,種別,製造販売業者,型式,バージョン,シリアル番号,設置場所,リース,リース会社\n"
    "0071,輸液ポンプ,医療機器,バクスター,Sigma Spectrum,6.05,SN-71,5東,,\n"
    "0072,輸液ポンプ,医療機器,バクスター,Sigma Spectrum,6.05,SN-72,6西,,\n"
    "0073,輸液ポンプ,医療機器,バクスター,Sigma Spectrum,6.05,SN-73,ICU,有,丙リース\n"
)


@pytest.fixture
def pumps(house: House, tmp_path: Path) -> Iterator[Path]:
    """Three pumps, one of them leased, and an advisory about them."""
    (tmp_path / "台帳.csv").write_text(LEDGER, encoding="utf-8")
    here = house.installation
    posture.load([tmp_path / "台帳.csv"], database=here.database, clock=here.clock)
    publish(house, tmp_path)
    yield tmp_path
    with here.database.write() as c:  # the hospital is every test's
        for name in ("ASSET", "SIGHTING", "ADDRESS", "SOFTWARE", "CONNECTION", "PAIR", "LOAD"):
            c.execute(sa.delete(getattr(tables, name)))
        for name in ("FEED", "ADVISORY", "STATEMENT", "FACT", "TREATMENT", "ANSWER"):
            c.execute(sa.delete(getattr(known, name)))
        for name in ("FOUND", "INQUIRY", "REPLY"):
            c.execute(sa.delete(getattr(found, name)))
        c.execute(sa.delete(VENDOR_LETTER))


def publish(house: House, folder: Path, versions: str = "<=6.05", revision: int = 1) -> None:
    """Load the advisory as it is in its `revision`."""
    tree = document(("Baxter", "Sigma Spectrum", versions, "known_affected"), number="EX-26-7")
    tree["document"]["tracking"]["version"] = str(revision)
    tree["document"]["tracking"]["current_release_date"] = f"2026-10-{revision:02}T00:00:00Z"
    (folder / "ex.json").write_text(json.dumps(tree), encoding="utf-8")
    [report] = feeds.load(house.installation, [folder / "ex.json"])
    assert report.error is None
    assert look_for_holes(house.installation)["affected"] == 3


@pytest.mark.duty("1-4b")
def test_a_maker_is_asked_and_the_answer_stands_on_the_line(house: House, pumps: Path) -> None:
    """One letter asks about all pumps of one maker, filled in; "not affected" closes a line in a name and a day, is taken back whole, and a changed remedy asks anew; a leased pump's letter goes to its owner."""
    here, today = house.installation, house.installation.clock.now().date()
    soon, late = str(today + dt.timedelta(days=7)), today + dt.timedelta(days=8)
    where = "/posture/advisories/EX-26-7"

    def state(asset: str) -> tuple[str, str | None, bool]:
        _, devices = match.of_advisory(here.database, "EX-26-7")
        (one,) = [each.found for each in devices if each.found.asset == asset]
        return one.state, one.maker_says, one.fresh

    async def dealt(asker: Asker) -> None:
        _, text = await asker.get(where)
        own, _, leased = re.findall(r"/posture/known/[0-9]+/inquiry", text)
        assert 'value="丙リース"' in text
        told = {"number": "EX-26-7", "addressee": "バクスター", "duty": "maker"}
        answer, _ = await asker.post(own, **told, due="2001-01-01")
        assert "posture.inquiry.due" in answer.headers["Location"]
        await asker.post(own, **told, due=soon, whole="yes")
        await asker.post(leased, **(told | {"addressee": "丙リース", "duty": "owner"}), due=soon)
        _, text = await asker.get(where)
        letters = sorted(set(re.findall(r"/posture/inquiries/[0-9]+\.docx", text)))
        assert len(letters) == 2
        bodies = []
        for path in letters:
            answer, _ = await asker.get(path)
            book = Document(io.BytesIO(await answer.read()))
            cells = [c.text for t in book.tables for r in t.rows for c in r.cells]
            bodies.append("\n".join([p.text for p in book.paragraphs] + cells))
        for serial in ("SN-71", "SN-72"):
            assert serial in bodies[0]
        for text in ("EX-26-7", "6.05", "バクスター 御中"):
            assert text in bodies[0]
        for text in ("SN-73", "5東", "6西"):
            assert text not in bodies[0]
        assert "丙リース 御中" in bodies[1]
        answer, _ = await asker.get(letters[0].replace("docx", "pdf"))
        assert (await answer.read()).startswith(b"%PDF")
        _, text = await asker.get("/posture/known?maker=asked")
        assert text.count("照会中") == 3

    house.ask(Role.ADMINISTRATOR, dealt)
    assert {one.asset for one in match.late(here.database, late)} == {"0071", "0072", "0073"}
    asked = {one.asset: one.id for one in match.inquiries(here.database, number="EX-26-7")}

    async def answered(asker: Asker) -> None:
        path = f"/posture/inquiries/{asked['0071']}/reply"
        told = {"number": "EX-26-7", "who": "山田", "on": str(today)}
        answer, _ = await asker.post(path, **told, answer="no_patch", instead="")
        assert "posture.inquiry.instead" in answer.headers["Location"]
        await asker.post(path, **told, answer="not_affected", whole="yes")
        _, text = await asker.get(where)
        assert "バクスターの回答：影響なし" in text
        assert "山田" in text
        assert state("0071") == state("0072") == ("done", "not_affected", False)
        await asker.post(re.findall(r"/posture/replies/[0-9]+/undo", text)[0], number="EX-26-7")
        assert state("0071") == ("todo", "asked", True)
        until = str(today + dt.timedelta(days=90))
        await asker.post(path, **told, answer="no_patch", instead="病棟の網から離す", until=until)
        _, text = await asker.get(where)
        assert "病棟の網から離す" in text

    house.ask(Role.ADMINISTRATOR, answered)
    with here.database.write() as c:
        c.execute(sa.update(known.ADVISORY).values(first_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))
    look_for_holes(here)
    assert state("0071") == ("doing", "no_patch", False)
    # 0073 alone is past its deadline: 0071 is held by what stands in its place, 0072 is done.
    assert match.sums(here.database, today)["overdue"] == 1
    publish(house, pumps, "<=6.06", 2)
    assert state("0072") == ("todo", None, True)
    assert state("0071") == ("doing", None, True)
    assert "posture.inquiries_late" not in {one.key for one in machine_findings(here)}


@pytest.mark.duty("3")
def test_a_vendor_is_asked_once_a_year_and_answers(house: House, pumps: Path) -> None:
    """The page of vendors writes letter and sheet, and shows what the sheet that came back says, on the vendor's line and on the device's page."""
    here = house.installation

    async def asked(asker: Asker) -> None:
        due = str(here.clock.now().date() + dt.timedelta(days=30))
        await asker.post("/posture/vendors", name="バクスター", due=due)
        _, text = await asker.get("/posture/vendors")
        [path] = re.findall(r"/posture/vendors/[0-9]+\.xlsx", text)
        answer, _ = await asker.get(path)
        book = openpyxl.load_workbook(io.BytesIO(await answer.read()))
        sheet = book["機器"]
        places: dict[Any, Any] = {cell.value: cell.column for cell in sheet[4]}
        sheet.cell(5, places["ウイルス対策を入れてよいか"], "いいえ")
        book.save(pumps / "回答.xlsx")
        posture.load([pumps / "回答.xlsx"], database=here.database, clock=here.clock)
        _, text = await asker.get("/posture/vendors?search=バクスター")
        assert "機器 1/3" in text
        answer, _ = await asker.post(path.replace(".xlsx", "/withdraw"))
        assert "posture.inquiry.answered" in answer.headers["Location"]
        number = posture.assets(here.database, search="0071").rows[0].id
        _, text = await asker.get(f"/posture/assets/{number}")
        assert "バクスター の回答：ウイルス対策を入れてよいか" in text

    house.ask(Role.ADMINISTRATOR, asked)
