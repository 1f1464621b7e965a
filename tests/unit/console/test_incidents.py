"""四つの事故: link by link, and what only a person can say."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import sqlalchemy as sa
from click.testing import CliRunner
from tests.unit.console.conftest import Asker, House

from sekisho import posture
from sekisho.app.machines import look_at_machines, machine_findings
from sekisho.app.proofs import latest_evidence
from sekisho.cli.main import main
from sekisho.identity import Role
from sekisho.posture import tables
from sekisho.posture.incidents.tables import WORD
from sekisho.terms import Result

LINES = "接続番号,接続名,種別,二要素認証,接続元制限,最終更新日\nL1,ナースコール保守,保守,無,無,2020/01/01\n"


def test_the_incidents_are_replayed_and_a_person_answers(house: House, tmp_path: Path) -> None:
    """The page names the line that would not stop it; what no ledger tells a named person answers with a paper, and it stands on the page, in the morning's evidence and in JSON."""
    here = house.installation
    (tmp_path / "接続.csv").write_text(LINES, encoding="utf-8")
    posture.load([tmp_path / "接続.csv"], database=here.database, clock=here.clock)
    until = (here.clock.now().date() + dt.timedelta(days=90)).isoformat()

    async def answered(asker: Asker) -> None:
        _, text = await asker.get("/posture/incidents")
        assert "L1 ナースコール保守" in text
        assert "二要素認証も接続元の制限もない接続が 1 本あります" in text
        assert "まだ答えがありません" in text
        answer, _ = await asker.post("/posture/incidents/backup", said="yes", until=until)
        assert "posture.word.paper" in answer.headers["Location"]
        await asker.post("/posture/incidents/backup", said="yes", shown_by="戻す試し", until=until)
        _, text = await asker.get("/posture/incidents")
        assert "書面で確かめました（戻す試し）" in text

    house.ask(Role.SAFETY_OFFICER, answered)

    async def reads(asker: Asker) -> None:
        answer, _ = await asker.post("/posture/incidents/backup", said="no", until=until)
        assert answer.status == 403

    house.ask(Role.REVIEWER, reads)
    look_at_machines(here)
    proof = latest_evidence(here.database, "posture.incidents")
    assert proof is not None
    assert proof.result is Result.NO
    assert "posture.incidents" in {one.key for one in machine_findings(here)}
    told = CliRunner().invoke(main, ["posture", "incidents", "--data", str(here.data), "--json"])
    *links, last = [json.loads(line) for line in told.stdout_bytes.decode().splitlines()]
    by = {(one["incident"], one["link"]): one for one in links}
    assert by["okayama-2024", "backup"]["status"] == "stopped"
    assert by["musashikosugi-2026", "line"]["answers"][0]["records"][0]["kind"] == "connection"
    assert sum(last["summary"].values()) == len(links)
    said = CliRunner().invoke(main, ["posture", "incidents", "--data", str(here.data)])
    assert "L1 ナースコール保守" in said.output
    with here.database.write() as c:  # the hospital is every test's
        for table in (WORD, tables.CONNECTION, tables.LOAD):
            c.execute(sa.delete(table))
