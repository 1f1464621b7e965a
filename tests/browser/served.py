"""A served installation, a browser that is watched, and the ways people go."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Request

CODE = re.compile(r"^\s+([0-9A-Z]{5}(?:-[0-9A-Z]{5})+)\s*$", re.MULTILINE)
"""A one-time code on a line of its own, as the terminal shows it."""
VIOLATIONS = {"resultTypes": ["violations"]}
CONTRAST = {**VIOLATIONS, "runOnly": ["color-contrast"]}
STRUCTURE = {**VIOLATIONS, "rules": {"color-contrast": {"enabled": False}}}
EVERYTHING = "async options => (await axe.run(options)).violations"
CONTRASTS = """async ([known, options]) => {
  const old = new Set(known), grounds = new Map([[null, '']]), anew = new Map();
  const ground = e => {
    if (grounds.has(e)) return grounds.get(e);
    const s = getComputedStyle(e), under = ground(e.parentElement);
    const own = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.position].join();
    const all = own === 'rgba(0, 0, 0, 0),none,1,none,static' ? under : under + '/' + own;
    grounds.set(e, all);
    return all;
  };
  for (const e of document.querySelectorAll('body, body *')) {
    const says = e.matches('input, select, textarea, button')
      || [...e.childNodes].some(one => one.nodeType === Node.TEXT_NODE && one.data.trim());
    if (!says || !e.checkVisibility()) continue;
    const s = getComputedStyle(e);
    const look = [s.color, s.fontSize, s.fontWeight, s.textShadow, ground(e)].join();
    if (!old.has(look) && !anew.has(look)) anew.set(look, e);
  }
  const found = anew.size ? (await axe.run({include: [...anew.values()]}, options)).violations : [];
  return [found, [...anew.keys()]];
}"""
"""What axe-core finds of one text of each kind that is not `known`: its letters, and all that lies under them."""
_KNOWN: list[str] = []
"""Letters that a test of this process has looked at, with what lies under them."""
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@dataclass(slots=True)
class Served:
    """A running `sekisho serve`: recorder, console and jobs, each a process of its own."""

    data: Path
    port: int
    said: Path
    process: subprocess.Popen[bytes]

    @property
    def origin(self) -> str:
        """Return the console's address."""
        return f"http://localhost:{self.port}"

    def set_up_code(self) -> str:
        """Return the code that the first start printed."""
        found = CODE.search(self.said.read_text(encoding="utf-8"))
        assert found, "the first start prints a code"
        return found[1]


@contextmanager
def serve(data: Path, port: int) -> Iterator[Served]:
    """Start everything on `data`, wait until it answers, and end it afterwards."""
    said = data.parent / "said.txt"
    command = [sys.executable, "-m", "sekisho", "serve", "--data", str(data)]
    with said.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        until = time.monotonic() + 120
        while not (answers(port) and (data / "run" / "recorder.sock").exists()):
            assert process.poll() is None, said.read_text(encoding="utf-8")
            assert time.monotonic() < until, "the console did not start"
            time.sleep(0.1)
        yield Served(data, port, said, process)
    finally:
        process.terminate()
        process.wait(60)


def answers(port: int) -> bool:
    """Return whether something listens at `port` of loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Watch:
    """What a browser asked for and complained of, over all its pages.

    Attributes:
        outside: Addresses that do not belong to the console.
        complaints: Errors of the page's console, broken content policies among them.
    """

    origin: str
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> BrowserContext:
        """Watch everything that `context` does from now on."""
        context.on("request", self._asked)
        context.on("console", lambda line: self._said(line.type, line.text))
        context.on("weberror", lambda wrong: self.complaints.append(str(wrong.error)))
        return context

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.outside.append(request.url)

    def _said(self, kind: str, text: str) -> None:
        # A page that answers 4xx or 5xx on purpose is noted by the browser as such.
        if kind in {"error", "warning"} and "server responded with a status of" not in text:
            self.complaints.append(text)

    def clean(self) -> None:
        """Fail where anything was asked of the outside or complained of."""
        assert self.outside == []
        assert self.complaints == []


def sign_in(page: Page, origin: str, user_id: str, password: str, code: str = "") -> None:
    """Sign in through the form."""
    page.goto(f"{origin}/sign-in")
    page.fill("[name=user_id]", user_id)
    page.fill("[name=password]", password)
    if code:
        page.fill("[name=code]", code)
    follow(page, "form[action='/sign-in'] .btn.primary")


def follow(page: Page, what: str) -> None:
    """Click on `what` leads to a page, and wait until that page is there."""
    with page.expect_navigation():
        page.click(what)


def flaws(
    page: Page, *, dark: bool = True, contrast: bool = True, known: list[str] | None = None
) -> list[str]:
    """Return what axe-core finds on the page: wide and narrow, without reloading.

    Structure does not depend on colours: it is looked at in light. Colours do not depend on
    the language: where they were looked at in one, another does without `contrast`. Letters
    that are like others, on the like ground, have the like contrast: those that are `known`, by
    default from any page before, are not looked at again, and those of this page are known
    afterwards.
    """
    page.wait_for_load_state()
    page.evaluate(Axe().axe_script)
    known = _KNOWN if known is None else known
    colours = [*(["light"] if contrast else []), *(["dark"] if dark else [])]
    found = []
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="light")
        found += page.evaluate(EVERYTHING, STRUCTURE)
        for scheme in colours:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            flawed, looks = page.evaluate(CONTRASTS, [known, CONTRAST])
            found += flawed
            known += looks
    wide = page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")
    said = [
        f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found
        for node in one["nodes"][:3]
    ]
    said += ["wider than a telephone"] * wide
    return [f"{page.url} {flaw}" for flaw in dict.fromkeys(said)]


def authenticator(page: Page) -> None:
    """Put a virtual security key with a fingerprint reader into the browser."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
