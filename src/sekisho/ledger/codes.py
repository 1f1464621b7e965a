"""How a recorded act is called in the standards' audit codes (DICOM PS3.16 CID 400, 401)."""

from __future__ import annotations

from dataclasses import dataclass

from sekisho.terms import Action, Outcome


@dataclass(frozen=True, slots=True)
class Event:
    """What both audit formats say of an act.

    Attributes:
        id: DICOM code of the event; None: a patient's record where there is a patient
            (110110), else an activity of an application (110100).
        kind: DICOM code of its subtype, or None.
        action: C, R, U, D or E.
    """

    id: str | None
    kind: str | None
    action: str


EVENTS = {
    Action.CREATE: Event(None, None, "C"),
    Action.READ: Event(None, None, "R"),
    Action.UPDATE: Event(None, None, "U"),
    Action.DELETE: Event(None, None, "D"),
    Action.EXECUTE: Event(None, None, "E"),
    Action.SEARCH: Event("110112", None, "E"),
    Action.LOGIN: Event("110114", "110122", "E"),
    Action.LOGOUT: Event("110114", "110123", "E"),
    # DICOM's Export covers what leaves on paper too; the record's own word stands beside it.
    Action.PRINT: Event("110106", None, "R"),
    Action.EXPORT: Event("110106", None, "R"),
    Action.IMPORT: Event("110107", None, "C"),
    Action.EMERGENCY: Event("110113", "110127", "E"),
    Action.SECURITY: Event("110113", None, "E"),
}
NAMES = {
    "110100": "Application Activity",
    "110106": "Export",
    "110107": "Import",
    "110110": "Patient Record",
    "110112": "Query",
    "110113": "Security Alert",
    "110114": "User Authentication",
    "110122": "Login",
    "110123": "Logout",
    "110127": "Emergency Override Started",
    "110150": "Application",
}
OUTCOMES = {Outcome.SUCCESS: "0", Outcome.REFUSED: "4", Outcome.FAILED: "8"}
"""Outcome codes; of an unknown outcome the record's own word says so."""

DETAILS = (
    "recorded_at",
    "time_precision",
    "user_kind",
    "action",
    "outcome",
    "class",
    "duty",
    "reason",
    "of",
    "session",
    "object",
)
"""What a record says and the formats have no place for, given under its own name."""


def event_id(action: Action, *, patient: bool) -> str:
    """Return the DICOM code of an act."""
    return EVENTS[action].id or ("110110" if patient else "110100")


def details(record: dict[str, object]) -> list[tuple[str, str]]:
    """Return the details of a record in the promised form, those that it has."""
    found = [(name, str(record[name])) for name in DETAILS if record[name] is not None]
    marks = record["marks"]
    assert isinstance(marks, list)
    return [*found, *(("mark", str(mark)) for mark in marks)]
