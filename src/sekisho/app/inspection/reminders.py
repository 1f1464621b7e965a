"""What the sheets remind of: days that were set, answers that fell, items that nobody answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sekisho.app.history import today as today_of
from sekisho.app.inspection.editions import shelf_of
from sekisho.app.inspection.gather import sheet_of
from sekisho.app.installation import Installation
from sekisho.app.settings import set_setting, setting
from sekisho.errors import InvalidInputError, Value
from sekisho.terms import Finding, Gravity

if TYPE_CHECKING:
    from sekisho.inspection import Sheet

AHEAD = dt.timedelta(days=14)
"""So long before the day that was set it is told."""
SOON = dt.timedelta(days=3)
NAMED = 5
"""Items that a sentence names."""
DAY = "inspection.day"
INSTITUTION = "hospital"
"""The sheets of which the inspectors ask every answer."""


def inspection_day(installation: Installation) -> dt.date | None:
    """Return the day on which the inspectors come, None where none is set."""
    kept: str | None = setting(installation.database, DAY)
    return None if kept is None else dt.date.fromisoformat(kept)


def set_inspection_day(installation: Installation, day: dt.date | None, *, by: str) -> None:
    """Set the day on which the inspectors come, or that none is known.

    Raises:
        InvalidInputError: It lies behind.
    """
    if day is not None and day < today_of(installation):
        raise InvalidInputError("inspection.day_behind")
    kept = None if day is None else day.isoformat()
    set_setting(installation.database, DAY, kept, by=by, at=installation.clock.now())


def sheet_findings(installation: Installation) -> Iterator[Finding]:
    """Give one line for each no with its day, one for what fell, and one for what is unanswered.

    Of a sheet that nobody ever answered only the day of the inspection reminds.
    """
    from sekisho import inspection  # noqa: PLC0415 (slow to import)

    today, coming = today_of(installation), inspection_day(installation)
    coming = coming if coming is not None and coming >= today else None
    for book in shelf_of(installation).books.values():
        due = coming is not None and book.sheet == INSTITUTION
        if not due and not inspection.newest(installation.database, book.id):
            continue
        sheet = sheet_of(installation, book.id)
        yield from _targets(sheet, today)
        yield from _fallen(sheet)
        if coming is not None and due:
            yield from _unanswered(sheet, coming, today)


def _targets(sheet: Sheet, today: dt.date) -> Iterator[Finding]:
    for line in sheet.lines:
        if line.standing.value != "no" or line.answer is None or line.answer.target_on is None:
            continue
        day = line.answer.target_on
        told: dict[str, Value] = {
            "number": line.item.number or line.item.id, "what": dict(line.item.title),
            "day": day.isoformat(),
        }  # fmt: skip
        where = f"/inspection/{sheet.catalogue.id}/{line.item.id}"
        key = f"target.{line.item.id}"
        if day < today:
            told["days"] = (today - day).days
            yield _finding(key, Gravity.URGENT, "target_past", where, told)
        elif day == today:
            yield _finding(key, Gravity.TODAY, "target_today", where, told)
        elif day - today <= AHEAD:
            told["days"] = (day - today).days
            yield _finding(key, Gravity.WEEK, "target_ahead", where, told)


def _fallen(sheet: Sheet) -> Iterator[Finding]:
    fallen = [line.item for line in sheet.lines if line.standing.value == "confirm"]
    if fallen:
        told: dict[str, Value] = {
            "title": dict(sheet.catalogue.title), "count": len(fallen),
            "items": [item.number or item.id for item in fallen[:NAMED]],
        }  # fmt: skip
        where = f"/inspection?catalog={sheet.catalogue.id}&standing=confirm"
        yield _finding(f"fallen.{sheet.catalogue.id}", Gravity.WEEK, "fallen", where, told)


def _unanswered(sheet: Sheet, coming: dt.date, today: dt.date) -> Iterator[Finding]:
    open_ = sum(line.standing.value == "open" for line in sheet.lines)
    if not open_:
        return
    left = coming - today
    gravity = Gravity.URGENT if left <= SOON else Gravity.TODAY if left <= AHEAD else Gravity.WEEK
    told: dict[str, Value] = {
        "title": dict(sheet.catalogue.title), "count": open_, "day": coming.isoformat(),
        "days": left.days,
    }  # fmt: skip
    where = f"/inspection?catalog={sheet.catalogue.id}&standing=open"
    yield _finding(f"unanswered.{sheet.catalogue.id}", gravity, "unanswered", where, told)


def _finding(
    key: str, gravity: Gravity, message: str, where: str, args: Mapping[str, Value]
) -> Finding:
    return Finding(
        key=f"inspection.{key}",
        room="inspection",
        gravity=gravity,
        duty="0",
        message=f"inspection.found_{message}",
        where=where,
        action="inspection.do_answer",
        args=args,
    )
