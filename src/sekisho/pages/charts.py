"""Small pictures as SVG, made here: no script draws them and no style attribute is needed.

Each picture is hidden from screen readers; the template gives the same numbers as a table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 640


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of care or work: local times, end excluded."""

    start: dt.datetime
    end: dt.datetime


LANE = 22


def lanes(
    start: dt.date,
    end: dt.date,
    rows: Sequence[tuple[str, str, Sequence[Span], Sequence[dt.datetime]]],
) -> Markup:
    """Return the days from `start` to `end` with one lane a row: (title, class, stretches, moments).

    Classes are ``care``, ``work`` or ``mark``. Times are local and naive; what lies outside
    the days is cut. Places are per cent of the width.
    """
    first = dt.datetime.combine(start, dt.time())
    days = (end - start).days + 1
    whole = dt.timedelta(days=days).total_seconds()

    def at(time: dt.datetime) -> float:
        return max(0.0, min(1.0, (time - first).total_seconds() / whole)) * 100

    high = len(rows) * (LANE + 18) + 20
    out = [
        f'<svg width="100%" height="{high}" role="presentation" aria-hidden="true" focusable="false">'
    ]
    for place, (title, name, spans, moments) in enumerate(rows):
        if name not in {"care", "work", "mark"}:
            raise ValueError(name)
        top = place * (LANE + 18) + 16
        out.append(f'<text class="lane" x="0" y="{top - 4}">{escape(title)}</text>')
        out.append(f'<rect class="ground" x="0" y="{top}" width="100%" height="{LANE}" rx="3"/>')
        for span in spans:
            left, right = at(span.start), at(span.end)
            if right > 0 and left < 100:
                wide = max(right - left, 0.3)
                out.append(
                    f'<rect class="{name}" x="{left:.2f}%" y="{top}" width="{wide:.2f}%" height="{LANE}"/>'
                )
        out.extend(
            f'<rect class="{name}" x="{min(at(one), 99.5):.2f}%" y="{top - 2}" width="3" '
            f'height="{LANE + 4}" rx="1"/>'
            for one in sorted(moments)
            if first <= one < first + dt.timedelta(days=days)
        )
    out.extend(_days(start, days, high))
    out.append("</svg>")
    return Markup("").join(Markup(part) for part in out)  # noqa: S704 (numbers, fixed and escaped text)


def _days(start: dt.date, days: int, high: int) -> Iterator[str]:
    step = next(s for s in (1, 2, 5, 7, 14, 31, 92, 366, 100_000) if days / s <= 9)
    for number in range(0, days, step):
        day = start + dt.timedelta(days=number)
        x, middle = number / days * 100, (number + 0.5) / days * 100
        yield f'<line class="tick" x1="{x:.2f}%" y1="{high - 18}" x2="{x:.2f}%" y2="{high - 13}"/>'
        yield f'<text x="{middle:.2f}%" y="{high - 2}">{day.month}/{day.day}</text>'


def days_of_parts(days: Sequence[tuple[dt.date, Sequence[tuple[str, int]]]]) -> Markup:
    """Return one standing bar a day, its (class name, amount) parts on each other from the ground.

    Class names are those of `parts_bar`; ``unknown`` is hatched. The days stand side by side
    in their order, each as wide as the others; the first of each month is named below it.
    """
    whole = max((sum(amount for _, amount in parts) for _, parts in days), default=0) or 1
    wide, tall = min(100 / max(len(days), 1), 6.0), 120
    out = [
        '<svg width="100%" height="146" role="presentation" aria-hidden="true" focusable="false">',
        (
            '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><line class="hatch-line" x1="0" y1="0" x2="0" y2="7"/>'
            "</pattern></defs>"
        ),
        f'<rect class="ground" width="100%" height="{tall}" rx="3"/>',
    ]
    shown: tuple[int, int] | None = None
    for place, (day, parts) in enumerate(days):
        left, foot = place * wide, float(tall)
        for name, amount in parts:
            if name not in {"yes", "no", "unknown", "care"}:
                raise ValueError(name)
            high = amount / whole * tall
            foot -= high
            out.append(
                f'<rect class="{name}" x="{left:.3f}%" y="{foot:.1f}" width="{wide * 0.92:.3f}%" '
                f'height="{high:.1f}"/>'
            )
        if (day.year, day.month) != shown and left < 90:
            shown = (day.year, day.month)
            named = f"{day.year}/{day.month}/{day.day}"
            out.append(f'<text class="lane" x="{left:.2f}%" y="140">{named}</text>')
    out.append("</svg>")
    return Markup("").join(Markup(part) for part in out)  # noqa: S704 (numbers and checked names only)


def usual_day(usual: Sequence[float], marks: Sequence[int]) -> Markup:
    """Return 24 hours: bars for what is usual in each, strokes for `marks` (accesses of that day).

    Args:
        usual: 24 numbers, accesses of a usual day by hour.
        marks: 24 counts of the day that is looked at.
    """
    most = max([*usual, *marks, 1])
    out = [
        '<svg width="100%" height="86" role="presentation" aria-hidden="true" focusable="false">'
    ]
    out.append('<rect class="ground" x="0" y="0" width="100%" height="62" rx="3"/>')
    for hour in range(24):
        left = hour / 24 * 100
        for value, name, shift, wide in (
            (usual[hour], "care", 0.35, 2.1),
            (marks[hour], "mark", 2.55, 1.1),
        ):
            if value > 0:
                tall = max(value / most * 58, 2.0)
                out.append(
                    f'<rect class="{name}" x="{left + shift:.2f}%" y="{62 - tall:.1f}" '
                    f'width="{wide}%" height="{tall:.1f}"/>'
                )
        if hour % 3 == 0:
            out.append(f'<text x="{left + 2.1:.2f}%" y="78">{hour}</text>')
    out.append("</svg>")
    return Markup("").join(Markup(part) for part in out)  # noqa: S704 (numbers only)


def parts_bar(
    parts: Sequence[tuple[str, int]],
    *,
    whole: int | None = None,
    width: int = WIDTH,
    height: int = 18,
) -> Markup:
    """Return one bar of (class name, amount) parts side by side; `whole` defaults to their sum.

    Class names are ``yes``, ``no``, ``unknown`` or ``care``; ``unknown`` is hatched, so that
    the bar also reads in black and white.
    """
    whole = whole or sum(amount for _, amount in parts) or 1
    out = [
        (
            f'<svg viewBox="0 0 {width} {height}" role="presentation" aria-hidden="true" '
            f'focusable="false" preserveAspectRatio="none" height="{height}">'
            '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><line class="hatch-line" x1="0" y1="0" x2="0" y2="7"/>'
            "</pattern></defs>"
            f'<rect class="ground" width="{width}" height="{height}" rx="3"/>'
        )
    ]
    x = 0.0
    for name, amount in parts:
        if amount <= 0:
            continue
        if name not in {"yes", "no", "unknown", "care"}:
            raise ValueError(name)
        wide = amount / whole * width
        shown = max(wide, 2.0)
        out.append(
            f'<rect class="{name}" x="{min(x, width - shown):.1f}" y="0" width="{shown:.1f}" '
            f'height="{height}"/>'
        )
        x += wide
    out.append("</svg>")
    return Markup("").join(Markup(part) for part in out)  # noqa: S704 (numbers and checked names only)


def hour_bars(counts: Sequence[int], *, width: int = 120, height: int = 20) -> Markup:
    """Return one bar for each of `counts`, the tallest for the greatest; zero has no bar."""
    most = max(counts, default=0) or 1
    step = width / max(len(counts), 1)
    out = [
        (
            f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'role="presentation" aria-hidden="true" focusable="false">'
            f'<rect class="ground" width="{width}" height="{height}" rx="2"/>'
        )
    ]
    for number, count in enumerate(counts):
        if count > 0:
            tall = max(count / most * (height - 2), 1.5)
            out.append(
                f'<rect class="care" x="{number * step + 0.5:.1f}" y="{height - tall:.1f}" '
                f'width="{step - 1:.1f}" height="{tall:.1f}"/>'
            )
    out.append("</svg>")
    return Markup("").join(Markup(part) for part in out)  # noqa: S704 (numbers only)
