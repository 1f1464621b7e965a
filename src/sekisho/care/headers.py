"""Which column is which: the row of headings of a list, by the words of `words`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sekisho.care.dates import Cell
from sekisho.care.words import WORDS

_FIELD = {word: field for field, words in WORDS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Header:
    """The header row of a list.

    Attributes:
        row: Its place from 0; data begins in the next one.
        columns: Field → column; where two columns name one field the first stands.
        found: Every header cell as written, for a person to read.
        names: Field → the header cell that named it.
        systems: System → the column of the ids that people have there.
        calls: Place (内科 of 内科当直) → the column of who is on call for it.
    """

    row: int
    columns: Mapping[str, int]
    found: tuple[str, ...]
    names: Mapping[str, str]
    systems: Mapping[str, int] = field(default_factory=dict)
    calls: Mapping[str, int] = field(default_factory=dict)


def squeeze(text: str) -> str:
    """Return a header cell's text in the form that `WORDS` uses."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "", text)


def field_of(cell: Cell) -> str | None:
    """Return the field that a header cell names, or None."""
    if not isinstance(cell, str):
        return None
    word = squeeze(cell)
    found = _FIELD.get(word)
    if (
        found is None
        and (short := re.sub(r"(?:必須|任意|yyyymmdd|西暦|和暦|全角|半角|漢字)+$", "", word))
        != word
    ):
        found = _FIELD.get(short)
    return found


_OF_SYSTEM = (
    re.compile(
        r"(?:システム別)?(?:利用者|ユーザー?|ログイン|アカウント|user|login)?\s*(?:id|コード)"
        r"\s*[(\[【]\s*(.+?)\s*[)\]】]",
        re.IGNORECASE,
    ),
    re.compile(
        r"(.+?)\s*[:/]\s*(?:利用者|ユーザー?|ログイン|user|login)?\s*(?:id|コード)", re.IGNORECASE
    ),
)
_CALL = re.compile(
    r"(?P<before>.*?)(?:日当直|当直|宿直|日直|待機|オンコール|拘束|on.?call)(?:医師|医|者|師長|技師|薬剤師|看護師|担当)?(?:氏?名)?"
    r"(?:[(（_:：\- ]?(?P<after>[^)）]*)[)）]?)",
    re.IGNORECASE,
)
_BY_SYSTEM = {"システム別id", "システム別利用者id", "システム別ユーザーid", "システム別ログインid"}
_STAFF_ID = ("職員", "社員", "個人", "スタッフ", "staff", "employee", "emp")


def system_of(text: str, above: str = "") -> str | None:
    """Return the system whose ids a column of a staff list holds (``利用者ID(PACS)``), or None."""
    text = unicodedata.normalize("NFKC", text).strip()
    if text and squeeze(above) in _BY_SYSTEM:
        return text
    found = (pattern.fullmatch(text) for pattern in _OF_SYSTEM)
    return next((one.group(1).strip() for one in found if one), None)


def called_for(text: str) -> str | None:
    """Return whose on-call a column of a 当直表 holds (``内科当直医`` → ``内科``), or None."""
    text = unicodedata.normalize("NFKC", text).strip()
    found = _CALL.fullmatch(text)
    return None if found is None else (found["before"] or found["after"] or "").strip(" _-") or None


def id_columns(row: Sequence[Cell]) -> tuple[int, int] | None:
    """Return the columns of a system's ids and of the staff list's; None where not both are clear."""
    ids = [place for place, cell in enumerate(row) if field_of(cell) == "user_id"]
    staff = [place for place in ids if squeeze(str(row[place])).startswith(_STAFF_ID)]
    if len(ids) != 2 or len(staff) != 1:
        return None
    return next(place for place in ids if place != staff[0]), staff[0]


def find_header(rows: Sequence[Sequence[Cell]], limit: int = 40, least: int = 2) -> Header | None:
    """Return the row that names the most fields, `least` at least, among the first `limit`.

    A header of two rows (有効期間 over 開始 and 終了) is read as one.
    """
    best: Header | None = None
    for index, row in enumerate(rows[:limit]):
        columns: dict[str, int] = {}
        names: dict[str, str] = {}
        systems: dict[str, int] = {}
        calls: dict[str, int] = {}
        above = _spread(rows[index - 1]) if index else []
        for place, cell in enumerate(row):
            top = above[place] if place < len(above) else ""
            text = cell if isinstance(cell, str) else ""
            field = (field_of(top + text) if top and text else None) or field_of(text)
            if field is None and not text.strip():
                field = field_of(top) if above and _is_header(above) else None
            if field is None and (system := system_of(text, top)) is not None:
                systems.setdefault(system, place)
            elif field is None and (called := called_for(text)) is not None:
                calls.setdefault(called, place)
            if field is not None and field != "ignore":
                columns.setdefault(field, place)
                names.setdefault(field, text.strip() or top)
        if calls and "day" in columns:
            columns.setdefault("on_call_person", next(iter(calls.values())))
            names.setdefault("on_call_person", str(row[next(iter(calls.values()))]).strip())
        if len(columns) >= least and (best is None or len(columns) > len(best.columns)):
            found = tuple(
                str(cell).strip() for cell in row if isinstance(cell, str) and cell.strip()
            )
            best = Header(index, columns, found, names, systems, calls)
    return best


def _spread(row: Sequence[Cell]) -> list[str]:
    """Return the texts of `row`, each carried on over the empty cells right of it."""
    spread: list[str] = []
    for cell in row:
        text = cell.strip() if isinstance(cell, str) else ""
        spread.append(text or (spread[-1] if spread else ""))
    return spread


def _is_header(row: Sequence[str]) -> bool:
    return sum(field_of(text) is not None for text in set(row)) >= 2
