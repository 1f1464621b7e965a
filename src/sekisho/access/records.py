"""The values of this room: what is asked, in which situation, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """What somebody wants to do with information of a class."""

    READ = "read"
    SEARCH = "search"
    WRITE = "write"
    DELETE = "delete"
    PRINT = "print"
    EXPORT = "export"
    ADMINISTER = "administer"


class Relation(StrEnum):
    """Whether visits and stays tie the person to the patient."""

    KNOWN = "known"
    NONE = "none"
    """The lists that would show it have arrived, and show nothing."""
    UNKNOWN = "unknown"
    """It cannot be judged: lists are missing, or the patient is unknown."""


class Effect(StrEnum):
    """What the policies say of one cell; nothing said is refused (default deny)."""

    PERMIT = "permit"
    FORBID = "forbid"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Situation:
    """In which situation it is asked.

    Attributes:
        emergency: The glass was broken: a reason was written, and the time is limited.
        out_of_hours: Outside the hours that the institution set for this person or route.
    """

    emergency: bool = False
    out_of_hours: bool = False
    relation: Relation = Relation.UNKNOWN


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and why.

    Attributes:
        effect: Over every class asked: forbid before silent before permit.
        policies: Ids that decided, sorted. Where nothing could decide, what was missing:
            ``unknown-group:ID``, ``unknown-class:ID``, ``no-group`` or ``no-class``.
        classes: The classes that decided: the refused ones, or all where it is permitted.
    """

    permitted: bool
    effect: Effect
    policies: tuple[str, ...]
    classes: tuple[str, ...]
