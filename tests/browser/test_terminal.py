"""A shared terminal in a real browser: the next person at once, a warning, a card that is pulled."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Response, expect
from tests.browser.conftest import context
from tests.browser.served import Served, Watch, flaws, serve, sign_in
from tests.ports import free_port

from sekisho.app.installation import Installation, open_installation
from sekisho.identity import Role, create_demo_account, terminals
from sekisho.identity.signals import issue_terminal_token
from sekisho.identity.tables import SESSION
from sekisho.terms import Secret

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PASSWORD = "niwatori wa hadashi"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Served, Installation]]:
    """A served console whose only terminal is this machine."""
    data, port = tmp_path / "data", free_port()
    data.mkdir(mode=0o700)
    (data / "sekisho.toml").write_text(f"[console]\nport = {port}\n", encoding="utf-8")
    installation = open_installation(data, create=True)
    for user in ("R1", "R2"):
        create_demo_account(
            installation.database,
            installation.clock,
            user_id=user,
            name=f"模擬 {user}",
            roles={Role.REVIEWER},
            password=Secret(PASSWORD),
        )
    terminals.set_terminal(
        installation.database,
        installation.clock,
        "ward-3e",
        networks=["127.0.0.1", "::1"],
        idle=dt.timedelta(minutes=3),
        by="A1",
    )
    with serve(data, port) as served:
        yield served, installation
    installation.close()


def _quiet(here: Installation, seconds: int) -> None:
    """Let so many seconds pass in which nobody did anything."""
    with here.database.write() as c:
        for row in c.execute(sa.select(SESSION.c.id, SESSION.c.seen)).all():
            at = row.seen - dt.timedelta(seconds=seconds)
            c.execute(sa.update(SESSION).where(SESSION.c.id == row.id).values(seen=at))


def _acted(answer: Response) -> bool:
    """Whether this answers a person who goes on, and no page that only asks."""
    asked = answer.request
    return asked.url.endswith("/sign-in/awake") and "x-sekisho-poll" not in asked.headers


def _again(page: Page, user: str) -> None:
    page.fill("[name=user_id]", user)
    page.fill("[name=password]", PASSWORD)
    page.click("form[action='/sign-in'] .btn.primary")


@pytest.mark.duty("1-1")
def test_a_shared_terminal_from_hand_to_hand(
    browser: Browser, place: tuple[Served, Installation]
) -> None:
    """One key gives the page to the next person; idleness is told before it ends the session; a pulled card ends it at once."""
    served, here = place
    watch = Watch(served.origin)
    page = watch.over(context(browser)).new_page()
    sign_in(page, served.origin, "R1", PASSWORD)
    page.wait_for_url(f"{served.origin}/")
    page.goto(f"{served.origin}/records?action=login")

    # One key: the next person comes to the same page.
    page.keyboard.press("Control+Alt+KeyK")
    expect(page.locator(".notice.ok")).to_contain_text("交代します")
    _again(page, "R2")
    page.wait_for_url(f"{served.origin}/records?action=login")
    expect(page.locator(".who strong")).to_have_text("模擬 R2")

    # Quiet for a while: told first, and one button goes on.
    _quiet(here, 125)
    dialog = page.locator("dialog[data-awake]")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("秒でサインアウトします")
    assert flaws(page) == []
    with page.expect_response(_acted) as told:
        page.click("text=続けて使う")
    assert told.value.ok
    expect(dialog).not_to_be_visible()

    # Nobody came: the page is gone from the screen, and comes back after signing in.
    _quiet(here, 200)
    page.wait_for_url("**/sign-in?out=idle&next=**")
    expect(page.locator(".notice.ok")).to_contain_text("しばらく操作がなかった")
    _again(page, "R1")
    page.wait_for_url(f"{served.origin}/records?action=login")

    # The card is pulled: the reader's agent says so, with the terminal's own token.
    token = issue_terminal_token(here.database, "ward-3e").reveal()
    call = Request(
        f"{served.origin}/terminal/sign-out",
        method="POST",
        headers={"Authorization": f"Bearer {token}"},
    )
    with urlopen(call, timeout=20) as answer:
        assert json.load(answer) == {"ended": 1, "recorded": True}
    page.wait_for_url("**/sign-in?out=idle&next=**")
    page.context.close()
    watch.clean()
