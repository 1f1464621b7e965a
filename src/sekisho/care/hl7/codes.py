"""Names that messages give to codes of departments and wards."""

from __future__ import annotations

from functools import lru_cache

from sekisho.care.hl7.message import Message, Segment
from sekisho.care.hl7.people import coded

Codes = dict[tuple[str, str], tuple[str, str]]
"""(kind, code) → (name, when it was sent)."""
_FIELDS = (("ORC", 17, "department"), ("PV1", 10, "department"), ("PV1", 3, "ward"))


def learn(message: Message, codes: Codes, sent: str) -> None:
    """Keep the names that `message` gives to codes of departments and wards."""
    for name, number, kind in _FIELDS:
        segment = message.first(name)
        text = segment.field(number) if segment is not None else ""
        if segment is None or not text:
            continue
        code, said = _named(text, segment.seps, kind)
        if code and said and ((kind, code) not in codes or codes[kind, code][1] < sent):
            codes[kind, code] = (said, sent)


@lru_cache(maxsize=4096)
def _named(text: str, seps: str, kind: str) -> tuple[str | None, str | None]:
    """Return (code, name): a PL's name of its ward is component 9, a coded field's is 2."""
    field = Segment("", seps[0] + text, seps)
    if kind == "ward":
        return field.part(1, 1)[:64], field.part(1, 9)
    code, said = coded(field, 1)
    return (code or "")[:64], said
