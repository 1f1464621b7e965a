"""Names that messages give to codes of departments and wards."""

from __future__ import annotations

from sekisho.care.hl7.message import Message
from sekisho.care.hl7.people import coded


def learn(message: Message, codes: dict[tuple[str, str], tuple[str, str]], sent: str) -> None:
    """Keep the names that `message` gives to codes of departments and wards."""
    for segment, number in (("ORC", 17), ("PV1", 10)):
        found = message.first(segment)
        if found is not None:
            code, said = coded(found, number)
            if code and said:
                _newer(codes, ("department", code[:64]), said, sent)
    pv1 = message.first("PV1")
    if pv1 is not None:
        ward, said = pv1.part(3, 1), pv1.part(3, 9)
        if ward and said:
            _newer(codes, ("ward", ward[:64]), said, sent)


def _newer(
    codes: dict[tuple[str, str], tuple[str, str]], key: tuple[str, str], said: str, sent: str
) -> None:
    if key not in codes or codes[key][1] < sent:
        codes[key] = (said, sent)
