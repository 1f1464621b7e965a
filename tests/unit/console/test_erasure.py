"""The page 消去と保存期間: shown, proposed by one, confirmed by another, then gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.unit.console.conftest import Asker, House, people

from sekisho import care, collect
from sekisho.app.demo.hospital import make
from sekisho.app.erasure import finish
from sekisho.app.installation import open_installation
from sekisho.console.own import act
from sekisho.identity import Role
from sekisho.ledger import erasure, verify


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own: what is erased in it nobody else asks for."""
    folder = tmp_path_factory.mktemp("house")
    truth = make(folder, rows=1_000)
    here = open_installation(folder / "data", create=True)
    with here.recorder() as recorder:
        collect.collect([truth.log], recorder=recorder, database=here.database, clock=here.clock)
    care.load(truth.lists, database=here.database, clock=here.clock)
    made = House(here, truth, dict(people(here)))
    made.start()
    yield made
    made.stop()
    here.close()


PAGE = "/records/erasure"
ORDER = "地裁 令和8年11月1日 第12号"


@pytest.mark.duty("1-3")
def test_two_people_erase_on_the_page(house: House) -> None:
    """An administrator sees counts only and proposes; the safety officer confirms; the record says so."""
    here = house.installation
    patient = next(
        line["patient_ids"][0]["id"]
        for line in here.reader().jsonl()
        if line["patient_ids"] and line["source"] != "sekisho"
    )
    before = here.reader().size()

    async def asked(ask: Asker) -> None:
        answer, text = await ask.post(f"{PAGE}/preview", patients=patient)
        assert answer.status == 200
        assert "まだ何も変えていません" in text
        answer, text = await ask.post(PAGE, patients=patient, order=f"患者 {patient} の件")
        assert answer.status == 400
        assert "消えずに残ります" in text
        answer, _ = await ask.post(PAGE, patients=patient, order=ORDER)
        assert answer.status == 303
        _, text = await ask.get(PAGE)
        assert ORDER in text
        assert "確かめて消す" not in text

    house.ask(Role.ADMINISTRATOR, asked)
    (one,) = (each for each in erasure.erasures(here.database) if each.state == "proposed")
    assert one.order == ORDER

    async def confirmed(ask: Asker) -> None:
        _, text = await ask.get(PAGE)
        assert "確かめて消す" in text
        answer, _ = await ask.post(f"{PAGE}/{one.number}")
        assert answer.status == 303
        answer, text = await ask.post(f"{PAGE}/{one.number}")
        assert answer.status == 400
        finish(here)
        _, text = await ask.get(PAGE)
        assert "消しました" in text

    house.ask(Role.SAFETY_OFFICER, confirmed)
    done = erasure.erasure(here.database, one.number)
    assert done.entry is not None
    assert done.entry >= before
    assert not [
        line
        for line in here.reader().jsonl()
        if any(each["id"] == patient for each in line["patient_ids"])
    ]
    verdict = verify(here.data)
    assert verdict.ok, verdict.first_wrong
    assert verdict.erased == ((done.entry, one.count),)
    told = here.reader().record(done.entry)
    assert act("ja", told["object"]) == f"法令による消去 {one.number} 番を命じる記録"


def test_it_can_be_taken_back_on_the_page(house: House) -> None:
    """Either duty takes a proposal back, and what is wrong is said on the page."""
    here = house.installation

    async def asked(ask: Asker) -> None:
        answer, text = await ask.post(f"{PAGE}/preview", records="9-3")
        assert (answer.status, "番号が読めない" in text) == (400, True)
        answer, text = await ask.post(f"{PAGE}/preview", due="1")
        assert (answer.status, "保存期間を過ぎた記録はありません" in text) == (400, True)
        last = str(here.reader().size() - 1)
        answer, _ = await ask.post(PAGE, records=last, order=ORDER)
        assert answer.status == 303
        one = erasure.erasures(here.database)[0]
        answer, _ = await ask.post(f"{PAGE}/{one.number}/withdraw")
        assert answer.status == 303
        assert erasure.erasure(here.database, one.number).state == "withdrawn"

    house.ask(Role.ADMINISTRATOR, asked)
