"""Who a message is about and who is named in it: PID, MRG, and XCN fields (HL7 v2.x chapter 3)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

from sekisho.care.hl7.message import Message, Segment, moment

_OWN = ("PI", "MR", "PT")
"""Types of identifier that are a patient's number here, best first (HL7 table 0203)."""
_OTHERS = frozenset(
    [
        "SS",
        "SSN",
        "DL",
        "PPN",
        "NH",
        "NI",
        "HC",
        "AN",
        "VN",
        "MC",
        "MA",
        "MB",
        "BC",
        "BR",
        "LN",
        "EI",
        "DN",
        "TAX",
        "PN",
    ]
)
"""Types that are a number of something else: insurance, passport, licence, visit, account."""


def patient_of(pid: Segment) -> str | None:
    """Return the patient's number: PID-3, of several the institution's own; else PID-2, PID-4."""
    for number in (3, 2, 4):
        text = pid.field(number)
        found = _number(text, pid.seps) if text else None
        if found is not None:
            return found
    return None


@lru_cache(maxsize=1024)
def _number(field: str, seps: str) -> str | None:
    pid = Segment("", seps[0] + field, seps)
    found: dict[str, str] = {}
    for text in pid.repetitions(1):
        value = _id(pid.component(text, 1))
        if value:
            found.setdefault(pid.component(text, 5).upper(), value)
    for kind in _OWN:
        if kind in found:
            return found[kind]
    if found:
        own = (value for kind, value in found.items() if kind not in _OTHERS)
        return next(own, next(iter(found.values())))
    return None


def merged_of(mrg: Segment) -> str | None:
    """Return the number that goes: MRG-1, else MRG-4."""
    for number in (1, 4):
        value = _id(mrg.part(number))
        if value:
            return value
    return None


def person_of(pid: Segment) -> dict[str, Any]:
    """Return name, kana, birth, address, phone and day of death, as far as PID says them."""
    found: dict[str, Any] = {}
    for text in pid.repetitions(5):
        name = " ".join(filter(None, (pid.component(text, 1), pid.component(text, 2))))
        if not name:
            continue
        form = pid.component(text, 8).upper()
        as_kana = form == "P" or (not form and "name" in found and _is_kana(name))
        found.setdefault("kana" if as_kana else "name", name)
    born = moment(pid.part(7))
    if born is not None:
        found["born"] = born.date().isoformat()
    for text in pid.repetitions(11):
        free = pid.component(text, 8)
        parts = (pid.component(text, part) for part in (4, 3, 1, 2))
        address = free or " ".join(filter(None, parts))
        if address:
            found["address"] = address
            break
    for number in (13, 14):
        for text in pid.repetitions(number):
            whole = pid.component(text, 12) or pid.component(text, 1)
            numbers = [pid.component(text, part) for part in (5, 6, 7)]
            phone = whole or "-".join(filter(None, numbers))
            if phone and "phone" not in found:
                found["phone"] = phone
    died = moment(pid.part(29))
    if died is not None:
        found["deceased_on"] = died.date().isoformat()
    return found


def doctors_of(segment: Segment, number: int) -> list[tuple[str | None, str | None]]:
    """Return (id, name) of each person in an XCN field, the first repetition of a person only.

    ``110^医師^一郎``, ``110^医師一郎^`` and a kana repetition without an id are one person each.
    """
    text = segment.field(number)
    return list(_doctors(text, segment.seps)) if text else []


@lru_cache(maxsize=8192)
def _doctors(field: str, seps: str) -> tuple[tuple[str | None, str | None], ...]:
    segment = Segment("", seps[0] + field, seps)
    found: list[tuple[str | None, str | None]] = []
    for text in segment.repetitions(1):
        identity = _id(segment.component(text, 1)) or None
        name = (
            " ".join(filter(None, (segment.component(text, 2), segment.component(text, 3)))) or None
        )
        if identity is None and (name is None or found):
            continue
        if identity is not None and any(identity == known for known, _ in found):
            continue
        found.append((identity, name))
    return tuple(found)


def doctor_of(message: Message, *fields: tuple[str, int]) -> tuple[str | None, str | None]:
    """Return (id, name) of the first person that one of `fields` names."""
    for name, number in fields:
        segment = message.first(name)
        if segment is not None and segment.field(number):
            found = doctors_of(segment, number)
            if found:
                return found[0]
    return None, None


def place_of(segment: Segment, number: int) -> str | None:
    """Return the ward or clinic of a PL field (component 1)."""
    return segment.part(number, 1) or None


def coded(segment: Segment, number: int) -> tuple[str | None, str | None]:
    """Return (code, name) of a coded field; a name that only repeats the code is none."""
    code, name = segment.part(number, 1) or None, segment.part(number, 2) or None
    return code, name if name != code else None


def _id(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()[:128] if text else ""


def _is_kana(text: str) -> bool:
    return re.fullmatch(r"[\u3040-\u30ff\uff66-\uff9f\s\u3000]+", text) is not None
