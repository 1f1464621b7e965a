"""公表された弱点: by deadline, by advisory, by machine, and how old the knowledge is."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import sqlalchemy as sa
from tests.unit.console.conftest import Asker, House
from tests.unit.posture.test_match import document

from sekisho.app import feeds, walk
from sekisho.app.machines import look_at_machines, look_for_holes, machine_findings
from sekisho.app.proofs import latest_evidence
from sekisho.app.tables import JOB
from sekisho.identity import Role
from sekisho.posture import tables
from sekisho.posture.knowledge import tables as known
from sekisho.posture.match import tables as match
from sekisho.terms import Result

LEDGER = (
    "管理番号,機器名,種別,製造販売業者,型式,バージョン,設置場所,外すと止まるもの,保守業者,連絡先\n"
    "0012,輸液ポンプ,医療機器,バクスター,Sigma Spectrum,6.05,5東,輸液の自動制御,甲保守,内線 1234\n"
)


def test_what_is_published_is_dealt_with_device_by_device(house: House, tmp_path: Path) -> None:
    """An advisory that is loaded names our device, what stops and whom to call; past its deadline it is a finding and no proof, until a named person says it is done."""
    here = house.installation
    (tmp_path / "upload").write_text(LEDGER, encoding="utf-8")
    walk.start_posture(here, tmp_path / "upload", by="Z0", name="台帳.csv")
    while walk.work_once(here):
        pass

    async def nothing(asker: Asker) -> None:
        _, text = await asker.get("/posture/known")
        assert "まだ読み込まれていません" in text

    house.ask(Role.ADMINISTRATOR, nothing)
    assert "posture.known_none" in {one.key for one in machine_findings(here)}
    tree = document(("Baxter", "Sigma Spectrum", "<=6.05", "known_affected"), number="EX-26-1")
    (tmp_path / "ex.json").write_text(json.dumps(tree), encoding="utf-8")
    with here.database.write() as c:
        c.execute(sa.delete(JOB).where(JOB.c.name == "machines"))
        late = here.clock.now() + dt.timedelta(hours=9)
        c.execute(sa.insert(JOB).values(name="machines", next_at=late))
    [report] = feeds.load(here, [tmp_path / "ex.json"])
    assert report.error is None
    with here.database.read() as c:  # held against the machines now, not tomorrow morning
        assert c.execute(sa.select(JOB.c.next_at)).scalar_one() <= here.clock.now()
    assert look_for_holes(here)["affected"] == 1
    assert "posture.holes_new" in {one.key for one in machine_findings(here)}

    async def dealt(asker: Asker) -> None:
        _, text = await asker.get("/posture/known?search=spectrum&verdict=affected")
        assert "EX-26-1" in text
        assert "まだ見ていない" in text
        _, text = await asker.get("/posture/advisories/EX-26-1")
        for told in ("0012", "5東", "輸液の自動制御", "甲保守", "内線 1234"):
            assert told in text
        where = re.findall(r"/posture/known/[0-9]+", text)[0]
        answer, _ = await asker.post(where, said="maybe")
        assert "posture.treat.state" in answer.headers["Location"]
        await asker.post(where, said="doing", note="メーカーに照会")
        _, text = await asker.get("/posture/known")
        assert "手当て中" in text
        assert "まだ見ていない" not in text
        _, text = await asker.get("/posture/sources")
        assert "CSAF" in text

    house.ask(Role.ADMINISTRATOR, dealt)
    with here.database.write() as c:
        c.execute(sa.update(known.ADVISORY).values(first_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))
    look_at_machines(here)
    assert "posture.holes_overdue" in {one.key for one in machine_findings(here)}
    proof = latest_evidence(here.database, "posture.holes")
    assert proof is not None
    assert proof.result is Result.NO

    async def done(asker: Asker) -> None:
        _, text = await asker.get("/posture/advisories/EX-26-1")
        assert "期限を過ぎました" in text
        await asker.post(re.findall(r"/posture/known/[0-9]+", text)[0], said="done")
        _, text = await asker.get("/posture/known?state=done")
        assert "EX-26-1" in text

    house.ask(Role.ADMINISTRATOR, done)
    look_at_machines(here)
    assert not {"posture.holes_overdue", "posture.holes_new"} & {
        one.key for one in machine_findings(here)
    }
    proof = latest_evidence(here.database, "posture.holes")
    assert proof is not None
    assert proof.result is Result.YES
    with here.database.write() as c:  # the hospital is every test's
        for name in ("ASSET", "SIGHTING", "ADDRESS", "SOFTWARE", "CONNECTION", "PAIR", "LOAD"):
            c.execute(sa.delete(getattr(tables, name)))
        for name in ("FEED", "ADVISORY", "STATEMENT", "FACT", "TREATMENT", "ANSWER"):
            c.execute(sa.delete(getattr(known, name)))
        c.execute(sa.delete(match.FOUND))
        c.execute(sa.delete(JOB))
