"""What this room keeps of somebody whose records are lawfully erased: broken glass."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.gate.tables import GLASS

TABLES = (GLASS,)
"""What may tell of somebody."""


def traces(connection: sa.Connection, ids: Collection[str]) -> dict[str, list[Any]]:
    """Return the broken glass of the persons and patients `ids`."""
    bare = {each.lstrip("0") for each in ids}
    query = sa.select(GLASS.c.id, GLASS.c.user_id, GLASS.c.patient_id).order_by(GLASS.c.id)
    return {
        "gate_glass": [
            number
            for number, user, patient in connection.execute(query)
            if user in ids or (patient is not None and patient.lstrip("0") in bare)
        ]
    }


def erase(connection: sa.Connection, rows: Mapping[str, Sequence[Any]]) -> None:
    """Take away what `traces` named; glass that is still open closes with it."""
    for number in rows.get("gate_glass", ()):
        connection.execute(sa.delete(GLASS).where(GLASS.c.id == number))
