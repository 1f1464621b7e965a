"""What the sheet is made of: the state that proof gives an item, a person's answer, one line of both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sekisho.inspection.catalogue import Catalogue, Item, Proof
from sekisho.terms import Evidence


class State(StrEnum):
    """What the evidence says of an item."""

    PROVEN = "proven"
    CONTRADICTED = "contradicted"
    CONFIRM = "confirm"
    """There is proof, and it is too old to stand."""
    NOT_CHECKED = "not_checked"
    PERSON = "person"
    """Only a person can answer; what supports the answer may stand beside it."""


class Value(StrEnum):
    """What a person answers."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"


class Standing(StrEnum):
    """What stands on the sheet today; the order is the order in which it wants a person."""

    CONFIRM = "confirm"
    """It was answered yes, and its proof has got worse or the answer too old since."""
    OPEN = "open"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"
    YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One proof that an item asks for, and what there is of it.

    Attributes:
        evidence: The newest of its subject; None where there never was one.
        good_until: UTC-aware; when it becomes too old. None where nothing was checked.
    """

    proof: Proof
    evidence: Evidence | None
    good_until: dt.datetime | None
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """What the evidence says of an item, and each proof behind it."""

    state: State
    proofs: tuple[Seen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a named person answered, and what was proven when they did.

    Attributes:
        turn: 1 for the first answer of the item; a newer one has the next number.
        value: None where the answer before was taken back.
        checked_on: 確認日, in the institution's zone.
        target_on: 目標日, where the answer is no.
        reason: What the answer rests on where it is greener than its proof; why it does not apply.
        state: What the evidence said then.
        proofs: That evidence as it was: subject, checked_at, result, message, args.
        carried_from: The item of an older edition whose answer was confirmed here.
    """

    id: int
    catalogue: str
    item: str
    turn: int
    value: Value | None
    checked_on: dt.date | None
    target_on: dt.date | None
    reason: str | None
    by: str
    at: dt.datetime
    state: State
    proofs: tuple[Mapping[str, object], ...]
    carried_from: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a vendor answered, of one system that it supplied, on its own sheet.

    Attributes:
        item: Of the vendor's catalogue.
        line: Of the register, where the sheet stands.
        by: The vendor and the system.
        value: None where the sheet did not come back, or has no answer there.
        checked_on: As the vendor says it; else the day on which the sheet came.
    """

    item: str
    line: int
    by: str
    value: Value | None
    checked_on: dt.date | None
    target_on: dt.date | None

    @property
    def reason(self) -> str | None:
        """None: what a person of the institution rests on it they say themselves."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item of the sheet with its proof and its answer."""

    item: Item
    computed: Computed
    answer: Answer | None
    standing: Standing

    @property
    def greener(self) -> bool:
        """Whether it says yes where the evidence does not: its reason stands on the sheet."""
        return self.standing is Standing.YES and self.computed.state is not State.PROVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A catalogue as it is answered now, in the order of the catalogue.

    Attributes:
        lines: What this institution is asked.
        kinds: Of this institution; empty where nobody said it.
        apart: What is asked of other kinds alone; none of it is counted.
    """

    catalogue: Catalogue
    lines: tuple[Line, ...]
    at: dt.datetime
    kinds: tuple[str, ...] = ()
    apart: tuple[Line, ...] = ()

    @property
    def every(self) -> tuple[Line, ...]:
        """Every item, also what this institution is not asked."""
        if not self.apart:
            return self.lines
        place = {item.id: at for at, item in enumerate(self.catalogue.items)}
        return tuple(sorted((*self.lines, *self.apart), key=lambda line: place[line.item.id]))

    def count(self, standing: Standing) -> int:
        """Return how many items stand so."""
        return sum(line.standing is standing for line in self.lines)

    def computed(self, state: State) -> int:
        """Return of how many items the evidence says so."""
        return sum(line.computed.state is state for line in self.lines)
