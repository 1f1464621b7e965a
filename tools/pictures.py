# ruff: noqa: INP001 (a tool, not a package)
"""Makes docs/pictures anew from the fictitious hospital: today, a case, records, the inspection's sheet, the printed page.

Needs Chromium and the environment of `tools/env.sh dev`. Run: .venv/bin/python tools/pictures.py
Everything on the pictures is simulated and says so.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zlib
from pathlib import Path

import pypdfium2
from playwright.sync_api import Page, sync_playwright

from sekisho import review
from sekisho.app.demo.run import DemoAccount, prepare
from sekisho.app.installation import open_installation
from sekisho.app.waiting import refresh_findings
from sekisho.identity import Role

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PORT = 8747
ORIGIN = f"http://localhost:{PORT}"
ROWS = 20_000
MOST = 250_000
"""Bytes of one picture at most."""


def main() -> None:
    """Make every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        accounts = prepare(home, port=PORT, rows=ROWS, tell=lambda *_, **__: None)
        case = _with_names(home / "data", accounts[1].user_id)
        command = [sys.executable, "-m", "sekisho", "serve", "--data", str(home / "data")]
        served = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 (our own program, no shell)
        try:
            _wait()
            _photograph({account.role: account for account in accounts}, case, home)
        finally:
            served.terminate()
            served.wait(30)
    for picture in PICTURES.glob("*.png"):
        assert picture.stat().st_size <= MOST, picture


def _with_names(data: Path, officer: str) -> str:
    """Enter the four grounds, so that ids can be shown, and return a case about one patient."""
    installation = open_installation(data)
    try:
        now = installation.clock.now()
        for kind in ("rule", "responsible", "notice", "watchers"):
            review.set_masking_proof(
                installation.database, kind, "模擬の文書", now.date().replace(day=1), officer, now
            )
        refresh_findings(installation)
        run = review.latest(installation.database)
        assert run is not None
        found = [
            case
            for case in review.cases(installation.database, run.id, limit=None)
            if len(case.patient_ids) == 1
        ]
        return max(found, key=lambda case: (case.last_at - case.first_at).days).id
    finally:
        installation.close()


def _wait() -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{ORIGIN}/sign-in", timeout=1).close()  # noqa: S310 (our own console)
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(ORIGIN)


def _photograph(accounts: dict[Role, DemoAccount], case: str, home: Path) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--headless=new", "--no-sandbox", "--disable-gpu", "--lang=ja"],
            env={**os.environ, "LANGUAGE": "ja"},
        )
        page = chromium.new_page(locale="ja-JP", viewport={"width": 1280, "height": 800})
        _sign_in(page, accounts[Role.REVIEWER])
        for name, path in (
            ("today", "/"),
            ("case", f"/review/cases/{case}"),
            ("records", "/records"),
            ("sheet", "/inspection"),
        ):
            page.goto(f"{ORIGIN}{path}")
            if name == "sheet":  # where its proofs stand
                page.locator("main h2").nth(2).evaluate("one => one.scrollIntoView()")
            page.screenshot(path=PICTURES / f"{name}.png")
        page.goto(f"{ORIGIN}/review/month")
        with page.expect_download() as coming:
            page.click("a[href$='/page.pdf']")
        coming.value.save_as(home / "page.pdf")
        chromium.close()
    _print(home / "page.pdf", PICTURES / "page.png")


def _sign_in(page: Page, account: DemoAccount) -> None:
    page.goto(f"{ORIGIN}/sign-in")
    page.fill("[name=user_id]", account.user_id)
    page.fill("[name=password]", account.password.reveal())
    page.click("form[action='/sign-in'] .btn.primary")
    page.wait_for_url(f"{ORIGIN}/")


def _print(document: Path, picture: Path) -> None:
    """Write the first sheet of `document` as a grey PNG (ISO/IEC 15948)."""
    opened = pypdfium2.PdfDocument(document)
    sheet = opened[0].render(scale=1.6, grayscale=True)
    wide, high, stride = sheet.width, sheet.height, sheet.stride
    dots = bytes(sheet.buffer)
    lines = b"".join(b"\x00" + dots[y * stride : y * stride + wide] for y in range(high))
    opened.close()
    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    picture.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in parts
        )
    )


if __name__ == "__main__":
    main()
