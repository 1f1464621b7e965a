"""A maintenance vendor passes the gate against an approved plan only."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
from tests.unit.gate.conftest import Browser, Hospital, hospital_at, visit
from tests.unit.gate.test_web_whole import GATE, MAP, Application

from sekisho import care
from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.gate import plans
from sekisho.gate.plans import Plan
from sekisho.identity import Method
from sekisho.storage import Database
from sekisho.terms import FixedClock

Who = Callable[[str | None], Browser]
HOUR = dt.timedelta(hours=1)
FROM = "203.0.113.5"
MAPPED = (
    MAP.replace(
        'act = "read"\nclass = "administration"', 'act = "administer"\nclass = "administration"'
    )
    + """
[[rule]]
path = "/config"
act = "administer"
class = "administration"
patient = "none"
"""
)


@pytest.fixture
def application() -> Application:
    """The application, not started yet."""
    return Application()


@pytest.fixture
def hospital(
    data: Path, template: Path, clock: FixedClock, application: Application
) -> Iterator[Hospital]:
    """A hospital whose ORCA stands behind gate and edge, and the vendor V1 in its staff list."""
    (data / "orca.toml").write_text(MAPPED, encoding="utf-8")
    toml = GATE.replace("UPSTREAM", f"http://127.0.0.1:{application.port}")
    for here in hospital_at(
        data, template, clock, toml.replace("[gate]", '[gate]\nedges = ["127.0.0.1/32"]')
    ):
        care.add_person(here.installation.database, user_id="V1", name="関 業者", duty="保守業者")
        here.enforce("orca")
        yield here


def _visit(hospital: Hospital, application: Application, journey: Callable[[Who], object]) -> None:
    async def whole(who: Who) -> None:
        runner = await application.start()
        try:
            await journey(who)  # type: ignore[misc]
        finally:
            await runner.cleanup()

    visit(hospital, whole)


def _plan(hospital: Hospital, begins: dt.timedelta, ends: dt.timedelta, **more: str) -> Plan:
    """A plan that the safety officer approved."""
    here, now = hospital.installation, hospital.installation.clock.now()
    plan = plans.propose(
        here.clock,
        user_id=more.get("user_id", "V1"),
        route=more.get("route", "orca"),
        sources=[more.get("source", "203.0.113.0/28")],
        begins=now + begins,
        ends=now + ends,
        work="ORCA の更新（模擬）",
        by="S1",
    )
    plans.keep(here.database, plan)
    plans.approve(here.database, here.clock, plan.id, by="S2")
    return plan


async def _ask(who: Who, address: str = FROM) -> tuple[int, str]:
    """Ask for what a vendor administers."""
    headers = {"X-Forwarded-For": address}
    got, body, _ = await who("V1").ask("GET", "/config", headers=headers, page=True)
    return got, body.decode()


async def _until(who: Who, why: str, address: str = FROM) -> None:
    """Ask until the refusal says `why`: a change is in force a moment later."""
    async with asyncio.timeout(30):
        page = ""
        while why not in page:
            await asyncio.sleep(0.05)
            _, page = await _ask(who, address)


def test_a_vendor_passes_within_the_plan_alone(
    hospital: Hospital, application: Application, clock: FixedClock
) -> None:
    """Without a plan, before it, from elsewhere or by password alone a vendor is refused and told why; within it the night is working time."""
    hospital.sign_in("V1")

    async def journey(who: Who) -> None:
        got, page = await _ask(who)
        assert got == 403
        assert "承認された保守の作業計画がありません" in page
        assert "計画の承認を受けてください" in page
        _plan(hospital, -HOUR, HOUR, route="other")
        _plan(hospital, -HOUR, HOUR, user_id="V2")
        later = _plan(hospital, HOUR, 2 * HOUR)
        await _until(who, "まだ始まっていません")
        plans.end(hospital.installation.database, clock, later.id, by="S1")
        _plan(hospital, -HOUR, HOUR)
        await _until(who, "計画にない場所", "198.51.100.7")
        assert "二つ目の要素" in (await _ask(who))[1]
        assert application.seen == []
        hospital.sign_in("V1", Method.PASSWORD_TOTP)
        assert (await _ask(who))[0] == 200
        assert len(application.seen) == 1

    _visit(hospital, application, journey)

    mine = [one for one in hospital.records() if one["user_id"] == "V1"]
    assert {one["user_kind"] for one in mine} == {"vendor"}
    assert list(dict.fromkeys(one["reason"] for one in mine))[:4] == [
        "gate.refused.no_plan",
        "gate.refused.plan_later",
        "gate.refused.plan_elsewhere",
        "gate.refused.plan_second",
    ]


def test_an_ended_plan_cuts_what_is_open(
    hospital: Hospital, application: Application, clock: FixedClock
) -> None:
    """A vendor's open WebSocket is cut within seconds when somebody ends the plan, or it is over."""
    hospital.sign_in("V1", Method.PASSKEY)
    plan = _plan(hospital, -HOUR, HOUR)

    async def journey(who: Who) -> None:
        browser = who("V1")
        headers = {
            "Cookie": f"__Host-sekisho-gate={browser.token}",
            "Origin": browser.origin,
            "X-Forwarded-For": FROM,
        }
        url = browser.origin + "/live"
        async with browser.session.ws_connect(url, headers=headers) as socket:
            await socket.send_str("hello")
            assert (await socket.receive()).data == "echo hello"
            plans.end(hospital.installation.database, clock, plan.id, by="S2")
            async with asyncio.timeout(60):
                assert (await socket.receive()).type in {
                    aiohttp.WSMsgType.CLOSE,
                    aiohttp.WSMsgType.CLOSED,
                }
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await browser.session.ws_connect(url, headers=headers)
        assert caught.value.status == 403

    _visit(hospital, application, journey)


def test_a_plan_needs_two_people_and_a_narrow_place(hospital: Hospital, clock: FixedClock) -> None:
    """Nobody approves their own plan, and a plan is neither long, nor wide, nor without words."""
    database, now = hospital.installation.database, clock.now()

    def make(
        *, source: str = FROM, days: float = 1, work: str = "月次の更新", by: str = "S1"
    ) -> Plan:
        return plans.propose(
            clock,
            user_id="V1",
            route="orca",
            sources=[source],
            begins=now,
            ends=now + dt.timedelta(days=days),
            work=work,
            by=by,
        )

    for wrong in (
        {"source": "0.0.0.0/0"},
        {"source": "203.0.0.0/16"},
        {"source": "203.0.113.5/24"},
        {"source": "2001:db8::/32"},
        {"source": ""},
        {"days": 32},
        {"days": -1},
        {"work": "更新"},
    ):
        with pytest.raises(InvalidInputError):
            make(**wrong)
    plan = make()
    plans.keep(database, plan)
    assert not plans.standing(database, clock)
    for own in ("S1", "V1"):
        with pytest.raises(RefusedError):
            plans.approve(database, clock, plan.id, by=own)
    assert [one.key for one in plans.findings(database, clock)] == ["gate.plan_waiting"]
    plans.approve(database, clock, plan.id, by="S2")
    with pytest.raises(ConflictError):
        plans.approve(database, clock, plan.id, by="S3")
    assert plans.findings(database, clock) == []
    assert set(plans.standing(database, clock)) == {("V1", "orca")}
    clock.move(dt.timedelta(days=1))
    assert not plans.standing(database, clock)
    with pytest.raises(ConflictError):
        plans.end(database, clock, plan.id, by="S2")


def test_every_storage_keeps_a_plan(database: Database, clock: FixedClock) -> None:
    """On each kind of storage a plan comes back as it was proposed, stands once approved, and can be ended."""
    now = clock.now()
    plan = plans.propose(
        clock,
        user_id="V1",
        route="orca",
        sources=[FROM, "2001:db8::/64"],
        begins=now,
        ends=now + HOUR,
        work="月次の更新（模擬）",
        by="S1",
    )
    plans.keep(database, plan)
    assert plans.plans(database) == [plan]
    plans.approve(database, clock, plan.id, by="S2")
    ((kept,),) = plans.standing(database, clock).values()
    assert (kept.sources, kept.begins, kept.approved_by) == (plan.sources, now, "S2")
    plans.end(database, clock, plan.id, by="S1")
    assert not plans.standing(database, clock)
