"""The lists of the register, each with what it holds and what makes it whole."""

from __future__ import annotations

from collections.abc import Mapping

from sekisho.errors import InvalidInputError
from sekisho.inspection.register.field import Part
from sekisho.inspection.register.held.backups import BACKUPS
from sekisho.inspection.register.held.bcp import BCP
from sekisho.inspection.register.held.contacts import CONTACTS
from sekisho.inspection.register.held.information import INFORMATION
from sekisho.inspection.register.held.responsible import RESPONSIBLE
from sekisho.inspection.register.held.risks import RISKS
from sekisho.inspection.register.held.rules import RULES
from sekisho.inspection.register.held.training import TRAINING
from sekisho.inspection.register.held.vendors import SHEETS, VENDORS

PARTS: Mapping[str, Part] = {
    one.name: one
    for one in (
        RESPONSIBLE, CONTACTS, RULES, BCP, BACKUPS, TRAINING, VENDORS, SHEETS, INFORMATION, RISKS,
    )
}  # fmt: skip
"""In the order in which a hospital fills them in: what an inspector asks for first comes first."""


def part(name: str) -> Part:
    """Return the list `name`.

    Raises:
        InvalidInputError: There is none.
    """
    if name not in PARTS:
        raise InvalidInputError("register.no_part", name=name[:40])
    return PARTS[name]
