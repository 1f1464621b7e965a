"""What hands and eyes do: the keyboard alone, and nothing lost on the way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Hospital
from tests.browser.served import Watch

from sekisho.identity import Role

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

FOCUS = """() => {
    const at = document.activeElement, style = getComputedStyle(at);
    const box = at.getBoundingClientRect();
    return {
        name: at.getAttribute("name") || "",
        href: at.getAttribute("href") || "",
        value: at.getAttribute("value") || "",
        seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
            && box.width > 0 && box.right > 0,
    };
}"""
STEPS = 60
"""Presses of Tab within which everything on a page is reached."""


def _tab_to(page: Page, **wanted: str) -> None:
    """Press Tab until the focus is where `wanted` says; each stop on the way must be visible."""
    for _ in range(STEPS):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUS)
        assert at["seen"], at
        if all(at[name] == value for name, value in wanted.items()):
            return
    pytest.fail(f"the keyboard does not reach {wanted}")


def test_a_case_is_answered_with_the_keyboard_alone(
    browser: Browser, hospital: Hospital, watch: Watch
) -> None:
    """Sign-in, menu, list, case and answer need no mouse, and the focus is always to be seen."""
    page = hospital.enter(browser, None, watch)
    account = hospital.accounts[Role.REVIEWER]
    page.goto(f"{hospital.served.origin}/sign-in")
    for name, text in (("user_id", account.user_id), ("password", account.password.reveal())):
        _tab_to(page, name=name)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{hospital.served.origin}/")
    _tab_to(page, href="/review")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review")
    _tab_to(page, href="/review/cases/1-2")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/cases/1-2")
    _tab_to(page, name="note")
    page.keyboard.type(hospital.types("所属長に確かめた"))
    _tab_to(page, name="answer", value="ask_person")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("所属長に確かめた")
    page.context.close()


def test_the_first_stop_skips_the_menu(browser: Browser, hospital: Hospital, watch: Watch) -> None:
    """The first press of Tab shows a link that leads past the menu to what the page says."""
    page = hospital.enter(browser, Role.REVIEWER, watch)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS)["href"] == "#main"
    assert page.evaluate(FOCUS)["seen"]
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.context.close()


def test_the_language_changes_where_one_stands(
    browser: Browser, hospital: Hospital, watch: Watch
) -> None:
    """The link for the other language changes the same page, there and back."""
    page = hospital.enter(browser, Role.REVIEWER, watch)
    page.goto(f"{hospital.served.origin}/review?state=open")
    page.click("button[name=to][value=en]")
    page.wait_for_url("**/review?state=open")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("h1")).to_have_text("Access review")
    page.click("button[name=to][value=ja]")
    expect(page.locator("h1")).to_have_text("閲覧の確認")
    page.context.close()


def test_it_prints_in_black_on_white_without_the_frame(
    browser: Browser, hospital: Hospital, watch: Watch
) -> None:
    """On paper a page has neither menu nor buttons, and its words are black."""
    page = hospital.enter(browser, Role.REVIEWER, watch)
    page.goto(f"{hospital.served.origin}/review/month")
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator(".side")).to_be_hidden()
    assert page.locator(".btn:visible").count() == 0
    colours = (
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert page.evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    page.context.close()
