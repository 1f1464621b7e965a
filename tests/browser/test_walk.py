"""The first thirty minutes, walked in a real browser from an empty folder to the signed page."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pyotp
import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.closed import no_way_out
from tests.browser.conftest import context
from tests.browser.served import Served, Watch, authenticator, flaws, follow, serve, sign_in
from tests.missing import missing
from tests.ports import free_port

from sekisho.app.demo.hospital import Truth, make
from sekisho.ledger import verify

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PASSWORD = "niwatori wa hadashi"
INSIDE = "SEKISHO_TEST_CLOSED"
A4 = (595.3, 841.9)
"""Points of an A4 sheet."""


@dataclass
class Walk:
    """People of the hospital, each at a browser of their own."""

    browser: Browser
    served: Served
    truth: Truth
    watch: Watch
    found: list[str] = field(default_factory=list)

    def person(self) -> Page:
        """Return a page in a browser of its own."""
        return self.watch.over(context(self.browser)).new_page()

    def go(self, page: Page, path: str) -> None:
        """Open an address of the console."""
        page.goto(f"{self.served.origin}{path}")

    def look(self, page: Page) -> None:
        """Look for what some eyes could not read."""
        self.found += flaws(page, dark=False)

    def by_code(self, code: str, user_id: str) -> Page:
        """Come in with a code somebody handed over, and choose a password."""
        page = self.person()
        self.go(page, "/recover")
        page.fill("[name=code]", code)
        page.fill("[name=user_id]", user_id)
        page.fill("[name=password]", PASSWORD)
        page.fill("[name=again]", PASSWORD)
        page.click("form[action='/recover'] .btn.primary")
        page.wait_for_url("**/account")
        return page


def test_the_thirty_minutes(browser: Browser, tmp_path: Path) -> None:
    """From an empty folder, a CP932 log and Excel lists to the signed A4 page, with divided duties."""
    if os.environ.get(INSIDE):
        assert no_way_out(), "this walk is to be walked without a network"
    elif _alone() is None:
        pytest.skip("the same walk is walked without a network")
    truth = make(tmp_path / "shared", seed=7, rows=1_500)
    data, port = tmp_path / "data", free_port()
    data.mkdir(mode=0o700)
    (data / "sekisho.toml").write_text(f"[console]\nport = {port}\n", encoding="utf-8")
    with serve(data, port) as served:
        walk = Walk(browser, served, truth, Watch(served.origin))
        keeper = _set_up(walk)
        reviewer_code = _invite(walk, keeper, truth.console_users[0], "reviewer")
        officer_code = _invite(walk, keeper, truth.console_users[1], "safety_officer")
        _hand_over_the_log(walk, keeper)
        _hand_over_the_lists(walk, keeper)
        officer = walk.by_code(officer_code, truth.console_users[1])
        _approve(walk, officer)
        _run(walk, keeper)
        reviewer = _with_passkey(walk, walk.by_code(reviewer_code, truth.console_users[0]))
        _read_a_case(walk, reviewer)
        _enter_the_grounds(walk, officer, reviewer)
        _ask_and_decide(walk, officer, reviewer)
        _print_and_sign(walk, reviewer, officer, tmp_path)
    walk.watch.clean()
    assert walk.found == []
    verdict = verify(data)
    assert verdict.first_wrong is None


def _set_up(walk: Walk) -> Page:
    """The first administrator with password and code, a second one, and the sealed code."""
    page, user = walk.person(), walk.truth.console_users[2]
    walk.go(page, "/")
    page.wait_for_url("**/set-up")
    walk.look(page)
    page.fill("[name=code]", walk.served.set_up_code())
    page.fill("[name=user_id]", user)
    page.fill("[name=name]", walk.truth.names[user])
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=again]", PASSWORD)
    page.click("form[action='/set-up'] .btn.primary")
    page.wait_for_url("**/set-up/second")
    walk.go(page, "/")
    _until(page, "管理者が1人しかいません")
    _until(page, "封をした復旧番号がまだありません")
    assert page.locator("main .st.bad").count() == 0, "nothing is wrong with an empty house"
    walk.look(page)
    walk.go(page, "/set-up/second")
    page.fill("[name=user_id]", "U90001")
    page.fill("[name=name]", "模擬　二人目")
    page.fill("[name=identified]", "職員証を見て　本人と確かめた")
    page.click("form[action='/set-up/second'] .btn.primary")
    assert page.inner_text("#one-time-code")
    walk.look(page)
    page.click("main .btn.primary")
    page.wait_for_url("**/set-up/sealed")
    page.click("form[action='/set-up/sealed'] .btn.primary")
    assert page.inner_text("#sealed-code")
    walk.look(page)
    page.click("main .btn.primary")
    page.wait_for_url(f"{walk.served.origin}/")
    expect(page.locator("main a[href='/walk']")).to_be_visible()
    _until(page, "管理者が1人しかいません", gone=True)
    return _with_code(walk, page, user)


def _with_code(walk: Walk, page: Page, user: str) -> Page:
    """Set a telephone's codes up, sign out, and come back with password and code."""
    walk.go(page, "/account")
    page.click("form[action='/account/totp'] button")
    page.wait_for_url("**/account/totp")
    walk.look(page)
    telephone = pyotp.TOTP(page.inner_text("#totp-key").replace(" ", ""))
    first = telephone.now()
    page.fill("[name=code]", first)
    page.click("form[action='/account/totp/confirm'] .btn.primary")
    page.wait_for_url("**/account?done=totp")
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in?out=1")
    sign_in(page, walk.served.origin, user, PASSWORD, first)
    expect(page.locator(".notice.bad")).to_be_visible()  # a code works once
    later = telephone.at(int(time.time()) + telephone.interval)
    sign_in(page, walk.served.origin, user, PASSWORD, later)
    page.wait_for_url(f"{walk.served.origin}/")
    return page


def _invite(walk: Walk, page: Page, user: str, role: str) -> str:
    """Open an account and return the code to hand over."""
    walk.go(page, "/accounts/new")
    page.fill("[name=user_id]", user)
    page.fill("[name=name]", walk.truth.names[user])
    page.check(f"[name={role}]")
    page.fill("[name=identified]", "職員証を見て　本人と確かめた")
    page.click("form[action='/accounts/new'] .btn.primary")
    return page.inner_text("#one-time-code")


def _hand_over_the_log(walk: Walk, page: Page) -> None:
    """Drop the log on the page, see ten rows, and import it."""
    content = walk.truth.log.read_bytes()
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")
    assert "利用者" in content.decode("cp932")
    walk.go(page, "/settings")
    page.fill("[name=institution]", walk.truth.institution)
    follow(page, "form[action='/settings/institution'] .btn.primary")
    page.click(".menu a[href='/walk']")
    page.wait_for_url("**/walk/log")
    dropped = page.evaluate_handle(
        """([text, name]) => {
            const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], name, { type: "text/csv" }));
            return data;
        }""",
        [base64.b64encode(content).decode(), walk.truth.log.name],
    )
    page.dispatch_event(".drop", "drop", {"dataTransfer": dropped})
    expect(page.locator("[data-chosen]")).to_contain_text(walk.truth.log.name)
    page.click("form[data-upload] .btn.primary")
    page.wait_for_url(re.compile(r"/walk/log/[0-9a-f]{32}$"))
    assert page.locator("table.sample").first.locator("tbody tr").count() == 10
    walk.look(page)
    page.click("button[value=import]")
    _until_done(walk, page)
    expect(page.locator("#work")).to_contain_text(f"{walk.truth.rows:,}")


def _hand_over_the_lists(walk: Walk, page: Page) -> None:
    """Choose the staff list and the lists of visits, stays and patients together."""
    page.click("#work .btn.primary")
    page.wait_for_url("**/walk/lists")
    page.set_input_files("#f-lists", walk.truth.lists)
    page.click("form[data-upload] .btn.primary")
    _until_done(walk, page)
    assert page.locator("#work .st.ok").count() == len(walk.truth.lists)
    page.click("#work .btn.primary")
    page.wait_for_url("**/walk/run")
    expect(page.locator("main")).to_contain_text("L1")


def _approve(walk: Walk, page: Page) -> None:
    """The safety officer approves the explanations in their own name."""
    walk.go(page, "/review/explanations")
    walk.look(page)
    page.click("form[action='/review/explanations'] .btn.primary")
    expect(page.locator(".st.ok").first).to_be_visible()
    expect(page.locator("form[action='/review/explanations']")).to_have_count(0)


def _run(walk: Walk, page: Page) -> None:
    """The administrator runs the review and sees numbers, not people."""
    walk.go(page, "/walk/run")
    page.click("form[action='/walk/run'] .btn.primary")
    _until_done(walk, page)
    page.click("#work .btn.primary")
    page.wait_for_url("**/review/month")
    assert page.locator("a[href^='/review/cases/']").count() == 0
    assert page.goto(f"{walk.served.origin}/review/cases/1-1").status == 403  # type: ignore[union-attr]


def _with_passkey(walk: Walk, page: Page) -> Page:
    """Make a passkey, sign out, and come back with it alone."""
    authenticator(page)
    page.click("[data-passkey=register] button")
    page.wait_for_url("**/account?done=passkey")
    walk.look(page)
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in?out=1")
    page.click("[data-passkey=sign-in] button")
    page.wait_for_url(f"{walk.served.origin}/")
    return page


def _read_a_case(walk: Walk, page: Page) -> None:
    """The reviewer reads the trial's first case, answers it, and takes the answer back."""
    follow(page, ".menu a[href='/review']")
    expect(page.locator("main")).to_contain_text("試行です")
    rows = page.locator("main table.rows tbody tr")
    assert 1 <= rows.count() <= 20
    expect(rows.first).to_contain_text("職員1")
    rows.first.locator("a").first.click()
    page.wait_for_url("**/review/cases/1-1")
    page.click("button[value=explained]")
    expect(page.locator("main .notice.bad")).to_be_visible()
    page.fill("[name=note]", "応援勤務だったと所属長に確かめた")
    page.click("button[value=explained]")
    expect(page.locator(".timeline").first).to_contain_text("応援勤務だったと")
    walk.look(page)
    page.fill("[name=note]", "勤務表をもう一度確かめる")
    page.click("button[value=reopen]")
    expect(page.locator(".timeline li")).to_have_count(2)
    expect(page.locator("button[value=explained]")).to_be_visible()


def _enter_the_grounds(walk: Walk, officer: Page, reviewer: Page) -> None:
    """Names appear once the four dated grounds are written down, and not before."""
    case = "/review/cases/1-1"
    for kind in ("rule", "responsible", "notice", "watchers"):
        walk.go(reviewer, case)
        assert "職員1" in reviewer.inner_text("main"), kind
        walk.go(officer, "/review/masking")
        form = officer.locator(f"form:has([name=kind][value={kind}])")
        form.locator("[name=text]").fill("閲覧の確認規程（模擬）第2版")
        form.locator("[name=date]").fill("2026-04-01")
        with officer.expect_navigation():
            form.locator("button").click()
    walk.look(officer)
    walk.go(reviewer, case)
    assert "職員1" not in reviewer.inner_text("main")
    walk.look(reviewer)
    walk.go(reviewer, "/records")
    expect(reviewer.locator("[name=user]")).to_be_visible()


def _ask_and_decide(walk: Walk, officer: Page, reviewer: Page) -> None:
    """The person is asked by a sheet; a committee's decision is entered by one and confirmed by the other."""
    case = "/review/cases/1-1"
    walk.go(reviewer, case)
    assert reviewer.locator("button[value=ask_head]").count() == 0
    reviewer.click("button[value=ask_person]")
    with reviewer.expect_download():
        reviewer.click("#asks a[href$='sheet.pdf']")
    reviewer.click("#asks summary")
    reviewer.fill("#asks [name=text]", "応援に出ていました")
    reviewer.click("#asks form button")
    expect(reviewer.locator("#asks")).to_contain_text("応援に出ていました")
    reviewer.click("button[value=refer]")
    reviewer.fill("#committee [name=text]", "第3回委員会（模擬）")
    reviewer.fill("#committee [name=date]", "2026-04-01")
    reviewer.click("#committee form.form button")
    expect(reviewer.locator("#committee")).to_contain_text("もう一人の確認を待っています")
    assert reviewer.locator("button[value=confirm]").count() == 0
    walk.look(reviewer)
    walk.go(officer, case)
    officer.click("button[value=confirm]")
    expect(officer.locator("#committee")).to_contain_text("二人が登録しました")
    assert officer.locator("button[value=explained]").count() == 0


def _print_and_sign(walk: Walk, reviewer: Page, officer: Page, folder: Path) -> None:
    """Both sign in their own name; the page is one readable A4 sheet that says so."""
    for page, role in ((reviewer, "reviewer"), (officer, "safety_officer")):
        walk.go(page, "/review/month")
        page.click(f"button[name=role][value={role}]")
        expect(page.locator("main .notice.bad")).to_be_visible()  # cases stand unread
        page.check("[name=unread]")
        page.click(f"button[name=role][value={role}]")
        expect(page.locator("main .timeline li")).to_have_count(1 if role == "reviewer" else 2)
    walk.go(reviewer, "/")
    _until(reviewer, "異常なし")
    walk.go(reviewer, "/review/month")
    with reviewer.expect_download() as coming:
        reviewer.click("a[href$='/page.pdf']")
    file = folder / "page.pdf"
    coming.value.save_as(file)
    document = pypdfium2.PdfDocument(file)
    try:
        assert len(document) == 1
        sheet = document[0]
        assert sheet.get_size() == pytest.approx(A4, abs=2)
        text = sheet.get_textpage().get_text_bounded().replace("\r\n", "")
        for said in (walk.truth.institution, "試行", "決裁", walk.truth.console_users[0]):
            assert said in text, said
        picture = bytes(sheet.render(scale=1.5, grayscale=True).buffer)
        ink = sum(1 for dot in picture if dot < 128) / len(picture)
        assert 0.01 < ink < 0.4, "a page with words on it, on white paper"
    finally:
        document.close()


def _until(page: Page, text: str, *, gone: bool = False) -> None:
    """Open the first page again until it says `text`; the jobs process finds it soon."""
    until = time.monotonic() + 90
    while (text in page.inner_text("main")) is gone:
        assert time.monotonic() < until, text
        time.sleep(0.5)
        page.reload()


def _until_done(walk: Walk, page: Page) -> None:
    """Wait on the page that shows the work until it is done."""
    page.wait_for_url("**/walk/work?*")
    expect(page.locator("#work .btn.primary")).to_be_visible(timeout=120_000)
    assert page.locator("#work .notice.bad").count() == 0, page.inner_text("#work")
    walk.look(page)


def _alone() -> str | None:
    """Return why nothing can be walked without a network here; None where it can."""
    if os.geteuid() != 0:
        return "only root makes a network namespace"
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-n", "true"], check=False).returncode:
        return "no network namespace can be made here"
    return None


def test_the_thirty_minutes_without_a_network() -> None:
    """The same walk ends well where loopback is all there is."""
    if os.environ.get(INSIDE):
        pytest.skip("this is the walk without a network")
    if why := _alone():
        missing(why)
    here = Path(__file__)
    command = [
        "unshare", "-n", sys.executable, str(here.with_name("closed.py")), sys.executable, "-m",
        "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-n", "0",
        f"{here}::test_the_thirty_minutes",
    ]  # fmt: skip
    inside = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env={**inside, INSIDE: "1"},
        cwd=here.parent.parent.parent,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
