"""Small pictures as SVG, made here: no script draws them and no style attribute is needed.

Each picture is hidden from screen readers; the template gives the same numbers as a table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH = 640
BAND = 34


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of care or work: local times, end excluded."""

    start: dt.datetime
    end: dt.datetime


def month_band(
    start: dt.date,
    end: dt.date,
    *,
    spans: Sequence[Span] = (),
    marks: Sequence[dt.datetime] = (),
) -> Markup:
    """Return the days from `start` to `end` as a band: care in blue, accesses as red strokes.

    Times are local and naive; what lies outside the days is cut. Places are per cent of
    the width, so that dates stay readable on a narrow screen.
    """
    first = dt.datetime.combine(start, dt.time())
    last = dt.datetime.combine(end, dt.time()) + dt.timedelta(days=1)
    whole = (last - first).total_seconds()

    def at(time: dt.datetime) -> float:
        return max(0.0, min(1.0, (time - first).total_seconds() / whole)) * 100

    out = [
        f'<svg width="100%" height="{BAND + 28}" role="presentation" aria-hidden="true" focusable="false">',
        f'<rect class="ground" x="0" y="6" width="100%" height="{BAND}" rx="4"/>',
    ]
    for span in spans:
        left, right = at(span.start), at(span.end)
        if right > 0 and left < 100:
            out.append(
                f'<rect class="care" x="{left:.2f}%" y="6" width="{max(right - left, 0.3):.2f}%" '
                f'height="{BAND}"/>'
            )
    days = (end - start).days + 1
    step = next(s for s in (1, 2, 5, 7, 14, 31, 92, 366, 100_000) if days / s <= 9)
    for number in range(0, days, step):
        day = start + dt.timedelta(days=number)
        x = number / days * 100
        # A label stands under the middle of its day, so that none leaves the picture.
        middle = (number + 0.5) / days * 100
        out.extend(
            (
                f'<line class="tick" x1="{x:.2f}%" y1="{BAND + 6}" x2="{x:.2f}%" y2="{BAND + 11}"/>',
                f'<text x="{middle:.2f}%" y="{BAND + 24}">{day.month}/{day.day}</text>',
            )
        )
    out.extend(
        f'<rect class="mark" x="{min(at(mark), 99.5):.2f}%" y="1" width="3" '
        f'height="{BAND + 10}" rx="1"/>'
        for mark in sorted(marks)
    )
    out.append("</svg>")
    return Markup("").join(Markup(part) for part in out)  # noqa: S704 (numbers and fixed text only)


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
