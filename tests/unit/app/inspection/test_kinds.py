"""The kind of institution: what is asked of others is set apart everywhere, and lost nowhere."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import openpyxl
import orjson
import pytest
from tests.unit.paper.conftest import pages

from sekisho.app.inspection import sheet_of
from sekisho.app.inspection.folder.proofs import proofs_json, proofs_page
from sekisho.app.inspection.kinds import kinds_before, kinds_of, set_kinds, undo_kinds
from sekisho.app.inspection.oscal import results_of
from sekisho.app.inspection.paper import begin_record, page_of, printed
from sekisho.app.inspection.reminders import set_inspection_day, sheet_findings
from sekisho.app.installation import open_installation
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.inspection import KINDS, catalogue
from sekisho.inspection.papers import count
from sekisho.terms import FixedClock

pytestmark = pytest.mark.duty("0")

FORM = """title = { ja = "県の様式", en = "Form of the prefecture" }
edition = "2026"
source = "県"
sheet = "hospital"
"""
ITEM = """
[[item]]
id = "KEN26-%(at)s"
number = "%(at)s"
section = "体制"
duty = "0"
title = { ja = "第%(at)s問", en = "Question %(at)s" }
text = { ja = "当直の医師がいる。", en = "A doctor is on duty." }
verified = true
evidence = "text"
applies_to = ["organization"]
kinds = [%(kinds)s]
"""
ASKED = {"1": '"hospital"', "2": '"pharmacy"', "3": "", "4": '"clinic"'}


def test_what_is_asked_of_others_is_apart_everywhere(data: Path) -> None:
    """Before a kind is said all is asked; then counts, reminders, paper, workbook, proofs and OSCAL have what is asked, and name the rest; it is recorded and goes back."""
    clock = FixedClock(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    here = open_installation(data, create=True, clock=clock)
    begin_record(here, "A1")
    (data / "catalogues").mkdir()
    (data / "catalogues" / "ken26.toml").write_text(
        FORM + "".join(ITEM % {"at": at, "kinds": k} for at, k in ASKED.items())
    )
    set_inspection_day(here, dt.date(2026, 11, 20), by="A1")
    assert (kinds_of(here), kinds_before(here), len(sheet_of(here, "ken26").lines)) == ((), None, 4)
    with pytest.raises(InvalidInputError):
        set_kinds(here, ["castle"], by="A1")
    with pytest.raises(ConflictError):
        undo_kinds(here, by="A1")

    set_kinds(here, ["hospital"], by="A1")
    sheet = sheet_of(here, "ken26")
    assert [line.item.number for line in sheet.lines] == ["1", "3"]
    assert [line.item.number for line in sheet.apart] == ["2", "4"]
    assert [line.item.number for line in sheet.every] == ["1", "2", "3", "4"]
    assert (count(sheet)["items"], count(sheet)["apart"], count(sheet)["open"]) == (2, 2, 2)
    (told,) = [one for one in sheet_findings(here) if one.key == "inspection.unanswered.ken26"]
    assert told.args["count"] == 2

    page = page_of(here, sheet, "ja")
    whole = "".join("".join(pages(printed(page, "pdf"))).split())
    assert "この種類には求められない2項目" in whole
    assert whole.index("第3問") < whole.index("第2問"), "it stands at the end"
    book = openpyxl.load_workbook(io.BytesIO(printed(page, "xlsx")))
    assert "第2問" not in str([*book.worksheets[0].values])
    assert "第2問" in str([*book.worksheets[2].values])
    assert "第2問" in proofs_page(page).decode()
    assert [one["number"] for one in orjson.loads(proofs_json(here, sheet))["not_asked"]] == ["2", "4"]  # fmt: skip
    (result,) = results_of(here, "ken26", "ja")["assessment-results"]["results"]
    (chosen,) = result["reviewed-controls"]["control-selections"]
    assert [one["control-id"] for one in chosen["exclude-controls"]] == ["KEN26-2", "KEN26-4"]
    assert len(result["findings"]) == 2

    undo_kinds(here, by="A1")
    assert len(sheet_of(here, "ken26").lines) == 4
    here.close()


def test_a_dental_clinic_is_a_clinic_and_a_pharmacy_is_asked_nothing_of_a_hospital() -> None:
    """The law counts dental clinics among clinics; of a form for hospitals and clinics nothing is asked of a pharmacy, and several kinds are asked what any is."""
    items = catalogue("checklist-r7").asked()
    assert all(item.asks(["dental-clinic"]) for item in items)
    assert not any(item.asks(["pharmacy"]) for item in items)
    assert all(item.asks(["pharmacy", "hospital"]) for item in items)
    assert all(item.asks([]) and item.asks(KINDS) for item in items)
