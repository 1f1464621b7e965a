"""What a list of the register holds: its fields, what is amiss with a line, what no line tells of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Told = Mapping[str, Any]
"""Field → what a line says: text, a whole number, a day as ``YYYY-MM-DD``, a choice; None for nothing."""


class Kind(StrEnum):
    """How a field is written and read."""

    TEXT = "text"
    LONG = "long"
    DAY = "day"
    NUMBER = "number"
    CHOICE = "choice"
    DERIVED = "derived"
    """Follows from other fields; shown and exported, never typed."""
    HIDDEN = "hidden"
    """Kept for the line, never typed, imported or exported."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen: `words` is value → how lists write it, beside its own label."""

    name: str
    words: Mapping[str, str]

    @property
    def values(self) -> tuple[str, ...]:
        """Return the values in their order."""
        return tuple(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a list.

    Attributes:
        choices: Of a `Kind.CHOICE`, and of a derived one that is one of them.
        required: A line without it is not taken.
        key: With the others so marked it tells which line it is; so duplicates are found.
        listed: A column of the list on the page; the others stand on the line's own page.
        due: A day by which something is to be done again.
        words: Headings by which lists name it, beside its own label.
    """

    name: str
    kind: Kind = Kind.TEXT
    choices: Choices | None = None
    required: bool = False
    key: bool = False
    listed: bool = False
    due: bool = False
    words: str = ""


def _none(told: Sequence[Told]) -> Iterator[str]:
    del told
    yield from ()


def _never(told: Told, today: dt.date) -> Iterator[str]:
    del told, today
    yield from ()


def _nothing(told: Told) -> Told:
    del told
    return {}


def _all(told: Sequence[Told], today: dt.date) -> Sequence[Told]:
    del today
    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One list of the register.

    Attributes:
        name: Stable; ``register.<name>`` is the subject of its Evidence.
        gaps: Yields what a line lacks that the list is kept for.
        derive: Returns the fields that follow from others.
        late: Yields what has become late with a line.
        missing: Yields, by message id, what no line tells of.
        counts: Returns the lines that count today (the newest version, those still in office).
        dated: Fields of days; the latest of them is the day on which the line was last true.
        lasts: Days for which a line stands after that.
        duty: Item of the notice that its findings belong to.
        links: Name of a field → the list whose lines it chooses from.
    """

    name: str
    fields: tuple[Field, ...]
    gaps: Callable[[Told], Iterator[str]]
    derive: Callable[[Told], Told] = _nothing
    late: Callable[[Told, dt.date], Iterator[str]] = _never
    missing: Callable[[Sequence[Told]], Iterator[str]] = _none
    counts: Callable[[Sequence[Told], dt.date], Sequence[Told]] = _all
    dated: tuple[str, ...] = ("confirmed_on",)
    lasts: int = 365
    duty: str = "3"
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """Return the subject of its Evidence."""
        return f"register.{self.name}"

    def field(self, name: str) -> Field:
        """Return one of its fields.

        Raises:
            KeyError: It has none of that name.
        """
        return {one.name: one for one in self.fields}[name]

    @property
    def typed(self) -> tuple[Field, ...]:
        """Return the fields that a person writes."""
        return tuple(one for one in self.shown if one.kind is not Kind.DERIVED)

    @property
    def shown(self) -> tuple[Field, ...]:
        """Return the fields that a page and a file show."""
        return tuple(one for one in self.fields if one.kind is not Kind.HIDDEN)

    @property
    def confirmed(self) -> bool:
        """Return whether a person may say of a line that it is so, today."""
        return any(one.name == "confirmed_on" for one in self.fields)

    def last_true(self, told: Told) -> dt.date | None:
        """Return the day on which a line was last true; None where nobody said it."""
        days = [day_of(told, name) for name in self.dated]
        return max((day for day in days if day is not None), default=None)

    def until(self, told: Told) -> dt.date | None:
        """Return the last day for which a line stands; None where nobody said when it was true.

        A day that it names itself (next time, review) wins over the general one.
        """
        last = self.last_true(told)
        if self.dated and last is None:
            return None
        named = [day_of(told, one.name) for one in self.fields if one.due]
        days = [day for day in named if day is not None]
        if not days and last is not None:
            days = [last + dt.timedelta(days=self.lasts)]
        return min(days, default=dt.date.max)

    def problems(self, told: Told, today: dt.date) -> tuple[str, ...]:
        """Return what is amiss with a line today: what it lacks, then its age."""
        found = [*self.late(told, today), *self.gaps(told)]
        until = self.until(told)
        if until is None:
            found.append("undated")
        elif until < today:
            found.append("old")
        return tuple(found)


def day_of(told: Told, name: str) -> dt.date | None:
    """Return the day in a field, None where there is none."""
    value = told.get(name)
    return dt.date.fromisoformat(value) if value else None


def lacking(told: Told, **needed: str) -> Iterator[str]:
    """Yield the problem of each of the `needed` (problem → field) that is empty."""
    for problem, name in needed.items():
        if not told.get(name):
            yield problem


LEVEL = Choices(
    "level", {"high": "高 大 重大 重要 最重要 高い 3 a", "middle": "中 中程度 普通 2 b", "low": "低 小 軽微 低い 1 c"}
)  # fmt: skip
YES_NO = Choices("yes_no", {"yes": "", "no": ""})
"""Read as every yes and no is (`sekisho.care.written`)."""
CONFIRMED = (
    Field(name="confirmed_on", kind=Kind.DAY, listed=True, words="最終確認日 確認日 点検日 見直し日 最終更新日"),
    Field(name="confirmed_by", words="確認者 確認した人 点検者"),
)  # fmt: skip
NOTE = Field(name="note", kind=Kind.LONG, words="備考 摘要 メモ 特記事項 remarks")
