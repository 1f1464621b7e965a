"""記録: every access, filtered and paged; one record with its proof; where records come from."""

from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import dataclass

from aiohttp import web

from sekisho.app.findings import open_findings
from sekisho.app.installation import Installation
from sekisho.console.interface import PEOPLE, Tab, installation, language, session
from sekisho.console.proofs import proof_of
from sekisho.console.query import Filter, Row, page_of, pages_of, read_filter
from sekisho.console.reply import only, onward, page, record
from sekisho.console.today import line_of
from sekisho.errors import InvalidInputError
from sekisho.pages import say
from sekisho.pages.environment import local_time
from sekisho.terms import Action, Outcome, PatientId

AT_ONCE = asyncio.Semaphore(2)
"""Questions to the records at the same time: the console stays small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of records.

    Attributes:
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
    wrong: str = ""


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
        view = await asyncio.to_thread(_listing, here, wanted, wrong)
    await record(request, Action.SEARCH, _said(wanted), patients=_patients(view.rows, wanted))
    return page(
        request,
        "console/records.html",
        status=400 if wrong else 200,
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
    return page(
        request,
        "console/record.html",
        record=view,
        crumb=request.headers.get("Referer", "/records"),
    )


@only(PEOPLE)
async def proof_file(request: web.Request) -> web.StreamResponse:
    """Give the proof as the file other tools read."""
    here, index = installation(request), int(request.match_info["index"])
    view = await asyncio.to_thread(proof_of, here, index)
    if view is None:
        raise web.HTTPNotFound
    await record(request, Action.EXPORT, f"ledger/proof/{index}")
    return _file(f"record-{index}.tlog-proof", "text/plain", view.tlog_proof.encode())


@only(PEOPLE)
async def record_file(request: web.Request) -> web.StreamResponse:
    """Give the record as the promised JSON line."""
    here, index = installation(request), int(request.match_info["index"])
    view = await asyncio.to_thread(proof_of, here, index)
    if view is None:
        raise web.HTTPNotFound
    patients = tuple(PatientId(p) for p in view.patients)
    await record(request, Action.EXPORT, f"ledger/record/{index}", patients=patients)
    return _file(f"record-{index}.json", "application/json", view.json.encode())


@only(PEOPLE)
async def export(request: web.Request) -> web.StreamResponse:
    """Give what the list shows as CSV that a spreadsheet opens, page by page."""
    here, words = installation(request), language(request)
    wanted = read_filter(request.query)
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
    pages = pages_of(here.reader(), wanted, here.config.zone)
    while True:
        async with AT_ONCE:
            rows = await asyncio.to_thread(next, pages, None)
        if rows is None:
            break
        await response.write(_csv([_cells(row, words, here.config.zone) for row in rows]))
    await response.write_eof()
    return response


async def sources(request: web.Request) -> web.StreamResponse:
    """Show where records come from, and what is remarkable about each source."""
    from sekisho import collect  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    known = await asyncio.to_thread(collect.sources, here.database)
    files = await asyncio.to_thread(collect.files, here.database)
    found = await asyncio.to_thread(open_findings, here.database)
    return page(
        request,
        "console/sources.html",
        sources=known,
        files=files[:100],
        findings=[line_of(view) for view in found if view.finding.room.startswith("collect")],
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


def _listing(here: Installation, wanted: Filter, wrong: str) -> Listing:
    from sekisho import collect  # noqa: PLC0415 (keeps the first page quick)

    reader = here.reader()
    rows, after = ([], "") if wrong else page_of(reader, wanted, here.config.zone)
    names = {source.name for source in collect.sources(here.database)} | {"sekisho"}
    return Listing(
        rows=tuple(rows),
        filter=wanted,
        next=wanted.address("/records", after=after) if after else "",
        first=wanted.address("/records", after="") if wanted.after else "",
        export=wanted.address("/records/export.csv", after=""),
        sources=tuple(sorted(names)),
        total=reader.size(),
        wrong=wrong,
    )


def _patients(rows: tuple[Row, ...], wanted: Filter) -> tuple[PatientId, ...]:
    """Return the patient asked for by name of id; a mere page of a list names none."""
    found = wanted.patient and any(wanted.patient in row.patients for row in rows)
    return (PatientId(wanted.patient),) if found else ()


def _said(wanted: Filter) -> str:
    return wanted.address("ledger/records", after="")[:500]


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
