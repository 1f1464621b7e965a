"""Copies on the console: made by those who may, counted for the others, given again as they were."""

from __future__ import annotations

import asyncio
import datetime as dt
import json

from tests.unit.console.conftest import Asker, House

from sekisho.identity import Role
from sekisho.identity.sessions import csrf_token
from sekisho.storage import analysis
from sekisho.terms import Access, Origin, PatientId


def test_a_copy_is_made_listed_and_given_again(house: House) -> None:
    """A reviewer makes a patient's copy, sees how far it is, finds it in the register and takes it again; an administrator sees how many and nothing more; each step is on record."""
    here = house.installation
    with analysis() as duck:
        here.reader().register(duck)
        ((patient,),) = duck.rows(
            "SELECT p.id FROM (SELECT unnest(patient_ids) AS p FROM access) GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
    form = {
        "patient": patient,
        "start": "2026-10-01",
        "end": "2026-10-31",
        "form": "patient",
        "kind": "json",
    }
    before, number = here.reader().size(), ""

    async def count(asker: Asker) -> None:
        _, page = await asker.get("/review/copies")
        assert "作った数" in page
        assert patient not in page
        for path in ("/review/copies", "/review/copies/names"):
            assert (await asker.post(path, **form))[0].status == 403
        if number:
            assert (await asker.get(f"/review/copies/{number}"))[0].status == 403
            assert number not in page

    async def make(asker: Asker) -> None:
        nonlocal number
        _, page = await asker.get(f"/review/copies?patient={patient}&start=2026-10-01")
        assert f'value="{patient}"' in page
        for change, told in (
            ({"start": ""}, "初めと終わりの日"),
            ({"patient": ""}, "患者番号を入れて"),
            ({"patient": "no-such"}, "打ち間違い"),
            ({"form": "reviewer"}, "伏せている間"),
            ({"names": "1"}, "決まりが認めていません"),
        ):
            answer, page = await asker.post("/review/copies", **{**form, **change})
            assert (answer.status, told in page) == (400, True), change
        assert 'hx-get="/records/exports"' in page
        making, seen = asyncio.ensure_future(asker.post("/review/copies", **form)), []
        while not making.done():
            seen.append((await asker.get("/records/exports"))[1])
        assert any("開示の写し" in each and "<progress" in each for each in seen)
        answer, _ = await making
        assert answer.status == 303
        number = answer.headers["Location"].rpartition("=")[2]
        _, page = await asker.get(answer.headers["Location"])
        assert f"写し {number} を作りました" in page
        assert "終わりました" in (await asker.get("/records/exports"))[1]
        answer, body = await asker.get(f"/review/copies/{number}")
        assert f"{number}-patient.json" in answer.headers["Content-Disposition"]
        assert json.loads(body)["patient_id"] == patient
        assert (await asker.get("/review/copies/2026-9999"))[0].status == 404

    async def rule(asker: Asker) -> None:
        answer, _ = await asker.post("/review/copies/names", allows="yes", text="規程", date="")
        assert answer.status == 400
        answer, _ = await asker.post(
            "/review/copies/names", allows="yes", text="規程 第3条", date="2026-04-01"
        )
        assert answer.status == 303
        answer, _ = await asker.post("/review/copies", **form, names="1")
        assert answer.status == 303
        _, body = await asker.get("/review/copies/" + answer.headers["Location"].rpartition("=")[2])
        assert any(line["names"] for line in json.loads(body)["lines"])

    house.ask(Role.ADMINISTRATOR, count)
    house.ask(Role.REVIEWER, make)
    house.ask(Role.ADMINISTRATOR, count)
    house.ask(Role.SAFETY_OFFICER, rule)
    acts = [
        (str(one["object"]), one["outcome"], [each["id"] for each in one["patient_ids"]])
        for one in here.reader().jsonl()
        if one["index"] >= before and str(one["object"]).startswith("review/")
    ]
    assert (f"review/copy/{number}/patient", "success", [patient]) in acts
    assert (f"review/copy/{number}/file", "success", [patient]) in acts
    assert ("review/copy/refused/reviewer", "refused", [patient]) in acts
    assert ("review/names", "success", []) in acts


def test_whose_number_is_meant_is_chosen(house: House) -> None:
    """Where two may have given out one number, the page names them, and the copy holds those that were chosen."""
    here = house.installation
    when = dt.datetime(2026, 10, 12, 3, tzinfo=dt.UTC)
    with here.recorder() as recorder:
        recorder.append(
            [
                Access(
                    occurred_at=when,
                    source="regional",
                    key=f"{place:032x}",
                    digest=f"{place:064x}",
                    origin=Origin(connection="regional", message=place),
                    patient_ids=(PatientId("4711-7", authority),),
                )
                for place, authority in enumerate((None, "1.2.3", "1.2.3.4", "9.9.9"), 1)
            ]
        )
    form = {"patient": "4711-7", "start": "2026-10-01", "end": "2026-10-31"}
    form |= {"form": "patient", "kind": "json"}

    async def choose(asker: Asker) -> None:
        answer, page = await asker.post("/review/copies", **form)
        assert answer.status == 400
        for one in ("1.2.3", "1.2.3.4", "9.9.9", "none"):
            assert f'name="authority" value="{one}"' in page
        for chosen, count in ((["1.2.3"], 2), (["1.2.3", "1.2.3.4"], 3), (["none"], 1)):
            headers = {**asker._headers(), "Origin": asker.origin}
            data = [*form.items(), *(("authority", one) for one in chosen)]
            data.append(("csrf", csrf_token(asker.token)))
            answer = await asker.client.post(
                "/review/copies", data=data, headers=headers, allow_redirects=False
            )
            number = answer.headers["Location"].rpartition("=")[2]
            _, body = await asker.get(f"/review/copies/{number}")
            assert json.loads(body)["accesses"] == count, chosen

    house.ask(Role.REVIEWER, choose)
