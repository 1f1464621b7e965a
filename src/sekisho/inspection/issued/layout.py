"""Where the items of a sheet stand, and into which cells their answers go, found by what is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sekisho.inspection.issued.cells import At, Sheet
from sekisho.inspection.issued.words import (
    is_blank_day,
    is_choice,
    number_in,
    option,
    plain,
    section_in,
    unnumbered,
)
from sekisho.inspection.records import Value


class Role(StrEnum):
    """What a column is for."""

    ANSWER = "answer"
    YES = "yes"
    NO = "no"
    BOTH = "both"
    """Answer and day in one cell."""
    DATE = "date"
    TARGET = "target"
    NOTE = "note"
    NUMBER = "number"
    ITEM = "item"


FILLED = (Role.ANSWER, Role.YES, Role.NO, Role.BOTH, Role.DATE, Role.TARGET, Role.NOTE)
ANSWERS = (Role.ANSWER, Role.YES, Role.NO, Role.BOTH)
LAST = (3_000, 200)
"""Row and column behind which nothing of a checklist stands."""
LONG = 30
"""A heading of a column is not longer, in letters."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the sheet that asks something.

    Attributes:
        at: Where its text begins.
        number: ``2-4``; None where none is printed.
        text: Its text in plain form, without the number.
        rounds: For each time it is asked (1回目…) the cell of each role.
        several: Its answers are asked in several rows, one for each kind of machine.
    """

    at: At
    number: str | None
    text: str
    rounds: tuple[dict[Role, At], ...]
    several: bool


def rows_of(sheet: Sheet) -> list[Row]:
    """Return the lines of `sheet` that can be answered, from the top."""
    return list(_Reading(sheet).rows())


@dataclass(frozen=True, slots=True)
class _Head:
    row: int
    role: Role | None
    turn: int | None


def _section(text: str) -> str | None:
    return plain(text) if re.fullmatch(r"[1-9]", plain(text)) else section_in(text)


def _answered_above(heads: list[_Head], row: int) -> bool:
    """Whether a はい is an answer of a hand: the heading of answers stands further above than a second line."""
    last = next((one for one in reversed(heads) if one.role in {Role.ANSWER, Role.BOTH}), None)
    return last is not None and row - last.row > 2


class _Reading:
    """One sheet being read from the top to the bottom."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.lines: dict[int, list[tuple[At, str]]] = {}
        for at, cell in sorted(sheet.cells.items()):
            near = at[0] <= LAST[0] and at[1] <= LAST[1]
            if near and cell.text.strip() and sheet.anchor(at) == at:
                self.lines.setdefault(at[0], []).append((at, cell.text))
        self.last = min(max((at[1] for at in sheet.cells), default=0), LAST[1])
        self.heads = self._heads()
        self.now: dict[int, tuple[Role | None, int | None]] = {}
        self.items: set[int] = set()

    def _heads(self) -> dict[int, list[_Head]]:
        """Return for each column its headings, from the top."""
        found = [
            (at, _role(text), _turn(text))
            for row, line in self.lines.items()
            if not self._body(row)
            for at, text in line
        ]
        named = [(at, role, turn) for at, role, turn in found if role or turn]
        heads: dict[int, list[_Head]] = {}
        by_row: dict[int, dict[Role, set[int]]] = {}
        for at, role, _ in named:
            if role:
                by_row.setdefault(at[0], {}).setdefault(role, set()).add(at[1])
        for at, role, turn in named:
            near = {
                other
                for row in range(at[0] - 2, at[0] + 3)
                for other, columns in by_row.get(row, {}).items()
                if columns - {at[1]}
            }
            if not near - {role}:
                continue
            _, left, bottom, right = self.sheet.span(at)
            for column in range(left, min(right, LAST[1]) + 1):
                above = heads.setdefault(column, [])
                if role in {Role.YES, Role.NO} and _answered_above(above, at[0]):
                    continue
                above.append(_Head(bottom, role, turn))
        return heads

    def _body(self, row: int) -> bool:
        """Whether a row asks something itself: then nothing in it is a heading."""
        for _, text in self.lines[row]:
            whole, part = number_in(text)
            if whole or len(plain(text)) > LONG or (part and _role(unnumbered(text)) is None):
                return True
        return False

    def rows(self) -> Iterator[Row]:
        """Give the lines that can be answered, from the top."""
        section: str | None = None
        waiting = sorted(
            ((head.row, column, head) for column, heads in self.heads.items() for head in heads),
            key=lambda one: one[:2],
            reverse=True,
        )
        headings = {head.row for heads in self.heads.values() for head in heads}
        for row, line in sorted(self.lines.items()):
            while waiting and waiting[-1][0] < row:
                self._under(*waiting.pop()[1:])
            columns = self._columns()
            taken = {column for column, role, _ in columns if role in FILLED}
            asked = [(at, text) for at, text in line if at[1] not in taken]
            number = part = None
            for _, text in asked:
                if number is None and part is None:
                    number, part = number_in(text)
                    if number is None and part is None:
                        section = _section(text) or section
            if number is None and part and section:
                number = f"{section}-{part}"
            rounds = _rounds(columns or self._seen(row), row, self.sheet)
            main = self._text(asked)
            if main is None or not any(set(one) & set(ANSWERS) for one in rounds):
                continue
            text = unnumbered(main[1])
            if len(text) < 4 or row in headings:
                continue
            top, _, bottom, _ = self.sheet.span(main[0])
            yield Row(main[0], number, text, tuple(rounds), self._several(top, bottom, rounds))

    def _under(self, column: int, head: _Head) -> None:
        """Note that what follows in a column stands below a heading."""
        role, turn = self.now.get(column, (None, None))
        self.now[column] = head.role or role, head.turn or turn
        if head.role is Role.ITEM:
            self.items.add(column)

    def _text(self, asked: list[tuple[At, str]]) -> tuple[At, str] | None:
        """Return the cell that asks: in the column of items, else the longest."""
        under = [one for one in asked if one[0][1] in self.items and len(plain(one[1])) >= 4]
        return max(under or asked, key=lambda one: len(unnumbered(one[1])), default=None)

    def _columns(self) -> list[tuple[int, Role, int | None]]:
        """Return (column, role, which time) of the columns that have a heading above this row."""
        return [(column, role, turn) for column, (role, turn) in sorted(self.now.items()) if role]

    def _seen(self, row: int) -> list[tuple[int, Role, int | None]]:
        """Return the roles of cells that show by themselves what they are for."""
        found: list[tuple[int, Role, int | None]] = []
        for column in range(1, self.last + 1):
            at = (row, column)
            if self.sheet.anchor(at) != at or at not in self.sheet.cells:
                continue
            text = self.sheet.cells[at].text
            choice = self.sheet.choice(at)
            if is_choice(text) or (choice is not None and option(choice.words, Value.YES)):
                found.append((column, Role.ANSWER, None))
            elif text.strip() and is_blank_day(text):
                role = Role.TARGET if any(r is Role.DATE for _, r, _ in found) else Role.DATE
                found.append((column, role, None))
        return found

    def _several(self, top: int, bottom: int, rounds: list[dict[Role, At]]) -> bool:
        first = next((at for one in rounds for role, at in one.items() if role in ANSWERS), None)
        if first is None:
            return False
        return len({self.sheet.anchor((row, first[1])) for row in range(top, bottom + 1)}) > 1


def _rounds(
    columns: list[tuple[int, Role, int | None]], row: int, sheet: Sheet
) -> list[dict[Role, At]]:
    """Return the cells of each time that something is asked, from left to right."""
    rounds: list[dict[Role, At]] = []
    current: dict[Role, At] = {}
    turn: int | None = None
    notes: dict[Role, At] = {}
    for column, role, said in columns:
        if role not in FILLED:
            continue
        at = sheet.anchor((row, column))
        if role is Role.NOTE:
            notes.setdefault(role, at)
            continue
        if at in current.values():
            continue
        answered = bool(set(current) & set(ANSWERS))
        if role in current or (said and turn and said != turn) or (said and not turn and answered):
            rounds.append(current)
            current = {}
        turn = said or turn
        current[role] = at
    rounds.append(current)
    rounds = [one for one in rounds if one]
    targets = [one[Role.TARGET] for one in rounds if Role.TARGET in one]
    for one in rounds:
        if Role.TARGET not in one and len(targets) == 1:
            one[Role.TARGET] = targets[0]
        one.update(notes)
    return rounds


_DAYS = (
    "確認日",
    "確認年月日",
    "点検日",
    "実施日",
    "チェック日",
    "回答日",
    "確認した日",
    "記入日",
    "日付",
)
_ASKS = ("回答", "確認結果", "実施状況", "対応状況", "点検結果", "チェック結果", "チェック欄", "判定", "適否", "結果")  # fmt: skip
_ASKS_ALONE = ("チェック", "答え", "状況", "有無", "実施の有無", "可否")
_TARGETS = ("目標", "対応予定", "予定日", "完了予定", "実施予定", "対応期限")
_NOTES = ("備考", "特記", "コメント", "理由", "補足")
_NUMBERS = ("番号", "no", "no.", "№", "項番", "#")
_ITEMS = ("項目", "内容", "チェックポイント", "確認事項", "点検事項")


def _role(text: str) -> Role | None:
    """Return what a heading says of its column."""
    said = plain(text)
    if not said or len(said) > LONG:
        return None
    both = "はい" in said and "いいえ" in said
    if any(word in said for word in _TARGETS):
        return Role.TARGET
    days = any(word in said for word in _DAYS)
    if both or said in _ASKS_ALONE or any(word in said for word in _ASKS):
        return Role.BOTH if days and "回答日" not in said else (
            Role.DATE if "回答日" in said else Role.ANSWER
        )  # fmt: skip
    if days:
        return Role.DATE
    if said.startswith(("はい", "yes")) and len(said) <= 8:
        return Role.YES
    if said.startswith(("いいえ", "no(")) and len(said) <= 8:
        return Role.NO
    for words, role in ((_NOTES, Role.NOTE), (_ITEMS, Role.ITEM)):
        if any(word in said for word in words):
            return role
    return Role.NUMBER if said in _NUMBERS else None


_TURN = re.compile(r"第?([1-9一二三])(?:回目?|次|回)|([1-3])(?:st|nd|rd)")


def _turn(text: str) -> int | None:
    """Return 1 for a heading as 「1回目」."""
    said = plain(text)
    found = _TURN.match(said) if len(said) <= LONG else None
    if found is None:
        return None
    letter = found[1] or found[2]
    return "一二三".index(letter) + 1 if letter in "一二三" else int(letter)
