"""One file of a storage to events: its place decides whose and what it is, not its message."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sekisho.care.events import Event
from sekisho.care.hl7.adt import adt
from sekisho.care.hl7.codes import learn
from sekisho.care.hl7.meaning import person
from sekisho.care.hl7.message import Message, parse
from sekisho.care.hl7.orders import orders
from sekisho.care.hl7.people import patient_of
from sekisho.care.intake import hashed
from sekisho.care.ssmix2.names import ADT, ORDERS, Name
from sekisho.care.ties import bare
from sekisho.errors import InvalidInputError

OPTIONAL: dict[str, dict[str, tuple[int, ...]]] = {
    "ADT-12": {"PV1": (3, 7, 10, 44)},
    "ADT-22": {"PV1": (3, 7, 10, 44)},
    "ADT-42": {"PV1": (3, 7, 10)},
    "ADT-52": {"PV1": (3, 7, 10, 45)},
    **{kind: {"ORC": (9, 10, 12, 13, 17)} for kind in ORDERS if kind != "PPR-01"},
}
"""Kind → the optional fields by which care is told."""


@dataclass(slots=True)
class Tally:
    """What was seen of a storage's habits.

    Attributes:
        filled: Field → how often it was filled; `asked` how often it could have been.
        codes: (kind, code) → (name, sent).
    """

    asked: Counter[tuple[str, int]] = field(default_factory=Counter)
    filled: Counter[tuple[str, int]] = field(default_factory=Counter)
    others_id: int = 0
    damaged: int = 0
    codes: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def look(self, message: Message, name: Name) -> None:
        """Count the optional fields of one message, and learn the names of its codes."""
        for segment, numbers in OPTIONAL.get(name.kind, {}).items():
            found = message.first(segment)
            fields = found.fields if found is not None else []
            for number in numbers:
                self.asked[segment, number] += 1
                if number < len(fields) and fields[number]:
                    self.filled[segment, number] += 1
        self.damaged += not message.whole
        learn(message, self.codes, name.sent)


def read_file(
    raw: bytes, name: Name, *, row: int, zone: ZoneInfo, tally: Tally, also_person: bool = False
) -> list[Event]:
    """Return what the file says; `also_person`: what its PID says of the person too.

    Raises:
        InvalidInputError: Its bytes are no message, or of none of the kind that its place says.
    """
    message = parse(raw, zone)
    tally.look(message, name)
    pid = message.first("PID")
    said = patient_of(pid) if pid is not None else None
    if said not in {None, name.patient_id} and bare(said or "") != bare(name.patient_id):
        tally.others_id += 1  # the path decides; a person should know
    common: dict[str, Any] = {
        "key": hashed("ssmix2", name.stem),
        "row": row,
        "origin": name.text,
        "patient_id": name.patient_id,
        "sent": name.sent,
    }
    if name.kind == "ADT-00":
        if message.kind[1] == "A23" or pid is None:
            return []
        return [person(pid, name.patient_id, common)]
    if name.kind in ADT:
        found = _movement(message, name, common)
    else:
        act, what = ORDERS[name.kind]
        number = name.number if name.numbered else None
        found = orders(message, message.kind[0], common, what=what, act=act, number=number)
        _by_day(found, name)
    if not found:
        raise InvalidInputError("care.ssmix2.other_kind", kind=name.kind)
    for event in found:
        event.flag = name.flag
        event.department = event.department or name.department or None
    if also_person and pid is not None:
        found.append(person(pid, name.patient_id, common))
    return found


def _movement(message: Message, name: Name, common: dict[str, Any]) -> list[Event]:
    trigger, cancels = ADT[name.kind]
    said = message.kind[1]
    found = adt(message, said if said in cancels else trigger, common)
    for event in found:
        # オーダNo is none of the visit's; PV1-19 is not used here (1.2: N).
        event.number = None
        if name.day != "-":
            day = f"{name.day[:4]}-{name.day[4:6]}-{name.day[6:8]}"
            if event.at is None or event.at[:10] != day:
                late = name.kind == "ADT-52"
                event.at = f"{day}T{'23:59:59' if late else '00:00:00'}"
    return found


def _by_day(found: list[Event], name: Name) -> None:
    """Let an order reach the day of its folder: the day on which it was, or is to be, done."""
    if name.day == "-":
        return
    day = f"{name.day[:4]}-{name.day[4:6]}-{name.day[6:8]}T00:00:00"
    for event in found:
        if event.at is None or day[:10] < event.at[:10]:
            event.until = max(event.until or "", event.at or "") or None
            event.at = day
        elif day[:10] > event.at[:10]:
            event.until = max(event.until or "", day)
