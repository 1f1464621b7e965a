"""Whatever stands in the values, the month is one sheet, and the workbook has no formula."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pypdfium2
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sekisho.pages.words import say
from sekisho.paper import (
    CaseLine,
    Counted,
    LevelLine,
    MonthPage,
    Signature,
    SourceLine,
    month_page,
)
from sekisho.paper.workbook import month_workbook

TEXT = st.text(max_size=60) | st.sampled_from(
    ["#panic()", "=1+1", "*", "あ" * 300, "w" * 900, "\u202e", "\ud7ff\ue000", ""]
)
COUNT = st.integers(0, 10**9)
TIME = st.datetimes(
    dt.datetime(2020, 1, 1),  # noqa: DTZ001 - made aware below
    dt.datetime(2040, 1, 1),  # noqa: DTZ001 - same
    timezones=st.just(dt.UTC),
)
LEVEL = st.builds(
    LevelLine, name=TEXT, explained=st.none() | COUNT, first_explained=st.none() | COUNT,
    can=TEXT, cannot=TEXT,
)  # fmt: skip
CASE = st.builds(
    CaseLine, rank=st.integers(1, 9999), title=TEXT, why=TEXT, user=TEXT,
    patients=st.lists(TEXT, max_size=4), records=COUNT, first_at=TIME, last_at=TIME, state=TEXT,
    score=st.none() | st.floats(0, 1),
)  # fmt: skip
COUNTED = st.lists(st.builds(Counted, TEXT, COUNT), max_size=9)
MONTH = st.builds(
    MonthPage, institution=TEXT, start=st.just(dt.date(2026, 10, 1)),
    end=st.just(dt.date(2026, 10, 31)), made_at=TIME, run_id=TEXT, level=TEXT, accesses=COUNT,
    explained=COUNT, first_accesses=COUNT, first_explained=COUNT, unexplained=COUNT, raised=COUNT,
    not_judgeable=COUNT, checkpoint=st.text(min_size=1, max_size=300), fingerprint=TEXT,
    ledger_size=COUNT, raised_accesses=COUNT, not_judgeable_by=COUNTED, by_explanation=COUNTED,
    levels=st.lists(LEVEL, max_size=6), cases=st.lists(CASE, max_size=30), answers=COUNTED,
    sources=st.lists(st.builds(SourceLine, name=TEXT, rows=COUNT, first_at=st.none() | TIME,
                               last_at=st.none() | TIME), max_size=4),
    unseen=st.lists(TEXT, max_size=6), verified=st.none() | st.booleans(),
    verified_at=st.none() | TIME,
    signatures=st.lists(st.builds(Signature, role=TEXT, name=TEXT, at=TIME), max_size=5),
    trial=st.booleans(), simulated=st.booleans(), masked=st.booleans(), masked_why=TEXT,
    reading_minutes=st.none() | COUNT, approvals=st.lists(TEXT, max_size=6),
    language=st.sampled_from(["ja", "en"]), version=TEXT,
)  # fmt: skip

# A page takes a tenth of a second to set; shrinking one would take minutes.
FEW: dict[str, Any] = {
    "max_examples": 20,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
}


@settings(**FEW)
@given(MONTH)
def test_any_month_is_one_sheet(page: MonthPage) -> None:
    """Any values give a readable PDF of exactly one page."""
    document = pypdfium2.PdfDocument(month_page(page, say=say))
    assert len(document) == 1
    document.close()


@settings(**FEW)
@given(MONTH)
def test_any_month_is_a_workbook_without_formulas(page: MonthPage) -> None:
    """Any values give a workbook that reads back, without a formula in any cell."""
    book = openpyxl.load_workbook(io.BytesIO(month_workbook(page, say=say)))
    kinds = {c.data_type for sheet in book.worksheets for row in sheet.iter_rows() for c in row}
    assert "f" not in kinds
    assert "e" not in kinds
