"""Reading MDS2 (ANSI/NEMA HN 1-2019) and MDS/SDS (JAHIS, JIRA) as workbooks or CSV.

The forms are told by what stands in them, not by their places: MDS2 by its question ids, MDS and
SDS by their title and an answer column or three. Editions differ in their questions; each is kept
as it stands. No form filled in by a maker was at hand when this was written (docs/posture.md).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from sekisho.care import Doubt
from sekisho.care.dates import Cell
from sekisho.care.sheets import Sheet
from sekisho.posture.ledger import cells
from sekisho.posture.records import Kind, Reading

FORMS = ("mds2", "mds", "sds")
_ID = re.compile(r"^[A-Z]{3,5}-\d+(?:\.\d+)*$")
_NUMBER = re.compile(r"^(?:問|Q|q)?\s*(\d+(?:[.\-]\d+)*)\.?$")
_NOTE = re.compile(r"^(?:備考|注|note)\s*#?\s*(\d+)\s*[:.]?\s*(.*)$", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"医療情報セキュリティ開示書|セキュリティ開示説明書")
_SERVICE = re.compile(r"サービス事業者による|\(\s*SDS\s*\)|SDS\s*ver", re.IGNORECASE)
_MAKER_TOO = re.compile(r"製造業者[/／・]\s*サービス事業者")
_HEADS = {
    "answer": re.compile(r"^(?:回答|答え|はい[/・／,、]いいえ.*|answer|response|yes,?\s*no.*)$", re.IGNORECASE),
    "yes": re.compile(r"^(?:はい|yes)$", re.IGNORECASE),
    "no": re.compile(r"^(?:いいえ|no)$", re.IGNORECASE),
    "none": re.compile(r"^(?:対象外|該当なし|該当しない|n/?a)$", re.IGNORECASE),
    "note": re.compile(r"^(?:備考.*|see note.*|notes?\s*#?|note)$", re.IGNORECASE),
}  # fmt: skip
_LABELS = {
    "maker": re.compile(r"^(?:製造業者(?:名)?|サービス事業者(?:名)?|製造業者[/／・]サービス事業者(?:名)?|事業者名|会社名|manufacturer name)$", re.IGNORECASE),
    "product": re.compile(r"^(?:製品名(?:称)?|サービス名(?:称)?|製品[/／・]サービス名(?:称)?|システム名(?:称)?|device model|製品の型式)$", re.IGNORECASE),
    "version": re.compile(r"^(?:バージョン|製品バージョン|版数|ver(?:sion)?\.?|software (?:release|version).*)$", re.IGNORECASE),
    "dated": re.compile(r"^(?:作成日|記入日|記載日|発行日|document release date|date)$", re.IGNORECASE),
}  # fmt: skip
_DOC = {"DOC-1": "maker", "DOC-3": "product", "DOC-7": "dated"}
"""What the head of an MDS2 says, by its question."""
_SAYS = {
    "yes": re.compile(r"^(?:はい|有り?|○|◯|〇|●|■|☑|✓|✔|レ|y|yes)$", re.IGNORECASE),
    "no": re.compile(r"^(?:いいえ|無し?|×|✕|n|no)$", re.IGNORECASE),
    "none": re.compile(r"^(?:対象外|該当なし|該当しない|[-－―—]|n/?a|not applicable)$", re.IGNORECASE),
    "note": re.compile(r"^(?:備考参照|備考|see notes?)$", re.IGNORECASE),
}  # fmt: skip
_MARKED = re.compile(r"^(?:○|◯|〇|●|■|☑|✓|✔|レ|v|x|はい|いいえ|対象外|該当なし|yes|no|n/a|1|true)$", re.IGNORECASE)  # fmt: skip
_LOOKED = 60
_LEAST = 5
"""Questions that make a sheet a form of answers."""


def read(sheet: Sheet) -> Reading | None:
    """Return what the form in `sheet` discloses, None where it is none."""
    rows = [[_plain(cell) for cell in row] for row in sheet.rows]
    ids = sum(any(_ID.match(text) for text in row[:3]) for row in rows)
    if ids >= _LEAST:
        return _mds2(sheet, rows)
    title = next((text for row in rows[:_LOOKED] for text in row if _TITLE.search(text)), None)
    return None if title is None else _mds(sheet, rows, title)


def _mds2(sheet: Sheet, rows: Sequence[list[str]]) -> Reading | None:
    told: dict[str, Any] = {}
    answers: list[list[str]] = []
    for place, row in enumerate(rows):
        column = next((at for at, text in enumerate(row[:3]) if _ID.match(text)), None)
        if column is None:
            continue
        number, question = row[column], _at(row, column + 1)
        answer, note = _at(row, column + 2), _at(row, column + 3)
        if number in _DOC:
            told[_DOC[number]] = (
                _day(sheet.rows[place], column + 2) if number == "DOC-7" else answer
            )
        elif question:
            answers.append([number, question, _says(answer), answer, note])
    return _reading("mds2", told, answers, dict(_notes(rows)))


def _mds(sheet: Sheet, rows: Sequence[list[str]], title: str) -> Reading | None:
    head = max(range(min(len(rows), _LOOKED)), key=lambda at: len(_columns(rows[at])))
    columns = _columns(rows[head])
    if "answer" not in columns and not {"yes", "no"} <= set(columns):
        return None
    told: dict[str, Any] = {}
    for place, row in enumerate(rows[:head]):
        told = {**dict(_labelled(sheet.rows[place], row)), **told}
    answers: list[list[str]] = []
    first = min(columns.values())
    for row in rows[head + 1 :]:
        cells_ = [text for text in row[:first] if text]
        found = _NUMBER.match(cells_[0]) if len(cells_) > 1 else None
        if found is None:
            continue
        says, written = _answer(row, columns)
        note = _at(row, columns["note"]) if "note" in columns else ""
        if says or written or note:
            answers.append([found[1], " ".join(cells_[1:]), says, written, note])
    service = _SERVICE.search(title) and not _MAKER_TOO.search(title)
    service = service or (_MAKER_TOO.search(title) and "サービス" in "".join(rows[head - 1])[:40])
    return _reading("sds" if service else "mds", told, answers, dict(_notes(rows[head + 1 :])))


def _reading(
    form: str, told: dict[str, Any], answers: list[list[str]], notes: dict[str, str]
) -> Reading | None:
    if len(answers) < _LEAST:
        return None
    reading = Reading(
        kind=Kind.DISCLOSURE,
        source=form,
        why=("posture.taken_for.disclosure", {"form": form, "count": len(answers)}),
    )
    unread = [one[0] for one in answers if not one[2]]
    if unread:
        reading.doubts.append(
            Doubt("posture.disclosure.unread", {"count": len(unread), "numbers": unread[:10]})
        )
    if not told.get("product"):
        reading.doubts.append(Doubt("posture.disclosure.no_product", {}))
    reading.disclosures.append({"form": form, **told, "answers": answers, "notes": notes})
    return reading


def _columns(row: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, text in enumerate(row):
        for name, pattern in _HEADS.items():
            # The column of numbers is called No too: an answer stands to its right.
            if pattern.match(text) and (name not in found or name == "no"):
                found[name] = at
    if "yes" not in found:
        found.pop("no", None)
    return found


def _answer(row: Sequence[str], columns: dict[str, int]) -> tuple[str, str]:
    """Return what the row answers, "" where that cannot be told, and what is written."""
    if "answer" in columns:
        written = _at(row, columns["answer"])
        return _says(written), written
    marked = [
        name for name in ("yes", "no", "none")
        if name in columns and _MARKED.match(_at(row, columns[name]))
    ]  # fmt: skip
    written = "/".join(_at(row, columns[name]) for name in ("yes", "no", "none") if name in columns)
    return (marked[0] if len(marked) == 1 else ""), written.strip("/")


def _labelled(cells_: Sequence[Cell], row: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Give what stands to the right of a label, or after its colon."""
    for at, text in enumerate(row):
        label, _, after = text.partition(":")
        for name, pattern in _LABELS.items():
            if not pattern.match(label.strip()):
                continue
            place = next((other for other in range(at + 1, len(row)) if row[other]), None)
            if place is not None and any(p.match(row[place]) for p in _LABELS.values()):
                place = None  # nothing was filled in
            if after.strip():
                yield name, _date(after.strip()) if name == "dated" else after.strip()
            elif place is not None:
                yield name, _day(cells_, place) if name == "dated" else row[place]


def _notes(rows: Sequence[list[str]]) -> Iterator[tuple[str, str]]:
    for row in rows:
        texts = [text for text in row if text]
        found = _NOTE.match(texts[0]) if texts else None
        if found and (said := " ".join([found[2], *texts[1:]]).strip()):
            yield found[1], said[:2000]


def _says(text: str) -> str:
    text = text.rstrip("。.")
    return next((name for name, pattern in _SAYS.items() if pattern.match(text)), "")


def _day(row: Sequence[Cell], at: int) -> Any:
    return _date(row[at]) if at < len(row) else None


def _date(cell: Cell) -> Any:
    try:
        return cells.last_day(cell)
    except ValueError:
        return None


def _at(row: Sequence[str], at: int) -> str:
    return row[at] if at < len(row) else ""


def _plain(cell: Cell) -> str:
    text = cells.text(cell) or ""
    return " ".join(unicodedata.normalize("NFKC", text).split())[:2000]
