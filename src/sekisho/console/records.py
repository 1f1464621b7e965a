"""記録: every access, filtered and paged; one record with its proof; where records come from."""

from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import dataclass, replace

from aiohttp import web

from sekisho.app.findings import open_findings
from sekisho.app.installation import Installation
from sekisho.console.interface import KEEPERS, PEOPLE, Tab, installation, language, session
from sekisho.console.own import act
from sekisho.console.proofs import covered, proof_of
from sekisho.console.query import Filter, Row, page_of, pages_of, read_filter
from sekisho.console.reply import only, onward, page, record
from sekisho.console.today import line_of
from sekisho.console.veil import Veil
from sekisho.errors import InvalidInputError, RefusedError
from sekisho.pages import say
from sekisho.pages.charts import hour_bars
from sekisho.pages.environment import local_time
from sekisho.terms import Action, Outcome, PatientId

OWN = "sekisho"
"""Source of what Sekisho records of its own acts."""
AT_ONCE = asyncio.Semaphore(2)
"""Questions to the records at the same time: the console stays small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of records.

    Attributes:
        covered: Ids are covered until the institution has said who may see them.
        next: Address of the next page, "" on the last.
        sources: Names to choose from.
        wrong: Id of what is wrong with the filter, "" when nothing is.
    """

    rows: tuple[Row, ...]
    filter: Filter
    next: str
    first: str
    export: str
    sources: tuple[str, ...]
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
        web.get("/records/export.csv", export),
        web.get("/records/sources", sources),
        web.get("/records/quarantine", quarantine),
        web.get("/records/{index:\\d{1,18}}", one),
        web.get("/records/{index:\\d{1,18}}/record.tlog-proof", proof_file),
        web.get("/records/{index:\\d{1,18}}/record.json", record_file),
    ]


def tabs(on: str, *, people: bool) -> list[Tab]:
    """Return the tabs of this room; administrators see where records come from, not whom."""
    names = ["list", "sources", "quarantine"] if people else ["sources", "quarantine"]
    paths = {"list": "/records", "sources": "/records/sources", "quarantine": "/records/quarantine"}
    return [Tab(name=f"console.records.tab.{n}", href=paths[n], on=n == on) for n in names]


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
        tabs=tabs("list", people=True),
        actions=[(a.value, say(language(request), f"console.action.{a.value}")) for a in Action],
        outcomes=[(o.value, say(language(request), f"console.outcome.{o.value}")) for o in Outcome],
    )


@only(PEOPLE)
async def one(request: web.Request) -> web.StreamResponse:
    """Show one record, and what proves it."""
    here, index = installation(request), int(request.match_info["index"])
    view = await asyncio.to_thread(proof_of, here, index)
    if view is None:
        raise web.HTTPNotFound
    patients = tuple(PatientId(p) for p in view.patients)
    await record(request, Action.READ, f"ledger/record/{index}", patients=patients)
    reasons = []
    if request.query.get("reasons") == "1" and not view.own:
        async with AT_ONCE:
            reasons = await asyncio.to_thread(_reasons, here, index, language(request))
    return page(
        request,
        "console/record.html",
        record=await asyncio.to_thread(covered, here, view, language(request)),
        reasons=reasons,
        asked=request.query.get("reasons") == "1",
        crumb="/records",
    )


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
    """Give what the list shows as CSV that a spreadsheet opens, page by page."""
    here, words = installation(request), language(request)
    wanted = read_filter(request.query)
    await _refuse_covered(request)
    await record(request, Action.EXPORT, _said(wanted))
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="records.csv"',
        }
    )
    await response.prepare(request)
    names = (
        "index",
        "time",
        "user",
        "patient",
        "action",
        "object",
        "outcome",
        "terminal",
        "source",
    )
    head = [say(words, f"console.records.{name}") for name in names]
    await response.write(b"\xef\xbb\xbf" + _csv([head]))
    open_ = Veil(covered=False, language=words)
    pages = pages_of(here.reader(), wanted, here.config.zone)
    while True:
        async with AT_ONCE:
            rows = await asyncio.to_thread(next, pages, None)
        if rows is None:
            break
        await response.write(
            _csv([_cells(veiled(row, open_), words, here.config.zone) for row in rows])
        )
    await response.write_eof()
    return response


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
        tabs=tabs("sources", people=bool(session(request).roles & PEOPLE)),
    )


async def quarantine(request: web.Request) -> web.StreamResponse:
    """Show the lines that could not be read, by reason; never their text."""
    from sekisho import collect  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    rows = await asyncio.to_thread(collect.quarantine, here.database)
    return page(
        request,
        "console/quarantine.html",
        rows=rows[:200],
        total=len(rows),
        tabs=tabs("quarantine", people=bool(session(request).roles & PEOPLE)),
    )


def veiled(row: Row, veil: Veil) -> Row:
    """Return `row` as a person reads it: own acts in words, ids as the veil shows them."""
    if row.source == OWN:
        row = replace(row, object=act(veil.language, row.object, covered=veil.covered))
    if not veil.covered:
        return row
    user = None if row.user_id is None else veil.user(row.user_id)
    return replace(row, user_id=user, patients=tuple(veil.patient(p) for p in row.patients))


def _listing(here: Installation, wanted: Filter, wrong: str, words: str) -> Listing:
    from sekisho import collect, review  # noqa: PLC0415 (keeps the first page quick)

    reader = here.reader()
    veil = Veil(review.masking(here.database).masked, words)
    if veil.covered and (wanted.user or wanted.patient):
        # Whoever may choose whose records stand there knows whose they are.
        wanted, wrong = replace(wanted, user="", patient=""), "console.masked.no_filter"
    rows, after = ([], "") if wrong else page_of(reader, wanted, here.config.zone)
    names = {source.name for source in collect.sources(here.database)} | {OWN}
    return Listing(
        rows=tuple(veiled(row, veil) for row in rows),
        covered=veil.covered,
        filter=wanted,
        next=wanted.address("/records", after=after) if after else "",
        first=wanted.address("/records", after="") if wanted.after else "",
        export=wanted.address("/records/export.csv", after=""),
        sources=tuple(sorted(names)),
        total=reader.size(),
        wrong=wrong,
    )


def _patients(view: Listing, wanted: Filter) -> tuple[PatientId, ...]:
    """Return the patient whose records were asked for; a mere page of a list names none."""
    return (PatientId(wanted.patient),) if wanted.patient and view.rows else ()


def _said(wanted: Filter) -> str:
    return wanted.address("ledger/records", after="")[:500]


async def _refuse_covered(request: web.Request) -> None:
    """Refuse a file with ids while ids are covered: a file cannot be covered again."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    masking = await asyncio.to_thread(review.masking, installation(request).database)
    if masking.masked:
        raise RefusedError("console.masked.no_file")


def _reasons(here: Installation, index: int, words: str) -> list[ReasonLine]:
    """Return what each explanation and sign says of the record."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    veil = Veil(review.masking(here.database).masked, words)
    found = review.explain_record(here.database, here.reader(), here.clock, index)
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


def _cells(row: Row, words: str, zone: str) -> list[str]:
    precision = "second" if row.precision == "millisecond" else row.precision
    return [
        str(row.index),
        local_time(row.occurred_at, zone, precision),
        row.user_id or "",
        " ".join(row.patients),
        say(words, f"console.action.{row.action}"),
        row.object or "",
        say(words, f"console.outcome.{row.outcome}"),
        row.terminal or "",
        row.source,
    ]


def _csv(rows: list[list[str]]) -> bytes:
    """Return `rows` as CSV in which no cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow(
            [f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t"} else cell for cell in row]
        )
    return text.getvalue().encode()
