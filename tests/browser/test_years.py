"""Records over years: found, paged, verified, and what stands outside for all of them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.conftest import Hospital
from tests.browser.served import Watch, flaws, follow

from sekisho.identity import Role

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_a_search_is_paged_both_ways_and_stands_in_the_address(
    browser: Browser, hospital: Hospital, watch: Watch
) -> None:
    """What is chosen stays in the address from page to page, there and back, and can be sent on."""
    page = hospital.enter(browser, Role.REVIEWER, watch)
    page.goto(f"{hospital.served.origin}/records")
    page.select_option("[name=action]", "read")
    follow(page, ".filters button")
    first = page.locator("table.rows tbody tr").first.inner_text()
    assert "action=read" in page.url
    follow(page, "a[rel=next]")
    assert "action=read" in page.url
    assert page.locator("table.rows tbody tr").first.inner_text() != first
    follow(page, "a[rel=next]")
    second = page.locator("table.rows tbody tr").first.inner_text()
    follow(page, "a[rel=prev]")
    follow(page, "a[rel=next]")
    assert page.locator("table.rows tbody tr").first.inner_text() == second
    follow(page, "a[rel=prev]")
    follow(page, "a[rel=prev]")
    assert page.locator("table.rows tbody tr").first.inner_text() == first
    assert page.locator("a[rel=prev]").count() == 0
    page.context.close()


def test_a_record_is_verified_where_one_stands(
    browser: Browser, hospital: Hospital, watch: Watch
) -> None:
    """One click recomputes the record in another process; the answer, its limits and its time appear in place."""
    page = hospital.enter(browser, Role.REVIEWER, watch)
    page.goto(f"{hospital.served.origin}/records/7")
    page.click("#verified button")
    answer = page.locator("#verified")
    expect(answer).to_contain_text("署名されたときのままでした", timeout=90_000)
    expect(answer).to_contain_text("確かめていないこと")
    expect(answer.locator("button")).to_have_text("もう一度確かめる")
    assert page.url.endswith("/records/7")
    assert flaws(page, dark=True) == []
    page.context.close()


def test_everything_is_verified_while_one_looks_on(
    browser: Browser, hospital: Hospital, watch: Watch
) -> None:
    """Asked on the page of health, the whole record is verified; the page says so by itself."""
    page = hospital.enter(browser, Role.ADMINISTRATOR, watch)
    page.goto(f"{hospital.served.origin}/records/checkpoints")
    follow(page, "a.btn[href='/health']")
    follow(page, "form[action='/health/verify'] button")
    page.wait_for_url("**/health")
    expect(page.locator("#health summary")).to_be_visible(timeout=90_000)
    page.click("#health summary")
    expect(page.locator("#health details tbody tr").first).to_contain_text("異常なし")
    assert flaws(page, dark=True) == []
    page.context.close()
