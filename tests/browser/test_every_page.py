"""Every page, for everybody who may open it: readable by all, from this house alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.conftest import Hospital
from tests.browser.served import Watch, flaws

from sekisho.identity import Role

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

OUTSIDE = ("/sign-in", "/sign-in?out=1", "/recover", "/recover/sealed", "/nothing/here")
EVERYBODY = (
    "/", "/findings", "/access", "/access/changes", "/records/sources", "/records/quarantine",
    "/records/checkpoints", "/review/month", "/review/copies",
    "/review/explanations", "/people/levels", "/people/rosters", "/people/rosters/999", "/posture", "/posture?search=zz",
    "/posture/assets/999", "/posture/connections", "/posture/pairs", "/posture/known", "/posture/advisories/X", "/posture/sources", "/posture/vendors", "/posture/protection", "/posture/controls", "/posture/station", "/health", "/settings", "/account", "/nothing/here",
    "/posture/incidents", "/posture/network", "/inspection", "/inspection/checklist-r7/CK-R7-2-6",
    "/inspection/proof/ledger.verified", "/inspection/proof/gate.tls", "/inspection/period",
    "/inspection/folder", "/inspection/progress", "/inspection/carry?from=checklist-r7&to=guideline-7.0",
    "/inspection/register", "/inspection/register/contacts", "/inspection/register/vendors", "/inspection/register/rules/9",
)  # fmt: skip
KEEPERS = (
    "/walk/log", "/walk/lists", "/walk/run", "/accounts", "/accounts/new", "/accounts?show=unused",
    "/accounts?show=ended", "/accounts?show=closed", "/set-up/second", "/set-up/sealed",
    "/sign-in/again?next=/", "/review/masking", "/gate/services", "/gate/service-new",
    "/gate/plans", "/gate/bans", "/posture/load", "/posture/controls/new",
    "/inspection/register/information/new", "/inspection/issued",
)  # fmt: skip
PEOPLE = (
    "/records", "/records?action=export", "/records?user=nobody", "/records?start=x", "/records/3",
    "/records/3?reasons=1", "/review", "/review?state=violation", "/review?rule=after_leaving",
    "/review/cases/1-1", "/review/masking", "/review/rules", "/people", "/people?search=zz", "/people/id/U00101",
    "/people/id/nobody", "/access/person", "/access/person?user=U00101&class=general&act=read",
)  # fmt: skip
OFFICERS = (
    "/review/masking",
    "/review/rules",
    "/review/explanations",
    "/review/cases/1-2",
    "/review/month",
    "/records/erasure",
)

PAGES: dict[Role | None, tuple[str, ...]] = {
    None: OUTSIDE,
    Role.ADMINISTRATOR: (*EVERYBODY, *KEEPERS),
    Role.REVIEWER: (*EVERYBODY, *PEOPLE),
    Role.SAFETY_OFFICER: (*EVERYBODY, *OFFICERS),
}


TOKENS = re.compile(r'(name="csrf" value=")[^"]*')


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_is_open_to_everybodys_eyes(
    browser: Browser, hospital: Hospital, watch: Watch, language: str
) -> None:
    """axe-core finds nothing on any page, light or dark (in Japanese), wide or narrow, nor is any wider than a telephone; the English ones have no Japanese but what the files said. What another role is shown word for word alike is looked at once, each role's frame once."""
    origin = hospital.served.origin
    found: list[str] = []
    looked: set[str] = set()
    for role, paths in PAGES.items():
        page = hospital.enter(browser, role, watch)
        page.goto(f"{origin}/language?to={language}")
        for place, path in enumerate((*paths, *_seen(page, origin, role))):
            page.goto(f"{origin}{path}")
            assert page.get_attribute("html", "lang") == language
            if language == "en":
                found += hospital.japanese(page)
            same = TOKENS.sub(r"\1", page.inner_html("main"))
            if place and same in looked:
                continue
            looked.add(same)
            found += flaws(page, dark=language == "ja", contrast=language == "ja")
        page.context.close()
    assert found == []


def _seen(page: Page, origin: str, role: Role | None) -> Iterator[str]:
    """Give the pages of the first source, and of the first account."""
    if role is Role.ADMINISTRATOR:
        page.goto(f"{origin}/accounts")
        yield str(page.get_attribute("table.rows tbody a", "href"))
    if role is not None:
        page.goto(f"{origin}/records/sources")
        yield str(page.get_attribute("table.rows tbody th a", "href"))
