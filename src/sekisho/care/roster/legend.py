"""The legend (凡例) that a sheet states: 「日：8:30～17:15」, or a table of letter, name and times."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Container, Iterable, Sequence

from sekisho.care.dates import Cell, clock_time
from sekisho.care.roster.letters import plain_letter, proposal, time_range

_OF_LETTERS = re.compile(r"凡例|記号|勤務(?:区分|種別|コード|時間)|シフト(?:区分|種別|コード|表記)|legend|shift.?codes?", re.IGNORECASE)  # fmt: skip

Said = tuple[str | None, str | None, str | None]
"""A word for the turn (日勤), its start and its end; each None where the legend does not say it."""

_TIME = r"(?:翌日?)?\s*\d{1,2}\s*[:時]\s*\d{0,2}分?"
_RANGE = rf"{_TIME}\s*(?:[~〜～\-－–—―ー]|から)\s*{_TIME}"
_ITEM = re.compile(
    rf"""(?:^|[\s,、;/・【\[])(?P<letter>[^\s:=,、;()\[\]【】~〜]{{1,4}}?)\s*
    (?:[:=…→]\s*(?P<word>[^\s\d:=,、;()~〜]{{1,8}})?|[(](?P<inside>[^\s\d:=()~〜]{{1,8}})[)]|\s(?P<after>[^\s\d:=,、;()~〜]{{1,8}}))?
    \s*[(:=]?\s*(?P<range>{_RANGE})""",
    re.VERBOSE,
)
_WORD = re.compile(
    r"(?:^|[\s,、;/【\[])(?P<letter>[^\s:=,、;()\[\]【】]{1,4})\s*[:=…→]\s*(?P<word>[^\s:=,、;()\d]{1,8})"
)


def legend_of(rows: Iterable[Sequence[Cell]], letters: Container[str]) -> dict[str, Said]:
    """Return what `rows` (those of a sheet that are no one's line) say of `letters`."""
    found: dict[str, Said] = {}
    for row in rows:
        for letter, said in [*_table(row), *_texts(row)]:
            if letter in letters and letter not in found:
                found[letter] = said
    return found


def legend_sheet(
    name: str | None, rows: Sequence[Sequence[Cell]], letters: Container[str]
) -> dict[str, Said]:
    """Return what a sheet of letters says of `letters`, for the rosters beside it in the workbook.

    Nothing where neither its name nor its first rows say that it is one. Of a letter for which it
    states two times, as one for each ward, only the word is taken: when, stays asked.
    """
    head = [cell for row in rows[:5] for cell in row if isinstance(cell, str)]
    if not any(
        _OF_LETTERS.search(unicodedata.normalize("NFKC", text)) for text in [name or "", *head]
    ):
        return {}
    found: dict[str, list[Said]] = {}
    for row in rows:
        for letter, said in [*_table(row), *_texts(row)]:
            if letter in letters:
                found.setdefault(letter, []).append(said)
    agreed: dict[str, Said] = {}
    for letter, meant in found.items():
        words = {one[0] for one in meant if one[0]}
        times = {one[1:] for one in meant if one[1]}
        if len(words) <= 1 and (words or len(times) == 1):
            start, end = times.pop() if len(times) == 1 else (None, None)
            agreed[letter] = (words.pop() if words else None, start, end)
    return agreed


def _texts(row: Sequence[Cell]) -> Iterable[tuple[str, Said]]:
    for cell in row:
        if not isinstance(cell, str) or len(cell) > 2_000:
            continue
        for line in unicodedata.normalize("NFKC", cell).splitlines():
            for item in _ITEM.finditer(line):
                clock = time_range(item["range"])
                if clock is not None:
                    word = item["word"] or item["inside"] or item["after"]
                    yield plain_letter(item["letter"]), (word and plain_letter(word), *clock)
            for item in _WORD.finditer(line):
                word = plain_letter(item["word"])
                if (known := proposal(word)) is not None and known.sure:
                    yield plain_letter(item["letter"]), (word, None, None)


def _table(row: Sequence[Cell]) -> Iterable[tuple[str, Said]]:
    """Yield what cells side by side say: a letter, a word for it, a range or two times."""
    for place, cell in enumerate(row):
        if isinstance(cell, bool) or not isinstance(cell, str | int):
            continue
        letter = plain_letter(str(cell))
        if not 0 < len(letter) <= 4:
            continue
        word: str | None = None
        times: list[str] = []
        for other in row[place + 1 : place + 8]:
            if other is None:
                continue
            if isinstance(other, str) and (clock := time_range(other)) is not None:
                times = list(clock)
            elif _is_time(other) and (time := clock_time(other)) is not None:
                times.append(time.isoformat("seconds"))
            elif isinstance(other, str) and word is None and not times:
                text = plain_letter(other)
                if text in {"~", "-", ":", "=", "…"}:
                    continue
                if len(text) <= 2 and (proposal(text) is None or len(text) == 1):
                    break  # the next letter of the legend
                word = text
            elif not (isinstance(other, str) and plain_letter(other) in {"~", "-", "〜", "～"}):
                break
            if len(times) == 2:
                break
        known = proposal(word) if word else None
        if len(times) == 2:
            yield letter, (word, times[0], times[1])
        elif known is not None and known.sure and not times:
            yield letter, (word, None, None)


def _is_time(cell: Cell) -> bool:
    if isinstance(cell, dt.time | dt.timedelta):
        return True
    return isinstance(cell, str) and re.fullmatch(r"\d{1,2}[:時]\d{2}分?", cell.strip()) is not None
