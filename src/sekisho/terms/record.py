"""One access record, whatever system it came from (notice item ③).

The names of fields and values are those of the promised JSON Lines form
(`sekisho ledger export --format jsonl`). A person's or a patient's name is
never a field: ids only.

An access is made for every line that any system ever wrote: the three classes are structs of
msgspec, which cannot be changed either and take a quarter of a dataclass's time to make.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from msgspec import Struct


class TimePrecision(StrEnum):
    """How exact the source's time was; what is missing is never made up."""

    MILLISECOND = "millisecond"
    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


class UserKind(StrEnum):
    """Whose id it is; anything but a person names the id, never a person."""

    PERSON = "person"
    SHARED = "shared"
    VENDOR = "vendor"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """What was done."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    SEARCH = "search"
    EXECUTE = "execute"
    LOGIN = "login"
    LOGOUT = "logout"
    PRINT = "print"
    EXPORT = "export"
    IMPORT = "import"
    EMERGENCY = "emergency"
    SECURITY = "security"


class Outcome(StrEnum):
    """How it ended."""

    SUCCESS = "success"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Mark(StrEnum):
    """What a reader must know beside the fields."""

    TRUNCATED = "truncated"
    LATE = "late"
    OBSERVE = "observe"
    EMERGENCY = "emergency"
    ASSERTED = "asserted"


REQUEST = "request:"
"""Before the id of a request in `Access.object`: both sides of one request write it down."""


class PatientId(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A patient's id as the source wrote it, and who assigned it (or None)."""

    id: str
    authority: str | None = None


class Origin(Struct, frozen=True, gc=False):
    """Where a record came from; kept for ever.

    Exactly one of `file` (the path as given) and `connection` is set, and one of
    `row` (data record from 1 after the header) and `message` (from 1).
    """

    file: str | None = None
    connection: str | None = None
    row: int | None = None
    message: int | None = None


class Access(Struct, frozen=True, kw_only=True, gc=False):
    """One access, as handed to the recorder.

    Attributes:
        occurred_at: UTC-aware, milliseconds; naive source times were read in the
            source's zone.
        source: Name of the source, stable over files of the same system.
        key: 32 lower-case hex digits that make the record unique: from the
            source's own message id, else from (source, line hash, occurrence).
        digest: SHA-256 of the original bytes, 64 lower-case hex digits.
        of: Index of the attempt which this record completes.
        class_: Information class (``class`` in JSON).
    """

    occurred_at: dt.datetime
    source: str
    key: str
    digest: str
    origin: Origin
    action: Action = Action.READ
    outcome: Outcome = Outcome.UNKNOWN
    time_precision: TimePrecision = TimePrecision.SECOND
    user_id: str | None = None
    user_kind: UserKind = UserKind.UNKNOWN
    patient_ids: tuple[PatientId, ...] = ()
    ended_at: dt.datetime | None = None
    session: str | None = None
    terminal: str | None = None
    object: str | None = None
    class_: str | None = None
    duty: str | None = None
    reason: str | None = None
    of: int | None = None
    marks: tuple[Mark, ...] = ()
