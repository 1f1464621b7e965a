"""ADT: who came, was admitted, moved, left (HL7 v2.x chapter 3)."""

from __future__ import annotations

from typing import Any

from sekisho.care.events import Event
from sekisho.care.hl7.message import Message
from sekisho.care.hl7.people import coded, doctor_of, doctors_of, merged_of, place_of

ACTS: dict[str, tuple[str, bool]] = {
    "A01": ("admit", False), "A02": ("transfer", False), "A03": ("discharge", False),
    "A04": ("visit", False), "A05": ("plan", False), "A06": ("admit", False),
    "A07": ("discharge", False), "A08": ("update", False), "A09": ("update", False),
    "A10": ("update", False), "A11": ("admit", True), "A12": ("transfer", True),
    "A13": ("discharge", True), "A14": ("plan", False), "A15": ("plan", False),
    "A16": ("plan", False), "A17": ("transfer", False), "A21": ("leave", False),
    "A22": ("return", False), "A23": ("gone", False), "A25": ("plan", True),
    "A26": ("plan", True), "A27": ("plan", True), "A38": ("plan", True),
    "A28": ("person", False), "A29": ("gone", False), "A31": ("person", False),
    "A32": ("update", True), "A33": ("update", True), "A52": ("leave", True),
    "A53": ("return", True), "A54": ("doctor", False), "A55": ("doctor", True),
    "A60": ("person", False),
    # Merges: the number of MRG goes into that of PID. A41, A42 and their like
    # join accounts or visits of one patient and move nobody.
    "A18": ("merge", False), "A30": ("merge", False), "A34": ("merge", False),
    "A36": ("merge", False), "A39": ("merge", False), "A40": ("merge", False),
    "A46": ("merge", False), "A47": ("merge", False), "A24": ("person", False),
    "A41": ("person", False), "A42": ("person", False), "A43": ("person", False),
    "A44": ("person", False), "A45": ("person", False), "A49": ("person", False),
    "A50": ("person", False), "A51": ("person", False),
}  # fmt: skip
"""Trigger → (act, whether it takes back)."""

PLANS = {
    "A05": "admit", "A14": "admit", "A27": "admit", "A38": "admit",
    "A15": "transfer", "A26": "transfer", "A16": "discharge", "A25": "discharge",
}  # fmt: skip
OUTPATIENT = frozenset("OERC")
"""PV1-2: outpatient, emergency, recurring, commercial: who comes without a bed."""


def adt(message: Message, trigger: str, common: dict[str, Any]) -> list[Event]:
    """Return what an ADT message of `trigger` says; empty where it says nothing of care."""
    act, cancels = ACTS.get(trigger, ("person", False))
    if act == "person":
        return []
    if act == "merge":
        mrg = message.first("MRG")
        gone = merged_of(mrg) if mrg is not None else None
        if gone is None or gone == common["patient_id"]:
            return []
        return [Event(act="merge", other_id=gone, **common)]
    if trigger == "A29":
        return [Event(act="gone", **common)]
    return [_movement(message, trigger, act, cancels=cancels, common=common)]


def _movement(
    message: Message, trigger: str, act: str, *, cancels: bool, common: dict[str, Any]
) -> Event:
    pv1 = message.first("PV1")
    event = Event(act=act, cancels=cancels, **common)
    happened = _iso(message, message.part("EVN", 6))
    recorded = _iso(message, message.part("EVN", 2))
    if pv1 is None:
        event.at = happened or recorded or _iso(message, message.part("MSH", 7))
        return event
    patient_class = pv1.part(2).upper()
    event.what = patient_class[:16] or None
    event.number = pv1.part(19)[:64] or None
    event.admitted = _iso(message, pv1.part(44))
    event.until = _end(message, pv1.part(45))
    stays_out = patient_class[:1] in OUTPATIENT
    if act == "admit" and stays_out and not cancels and trigger == "A01":
        event.act = act = "visit"
    where = {
        "admit": event.admitted or happened,
        "visit": event.admitted or happened,
        "discharge": event.until or happened,
        "plan": _planned(message, trigger),
    }
    event.at = (
        (where.get(act, happened))
        or recorded
        or event.admitted
        or _iso(message, message.part("MSH", 7))
    )
    if act == "plan":
        event.what = PLANS[trigger]
    code, name = coded(pv1, 10)
    event.department = name or code
    place = place_of(pv1, 3)
    if place and (act == "visit" or stays_out):
        event.department = event.department or place
    else:
        event.ward = place
    event.doctor_id, event.doctor = doctor_of(message, ("PV1", 7), ("PV1", 17))
    others = [
        one
        for number in (17, 9)
        for one in doctors_of(pv1, number)
        if one[0] is not None and one[0] != event.doctor_id
    ]
    more: dict[str, Any] = {}
    if others:
        more["doctors"] = [list(one) for one in dict.fromkeys(others)]
    before = place_of(pv1, 6)
    if before:
        more["from"] = before
    event.more = more or None
    return event


def _planned(message: Message, trigger: str) -> str | None:
    """Return when what is planned shall be: PV2-8, of a discharge PV2-9."""
    number = 9 if PLANS.get(trigger) == "discharge" else 8
    return _iso(message, message.part("PV2", number)) or _iso(message, message.part("EVN", 3))


def _iso(message: Message, text: str) -> str | None:
    at = message.time(text) if text else None
    return at.isoformat() if at is not None else None


def _end(message: Message, text: str) -> str | None:
    """Return an end: a day alone is its last moment, so that it follows what happened that day."""
    found = _iso(message, text)
    return found[:10] + "T23:59:59" if found is not None and len(text) == 8 else found
