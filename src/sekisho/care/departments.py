"""Which department or ward a code of a message means: as the staff list calls it, where it can be told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from sekisho.care.places import place_key, places
from sekisho.care.tables import CODE

STANDARD = {
    "01": "内科", "02": "精神科", "03": "神経科", "04": "神経内科", "05": "呼吸器科",
    "06": "消化器科", "07": "胃腸科", "08": "循環器科", "09": "小児科", "10": "外科",
    "11": "整形外科", "12": "形成外科", "13": "美容外科", "14": "脳神経外科", "15": "呼吸器外科",
    "16": "心臓血管外科", "17": "小児外科", "18": "皮膚ひ尿器科", "19": "皮膚科", "20": "ひ尿器科",
    "21": "性病科", "22": "こう門科", "23": "産婦人科", "24": "産科", "25": "婦人科",
    "26": "眼科", "27": "耳鼻咽喉科", "28": "気管食道科", "30": "放射線科", "31": "麻酔科",
    "33": "心療内科", "34": "アレルギー科", "35": "リウマチ科", "36": "リハビリテーション科",
}  # fmt: skip
"""診療科コード of the claims' record specification (レセプト電算処理システム), its two digits."""
_ALIKE = {
    "呼吸器科": "呼吸器内科", "消化器科": "消化器内科", "循環器科": "循環器内科",
    "神経内科": "脳神経内科", "ひ尿器科": "泌尿器科", "こう門科": "肛門科",
    "皮膚ひ尿器科": "皮膚泌尿器科", "リウマチ科": "リウマチ内科",
}  # fmt: skip


class Departments:
    """Codes of departments and wards → the words by which they are compared.

    The staff list has the first word: what it writes itself stays as it is. Then comes the
    name that messages give to the code, then the standard's; a third digit is a branch of
    the institution's own (092), known only by the messages.
    """

    def __init__(
        self, posts: Iterable[Any], said: Mapping[tuple[str, str], str] | None = None
    ) -> None:
        self._staff: set[str] = set()
        for department, ward in {(post.department, post.ward) for post in posts}:
            self._staff.update(places(department, ward))
        self._said = dict(said or {})
        self._known: dict[tuple[str, str], str] = {}

    @classmethod
    def read(cls, c: sa.Connection, posts: Iterable[Any]) -> Departments:
        """Return what the staff list `posts` and messages say."""
        rows = c.execute(sa.select(CODE.c.kind, CODE.c.code, CODE.c.name))
        return cls(posts, {(row.kind, row.code): row.name for row in rows})

    def name_of(self, text: str | None, kind: str = "department") -> str | None:
        """Return what `text`, a name or a code, is called."""
        if text is None:
            return None
        key = (kind, text)
        if key not in self._known:
            self._known[key] = self._find(text, kind)
        return self._known[key]

    def _find(self, text: str, kind: str) -> str:
        if place_key(text) in self._staff:
            return text
        names = [name for name in (self._said.get((kind, text)),) if name]
        if kind == "department" and re.fullmatch(r"\d{2}", text) and text in STANDARD:
            names.append(STANDARD[text])
        names += [_ALIKE[name] for name in names if name in _ALIKE]
        for name in names:
            if place_key(name) in self._staff:
                return name
        return names[0] if names else text
