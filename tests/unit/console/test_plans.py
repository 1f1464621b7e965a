"""A maintenance plan on the console: one person proposes, another approves."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from tests.unit.console.conftest import Asker, House

from sekisho import care
from sekisho.gate.config import FILE
from sekisho.gate.plans import standing
from sekisho.gate.tables import PLAN
from sekisho.identity import Role

GATE = """[gate]
[route.pacs]
origin = "http://pacs.localhost:8701"
upstream = "http://127.0.0.1:8042"
adapter = "dicomweb"
"""


@pytest.fixture
def gated(house: House) -> Iterator[House]:
    """The house with a gate before its PACS."""
    file = house.installation.data / FILE
    file.write_text(GATE, encoding="utf-8")
    yield house
    file.unlink()
    with house.installation.database.write() as c:
        c.execute(sa.delete(PLAN))


def test_a_plan_is_proposed_approved_and_ended_by_two(gated: House) -> None:
    """What an administrator proposes opens nothing until the safety officer approves it; each step is on record."""
    here = gated.installation
    care.add_person(here.database, user_id="Y9", name="模擬 業者", duty="保守業者")
    before = here.reader().size()
    now = here.clock.now().astimezone(dt.timezone(dt.timedelta(hours=9)))
    form = {
        "user_id": "Y9",
        "route": "pacs",
        "sources": "203.0.113.5\n203.0.113.16/28",
        "begins": f"{now:%Y-%m-%dT%H:%M}",
        "ends": f"{now + dt.timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "work": "PACS の更新（模擬）。情報システム担当が立ち会う",
    }

    async def propose(asker: Asker) -> None:
        for name, wrong, told in (
            ("user_id", "Z0", "「業者」になっていません"),
            ("sources", "203.0.113.0/16", "場所の書き方が読めません"),
            ("ends", "", "日時を選んで"),
        ):
            answer, page = await asker.post("/gate/plans", **{**form, name: wrong})
            assert (answer.status, told in page) == (400, True), name
        answer, _ = await asker.post("/gate/plans", **form)
        assert answer.status == 303
        _, page = await asker.get("/gate/plans")
        assert "承認待ち" in page
        assert "203.0.113.16/28" in page
        assert not standing(here.database, here.clock)

    async def approve(asker: Asker) -> None:
        _, today = await asker.get("/findings")
        assert "保守の作業計画が 1 件" in today
        _, page = await asker.get("/gate/plans")
        number = re.findall(r'action="/gate/plans/([0-9a-f]{32})"', page)[0]
        answer, _ = await asker.post(f"/gate/plans/{number}")
        assert answer.status == 303
        assert set(standing(here.database, here.clock)) == {("Y9", "pacs")}
        answer, page = await asker.post(f"/gate/plans/{number}")
        assert (answer.status, "もう決まった" in page) == (400, True)
        answer, _ = await asker.post(f"/gate/plans/{number}/end")
        assert answer.status == 303
        assert not standing(here.database, here.clock)

    gated.ask(Role.ADMINISTRATOR, propose)
    gated.ask(Role.SAFETY_OFFICER, approve)
    acts = [
        str(one["object"]).rpartition("/")[2]
        for one in here.reader().jsonl()
        if one["index"] >= before and str(one["object"]).startswith("gate/plan/")
    ]
    assert acts == ["propose", "approve", "end"]
