"""Which column is which: the row of headings of a ledger or an export, by the words of `words`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sekisho.care.dates import Cell
from sekisho.care.headers import squeeze
from sekisho.posture.ledger.words import WORDS

_FIELD = {squeeze(word): field for field, words in WORDS.items() for word in words.split()}
_AFTER = re.compile(
    r"(?:必須|任意|西暦|和暦|年月日|yyyymmdd|有無|の有無|全角|半角|有無|名称)+$|(?<=\D)[1-4]$"
)
MANY = frozenset({"ip", "mac", "host"})
"""Fields that more than one column may hold."""


@dataclass(frozen=True, slots=True)
class Header:
    """The row of headings.

    Attributes:
        row: Its place from 0; data begins in the next one.
        columns: Field → columns, left to right.
        found: Every heading as written.
        names: Field → the heading that named it.
    """

    row: int
    columns: Mapping[str, tuple[int, ...]]
    found: tuple[str, ...]
    names: Mapping[str, str]


def field_of(cell: Cell) -> str | None:
    """Return the field that a heading names, or None."""
    if not isinstance(cell, str):
        return None
    word = squeeze(cell.replace("\n", ""))
    # What stands in brackets explains: サポート期限（メーカー）, OS（版数）.
    text = unicodedata.normalize("NFKC", cell).replace("\n", "")
    plain = squeeze(re.sub(r"[(\[【].*?[)\]】]", "", text))
    for written in (word, plain, _AFTER.sub("", word), _AFTER.sub("", plain)):
        if written and written in _FIELD:
            return _FIELD[written]
    return None


def find_header(rows: Sequence[Sequence[Cell]], limit: int = 40) -> Header | None:
    """Return the row that names the most fields, two at least, among the first `limit`.

    Two rows of headings (保守 over 業者 and 連絡先) are read as one.
    """
    best: Header | None = None
    for index, row in enumerate(rows[:limit]):
        header = _of_row(index, row, _spread(rows[index - 1]) if index else [])
        if len(header.columns) >= 2 and (best is None or len(header.columns) > len(best.columns)):
            best = header
    return best


def _of_row(index: int, row: Sequence[Cell], above: Sequence[str]) -> Header:
    columns: dict[str, tuple[int, ...]] = {}
    names: dict[str, str] = {}
    over = sum(field_of(text) is not None for text in set(above)) >= 2
    for place, cell in enumerate(row):
        text = cell.strip() if isinstance(cell, str) else ""
        top = above[place] if place < len(above) else ""
        field = (field_of(top + text) if top and text else None) or field_of(text)
        if field is None and not text and over:
            field, text = field_of(top), top
        if field is None:
            continue
        if field in columns and field not in MANY:
            continue
        columns[field] = (*columns.get(field, ()), place)
        names.setdefault(field, text)
    found = tuple(str(cell).strip() for cell in row if isinstance(cell, str) and cell.strip())
    return Header(index, columns, found, names)


def _spread(row: Sequence[Cell]) -> list[str]:
    """Return the texts of `row`, each carried on over the empty cells right of it."""
    spread: list[str] = []
    for cell in row:
        text = cell.strip() if isinstance(cell, str) else ""
        spread.append(text or (spread[-1] if spread else ""))
    return spread
