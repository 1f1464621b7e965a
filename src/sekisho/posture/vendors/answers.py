"""Reading an answer sheet that came back: moved columns, added rows, words and eras as people write.

What is not readable as a day, or as yes or no, is kept as a note and said; it is never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from sekisho.care import Doubt
from sekisho.care.dates import Cell
from sekisho.care.sheets import Sheet
from sekisho.errors import InvalidInputError
from sekisho.posture.ledger import cells
from sekisho.posture.records import Kind, Reading
from sekisho.posture.vendors.sheet import ASKED, DAYS, LETTERS, MARK, ROW, YES_NO, fields

_DASHES = re.compile("[\u2010-\u2015\u2212\u30fc]")
_LOOKED = 40
"""Rows in which mark and headings are looked for."""


def mark_of(sheets: Sequence[Sheet]) -> tuple[int, str] | None:
    """Return number and token of the letter that a workbook answers, from whichever sheet has it."""
    for sheet in sheets:
        for row in sheet.rows[:_LOOKED]:
            for cell in row:
                if isinstance(cell, str) and (found := MARK.search(_plain(cell))):
                    return int(found[1]), found[2].lower()
    return None


def read(sheet: Sheet, mark: tuple[int, str] | None) -> Reading | None:
    """Return the answers of one sheet, None where it is no answer sheet.

    Args:
        sheet: Its cells.
        mark: Of the workbook (`mark_of`).

    Raises:
        InvalidInputError: It is one, and nothing says which letter it answers.
    """
    columns: dict[str, int] = {}
    head = 0
    for place, row in enumerate(sheet.rows[:_LOOKED]):
        found = fields(row)
        if "row" in found and len(found) > len(columns):
            head, columns = place, found
    if len(columns) < 3:
        return None
    if mark is None:
        raise InvalidInputError("posture.vendor.no_mark")
    reading = Reading(
        kind=Kind.VENDOR, source="vendor", why=("posture.taken_for.vendor", {"letter": mark[0]})
    )
    reading.mark = mark
    unread: dict[str, int] = {}
    for place in range(head + 1, len(sheet.rows)):
        told = {
            name: sheet.rows[place][column]
            for name, column in columns.items()
            if column < len(sheet.rows[place]) and sheet.rows[place][column] is not None
        }
        if told:
            reading.answers.append((place + 1, _row(told, unread)))
    for name, count in unread.items():
        told_as = sheet.rows[head][columns[name]]
        reading.doubts.append(
            Doubt("posture.vendor.cells_unread", {"column": str(told_as), "rows": count})
        )
    return reading


def _row(told: dict[str, Cell], unread: dict[str, int]) -> dict[str, Any]:
    """Return what one row says: ``of``, ``id`` (None where the row was added), ``said``."""
    marked = ROW.fullmatch(_plain(cells.text(told.get("row")) or ""))
    kind = LETTERS[marked[1].upper()] if marked else None
    asked = ASKED[kind] if kind else {name for names in ASKED.values() for name in names}
    said: dict[str, Any] = {}
    notes: list[str] = []
    for name in asked:
        cell = told.get(name)
        if (written := cells.text(cell)) is None:
            continue
        value: Any = None
        if name in DAYS:
            try:
                day = cells.last_day(cell)
            except ValueError:
                day = None
            else:
                if day is None:
                    continue  # a dash, or なし: nothing is said
            value = day and day.isoformat()
        elif name in YES_NO:
            yes = cells.yes_no(cell)
            value = None if yes == "unknown" else yes
        else:
            value = cells.word(cell)
            if value is None:
                continue
        if value is None:
            unread[name] = unread.get(name, 0) + 1
            notes.append(f"{name}: {written}")
        else:
            said[name] = value[:1000]
    if notes:
        said["note"] = " / ".join(filter(None, (said.get("note"), *notes)))[:1000]
    which = [cells.text(told.get(name)) for name in ("number", "serial", "name", "question")]
    return {
        "of": kind,
        "id": marked[2].lower() if marked else None,
        "which": [one for one in which if one],
        "said": said,
    }


def _plain(text: str) -> str:
    return _DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip()
