"""The values this room gives and takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from sekisho.errors import Value
from sekisho.terms import Finding, UserKind


class Kind(StrEnum):
    """What a list is taken for."""

    STAFF = "staff"
    VISITS = "visits"
    STAYS = "stays"
    PATIENTS = "patients"
    SYSTEM_IDS = "system_ids"
    ORDERS = "orders"
    APPOINTMENTS = "appointments"
    ROSTERS = "rosters"
    TEAMS = "teams"
    ROUNDS = "rounds"
    RESEARCH = "research"
    MAINTENANCE = "maintenance"
    VIPS = "vips"
    TERMINALS = "terminals"
    SSMIX2 = "ssmix2"
    HL7V2 = "hl7v2"
    FHIR = "fhir"


class What(StrEnum):
    """What an order asks for; it says which duty carries it out."""

    LAB = "lab"
    PATHOLOGY = "pathology"
    PHYSIOLOGY = "physiology"
    IMAGING = "imaging"
    ENDOSCOPY = "endoscopy"
    PRESCRIPTION = "prescription"
    INJECTION = "injection"
    TRANSFUSION = "transfusion"
    DIET = "diet"
    NUTRITION = "nutrition"
    SURGERY = "surgery"
    DIALYSIS = "dialysis"
    REHABILITATION = "rehabilitation"
    CONSULT = "consult"
    LIAISON = "liaison"
    NURSING = "nursing"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that could not be taken, and why.

    Attributes:
        row: Line of the sheet from 1, as a person sees it in Excel.
    """

    row: int
    message: str
    args: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that was read, and that a person should look at."""

    message: str
    args: Mapping[str, Value]


@dataclass(slots=True, kw_only=True)
class LoadReport:
    """What one file, or one sheet of it, was taken for, and what came of it.

    Attributes:
        taken_for: None where it could not be decided; then `error` says what was found.
        why: Message id and arguments that say why it was taken for that.
        rows: Data rows that were taken.
        added: Of these, rows that were not known before.
        refused: (row, message id, arguments) of each that was not.
        first: First day that the list covers; `last` the last one.
        error: Message id and arguments, where nothing could be read.
        load_id: Where it is kept; None where nothing was, or where it is no single list.
    """

    path: Path
    taken_for: Kind | None = None
    sheet: str | None = None
    why: tuple[str, Mapping[str, Value]] | None = None
    rows: int = 0
    added: int = 0
    refused: list[tuple[int, str, Mapping[str, Value]]] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    first: dt.date | None = None
    last: dt.date | None = None
    findings: list[Finding] = field(default_factory=list)
    error: tuple[str, Mapping[str, Value]] | None = None
    load_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One dated post of a person: 兼務 gives several at one time, 異動 one after another."""

    duty: str | None
    department: str | None
    ward: str | None
    valid_from: dt.date | None
    valid_to: dt.date | None
    concurrent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemId:
    """An id that a person has in another system, and when it was theirs; `key` is the system's."""

    system: str
    key: str
    user_id: str
    staff_id: str
    valid_from: dt.date | None
    valid_to: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One id of the staff list.

    Attributes:
        duty: Of the main post at the time asked for, as the list writes it.
        valid_from: First day on which the id was somebody's; None where not said.
        valid_to: Last day; None where no end is known.
        kind: As confirmed by a person, else as the list says; ``unknown`` never
            stands for a row of the staff list.
        proposed: What the words of the row propose where nobody has confirmed yet.
    """

    user_id: str
    name: str | None
    duty: str | None
    department: str | None
    ward: str | None
    valid_from: dt.date | None
    valid_to: dt.date | None
    kind: UserKind
    proposed: str | None
    posts: tuple[Post, ...]
