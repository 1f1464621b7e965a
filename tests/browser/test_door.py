"""The door in a real browser: lock-out, and sessions that end elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.conftest import Hospital, context
from tests.browser.served import Watch, sign_in

from sekisho.app.installation import Installation, open_installation
from sekisho.identity import Role, create_demo_account
from sekisho.terms import Secret

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PASSWORD = "niwatori wa hadashi"


@pytest.fixture
def installation(hospital: Hospital) -> Iterator[Installation]:
    """The served installation, opened beside its processes."""
    opened = open_installation(hospital.served.data)
    yield opened
    opened.close()


def _account(installation: Installation, user_id: str) -> None:
    create_demo_account(
        installation.database,
        installation.clock,
        user_id=user_id,
        name="Mock Tester",
        roles={Role.REVIEWER},
        password=Secret(PASSWORD),
    )


def test_a_locked_account_stays_shut_for_the_right_password(
    browser: Browser, hospital: Hospital, installation: Installation, watch: Watch
) -> None:
    """After five wrong tries the right password waits too, and the page says how long."""
    _account(installation, "X1")
    page = hospital.enter(browser, None, watch)
    for _ in range(5):
        sign_in(page, hospital.served.origin, "X1", "wrong wrong wrong")
        expect(page.locator(".notice.bad")).to_be_visible()
    sign_in(page, hospital.served.origin, "X1", PASSWORD)
    expect(page.locator(".notice.bad")).to_contain_text(re.compile(r"\d+ ?分"))
    assert "/sign-in" in page.url
    page.context.close()


def test_a_session_ended_elsewhere_is_out_at_the_next_click(
    browser: Browser, hospital: Hospital, installation: Installation, watch: Watch
) -> None:
    """A session that its owner, or an administrator, ends on another machine is out at its next click."""
    _account(installation, "X2")
    origin = hospital.served.origin
    pages = [watch.over(context(browser)).new_page() for _ in range(2)]
    for page in pages:
        sign_in(page, origin, "X2", PASSWORD)
        page.wait_for_url(f"{origin}/")
    left, here = pages
    here.goto(f"{origin}/account")
    here.click("form[action$='/close'] button")
    here.wait_for_url("**/account?done=sessions")
    left.click(".menu a[href='/review']")
    left.wait_for_url("**/sign-in?next=**")
    keeper = hospital.enter(browser, Role.ADMINISTRATOR, watch)
    keeper.goto(f"{origin}/accounts")
    keeper.click("tr:has-text('X2') a")
    keeper.click("form[action$='/sessions/close'] button")
    keeper.wait_for_url("**?done=sessions")
    here.click(".menu a[href='/review']")
    here.wait_for_url("**/sign-in?next=**")
    for page in (left, here, keeper):
        page.context.close()
