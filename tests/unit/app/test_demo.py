"""The demonstration: a whole month from log to page, walked in the terminal and on the first page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from tests.tongue import japanese
from tests.unit.console.conftest import Asker, House

from sekisho import identity, review
from sekisho.app.demo.hospital import make
from sekisho.app.demo.run import DemoAccount, prepare
from sekisho.app.findings import open_findings
from sekisho.app.installation import open_installation
from sekisho.app.month import month_pdf, month_xlsx
from sekisho.identity import Role
from sekisho.ledger import verify
from sekisho.pages.words import catalogue, say

STEPS = [
    "begin",
    "made",
    "collected",
    "cared",
    "machines",
    "register",
    "reviewed",
    "case",
    "page",
    "tamper",
    "named",
]


@pytest.fixture(scope="module")
def told() -> list[tuple[str, dict[str, Any]]]:
    """What the demonstration said, step by step."""
    return []


@pytest.fixture(scope="module")
def accounts(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, dict[str, Any]]]
) -> list[DemoAccount]:
    """The accounts of a small demonstration, made once."""
    folder = tmp_path_factory.mktemp("demo")
    told.append(("folder", {"folder": folder}))
    return prepare(
        folder, port=8799, rows=1_500, tell=lambda message, **args: told.append((message, args))
    )


@pytest.fixture(scope="module")
def house(accounts: list[DemoAccount], told: list[tuple[str, dict[str, Any]]]) -> Iterator[House]:
    """The demonstration's console, with its own three people signed in."""
    folder: Path = told[0][1]["folder"]
    installation = open_installation(folder / "data")
    known = {one.user_id: one for one in identity.accounts(installation.database)}
    ids = {account.role: known[account.user_id].id for account in accounts}
    here = House(installation, make(folder / "again", rows=1_500), ids)
    here.start()
    yield here
    here.stop()
    installation.close()


def test_the_walk_in_the_terminal(
    accounts: list[DemoAccount], told: list[tuple[str, dict[str, Any]]]
) -> None:
    """The walk goes from the log to the page and to a changed byte that is named, each in words."""
    assert {account.role for account in accounts} == set(Role) - {Role.STAFF}
    assert [message.removeprefix("app.demo.") for message, _ in told[1:]] == STEPS
    assert all(
        message in catalogue(language) for message, _ in told[1:] for language in ("ja", "en")
    )
    said = dict(told)
    assert Path(said["app.demo.page"]["file"]).read_bytes().startswith(b"%PDF-")
    assert said["app.demo.tamper"]["file"] in said["app.demo.named"]["why"]["ja"]
    assert verify(told[0][1]["folder"] / "data").ok


def test_an_english_reader_reads_english(
    accounts: list[DemoAccount], told: list[tuple[str, dict[str, Any]]]
) -> None:
    """What a review finds, its cases, its page and its workbook have no Japanese but what the files said."""
    folder: Path = told[0][1]["folder"]
    installation = open_installation(folder / "data")
    try:
        run = review.latest(installation.database)
        assert run is not None
        by = accounts[0].user_id
        pdf = pypdfium2.PdfDocument(month_pdf(installation, run.id, by=by, language="en"))
        book = openpyxl.load_workbook(
            BytesIO(month_xlsx(installation, run.id, by=by, language="en"))
        )
        found = [view.finding for view in open_findings(installation.database)]
        cases = review.cases(installation.database, run.id, limit=None)
    finally:
        installation.close()
    read = [
        *(page.get_textpage().get_text_bounded() for page in pdf),
        *(str(cell) for sheet in book for row in sheet.values for cell in row),
        *book.sheetnames,
        *(say("en", one.message + more, **one.args) for one in found for more in ("", ".why")),
        *(case.why["en"] for case in cases),
    ]

    assert {one.room for one in found} >= {"review", "care"}
    assert japanese("\n".join(read), folder / "hospital") == []


def test_the_walk_on_the_first_page(house: House) -> None:
    """The first page says what was done, with links that the reader's duty may follow."""

    async def as_reviewer(asker: Asker) -> None:
        _, text = await asker.get("/")
        tour = text[text.index("デモの案内") :].partition("</section>")[0]
        links = re.findall(r'href="([^"]+)"', tour)
        assert len(links) == 5
        for link in links:
            answer, _ = await asker.get(link)
            assert answer.status == 200, link
        assert "1 バイト" in tour
        assert ".parquet" in tour

    async def as_administrator(asker: Asker) -> None:
        _, text = await asker.get("/")
        tour = text[text.index("デモの案内") :].partition("</section>")[0]
        assert "/review/cases/" not in tour
        for link in re.findall(r'href="([^"]+)"', tour):
            answer, _ = await asker.get(link)
            assert answer.status in {200, 303}, link

    house.ask(Role.REVIEWER, as_reviewer)
    house.ask(Role.ADMINISTRATOR, as_administrator)
