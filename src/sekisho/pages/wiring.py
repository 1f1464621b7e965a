"""Boxes in columns, joined by lines, as SVG made here: parties, lines, networks and machines.

Hidden from screen readers, like every chart: the template gives the same as a table. State is never
colour alone: each box begins with its mark, and each line has its own stroke.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDE, BETWEEN, HIGH, GAP, HEAD = 200, 40, 44, 14, 30
LONGEST = 24
"""Narrow characters of one line of a box; wide ones (kana, kanji) count twice."""
_MARKS = {"ok": "✓ ", "bad": "▲ ", "un": "? ", "plain": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One box: two lines of text, and ``ok``, ``bad``, ``un`` or ``plain``."""

    title: str
    text: str = ""
    state: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A line from a box of a column to one of the next: (column, place from 0) of its begin.

    Attributes:
        sure: A broken stroke where False.
    """

    column: int
    begin: int
    end: int
    state: str = "plain"
    sure: bool = True


def columns(heads: Sequence[str], boxes: Sequence[Sequence[Box]], edges: Sequence[Edge]) -> Markup:
    """Return the picture: one column of `boxes` for each of `heads`.

    Raises:
        ValueError: A state that is none.
    """
    most = max((len(column) for column in boxes), default=0)
    width = len(heads) * WIDE + (len(heads) - 1) * BETWEEN
    height = HEAD + most * (HIGH + GAP) + 4
    out = [
        (
            f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'role="presentation" aria-hidden="true" focusable="false">'
        )
    ]
    for edge in edges:
        if edge.state not in _MARKS:
            raise ValueError(edge.state)
        x = edge.column * (WIDE + BETWEEN) + WIDE
        y, to = (_top(boxes[edge.column + step], place, most) + HIGH / 2 for step, place in ((0, edge.begin), (1, edge.end)))  # fmt: skip
        half = x + BETWEEN / 2
        broken = "" if edge.sure else " broken"
        out.append(
            f'<path class="wire {edge.state}{broken}" d="M{x} {y:.1f}C{half} {y:.1f} {half} {to:.1f} {x + BETWEEN} {to:.1f}"/>'
        )
    for number, (head, column) in enumerate(zip(heads, boxes, strict=True)):
        x = number * (WIDE + BETWEEN)
        out.append(f'<text class="head" x="{x}" y="16">{escape(head)}</text>')
        for place, box in enumerate(column):
            out.append(_box(box, x, _top(column, place, most)))
    out.append("</svg>")
    return Markup("").join(Markup(part) for part in out)  # noqa: S704 (numbers, fixed and escaped text)


def _box(box: Box, x: float, y: float) -> str:
    if box.state not in _MARKS:
        raise ValueError(box.state)
    title = escape(_cut(_MARKS[box.state] + box.title))
    first = y + (18 if box.text else 27)
    told = f'<text class="small" x="{x + 10}" y="{y + 35:.1f}">{escape(_cut(box.text))}</text>' if box.text else ""  # fmt: skip
    return (
        f'<rect class="box {box.state}" x="{x + 0.5}" y="{y:.1f}" width="{WIDE - 1}" height="{HIGH}" rx="6"/>'
        f'<text class="{box.state}" x="{x + 10}" y="{first:.1f}">{title}</text>{told}'
    )


def _top(column: Sequence[Box], place: int, most: int) -> float:
    """Return where a box begins: a short column stands in the middle."""
    free = (most - len(column)) * (HIGH + GAP) / 2
    return HEAD + free + place * (HIGH + GAP)


def _cut(text: str) -> str:
    """Return what of a text has room in a box."""
    wide = 0
    for place, mark in enumerate(text):
        wide += 2 if unicodedata.east_asian_width(mark) in "FWA" else 1
        if wide > LONGEST:
            return text[: max(place - 1, 1)] + "…"
    return text
