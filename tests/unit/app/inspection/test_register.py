"""The register on paper and as files: what goes out comes in again, and nothing is invented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from docx import Document
from openpyxl.worksheet.worksheet import Worksheet

from sekisho.app.demo.register import fill_register
from sekisho.app.history import today
from sekisho.app.inspection.register import drafts, lists, register_findings
from sekisho.app.inspection.register import sheets as papers
from sekisho.app.inspection.register.chart import chart_of
from sekisho.app.installation import Installation, open_installation
from sekisho.inspection import register
from sekisho.inspection.register import sheets
from sekisho.inspection.shelf import shipped
from sekisho.pages.words import catalogue, say
from sekisho.paper.contacts import contact_chart


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with the register of the fictitious hospital."""
    folder = tmp_path_factory.mktemp("register")
    installation = open_installation(folder / "data", create=True)
    at, day = installation.clock.now(), today(installation)
    assert fill_register(folder, installation.database, at=at, today=day) == 29
    yield installation
    installation.close()


def _headings(sheet: Worksheet) -> dict[str, int]:
    rows = sheet.iter_rows(max_row=8, values_only=True)
    return {str(value): place for row in rows for place, value in enumerate(row, start=1)}


def _row_of(sheet: Worksheet, text: str) -> int:
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    return next(place for place, row in rows if text in row)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_list_that_goes_out_comes_in_again(
    here: Installation, tmp_path: Path, form: str, language: str
) -> None:
    """Each list is read again in both languages and both forms, line for line the same, with no doubt and nothing refused."""
    day = today(here)
    for name in register.PARTS:
        lines = register.lines(here.database, name, today=day)
        if not lines or name == "vendor_sheets":
            continue
        path = tmp_path / f"{name}.{form}"
        path.write_bytes(lists.exported(here, name, form, language=language))
        listed = register.read_list(path, name, day)
        states = [one.state for one in register.compare(here.database, name, listed, day)]
        assert (name, states) == (name, ["same"] * len(lines))
        assert not listed.refused
        assert not listed.doubts


def test_an_empty_workbook_is_filled_in_and_read(here: Installation, tmp_path: Path) -> None:
    """The workbook to fill in names the bodies that nobody wrote in, without a number; one that is filled in is a new line and the empty rows are none."""
    path, day = tmp_path / "x.xlsx", today(here)
    path.write_bytes(lists.template(here, "contacts"))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    heads = _headings(sheet)
    row = _row_of(sheet, "保健所")
    assert sheet.cell(row, heads["電話番号"]).value is None
    sheet.cell(row, heads["連絡先の名称"], "模擬保健所")
    sheet.cell(row, heads["電話番号"], "内線 1")
    book.save(path)
    found = register.compare(
        here.database, "contacts", register.read_list(path, "contacts", day), day
    )
    (new,) = (one for one in found if one.state == "new")
    assert (new.told["body"], new.told["party"]) == ("health_centre", "模擬保健所")


def test_the_chart_leaves_empty_what_nobody_wrote(here: Installation) -> None:
    """The chart is one page with every contact, an empty box for each body that has none, and no number of its own; a hostile name is only a name."""
    chart = chart_of(here)
    empty = [one for one in chart.outside if not one.phone]
    assert {one.body for one in empty} >= {"保健所", "個人情報保護委員会", "JPCERT/CC"}
    assert not any(one.name or one.ways for one in empty)
    values = {"body": "other", "party": '#panic("x") $1$ <a>', "phone": "内線 9"}
    day, at = today(here), here.clock.now()
    number = register.add(here.database, "contacts", values, by="P1", at=at, today=day)
    page = pypdfium2.PdfDocument(contact_chart(chart_of(here), say=say))
    register.take_back(here.database, number, by="P1", at=at)
    assert len(page) == 1
    text = page[0].get_textpage().get_text_range()
    assert '#panic("x") $1$ <a>' in text
    assert "模擬県警察" in text
    assert set(re.findall(r"\d{2,4}-\d{2,4}-\d{3,4}", text)) == set()


def test_a_draft_names_nobody(here: Installation) -> None:
    """Each draft has its blanks, and neither a person nor a telephone number; every sentence of it stands in both languages."""
    for kind, parts in drafts.PARTS.items():
        text = "\n".join(one.text for one in Document(BytesIO(drafts.draft(here, kind))).paragraphs)
        assert re.search("[_\uff3f]{2}", text)
        assert not re.search(r"\d{2,4}-\d{3,4}", text)
        for part, count in parts.items():
            ids = {f"app.draft.{kind}.{part}.{number}" for number in range(1, count + 1)}
            assert ids <= catalogue("ja").keys() & catalogue("en").keys()


def test_the_sheet_that_is_sent_is_read_back(here: Installation, tmp_path: Path) -> None:
    """A vendor that fills in the very workbook it was sent is read item for item; what it answered goes out again."""
    day, at = today(here), here.clock.now()
    assert "register.empty" in {one.key for one in register_findings(here)}
    whom = sheets.wanted(here.database, day)[:1]
    book = sheets.newest(shipped())
    (number,) = sheets.ask(here.database, whom, book, answer_by=day, by="P1", at=at, today=day)
    path = tmp_path / "x.xlsx"
    path.write_bytes(papers.paper(here, number, "sheet", "xlsx", by="P1"))
    filled = openpyxl.load_workbook(path)
    sheet = filled.worksheets[0]
    heads = _headings(sheet)
    head = _row_of(sheet, "番号")
    for row in range(head + 1, head + 1 + len(book.asked())):
        sheet.cell(row, heads["回答（はい・いいえ）"], "はい")
        sheet.cell(row, heads["確認日"], "令和8年11月1日")
    filled.save(path)
    one = register.line(here.database, number, today=day)
    assert one is not None
    answers = sheets.read_back(here.database, one, book, path, "x.xlsx", by="P1", at=at, today=day)
    assert [each.value for each in answers] == ["yes"] * len(book.asked())
    written = openpyxl.load_workbook(
        BytesIO(papers.paper(here, number, "answers", "xlsx", by="P1"))
    )
    assert [row[2].value for row in written.worksheets[0].iter_rows(min_row=2)] == ["はい"] * len(
        answers
    )
