"""Passkeys in a real browser with a virtual authenticator."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler
from playwright.async_api import BrowserContext, Page, async_playwright
from tests.missing import missing

from sekisho import identity
from sekisho.identity.web import CSRF, SESSION, Identity, middleware, routes
from sekisho.pages import Frame, frame
from sekisho.terms import Access

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
]
STATIC = Path(identity.__file__).parent.parent / "pages" / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PASSWORD = "niwatori wa hadashi"

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _chromium() -> None:
    if not Path(CHROMIUM).exists():
        missing("Chromium is not here")


class Records(Protocol):
    """What the door wrote (see conftest)."""

    records: list[Access]


@asynccontextmanager
async def console(door: Identity) -> AsyncIterator[str]:
    """The door with the console's content policy; gives its address."""

    async def home(request: web.Request) -> web.Response:
        text = f"<!doctype html><html lang=ja><title>home</title><link rel=icon href=data:,><p id=who>{request['session'].user_id}"
        return web.Response(text=text, content_type="text/html")

    @web.middleware
    async def framed(request: web.Request, handler: Handler) -> web.StreamResponse:
        known = request.get(SESSION)
        around = Frame(account=known.name if known else "", csrf=request.get(CSRF, ""))
        token = frame.set(around)
        try:
            return await handler(request)
        finally:
            frame.reset(token)

    app = web.Application(middlewares=[middleware(door), framed])
    app.add_routes([*routes(door), web.get("/", home), web.static("/static", STATIC)])

    async def policy(_request: web.Request, answer: web.StreamResponse) -> None:
        answer.headers["Content-Security-Policy"] = POLICY

    app.on_response_prepare.append(policy)
    server = TestServer(app, host="localhost")
    await server.start_server()
    try:
        yield str(server.make_url("/")).rstrip("/")
    finally:
        await server.close()


async def authenticator(page: Page, *, verified: bool = True) -> None:
    """Put a virtual security key with a fingerprint reader into the browser."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verified,
        "automaticPresenceSimulation": True,
    }
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def _browse(door: Identity, journey: Callable[[BrowserContext, str], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with console(door) as address, async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            context = await chromium.new_context(locale="ja-JP")
            context.set_default_timeout(60_000)
            try:
                await journey(context, address)
            finally:
                await chromium.close()

    asyncio.run(whole())


async def _sign_in(page: Page, address: str, user_id: str = "D0012") -> None:
    await page.goto(f"{address}/sign-in?next=/account")
    await page.fill("[name=user_id]", user_id)
    await page.fill("[name=password]", PASSWORD)
    await page.click("form[action='/sign-in'] .btn.primary")
    await page.wait_for_url("**/account")


def test_passkey_made_and_used_without_a_name(staffed: Identity, book: Records) -> None:
    """A passkey made on the account page signs in with one button and no name, under the strict policy."""

    async def journey(context: BrowserContext, address: str) -> None:
        page = await context.new_page()
        said: list[str] = []
        page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        await authenticator(page)
        await _sign_in(page, address)
        await page.click("[data-passkey=register] button")
        await page.wait_for_url("**/account?done=passkey")
        await page.click("form[action='/sign-out'] button")
        await page.wait_for_url("**/sign-in?out=1")
        await page.click("[data-passkey=sign-in] button")
        await page.wait_for_selector("#who")
        assert await page.inner_text("#who") == "D0012"
        assert said == []
        cookies = {cookie["name"]: cookie for cookie in await context.cookies()}
        kept = cookies["__Host-sekisho"]
        assert (kept["secure"], kept["httpOnly"], kept["sameSite"]) == (True, True, "Lax")
        known = identity.find_account(staffed.database, "D0012")
        assert known
        (here,) = identity.list_sessions(staffed.database, staffed.clock, known.id)
        assert here.method is identity.Method.PASSKEY

    _browse(staffed, journey)
    methods = [each.reason for each in book.records if each.action.value == "login"]
    assert methods == ["password", "passkey"]


def test_removed_passkey_is_refused(staffed: Identity) -> None:
    """A passkey that was removed is refused with a sentence, and opens nothing."""

    async def journey(context: BrowserContext, address: str) -> None:
        page = await context.new_page()
        await authenticator(page)
        await _sign_in(page, address)
        await page.click("[data-passkey=register] button")
        await page.wait_for_url("**/account?done=passkey")
        await page.click("form[action$='/remove'] button")
        await page.wait_for_url("**/account?done=removed")
        await page.click("form[action='/sign-out'] button")
        await page.wait_for_url("**/sign-in?out=1")
        await page.click("[data-passkey=sign-in] button")
        await page.wait_for_selector("[data-passkey] [role=alert]:visible")
        assert "パスキー" in await page.inner_text("[data-passkey] [role=alert]")
        await page.goto(f"{address}/account")
        assert "/sign-in" in page.url

    _browse(staffed, journey)


def test_passkey_proves_again_only_its_owner(staffed: Identity) -> None:
    """Another person's passkey does not carry a sensitive act of the person signed in."""

    async def journey(context: BrowserContext, address: str) -> None:
        page = await context.new_page()
        await authenticator(page)
        await _sign_in(page, address)
        await page.click("[data-passkey=register] button")
        await page.wait_for_url("**/account?done=passkey")
        answer = await page.evaluate(
            """async (csrf) => {
                const headers = { "X-CSRF": csrf, "Content-Type": "application/json" };
                const first = await fetch("/sign-in/passkey/options", { method: "POST", headers, body: "{}" });
                const options = PublicKeyCredential.parseRequestOptionsFromJSON(await first.json());
                const credential = await navigator.credentials.get({ publicKey: options });
                const body = JSON.stringify(credential.toJSON());
                const send = () => fetch("/sign-in/passkey?next=/account", { method: "POST", headers, body });
                return [(await send()).status, (await send()).status];
            }""",
            await page.get_attribute("[data-passkey=register]", "data-csrf"),
        )
        assert answer == [200, 401], "the second is a replay of the first"
        await page.click("form[action='/sign-out'] button")
        await _sign_in(page, address, "D0034")
        await page.goto(f"{address}/sign-in/again?next=/account")
        assert await page.locator("[data-passkey]").count() == 0
        csrf = await page.get_attribute("form [name=csrf]", "value")
        status = await page.evaluate(
            """async (csrf) => {
                const headers = { "X-CSRF": csrf, "Content-Type": "application/json" };
                const first = await fetch("/sign-in/passkey/options", { method: "POST", headers, body: "{}" });
                const options = PublicKeyCredential.parseRequestOptionsFromJSON(await first.json());
                const credential = await navigator.credentials.get({ publicKey: options });
                const body = JSON.stringify(credential.toJSON());
                return (await fetch("/sign-in/passkey", { method: "POST", headers, body })).status;
            }""",
            csrf,
        )
        assert status == 401

    _browse(staffed, journey)


def test_without_the_finger_nothing_opens(staffed: Identity) -> None:
    """Where the authenticator cannot verify the person, no passkey is made."""

    async def journey(context: BrowserContext, address: str) -> None:
        page = await context.new_page()
        await authenticator(page, verified=False)
        await _sign_in(page, address)
        await page.click("[data-passkey=register] button")
        await page.wait_for_selector("[data-passkey] [role=alert]:visible")
        known = identity.find_account(staffed.database, "D0012")
        assert known
        assert identity.passkeys(staffed.database, known.id) == []

    _browse(staffed, journey)
