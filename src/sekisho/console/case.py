"""One case: what was opened, the care around it, what people said, and what to do next."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web
from markupsafe import Markup

from sekisho.app.installation import Installation
from sekisho.console.cases import CaseLine, line_of
from sekisho.console.context import Around, around, told
from sekisho.console.habit import Habit, Neighbour, habit, neighbours
from sekisho.console.interface import PEOPLE, installation, language, session
from sekisho.console.query import Row, rows_at
from sekisho.console.records import veiled
from sekisho.console.reply import only, onward, page, record
from sekisho.console.veil import Veil
from sekisho.errors import Error, RefusedError, TamperError
from sekisho.pages.words import say
from sekisho.terms import Action, Outcome, PatientId

if TYPE_CHECKING:
    from sekisho.app.deputy import Hands
    from sekisho.review import Ask, Case, Decision

ANSWERS = (
    "ask_person", "ask_head", "refer", "explained", "other_hand", "cannot_tell", "reopen",
)  # fmt: skip
SHOWN = 50
ENTERED = 10
"""Orders entered for others that are named."""
PROVED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """One record of a case; `proven` is True, False (it differs), or None (not checked here)."""

    row: Row
    patients: tuple[str, ...]
    proven: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """One case with what belongs to it.

    Attributes:
        band: The days as a picture; `band_rows` the same for screen readers.
        week: The roster of the days around, as sentences.
        habit: The person's usual day; None of an id that is nobody's own.
        entered: Whose orders the person entered for them, and the order's number.
        near: Others at the same terminal, their ids covered where they must be.
        signs: What the score is made of, the strongest first; `score` what it gives.
        owner: Who keeps an id that is nobody's own, where the lists say so.
        similar: Sort → other cases.
        person: Duty and place of the person then, None where the id is in no list.
        level: How far the lists reached when the case was made (`sekisho.care.Level`).
        nobodys: The id is no person's: its owner is asked.
        asked: The person, or the owner, has been asked.
        unasked: A committee ordered that the person is not asked.
        closed: Nothing more is awaited; `decided`: and only a committee changes that.
    """

    line: CaseLine
    person: tuple[str, ...] | None
    covered: bool
    band: Markup
    band_rows: tuple[tuple[str, str], ...]
    around: Around
    week: tuple[tuple[dt.date, str], ...]
    habit: Habit | None
    entered: tuple[tuple[str, str], ...]
    near: tuple[Neighbour, ...]
    signs: tuple[tuple[str, str], ...]
    score: str
    similar: tuple[tuple[str, tuple[CaseLine, ...]], ...]
    records: tuple[RecordLine, ...]
    more: int
    answers: tuple[Any, ...]
    asks: tuple[Ask, ...]
    decisions: tuple[Decision, ...]
    level: str
    nobodys: bool
    owner: str | None
    asked: bool
    unasked: bool
    closed: bool
    decided: bool
    next: str | None


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [
        web.get("/review/cases/{case}", one),
        web.post("/review/cases/{case}/answer", answer),
    ]


@only(PEOPLE)
async def one(request: web.Request) -> web.StreamResponse:
    """Show one case."""
    return await shown(request, await case_of(request, Action.READ))


async def case_of(request: web.Request, action: Action, identifier: str = "") -> Case:
    """Return the case that is asked for, to who may read it; a refusal is recorded.

    Raises:
        HTTPNotFound: There is none.
        RefusedError: It is about this person, or about who reviews here.
    """
    here, who = installation(request), session(request).user_id
    identifier = identifier or request.match_info["case"]
    found, may = await asyncio.to_thread(_find, here, identifier, who)
    if found is None:
        raise web.HTTPNotFound
    if not may:
        await record(request, action, f"review/case/{found.id}", outcome=Outcome.REFUSED)
        raise RefusedError("console.case.other")
    return found


async def shown(
    request: web.Request, found: Case, *, wrong: Error | None = None, note: str = ""
) -> web.StreamResponse:
    """Show the case, or show it again with what was wrong and what had been written."""
    here, who = installation(request), session(request)
    patients = tuple(PatientId(p) for p in found.patient_ids[:200])
    await record(request, Action.READ, f"review/case/{found.id}", patients=patients)
    view = await asyncio.to_thread(_page, here, language(request), found, who.user_id)
    return page(
        request,
        "console/case.html",
        status=400 if wrong else 200,
        case=view,
        note=note,
        wrong=wrong,
        own=who.user_id,
        today=here.clock.now().astimezone(ZoneInfo(here.config.zone)).date(),
    )


@only(PEOPLE)
async def answer(request: web.Request) -> web.StreamResponse:
    """Keep what a person answers to a case; recorded before it is kept."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    form = await request.post()
    chosen, note = str(form.get("answer", "")), str(form.get("note", "")).strip()[:2000]
    found = await case_of(request, Action.UPDATE)
    if chosen not in ANSWERS:
        raise web.HTTPNotFound
    await record(request, Action.UPDATE, f"review/case/{found.id}", reason=f"answer:{chosen}")
    try:
        await asyncio.to_thread(
            review.answer,
            here.database,
            found.id,
            by=who.user_id,
            answer=chosen,
            note=note,
            at=here.clock.now(),
            due=day_of(str(form.get("due", ""))) or await asyncio.to_thread(_due, here),
        )
    except Error as error:
        return await shown(request, found, wrong=error, note=note)
    return onward(f"/review/cases/{found.id}")


def day_of(text: str) -> dt.date | None:
    """Return a day as browsers send it, None where it is none."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _due(here: Installation) -> dt.date:
    from sekisho.app.closing import rules  # noqa: PLC0415 (keeps the first page quick)

    today = here.clock.now().astimezone(ZoneInfo(here.config.zone)).date()
    return today + dt.timedelta(days=rules(here).reply)


def _find(here: Installation, identifier: str, reader: str) -> tuple[Case | None, bool]:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.deputy import hands  # noqa: PLC0415 (same)

    try:
        found = review.case(here.database, identifier)
    except Error:
        return None, False
    return found, hands(here).may(reader, found.user_id)


def _page(here: Installation, words: str, case: Case, reader_id: str) -> CasePage:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.asks import hidden  # noqa: PLC0415 (same)
    from sekisho.app.deputy import hands  # noqa: PLC0415 (same)
    from sekisho.review.answers import NOBODYS  # noqa: PLC0415 (same)
    from sekisho.review.beside import entered_for  # noqa: PLC0415 (same)
    from sekisho.review.records import CLOSED, DECIDED  # noqa: PLC0415 (same)

    zone = ZoneInfo(here.config.zone)
    covered = hidden(here, review.masking(here.database), case)
    veil = Veil(covered, words)
    for patient in case.patient_ids:
        veil.patient(patient)
    who = hands(here)
    reader = here.reader()
    rows = rows_at(reader, [index for index, _ in case.records[:SHOWN]])
    marks = [row.occurred_at.astimezone(zone).replace(tzinfo=None) for row in rows]
    near = around(here, case, zone, {mark.date() for mark in marks})
    asks = tuple(review.asks(here.database, case.key))
    decisions = tuple(review.decisions(here.database, key=case.key))
    return CasePage(
        line=line_of(case, veil, words, who, reader_id),
        person=near.person,
        covered=covered,
        band=near.picture(words, marks),
        band_rows=tuple(near.rows(words, marks)),
        around=near,
        week=tuple((turn.day, told(turn, words)) for turn in near.week),
        habit=None
        if case.user_kind in NOBODYS or not rows
        else habit(here, rows[0].user_id or "", [row.occurred_at for row in rows], zone),
        entered=tuple(
            (veil.user(one.user_id), one.number or "–")
            for one in entered_for(here.database, case)[:ENTERED]
        ),
        near=_neighbours(here, rows, veil),
        signs=_signs(case, words),
        score=f"{case.score:.2f}",
        similar=_similar(here, case, words, who, reader_id),
        records=tuple(
            RecordLine(
                row=veiled(row, veil),
                patients=tuple(veil.patient(p) for p in row.patients[:3]),
                proven=_proven(reader, row.index) if place < PROVED else None,
            )
            for place, row in enumerate(rows)
        ),
        more=max(0, len(case.records) - SHOWN),
        answers=tuple(case.answers),
        asks=asks,
        decisions=decisions,
        level=str(review.run_of(here.database, int(case.id.partition("-")[0])).summary["level"]),
        nobodys=case.user_kind in NOBODYS,
        owner=None if covered else case.owner,
        asked=any(ask.to != "head" for ask in asks),
        unasked=any(one.stands and one.kind == "unasked" for one in decisions),
        closed=case.state in CLOSED,
        decided=case.state in DECIDED.values(),
        next=_next(here, case, reader_id),
    )


def _neighbours(here: Installation, rows: list[Row], veil: Veil) -> tuple[Neighbour, ...]:
    user = rows[0].user_id if rows else None
    if user is None:
        return ()
    found = neighbours(here, user, [(row.occurred_at, row.terminal) for row in rows])
    return tuple(replace(one, user_id=veil.user(one.user_id)) for one in found)


def _signs(case: Case, words: str) -> tuple[tuple[str, str], ...]:
    """Return what the score is made of: each sign's weight, and what chance, care and the night do."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    known = {one.id: one for one in review.catalogue() if isinstance(one, review.Sign)}
    weights = case.parts.get("signs") or {s: known[s].score for s in case.signs if s in known}
    chance = case.parts.get("chance", {})
    lines = []
    for sign, weight in sorted(weights.items(), key=lambda one: (-one[1], one[0])):
        title = known[sign].title[words] if sign in known else sign
        if sign in chance:
            title = say(words, "console.case.score.chance", sign=title, by=f"{chance[sign]:.2f}")
        lines.append((title, f"{float(weight):.2f}"))
    if case.parts.get("near", 1.0) != 1.0:
        lines.append((say(words, "console.case.score.near"), f"× {case.parts['near']:.2f}"))
    if case.parts.get("wrote", 1.0) != 1.0:
        lines.append((say(words, "console.case.score.wrote"), f"× {case.parts['wrote']:.2f}"))
    if case.parts.get("night"):
        share = f"{100 * case.parts['night']:.0f} %"
        lines.append((say(words, "console.case.score.night"), share))
    return tuple(lines)


def _similar(
    here: Installation, case: Case, words: str, who: Hands, reader: str
) -> tuple[tuple[str, tuple[CaseLine, ...]], ...]:
    """Return other cases that this reader may read, by sort; ids of each covered as on its own page."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.asks import hidden  # noqa: PLC0415 (same)
    from sekisho.review.similar import similar  # noqa: PLC0415 (same)

    masking = review.masking(here.database)
    found = []
    for sort, others in similar(here.database, case).items():
        lines = tuple(
            line_of(one, Veil(hidden(here, masking, one), words), words, who, reader)
            for one in others
            if who.may(reader, one.user_id)
        )
        if lines:
            found.append((sort, lines))
    return tuple(found)


def _proven(reader: Any, index: int) -> bool | None:
    try:
        reader.proof(index)
    except TamperError:
        return False
    except Error:
        return None
    return True


def _next(here: Installation, case: Case, reader: str) -> str | None:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.deputy import hands  # noqa: PLC0415 (same)

    who = hands(here)
    waiting = review.queue(here.database, state="open", limit=200)
    return next((o.id for o in waiting if o.id != case.id and who.may(reader, o.user_id)), None)
