"""Duties that somebody has: 内科当直, 待機, オンコール, and the names that stand under them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sekisho.care.roster import places as spoken
from sekisho.care.roster.grid import Line, Turn
from sekisho.care.roster.letters import plain_letter, proposal, time_range
from sekisho.care.roster.words import looks_named

_DUTY = re.compile(
    r"(?:日当直|日宿直|宿当直|当宿直|当直|宿直|日直|宅直|待機|オンコール|on-?call|拘束|当番|呼出し?|リーダー|1st|2nd|ファースト|セカンド|責任者|担当医?|医師?)+(?:医師?|者|番)?"
)
_TITLE = re.compile(r"当直|宿直|日直|待機|オンコール|on-?call|拘束|宅直")
_NOWHERE = {
    "病棟",
    "全館",
    "院内",
    "管理",
    "看護",
    "医師",
    "事務",
    "日",
    "夜",
    "全科",
    "病院",
    "平日",
    "休日",
    "土日",
    "正",
    "副",
}
_ID = re.compile(r"([A-Za-z]{0,4}-?\d{3,10})\s*(.*)")
_NOBODY = re.compile(r"\(?(?:なし|無し?|休診|未定|空き|該当なし)\)?")
_SEVERAL = re.compile(r"[/／、,，\n・&＆+＋;；]|\s{2,}|　{2,}")  # noqa: RUF001 (as written)


def is_slot(head: str) -> bool:
    """Return whether a head names a duty that somebody has: 内科当直, 待機, オンコール."""
    return (
        re.search(r"当直|宿直|日直|待機|オンコール|on-?call|拘束|当番|宅直", head.casefold())
        is not None
    )


def slot_lines(head: str, row: int, turns: Sequence[Turn], *, title: str = "") -> Iterator[Line]:
    """Yield a line for each name that stands under a head (内科当直), with the turns it has there.

    A head that names no duty (循環器内科) has the one of the sheet's `title` (オンコール表).
    """
    inside = re.search(r"[(\[](.*?)[)\]]", head)
    clock = time_range(inside[1]) if inside else None
    slot = re.sub(r"[(\[].*?[)\]]", "", head) if clock else head
    place = place_of_slot(slot)
    duty = _DUTY.findall(slot.casefold())
    word = next((each for each in reversed(duty) if proposal(plain_letter(each))), None)
    if word is None and not is_slot(slot) and (said := _TITLE.search(title.casefold())):
        word = said[0]
    word = word or ("日直" if "日直" in slot else "当直" if is_slot(slot) else plain_letter(slot))
    for turn in turns:
        for name in map(str.strip, _SEVERAL.split(turn.text)):
            numbered = _ID.fullmatch(name)
            if numbered is None and (not looks_named(name) or _NOBODY.fullmatch(name)):
                continue
            start, end = clock or (None, None)
            kept = Turn(turn.day, word, turn.cell, start, end)
            user_id, called = (numbered[1], numbered[2] or None) if numbered else (None, name)
            yield Line(
                row, user_id, called, _calling(head), slot=word, place=place or word, turns=[kept]
            )


def _calling(head: str) -> str | None:
    """Return who alone stands under a head: doctors under 当直医, nurses under 管理当直師長."""
    if re.search(r"(?:直|待機|オンコール|拘束)医(?:師|$|[^療事])", head):
        return "医師"
    return "看護師" if re.search(r"看護師|師長|看護", head) else None


def place_of_slot(head: str) -> str | None:
    """Return the department that a head names: 「内科」 of 内科当直; None of a duty for all."""
    rest = re.sub(r"[()\[\]（）]", " ", _DUTY.sub(" ", head)).strip()
    rest = re.sub(r"系$", "", rest.strip())
    if not rest or rest in _NOWHERE:
        return None
    return spoken.ward_in(rest) or (rest if len(rest) <= 12 and rest not in _NOWHERE else None)
