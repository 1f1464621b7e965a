"""Rights in a real browser: seen as a picture, asked why, proposed by one, approved by another."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from tests.browser.conftest import context
from tests.browser.served import Watch, flaws, serve, sign_in
from tests.ports import free_port

from sekisho.app.installation import open_installation
from sekisho.identity import Role, create_demo_account
from sekisho.terms import Secret

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PASSWORD = "niwatori wa hadashi"
PEOPLE = {"A1": Role.ADMINISTRATOR, "R1": Role.REVIEWER, "S1": Role.SAFETY_OFFICER}
CELL = "/access/cell?in=current&group=pharmacist&class=mental-health"


@pytest.mark.duty("1-2b")
def test_a_matrix_is_adopted_changed_and_put_back_by_two_people(
    browser: Browser, tmp_path: Path
) -> None:
    """From nothing to a matrix in force, one cell and one workbook changed, each by two people, in the console alone."""
    origin, data = _prepare(tmp_path)
    watch = Watch(origin)

    def enter(user: str) -> Page:
        page = watch.over(context(browser)).new_page()
        sign_in(page, origin, user, PASSWORD)
        page.wait_for_url(f"{origin}/")
        return page

    with serve(data, int(origin.rsplit(":", 1)[1])):
        keeper, officer = enter("A1"), enter("S1")

        # Nothing is in force: the page says so, and shows what could be adopted.
        keeper.click("nav.menu a[href='/access']")
        expect(keeper.locator(".empty .big")).to_contain_text("まだ採用されていません")
        keeper.click("text=たたき台を見る")
        keeper.fill("[name=note]", "開院時の案")
        keeper.click("text=このたたき台を提案する")
        keeper.wait_for_url("**/access/changes/1")
        expect(keeper.locator("body")).to_contain_text("自分では承認できません")
        assert flaws(keeper) == []

        # Another person finds it on the first page, sees the difference and approves.
        officer.goto(origin)
        officer.click(
            "li:has-text('権限の変更（1 番）') button, li:has-text('権限の変更（1 番）') a"
        )
        officer.wait_for_url("**/access/changes/1")
        expect(officer.locator(".figures")).to_contain_text("新しく許すます目")
        assert flaws(officer) == []
        officer.click("text=承認して使い始める")
        expect(officer.locator(".st.ok")).to_contain_text("使用中")

        # One click from the matrix to the reason and the policy of a cell.
        officer.goto(f"{origin}/access")
        assert flaws(officer) == []
        officer.click("a.acts[href*='group=pharmacist&class=mental-health']")
        expect(officer.locator(".reasons")).to_contain_text("薬剤師")
        expect(officer.locator(".reasons")).to_contain_text(
            "matrix/pharmacist/mental-health/permit"
        )
        assert flaws(officer) == []

        # One cell: mistyped first, then proposed; the other person sees it cell by cell.
        keeper.goto(f"{origin}{CELL}")
        keeper.fill("[name=text]", "読ん@担当")
        keeper.click("button:has-text('提案する')")
        expect(keeper.locator("[role=alert]")).to_contain_text("行いの文字ではありません")
        assert keeper.input_value("[name=text]") == "読ん@担当"
        keeper.fill("[name=text]", "読検@担当")
        keeper.fill("[name=note]", "検索も要る")
        keeper.click("button:has-text('提案する')")
        keeper.wait_for_url("**/access/changes/2")
        officer.goto(f"{origin}/access/changes/2")
        expect(officer.locator("table.rows tbody tr")).to_have_count(1)
        officer.click("a.delta")
        expect(officer.locator("td.changed").first).to_contain_text("断る → できる")
        assert flaws(officer) == []
        officer.goto(f"{origin}/access/changes/2")
        officer.fill("[name=reason]", "閲覧だけで足りる")
        officer.click("button[value=refuse]")
        expect(officer.locator("main")).to_contain_text("閲覧だけで足りる")

        # The whole matrix by Excel.
        with keeper.expect_download() as download:
            keeper.goto(f"{origin}/access")
            keeper.click("text=Excel で受け取る")
        keeper.goto(f"{origin}/access/changes")
        keeper.set_input_files("[name=matrix]", _changed(Path(str(download.value.path()))))
        keeper.click("section:has([name=matrix]) button")
        keeper.wait_for_url("**/access/changes/3")
        reviewer = enter("R1")
        reviewer.goto(f"{origin}/access/changes/3")
        reviewer.click("text=承認して使い始める")
        expect(reviewer.locator(".st.ok")).to_contain_text("使用中")
        reviewer.goto(f"{origin}/language?to=en")
        reviewer.goto(f"{origin}/access?relation=known&emergency=false")
        assert flaws(reviewer, dark=False) == []
        reviewer.goto(f"{origin}/access/changes/1")
        expect(reviewer.locator("main")).to_contain_text("Approved, replaced since")
        reviewer.click("text=Propose to go back to this matrix")
        reviewer.wait_for_url("**/access/changes/4")
        assert flaws(reviewer) == []
        for page in (keeper, officer, reviewer):
            page.context.close()
    watch.clean()


def _prepare(folder: Path) -> tuple[str, Path]:
    data, port = folder / "data", free_port()
    data.mkdir(mode=0o700)
    (data / "sekisho.toml").write_text(f"[console]\nport = {port}\n", encoding="utf-8")
    installation = open_installation(data, create=True)
    for user, role in PEOPLE.items():
        create_demo_account(
            installation.database,
            installation.clock,
            user_id=user,
            name="模擬　職員",
            roles={role},
            password=Secret(PASSWORD),
        )
    installation.close()
    return f"http://localhost:{port}", data


def _changed(path: Path) -> FilePayload:
    """Return the workbook with one more right, as a person would change it."""
    workbook = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    sheet = workbook.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    line = next(row for row in sheet.iter_rows() if row[0].value == "genetic")
    line[heads.index("nurse")].value = "読検@担当"
    out = io.BytesIO()
    workbook.save(out)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "表.xlsx", "mimeType": kind, "buffer": out.getvalue()}
