"""SIU: appointments made, changed, cancelled, missed (HL7 v2.x chapter 10)."""

from __future__ import annotations

from typing import Any

from sekisho.care.events import Event
from sekisho.care.hl7.message import Message, Segment
from sekisho.care.hl7.people import coded, doctors_of

CANCELS = frozenset({"S15", "S16", "S17"})
"""Cancelled, discontinued, deleted. S26, did not come, takes back no preparation."""
_GROUP = frozenset({"AIS", "AIG", "AIL", "AIP"})
_START = {"AIS": 4, "AIG": 8, "AIL": 6, "AIP": 6}


def siu(message: Message, trigger: str, common: dict[str, Any]) -> list[Event]:
    """Return one event for each place and person of each resource group of the appointment."""
    sch = message.first("SCH")
    number = (sch.part(2) or sch.part(1)) if sch is not None else ""
    start = _start(message, sch)
    booked = message.time(message.part("MSH", 7))
    base: dict[str, Any] = {
        **common,
        "act": "book",
        "cancels": trigger in CANCELS,
        "number": number[:64] or None,
        "at": start,
        "until": booked.isoformat() if booked is not None else None,
    }
    if base["cancels"]:
        return [Event(**base)]
    pv1 = message.first("PV1")
    code, name = coded(pv1, 10) if pv1 is not None else (None, None)
    department = name or code
    found: list[Event] = []
    for at, place, people in _groups(message):
        for doctor_id, doctor in people or [(None, None)]:
            event = Event(**base)
            event.key = f"{event.key[:-2]}{len(found):02d}" if found else event.key
            event.at = at or start
            event.department = department or place
            if department and place and place != department:
                event.more = {"place": place}
            event.doctor_id, event.doctor = doctor_id, doctor
            found.append(event)
    if not found:
        event = Event(**base)
        event.department = department
        if pv1 is not None:
            event.department = department or pv1.part(3) or None
            for event.doctor_id, event.doctor in doctors_of(pv1, 7)[:1]:
                pass
        found.append(event)
    return [event for event in found if event.at is not None][:100]


def _groups(
    message: Message,
) -> list[tuple[str | None, str | None, list[tuple[str | None, str | None]]]]:
    """Return (start, place, people) of each resource group (RGS)."""
    groups: list[list[Segment]] = []
    for segment in message.segments:
        if segment.name == "RGS" or (segment.name in _GROUP and not groups):
            groups.append([])
        if segment.name in _GROUP:
            groups[-1].append(segment)
    found = []
    for group in groups:
        start, place = None, None
        people: list[tuple[str | None, str | None]] = []
        for segment in group:
            at = message.time(segment.part(_START[segment.name]))
            start = start or (at.isoformat() if at is not None else None)
            if segment.name == "AIL":
                place = place or segment.part(3) or segment.part(3, 2) or None
            if segment.name == "AIP":
                people += [one for one in doctors_of(segment, 3) if one not in people]
        if group:
            found.append((start, place, people))
    return found


def _start(message: Message, sch: Segment | None) -> str | None:
    """Return SCH-11's start (TQ component 4), else TQ1-7."""
    texts = [sch.part(11, 4) if sch is not None else "", message.part("TQ1", 7)]
    if len(texts[1]) >= 8:
        texts.reverse()  # TQ1 replaced SCH-11 in version 2.5; old senders leave old values there
    for text in texts:
        at = message.time(text)
        if at is not None:
            return at.isoformat()
    return None
