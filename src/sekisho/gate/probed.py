"""What a ward's script found, read with distrust, and what follows from it.

A result is a proof of one PC on one day: which systems it could reach past the gate. It is
believed as much as who brings it, so that person is named. It is good for `GOOD`, and only for
the addresses that ``gate.toml`` has now.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from sekisho.errors import InvalidInputError
from sekisho.gate.config import Route
from sekisho.gate.probe import Answer, Plan, Reached, Tried, answer_of, plan_ward
from sekisho.terms import Evidence, Finding, Gravity, Result

SUBJECT = "gate.probe."
GOOD = dt.timedelta(days=90)
"""Networks are changed by people who tell nobody; after so long it is asked again."""
AHEAD = dt.timedelta(minutes=10)
"""So far a PC's clock may be ahead of ours."""
LARGEST = 256 << 10
_NAME = 40

_RESULTS = {
    Answer.UNREACHABLE: Result.YES,
    Answer.ASKS: Result.YES,
    Answer.OPEN: Result.NO,
    Answer.UNCLEAR: Result.NOT_CHECKED,
    Answer.UNRESOLVED: Result.NOT_CHECKED,
    Answer.ASTRAY: Result.NOT_CHECKED,
}


class State(StrEnum):
    """What is known of one system, seen from the wards."""

    GOOD = "good"
    OPEN = "open"
    UNCLEAR = "unclear"
    OLD = "old"
    NEVER = "never"
    NOWHERE = "nowhere"
    """Gate and system are this machine's own: no other PC could try them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result file.

    Attributes:
        machine: What the PC is called, or was called by who ran the script.
        answers: What the tries tell, by system.
    """

    made_at: dt.datetime
    machine: str
    answers: Mapping[str, Answer]


def read_result(path: Path, routes: Sequence[Route], *, here: str, now: dt.datetime) -> Outcome:
    """Return what a ward's script wrote.

    Args:
        path: The file.
        routes: The systems as ``gate.toml`` has them now.
        here: What the gate's own machine is called; its own view is no ward's.
        now: UTC-aware.

    Raises:
        InvalidInputError: It is no result, not of these systems, of another time, or of the
            gate's own machine.
    """
    tree = _tree(path)
    made_at = _time(tree.get("made_at"))
    machine, systems = tree.get("machine"), tree.get("systems")
    if not isinstance(machine, str) or not isinstance(systems, list) or not systems:
        raise InvalidInputError("gate.probe.not_ours")
    if not 1 <= len(machine) <= _NAME or not _plain(machine):
        raise InvalidInputError("gate.probe.machine", most=_NAME)
    if machine.casefold().partition(".")[0] == here.casefold().partition(".")[0]:
        raise InvalidInputError("gate.probe.own_machine", machine=machine)
    if made_at > now + AHEAD:
        raise InvalidInputError("gate.probe.ahead")
    if now - made_at > GOOD:
        raise InvalidInputError("gate.probe.too_old", days=GOOD.days)
    plans = {each.system: each for each in map(plan_ward, routes) if each is not None}
    answers: dict[str, Answer] = {}
    for each in systems:
        plan, tried, gate = _system(each, plans)
        if plan.system in answers:
            raise InvalidInputError("gate.probe.not_ours")
        answers[plan.system] = answer_of(plan, tried, gate)
    return Outcome(made_at, machine, answers)


def evidence(outcome: Outcome, routes: Sequence[Route], *, by: str) -> list[Evidence]:
    """Return what is to be kept, one for each system of the result."""
    addresses = {plan.system: plan.address for plan in map(plan_ward, routes) if plan is not None}
    return [
        Evidence(
            subject=f"{SUBJECT}{system}.{outcome.machine.casefold()}",
            checked_at=outcome.made_at,
            by=by,
            result=_RESULTS[answer],
            message=f"gate.probe.{answer}",
            args={"route": system, "machine": outcome.machine, "address": addresses[system]},
            valid_until=outcome.made_at + GOOD,
        )
        for system, answer in outcome.answers.items()
    ]


def state(
    route: Route, kept: Sequence[Evidence], now: dt.datetime
) -> tuple[State, Evidence | None]:
    """Return what is known of a system, and the proof that says so.

    One PC to which it is open outweighs all to which it is not, until that PC says otherwise;
    it does not become good by growing old.

    Args:
        route: The system as ``gate.toml`` has it now.
        kept: The newest proof of each system and PC.
        now: UTC-aware.
    """
    plan = plan_ward(route)
    if plan is None:
        return State.NOWHERE, None
    mine = sorted(
        (
            each
            for each in kept
            if each.args.get("route") == route.name and each.args.get("address") == plan.address
        ),
        key=lambda each: each.checked_at,
        reverse=True,
    )
    for each in mine:
        if each.result is Result.NO:
            return State.OPEN, each
    fresh = [each for each in mine if each.valid_until is None or now <= each.valid_until]
    for each in fresh:
        if each.result is Result.YES:
            return State.GOOD, each
    if fresh:
        return State.UNCLEAR, fresh[0]
    return (State.OLD, mine[0]) if mine else (State.NEVER, None)


def findings(routes: Sequence[Route], kept: Sequence[Evidence], now: dt.datetime) -> list[Finding]:
    """Return what is open past the gate, and what was not proved, or not lately."""
    found = []
    for route in routes:
        known, proof = state(route, kept, now)
        if known in {State.GOOD, State.NOWHERE}:
            continue
        found.append(
            Finding(
                key=f"gate.probe.{route.name}",
                room="gate",
                gravity=Gravity.URGENT if known is State.OPEN else Gravity.UNKNOWN,
                duty="1-5",
                message=f"gate.finding.probe_{known}",
                args={
                    "route": route.name,
                    "machine": "" if proof is None else str(proof.args["machine"]),
                },
                where="/gate",
                action="gate.action.probe",
            )
        )
    return found


def _tree(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise InvalidInputError("gate.probe.unreadable", file=path.name) from error
    try:
        # Editors of Windows put a mark before the text.
        tree = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise InvalidInputError("gate.probe.not_ours") from error
    if len(raw) > LARGEST or not isinstance(tree, dict) or tree.get("format") != "sekisho-probe":
        raise InvalidInputError("gate.probe.not_ours")
    if tree.get("version") != 1:
        raise InvalidInputError("gate.probe.version")
    return tree


def _time(text: Any) -> dt.datetime:
    try:
        made = dt.datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise InvalidInputError("gate.probe.not_ours") from error
    if made.tzinfo is None:
        raise InvalidInputError("gate.probe.not_ours")
    return made.astimezone(dt.UTC)


def _plain(name: str) -> bool:
    return bool(name.strip()) and all(unicodedata.category(each)[0] != "C" for each in name)


def _system(tree: Any, plans: Mapping[str, Plan]) -> tuple[Plan, list[Tried], Reached]:
    """Return one system's tries; what it was to try must be what is to be tried now."""
    if not isinstance(tree, dict) or not isinstance(tree.get("tried"), list):
        raise InvalidInputError("gate.probe.not_ours")
    system = tree.get("system")
    plan = plans.get(system) if isinstance(system, str) else None
    tried = [_tried(each) for each in tree["tried"]]
    gate = _tried(tree.get("gate"))
    if (
        plan is None
        or tree.get("address") != plan.address
        or [each.path for each in tried] != [each.path for each in plan.tries]
    ):
        raise InvalidInputError("gate.probe.other_systems")
    return plan, tried, gate.reached


def _tried(tree: Any) -> Tried:
    if not isinstance(tree, dict):
        raise InvalidInputError("gate.probe.not_ours")
    path, status, login = tree.get("path"), tree.get("status"), tree.get("login")
    try:
        reached = Reached(str(tree.get("reached")))
    except ValueError as error:
        raise InvalidInputError("gate.probe.not_ours") from error
    if (
        not isinstance(path, str)
        or type(status) is not int
        or type(login) is not bool
        or not (status == 0 or 100 <= status <= 999)
        # An answer without a connection, or one to a place that was not found, is made up.
        or (status and reached is not Reached.YES)
    ):
        raise InvalidInputError("gate.probe.not_ours")
    return Tried(path, reached, status, login)
