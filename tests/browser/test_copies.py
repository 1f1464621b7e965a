"""A patient asks who looked: from the records to a numbered copy, in a real browser."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.conftest import Hospital
from tests.browser.served import Watch, flaws

from sekisho.app.installation import open_installation
from sekisho.identity import Role

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.mark.duty("1-3")
def test_from_a_question_to_a_copy(
    browser: Browser, hospital: Hospital, watch: Watch, tmp_path: Path
) -> None:
    """The safety officer enters the rule, makes the patient's copy by keyboard and takes it; a reviewer finds it in the register; an administrator confirms what a log cannot show."""
    origin = hospital.served.origin
    patient, start, end = _most_read(hospital)
    officer = hospital.enter(browser, Role.SAFETY_OFFICER, watch)
    officer.goto(f"{origin}/review/copies?patient={patient}&start={start}&end={end}")
    expect(officer.locator("[name=patient]")).to_have_value(patient)
    officer.locator("[name=patient]").focus()
    for _ in range(30):
        officer.keyboard.press("Tab")
        if officer.evaluate("document.activeElement.matches('form.form .btn.primary')"):
            break
    officer.keyboard.press("Enter")
    expect(officer.locator(".notice.ok")).to_contain_text("を作りました")
    assert flaws(officer) == []
    with officer.expect_download() as taken:
        officer.click(".notice.ok a[download]")
    assert taken.value.suggested_filename.endswith("-patient.pdf")
    file = tmp_path / "copy.pdf"
    taken.value.save_as(file)
    assert file.read_bytes()[:5] == b"%PDF-"

    # What the rule does not allow is not offered; once it is entered, it is.
    assert officer.locator("[name=names]").count() == 0
    officer.click("details summary")
    officer.select_option("[name=allows]", "yes")
    officer.fill("[name=text]", "Rule on disclosure, article 3 (simulated)")
    officer.fill("[name=date]", "2026-04-01")
    officer.click("details .btn")
    expect(officer.locator("[name=names]")).to_be_visible()
    assert flaws(officer) == []
    officer.context.close()

    reviewer = hospital.enter(browser, Role.REVIEWER, watch)
    reviewer.goto(f"{origin}/review/copies")
    expect(reviewer.locator("table.rows tbody tr")).to_have_count(1)
    reviewer.fill("[name=patient]", patient)
    reviewer.fill("[name=start]", start)
    reviewer.fill("[name=end]", end)
    reviewer.select_option("[name=kind]", "json")
    reviewer.click("form.form .btn.primary")
    with reviewer.expect_download() as taken:
        reviewer.click(".notice.ok a[download]")
    data = tmp_path / "copy.json"
    taken.value.save_as(data)
    said = json.loads(data.read_text(encoding="utf-8"))
    assert said["lines"]
    assert all("names" not in line for line in said["lines"])
    reviewer.context.close()

    keeper = hospital.enter(browser, Role.ADMINISTRATOR, watch)
    keeper.goto(f"{origin}/review/copies")
    assert patient not in keeper.content()
    assert flaws(keeper) == []
    keeper.goto(f"{origin}/records/sources")
    keeper.click("table.rows tbody th a")
    keeper.select_option("[name=state-print]", "no")
    keeper.fill("[name=note-print]", "the answer of the vendor (simulated)")
    keeper.click("form .btn.primary")
    expect(keeper.locator("table.rows")).to_contain_text("the answer of the vendor (simulated)")
    assert flaws(keeper) == []
    keeper.context.close()


def _most_read(hospital: Hospital) -> tuple[str, str, str]:
    """Return the patient of whom most is on record, and the first and the last day of it.

    The hospital's month is the one before today's: what stands in it is another each month.
    """
    installation = open_installation(hospital.served.data)
    records = [one for one in installation.reader().jsonl() if one["action"] == "read"]
    zone = ZoneInfo(installation.config.zone)
    installation.close()
    named = Counter(each["id"] for one in records for each in one["patient_ids"])
    patient = named.most_common(1)[0][0]
    days = [
        dt.datetime.fromisoformat(one["occurred_at"]).astimezone(zone).date().isoformat()
        for one in records
        if any(each["id"] == patient for each in one["patient_ids"])
    ]
    return patient, min(days), max(days)
