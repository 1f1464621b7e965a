"""The contact chart as this hospital wrote it, with an empty box for each body that nobody wrote in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sekisho.app.history import today
from sekisho.app.installation import Installation
from sekisho.app.papers import give_out
from sekisho.pages.words import say
from sekisho.paper.contacts import Contact, ContactChart, contact_chart


def chart_pdf(installation: Installation, *, by: str, language: str = "ja") -> bytes:
    """Return the contact chart as PDF; its SHA-256 is in the record first.

    Raises:
        UnavailableError: It could not be recorded; then there is no paper.
    """
    content = contact_chart(chart_of(installation, language=language), say=say)
    return give_out(installation, content, object="register/contacts/chart", by=by)


def chart_of(installation: Installation, *, language: str = "ja") -> ContactChart:
    """Return what stands on the chart."""
    from sekisho.inspection import register  # noqa: PLC0415 (slow to import)
    from sekisho.inspection.register.held.contacts import INSIDE, unwritten  # noqa: PLC0415 (same)

    part = register.part("contacts")
    lines = register.lines(installation.database, "contacts", today=today(installation))
    told = [one.told for one in lines]
    order = {name: place for place, name in enumerate(part.field("body").choices.values)}  # type: ignore[union-attr]
    told += [{"body": name} for name in unwritten(told)]
    told.sort(key=lambda one: (one.get("call_order") or 999, order.get(one["body"], 99)))
    days = [part.until(one.told) for one in lines]
    known = [day for day in days if day is not None]
    until = min(known, default=None) if known and len(known) == len(days) else None
    return ContactChart(
        institution=installation.institution or "",
        made_at=installation.clock.now(),
        inside=[_contact(one, language) for one in told if one["body"] in INSIDE],
        outside=[_contact(one, language) for one in told if one["body"] not in INSIDE],
        until=until,
        simulated=installation.simulated,
        language=language,
        zone=installation.config.zone,
    )


def _contact(told: Mapping[str, Any], language: str) -> Contact:
    def word(message: str, **args: object) -> str:
        return say(language, f"paper.contacts.{message}", **args)

    day = told.get("confirmed_on")
    confirmed = ""
    if day:
        on = dt.date.fromisoformat(day)
        confirmed = word("confirmed", day=f"{on:%Y/%m/%d}", by=told.get("confirmed_by") or "–")
    named = ("system", "mail", "hours")
    ways = [word(f"way.{name}", value=told[name]) for name in named if told.get(name)]
    return Contact(
        body=say(language, f"register.choice.body.{told['body']}"),
        name=told.get("party") or "",
        desk=told.get("desk") or "",
        phone=told.get("phone") or ("–" if told.get("mail") else ""),
        ways=ways,
        confirmed=confirmed,
    )
