"""The contact chart: who is told inside, in which order, and whom outside, as a page for the wall."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sekisho.paper.press import Say, Words, day, fit, minute, press


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One box of the chart; what is empty is left to be written in by hand.

    Attributes:
        body: What it is (院長, 警察…).
        name: Who it is.
        ways: Telephone, mail, hours, as they are printed.
        confirmed: When somebody confirmed it, and who.
    """

    body: str
    name: str = ""
    desk: str = ""
    phone: str = ""
    ways: Sequence[str] = ()
    confirmed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChart:
    """The chart.

    Attributes:
        inside: In the order in which they are told.
        outside: Those who are told then.
        until: The day on which the first of them is to be confirmed again; None where one never was.
    """

    institution: str
    made_at: dt.datetime
    inside: Sequence[Contact]
    outside: Sequence[Contact]
    until: dt.date | None
    simulated: bool = False
    language: str = "ja"
    zone: str = "Asia/Tokyo"


def contact_chart(chart: ContactChart, *, say: Say) -> bytes:
    """Return the chart as PDF/A, on its side, as many pages as it takes."""
    word = Words(say, chart.language, "paper.contacts")
    until = day(chart.until, chart.language) if chart.until else ""
    values = {
        "language": chart.language,
        "title": word("title"),
        "institution": fit(chart.institution, 80),
        "made": word("made", at=minute(chart.made_at, chart.zone)),
        "until": word("until", day=until) if until else word("unconfirmed"),
        "tags": [say(chart.language, "paper.month.simulated")] if chart.simulated else [],
        "inside": [_box(one) for one in chart.inside],
        "outside": [_box(one) for one in chart.outside],
        "words": {
            name: word(name)
            for name in ("inside", "outside", "seen", "seen_text", "phone", "name", "foot")
        },
    }
    return press("contacts.typ", values, made_at=chart.made_at)


def _box(one: Contact) -> dict[str, object]:
    return {
        "body": fit(one.body, 80),
        "name": fit(one.name, 80),
        "desk": fit(one.desk, 80),
        "phone": fit(one.phone, 60),
        "ways": [fit(text, 80) for text in one.ways],
        "confirmed": fit(one.confirmed, 60),
    }
