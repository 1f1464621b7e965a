"""Explanations and grounds in the console: withdrawn and given again by name, and seen to be."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from tests.unit.console.conftest import Asker, House
from tests.unit.console.test_asking import last_acts

from sekisho import review
from sekisho.identity import Role
from sekisho.review.tables import PROOF, RUN

PAGE = "/review/explanations"
NAME = "visit_department"


def row(text: str, name: str) -> str:
    """Return the words of the line of the page whose button names `name`."""
    (found,) = [line for line in text.split("<tr>") if f'value="{name}"' in line]
    return re.sub(r"<[^>]+>", " ", found)


def test_an_approval_is_withdrawn_and_given_again(house: House) -> None:
    """The safety officer withdraws an approval and gives it again, each on record; the page says who approved and who withdrew."""
    database = house.installation.database

    async def officer(ask: Asker) -> None:
        answer, _ = await ask.post(f"{PAGE}/withdraw", explanation=NAME)
        assert answer.headers["Location"] == PAGE
        assert f"review/explanations/{NAME}/withdraw" in last_acts(house, 2)
        assert NAME not in review.approved(database)
        _, text = await ask.get(PAGE)
        said = row(text, NAME)
        assert re.search(r"P0001 が承認、\S+ Z\d が取り消し", said), said
        assert "承認されていない説明が" not in text, "it was withdrawn on purpose"

        answer, _ = await ask.post(f"{PAGE}/withdraw", explanation=NAME)
        assert answer.status == 409
        await ask.post(PAGE, explanation=NAME)
        assert review.approved(database)[NAME][0].startswith("Z")
        _, text = await ask.get(PAGE)
        assert f'action="{PAGE}/withdraw"' in text
        assert "が取り消し" in row(text, NAME), "what was said before stays"

    async def reviewer(ask: Asker) -> None:
        _, text = await ask.get(PAGE)
        assert f'action="{PAGE}' not in text

    house.ask(Role.SAFETY_OFFICER, officer)
    house.ask(Role.REVIEWER, reviewer)


def test_a_wrong_ground_is_withdrawn_with_its_reason(house: House) -> None:
    """A mistyped notice is withdrawn with a reason, on record; it is seen with who and why, and a newer rule beside the one it replaced."""
    database = house.installation.database
    today = f"{house.installation.clock.now():%Y-%m-%d}"

    async def officer(ask: Asker) -> None:
        for kind, text, date in (
            ("notice", "全職員への周知", "2016-04-01"),
            ("rule", "第1版", "2026-04-01"),
            ("rule", "第2版", today),
        ):
            answer, _ = await ask.post("/review/masking", kind=kind, text=text, date=date)
            assert answer.status == 303, kind
        (entry,) = review.masking(database).entries["notice"]
        _, text = await ask.get("/review/masking")
        assert "新しい登録に替わりました" in text
        assert f'name="at" value="{entry.at.isoformat()}"' in text
        wrong = {"kind": "notice", "at": entry.at.isoformat()}
        for form, status in (({"why": "x"}, 400), ({"why": "年の誤り", "at": "x"}, 404)):
            answer, _ = await ask.post("/review/masking/withdraw", **{**wrong, **form})
            assert answer.status == status
        answer, _ = await ask.post("/review/masking/withdraw", **wrong, why="年の<誤り>")
        assert answer.status == 303
        assert "review/masking/notice/withdraw" in last_acts(house, 2)
        _, text = await ask.get("/review/masking")
        assert re.search(r"Z\d が取り消し：年の&lt;誤り&gt;", text)
        assert review.masking(database).notified is None

    house.ask(Role.SAFETY_OFFICER, officer)
    with database.write() as c:
        c.execute(sa.delete(PROOF))  # other tests of this house begin without


@pytest.fixture
def proposed(house: House) -> Iterator[review.Run]:
    """The house's review, as if it had told one proposal: for its small month there is none."""
    run = review.latest(house.installation.database, telling="proposals")
    assert run
    values = {"mine": "医事課", "theirs": "内科"}
    one = review.instance("mined_places", values)
    line = {"id": one.id, "template": "mined_places", "values": values, "accesses": 30}
    line |= {"people": 3, "patients": 9, "examples": [1, 2]}
    spread = run.summary["spread"]
    spread = {**spread, "explained": {**spread["explained"], one.id: {"billing": 0.437}}}
    told = {**run.summary, "proposals": [line], "spread": spread}
    _keep(house, run.id, told)
    yield dataclasses.replace(run, summary=told)
    _keep(house, run.id, run.summary)


def _keep(house: House, run: int, summary: Mapping[str, Any]) -> None:
    with house.installation.database.write() as c:
        c.execute(sa.update(RUN).where(RUN.c.id == run).values(summary=dict(summary)))


def test_how_wide_each_is_stands_beside_it(house: House, proposed: review.Run) -> None:
    """Every explanation and proposal says what share of random people and patients it would explain, or that it was not counted."""
    widest = proposed.summary["spread"]["explained"]
    (line,) = proposed.summary["proposals"]

    async def officer(ask: Asker) -> None:
        _, text = await ask.get(PAGE)
        for name in (*review.approved(house.installation.database), line["id"]):
            said = row(text, name)
            if name not in widest:
                assert "数えていません" in said, name
            elif widest[name]:
                assert f"{max(widest[name].values()) * 100:.1f} %" in said, name
            else:
                assert "ひとつも説明しません" in said, name

    house.ask(Role.SAFETY_OFFICER, officer)
