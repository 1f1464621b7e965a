"""What care was there around the accesses of a case: for the picture, not for the verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sekisho.app.installation import Installation
from sekisho.pages import say
from sekisho.pages.charts import Span

FEW = 3
"""Patients whose care is drawn together; of more, one band would say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """One visit or stay of the case's patients; local days."""

    kind: str
    first: dt.date
    last: dt.date
    department: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The days shown, and the care found in them.

    Attributes:
        last_before: The last care before the days shown, None where none has arrived.
        missing: Message id and values of each list that is missing for these days.
        many: There are too many patients for their care to stand in one picture.
    """

    start: dt.date
    end: dt.date
    person: tuple[str, ...] | None
    care: tuple[Care, ...]
    last_before: Care | None
    missing: tuple[tuple[str, dict[str, str]], ...]
    many: bool

    @property
    def spans(self) -> list[Span]:
        """Return the care as stretches of local time."""
        day = dt.timedelta(days=1)
        return [
            Span(
                dt.datetime.combine(c.first, dt.time()),
                dt.datetime.combine(c.last, dt.time()) + day,
            )
            for c in self.care
        ]

    def rows(self, language: str, marks: Sequence[dt.datetime]) -> Iterator[tuple[str, str]]:
        """Give the picture as rows of text, in the order of time."""
        lines = [(dt.datetime.combine(c.first, dt.time()), c) for c in self.care]
        both: list[tuple[dt.datetime, Care | None]] = [*lines, *((mark, None) for mark in marks)]
        for at, care in sorted(both, key=lambda pair: pair[0]):
            if care is None:
                yield f"{at:%Y/%m/%d %H:%M}", say(language, "console.case.access")
            else:
                until = f" – {care.last:%Y/%m/%d}" if care.last != care.first else ""
                what = say(language, f"console.case.{care.kind}")
                yield f"{care.first:%Y/%m/%d}{until}", f"{what} {care.department or ''}".strip()


def around(
    here: Installation,
    user_id: str | None,
    patients: Sequence[str],
    first_at: dt.datetime,
    last_at: dt.datetime,
    zone: ZoneInfo,
) -> Around:
    """Return what care of `patients` the lists know around the accesses."""
    from sekisho import care  # noqa: PLC0415 (keeps the first page quick)

    first, last = first_at.astimezone(zone).date(), last_at.astimezone(zone).date()
    start = first.replace(day=1)
    end = (last.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    known = None if user_id is None else care.person(here.database, user_id, first)
    level = care.level(here.database, start, end)
    shown_of = set(patients) if len(patients) <= FEW else set()
    found = sorted(_care(here, shown_of), key=lambda one: one.first)
    shown = tuple(c for c in found if c.last >= start and c.first <= end)
    before = [c for c in found if c.last < start]
    return Around(
        start=start,
        end=end,
        person=None
        if known is None
        else tuple(part for part in (known.duty, known.department, known.ward) if part),
        care=shown,
        last_before=before[-1] if before else None,
        many=len(patients) > FEW,
        missing=tuple((message, dict(args)) for message, args in level.missing),
    )


def _care(here: Installation, patients: set[str]) -> Iterator[Care]:
    from sekisho import care  # noqa: PLC0415 (keeps the first page quick)

    tables = care.snapshot(here.database)
    for kind, until in (("visits", "day"), ("stays", "until")):
        table = tables[kind]
        ids = table.column("patient_id").to_pylist()
        wanted = [place for place, patient in enumerate(ids) if patient in patients]
        for row in table.take(wanted).to_pylist() if wanted else ():
            yield Care(
                kind=kind,
                first=row["day"],
                last=row[until] or row["day"],
                department=row["department"],
            )
