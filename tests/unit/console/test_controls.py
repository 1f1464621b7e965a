"""対策の状態 and 止めてある対策: the pages, from a machine's own word to the letter."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pypdfium2
import sqlalchemy as sa
from docx import Document
from tests.unit.console.conftest import Asker, House
from tests.unit.posture.test_protection import LEDGER, windows

from sekisho import posture
from sekisho.app.machines import look_at_machines, machine_findings
from sekisho.app.proofs import latest_evidence
from sekisho.identity import Role
from sekisho.storage import METADATA
from sekisho.terms import Result

VENDOR = "甲システム株式会社"


def test_what_is_off_is_seen_asked_written_and_sent(house: House, tmp_path: Path) -> None:
    """A machine that tells that its scanner is off is on the page and in today's list; a named person writes by whose order, the letter to that company names it, and what was changed is undone."""
    here = house.installation
    told = windows("NS-01", here.clock.now().isoformat(), defender={"AMServiceEnabled": False})
    (tmp_path / "台帳.csv").write_text(LEDGER, encoding="utf-8")
    (tmp_path / "m.json").write_text(json.dumps(told), encoding="utf-8")
    posture.load(
        [tmp_path / "台帳.csv", tmp_path / "m.json"], database=here.database, clock=here.clock
    )
    assert {"posture.unprotected", "posture.control_whose"} <= {
        one.key for one in machine_findings(here)
    }
    where: list[str] = []

    async def write(asker: Asker) -> None:
        _, text = await asker.get("/posture/protection?state=bad&kind=terminal")
        assert "止まっています" in text
        assert "看護端末" in text
        _, text = await asker.get("/posture/protection?of=patches&state=unknown")
        assert "スイッチ" in text
        _, text = await asker.get("/posture/controls")
        assert "だれの指示か分からない停止が 1 件" in text
        _, text = await asker.get(f"/posture/controls/new?what=scanner&about=2&ordered_by={VENDOR}")
        assert VENDOR in text
        entry = {"what": "scanner", "about": "2", "ordered": "vendor", "ordered_by": VENDOR}
        answer, _ = await asker.post("/posture/controls", **{**entry, "since": "x"})
        assert "posture.control.day" in answer.headers["Location"]
        answer, _ = await asker.post("/posture/controls", **entry, until="2020-01-01")
        where.append(answer.headers["Location"])
        _, text = await asker.get(where[0])
        assert "期限を過ぎました" in text
        await asker.post(where[0], **entry, until="2099-01-01", instead="網を分けている")
        await asker.post(f"{where[0]}/confirm")
        _, text = await asker.get(where[0])
        assert "期限の内で、代わりの対策があります" in text
        answer, _ = await asker.get(f"/posture/controls/letter.docx?to={VENDOR}")
        book = Document(BytesIO(await answer.read()))
        cells = [cell.text for table in book.tables for row in table.rows for cell in row.cells]
        assert "2 看護端末" in cells
        assert f"{VENDOR} 御中" in [line.text for line in book.paragraphs]
        answer, _ = await asker.get(f"/posture/controls/letter.pdf?to={VENDOR}")
        pdf = pypdfium2.PdfDocument(await answer.read())
        assert "看護端末" in pdf[0].get_textpage().get_text_range()
        answer, _ = await asker.get("/posture/controls/letter.pdf?to=nobody")
        assert answer.status == 303

    house.ask(Role.ADMINISTRATOR, write)
    look_at_machines(here)
    proof = latest_evidence(here.database, "posture.controls")
    assert proof is not None
    assert proof.result is Result.YES
    kept = [latest_evidence(here.database, f"posture.{s}") for s in ("protection", "patches")]
    assert [one and one.result for one in kept] == [Result.NOT_CHECKED] * 2

    async def back(asker: Asker) -> None:
        await asker.post(f"{where[0]}/undo")
        await asker.post(f"{where[0]}/undo")
        _, text = await asker.get("/posture/controls?state=overdue")
        assert "期限を過ぎました" in text
        await asker.post(f"{where[0]}/lift", off="no")
        _, text = await asker.get("/posture/controls?state=on")
        assert "2 看護端末" in text

    house.ask(Role.SAFETY_OFFICER, back)
    with here.database.write() as c:  # the hospital is every test's
        for table in METADATA.tables.values():
            if table.name.startswith("posture_"):
                c.execute(sa.delete(table))
