"""The folder for the day verifies itself in a browser that has no network, and says what is wrong."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.conftest import context
from tests.browser.served import Watch, flaws
from tests.peers.inspected import inspected
from tests.unit.ledger.conftest import some

from sekisho.app.inspection.folder import make_folder
from sekisho.app.settings import set_setting
from sekisho.ledger import public_key
from sekisho.terms import FixedClock

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.duty("0")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder's ZIP, and the key on paper."""
    place = tmp_path_factory.mktemp("folder")
    here = inspected(place / "data", FixedClock(dt.datetime(2026, 11, 29, 3, tzinfo=dt.UTC)))
    set_setting(here.database, "simulated", value=True, by="t", at=here.clock.now())
    with here.recorder() as log:
        log.append(some(11))
    _, content = make_folder(here, by="B1")
    here.close()
    (place / "folder.zip").write_bytes(content)
    return place / "folder.zip", public_key(place / "data")


@pytest.fixture
def page(browser: Browser, made: tuple[Path, str], tmp_path: Path) -> Iterator[Page]:
    """The folder's index, opened as a file by a browser without a network."""
    with zipfile.ZipFile(made[0]) as file:
        file.extractall(tmp_path)
    (root,) = [one for one in tmp_path.iterdir() if one.is_dir()]
    watch = Watch(root.as_uri())
    opened = watch.over(context(browser))
    opened.set_offline(offline=True)
    found = opened.new_page()
    found.goto((root / "index.html").as_uri())
    yield found
    watch.clean()


def judged(page: Page, what: str, given: Path, key: str) -> str:
    """Give the page a ZIP or a folder and a key; what its verdict says."""
    page.set_input_files(f"#{what}", given)
    page.fill("#key", key)
    page.click("button.primary")
    page.wait_for_selector(".verdict")
    return page.inner_text("#result")


def test_the_folder_verifies_and_every_harm_is_named(
    page: Page, made: tuple[Path, str], tmp_path: Path
) -> None:
    """ZIP and unpacked folder verify under the key on paper; without it the signer is not checked; a changed, missing or added file, another list and another key are named."""
    archive, key = made
    (root,) = [one for one in tmp_path.iterdir() if one.is_dir()]
    assert flaws(page) == []
    assert "模擬データ" in page.inner_text("header")
    assert "✓" in judged(page, "zip", archive, key)
    said = judged(page, "folder", root, key)
    assert "✓" in said
    assert "12" in said
    assert "△" in judged(page, "folder", root, "")
    other = key.replace("sekisho.invalid", "sekisho.example")
    assert "✗" in judged(page, "folder", root, other)

    pdf = root / "sheet" / "checklist-r7.pdf"
    kept = pdf.read_bytes()
    pdf.write_bytes(kept + b" ")
    assert "変えられたファイル：sheet/checklist-r7.pdf" in judged(page, "folder", root, key)
    pdf.unlink()
    (root / "more.txt").write_text("x")
    said = judged(page, "folder", root, key)
    assert "なくなったファイル：sheet/checklist-r7.pdf" in said
    assert "一覧にないファイル：more.txt" in said
    pdf.write_bytes(kept)
    (root / "more.txt").unlink()
    sums = root / "SHA256SUMS"
    sums.write_text("\n".join(line for line in sums.read_text().splitlines() if ".xlsx" not in line) + "\n")  # fmt: skip

    (root / "sheet" / "checklist-r7.xlsx").unlink()
    assert "一覧が違います" in judged(page, "folder", root, key)
