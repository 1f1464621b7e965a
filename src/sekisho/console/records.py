"""記録: every access, filtered and paged; one record with its proof; where records come from."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aiohttp import web

from sekisho.app.findings import open_findings
from sekisho.app.installation import Installation
from sekisho.console import sending
from sekisho.console.checking import Checked, check
from sekisho.console.exports import KINDS, send
from sekisho.console.filter import Filter, Own, read_filter
from sekisho.console.interface import (
    KEEPERS,
    OFFICERS,
    PEOPLE,
    Tab,
    installation,
    language,
    session,
)
from sekisho.console.own import OWN, act
from sekisho.console.proofs import Proof, covered, left_of, other_sides, proof_of
from sekisho.console.query import Page, Row, page_of
from sekisho.console.reply import only, onward, page, record
from sekisho.console.today import line_of
from sekisho.console.veil import Veil
from sekisho.errors import InvalidInputError, RefusedError
from sekisho.pages import say
from sekisho.pages.charts import hour_bars
from sekisho.terms import Action, Outcome, PatientId

if TYPE_CHECKING:
    from pathlib import Path

    from sekisho.access.book import Term

AT_ONCE = asyncio.Semaphore(2)
"""Questions to the records at the same time: the console stays small."""
_BOOKS: dict[tuple[Path, int | None], Sequence[Term]] = {}
"""The classes of the book of rights that was asked last, by data directory and its number."""
NAMED = 200
"""Ids that one name may stand for at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of records.

    Attributes:
        covered: Ids are covered until the institution has said who may see them.
        next: Address of the next page, "" on the last; `previous` of the one before.
        until: What is older was not looked through yet.
        exports: Kind of file and its address.
        sources: Names to choose from; `classes` likewise.
        wrong: Id of what is wrong with the filter, "" when nothing is.
    """

    rows: tuple[Row, ...]
    filter: Filter
    next: str
    previous: str
    first: str
    until: dt.datetime | None
    exports: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    classes: tuple[tuple[str, str], ...]
    total: int
    covered: bool
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonLine:
    """What one explanation (or sign) says; `says` is None where it is not approved."""

    kind: str
    title: str
    says: bool | None
    patient: str
    why: str


def routes() -> list[web.RouteDef]:
    """Return the addresses of this room."""
    return [
        web.get("/records", show),
        *(web.get(f"/records/export.{kind}", export) for kind in KINDS),
        web.get("/records/exports", sending.show),
        web.get("/records/sources", sources),
        web.get("/records/{index:\\d{1,18}}", one),
        web.post("/records/{index:\\d{1,18}}/verify", verify),
        web.get("/records/{index:\\d{1,18}}/record.tlog-proof", proof_file),
        web.get("/records/{index:\\d{1,18}}/record.json", record_file),
    ]


def may_erase(request: web.Request) -> bool:
    """Return whether the reader may propose that records go."""
    return bool(session(request).roles & (KEEPERS | OFFICERS))


def tabs(on: str, *, people: bool, erase: bool) -> list[Tab]:
    """Return the tabs of this room; administrators see where records come from, not whom."""
    names = ("list", "sources", "quarantine", "checkpoints", *(("erasure",) if erase else ()))
    return [
        Tab(
            name=f"console.records.tab.{name}",
            href="/records" if name == "list" else f"/records/{name}",
            on=name == on,
        )
        for name in names
        if people or name != "list"
    ]


async def show(request: web.Request) -> web.StreamResponse:
    """Show a page of records to those who may see people."""
    if not session(request).roles & PEOPLE:
        return onward("/records/sources")
    here = installation(request)
    wrong = ""
    try:
        wanted = read_filter(request.query)
    except InvalidInputError as error:
        wanted, wrong = Filter(), error.message
    async with AT_ONCE:
        view = await asyncio.to_thread(_listing, here, wanted, wrong, language(request))
    await record(request, Action.SEARCH, _said(wanted), patients=_patients(view, wanted))
    return page(
        request,
        "console/records.html",
        status=400 if view.wrong else 200,
        listing=view,
        tabs=tabs("list", people=True, erase=may_erase(request)),
        actions=[(a.value, say(language(request), f"console.action.{a.value}")) for a in Action],
        outcomes=[(o.value, say(language(request), f"console.outcome.{o.value}")) for o in Outcome],
    )


@only(PEOPLE)
async def one(request: web.Request) -> web.StreamResponse:
    """Show one record, and what proves it."""
    return await _one(request, None)


@only(PEOPLE)
async def verify(request: web.Request) -> web.StreamResponse:
    """Verify one record now, from its bytes, and show it with what came of it."""
    index = int(request.match_info["index"])
    await record(request, Action.EXECUTE, f"ledger/verify/{index}")
    async with AT_ONCE:
        checked = await check(installation(request), index)
    return await _one(request, checked)


async def _one(request: web.Request, checked: Checked | None) -> web.StreamResponse:
    here, index = installation(request), int(request.match_info["index"])
    try:
        view = await asyncio.to_thread(proof_of, here, index)
    except InvalidInputError as error:
        if error.message != "ledger.erased":
            raise
        return await _erased(request, index)
    if view is None:
        raise web.HTTPNotFound
    patients = tuple(PatientId(p) for p in view.patients)
    await record(request, Action.READ, f"ledger/record/{index}", patients=patients)
    async with AT_ONCE:
        others = [] if view.own else await asyncio.to_thread(other_sides, here, view)
        whose = await asyncio.to_thread(_whose, here, view)
    reasons = []
    if request.query.get("reasons") == "1" and not view.own:
        async with AT_ONCE:
            reasons = await asyncio.to_thread(
                _reasons, here, index, language(request), session(request).user_id
            )
    return page(
        request,
        "console/record.html",
        record=await asyncio.to_thread(covered, here, view, language(request)),
        checked=checked,
        reasons=reasons,
        others=others,
        whose=whose,
        asked=request.query.get("reasons") == "1",
        crumb="/records",
    )


async def _erased(request: web.Request, index: int) -> web.StreamResponse:
    """Show what is left of a record that was lawfully erased: its place, and who ordered it."""
    here = installation(request)
    await record(request, Action.READ, f"ledger/record/{index}")
    left = await asyncio.to_thread(left_of, here, index)
    return page(request, "console/record_erased.html", index=index, left=left, crumb="/records")


@only(PEOPLE)
async def proof_file(request: web.Request) -> web.StreamResponse:
    """Give the proof as the file other tools read."""
    here, index = installation(request), int(request.match_info["index"])
    view = await asyncio.to_thread(proof_of, here, index)
    if view is None:
        raise web.HTTPNotFound
    await _refuse_covered(request)
    await record(request, Action.EXPORT, f"ledger/proof/{index}")
    return _file(f"record-{index}.tlog-proof", "text/plain", view.tlog_proof.encode())


@only(PEOPLE)
async def record_file(request: web.Request) -> web.StreamResponse:
    """Give the record as the promised JSON line."""
    here, index = installation(request), int(request.match_info["index"])
    view = await asyncio.to_thread(proof_of, here, index)
    if view is None:
        raise web.HTTPNotFound
    await _refuse_covered(request)
    patients = tuple(PatientId(p) for p in view.patients)
    await record(request, Action.EXPORT, f"ledger/record/{index}", patients=patients)
    return _file(f"record-{index}.json", "application/json", view.json.encode())


@only(PEOPLE)
async def export(request: web.Request) -> web.StreamResponse:
    """Give what the list shows as a file; that it was taken is recorded first."""
    here = installation(request)
    wanted = read_filter(request.query)
    await _refuse_covered(request)
    ids = await asyncio.to_thread(_ids, here, wanted)
    kind = request.path.rpartition(".")[2]
    patients = (PatientId(wanted.patient),) if wanted.patient else ()
    await record(request, Action.EXPORT, _said(wanted), patients=patients, reason=kind)
    return await send(request, here, wanted, kind, language(request), ids, AT_ONCE)


async def sources(request: web.Request) -> web.StreamResponse:
    """Show where records come from, and what is remarkable about each source."""
    from sekisho import collect  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.collect import unseen  # noqa: PLC0415 (same)
    from sekisho.collect.live.silence import WINDOW, last_day, spoken  # noqa: PLC0415 (same)

    here = installation(request)
    known = await asyncio.to_thread(collect.sources, here.database)
    files = await asyncio.to_thread(collect.files, here.database)
    found = await asyncio.to_thread(open_findings, here.database)
    waiting = await asyncio.to_thread(collect.waiting, here.database)
    now = here.clock.now()
    hours = await asyncio.to_thread(spoken, here.database, now - WINDOW)
    days = {name: last_day(of, now) for name, of in hours.items()}
    return page(
        request,
        "console/sources.html",
        sources=known,
        waiting=waiting,
        unconfirmed=await asyncio.to_thread(unseen.unconfirmed, here.database, here.clock),
        days={name: (sum(day), hour_bars(day)) for name, day in days.items()},
        files=files[:100],
        findings=[line_of(view) for view in found if view.finding.room.startswith("collect")],
        keeper=bool(session(request).roles & KEEPERS),
        tabs=tabs(
            "sources", people=bool(session(request).roles & PEOPLE), erase=may_erase(request)
        ),
    )


def veiled(row: Row, veil: Veil) -> Row:
    """Return `row` as a person reads it: own acts in words, ids as the veil shows them."""
    if row.source == OWN:
        row = replace(row, object=act(veil.language, row.object, covered=veil.covered))
    if not veil.covered:
        return row
    user = None if row.user_id is None else veil.user(row.user_id)
    patients = tuple(PatientId(veil.patient(each)) for each in row.patients)
    return replace(row, user_id=user, patient_ids=patients)


def _listing(here: Installation, wanted: Filter, wrong: str, words: str) -> Listing:
    from sekisho import collect, review  # noqa: PLC0415 (keeps the first page quick)

    reader = here.reader()
    veil = Veil(review.masking(here.database).masked, words)
    if veil.covered and (wanted.user or wanted.person or wanted.patient):
        # Whoever may choose whose records stand there knows whose they are.
        wanted = replace(wanted, user="", person="", patient="", authority="")
        wrong = "console.masked.no_filter"
    found = Page(rows=())
    if not wrong:
        try:
            ids = _ids(here, wanted)
        except InvalidInputError as error:
            wrong = error.message
        else:
            found = page_of(reader, wanted, here.config.zone, ids=ids)
    names = {source.name for source in collect.sources(here.database)} | {OWN}
    return Listing(
        rows=tuple(veiled(row, veil) for row in found.rows),
        covered=veil.covered,
        filter=wanted,
        next=wanted.address("/records", after=found.after) if found.after else "",
        previous=wanted.address("/records", before=found.before) if found.before else "",
        first=wanted.address("/records") if wanted.after or found.before else "",
        until=found.until,
        exports=tuple((kind, wanted.address(f"/records/export.{kind}")) for kind in KINDS),
        sources=tuple(sorted(names)),
        classes=_classes(here, words),
        total=reader.size(),
        wrong=wrong,
    )


def _ids(here: Installation, wanted: Filter) -> tuple[Own, ...]:
    """Return the ids that the name in the filter stands for, in every system by its own.

    Raises:
        InvalidInputError: It stands for nobody in the staff list, or for too many.
    """
    from sekisho import care, collect  # noqa: PLC0415 (keeps the first page quick)

    if not wanted.person:
        return ()
    found = care.people(here.database, search=wanted.person, limit=NAMED + 1)
    if not found:
        raise InvalidInputError("console.filter.person.none")
    if len(found) > NAMED:
        raise InvalidInputError("console.filter.person.many", most=NAMED)
    names = [source.name for source in collect.sources(here.database)]
    mapped = care.mapped_sources(here.database, names)
    ids = []
    for each in found:
        ids.append(Own(user_id=each.user_id, but=tuple(mapped)))
        for one in care.system_ids_of(here.database, each.user_id) if mapped else ():
            only = tuple(source for source, key in mapped.items() if key == one.key)
            if only:
                start, end = one.valid_from, one.valid_to
                ids.append(Own(user_id=one.user_id, only=only, start=start, end=end))
    return tuple(ids)


def _classes(here: Installation, words: str) -> tuple[tuple[str, str], ...]:
    """Return the information classes of the book in force, else of the shipped one."""
    from sekisho import access  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.access.files import shipped  # noqa: PLC0415 (same)

    now = access.current(here.database)
    asked = here.data, None if now is None else now.number
    classes = _BOOKS.get(asked)
    if classes is None:
        files = shipped() if now is None else access.files_of(here.database, now.number)
        classes = access.read_book(files).classes
        _BOOKS.clear()
        _BOOKS[asked] = classes
    return tuple((term.id, term.name[words]) for term in classes)


def _patients(view: Listing, wanted: Filter) -> tuple[PatientId, ...]:
    """Return the patient whose records were asked for; a mere page of a list names none."""
    return (PatientId(wanted.patient),) if wanted.patient and view.rows else ()


def _said(wanted: Filter) -> str:
    return wanted.address("ledger/records")[:500]


def _whose(here: Installation, view: Proof) -> str | None:
    """Return the id of the staff list whose act it was; see `care.staff_id_of`."""
    from sekisho import care  # noqa: PLC0415 (keeps the first page quick)

    if view.user_id is None:
        return None
    day = view.occurred_at.astimezone(ZoneInfo(here.config.zone)).date()
    return care.staff_id_of(here.database, view.source, view.user_id, day)


async def _refuse_covered(request: web.Request) -> None:
    """Refuse a file with ids while ids are covered: a file cannot be covered again."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    masking = await asyncio.to_thread(review.masking, installation(request).database)
    if masking.masked:
        raise RefusedError("console.masked.no_file")


def _reasons(here: Installation, index: int, words: str, who: str) -> list[ReasonLine]:
    """Return what each explanation and sign says of the record; no sign of a case that is not for `who`."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.deputy import hands  # noqa: PLC0415 (same)

    veil = Veil(review.masking(here.database).masked, words)
    found = review.explain_record(here.database, here.reader(), here.clock, index)
    user = here.reader().record(index)["user_id"]
    if user is not None and not hands(here).may(who, user):
        found = [reason for reason in found if reason.kind != "sign"]
    return [
        ReasonLine(
            kind=reason.kind,
            title=reason.title[words],
            says=reason.says,
            patient=veil.patient(reason.patient_id) if reason.patient_id else "",
            why=veil.text(reason.why.get(words, "")),
        )
        for reason in found
    ]


def _file(name: str, kind: str, body: bytes) -> web.Response:
    return web.Response(
        body=body,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
