"""Asking and deciding in the console: two people, each act on record, nobody their own case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from tests.unit.console.conftest import Asker, House

from sekisho import identity, review
from sekisho.app import deputy
from sekisho.app.tables import SETTING
from sekisho.care.tables import ORDER
from sekisho.console.habit import habit, neighbours
from sekisho.identity import Role
from sekisho.identity.tables import ACCOUNT


def raised(house: House, place: int) -> review.Case:
    """Return a raised case that no other test of this house answers: counted from the last one."""
    return review.cases(house.installation.database, 1, limit=None)[-place]


def last_acts(house: House, count: int) -> list[str]:
    """Return the newest acts on record."""
    reader = house.installation.reader()
    return [
        str(reader.record(index)["object"]) for index in range(reader.size() - count, reader.size())
    ]


def test_a_case_goes_from_question_to_decision(house: House) -> None:
    """The reviewer asks, writes down the reply and refers; one enters the committee's decision and only another can confirm it; every act is on record."""
    database = house.installation.database
    case = raised(house, 1)
    key, path = case.key, f"/review/cases/{case.id}"

    async def reviewer(ask: Asker) -> None:
        answer, text = await ask.post(f"{path}/answer", answer="ask_head", note="")
        assert answer.status == 400
        assert "先に本人に" in text
        answer, _ = await ask.post(f"{path}/answer", answer="ask_person", note="")
        assert answer.status == 303
        number = review.asks(database, key)[0].id
        for form in ("pdf", "docx"):
            answer, _ = await ask.get(f"/review/asks/{number}/sheet.{form}")
            assert answer.status == 403, "ids are covered"
        answer, text = await ask.post(f"/review/asks/{number}/reply", text="x", on="2999-01-01")
        assert answer.status == 400
        answer, _ = await ask.post(
            f"/review/asks/{number}/reply", text="応援でした", on="2026-11-01"
        )
        assert answer.status == 303
        await ask.post(f"{path}/answer", answer="refer", note="")
        decision = {"text": "第2回", "date": "2026-11-01"}
        answer, _ = await ask.post(f"{path}/decision", kind="guilty", **decision)
        assert answer.status == 404
        answer, _ = await ask.post(f"{path}/decision", kind="violation", **decision)
        assert answer.status == 303
        waits = review.decisions(database, key=key)[0].id
        answer, text = await ask.post(f"/review/decisions/{waits}", act="confirm")
        assert answer.status == 400
        assert "別の人が確かめてください" in text
        _, text = await ask.get(path)
        assert 'value="confirm"' not in text
        assert "応援でした" in text

    async def officer(ask: Asker) -> None:
        number = review.decisions(database, key=key)[0].id
        _, text = await ask.get(path)
        assert 'value="confirm"' in text
        answer, _ = await ask.post(f"/review/decisions/{number}", act="confirm")
        assert answer.status == 303
        acts = last_acts(house, 2)
        assert f"review/decision/{number}/confirm" in acts
        _, text = await ask.get(path)
        assert "違反（委員会の決定）" in text
        assert 'value="reopen"' not in text

    house.ask(Role.REVIEWER, reviewer)
    assert review.case(database, case.id).state == "referred"
    house.ask(Role.SAFETY_OFFICER, officer)
    assert review.case(database, case.id).state == "violation"


@pytest.fixture
def reviewed_reviewer(house: House) -> Iterator[str]:
    """Whoever a case is about, who for this test is a reviewer here."""
    here = house.installation
    user = raised(house, 2).user_id
    roles = {Role.REVIEWER}
    account = identity.create_account(
        here.database, here.clock, user_id=user, name="甲", roles=roles, by="test"
    )
    yield user
    with here.database.write() as c:
        c.execute(sa.delete(ACCOUNT).where(ACCOUNT.c.id == account.id))
        c.execute(sa.delete(SETTING).where(SETTING.c.name == deputy.SETTING))


def test_a_case_about_a_reviewer_waits_for_the_deputy(house: House, reviewed_reviewer: str) -> None:
    """Who reviews neither sees nor answers a case about another reviewer; the refusal is on record; once the safety officer is the deputy, they do."""
    path = f"/review/cases/{raised(house, 2).id}"

    async def refused(ask: Asker) -> None:
        _, text = await ask.get("/review")
        assert f'href="{path}"' not in text
        assert "代理の確認者が読む件" in text
        for answer, _ in (
            await ask.get(path),
            await ask.post(f"{path}/answer", answer="explained", note="x"),
            await ask.post(f"{path}/decision", kind="unasked", text="x", date="2026-11-01"),
        ):
            assert answer.status == 403
        reader = house.installation.reader()
        assert reader.record(reader.size() - 1)["outcome"] == "refused"

    async def named(ask: Asker) -> None:
        numbers = {"closing": "15", "reply": "14", "months": "6"}
        answer, _ = await ask.post("/review/rules", deputy="Z1", **numbers)
        assert answer.status == 303
        answer, _ = await ask.post("/review/rules", deputy="Z0", **numbers)
        assert answer.status == 400
        answer, _ = await ask.post("/review/rules", **{**numbers, "months": "0"})
        assert answer.status == 400
        answer, _ = await ask.get(path)
        assert answer.status == 403

    async def reads(ask: Asker) -> None:
        answer, _ = await ask.get(path)
        assert answer.status == 200

    assert reviewed_reviewer
    house.ask(Role.REVIEWER, refused)
    house.ask(Role.SAFETY_OFFICER, refused)
    house.ask(Role.SAFETY_OFFICER, named)
    house.ask(Role.REVIEWER, reads)


def test_a_case_shows_what_is_usual_and_who_was_near(house: House) -> None:
    """Somebody else at the same terminal minutes later is named beside the case, covered like everybody; the usual day is said where there are days enough."""
    here = house.installation
    case = raised(house, 1)
    first = here.reader().record(case.records[0][0])
    times = [dt.datetime.fromisoformat(first["occurred_at"])]
    usual = habit(here, first["user_id"], times, ZoneInfo("Asia/Tokyo"))
    assert usual is not None
    assert sum(usual.that) >= 1
    assert usual.day == times[0].astimezone(ZoneInfo("Asia/Tokyo")).date()
    near = neighbours(here, "nobody", [(times[0], first["terminal"])])
    assert first["user_id"] in {one.user_id for one in near}
    assert neighbours(here, "nobody", [(times[0] - dt.timedelta(days=900), "PC-?")]) == ()


def test_an_order_entered_for_another_stands_beside_the_case(house: House) -> None:
    """An order that the person entered for a doctor, for the patient of the case, is named beside it with its number; the doctor's id is covered like everybody's."""
    case = raised(house, 1)
    database, path = house.installation.database, f"/review/cases/{case.id}"
    day = case.first_at.astimezone(ZoneInfo("Asia/Tokyo")).date()
    order = {
        "key": "beside", "load_id": 0, "row": 1, "patient_id": case.patient_ids[0], "day": day,
        "what": "lab", "number": "A-77", "doctor_id": "D9", "entered_by": case.user_id,
    }  # fmt: skip

    async def reads(ask: Asker) -> None:
        _, text = await ask.get(path)
        assert "（A-77）を、代わりに入れています" in text
        assert "D9" not in text

    with database.write() as c:
        c.execute(sa.insert(ORDER).values(order))
    try:
        house.ask(Role.REVIEWER, reads)
    finally:
        with database.write() as c:
            c.execute(sa.delete(ORDER).where(ORDER.c.key == "beside"))


def test_drafts_and_orders_are_on_the_page_of_grounds(house: House) -> None:
    """Each draft is given as DOCX; an order about the days before the notice is entered by one and taken back by another."""

    async def act(ask: Asker) -> None:
        for kind in ("rule", "responsible", "notice", "watchers"):
            answer, _ = await ask.get(f"/review/masking/{kind}.docx")
            assert (answer.status, (await answer.read())[:2]) == (200, b"PK")
        days = {"start": "2026-10-02", "end": "2026-10-01", "date": "2026-11-01"}
        answer, _ = await ask.post("/review/masking/order", text="調査", **days)
        assert answer.status == 400
        answer, _ = await ask.post("/review/masking/order", text="調査", **{**days, "start": "x"})
        assert answer.status == 400
        answer, _ = await ask.post(
            "/review/masking/order", text="調査", **{**days, "end": "2026-10-09"}
        )
        assert answer.status == 303
        number = review.decisions(house.installation.database)[-1].id
        _, text = await ask.get("/review/masking")
        assert f"/review/decisions/{number}" in text
        answer, _ = await ask.post(f"/review/decisions/{number}", act="withdraw")
        assert answer.headers["Location"] == "/review/masking"

    house.ask(Role.REVIEWER, act)
    assert review.decisions(house.installation.database)[-1].withdrawn_by is not None
