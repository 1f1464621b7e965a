"""What the links ask of this institution. An ask that nothing answers is not known, never stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from sekisho.posture.findings import NAMED, unpatched
from sekisho.posture.incidents.records import Answer, Here, Outcome, Record
from sekisho.terms import Result

SHOWN = 20
"""Records that one answer names."""
_PLACES = {
    "posture.protection": "/posture/protection",
    "posture.patches": "/posture/protection",
    "posture.controls": "/posture/controls",
    "posture.lines": "/posture/connections",
}


def line(here: Here, ask: Mapping[str, Any]) -> Answer:
    """Answer whether every line of `kinds` has one of the `guards`."""
    lines = _lines(here, ask)
    if not lines:
        return _no_lines(here, ask)
    states = [(one, _guarded(one, ask["guards"])) for one in lines]
    told = "_".join(ask["guards"])
    if open_ := [one for one, state in states if state == "no"]:
        return _of_lines(Outcome.NOT_STOPPED, f"line.{told}.no", open_)
    if vague := [one for one, state in states if state == "unknown"]:
        return _of_lines(Outcome.UNKNOWN, f"line.{told}.unknown", vague)
    return _of_lines(Outcome.STOPPED, f"line.{told}.yes", lines)


def patched(here: Here, ask: Mapping[str, Any]) -> Answer:
    """Answer whether the devices of every line of `kinds` were patched within half a year."""
    lines = _lines(here, ask)
    if not lines:
        return _no_lines(here, ask)
    if old := [one for one in lines if unpatched(one, here.today)]:
        return _of_lines(Outcome.NOT_STOPPED, "patched.no", old)
    if vague := [one for one in lines if one["last_patch"] is None]:
        return _of_lines(Outcome.UNKNOWN, "patched.unknown", vague)
    return _of_lines(Outcome.STOPPED, "patched.yes", lines)


def holes(here: Here, ask: Mapping[str, Any]) -> Answer:
    """Answer whether a published weakness of a line's device, or of network equipment, is open."""
    lines = _lines(here, ask)
    numbers = {str(one["number"] or one["name"])[:128] for one in lines}
    equipment = {one["id"] for one in here.machines if one["kind"] == "network"}
    found = [
        one
        for one in here.holes
        if (one["asset_id"] is None and one["asset"] in numbers) or one["asset_id"] in equipment
    ]
    if sure := [one for one in found if one["status"] == "affected"]:
        records = _weaknesses(sure)
        told = ", ".join(dict.fromkeys(one["number"] for one in sure[:NAMED]))
        return _answer(
            Outcome.NOT_STOPPED, "holes.no", {"count": len(sure), "names": told}, records
        )
    if not lines:
        return _no_lines(here, ask)
    if old := _knowledge(here):
        return old
    if found:
        return _answer(Outcome.UNKNOWN, "holes.unknown", {"count": len(found)}, _weaknesses(found))
    if nameless := [one for one in lines if not (one["product"] or one["model"]) or not one["version"]]:  # fmt: skip
        return _of_lines(Outcome.UNKNOWN, "holes.nameless", nameless)
    return _of_lines(Outcome.STOPPED, "holes.yes", lines)


def read(here: Here, _: Mapping[str, Any]) -> Answer:
    """Answer whether a person has looked at every warning that concerns what stands here."""
    where = (Record(kind="weakness", name="", where="/posture/known"),)
    if here.unread:
        return _answer(Outcome.NOT_STOPPED, "read.no", {"count": here.unread}, where)
    if not (here.machines or here.lines):
        return _answer(Outcome.UNKNOWN, "no_inventory", {}, (_load(),))
    return _knowledge(here) or _answer(Outcome.STOPPED, "read.yes", {}, where)


def proof(here: Here, ask: Mapping[str, Any]) -> Answer:
    """Answer as an Evidence of `subject` says, while it is good."""
    subject = str(ask["subject"])
    found = here.proofs.get(subject)
    records = (Record(kind="evidence", name=subject, where=_PLACES.get(subject, "/posture")),)
    if found is None:
        return _answer(Outcome.UNKNOWN, f"proof.none.{subject.rpartition('.')[2]}", {}, records)
    if found.valid_until is not None and here.now > found.valid_until:
        told = {"day": found.checked_at.date().isoformat()}
        return _answer(Outcome.UNKNOWN, "proof.old", told, records)
    outcome = {
        Result.YES: Outcome.STOPPED,
        Result.NO: Outcome.NOT_STOPPED,
        Result.NOT_CHECKED: Outcome.UNKNOWN,
    }[found.result]
    return Answer(outcome=outcome, message=found.message, args=found.args, records=records)


def ended(here: Here, ask: Mapping[str, Any]) -> Answer:
    """Answer whether machines of `kinds` that are in use are past their support."""
    kinds = [one for one in here.machines if one["kind"] in ask["kinds"]]
    if not kinds:
        return _answer(Outcome.UNKNOWN, "ended.none", {}, (_load(),))
    days = [(one, [day for day in (one["eol"], one["eos"]) if day]) for one in kinds]
    if over := [one for one, dates in days if any(day < here.today for day in dates)]:
        return _of_machines(Outcome.NOT_STOPPED, "ended.no", over)
    if vague := [one for one, dates in days if not dates]:
        return _of_machines(Outcome.UNKNOWN, "ended.unknown", vague)
    return _of_machines(Outcome.STOPPED, "ended.yes", kinds)


def word(here: Here, ask: Mapping[str, Any]) -> Answer:
    """Answer as a person said, while it counts."""
    question = str(ask["question"])
    said = here.words.get(question)
    records = (Record(kind="word", name=question, where=f"/posture/incidents#word-{question}"),)
    if said is None:
        return _answer(Outcome.UNKNOWN, "word.none", {}, records)
    told = {"by": said.by, "day": said.at.date().isoformat(), "paper": said.shown_by or "—"}
    if said.until < here.today:
        return _answer(Outcome.UNKNOWN, "word.old", {"day": said.until.isoformat()}, records)
    outcome = Outcome.STOPPED if said.said == "yes" else Outcome.NOT_STOPPED
    return _answer(outcome, f"word.{said.said}", told, records)


def apart(here: Here, _: Mapping[str, Any]) -> Answer:
    """Answer whether servers stand in networks without terminals and devices, and what lies between.

    That networks have two names proves no filter between them: that is a person's word.
    """
    servers = [one for one in here.machines if one["kind"] == "server"]
    if not servers:
        return _answer(Outcome.UNKNOWN, "apart.none", {}, (_load(),))
    others = {
        network
        for one in here.machines
        if one["kind"] in {"terminal", "medical_device"}
        for network in here.networks[one["id"]]
    }
    if flat := [one for one in servers if here.networks[one["id"]] & others]:
        return _of_machines(Outcome.NOT_STOPPED, "apart.no", flat)
    if vague := [one for one in servers if not here.networks[one["id"]]]:
        return _of_machines(Outcome.UNKNOWN, "apart.unknown", vague)
    between = word(here, {"question": "segments"})
    if between.outcome is Outcome.UNKNOWN:
        return _answer(Outcome.UNKNOWN, "apart.between", {}, between.records)
    return between


ASKS: Mapping[str, Callable[[Here, Mapping[str, Any]], Answer]] = {
    one.__name__: one for one in (line, patched, holes, read, proof, ended, word, apart)
}


def _guarded(one: Mapping[str, Any], guards: Sequence[str]) -> str:
    """Return ``yes`` where one guard stands, ``no`` where none does, else ``unknown``."""
    other_way = {"yes": "no", "no": "yes", "unknown": "unknown"}
    states = {
        other_way[one["always_on"]] if guard == "not_always_on" else one[guard] for guard in guards
    }
    if "yes" in states:
        return "yes"
    return "unknown" if "unknown" in states else "no"


def _lines(here: Here, ask: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in here.lines if one["kind"] in ask["kinds"]]


def _no_lines(here: Here, ask: Mapping[str, Any]) -> Answer:
    """Return that no line of the kind is written: whether there is none, nobody said."""
    if not here.lines:
        return _answer(Outcome.UNKNOWN, "line.no_ledger", {}, (_load(),))
    partner = "partner" in ask["kinds"] and len(ask["kinds"]) == 1
    where = (Record(kind="load", name="", where="/posture/connections"),)
    return _answer(Outcome.UNKNOWN, "line.no_partner" if partner else "line.no_kind", {}, where)


def _knowledge(here: Here) -> Answer | None:
    """Return that nothing published is loaded, or that it is too old; None where it is fresh."""
    where = (Record(kind="load", name="", where="/posture/sources"),)
    if not here.known:
        return _answer(Outcome.UNKNOWN, "known.none", {}, where)
    old = [as_of for _, as_of, stale in here.known if stale]
    if old:
        return _answer(Outcome.UNKNOWN, "known.old", {"day": min(old).date().isoformat()}, where)
    return None


def _of_lines(outcome: Outcome, message: str, lines: Sequence[Mapping[str, Any]]) -> Answer:
    records = tuple(
        Record(kind="connection", name=_name(one), where=f"/posture/connections#line-{one['id']}")
        for one in lines[:SHOWN]
    )
    return _answer(outcome, message, {"count": len(lines)}, records)


def _of_machines(outcome: Outcome, message: str, machines: Sequence[Mapping[str, Any]]) -> Answer:
    records = tuple(
        Record(kind="asset", name=_name(one), where=f"/posture/assets/{one['id']}")
        for one in machines[:SHOWN]
    )
    return _answer(outcome, message, {"count": len(machines)}, records)


def _weaknesses(found: Iterable[Mapping[str, Any]]) -> tuple[Record, ...]:
    numbers = list(dict.fromkeys(one["number"] for one in found))[:SHOWN]
    return tuple(
        Record(kind="weakness", name=one, where=f"/posture/advisories/{quote(one, safe='')}")
        for one in numbers
    )


def _load() -> Record:
    return Record(kind="load", name="", where="/posture/load")


def _name(one: Mapping[str, Any]) -> str:
    return " ".join(str(part) for part in (one["number"], one["name"]) if part) or f"#{one['id']}"


def _answer(
    outcome: Outcome, message: str, args: Mapping[str, Any], records: tuple[Record, ...]
) -> Answer:
    return Answer(
        outcome=outcome, message=f"posture.incidents.{message}", args=args, records=records
    )
