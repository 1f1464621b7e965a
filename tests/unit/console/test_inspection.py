"""点検: the sheet in the console, answered item by item."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa
from click.testing import CliRunner
from tests.unit.console.conftest import Asker, House

from sekisho import inspection
from sekisho.cli.main import main
from sekisho.identity import Role
from sekisho.inspection.tables import ANSWER

ITEM = "/inspection/checklist-r7/CK-R7-1-1"


def test_a_person_answers_item_by_item(house: House) -> None:
    """The sheet says what waits; a yes without proof needs its reason; keeping goes on to the next item; the answer stands on page and in JSON, and can be taken back."""
    here = house.installation
    today = here.clock.now().date() - dt.timedelta(days=1)

    async def answered(asker: Asker) -> None:
        _, text = await asker.get("/inspection")
        assert "つづきから答える" in text
        assert 'href="/inspection/proof/ledger.verified"' in text, "a proof is one press away"
        assert "原文は未確認" in text
        _, text = await asker.get(ITEM)
        assert "責任者" in text
        told = {"value": "yes", "checked_on": today.isoformat(), "before": "0"}
        answer, text = await asker.post(f"{ITEM}/answer", **told)
        assert answer.status == 422
        assert "何を見て「はい」としたか" in text
        answer, _ = await asker.post(f"{ITEM}/answer", **told, reason="<b>任命書</b>")
        assert answer.headers["Location"] == "/inspection/checklist-r7/CK-R7-2-1"
        answer, text = await asker.post(f"{ITEM}/answer", **told, reason="もう一人")
        assert answer.status == 409
        assert "&lt;b&gt;任命書&lt;/b&gt;" in text
        assert "もう一人" in text
        _, text = await asker.get("/inspection?by=due&standing=yes")
        assert "証拠でなく、人の言葉による" in text

    house.ask(Role.SAFETY_OFFICER, answered)
    said = CliRunner().invoke(
        main,
        [
            "inspection",
            "run",
            "--data",
            str(here.data),
            "--catalog",
            "checklist-r7",
            "--format",
            "json",
        ],
    )
    lines = {one["item"]: one for one in map(json.loads, said.stdout.splitlines())}
    assert lines["CK-R7-1-1"]["standing"] == "yes"
    assert lines["CK-R7-1-1"]["state"] == "not_checked"
    assert lines["CK-R7-1-1"]["answer"]["reason"] == "<b>任命書</b>"

    async def taken_back(asker: Asker) -> None:
        await asker.post(f"{ITEM}/withdraw", before="1")
        _, text = await asker.get(ITEM)
        assert "取り消し" in text
        answer, _ = await asker.post(f"{ITEM}/withdraw", before="2")
        assert "wrong=" in answer.headers["Location"]

    house.ask(Role.SAFETY_OFFICER, taken_back)
    with here.database.write() as c:
        c.execute(sa.delete(ANSWER))


def test_the_page_asks_the_kind_once_and_sets_apart(house: House) -> None:
    """Until a kind is said the page asks and shows all; then what is not asked is counted and one press away, its item says so, and the press back undoes it."""

    async def said(asker: Asker) -> None:
        _, text = await asker.get("/inspection")
        assert "この施設の種類を選んでください" in text
        answer, _ = await asker.post("/inspection/kinds", catalog="checklist-r7")
        assert "wrong=inspection.kinds.choose" in answer.headers["Location"]
        answer, _ = await asker.post("/inspection/kinds", catalog="checklist-r7", kind="pharmacy")
        assert answer.headers["Location"] == "/inspection?catalog=checklist-r7"
        _, text = await asker.get("/inspection")
        assert "この点検表に、この施設の種類に求められる項目はありません" in text
        assert ITEM not in text
        _, text = await asker.get("/inspection?apart=1")
        assert ITEM in text
        _, text = await asker.get(ITEM)
        assert "この施設の種類（薬局）には求められない項目です" in text
        _, text = await asker.get("/inspection/progress")
        assert "項目は、数えていません" in text
        await asker.post("/inspection/kinds/undo")
        _, text = await asker.get("/inspection")
        assert "この施設の種類を選んでください" in text

    house.ask(Role.SAFETY_OFFICER, said)


def test_what_is_not_there_is_not_found(house: House) -> None:
    """An item or a sheet that does not exist is not found, and a mistyped turn loses nothing."""

    async def asked(asker: Asker) -> None:
        for path in ("/inspection/checklist-r7/X", "/inspection/x/CK-R7-1-1"):
            answer, _ = await asker.get(path)
            assert answer.status == 404
        answer, _ = await asker.post(
            f"{ITEM}/answer", value="yes", checked_on="2026-01-01", reason="x", before="二"
        )
        assert answer.status == 409

    house.ask(Role.ADMINISTRATOR, asked)


def test_an_unknown_sheet_is_named(house: House) -> None:
    """`inspection run` of a catalogue that does not exist says which there are, and ends with 2."""
    data = str(house.installation.data)
    said = CliRunner().invoke(main, ["inspection", "run", "--data", data, "--catalog", "r99"])
    assert said.exit_code == 2
    assert "checklist-r7" in said.output


def test_answers_are_carried_by_the_command(house: House) -> None:
    """`sekisho inspection carry` proposes, keeps only what asks the same unless an item is named, says what it could not keep, and takes back."""
    here = house.installation

    def carry(*told: str) -> tuple[int, list[dict[str, Any]]]:
        done = CliRunner().invoke(
            main,
            ["inspection", "carry", "checklist-r7", "guideline-7.0", "--data", str(here.data), "--json", *told],
        )  # fmt: skip
        return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]

    answers = [("CK-R7-2-7", "yes", None), ("CK-R7-2-8", "yes", None), ("CK-R7-3-2", "yes", None)]
    book = inspection.catalogue("checklist-r7")
    now = here.clock.now()
    for item, value, target in answers:
        one = next(one for one in book.items if one.id == item)
        inspection.answer(
            here.database, book, one, value=value, checked_on=now.date() - dt.timedelta(days=9),
            target_on=target, reason="見た", by="a1", at=now, today=now.date(),
            computed=inspection.compute(one, {}, now),
        )  # fmt: skip
    code, lines = carry()
    assert (code, lines[-1]["summary"]) == (0, {"proposed": 4, "kept": 0, "left": 4})
    code, lines = carry("--by", "a2")
    assert [one["item"] for one in lines[:-1] if one["state"] == "kept"] == ["GL70-S-14.1.1-reuse"]
    code, lines = carry("--by", "a2", "--item", "GL70-backup", "--item", "GL70-S-14.1.1-nofa")
    assert {one["item"]: one["state"] for one in lines[:-1]} == {
        "GL70-S-14.1.1-reuse": "answered",
        "GL70-S-14.1.1-nofa": "kept",
        "GL70-S-14.1.1-2fa": "open",
        "GL70-backup": "refused",
    }
    assert next(one for one in lines if one.get("refused"))["refused"]["ja"]
    assert carry("--item", "GL70-backup")[0] == 2
    assert carry("--by", "a2", "--item", "GL70-none")[0] == 2
    code, lines = carry("--by", "a2", "--undo")
    assert lines[-1]["summary"] == {"taken_back": 2}


def test_the_sheet_leaves_as_oscal(house: House) -> None:
    """`--format oscal` gives one JSON document of every question that is asked, and `oscal-catalog` the questions themselves; who takes the sheet away is recorded."""
    here = house.installation
    size = here.reader().size()

    def run(form: str) -> dict[str, Any]:
        done = CliRunner().invoke(
            main,
            ["inspection", "run", "--data", str(here.data), "--catalog", "notice-2016", "--format", form],
        )  # fmt: skip
        assert done.exit_code == 0
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    book = inspection.catalogue("notice-2016")
    (result,) = run("oscal")["assessment-results"]["results"]
    targets = [one["target"]["target-id"] for one in result["findings"]]
    assert targets == [f"{one.id}_smt" for one in book.asked()]
    assert here.reader().size() > size
    assert run("oscal-catalog")["catalog"]["groups"]


def test_earlier_answers_are_confirmed_on_a_page(house: House) -> None:
    """The page shows earlier answers with why to confirm, keeps those that are chosen, says why one is not kept, and takes them back; who may not answer has nothing to choose."""
    here = house.installation
    book, now = inspection.catalogue("device-2023"), here.clock.now()
    asked = {one.id: one for one in book.items}
    for name, value in (("DEV-HP-6", "yes"), ("DEV-HP-9", "no")):
        inspection.answer(
            here.database, book, asked[name], value=value, checked_on=now.date(),
            target_on=now.date() if value == "no" else None, reason="手引書で見た", by="a1", at=now,
            today=now.date(), computed=inspection.compute(asked[name], {}, now),
        )  # fmt: skip
    told = {"from": "device-2023", "to": "guideline-6.0"}
    path = "/inspection/carry?from=device-2023&to=guideline-6.0"

    async def confirmed(asker: Asker) -> None:
        _, text = await asker.get(path)
        assert "手引書で見た" in text
        assert "決まりが変わりました" in text
        assert "医療機器だけ" in text
        answer, text = await asker.post("/inspection/carry", **told, item="GL60-S-8.2")
        assert answer.status == 200
        assert "前の版から写したもの" in text
        answer, text = await asker.post("/inspection/carry/undo", **told)
        assert "前の版から写したもの" not in text
        answer, _ = await asker.get("/inspection/carry?from=none&to=guideline-6.0")
        assert answer.status == 404

    async def looked(asker: Asker) -> None:
        _, text = await asker.get(path)
        assert "いまも「はい」" not in text

    house.ask(Role.SAFETY_OFFICER, confirmed)
    house.ask(Role.REVIEWER, looked)


def test_an_own_edition_that_is_wrong_is_said(house: House) -> None:
    """A file of the institution's own that is not right is named on the sheet's page with its reason, and is not among the sheets."""
    folder = house.installation.data / "catalogues"
    folder.mkdir()
    (folder / "ken.toml").write_text("title = 3", encoding="utf-8")

    async def seen(asker: Asker) -> None:
        _, text = await asker.get("/inspection")
        assert "ken.toml" in text
        assert 'value="ken"' not in text
        answer, _ = await asker.get("/inspection/ken/X-1")
        assert answer.status == 404

    try:
        house.ask(Role.SAFETY_OFFICER, seen)
    finally:
        (folder / "ken.toml").unlink()
        folder.rmdir()
