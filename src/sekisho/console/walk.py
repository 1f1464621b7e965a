"""取り込み: the walk of the first thirty minutes, and every import after it."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sekisho.app import walk as work
from sekisho.app.installation import Installation
from sekisho.console import uploads
from sekisho.console.interface import KEEPERS, Line, installation, language, session
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import Error, InvalidInputError
from sekisho.identity.records import Role
from sekisho.pages import render
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.care import Level
    from sekisho.collect import FileView, Proposal

STEPS = ("log", "lists", "run", "result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Which step of the walk we are at, and which are behind us."""

    now: str
    done: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the file: its name, two of its values, and what it is read as."""

    place: int
    name: str
    examples: tuple[str, ...]
    meaning: str


def routes() -> list[web.RouteDef]:
    """Return the addresses of the walk."""
    one = "/walk/log/{upload:[0-9a-f]{32}}"
    return [
        web.get("/walk", begin),
        web.get("/walk/log", show_log),
        web.post("/walk/log", take_log),
        web.get(one, show_sample),
        web.post(one, confirm),
        web.get("/walk/lists", show_lists),
        web.post("/walk/lists", take_lists),
        web.get("/walk/run", show_run),
        web.post("/walk/run", run),
        web.get("/walk/work", show_work),
        web.get("/walk/work/part", part_of_work),
    ]


async def begin(request: web.Request) -> web.StreamResponse:
    """Go to the first step that is not done."""
    done = await asyncio.to_thread(_done, installation(request))
    if "log" not in done:
        return onward("/walk/log")
    return onward("/walk/lists" if "lists" not in done else "/walk/run")


@only(KEEPERS)
async def show_log(request: web.Request) -> web.StreamResponse:
    """Show where to drop the access log, and what has arrived already."""
    here = installation(request)
    done, files = await asyncio.gather(
        asyncio.to_thread(_done, here), asyncio.to_thread(_files, here)
    )
    return page(
        request,
        "console/walk_log.html",
        progress=Progress(now="log", done=done),
        files=files[:20],
        wrong=wrong_of(request),
    )


@only(KEEPERS)
async def take_log(request: web.Request) -> web.StreamResponse:
    """Take the access log and show how it would be read."""
    here = installation(request)
    try:
        await record(request, Action.IMPORT, "walk/upload")
        (upload, *others) = await uploads.receive(request, here, session(request).user_id)
    except Error as error:
        return onward("/walk/log", wrong=error.message)
    for other in others:
        uploads.discard(here, other)
    return onward(f"/walk/log/{upload.id}")


@only(KEEPERS)
async def show_sample(request: web.Request) -> web.StreamResponse:
    """Show ten rows as they would be read."""
    here, upload = installation(request), _upload(request)
    if upload is None:
        return onward("/walk/log", wrong="console.upload.gone")
    return await _sample(request, here, upload, None)


@only(KEEPERS)
async def confirm(request: web.Request) -> web.StreamResponse:
    """Read again with other columns, import, or drop the file."""
    here, upload = installation(request), _upload(request)
    if upload is None:
        return onward("/walk/log", wrong="console.upload.gone")
    form = await request.post()
    if form.get("do") == "drop":
        await record(request, Action.DELETE, "walk/upload")
        uploads.discard(here, upload)
        return onward("/walk/log")
    from sekisho import collect  # noqa: PLC0415 (keeps the first page quick)

    mapping: collect.Mapping | None = None
    if form.get("kind") == "csv":
        proposal = await asyncio.to_thread(_sniff, here, upload, None)
        mapping = _mapping(proposal, {k: str(v) for k, v in form.items()})
    if form.get("do") != "import":
        return await _sample(request, here, upload, mapping)
    await record(request, Action.IMPORT, "walk/log")
    job = await asyncio.to_thread(
        work.start_import,
        here,
        uploads.path_of(here, upload),
        by=session(request).user_id,
        mapping=mapping.to_toml() if mapping else None,
        name=upload.name,
    )
    uploads.taken(here, upload)
    return onward("/walk/work", id=job)


@only(KEEPERS)
async def show_lists(request: web.Request) -> web.StreamResponse:
    """Show where to drop the staff list and the lists of visits, stays and patients."""
    here = installation(request)
    done, level = await asyncio.gather(
        asyncio.to_thread(_done, here), asyncio.to_thread(_level, here)
    )
    return page(
        request,
        "console/walk_lists.html",
        progress=Progress(now="lists", done=done),
        level=level,
        wrong=wrong_of(request),
    )


@only(KEEPERS)
async def take_lists(request: web.Request) -> web.StreamResponse:
    """Take the lists and load them one after another."""
    here, by = installation(request), session(request).user_id
    try:
        arrived = await uploads.receive(request, here, by)
    except Error as error:
        return onward("/walk/lists", wrong=error.message)
    await record(request, Action.IMPORT, "walk/lists")
    jobs = []
    for upload in arrived:
        path = uploads.path_of(here, upload)
        jobs.append(await asyncio.to_thread(work.start_care, here, path, by=by, name=upload.name))
        uploads.taken(here, upload)
    return onward("/walk/work?" + "&".join(f"id={job}" for job in jobs))


@only(KEEPERS)
async def show_run(request: web.Request) -> web.StreamResponse:
    """Show what the review would be made with, and its button."""
    here = installation(request)
    done, level = await asyncio.gather(
        asyncio.to_thread(_done, here), asyncio.to_thread(_level, here)
    )
    approved, shipped = await asyncio.to_thread(_approval, here)
    return page(
        request,
        "console/walk_run.html",
        progress=Progress(now="run", done=done),
        level=level,
        approved=approved,
        shipped=shipped,
        officer=Role.SAFETY_OFFICER in session(request).roles,
        wrong=wrong_of(request),
        unnamed=not here.institution,
    )


@only(KEEPERS)
async def run(request: web.Request) -> web.StreamResponse:
    """Ask for a review; a safety officer may approve the shipped explanations with it."""
    here, who = installation(request), session(request)
    form = await request.post()
    try:
        start, end = (_day(str(form.get(name, ""))) for name in ("start", "end"))
    except InvalidInputError as error:
        return onward("/walk/run", wrong=error.message)
    if form.get("approve") and Role.SAFETY_OFFICER in who.roles:
        from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

        await record(request, Action.SECURITY, "review/explanations")
        await asyncio.to_thread(
            review.approve_shipped, here.database, who.user_id, here.clock.now()
        )
    await record(request, Action.EXECUTE, "review/run")
    job = await asyncio.to_thread(work.start_review, here, by=who.user_id, start=start, end=end)
    return onward("/walk/work", id=job)


@only(KEEPERS)
async def show_work(request: web.Request) -> web.StreamResponse:
    """Show how far the work is."""
    jobs = await asyncio.to_thread(_jobs, installation(request), request.query.getall("id", []))
    if not jobs:
        return onward("/walk")
    done = await asyncio.to_thread(_done, installation(request))
    step = {"log": "log", "care": "lists", "review": "run"}[jobs[0].what]
    return page(
        request, "console/walk_work.html", progress=Progress(now=step, done=done), **_shown(jobs)
    )


@only(KEEPERS)
async def part_of_work(request: web.Request) -> web.StreamResponse:
    """Return only the part that moves."""
    jobs = await asyncio.to_thread(_jobs, installation(request), request.query.getall("id", []))
    text = render("console/walk_part.html", language=language(request), **_shown(jobs))
    return web.Response(text=text, content_type="text/html")


async def _sample(
    request: web.Request, here: Installation, upload: uploads.Upload, mapping: Any
) -> web.StreamResponse:
    proposal = await asyncio.to_thread(_sniff, here, upload, mapping)
    done = await asyncio.to_thread(_done, here)
    await record(request, Action.READ, "walk/sample")
    return page(
        request,
        "console/walk_sample.html",
        progress=Progress(now="log", done=done),
        upload=upload,
        proposal=proposal,
        columns=_columns(proposal),
        fields=_fields(),
        doubts=[Line(message=m, args=dict(a)) for m, a in proposal.doubts],
        missing=[Line(message=m, args=dict(a)) for m, a in proposal.missing],
    )


def _sniff(here: Installation, upload: uploads.Upload, mapping: Any) -> Proposal:
    from sekisho import collect  # noqa: PLC0415 (keeps the first page quick)

    return collect.sniff(uploads.path_of(here, upload), zone=here.config.zone, mapping=mapping)


def _fields() -> tuple[str, ...]:
    from sekisho.collect.mapping import FIELDS  # noqa: PLC0415 (keeps the first page quick)

    return FIELDS


def _named(header: tuple[str, ...]) -> list[str]:
    """Return the columns' names; a name that comes twice is told apart by its number."""
    names = []
    for place, name in enumerate(header):
        earlier = header[:place].count(name)
        names.append(f"{name}#{earlier + 1}" if earlier else name)
    return names


def _columns(proposal: Proposal) -> list[Column]:
    meaning = {name: field for field, names in proposal.mapping.columns.items() for name in names}
    return [
        Column(
            place=place,
            name=name,
            examples=tuple(
                row.cells[place] for row in proposal.sample[:2] if place < len(row.cells)
            ),
            meaning=meaning.get(name, "known" if name in proposal.mapping.known else ""),
        )
        for place, name in enumerate(_named(proposal.header))
    ]


def _mapping(proposal: Proposal, form: dict[str, str]) -> Any:
    chosen: dict[str, tuple[str, ...]] = {}
    known = []
    for place, name in enumerate(_named(proposal.header)):
        field = form.get(f"m{place}", "")
        if field == "known":
            known.append(name)
        elif field in _fields():
            chosen[field] = (*chosen.get(field, ()), name)
    return replace(
        proposal.mapping,
        columns=chosen,
        known=tuple(known),
        name=form.get("name", "").strip()[:60] or proposal.mapping.name,
    )


def _done(here: Installation) -> frozenset[str]:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    done = set()
    if any(file.read for file in _files(here)):
        done.add("log")
    level = _level(here)
    if level is not None and level.name != "none":
        done.add("lists")
    if review.latest(here.database) is not None:
        done |= {"run", "result"}
    return frozenset(done)


def _files(here: Installation) -> list[FileView]:
    from sekisho import collect  # noqa: PLC0415 (keeps the first page quick)

    return collect.files(here.database)


def level_now(here: Installation) -> tuple[Level | None, dt.date | None, dt.date | None]:
    """Return the level of the period that the imported logs cover, and that period."""
    return work.level_now(here)


def _level(here: Installation) -> Level | None:
    return level_now(here)[0]


def _approval(here: Installation) -> tuple[int, int]:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    shipped = [rule for rule in review.catalogue() if rule.kind == "explanation"]
    return len(review.approved(here.database)), len(shipped)


def _jobs(here: Installation, identifiers: list[str]) -> list[work.JobView]:
    found = (work.job(here, one) for one in identifiers[:20] if len(one) == 32)
    return [job for job in found if job is not None]


def _shown(jobs: list[work.JobView]) -> dict[str, Any]:
    return {
        "jobs": jobs,
        "going": any(job.state in {"waiting", "running"} for job in jobs),
        "part": "/walk/work/part?" + "&".join(f"id={job.id}" for job in jobs),
    }


def _upload(request: web.Request) -> uploads.Upload | None:
    return uploads.find(installation(request), request.match_info["upload"])


def _day(text: str) -> dt.date | None:
    if not text.strip():
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInputError("console.filter.day") from error
