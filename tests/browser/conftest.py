"""One browser a module, one served hospital a session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.browser.served import Served, Watch, serve, sign_in
from tests.missing import missing
from tests.ports import free_port
from tests.tongue import japanese

from sekisho.app.demo.run import DemoAccount, prepare
from sekisho.identity import Role

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=ja",
]
PATIENCE = 60_000
"""Milliseconds that a page may take on a busy machine."""
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    if not Path(CHROMIUM).exists():
        missing("Chromium is not here")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS, timeout=PATIENCE
        )
        yield chromium
        chromium.close()


SEEN = """() => [...document.querySelectorAll('body *:not(script, pre, code, [lang=ja])')].flatMap(one => [
    ...[...one.childNodes].filter(node => node.nodeType === 3).map(node => node.data),
    ...['title', 'aria-label', 'placeholder', 'alt'].map(name => one.getAttribute(name) || ''),
]).concat(document.title).join('\\n')"""
"""Every text of the page, also of its attributes; SQL and what says that it is Japanese aside."""


@dataclass(slots=True)
class Hospital:
    """The fictitious hospital, imported, reviewed and served, with an account for each duty."""

    served: Served
    accounts: dict[Role, DemoAccount]
    files: Path
    typed: list[str] = field(default_factory=list)

    def types(self, text: str) -> str:
        """Return `text`, which a test types into this hospital: its pages may show it from then on."""
        self.typed.append(text)
        return text

    def enter(self, browser: Browser, role: Role | None, watch: Watch) -> Page:
        """Return a page signed in as `role`, in a browser of its own."""
        page = watch.over(context(browser)).new_page()
        if role is not None:
            account = self.accounts[role]
            sign_in(page, self.served.origin, account.user_id, account.password.reveal())
            page.wait_for_url(f"{self.served.origin}/")
        return page

    def japanese(self, page: Page) -> list[str]:
        """Return what stands on the page in Japanese: all but what files said and tests typed."""
        seen = str(page.evaluate(SEEN))
        for text in self.typed:
            seen = seen.replace(text, "")
        return [f"{page.url} {one}" for one in japanese(seen, self.files)]


def context(browser: Browser) -> BrowserContext:
    """Return a browser of a person in Japan, with nothing remembered."""
    made = browser.new_context(
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        viewport={"width": 1280, "height": 900},
        reduced_motion="reduce",
    )
    made.set_default_timeout(PATIENCE)
    return made


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """A month of 1,500 accesses behind a running console."""
    folder, port = tmp_path_factory.mktemp("hospital"), free_port()
    accounts = prepare(folder, port=port, rows=1_500, tell=lambda *_, **__: None)
    with serve(folder / "data", port) as served:
        known = {account.role: account for account in accounts}
        yield Hospital(served, known, folder / "hospital")


@pytest.fixture
def watch(hospital: Hospital) -> Iterator[Watch]:
    """What the browsers of this test ask for; the test fails where it is not all our own."""
    here = Watch(hospital.served.origin)
    yield here
    here.clean()
