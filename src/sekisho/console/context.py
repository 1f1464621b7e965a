"""What care and work there was around the accesses of a case: for the picture, not for the verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from markupsafe import Markup

from sekisho.app.installation import Installation
from sekisho.pages import say
from sekisho.pages.charts import Span, lanes

if TYPE_CHECKING:
    from sekisho.care.around import Happened, Turn
    from sekisho.review import Case

FEW = 3
"""Patients whose care is drawn together; of more, one picture would say nothing."""
BEFORE, AFTER = 14, 14
"""Days shown around the accesses."""
LONGEST = 120
"""Days of one picture; of a matter that lasts longer, its first days are shown."""
MOST = 200
"""Patients whose ward is asked for its roster."""
WEEK = 3
"""Days of the roster shown around the accesses."""
STAYING = ("visits", "stays")
ORDERED = ("orders", "appointments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The days shown, and what was found in them.

    Attributes:
        care: Visits, stays, orders and appointments of the patients.
        turns: The person's roster of these days; `week` those nearest to the accesses.
        last_before: The last care before the days shown, None where none has arrived.
        missing: Message id and values of each list that is missing for the days of the accesses.
        unrostered: The wards and days of the accesses in which a patient lay and no roster tells who worked.
        many: There are too many patients for their care to stand in one picture.
    """

    start: dt.date
    end: dt.date
    person: tuple[str, ...] | None
    care: tuple[Happened, ...]
    turns: tuple[Turn, ...]
    week: tuple[Turn, ...]
    last_before: Happened | None
    missing: tuple[tuple[str, dict[str, str]], ...]
    unrostered: tuple[tuple[str, tuple[dt.date, dt.date]], ...]
    many: bool

    def picture(self, language: str, marks: Sequence[dt.datetime]) -> Markup:
        """Return care, orders, work and accesses as lanes over the days; a lane without anything is left out."""
        staying = [_span(c) for c in self.care if c.kind in STAYING]
        ordered = [_span(c) for c in self.care if c.kind in ORDERED]
        work = [span for turn in self.turns if (span := _worked(turn))]
        rows = [
            ("care", "care", staying, ()),
            ("orders", "care", ordered, ()),
            ("work", "work", work, ()),
            ("access", "mark", (), marks),
        ]
        return lanes(
            self.start,
            self.end,
            [
                (say(language, f"console.case.lane.{title}"), name, spans, moments)
                for title, name, spans, moments in rows
                if spans or moments or title == "care"
            ],
        )

    def rows(self, language: str, marks: Sequence[dt.datetime]) -> Iterator[tuple[str, str]]:
        """Give the picture as rows of text, in the order of time."""
        lines = [(dt.datetime.combine(c.first, dt.time()), _said(c, language)) for c in self.care]
        lines += [
            (dt.datetime.combine(t.day, dt.time()), (f"{t.day:%Y/%m/%d}", told(t, language)))
            for t in self.turns
        ]
        access = say(language, "console.case.access")
        lines += [(mark, (f"{mark:%Y/%m/%d %H:%M}", access)) for mark in marks]
        for _, line in sorted(lines, key=lambda pair: pair[0]):
            yield line


def around(here: Installation, case: Case, zone: ZoneInfo, days: Collection[dt.date]) -> Around:
    """Return what the lists know of the patients and of the person around the accesses on `days`."""
    from sekisho import care  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.care.around import happened, last_before, turns  # noqa: PLC0415 (same)
    from sekisho.care.unrostered import lying_unrostered  # noqa: PLC0415 (same)

    first, last = (at.astimezone(zone).date() for at in (case.first_at, case.last_at))
    start = first - dt.timedelta(days=BEFORE)
    end = min(last + dt.timedelta(days=AFTER), start + dt.timedelta(days=LONGEST))
    named = case.forgotten_at is None
    known = care.person(here.database, case.user_id, first) if named else None
    level = care.level(here.database, first, last)
    many = len(case.patient_ids) > FEW
    shown = () if many else tuple(case.patient_ids)
    work = tuple(turns(here.database, case.user_id, start, end)) if named else ()
    near = dt.timedelta(days=WEEK)
    gaps = lying_unrostered(here.database, tuple(case.patient_ids)[:MOST], days)
    return Around(
        start=start,
        end=end,
        person=None
        if known is None
        else tuple(part for part in (known.duty, known.department, known.ward) if part),
        care=tuple(happened(here.database, shown, start, end)) if shown else (),
        turns=work,
        week=tuple(t for t in work if first - near <= t.day <= last + near)[:31],
        last_before=last_before(here.database, shown, start) if shown else None,
        unrostered=tuple(gaps),
        many=many,
        missing=tuple((message, dict(args)) for message, args in level.missing),
    )


def told(turn: Turn, language: str) -> str:
    """Return a turn as a sentence: duty, place, letter of the shift, times."""
    times = f"{turn.start[:5]}–{turn.end[:5]}" if turn.start and turn.end else ""
    kind = say(language, "console.case.actual" if turn.actual else "console.case.plan")
    duty = say(language, f"console.case.turn.{turn.duty}")
    parts = (duty, turn.place or "", turn.shift, times)
    return " ".join(part for part in parts if part) + say(language, "pages.aside", text=kind)


def _said(care: Happened, language: str) -> tuple[str, str]:
    until = f" – {care.last:%Y/%m/%d}" if care.last != care.first else ""
    return f"{care.first:%Y/%m/%d}{until}", named(care, language)


def named(care: Happened, language: str) -> str:
    """Return what it was and where, in words."""
    what = say(language, f"console.case.{care.kind}")
    sort = say(language, f"console.case.what.{care.what}") if care.what else ""
    return " ".join(part for part in (what, sort, care.place or "", care.time or "") if part)


def _span(care: Happened) -> Span:
    day = dt.timedelta(days=1)
    begin = dt.datetime.combine(care.first, dt.time())
    return Span(begin, dt.datetime.combine(care.last, dt.time()) + day)


def _worked(turn: Turn) -> Span | None:
    """Return a turn as a stretch of time; a day without times is drawn whole, a day off not at all."""
    if turn.duty == "off":
        return None
    begin = dt.datetime.combine(turn.day, dt.time())
    start, end = _clock(turn.start), _clock(turn.end)
    if start is None or end is None:
        return Span(begin, begin + dt.timedelta(days=1))
    if end <= start:
        end += dt.timedelta(days=1)
    return Span(begin + start, begin + end)


def _clock(text: str | None) -> dt.timedelta | None:
    try:
        at = dt.time.fromisoformat(text or "")
    except ValueError:
        return None
    return dt.timedelta(hours=at.hour, minutes=at.minute)
