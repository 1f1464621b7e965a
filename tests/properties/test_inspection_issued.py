"""The issued workbook: whatever is in the file, it is read or refused in words; every writing of a number is one."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.peers import issued

from sekisho.errors import InvalidInputError
from sekisho.inspection.issued.book import open_book
from sekisho.inspection.issued.layout import rows_of
from sekisho.inspection.issued.words import day_in, number_in, value_in

pytestmark = pytest.mark.duty("0")
PARTS = issued.parts_of(issued.with_shapes(issued.packed(issued.plain())))
READ = [name for name in PARTS if name.endswith((".xml", ".rels"))]
WIDE = str.maketrans("0123456789-()", "０１２３４５６７８９－（）")
CIRCLED = [chr(0x2460 + n) for n in range(20)]


@settings(max_examples=30)
@given(st.sampled_from(READ), st.data())
def test_a_damaged_workbook_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """With bytes of any part changed, cut or doubled, the workbook is read and its lines are found, or it is refused as no workbook."""
    content = PARTS[name]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(start + 40, len(content))))
    put = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from([b"9999999", b"-1", b"", b"x", b"ZZZ9", b"<x/>"])))  # fmt: skip
    changed = issued.changed_parts(PARTS, {name: content[:start] + put + content[end:]})
    with contextlib.suppress(InvalidInputError):
        book = open_book(changed, "R7.xlsx")
        for sheet in book.sheets:
            rows_of(sheet)
        book.save()


@given(st.integers(1, 9), st.integers(1, 20), st.integers(0, 5), st.booleans())
def test_every_writing_of_a_number_is_one(section: int, number: int, way: int, wide: bool) -> None:
    """2-①, 2①, 2-(1), 2(1), 2-1 and the same in wide letters are one number, before a text too."""
    form = [
        f"{section}-{CIRCLED[number - 1]}", f"{section}{CIRCLED[number - 1]}",
        f"{section}-({number})", f"{section}({number})", f"{section}-{number}",
        f"【{section}-{CIRCLED[number - 1]}】",
    ][way]  # fmt: skip
    said = form.translate(WIDE) if wide else form
    assert number_in(said) == (f"{section}-{number}", None)
    assert number_in(f" {said}　台帳がある。")[0] == f"{section}-{number}"


@given(st.dates(dt.date(2019, 5, 1), dt.date(2090, 12, 31)), st.integers(0, 5))
def test_every_writing_of_a_day_is_one(day: dt.date, way: int) -> None:
    """A day in 和暦, in short 和暦, in 西暦, in wide letters and as a serial number is the same day."""
    era = day.year - 2018
    said = [
        f"令和{era}年{day.month}月{day.day}日", f"R{era}.{day.month}.{day.day}",
        f"{day:%Y/%m/%d}", f"{day.year}年{day.month}月{day.day}日",
        f"令和{era}年{day.month}月{day.day}日".translate(WIDE), str((day - dt.date(1899, 12, 30)).days),
    ][way]  # fmt: skip
    assert day_in(said, near=dt.date(2026, 1, 1)) == day


@given(st.text(max_size=30))
def test_any_text_is_an_answer_or_none(text: str) -> None:
    """No text breaks the reading of an answer or a day, and both with spaces around say the same."""
    assert value_in(f" {text}　") == value_in(text)
    day_in(text, near=dt.date(2026, 1, 1))
