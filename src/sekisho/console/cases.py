"""閲覧の確認: the accesses that nothing explains and that carry a sign, one matter at a time."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web
from markupsafe import Markup

from sekisho.app.installation import Installation
from sekisho.console.context import Around, around
from sekisho.console.interface import OFFICERS, PEOPLE, Tab, installation, language, session
from sekisho.console.query import Row, rows_at
from sekisho.console.records import veiled
from sekisho.console.reply import only, onward, page, record
from sekisho.console.veil import Veil
from sekisho.errors import ConflictError, Error, InvalidInputError, RefusedError, TamperError
from sekisho.identity.records import Role
from sekisho.pages.charts import month_band
from sekisho.pages.words import say
from sekisho.terms import Action, Outcome, PatientId

if TYPE_CHECKING:
    from sekisho.review import Case

STATES = ("open", "asked_person", "asked_head", "referred", "explained", "problem")
ANSWERS = ("ask_person", "ask_head", "refer", "explained", "problem", "reopen")
SHOWN = 50
PROVED = 20


NOTED = {"explained", "problem", "refer", "reopen"}
"""Answers that need a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One case in the list; ids are covered where they must be, and `title` never names one."""

    id: str
    rank: int
    title: str
    why: str
    user: str
    patients: tuple[str, ...]
    more_patients: int
    records: int
    first_at: dt.datetime
    last_at: dt.datetime
    state: str


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
        person: Duty and place of the person then, None where the id is in no list.
        own: It is the reader's own case: another person answers it.
    """

    line: CaseLine
    person: tuple[str, ...] | None
    covered: bool
    band: Markup
    band_rows: tuple[tuple[str, str], ...]
    around: Around
    records: tuple[RecordLine, ...]
    more: int
    answers: tuple[Any, ...]
    own: bool
    next: str | None


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [
        web.get("/review", show),
        web.get("/review/cases/{case}", one),
        web.post("/review/cases/{case}/answer", answer),
    ]


def tabs(on: str, *, people: bool) -> list[Tab]:
    """Return the tabs of this room."""
    names = ["month", "copies", "explanations"]
    if people:
        names = ["cases", *names, "masking"]
    paths = {"cases": "/review"}
    return [
        Tab(name=f"console.review.tab.{n}", href=paths.get(n, f"/review/{n}"), on=n == on)
        for n in names
    ]


async def show(request: web.Request) -> web.StreamResponse:
    """Show the list of cases to those who may see people; the others see counts."""
    if not session(request).roles & PEOPLE:
        return onward("/review/month")
    here, chosen = installation(request), request.query.get("state", "")
    rule = request.query.get("rule", "")
    view = await asyncio.to_thread(_list, here, language(request), chosen, rule)
    if view["run"] is not None:
        await record(request, Action.READ, f"review/cases/{view['run'].id}")
    return page(
        request,
        "console/cases.html",
        tabs=tabs("cases", people=True),
        chosen=chosen if chosen in STATES else "",
        states=STATES,
        keeper=Role.ADMINISTRATOR in session(request).roles,
        **view,
    )


@only(PEOPLE)
async def one(request: web.Request) -> web.StreamResponse:
    """Show one case."""
    here = installation(request)
    found = await asyncio.to_thread(_find, here, request.match_info["case"])
    if found is None:
        raise web.HTTPNotFound
    return await _shown(request, found)


async def _shown(
    request: web.Request, found: Case, *, wrong: str = "", note: str = ""
) -> web.StreamResponse:
    """Show the case, or show it again with what was wrong and what had been written."""
    here, who = installation(request), session(request)
    patients = tuple(PatientId(p) for p in _ids(found)[:200])
    await record(request, Action.READ, f"review/case/{found.id}", patients=patients)
    view = await asyncio.to_thread(_page, here, language(request), found, who.user_id)
    return page(
        request,
        "console/case.html",
        status=400 if wrong else 200,
        case=view,
        note=note,
        wrong=wrong,
        officer=bool(who.roles & OFFICERS),
    )


@only(PEOPLE)
async def answer(request: web.Request) -> web.StreamResponse:
    """Keep what a person answers to a case; recorded before it is kept."""
    here, who = installation(request), session(request)
    form = await request.post()
    identifier, chosen = request.match_info["case"], str(form.get("answer", ""))
    note = str(form.get("note", "")).strip()[:2000]
    found = await asyncio.to_thread(_find, here, identifier)
    if found is None or chosen not in ANSWERS:
        raise web.HTTPNotFound
    if not who.roles & OFFICERS and "problem" in {chosen, found.state.value}:
        await record(
            request, Action.UPDATE, f"review/case/{identifier}", outcome=Outcome.REFUSED,
            reason=f"answer:{chosen}",
        )  # fmt: skip
        raise RefusedError("console.case.officers_only")
    if chosen in NOTED and not note:
        return await _shown(request, found, wrong="console.case.note_needed")
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    await record(request, Action.UPDATE, f"review/case/{identifier}", reason=f"answer:{chosen}")
    try:
        await asyncio.to_thread(
            review.answer,
            here.database,
            identifier,
            by=who.user_id,
            answer=chosen,
            note=note,
            at=here.clock.now(),
        )
    except (ConflictError, InvalidInputError) as error:
        return await _shown(request, found, wrong=error.message, note=note)
    return onward(f"/review/cases/{identifier}")


def _find(here: Installation, identifier: str) -> Case | None:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    try:
        return review.case(here.database, identifier)
    except Error:
        return None


def _ids(case: Case) -> tuple[str, ...]:
    return tuple(case.patient_ids)


def _list(here: Installation, words: str, chosen: str, rule: str) -> dict[str, Any]:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    run = review.latest(here.database)
    if run is None:
        return {"run": None, "lines": (), "masking": None, "minutes": 0, "rule": ""}
    masking = review.masking(here.database)
    found = review.cases(
        here.database, run.id, state=chosen if chosen in STATES else None, limit=200
    )
    titles = {sign.id: sign.title[words] for sign in review.catalogue()}
    if rule in titles:
        found = [case for case in found if rule in case.signs]
    veil = Veil(masking.masked, words)
    return {
        "run": run,
        "rule": titles.get(rule, ""),
        "lines": tuple(_line(case, veil, words) for case in found),
        "masking": masking,
        "minutes": review.reading_minutes(run),
    }


def _line(case: Case, veil: Veil, words: str) -> CaseLine:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    titles = {rule.id: rule.title[words] for rule in review.catalogue()}
    ids = _ids(case)
    user = veil.user(case.user_id)
    patients = tuple(veil.patient(p) for p in ids[:3])
    return CaseLine(
        id=case.id,
        rank=case.rank,
        title=say(words, "pages.dot").join(
            titles[sign] for sign in case.signs[:3] if sign in titles
        )
        or case.rule,
        why=veil.text(case.why[words]),
        user=user,
        patients=patients,
        more_patients=max(0, len(ids) - 3),
        records=len(case.records),
        first_at=case.first_at,
        last_at=case.last_at,
        state=case.state,
    )


def _page(here: Installation, words: str, case: Case, reader_id: str) -> CasePage:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.review.answers import same_id  # noqa: PLC0415 (same)

    zone = ZoneInfo(here.config.zone)
    masking = review.masking(here.database)
    veil = Veil(masking.masked, words)
    for patient in _ids(case):
        veil.patient(patient)
    line = _line(case, veil, words)
    reader = here.reader()
    rows = rows_at(reader, [index for index, _ in case.records[:SHOWN]])
    near = around(here, case.user_id, _ids(case), case.first_at, case.last_at, zone)
    marks = [row.occurred_at.astimezone(zone).replace(tzinfo=None) for row in rows]
    return CasePage(
        line=line,
        person=near.person,
        covered=masking.masked,
        band=month_band(near.start, near.end, spans=near.spans, marks=marks),
        band_rows=tuple(near.rows(words, marks)),
        around=near,
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
        own=same_id(case.user_id, reader_id),
        next=_next(here, case),
    )


def _proven(reader: Any, index: int) -> bool | None:
    try:
        reader.proof(index)
    except TamperError:
        return False
    except Error:
        return None
    return True


def _next(here: Installation, case: Case) -> str | None:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    run = review.latest(here.database)
    if run is None:
        return None
    waiting = review.cases(here.database, run.id, state="open", limit=200)
    return next((other.id for other in waiting if other.id != case.id), None)
