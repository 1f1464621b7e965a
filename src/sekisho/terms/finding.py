"""A Finding: what was seen, where, how grave, which duty, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sekisho.errors import Value


class Gravity(StrEnum):
    """How soon somebody should look; the order is the order on 今日やること."""

    URGENT = "urgent"
    TODAY = "today"
    WEEK = "week"
    UNKNOWN = "unknown"
    """Not checked: something needed has not arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a person should see. Seen again, it is the same line.

    Attributes:
        key: Stable: the same matter gives the same key whenever it is found.
        room: Who found it (``collect``, ``review``…).
        duty: Item of the notice: ``1-1`` to ``1-5``, ``2``, ``3``.
        message: Id of the sentence; ``<message>.why`` is the second line.
        args: Values the sentences name; never a patient's or person's name.
        where: Address in the console that deals with it.
        action: Id of the button's text.
    """

    key: str
    room: str
    gravity: Gravity
    duty: str
    message: str
    where: str
    action: str
    args: Mapping[str, Value] = field(default_factory=dict)
