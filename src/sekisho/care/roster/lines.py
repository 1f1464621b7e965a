"""The lines of people beside the days of a grid, as written."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sekisho.care.dates import Cell
from sekisho.care.headers import field_of, squeeze
from sekisho.care.places import name_key
from sekisho.care.roster import places as spoken
from sekisho.care.roster.days import Run, are_weekdays, runs, weekday_of
from sekisho.care.roster.grid import Line, Turn, cell_name
from sekisho.care.roster.letters import plain_letter, proposal
from sekisho.care.sheets import Sheet

_PLAN = {"予定", "計画", "予", "p", "plan", "planned", "当初", "計"}
_ACTUAL = {"実績", "実施", "実", "a", "actual", "変更", "変更後", "確定", "結果", "勤務実績"}
_HEADS = {
    "name": "氏名 名前 スタッフ スタッフ名 看護師 看護師名 看護師氏名 担当 担当者 担当者名 医師 医師名 職員 職員名 勤務者 勤務者名 氏名職員番号 staff name",
    "calling": "職位 役職 職級 ラダー 資格 職種 役割 区分 経験 経験年数 職名",
    "place": "病棟 病棟名 部署 部署名 所属 所属名 配属 勤務場所 ward department unit",
    "team": "チーム グループ 班 team group",
    "mark": "予実 予定実績 予定実績区分 計画実績 種別",
    "number": "no 番号 項番 通番 連番 行",
}
_HEAD = {word: name for name, words in _HEADS.items() for word in words.split()}
_TOTAL = re.compile(
    r"^(?:.*(?:合計|総計|小計|人数|計|回数|員数|総数|配置数|時間数)|(?:合計|総計|小計|計|総|日勤|夜勤|準夜|深夜|早出|遅出|早番|遅番|明け|入り|当直|休み|公休|有休|出勤|必要|リーダー|受持).{0,4}|凡例.*|備考.*|行事.*|予定行事.*|total.*|sum|曜日?|日付|印|承認.*)$"
)


@dataclass(slots=True)
class Block:
    """One head of days with the rows under it."""

    run: Run
    end: int
    dates: tuple[dt.date | None, ...] = ()
    doubt: str | None = None
    top: int = 0


class People:
    """The lines of people under one head of days."""

    def __init__(self, sheet: Sheet, block: Block) -> None:
        self._sheet, self._block = sheet, block
        self._first = block.run.cells[0]
        last, step = block.run.cells[-1], _step(block.run)
        self._spans = [
            (start, (block.run.cells[n + 1] if n + 1 < len(block.run.cells) else last + step))
            for n, start in enumerate(block.run.cells)
        ]
        self._spans = [(start, min(end, start + step)) for start, end in self._spans]
        self._left = self._left_of()
        self._columns = self._heads()
        self._below = self._first_line()

    def _left_of(self) -> int:
        """Return the first column of this block's people: a second table may stand to the left."""
        others = [
            run.cells[-1]
            for run in runs(self._sheet.rows[self._block.run.line], self._block.run.line)
            if run.cells[-1] < self._first
        ]
        return max(others) + 1 if others and self._first - max(others) > 1 else 0

    def text(self, row: int, column: int) -> str:
        """Return a cell's text; a cell under a merged one, below the head, has that one's."""
        value = self._value(row, column)
        return plain_name(value)

    def _value(self, row: int, column: int) -> Cell:
        cells = self._sheet.rows[row]
        value = cells[column] if column < len(cells) else None
        source = self._sheet.merged.get((row, column))
        if value is None and source and source[0] > self._block.run.line:
            origin = self._sheet.rows[source[0]]
            value = origin[source[1]] if source[1] < len(origin) else None
        return value

    def _heads(self) -> dict[str, int]:
        """Return what the columns beside the days hold: by their heads, else by what stands in them."""
        line = self._block.run.line
        found: dict[str, int] = {}
        top = max(self._block.top, line - 3)
        for row in (line, *range(line - 1, top - 1, -1), line + 1, line + 2):
            if not 0 <= row < min(len(self._sheet.rows), self._block.end):
                continue
            for column in range(self._left, self._first):
                cells = self._sheet.rows[row]
                cell = cells[column] if column < len(cells) else None
                head = head_of(cell)
                if head and column not in found.values():
                    found.setdefault(head, column)
            if "name" in found or "user_id" in found:
                break
        if "name" not in found:
            found |= self._guess_name(found)
        return found

    def _guess_name(self, taken: Mapping[str, int]) -> dict[str, int]:
        """Return the column that most looks like names, and one that looks like ids, where no head says it."""
        rows = range(self._block.run.line + 1, self._block.end)
        best: tuple[float, int] | None = None
        found: dict[str, int] = {}
        for column in range(self._left, self._first):
            values = [
                text for row in rows if (text := self.text(row, column)) and not _TOTAL.match(text)
            ]
            if column in taken.values() or not values:
                continue
            named = sum(looks_named(text) for text in values)
            ids = sum(
                re.fullmatch(r"[a-z]{0,4}-?\d{3,10}", text.casefold()) is not None
                for text in values
            )
            if ids * 10 >= len(values) * 8:
                found.setdefault("user_id", column)
                continue
            score = named * (len(set(values)) / len(values))
            if named * 2 >= len(values) and (best is None or score > best[0]):
                best = (score, column)
        if best is not None:
            found["name"] = best[1]
        if "user_id" in taken:
            found.pop("user_id", None)
        return found

    def _first_line(self) -> int:
        line = self._block.run.line + 1
        while line < self._block.end and line <= self._block.run.line + 3:
            row = self._sheet.rows[line]
            days = [weekday_of(row[c]) if c < len(row) else None for c in self._block.run.cells]
            head = any(
                head_of(self._sheet.rows[line][c] if c < len(row) else None) in {"name", "user_id"}
                for c in range(self._left, self._first)
            )
            if not head and not are_weekdays(days):
                break
            line += 1
        return line

    def lines(self) -> Iterable[tuple[str | None, Line]]:
        """Yield (ward or None, line) of each person, the turns dated by their place in the run."""
        if "name" not in self._columns and "user_id" not in self._columns:
            return
        ward: str | None = None
        last: tuple[str | None, str | None, Line] | None = None
        for row in range(self._below, self._block.end):
            cells = self._sheet.rows[row]
            if all(cell is None for cell in cells):
                last = None
                continue
            section = self._section(row)
            if section is not None:
                ward, last = section or ward, None
                continue
            name, user_id = self._who(row)
            turns = self._turns(row)
            mark = self._mark(row)
            if name is None and user_id is None:
                if last is None or not turns or not (mark or self._covered(row)):
                    continue
                name, user_id = last[0], last[1]
            if name is not None and _is_total(name, turns):
                last = None
                continue
            second = last is not None and (name, user_id) == last[:2]
            if second and mark is None and not _is_second(turns):
                continue  # a line of remarks under the person's turns
            line = Line(row + 1, user_id, name, self._optional(row, "calling"), turns=turns)
            line.actual = mark == "actual" or (second and mark is None)
            place = self._optional(row, "place") or ward
            last = (name, user_id, line)
            if turns:
                yield place, line

    def _optional(self, row: int, name: str) -> str | None:
        column = self._columns.get(name)
        return (self.text(row, column) or None) if column is not None else None

    def _who(self, row: int) -> tuple[str | None, str | None]:
        name, user_id = self._optional(row, "name"), self._optional(row, "user_id")
        if user_id is not None and (mark_word(user_id) or head_of(user_id)):
            user_id = None
        if name is not None and (given := self._optional(row, "given")):
            name = f"{name} {given}"
        if name is not None and (mark_word(name) or head_of(name)):
            name = None
        return name, user_id

    def _covered(self, row: int) -> bool:
        column = self._columns.get("name", self._columns.get("user_id", 0))
        return (row, column) in self._sheet.merged

    def _mark(self, row: int) -> str | None:
        for column in range(self._left, self._first):
            cells = self._sheet.rows[row]
            cell = cells[column] if column < len(cells) else None
            if isinstance(cell, str) and (mark := mark_word(cell)):
                return mark
        return None

    def _section(self, row: int) -> str | None:
        """Return the ward of a row that is a heading, "" of another heading; None of other rows."""
        cells = self._sheet.rows[row]
        texts = [cell for cell in cells if cell is not None]
        inside = [
            cells[c]
            for c in range(self._first, min(len(cells), self._spans[-1][1]))
            if cells[c] is not None
        ]
        if len(texts) > 2 or inside or not isinstance(texts[0], str):
            return None
        ward = spoken.ward_in(texts[0])
        if ward and ("看護" not in ward) and squeeze(texts[0]) not in _HEAD:
            return ward
        return None

    def _turns(self, row: int) -> list[Turn]:
        turns = []
        for number, (start, end) in enumerate(self._spans):
            texts = []
            for column in range(start, end):
                value = self._inside(row, column)
                text = "" if value is None else shown(value)
                if text and text not in texts:
                    texts.append(text)
            if texts:
                day = dt.date.fromordinal(number + 1)
                turns.append(Turn(day, "/".join(texts), cell_name(row, start)))
        return turns

    def _inside(self, row: int, column: int) -> Cell:
        """Return a cell among the days; a merged one reaches over the days that it covers."""
        cells = self._sheet.rows[row]
        value = cells[column] if column < len(cells) else None
        source = self._sheet.merged.get((row, column))
        if (
            value is None
            and source
            and source[0] > self._block.run.line
            and source[1] >= self._first
        ):
            if source[0] != row and not self._same_person(source[0], row):
                return None
            origin = self._sheet.rows[source[0]]
            value = origin[source[1]] if source[1] < len(origin) else None
        return value

    def _same_person(self, one: int, other: int) -> bool:
        return self._who(one) == self._who(other)


def _is_total(name: str, turns: Sequence[Turn]) -> bool:
    key = name_key(name)
    if _TOTAL.match(key) or key in _HEAD or proposal(plain_letter(key)) is not None:
        return True
    figures = [turn for turn in turns if re.fullmatch(r"[\d.]+", turn.text)]
    return bool(turns) and len(figures) == len(turns) and not looks_named(name)


def _is_second(turns: Sequence[Turn]) -> bool:
    """Return whether an unmarked second line says turns: most of them are letters."""
    known = sum(proposal(plain_letter(turn.text)) is not None for turn in turns)
    return bool(turns) and known * 10 >= len(turns) * 6


def _step(run: Run) -> int:
    """Return how many columns one day has: the least distance between two days."""
    return min((b - a for a, b in pairwise(run.cells)), default=1)


def head_of(cell: Cell) -> str | None:
    """Return what a head names: ``name``, ``user_id``, ``calling``, ``place`` …; None of other cells."""
    if not isinstance(cell, str):
        return None
    word = squeeze(cell)
    if word in _HEAD:
        return _HEAD[word]
    return {
        "user_id": "user_id", "name": "name", "surname": "name", "given": "given",
        "duty": "calling", "ward": "place", "department": "place", "specialty": "place",
        "kana": "kana", "ignore": "number",
    }.get(field_of(cell) or "")  # fmt: skip


def mark_word(cell: str) -> str | None:
    """Return ``plan`` or ``actual`` where a cell says only that."""
    word = squeeze(cell)
    return "plan" if word in _PLAN else "actual" if word in _ACTUAL else None


def plain_name(cell: Cell) -> str:
    """Return the text of a name or an id, on one line."""
    if cell is None or isinstance(cell, bool | dt.date | dt.time | dt.timedelta):
        return ""
    return re.sub(r"\s+", " ", plain_text_of(cell)).strip()


def plain_text_of(cell: str | float) -> str:
    """Return a cell's text in one width, its letters as they are."""
    return unicodedata.normalize("NFKC", str(cell))


def shown(cell: Cell) -> str:
    """Return the text of a turn; times of day as Excel shows them."""
    if isinstance(cell, dt.datetime):
        return ""
    if isinstance(cell, dt.time):
        return cell.isoformat("minutes")
    if isinstance(cell, bool) or cell is None or isinstance(cell, dt.date | dt.timedelta):
        return ""
    return re.sub(r"[ \t　]+", " ", plain_text_of(cell)).strip()


def looks_named(text: str) -> bool:
    """Return whether a text may be somebody's name: no letter of a turn, no head, no mark."""
    return (
        2 <= len(text) <= 30
        and re.search(r"[^\W\d_]", text) is not None
        and proposal(plain_letter(text)) is None
        and mark_word(text) is None
        and head_of(text) is None
    )


def together(lines: Sequence[Line]) -> list[Line]:
    """Return `lines` with those of one person joined, where two half months or two blocks have them.

    Two lines of one name that both say something of one day are two people, and numbered.
    """
    kept: list[Line] = []
    for line in lines:
        who = (line.user_id, name_key(line.name or ""), line.slot)
        same = [
            other
            for other in kept
            if (other.user_id, name_key(other.name or ""), other.slot) == who
        ]
        days = {turn.day for turn in line.turns}
        home = next(
            (
                other
                for other in same
                if other.actual == line.actual and days.isdisjoint(t.day for t in other.turns)
            ),
            None,
        )
        if home is not None and line.turns:
            home.turns = sorted([*home.turns, *line.turns], key=lambda turn: turn.day)
            continue
        if line.user_id is None:
            line.again = 1 + sum(other.actual == line.actual for other in same)
        kept.append(line)
    return kept
