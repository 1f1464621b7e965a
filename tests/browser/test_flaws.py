"""What looks at the pages sees what it should."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from tests.browser.conftest import context
from tests.browser.served import flaws

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PAGE = """<!doctype html><html lang="en"><title>t</title>
<style>p {{ color: #555 }} .night {{ background: #fff }} .small {{ display: none }} {style}</style>
<main><h1>One</h1><p>like this</p><p>like this</p><section><div class="night"><p>on another ground</p></div></section>
<p class="small">on a telephone</p></main></html>"""


@pytest.mark.parametrize(
    ("style", "flawed"),
    [
        ("", 0),
        ("p + p { color: #ccc }", 1),
        (".night { background: #444 }", 1),
        ("@media (prefers-color-scheme: dark) { .night { background: #444 } }", 1),
        ("@media (max-width: 30rem) { .small { display: block; color: #ccc } }", 1),
        ("@media (max-width: 30rem) { .night { background: #444 } }", 1),
        (".night { opacity: .3 }", 1),
        ("section { opacity: .3 }", 1),
    ],
)
def test_letters_that_are_hard_to_read_are_found(browser: Browser, style: str, flawed: int) -> None:
    """Pale letters are found where like letters on another ground, in other colours or wider are good."""
    page = context(browser).new_page()
    known: list[str] = []
    page.set_content(PAGE.format(style=""))
    assert flaws(page, known=known) == []
    page.set_content(PAGE.format(style=style))
    found = flaws(page, known=known)
    page.context.close()
    assert len(found) == flawed, found
    assert all("color-contrast" in one for one in found)
