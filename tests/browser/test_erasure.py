"""消去と保存期間 in a browser: what would go is seen before, and two people decide."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.browser.conftest import Hospital
from tests.browser.served import Watch, flaws

from sekisho.identity import Role

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

SHOTS = os.environ.get("SEKISHO_SHOTS")
"""A folder for pictures of what was seen."""


def test_a_proposal_is_seen_made_and_taken_back(
    browser: Browser, hospital: Hospital, watch: Watch
) -> None:
    """Each step of the page passes axe, by the keyboard, and nothing goes by one person's word."""
    page = hospital.enter(browser, Role.ADMINISTRATOR, watch)
    page.goto(f"{hospital.served.origin}/records/erasure")
    page.fill("#f-records", "3-5")
    page.press("#f-records", "Enter")
    page.wait_for_selector("#f-order")
    found = flaws(page)
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "erasure-preview.png", full_page=True)
    page.fill("#f-order", hospital.types("地裁 令和8年11月1日 第12号"))
    page.click("button.primary")
    page.wait_for_selector("text=もう一人の確認を待っています")
    found += flaws(page)
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "erasure-waits.png", full_page=True)
    assert page.locator("text=確かめて消す（元に戻せません）").count() == 0
    page.click("text=取り下げる")
    page.wait_for_selector("table.rows")
    found += flaws(page)
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "erasure-over.png", full_page=True)
    page.context.close()
    assert found == []
