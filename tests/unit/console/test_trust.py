"""One line tells whether this browser trusts the console: the browser itself says it."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import async_playwright
from tests.missing import missing
from tests.ports import free_port
from tests.unit.console.conftest import Asker, House

from sekisho.app import certificates, tls
from sekisho.app.installation import Installation, open_installation
from sekisho.console.application import application
from sekisho.pages.words import say
from sekisho.terms import Secret

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
YES, NO = say("ja", "cert.trust.yes"), say("ja", "cert.trust.no")


def test_without_tls_nothing_is_claimed(house: House) -> None:
    """On this machine alone, without a certificate, the page says so, to everybody."""

    async def act(ask: Asker) -> None:
        answer, text = await ask.get("/trust")
        assert answer.status == 200
        assert say("ja", "cert.trust.none") in text
        assert YES not in text
        assert (await ask.get("/trust/ca.cer"))[0].status == 404

    house.ask(None, act)


def test_the_style_sheet_alone_may_be_asked_for_from_elsewhere(house: House) -> None:
    """The one resource that other pages may load is the style sheet; all else stays closed."""

    async def act(ask: Asker) -> None:
        sheet, _ = await ask.get("/trust/yes.css")
        page, _ = await ask.get("/trust")
        assert sheet.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert sheet.content_type == "text/css"

    house.ask(None, act)


def _secure(folder: Path) -> tuple[Installation, certificates.Bundle]:
    """Return an installation whose console has a certificate of an authority nobody knows."""
    data, medium = folder / "data", folder / "medium"
    medium.mkdir()
    now = dt.datetime.now(dt.UTC)
    plain = open_installation(data, create=True)
    authority = certificates.make_authority(
        medium, ["localhost"], Secret("a long word of twelve"), now, data=data
    )
    bundle = authority.issue(["localhost"], now)
    place = certificates.keep(data, bundle)
    port = free_port()
    config = replace(
        plain.config,
        port=port,
        origin=f"https://localhost:{port}",
        certificate=place / certificates.CHAIN,
        private_key=place / certificates.KEY,
    )
    return Installation(data, config, plain.database, plain.clock), bundle


@pytest.mark.browser
@pytest.mark.parametrize("trusted", [False, True])
def test_the_browser_says_whether_it_trusts(tmp_path: Path, trusted: bool) -> None:
    """A page from a shared folder says no in a browser that does not know the authority, and yes in one that does."""
    if CHROMIUM is None:
        missing("Chromium is not here")
    here, bundle = _secure(tmp_path)
    config = here.config
    assert config.certificate
    assert config.private_key
    certificate, key = config.certificate, config.private_key
    file = tmp_path / "trust.html"
    file.write_text(certificates.trust_page(config.origin, "ja"), encoding="utf-8")
    public = bundle.chain[0].public_key()
    pin = base64.b64encode(
        hashlib.sha256(
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).digest()
    ).decode()
    arguments = ["--no-sandbox", f"--user-data-dir={tmp_path / 'profile'}"]
    # Chromium's own way to trust one key: the root store of this machine stays as it is.
    known = [f"--ignore-certificate-errors-spki-list={pin}"] if trusted else []

    async def look() -> list[tuple[bool, bool]]:
        runner = web.AppRunner(application(here))
        await runner.setup()
        context = tls.context(certificate, key)
        await web.TCPSite(runner, "127.0.0.1", config.port, ssl_context=context).start()
        seen = []
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch_persistent_context(
                str(tmp_path / "profile"), executable_path=CHROMIUM, args=[*arguments[:1], *known]
            )
            page = await browser.new_page()
            for address in [file.as_uri(), *([f"{config.origin}/trust"] if trusted else [])]:
                await page.goto(address)
                seen.append(
                    (
                        await page.get_by_text(YES).is_visible(),
                        await page.get_by_text(NO).is_visible(),
                    )
                )
            await browser.close()
        await runner.cleanup()
        return seen

    try:
        seen = asyncio.run(look())
    finally:
        here.close()
    assert set(seen) == {(trusted, not trusted)}
