"""The values this room gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Where a case stands; set by people's answers only."""

    OPEN = "open"
    EXPLAINED = "explained"
    ASKED_PERSON = "asked_person"
    ASKED_HEAD = "asked_head"
    REFERRED = "referred"
    CANNOT_TELL = "cannot_tell"
    OTHER_HAND = "other_hand"
    CLEARED = "cleared"
    VIOLATION = "violation"


ANSWERS: Mapping[str, State] = {
    "explained": State.EXPLAINED,
    "ask_person": State.ASKED_PERSON,
    "ask_head": State.ASKED_HEAD,
    "refer": State.REFERRED,
    "cannot_tell": State.CANNOT_TELL,
    "other_hand": State.OTHER_HAND,
    "reopen": State.OPEN,
}
"""What a person may answer, and the state it gives."""
DECIDED: Mapping[str, State] = {"violation": State.VIOLATION, "cleared": State.CLEARED}
"""What only a committee decides, on record by two named people."""
CLOSED = frozenset(
    {State.EXPLAINED, State.CANNOT_TELL, State.OTHER_HAND, State.CLEARED, State.VIOLATION}
)
"""States after which nothing more is awaited."""
NAMELESS = frozenset({State.EXPLAINED, State.OTHER_HAND, State.CLEARED})
"""States in which a case loses the name after the time set: nobody is reproached with anything."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person said about a case."""

    by: str
    answer: str
    note: str
    at: dt.datetime


@dataclass(slots=True, kw_only=True)
class Case:
    """One person × one matter.

    Attributes:
        id: ``<run>-<rank>``.
        key: The same when the same matter is found by a later run.
        raised: Put before a person; False is unexplained without a sign.
        rule: The strongest sign, or ``unexplained``.
        user_id: As the log wrote it; where the ids of its system are mapped, the staff list's,
            or ``<id> @ <system>`` of one that is nobody's.
        user_kind: Shared, vendor and system ids name the id, never a person.
        records: (index, origin) of each access.
        signs: Every sign that found it, strongest first.
        why: The reasons by language; empty once the name is taken away.
        accesses: How many accesses belong to it, also when their records are named no more.
        forgotten_at: When the name was taken away.
    """

    id: str
    key: str
    rank: int
    raised: bool
    score: float
    rule: str
    user_id: str
    user_kind: str
    patient_ids: Sequence[str]
    records: Sequence[tuple[int, Mapping[str, Any]]]
    first_at: dt.datetime
    last_at: dt.datetime
    signs: Sequence[str]
    why: Mapping[str, str]
    parts: Mapping[str, Any] = field(default_factory=dict)
    owner: str | None = None
    state: State = State.OPEN
    answers: Sequence[Answer] = field(default_factory=list)
    accesses: int = 0
    forgotten_at: dt.datetime | None = None

    @property
    def run_id(self) -> int:
        """Return the number of the run that found it."""
        return int(self.id.partition("-")[0])


@dataclass(slots=True, kw_only=True)
class Run:
    """One review of one period.

    Attributes:
        start: First local day; `end` the last one.
        trial: The first run: at most twenty cases are shown to people.
        summary: The last line of the promised JSON form, and more.
        cases: Every case, best first (`sekisho.review.quiet.Cases` as a run gives them).
    """

    id: int
    start: dt.date
    end: dt.date
    trial: bool
    at: dt.datetime
    summary: Mapping[str, Any]
    cases: Sequence[Case] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question put to somebody about a case.

    Attributes:
        to: ``person``, ``head`` (所属長), or ``owner`` of an id that is nobody's own.
        due: Last day for the reply; that none came says nothing.
        reply: What was replied, as `entered_by` wrote it down; None: nothing yet.
    """

    id: int
    case_key: str
    to: str
    by: str
    at: dt.datetime
    due: dt.date
    reply: str | None
    replied_on: dt.date | None
    entered_by: str | None
    entered_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a committee decided or ordered.

    Attributes:
        kind: ``violation`` or ``cleared`` of a case; ``unasked``: the person of a case is not
            asked; ``by_name``: accesses from before the notice, of the local days `start` to
            `end`, are reviewed by name.
        text: The reason, and where it was decided (minutes).
        date: When the committee decided.
    """

    id: int
    kind: str
    case_key: str | None
    start: dt.date | None
    end: dt.date | None
    text: str
    date: dt.date
    by: str
    at: dt.datetime
    confirmed_by: str | None
    confirmed_at: dt.datetime | None
    withdrawn_by: str | None

    @property
    def stands(self) -> bool:
        """Return whether two people said so and nobody took it back."""
        return self.confirmed_by is not None and self.withdrawn_by is None

    @property
    def waits(self) -> bool:
        """Return whether a second person has still to confirm it."""
        return self.confirmed_by is None and self.withdrawn_by is None


@dataclass(frozen=True, slots=True)
class ApprovalWord:
    """What a person said of an explanation: that it works here, or (not `approves`) no longer."""

    approves: bool
    by: str
    at: dt.datetime
