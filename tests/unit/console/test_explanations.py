"""Explanations in the console: withdrawn and approved again by name, and seen to be."""

from __future__ import annotations

import re

from tests.unit.console.conftest import Asker, House
from tests.unit.console.test_asking import last_acts

from sekisho import review
from sekisho.identity import Role

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
