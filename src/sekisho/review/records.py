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
    PROBLEM = "problem"


ANSWERS: Mapping[str, State] = {
    "explained": State.EXPLAINED,
    "ask_person": State.ASKED_PERSON,
    "ask_head": State.ASKED_HEAD,
    "refer": State.REFERRED,
    "problem": State.PROBLEM,
    "reopen": State.OPEN,
}
"""What a person may answer, and the state it gives."""


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
        why: The reasons by language.
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
    state: State = State.OPEN
    answers: Sequence[Answer] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Run:
    """One review of one period.

    Attributes:
        start: First local day; `end` the last one.
        trial: The first run: at most twenty cases are shown to people.
        summary: The last line of the promised JSON form, and more.
        cases: Every case, best first.
    """

    id: int
    start: dt.date
    end: dt.date
    trial: bool
    at: dt.datetime
    summary: Mapping[str, Any]
    cases: Sequence[Case] = field(default_factory=list)
