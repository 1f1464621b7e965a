"""The sheet on paper and as a workbook: every item, every answer, every proof with its age."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from tests.missing import missing
from tests.peers import issued
from tests.peers.inspected import BOOK, NO, REASON, inspected
from tests.unit.paper.conftest import pages

from sekisho.app.inspection import sheet_of
from sekisho.app.inspection.issued import fill_issued
from sekisho.app.inspection.paper import page_of, paper_of, printed
from sekisho.app.installation import Installation
from sekisho.app.settings import set_setting
from sekisho.inspection import Standing
from sekisho.inspection.issued import How
from sekisho.terms import FixedClock

pytestmark = pytest.mark.duty("0")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A half answered sheet of simulated data."""
    clock = FixedClock(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    installation = inspected(tmp_path_factory.mktemp("inspected") / "data", clock)
    set_setting(installation.database, "simulated", value=True, by="t", at=clock.now())
    yield installation
    installation.close()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_says_every_item_with_its_proof(here: Installation, language: str) -> None:
    """Every number, answer, day and reason is on the page; a yes that is greener than its proof says so; an unverified text is marked; simulated data are called so on every page."""
    pdf = paper_of(here, BOOK, "pdf", by="B1", language=language)
    texts = pages(pdf)
    whole = "".join("".join(texts).split())
    for line in sheet_of(here, BOOK).lines:
        assert line.item.likely_number in whole
        assert "".join(line.item.title[language].split()) in whole
    wanted = {
        "ja": ("証拠でなく、人の言葉による「はい」", "（3日前）", "まだ一度も確かめていません", "要確認", "原文は未確認", "2026年12月1日"),
        "en": ("Yesonaperson'sword,notonproof", "(3daysago)", "tobeconfirmed", "1December2026"),
    }  # fmt: skip
    for said in wanted[language]:
        assert said.lower() in whole.lower(), said
    assert "".join(REASON.split())[:20] in whole
    mark = {"ja": "模擬データ", "en": "simulateddata"}[language]
    assert all(mark in "".join(text.split()).lower() for text in texts)
    with pypdfium2.PdfDocument(pdf) as document:
        assert all([round(side) for side in page.get_size()] == [842, 595] for page in document)
    assert b"/FontFile3" in pdf


def test_the_workbook_has_real_days_and_every_proof(here: Installation) -> None:
    """In the workbook a day is a day, and each proof is a row with its age."""
    book = openpyxl.load_workbook(io.BytesIO(paper_of(here, BOOK, "xlsx", by="B1")))
    items, proofs = (list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets)
    rows = {row[0]: row for row in items}
    no = rows[NO[0]]
    assert (no[2], no[3], no[4]) == ("いいえ", dt.datetime(2026, 11, 1), dt.datetime(2026, 12, 1))  # noqa: DTZ001 (calendar days)
    lines = sheet_of(here, BOOK).lines
    assert sum(row[1] in {line.item.title["ja"] for line in lines} for row in proofs) == sum(
        len(line.computed.proofs) for line in lines
    )
    assert any(row[6] == "3日前" for row in proofs)


def test_libreoffice_opens_the_papers(here: Installation, tmp_path: Path) -> None:
    """LibreOffice prints our workbook and the filled one, and counts the filled answers anew."""
    program = shutil.which("soffice")
    if program is None:
        missing("LibreOffice is not here (Debian: libreoffice-calc-nogui)")
    own, other = tmp_path / "own.xlsx", tmp_path / "issued.xlsx"
    own.write_bytes(paper_of(here, BOOK, "xlsx", by="B1"))
    sheet = sheet_of(here, BOOK)
    content = issued.with_shapes(issued.packed(issued.plain()))
    found = fill_issued(here, content, "R7.xlsx", How(), by="B1", catalogue=BOOK)
    assert found.content is not None
    other.write_bytes(found.content)
    subprocess.run(
        [program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to",
         "pdf", "--outdir", str(tmp_path), str(own), str(other)],
        check=True, capture_output=True, timeout=100,
    )  # fmt: skip
    for name in ("own", "issued"):
        texts = "".join(pages((tmp_path / f"{name}.pdf").read_bytes()))
        assert "2-③" in texts
    assert str(sheet.count(Standing.YES)) in texts.split()
    assert "別紙１" in texts


def test_hostile_words_are_only_words(here: Installation) -> None:
    """A reason that looks like markup or a formula is printed as it is, and is no formula in the workbook."""
    page = page_of(here, sheet_of(here, BOOK), "ja")
    bad = '=HYPERLINK("x") #let x = 1 #panic() \x07<'
    page = replace(page, lines=[replace(line, reason=bad) for line in page.lines])
    assert "#panic()" in "".join(pages(printed(page, "pdf")))
    book = openpyxl.load_workbook(io.BytesIO(printed(page, "xlsx")))
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
