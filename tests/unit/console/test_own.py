"""Own acts in words, and findings that lead somewhere."""

from __future__ import annotations

import pytest
from tests.unit.console.conftest import Asker, House

from sekisho.app.findings import open_findings
from sekisho.app.waiting import refresh_findings
from sekisho.console.own import act
from sekisho.console.whose import whose
from sekisho.identity import Role
from sekisho.pages import LANGUAGES, catalogue

MATTERS = (
    "identity:sign-in", "identity:account-created:U00101", "identity:sessions-closed",
    "identity:roles-changed:U00101", "review/run", "review/run/1/pdf", "review/run/1/sign",
    "review/cases/1", "review/case/1-1", "review/explanations/shipped", "review/explanations/at_work/withdraw", "review/masking/rule", "review/masking/notice/withdraw",
    "ledger/records", "ledger/records?user=U00101", "ledger/record/7", "ledger/proof/7",
    "ledger/verify", "care/people", "care/person/U00101", "care/kind/U00101", "walk/upload",
    "walk/log", "gate/service/ct-room1/made", "gate/service/ct-room1/ended", "gate/credential/pacs/set", "settings/institution", "finding/3/done", "console:/people/id/U00101",
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("matter", MATTERS)
def test_an_own_act_is_a_sentence(matter: str, language: str) -> None:
    """What Sekisho writes of itself is read as a sentence, and names nobody while ids are covered."""
    plain, covered = act(language, matter), act(language, matter, covered=True)

    assert plain not in {matter, "–"}
    assert not plain.startswith("console.")
    assert "U00101" not in covered
    assert "%(" not in plain + covered


def test_every_identity_act_has_a_sentence_in_both_languages() -> None:
    """The sentences for acts at the door are the same in both languages."""
    japanese, english = (
        {name for name in catalogue(language) if name.startswith("console.act.")}
        for language in LANGUAGES
    )

    assert japanese == english


def test_every_finding_leads_to_a_page_for_those_whose_it_is(house: House) -> None:
    """The button of each line of today leads to a page that exists and opens for whose work it is."""
    refresh_findings(house.installation)
    found = open_findings(house.installation.database)
    assert len(found) >= 3
    for view in found:
        role = next(role for role in Role if role in whose(view.finding))

        async def act(ask: Asker, where: str = view.finding.where) -> None:
            answer, _ = await ask.get(where)
            assert answer.status in {200, 303}, where

        house.ask(role, act)
