"""点検の台帳: the pages, from an empty list to a line that is confirmed, changed and undone."""

from __future__ import annotations

from tests.unit.console.conftest import Asker, House

from sekisho.app.inspection.register import look_at_register, register_findings
from sekisho.app.proofs import latest_evidence
from sekisho.identity import Role
from sekisho.terms import Result

LIST = "/inspection/register"


def test_a_line_is_written_confirmed_and_undone_in_the_console(house: House) -> None:
    """An empty list says what to do; a line that cannot be read comes back with what was typed, one that can is kept, seen by others, not overwritten by who did not see it, and undone."""
    where: list[str] = []

    async def write(asker: Asker) -> None:
        _, text = await asker.get(f"{LIST}/contacts")
        assert "まず" in text or "院内の責任者" in text
        assert "都道府県警察" in text
        form = {"body": "vendor", "party": "模擬システムズ", "phone": "内線 0000"}
        answer, text = await asker.post(f"{LIST}/contacts", **form, confirmed_on="春")
        assert answer.status == 400
        assert "模擬システムズ" in text
        assert "「春」は日付として読めません" in text
        answer, _ = await asker.post(f"{LIST}/contacts", **form)
        where.append(answer.headers["Location"])
        _, text = await asker.get(where[0])
        assert "確かめた日がありません" in text
        answer, _ = await asker.post(f"{where[0]}/act", what="confirm", list="1")
        assert answer.headers["Location"] == f"{LIST}/contacts"
        answer, text = await asker.post(where[0], **form, desk="保守窓口", seen="1")
        assert answer.status == 400
        assert "ほかの人がこの行を変えました" in text
        await asker.post(where[0], **form, desk="保守窓口", seen="2")
        _, text = await asker.get(f"{LIST}/contacts?search=保守窓口")
        assert "そろっています" in text
        await asker.post(f"{where[0]}/act", what="undo")
        _, text = await asker.get(where[0])
        assert "元に戻されました" in text
        await asker.post(f"{where[0]}/act", what="take_back")
        _, text = await asker.get(f"{LIST}/contacts?gone=1")
        assert "模擬システムズ" in text
        await asker.post(f"{where[0]}/act", what="put_back")
        assert (await asker.get(f"{LIST}/rules/{where[0].rsplit('/', 1)[1]}"))[0].status == 404
        assert (await asker.get(f"{LIST}/nothing"))[0].status == 404

    async def look(asker: Asker) -> None:
        _, text = await asker.get(LIST)
        assert "連絡体制" in text
        _, text = await asker.get(where[0])
        assert '<form class="form"' not in text

    house.ask(Role.SAFETY_OFFICER, write)
    house.ask(Role.REVIEWER, look)
    here = house.installation
    assert "register.missing.contacts" in {one.key for one in register_findings(here)}
    look_at_register(here)
    proof = latest_evidence(here.database, "register.contacts")
    assert proof is not None
    assert proof.result is Result.NO
