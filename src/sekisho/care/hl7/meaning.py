"""What a message says of care: one or more `Event`s, and whose data it brings."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from sekisho.care.events import Event
from sekisho.care.hl7.adt import ACTS, adt
from sekisho.care.hl7.message import Message
from sekisho.care.hl7.orders import KINDS, orders
from sekisho.care.hl7.people import patient_of, person_of
from sekisho.care.hl7.schedule import siu
from sekisho.errors import InvalidInputError


def understand(message: Message, *, row: int, origin: str) -> list[Event]:
    """Return the events of `message`; empty where it says nothing of care (MDM, ACK …).

    Raises:
        InvalidInputError: It speaks of care and names no patient.
    """
    code, trigger = message.kind
    if code not in KINDS and code not in {"ADT", "SIU"}:
        return []
    key = message_key(message)
    found: list[Event] = []
    seen = False
    for place, group in enumerate(_patients(message)):
        pid = group.first("PID")
        patient = patient_of(pid) if pid is not None else None
        if pid is None or patient is None:
            continue
        seen = True
        common: dict[str, Any] = {
            "key": key if not place else _hash(key, str(place)),
            "row": row,
            "origin": origin,
            "patient_id": patient,
            "sent": stamp(message),
        }
        if code == "ADT":
            events = adt(group, trigger, common)
        elif code == "SIU":
            events = siu(group, trigger, common)
        else:
            events = orders(group, code, common)
        found += events
        if code == "ADT" and trigger in ACTS and trigger not in {"A23", "A29"}:
            found.append(person(pid, patient, common))
    if not seen:
        raise InvalidInputError("care.hl7.no_patient", type=f"{code}^{trigger}")
    return found


def person(pid: Any, patient: str, common: dict[str, Any]) -> Event:
    """Return what PID says of the person; the newest word of each patient is kept."""
    return Event(act="person", more=person_of(pid), **{**common, "key": _hash("person", patient)})


def message_key(message: Message) -> str:
    """Return what makes it the same message again: sender, MSH-10, and what it says.

    What it says is asked too: a sender that counts anew from 1 repeats numbers, not messages.
    """
    rest = "\r".join(segment.line for segment in message.segments[1:])
    return _hash(message.sender, message.number, rest)


def stamp(message: Message) -> str:
    """Return when the message was made: 17 digits of local time, zeros where nothing says."""
    for text in (message.part("MSH", 7), message.part("EVN", 2)):
        at = message.time(text)
        if at is not None:
            part = re.search(r"\.(\d{1,3})", text)
            return f"{at:%Y%m%d%H%M%S}{(part[1] if part else '').ljust(3, '0')}"
    return "0" * 17


def _patients(message: Message) -> Iterator[Message]:
    """Give the message for each of its patients: each PID begins one."""
    places = [n for n, segment in enumerate(message.segments) if segment.name == "PID"]
    if len(places) < 2:
        yield message
        return
    head = message.segments[: places[0]]
    for start, end in zip(places, [*places[1:], len(message.segments)], strict=True):
        yield Message([*head, *message.segments[start:end]], message.whole, message.zone)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
