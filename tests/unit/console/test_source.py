"""A source's page: its sheet, confirmed in a person's own name, and the letter."""

from __future__ import annotations

from tests.unit.console.conftest import Asker, House

from sekisho import collect
from sekisho.collect import unseen
from sekisho.identity import Role


def test_a_sheet_is_confirmed_by_a_named_person(house: House) -> None:
    """An administrator confirms the lines of a sheet; the name, the day and the act on record stand for it; a reviewer reads it and confirms nothing."""
    here = house.installation
    name = collect.sources(here.database)[0].name
    path, before = f"/records/source?name={name}", here.reader().size()

    async def confirm(asker: Asker) -> None:
        _, page = await asker.get("/records/sources")
        assert "未確認" in page
        _, page = await asker.get(path)
        assert "案" in page
        answer, page = await asker.post(
            "/records/source", name=name, **{"state-search": "not_checked"}
        )
        assert (answer.status, "理由を" in page) == (400, True)
        answers = {f"state-{matter.id}": "no" for matter in unseen.matters()}
        answer, _ = await asker.post(
            "/records/source", name=name, **answers, **{"note-search": "業者の回答 <b>"}
        )
        assert answer.status == 303
        _, page = await asker.get(path)
        assert "業者の回答 &lt;b&gt;" in page
        assert "Z0 が確認" in page
        assert "すべての行が確かめられています" in page
        answer, _ = await asker.get("/records/source/request.docx?name=" + name)
        assert answer.status == 200
        assert (await answer.read())[:2] == b"PK"
        assert (await asker.get("/records/source?name=nobody"))[0].status == 404

    async def read(asker: Asker) -> None:
        answer, page = await asker.get(path)
        assert (answer.status, "業者の回答" in page, "state-search" in page) == (200, True, False)
        answer, _ = await asker.post("/records/source", name=name, **{"state-search": "yes"})
        assert answer.status == 403
        assert (await asker.get("/records/source/request.docx?name=" + name))[0].status == 403

    house.ask(Role.ADMINISTRATOR, confirm)
    house.ask(Role.REVIEWER, read)
    acts = [
        (one["user_id"], one["object"], one["outcome"])
        for one in here.reader().jsonl()
        if one["index"] >= before and str(one["object"]).startswith("collect/")
    ]
    assert acts == [
        ("Z0", f"collect/unseen/{name}", "success"),
        ("Z0", f"collect/request/{name}", "success"),
    ]
