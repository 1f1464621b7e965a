"""One record verified on its page, and what is signed and seen outside."""

from __future__ import annotations

import re

import pytest
from tests.unit.console.conftest import Asker, House

from sekisho.app.history import keep_history
from sekisho.console.own import OWN
from sekisho.identity import Role
from sekisho.ledger import erasure
from sekisho.ledger.erasure import Chosen
from sekisho.ledger.history import history


def test_a_record_is_verified_on_its_page(house: House) -> None:
    """Verify now says that the record is what was signed, what it did not check, and is on record."""
    here = house.installation

    async def act(ask: Asker) -> None:
        answer, text = await ask.post("/records/3/verify")
        assert answer.status == 200
        assert "署名されたときのままでした" in text
        assert "確かめていないこと" in text
        assert "この一件だけを確かめました" in text

    house.ask(Role.REVIEWER, act)
    mine = [one for one in here.reader().jsonl() if one["object"] == "ledger/verify/3"]
    assert [one["action"] for one in mine] == ["execute"]


def test_what_is_not_as_signed_is_called_so(house: House) -> None:
    """Where record and tree no longer give the signed root, the page says so and not "intact"."""

    async def act(ask: Asker) -> None:
        tile = house.installation.data / "ledger" / "tile" / "0" / "000"
        whole = tile.read_bytes()
        tile.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        try:
            answer, text = await ask.post("/records/254/verify")
        finally:
            tile.write_bytes(whole)
        assert answer.status == 200
        assert "署名した" in text
        assert "同じではありません" in text
        assert "署名されたときのままでした" not in text

    house.ask(Role.REVIEWER, act)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.REVIEWER, Role.SAFETY_OFFICER])
def test_what_is_signed_is_shown_to_every_duty(house: House, role: Role) -> None:
    """The fingerprint, the QR code, sealed days, and that nobody outside was asked, stand on one page."""

    async def act(ask: Asker) -> None:
        answer, text = await ask.get("/records/checkpoints")
        assert answer.status == 200
        assert re.search(r"([0-9A-F]{4} ){15}[0-9A-F]{4}", text)
        assert "<svg" in text
        assert "立会人を頼んでいません" in text
        assert "時刻証明局を使っていません" in text
        assert "0 – " in text

    house.ask(role, act)


def test_what_is_kept_of_earlier_days_is_shown_and_given(house: House) -> None:
    """A checkpoint of the history stands on the page, and can be taken along as the note that it is."""
    here = house.installation
    keep_history(here)
    (name,) = {one.name for one in history(here.data) if one.why == "signed"}

    async def act(ask: Asker) -> None:
        answer, text = await ask.get("/records/checkpoints")
        assert "その日の最後" in text
        answer, text = await ask.get(f"/records/checkpoints/{name}")
        assert answer.status == 200
        assert text == (here.data / "ledger" / "history" / name).read_text("utf-8")
        answer, _ = await ask.get("/records/checkpoints/2020-01-01.signed")
        assert answer.status == 404

    house.ask(Role.ADMINISTRATOR, act)


def test_a_sealed_file_that_is_gone_is_said(house: House) -> None:
    """Where a sealed file is missing the page of signatures opens all the same, and names it."""
    (path, *_) = (house.installation.data / "ledger" / "sealed").glob("*/*/*.parquet")
    aside = path.with_name("aside")

    async def act(ask: Asker) -> None:
        answer, text = await ask.get("/records/checkpoints")
        assert answer.status == 200
        assert path.name in text

    path.rename(aside)
    try:
        house.ask(Role.REVIEWER, act)
    finally:
        aside.rename(path)


def test_an_erased_record_is_shown_as_erased(house: House) -> None:
    """A lawfully erased record's page says so, by which order, and keeps its place; it is no error."""
    here = house.installation
    index = here.reader().size()
    at = here.clock.now()

    async def leave(ask: Asker) -> None:
        await ask.get("/people?search=erased")

    house.ask(Role.REVIEWER, leave)
    chosen = Chosen(records=[(index, index)], count=1, first_at=at, last_at=at, sources={OWN: 1})
    order = erasure.propose(here.database, here.clock, chosen, order="命令 第1号", by="A")
    erasure.confirm(here.database, here.clock, order.number, by="B")
    with here.recorder() as recorder:
        entry = recorder.erase(order.number)

    async def act(ask: Asker) -> None:
        answer, text = await ask.get(f"/records/{index}")
        assert answer.status == 200
        assert "消去された記録" in text
        assert f'href="/records/{entry}"' in text

    house.ask(Role.REVIEWER, act)
