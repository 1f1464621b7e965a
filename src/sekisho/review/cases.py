"""Matters become cases: ranked, with the reasons in words."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from sekisho.pages.words import LANGUAGES, say
from sekisho.review.answers import NOBODYS
from sekisho.review.catalogue import Sign, signs
from sekisho.review.chance import Chance
from sekisho.review.matters import Event, Matter, fold, group
from sekisho.review.quiet import looked
from sekisho.review.records import Case

FLOOR = 0.3
"""What the signs of a matter must say together before it is put before a person."""
A_DAY = 5
"""Cases a day that 1,000 people of the staff list may give: what can be read with care."""
WROTE = 0.4
"""Weight of a matter about a patient in whose record the person wrote: it looks like work."""
SELDOM = 0.01
"""What chance gives a person less often than this in a period is not worth telling."""
CROWD = 0.01
"""How far each further person who opened the same patient stands behind, under the limit."""


def raised_cases(
    matters: Sequence[Matter],
    events: Mapping[int, Event],
    where: Mapping[str, Any],
    *,
    owners: Mapping[str, str],
    chance: Chance,
) -> list[Case]:
    """Return the cases that signs make, best first, without a rank yet.

    A matter whose signs together say less than `FLOOR`, once chance is set against them, is
    none: such signs only add to others. `where` is what `quiet.where_looked` returned.
    """
    scored: dict[int, tuple[int, dict[str, Any], float]] = {}

    def known(matter: Matter) -> tuple[int, dict[str, Any], float]:
        told = scored.get(id(matter))
        if told is None or told[0] != len(matter.found):  # `fold` has added to it
            parts = _parts(matter, events, chance)
            told = scored[id(matter)] = (len(matter.found), parts, _total(parts))
        return told

    def score(matter: Matter) -> float:
        return known(matter)[2]

    cases = []
    for matter, lead in group(fold(matters, score), score):
        _, parts, total = known(lead)
        if _together(parts) >= FLOOR:
            cases.append(_raised(matter, events, (total, parts), where, owners))
    return sorted(cases, key=_order)


def limit(cases: Sequence[Case], most: int) -> None:
    """Put no more than `most` of `cases` before people; the others say that they were held back.

    Those of one patient by many people stand behind each other, so that no other matter is
    pushed out by one crowd.
    """
    seen: dict[tuple[str, ...], int] = {}
    wanted = []
    for case in cases:
        patients = tuple(case.patient_ids) if len(case.patient_ids) == 1 else (case.key,)
        place = seen[patients] = seen.get(patients, -1) + 1
        wanted.append((case.score - CROWD * place, -place, case.key))
    chosen = {key for *_, key in sorted(wanted, reverse=True)[:most]}
    for case in cases:
        if case.key not in chosen:
            case.raised = False
            case.why = {
                language: case.why[language] + say(language, "review.why.held_back", most=most)
                for language in LANGUAGES
            }


def most_raised(staff: int, days: int) -> int:
    """Return how many cases of `days` days are put before people in a house of `staff` people."""
    return max(1, A_DAY * staff * days // 1000)


def _order(case: Case) -> tuple[Any, ...]:
    return -case.score, -len(case.records), case.key


def _parts(matter: Matter, events: Mapping[int, Event], chance: Chance) -> dict[str, Any]:
    """Return of what a matter's score is made.

    Where another department was treating the patient at each access, a sign about
    the patient says less: a consult or a night on duty looks the same.
    """
    mine = [events[index] for index in matter.indexes]
    found = _telling(matter)
    weighed = chance.weigh(matter)
    cut = all(sign.cut for sign in found)
    about = matter.about[0] == "patient"
    near = cut and about and all(event.near for event in mine)
    return {
        "signs": {sign.id: round(weighed[sign.id][0], 4) for sign in found},
        "chance": {sign.id: round(by, 4) for sign in found if (by := weighed[sign.id][1]) > SELDOM},
        "near": max(sign.near for sign in found) if near else 1.0,
        "wrote": WROTE if about and cut and any(event.wrote for event in mine) else 1.0,
        "night": round(sum(event.night for event in mine) / len(mine), 4),
    }


def _telling(matter: Matter) -> list[Sign]:
    """Return the signs of a matter, without those of which another of them says all."""
    return [
        sign
        for sign in signs()
        if sign.id in matter.found and not any(more in matter.found for more in sign.within)
    ]


def _together(parts: Mapping[str, Any]) -> float:
    quiet: float = prod(1 - float(score) for score in parts["signs"].values())
    weight: float = parts["near"] * parts["wrote"]
    return (1 - quiet) * weight


def _total(parts: Mapping[str, Any]) -> float:
    """Return how far up a matter stands: its signs together, a little more at night."""
    night: float = parts["night"]
    return round(1 - (1 - _together(parts)) * (1 - 0.1 * night), 4)


def _raised(
    matter: Matter,
    events: Mapping[int, Event],
    scored: tuple[float, Mapping[str, Any]],
    where: Mapping[str, Any],
    owners: Mapping[str, str],
) -> Case:
    score, made = scored
    mine = sorted(matter.indexes)
    found = [events[index] for index in mine]
    told = sorted(_telling(matter), key=lambda sign: (-sign.score, sign.id))
    cut = any(sign.cut for sign in told)
    why = {}
    for language in LANGUAGES:
        parts = []
        for sign in told:
            indexes, values = matter.found[sign.id]
            seen = {p for index in indexes for p in events[index].patients}
            parts.append(
                sign.why[language] % {**values, "records": len(indexes), "patients": len(seen)}
            )
        at_night = sum(event.night for event in found)
        if at_night:
            parts.append(say(language, "review.why.night", records=at_night))
        if found[0].kind in NOBODYS:
            parts.append(say(language, f"review.why.{found[0].kind}"))
        if cut:
            about = matter.about[0] in {"patient", "group"}
            near = all(event.near for event in found) if about else None
            parts.append(looked(language, where, near=near))
        why[language] = say(language, "review.why.join").join(parts) + say(
            language, "review.why.end"
        )
    if matter.about[0] == "patient":
        # The words of the log for this one patient, not for others of the same record.
        patients = _about(matter.about[1], found)
    elif matter.patients:
        patients = sorted({form for one in matter.patients for form in _about(one, found)})
    else:
        patients = sorted({patient for event in found for patient in event.patients})
    written = min(event.written_user for event in found)
    return Case(
        id="",
        key=_key(matter.user_id, "\x1f".join(matter.about), found[0].at),
        rank=0,
        raised=True,
        score=score,
        rule=told[0].id,
        user_id=written,
        user_kind=found[0].kind,
        patient_ids=patients,
        records=[(event.index, event.origin) for event in found],
        first_at=min(event.at for event in found),
        last_at=max(event.at for event in found),
        signs=[sign.id for sign in told],
        why=why,
        parts=made,
        owner=owners.get(matter.user_id, written) if found[0].kind in NOBODYS else None,
    )


def _about(patient: str, found: Sequence[Event]) -> list[str]:
    bare = patient.lstrip("0")
    written = {
        p for event in found for p in event.patients if p == patient or p.lstrip("0") == bare
    }
    return sorted(written) or [patient]


def _key(user_id: str, about: str, at: dt.datetime) -> str:
    text = f"{user_id}\x1f{about}\x1f{at:%Y-%m}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
