"""What stands in an answer to "who looked at this patient", in its two forms.

The reviewer's form names who, where and what, access by access. The patient's says of each
day which duty and department looked and what for; ids, terminals and screens have no place in
its lines (`PatientLine`), and names stand there only where they were released.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sekisho import __version__, care
from sekisho.app.installation import Installation
from sekisho.care import Person
from sekisho.collect import unseen
from sekisho.collect.unseen import Sheet
from sekisho.errors import InvalidInputError
from sekisho.ledger.erasure import Erasure, erasures
from sekisho.ledger.own import SOURCE
from sekisho.pages import words
from sekisho.paper.answer import AnswerPage, Listed, answer_page
from sekisho.review.looks import Look, Looks, Standing, looks
from sekisho.terms import Action

MOST_CELLS = 24_000
"""Cells of a PDF's list at most: more is no paper, and takes a small machine's memory."""
SHOWN = 6
SOURCE_COLUMNS = ("source", "records", "covered", "missing", "unseen")
_NOBODY = {"shared", "vendor", "system"}
_BLOCKED = {"refused", "failed"}
Say = Callable[..., str]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked: of whom, on which local days, in which language.

    Attributes:
        authorities: Whose number is meant (see `sekisho.review.looks.looks`).
    """

    patient: str
    start: dt.date
    end: dt.date
    language: str = "ja"
    authorities: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything both forms are made of, as it stood at one moment.

    Attributes:
        sheets: Every source of the period, and what its log cannot show.
        posts: (id, day) → who that was then; None where the staff list has no such id.
        erased: Erasures that took records away of a time that meets the period.
        origin: The log's name.
    """

    asked: Asked
    looks: Looks
    sheets: tuple[Sheet, ...]
    posts: dict[tuple[str, dt.date], Person | None]
    erased: tuple[Erasure, ...] = ()
    at: dt.datetime
    institution: str
    simulated: bool
    zone: str
    origin: str
    checkpoint: str
    fingerprint: str
    size: int

    def say(self, message: str, /, **args: object) -> str:
        """Return a sentence in the language that was asked for."""
        return words.say(self.asked.language, message, **args)


def gather(installation: Installation, asked: Asked, progress: Progress | None = None) -> Material:
    """Return what the records and lists say now.

    Args:
        installation: Where they are.
        asked: What is asked.
        progress: Told (steps done, steps in all).

    Raises:
        InvalidInputError: Nothing was signed yet, or the patient or the days are none.
    """
    database, reader = installation.database, installation.reader()
    zone = installation.config.zone
    steps = 0

    def told(done: int, total: int) -> None:
        nonlocal steps
        steps = total + 1
        if progress is not None:
            progress(done, steps)

    signed = reader.signed()
    first, after = _midnight(asked.start, zone), _midnight(asked.end + dt.timedelta(days=1), zone)
    found = looks(
        database,
        reader,
        patient=asked.patient,
        start=asked.start,
        end=asked.end,
        authorities=asked.authorities,
        progress=told,
    )
    sheets = unseen.sheets(
        database,
        reader,
        installation.clock,
        zone=zone,
        start=first,
        end=after,
    )
    told(steps, steps - 1)
    ids = {(look.user_id, look.day) for look in found.looks if look.user_id and look.listed}
    return Material(
        asked=asked,
        looks=found,
        sheets=tuple(sheets),
        posts={(user, day): care.person(database, user, day) for user, day in ids},
        erased=tuple(
            one
            for one in erasures(database)
            if one.entry is not None and one.first_at < after and first <= one.last_at
        ),
        at=installation.clock.now(),
        institution=installation.institution
        or words.say(asked.language, "app.month.no_institution"),
        simulated=installation.simulated,
        zone=zone,
        origin=signed.origin,
        checkpoint=signed.text,
        fingerprint=reader.fingerprint(),
        size=signed.size,
    )


def _midnight(day: dt.date, zone: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZoneInfo(zone))


@dataclass(frozen=True, slots=True)
class Act:
    """One access, its attempt and what completed it together."""

    look: Look
    outcome: str


def acts(found: Sequence[Look]) -> list[Act]:
    """Return the accesses, each with the outcome of what completed it."""
    there = {look.index for look in found}
    ends = {
        look.record["of"]: look.record["outcome"] for look in found if look.record["of"] in there
    }
    return [
        Act(look, ends.get(look.index, look.record["outcome"]))
        for look in found
        if look.record["of"] not in there
    ]


def who(material: Material, look: Look) -> tuple[str, str, str]:
    """Return name, duty and department of that day; an id that is no person's has no name."""
    say = material.say
    if look.kind in _NOBODY:
        return "", say(f"app.answer.kind.{look.kind}"), ""
    if not look.user_id:
        return "", say("app.answer.kind.nobody"), ""
    person = material.posts.get((look.user_id, look.day))
    if person is None:
        return "", say("app.answer.kind.unlisted"), ""
    if not look.valid:
        return person.name or "", say("app.answer.kind.no_post"), ""
    place = dict.fromkeys(one for one in (person.department, person.ward) if one)
    return person.name or "", person.duty or "–", " ".join(place) or "–"


def _purpose(material: Material, look: Look) -> str:
    if look.standing is Standing.EXPLAINED and look.explanation is not None:
        return look.explanation.purpose[material.asked.language]
    return material.say(f"app.answer.standing.{look.standing.value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLine:
    """What a patient is told of one day: whoever of that duty and place looked, and what for.

    Attributes:
        acts: What was done, in words.
        blocked: Tried only: nothing was shown.
        count: How often.
        names: Names of those who looked; empty unless released.
    """

    day: dt.date
    duty: str
    department: str
    purpose: str
    acts: tuple[str, ...]
    blocked: bool
    count: int
    names: tuple[str, ...] = field(default=())


def patient_lines(material: Material, *, names: bool) -> list[PatientLine]:
    """Return the lines of the patient's form, in the order of days."""
    groups: dict[tuple[Any, ...], list[tuple[str, str]]] = {}
    for act in acts(material.looks.looks):
        look = act.look
        name, duty, department = who(material, look)
        key = (look.day, duty, department, _purpose(material, look), act.outcome in _BLOCKED)
        groups.setdefault(key, []).append((str(look.record["action"]), name if names else ""))
    order = {action.value: place for place, action in enumerate(Action)}
    return [
        PatientLine(
            day=day,
            duty=duty,
            department=department,
            purpose=purpose,
            blocked=blocked,
            acts=tuple(
                material.say(f"console.action.{one}")
                for one in sorted({action for action, _ in each}, key=lambda one: order[one])
            ),
            count=len(each),
            names=tuple(sorted({name for _, name in each if name})),
        )
        for (day, duty, department, purpose, blocked), each in groups.items()
    ]


def check_paper(material: Material, *, form: str, names: bool) -> None:
    """Refuse what would be too long for paper.

    Raises:
        InvalidInputError: It says how many rows it would have, and how many there may be.
    """
    if form == "reviewer":
        rows, columns = len(acts(material.looks.looks)), len(REVIEWER)
    else:
        rows, columns = len(patient_lines(material, names=names)), 6 + names
    if rows * columns > MOST_CELLS:
        raise InvalidInputError("app.copy.too_long", rows=rows, most=MOST_CELLS // columns)


def as_pdf(material: Material, *, form: str, number: str, names: bool) -> bytes:
    """Return the copy as PDF."""
    say = material.say
    reviewer = form == "reviewer"
    table = _reviewer_table(material) if reviewer else _patient_table(material, names=names)
    language = material.asked.language
    period = say(
        "app.answer.period", start=_day(material.asked.start), end=_day(material.asked.end)
    )
    page = AnswerPage(
        title=say(f"app.answer.title.{form}"),
        number=number,
        institution=material.institution,
        made_at=material.at,
        facts=[
            (say("app.answer.patient"), patient_of(material)),
            (say("app.answer.days"), period),
            (say("app.answer.accesses"), say("app.answer.count", count=_count(material))),
        ],
        lead=[say(f"app.answer.lead.{form}")],
        looks=table,
        terms=terms_of(material) if form == "patient" else (),
        sources=sources_of(material),
        notes=notes_of(material, form, names=names),
        addressed=form == "patient",
        wide=form == "reviewer",
        checkpoint=material.checkpoint,
        fingerprint=material.fingerprint,
        ledger_size=material.size,
        simulated=material.simulated,
        language=language,
        zone=material.zone,
        version=__version__,
    )
    return answer_page(page, say=words.say)


def _count(material: Material) -> str:
    return f"{len(acts(material.looks.looks)):,}"


def patient_of(material: Material) -> str:
    """Return the patient's id with its other spellings and who assigned it."""
    found = material.looks
    other = [one for one in found.spellings if one != found.patient]
    said = found.patient
    if other:
        said += material.say("app.answer.spelled", which=other)
    if found.authorities:
        said += material.say("app.answer.authority", which=list(found.authorities))
    return said


def _patient_table(material: Material, *, names: bool) -> Listed:
    say = material.say
    columns = [
        "day",
        "duty",
        "department",
        "purpose",
        "act",
        "times",
        *(["names"] if names else []),
    ]
    widths = [2.4, 2.6, 3.0, 5.0, 2.6, 1.1, *([2.8] if names else [])]
    rows = []
    for line in patient_lines(material, names=names):
        done = words.listed(material.asked.language, line.acts)
        row = [
            _day(line.day),
            line.duty,
            line.department,
            line.purpose,
            say("app.answer.blocked", acts=done) if line.blocked else done,
            f"{line.count:,}",
        ]
        if names:
            row.append(words.listed(material.asked.language, line.names) or "–")
        rows.append(row)
    return Listed(
        head=[say(f"app.answer.column.{name}") for name in columns],
        widths=widths,
        rows=rows,
        empty=say("app.answer.nobody_looked"),
    )


REVIEWER = (
    "time", "user", "name", "duty", "department", "act", "object", "outcome", "terminal",
    "source", "judged", "record",
)  # fmt: skip


def _reviewer_table(material: Material) -> Listed:
    say = material.say
    rows = []
    for act in acts(material.looks.looks):
        look, record = act.look, act.look.record
        name, duty, department = who(material, look)
        rows.append(
            [
                _time(record, material.zone),
                look.told("user_id") or "–",
                name or "–",
                duty,
                department,
                say(f"console.action.{record['action']}"),
                look.told("object") or "–",
                say(f"console.outcome.{act.outcome}"),
                look.told("terminal") or "–",
                say("console.source.own") if record["source"] == SOURCE else record["source"],
                _judged(material, look),
                " ".join(map(str, look.indexes)),
            ]
        )
    return Listed(
        head=[say(f"app.answer.column.{name}") for name in REVIEWER],
        widths=[3.4, 2, 2.4, 2.2, 2.4, 1.5, 3.2, 1.6, 2, 2, 4.2, 1.4],
        rows=rows,
        empty=say("app.answer.nobody_looked"),
    )


def _judged(material: Material, look: Look) -> str:
    if look.standing is Standing.EXPLAINED and look.explanation is not None:
        return look.explanation.title[material.asked.language]
    said = material.say(f"app.answer.standing.{look.standing.value}")
    if look.case is not None and look.standing in {Standing.CONFIRMED, Standing.ASKING}:
        state = material.say(f"review.state.{look.case.state.value}")
        said = material.say("app.answer.case", case=look.case.id, state=state)
    return said


def terms_of(material: Material) -> list[tuple[str, str]]:
    """Return the words of the list that need saying, each with its meaning."""
    there = {look.standing for look in material.looks.looks}
    return [
        (
            material.say(f"app.answer.standing.{one.value}"),
            material.say(f"app.answer.meaning.{one.value}"),
        )
        for one in Standing
        if one in there and one is not Standing.EXPLAINED
    ]


def sources_of(material: Material) -> Listed:
    """Return where the records came from, with the days that are missing and what no log shows."""
    say, rows = material.say, []
    for sheet in material.sheets:
        what, state = unseen.told(sheet, material.asked.language, zone=material.zone)
        rows.append(
            [
                sheet.source,
                f"{sheet.records:,}",
                _covered(material, sheet),
                _missing(material, sheet),
                say("app.answer.unseen", what=what, state=state),
            ]
        )
    return Listed(
        head=[say(f"app.answer.column.{name}") for name in SOURCE_COLUMNS],
        widths=[2.2, 1.3, 2.6, 2.8, 5.2],
        rows=rows,
        empty=say("app.answer.no_source"),
    )


def _covered(material: Material, sheet: Sheet) -> str:
    if sheet.first is None or sheet.last is None:
        return material.say("app.answer.not_arrived")
    first, last = (
        at.astimezone(ZoneInfo(material.zone)).date() for at in (sheet.first, sheet.last)
    )
    return material.say("app.answer.period", start=_day(first), end=_day(last))


def _missing(material: Material, sheet: Sheet) -> str:
    """Return the days without a record, and what else may be missing."""
    say, parts = material.say, []
    if sheet.missing:
        days = [_day(day) for day in sheet.missing[:SHOWN]]
        if len(sheet.missing) > SHOWN:
            days.append(say("app.request.arrived.more", count=len(sheet.missing) - SHOWN))
        parts.append(words.listed(material.asked.language, days))
    if sheet.cut:
        parts.append(say("app.answer.cut", count=sheet.cut))
    if sheet.waiting:
        parts.append(say("app.answer.waiting", count=f"{sheet.waiting:,}"))
    return say("app.answer.glue").join(parts) or say("app.answer.none_missing")


def notes_of(material: Material, form: str, *, names: bool) -> list[str]:
    """Return the sentences that stand after the list in that form."""
    say, found = material.say, material.looks
    notes = [say("app.answer.note.unseen"), say(f"app.answer.note.neutral.{form}")]
    days = (material.asked.end - material.asked.start).days + 1
    if len(found.judged) < days:
        notes.append(say("app.answer.note.judged", days=len(found.judged), whole=days))
    if found.doubtful:
        notes.append(say("app.answer.note.doubtful", count=f"{found.doubtful:,}"))
    if material.erased:
        count = sum(one.count for one in material.erased)
        which = [str(one.number) for one in material.erased]
        notes.append(say("app.answer.note.erased", count=f"{count:,}", which=which))
    if any(look.kind in _NOBODY for look in found.looks):
        notes.append(say("app.answer.note.shared"))
    if any(look.record["source"] == SOURCE for look in found.looks):
        notes.append(say("app.answer.note.own"))
    if form == "patient":
        notes.append(say("app.answer.note.names" if names else "app.answer.note.no_names"))
        notes.append(say("app.answer.note.question"))
    else:
        notes.append(say("app.answer.note.keep"))
    return notes


def _day(day: dt.date) -> str:
    return f"{day:%Y/%m/%d}"


def _time(record: Any, zone: str) -> str:
    """Return the local time as exact as the source wrote it."""
    local = dt.datetime.fromisoformat(record["occurred_at"]).astimezone(ZoneInfo(zone))
    form = {"day": "%Y/%m/%d", "minute": "%Y/%m/%d %H:%M"}.get(
        record["time_precision"], "%Y/%m/%d %H:%M:%S"
    )
    return format(local, form)
