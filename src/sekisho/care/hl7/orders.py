"""Orders and what was done on them: ORM, OMG, OMI, OML, OMP, RDE, RAS, ORU, OUL, OMD, PPR.

HL7 v2.x chapters 4, 7 and 12, as SS-MIX2 uses them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import Any

from sekisho.care.events import Event
from sekisho.care.hl7.message import Message, Segment
from sekisho.care.hl7.people import coded, doctor_of, doctors_of
from sekisho.care.records import What

KINDS = {
    "ORM": "order", "OMG": "order", "OMI": "order", "OML": "order", "OMP": "order",
    "OMD": "order", "OMS": "order", "OMN": "order", "OMB": "order", "RDE": "order",
    "RDS": "given", "RGV": "given", "RAS": "given", "BTS": "given", "VXU": "given",
    "ORU": "result", "OUL": "result", "PPR": "problem", "PGL": "problem",
}  # fmt: skip
"""Message code → act."""

SECTIONS = {
    What.LAB: "LAB CH HM IMM MB MCB MYC PAR SR TX VR CG OUS OTH BG ICU",
    What.PATHOLOGY: "SP CP PAT CTH",
    What.TRANSFUSION: "BLB",
    What.IMAGING: "RAD RX RUS CT NMR NMS CUS XRC OSL VUS RT RC",
    What.PHYSIOLOGY: "EC EN PF NRS PHR",
    What.REHABILITATION: "PT OT",
    What.NURSING: "NUR",
    What.NUTRITION: "DTT",
}
_SECTION = {code: what for what, codes in SECTIONS.items() for code in codes.split()}
"""OBR-24 (HL7 table 0074) → what."""
_SYSTEM = {"JJ1017": What.IMAGING, "JC10": What.LAB, "JLAC10": What.LAB, "JLAC11": What.LAB}
_BY_CODE = {
    "OML": What.LAB, "OUL": What.LAB, "OMI": What.IMAGING, "OMD": What.DIET, "OMB": What.TRANSFUSION,
    "OMP": What.PRESCRIPTION, "RDE": What.PRESCRIPTION, "RDS": What.PRESCRIPTION,
    "RAS": What.PRESCRIPTION, "RGV": What.PRESCRIPTION, "VXU": What.INJECTION,
}  # fmt: skip
_PARENTERAL = frozenset({"IV", "IVP", "IVPB", "IM", "SC", "ID", "IA", "EP", "IT"})
_CANCELS = frozenset({"CA", "OC", "CR", "UA"})
_ENDS = frozenset({"DC", "OD", "DR"})
_UNABLE = frozenset({"UC", "UD", "UF", "UH", "UM", "UN", "UR", "UX"})
_LONGEST = dt.timedelta(days=366)
MOST = 200
"""Events of one message."""


@dataclass(slots=True)
class _Order:
    number: str
    control: str = ""
    orc: Segment | None = None
    obr: Segment | None = None
    what: What | None = None
    days: list[str] = field(default_factory=list)
    performers: dict[tuple[str | None, str | None, str | None], str | None] = field(
        default_factory=dict
    )


def orders(
    message: Message,
    code: str,
    common: dict[str, Any],
    *,
    what: What | None = None,
    act: str | None = None,
    number: str | None = None,
) -> list[Event]:
    """Return the orders of a message, and what was done on them.

    Args:
        message: The message, of one patient.
        code: MSH-9's message code.
        common: What every event of it shares.
        what: Known from the folder of an SS-MIX2 storage; else told from the message.
        act: The same of ``order``, ``result``, ``given``.
        number: The order's number, known from the file's name.
    """
    act = act or KINDS.get(code, "order")
    found = _collect(message, code, number)
    events: list[Event] = []
    for order in found.values():
        if order.control in _UNABLE:
            continue
        for event in _events(message, order, act, what or order.what or _BY_CODE.get(code), common):
            if events:
                seed = f"{common['key']}:{len(events)}"
                event.key = hashlib.sha256(seed.encode()).hexdigest()[:32]
            events.append(event)
            if len(events) == MOST:
                return events
    return events


def _collect(message: Message, code: str, number: str | None) -> dict[str, _Order]:
    found: dict[str, _Order] = {}
    now: _Order | None = None
    for segment in message.segments:
        name = segment.name
        if name in {"ORC", "OBR"}:
            said = number or _number(segment, name)
            now = found.setdefault(said, _Order(said)) if said or now is None else now
            if name == "ORC" and now.orc is None:
                now.orc, now.control = segment, segment.part(1).upper()
            elif name == "OBR" and now.obr is None:
                now.obr = segment
        elif name in {"RXE", "RXO", "ODS", "ODT", "RXA", "TQ1", "SPM", "RXR", "OBX", "PRB", "BPX"}:
            if now is None:
                now = found.setdefault(number or "", _Order(number or ""))
        else:
            continue
        _look(now, segment)
    if code in {"PPR", "PGL"} and found:
        # The diagnoses of a patient are one list: one row for each doctor is told by ORC.
        return found
    return {key: one for key, one in found.items() if key or len(found) == 1}


def _number(segment: Segment, name: str) -> str:
    if name == "ORC" and segment.part(1).upper() == "CH" and segment.part(8):
        return segment.part(8)[:64]  # a part of its parent
    if name == "OBR":
        parent = segment.part(29)
        return (parent or segment.part(2) or segment.part(3))[:64]
    return (segment.part(2) or segment.part(3) or segment.part(4))[:64]


def _look(order: _Order, segment: Segment) -> None:
    """Take from `segment` what it says: of what kind, on which days, who did it where."""
    name, part = segment.name, segment.part
    if name == "OBR":
        order.days += [part(7), part(8), part(22), part(36)]
        order.what = order.what or _SECTION.get(part(24).upper()) or _SYSTEM.get(part(4, 3).upper())
        for number in (34, 32, 33):
            who = segment.component(segment.field(number), 1) if segment.field(number) else ""
            if who:
                order.performers.setdefault((_first(segment, number), None, None), part(22) or None)
    elif name == "RXA":
        order.days.append(part(3))
        people = doctors_of(segment, 10) or [(None, None)]
        where = part(11) or None
        for identity, given in people if part(10) or where else ():
            order.performers.setdefault((identity, given, where), part(3) or None)
    elif name == "OBX":
        if segment.line.count(segment.seps[0]) < 16 or not segment.field(16):
            return  # most results name nobody; they need not be split
        for identity, given in doctors_of(segment, 16)[:1]:
            order.performers.setdefault((identity, given, None), part(14) or None)
    elif name == "TQ1":
        order.days += [part(7), part(8)]
    elif name == "SPM":
        order.days += [part(17), part(18)]
        order.what = order.what or What.LAB
    elif name == "RXR":
        if part(1).upper() in _PARENTERAL:
            order.what = What.INJECTION
        order.what = order.what or What.PRESCRIPTION
    elif name in {"ODS", "ODT"}:
        order.what = What.DIET
    elif name == "BPX":
        order.what = What.TRANSFUSION
    elif name == "PRB":
        order.days.append(part(2))


def _events(
    message: Message, order: _Order, act: str, what: What | None, common: dict[str, Any]
) -> list[Event]:
    orc, obr = order.orc, order.obr
    at = _ordered_at(message, order)
    if at is None:
        return []
    event = Event(
        act=act,
        number=order.number or None,
        cancels=order.control in _CANCELS or (act == "result" and _is(obr, 25, "X")),
        what=str(what or _by_segments(message) or What.OTHER),
        **common,
    )
    event.at = at.isoformat()
    days = [day for day in map(message.time, filter(None, order.days)) if day is not None]
    last = max((day for day in days if at < day <= at + _LONGEST), default=None)
    event.until = last.isoformat() if last is not None else None
    if order.control in _ENDS:
        event.more = {"ended": True}
    pv1 = message.first("PV1")
    if orc is not None:
        for event.doctor_id, event.doctor in doctors_of(orc, 12)[:1]:
            pass
        for event.entered_by, _ in doctors_of(orc, 10)[:1]:
            pass
        code, name = coded(orc, 17)
        event.department = name or code
        if not event.department and orc.part(13, 6).upper() == "C":
            event.department = orc.part(13) or None
    if event.doctor_id is None and event.doctor is None:
        fields = (("PV1", 7),) if obr is None or not obr.field(16) else (("OBR", 16), ("PV1", 7))
        event.doctor_id, event.doctor = doctor_of(message, *fields)
    if pv1 is not None:
        code, name = coded(pv1, 10)
        event.department = event.department or name or code
        if pv1.part(2).upper()[:1] == "I":
            event.ward = pv1.part(3) or None
        elif not event.department:
            event.department = pv1.part(3) or None
    return _performed(event, order)


def _ordered_at(message: Message, order: _Order) -> dt.datetime | None:
    """Return ORC-9, else OBR-6, OBR-7, any other day that is named, else MSH-7."""
    orc, obr = order.orc, order.obr
    texts = [orc.part(9)] if orc is not None else []
    if obr is not None:
        texts += [obr.part(6), obr.part(7)]
    for text in (*texts, *order.days):
        at = message.time(text) if text else None
        if at is not None:
            return at
    return message.time(message.part("MSH", 7))


def _performed(event: Event, order: _Order) -> list[Event]:
    """Return one event for each person who did it, else the one."""
    if not order.performers:
        return [event]
    found = []
    for (identity, name, where), day in list(order.performers.items())[:20]:
        one = Event(**{slot: getattr(event, slot) for slot in Event.__slots__})
        one.executor_id, one.executor, one.executed_in = identity, name, where
        if event.act == "given" and day and len(day) >= 8:
            one.at = f"{day[:4]}-{day[4:6]}-{day[6:8]}T{day[8:10] or '00'}:{day[10:12] or '00'}:00"
            one.until = None
        found.append(one)
    return found


def _by_segments(message: Message) -> What | None:
    if message.first("RXE") or message.first("RXO") or message.first("RXA"):
        return What.PRESCRIPTION
    return None


def _first(segment: Segment, number: int) -> str | None:
    """Return the id of an NDL field: component 1, whose first subcomponent `component` gives."""
    return segment.part(number, 1)[:128] or None


def _is(segment: Segment | None, number: int, value: str) -> bool:
    return segment is not None and segment.part(number).upper() == value
