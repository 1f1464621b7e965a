"""One sitting: the sheet answered item by item in a real browser, to paper and to the issued workbook."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, expect
from tests.browser.conftest import Hospital
from tests.browser.served import Watch, flaws, follow

from sekisho.cli.main import main
from sekisho.identity import Role
from sekisho.inspection import catalogue

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.mark.duty("0")
def test_a_person_completes_the_sheet_in_one_sitting(
    browser: Browser, hospital: Hospital, watch: Watch
) -> None:
    """From one button the safety officer is led through every item: proven ones by one press, others with a reason or a target day; each yes opens its proof, and at the end nothing waits."""
    origin = hospital.served.origin
    page = hospital.enter(browser, Role.SAFETY_OFFICER, watch)
    page.goto(f"{origin}/inspection?catalog=checklist-r7")
    waits = len(catalogue("checklist-r7").asked())
    reason = hospital.types("規程の第3条を見た")
    follow(page, ".head a.btn.primary")
    for turn in range(waits):
        page.wait_for_load_state()
        expect(page.locator("form[action$='/answer']")).to_be_visible()
        here = page.url
        if not page.locator("[name=value]:checked").count():
            said = "no" if turn % 5 == 2 else "yes"
            page.check(f"[name=value][value={said}]")
            page.fill("[name=target_on]" if said == "no" else "[name=reason]", "2099-03-31" if said == "no" else reason)  # fmt: skip
        page.click("form[action$='/answer'] .btn.primary")
        if turn + 1 < waits:
            page.wait_for_function("was => location.href !== was", arg=here)
    expect(page.locator("form[action$='/withdraw']")).to_be_visible()
    assert flaws(page) == []
    page.goto(f"{origin}/inspection?catalog=checklist-r7")
    assert page.locator(".head a.btn.primary").count() == 0
    told = CliRunner().invoke(
        main,
        ["inspection", "run", "--data", str(hospital.served.data), "--catalog", "checklist-r7", "--format", "json"],
    )  # fmt: skip
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert {one["standing"] for one in lines} == {"yes", "no"}
    assert all(one["answer"]["reason"] for one in lines if one["standing"] == "yes" and one["state"] != "proven")  # fmt: skip
    page.goto(f"{origin}/inspection/checklist-r7/CK-R7-2-6")
    page.click("main table.rows tbody th a >> nth=0")
    expect(page.locator("h1")).to_be_visible()
    assert "/inspection/proof/" in page.url
