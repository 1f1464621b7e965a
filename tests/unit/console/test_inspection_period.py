"""A notice is entered, people confirm, the day is read and printed, and it is taken back."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from tests.unit.console.conftest import Asker, House

from sekisho.app.findings import keep
from sekisho.app.history import today
from sekisho.app.inspection.day import day_of
from sekisho.app.inspection.period import keep_moments, period_findings
from sekisho.app.installation import Installation
from sekisho.identity import Role
from sekisho.inspection import period as room
from sekisho.inspection.period.tables import NOTICE
from sekisho.ledger import own
from sekisho.terms import Action, Outcome

HOME = "/inspection/period"


def _days(house: House, begin: int, end: int) -> dict[str, str]:
    day = today(house.installation)
    return {
        "sender": "県医務課", "letter": "医第9号", "reason": "サミット",
        "begin": (day + dt.timedelta(begin)).isoformat(),
        "end": (day + dt.timedelta(end)).isoformat(),
    }  # fmt: skip


def refused_sign_ins(here: Installation, one: room.Period) -> int:
    """Return what a summary of the last day says of refused sign-ins."""
    content = day_of(here, one, here.clock.now() - dt.timedelta(days=1))
    lines = {line["message"]: line for part in content["parts"] for line in part["lines"]}
    return int(lines["inspection.day.sign_ins"]["args"]["count"])


def test_a_notice_is_entered_confirmed_read_and_taken_back(house: House) -> None:
    """The whole way of a period in the console, after which nothing of it is in force."""
    here = house.installation

    async def enters(asker: Asker) -> None:
        answer, text = await asker.post(HOME, **_days(house, 0, 3) | {"reason": ""})
        assert (answer.status, "県医務課" in text) == (422, True)
        answer, _ = await asker.post(HOME, **_days(house, 0, 3))
        assert answer.status == 303
        answer, text = await asker.post(HOME, **_days(house, 2, 9))
        assert (answer.status, 'name="join"' in text) == (409, True)

    house.ask(Role.SAFETY_OFFICER, enters)
    one = room.running(here.database, today(here))
    assert one is not None
    before = refused_sign_ins(here, one)
    with here.recorder() as recorder:
        recorder.append(
            [
                own(
                    here.clock,
                    user_id=None,
                    action=Action.LOGIN,
                    object="sign-in",
                    outcome=Outcome.REFUSED,
                )
            ]
        )
    assert refused_sign_ins(here, one) == before + 1
    keep_moments(here)
    keep(here.database, "inspection.period", period_findings(here), here.clock)

    async def reads(asker: Asker) -> None:
        _, text = await asker.get("/")
        lines = text.split('action="/findings/')
        assert "警戒期間中です" in lines[0] + lines[1]
        answer, _ = await asker.post(f"{HOME}/{one.number}/words", ask="duty", text="当直 内線100")
        assert answer.status == 303
        _, text = await asker.get(HOME)
        assert "当直 内線100" in text
        answer, text = await asker.get(f"{HOME}/{one.number}")
        assert (answer.status, "医第9号" in text) == (200, True)
        answer, text = await asker.get(f"{HOME}/{one.number}/{today(here)}")
        assert (answer.status, "当直" in text) == (200, False)
        answer = await asker.client.get(
            f"{HOME}/{one.number}/{today(here)}/page.pdf", headers=asker._headers()
        )
        assert (await answer.read())[:5] == b"%PDF-"
        answer, _ = await asker.get(f"{HOME}/{one.number}/2001-01-01")
        assert answer.status == 404

    house.ask(Role.ADMINISTRATOR, reads)

    async def undoes(asker: Asker) -> None:
        answer, _ = await asker.post(f"{HOME}/notices/{one.notices[0].id}", why="")
        assert answer.status == 422
        answer, _ = await asker.post(f"{HOME}/notices/{one.notices[0].id}", why="練習")
        assert answer.status == 303
        _, text = await asker.get(f"{HOME}/{one.number}")
        assert "練習" in text

    house.ask(Role.SAFETY_OFFICER, undoes)
    keep(here.database, "inspection.period", period_findings(here), here.clock)
    assert room.running(here.database, today(here)) is None


def test_it_is_ended_early_with_what_stood_then(house: House) -> None:
    """Ended early by a person, the page shows who ended it, and how things stood is kept."""
    here = house.installation

    async def act(asker: Asker) -> None:
        await asker.post(HOME, **_days(house, 0, 3))
        one = room.running(here.database, today(here))
        assert one is not None
        answer, _ = await asker.post(f"{HOME}/{one.number}/end", why="中止の通知")
        assert answer.headers["Location"] == f"{HOME}/{one.number}"
        _, text = await asker.get(f"{HOME}/{one.number}")
        assert "中止の通知" in text
        kept = {m.kind for m in room.moments(here.database, one.number)}
        assert kept >= {room.Kind.BEGIN, room.Kind.END}
        with here.database.write() as c:
            c.execute(sa.delete(NOTICE).where(NOTICE.c.period == one.number))

    house.ask(Role.ADMINISTRATOR, act)


def test_the_day_of_the_inspection_is_set_and_taken_away(house: House) -> None:
    """A day ahead is kept, one behind is refused, and none is none."""
    day = today(house.installation)

    async def act(asker: Asker) -> None:
        answer, _ = await asker.post(f"{HOME}/day", day=(day - dt.timedelta(1)).isoformat())
        assert answer.status == 422
        await asker.post(f"{HOME}/day", day=(day + dt.timedelta(40)).isoformat())
        _, text = await asker.get(HOME)
        assert (day + dt.timedelta(40)).isoformat() in text
        answer, _ = await asker.post(f"{HOME}/day", day="")
        assert answer.status == 303

    house.ask(Role.SAFETY_OFFICER, act)
