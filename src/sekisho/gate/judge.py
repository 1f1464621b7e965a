"""May this be shown? One decision from the matrix, care, the patient's protection and glass.

Persons, classes and patients of one request are joined forbid > permit > silent, and
every class must be permitted (house.md decision 5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sekisho.access import Act, Relation, Situation, Table
from sekisho.care import Ties
from sekisho.care.ties import bare
from sekisho.gate.config import Route
from sekisho.gate.interface import UNKNOWN_PATIENT, Seen
from sekisho.gate.modes import Modes
from sekisho.gate.record import Who
from sekisho.terms import PatientId, UserKind

VIP = "protected-person"
MOST = 10_000
"""Different questions of one minute whose answers are kept."""
EVERYBODY = "*"
"""Stands in `State.glass` for requests that name no patient."""


@dataclass(slots=True)
class Known:
    """Decisions of one minute: nothing but time changes what a `State` says."""

    minute: float = -1.0
    verdicts: dict[tuple[object, ...], Verdict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """What decisions are made from; replaced as a whole within a second of a change.

    Attributes:
        glass: (user id, patient id or `EVERYBODY`, route) → until when it is broken.
        protected: Patient id → classes of the whole record.
        hours: Working day, minutes from midnight, in `zone`.
        known: Decisions made from it already, in the minute that runs.
    """

    table: Table
    modes: Modes
    ties: Ties
    glass: Mapping[tuple[str, str, str], dt.datetime]
    protected: Mapping[str, frozenset[str]]
    zone: ZoneInfo
    hours: tuple[int, int]
    known: Known = field(default_factory=Known, compare=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about one request.

    Attributes:
        passes: Whether it goes on: permitted, or only watched.
        permitted: What the matrix says.
        policies: Ids of the policies that decided, in order.
        classes: Classes it touches.
        refused: Those of them that are not permitted.
        emergency: It is permitted because glass was broken.
        may_break: Breaking the glass would permit it.
    """

    passes: bool
    permitted: bool
    policies: tuple[str, ...]
    classes: frozenset[str]
    refused: tuple[str, ...] = ()
    emergency: bool = False
    may_break: bool = False


def judge(state: State, route: Route, who: Who, act: Act, seen: Seen, now: dt.datetime) -> Verdict:
    """Return the decision about `act` of `who` on what a request or its answer touches."""
    known, minute = state.known, now.timestamp() // 60
    if known.minute != minute or len(known.verdicts) >= MOST:
        known.minute = minute
        known.verdicts = {}
    broken = _broken(state, route, who, seen.patients, now)
    # All that `_judge` reads of a person, and of time what stays the same for a minute.
    key = (
        route.name, who.user_id, who.kind, who.groups, act, seen.patients, seen.classes, broken,
    )  # fmt: skip
    verdict = known.verdicts.get(key)
    if verdict is None:
        verdict = known.verdicts[key] = _judge(state, route, who, act, seen, now, broken=broken)
    return verdict


def _judge(
    state: State, route: Route, who: Who, act: Act, seen: Seen, now: dt.datetime, *, broken: bool
) -> Verdict:
    classes = set(seen.classes) or {route.class_}
    for patient in seen.patients:
        classes |= state.protected.get(patient.id, frozenset())
        if bare(patient.id) in state.ties.staff_patients:
            classes.add(VIP)
    groups = who.groups
    relation = _relation(state, who, seen.patients)
    # A vendor comes this far only inside an approved plan: that is its working time.
    late = _late(state, now) and who.kind is not UserKind.VENDOR
    usual = Situation(out_of_hours=late, relation=relation)
    urgent = Situation(emergency=True, out_of_hours=late, relation=relation)
    policies: dict[str, None] = {}
    refused = []
    emergency = False
    may_break = not broken
    for class_ in sorted(classes):
        decision = state.table.decide(groups, (class_,), act, usual)
        if not decision.permitted:
            other = state.table.decide(groups, (class_,), act, urgent)
            if broken and other.permitted:
                decision, emergency = other, True
            else:
                refused.append(class_)
                may_break = may_break and other.permitted
        policies.update(dict.fromkeys(decision.policies))
    stops = any(state.modes.enforced(route.name, class_) for class_ in refused)
    return Verdict(
        passes=not stops,
        permitted=not refused,
        policies=tuple(policies),
        classes=frozenset(classes),
        refused=tuple(refused),
        emergency=emergency,
        may_break=bool(refused) and may_break,
    )


def unknown(seen: Seen) -> Seen:
    """Return `seen` as a request whose patient should be known and is not."""
    return seen if seen.patients else Seen(frozenset(), seen.classes | {UNKNOWN_PATIENT})


def _relation(state: State, who: Who, patients: frozenset[PatientId]) -> Relation:
    tied = state.ties.tied(who.user_id, [patient.id for patient in patients])
    if tied is None:
        return Relation.UNKNOWN
    return Relation.KNOWN if tied else Relation.NONE


def _late(state: State, now: dt.datetime) -> bool:
    here = now.astimezone(state.zone)
    start, end = state.hours
    return here.weekday() > 4 or not start <= here.hour * 60 + here.minute < end


def _broken(
    state: State, route: Route, who: Who, patients: frozenset[PatientId], now: dt.datetime
) -> bool:
    """Return whether this person broke the glass for every one of the patients."""
    if not state.glass:
        return False
    keys = [patient.id for patient in patients] or [EVERYBODY]
    return all(
        (until := state.glass.get((who.user_id, key, route.name))) is not None and now < until
        for key in keys
    )
