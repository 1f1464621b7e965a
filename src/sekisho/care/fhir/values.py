"""The data types of FHIR that lists of care need: identifiers, codes, names, times."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from sekisho.care.fhir.files import Resource, listed

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?")
NUMBER_OF = {"Patient": ("MR",), "Practitioner": ("EI", "EN"), "PractitionerRole": ("EI", "EN")}
"""Types of identifier (HL7 table 0203) that are a person's number: medical record, employee."""


def number_of(resource: Resource) -> str | None:
    """Return the number by which a hospital knows the resource.

    The identifier of type MR (a patient) or EI (a practitioner), else the first one that is
    not old or temporary, else the id of the resource.
    """
    wanted = NUMBER_OF.get(str(resource.get("resourceType")), ())
    given = [one for one in listed(resource.get("identifier")) if _text(one.get("value"))]
    now = [one for one in given if one.get("use") not in {"old", "temp", "secondary"}] or given
    for one in now:
        codes = {coding.get("code") for coding in listed(_of(one, "type").get("coding"))}
        if codes & set(wanted):
            return _text(one["value"])
    return _text(now[0]["value"]) if now else _text(resource.get("id"))


def words(*concepts: Any) -> Iterator[str]:
    """Yield the words of codeable concepts: the text, then what each coding shows or codes."""
    for concept in concepts:
        for one in listed(concept):
            yield from filter(None, (_text(one.get("text")),))
            for coding in listed(one.get("coding")) or [one]:
                yield from filter(None, (_text(coding.get("display")), _text(coding.get("code"))))


def word(*concepts: Any) -> str | None:
    """Return the first of `words`."""
    return next(words(*concepts), None)


def name_of(resource: Resource) -> tuple[str | None, str | None]:
    """Return the name of a person, and its reading where one is given (JP Core: SYL)."""
    name = kana = None
    for one in listed(resource.get("name")):
        text = _text(one.get("text")) or " ".join(
            filter(None, (_text(one.get("family")), *map(_text, _strings(one.get("given")))))
        )
        reading = any(ext.get("valueCode") == "SYL" for ext in listed(one.get("extension")))
        if reading:
            kana = kana or text or None
        elif one.get("use") != "old":
            name = name or text or None
    return name, kana


def when(value: Any, zone: ZoneInfo) -> tuple[dt.date | None, dt.time | None]:
    """Return the local day and time of a FHIR date, dateTime or instant; (None, None) where it has no day."""
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None, None
    try:
        if found[2] is None:
            return dt.date.fromisoformat(found[1]), None
        moment = dt.datetime.fromisoformat(f"{found[1]}T{found[2]}:{found[3] or '00'}")
        if found[4]:
            offset = dt.datetime.fromisoformat(
                f"2000-01-01T00:00:00{found[4].replace('Z', '+00:00')}"
            )
            moment = moment.replace(tzinfo=offset.tzinfo).astimezone(zone)
    except (ValueError, OverflowError):
        return None, None
    return moment.date(), moment.time()


def period(value: Any, zone: ZoneInfo) -> tuple[dt.date | None, dt.time | None, dt.date | None]:
    """Return first day, time and last day of a Period."""
    told = value if isinstance(value, dict) else {}
    start, time = when(told.get("start"), zone)
    return start, time, when(told.get("end"), zone)[0]


def _of(resource: Any, name: str) -> dict[str, Any]:
    value = resource.get(name)
    return value if isinstance(value, dict) else {}


def _strings(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip()[:128] or None
