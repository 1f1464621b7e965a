"""機器とパッチ: what stands where, one asset, the lines to the outside, what may be one machine."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from sekisho.app import walk as work
from sekisho.app.installation import Installation
from sekisho.console import uploads
from sekisho.console.interface import (
    ANYONE,
    KEEPERS,
    OFFICERS,
    Tab,
    installation,
    language,
    session,
)
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import Error
from sekisho.pages import render
from sekisho.terms import Action

PAGE = 50
PIECES = 500
"""Pieces of software that one page shows."""
STATES = ("in_use", "stored", "retired", "ended", "touch", "gone")
SAYERS = KEEPERS | OFFICERS
"""Who may say that an asset may be touched, and that two are one."""


def routes() -> list[web.RouteDef]:
    """Return the addresses of this room."""
    one, pair = "/posture/assets/{asset:[0-9]{1,9}}", "/posture/pairs/{pair:[0-9]{1,9}}"
    return [
        web.get("/posture", show),
        web.get("/posture/export.{form:csv|xlsx}", export),
        web.get(one, show_one),
        web.post(f"{one}/touch", touch),
        web.post(f"{one}/gone", say_gone),
        web.get("/posture/connections", lines),
        web.get("/posture/pairs", show_pairs),
        web.post(pair, answer),
        web.post(f"{pair}/undo", undo),
        web.get("/posture/load", show_load),
        web.post("/posture/load", take),
        web.get("/posture/load/part", part),
    ]


def tabs(request: web.Request, on: str) -> list[Tab]:
    """Return the tabs of this room."""
    paths = {
        "assets": "/posture",
        "protection": "/posture/protection",
        "known": "/posture/known",
        "controls": "/posture/controls",
        "connections": "/posture/connections",
        "vendors": "/posture/vendors",
        "network": "/posture/network",
        "incidents": "/posture/incidents",
        "station": "/posture/station",
        "pairs": "/posture/pairs",
        "sources": "/posture/sources",
    }
    if session(request).roles & KEEPERS:
        paths["load"] = "/posture/load"
    return [
        Tab(name=f"console.posture.tab.{n}", href=path, on=n == on) for n, path in paths.items()
    ]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show a page of assets, filtered as the address says."""
    from sekisho import posture  # noqa: PLC0415 (keeps the first page quick)

    here, chosen = installation(request), _chosen(request)
    kinds = [kind.value for kind in posture.AssetKind]
    after, today = request.query.get("after", "")[:300], today_of(here)
    found, counted = await asyncio.gather(
        asyncio.to_thread(
            posture.assets, here.database, **chosen, after=after, limit=PAGE, today=today
        ),
        asyncio.to_thread(posture.counts, here.database),
    )
    given = {name: value for name, value in chosen.items() if value}
    return page(
        request,
        "console/posture.html",
        tabs=tabs(request, "assets"),
        rows=found.rows,
        next="/posture?" + urlencode({**given, "after": found.after}) if found.after else "",
        first="/posture?" + urlencode(given) if after else None,
        kinds=[kind for kind in kinds if kind in counted],
        states=STATES,
        exported={form: f"/posture/export.{form}?" + urlencode(given) for form in ("csv", "xlsx")},
        counted=counted,
        total=sum(counted.values()),
        today=today,
        keeper=bool(session(request).roles & KEEPERS),
        search=chosen["search"],
        kind=chosen["kind"],
        state=chosen["state"],
    )


def _chosen(request: web.Request) -> dict[str, str]:
    """Return the filter that the address says, without what is no value of it."""
    from sekisho import posture  # noqa: PLC0415 (keeps the first page quick)

    search, kind, state = (request.query.get(n, "").strip() for n in ("search", "kind", "state"))
    return {
        "search": search[:100],
        "kind": kind if kind in list(posture.AssetKind) else "",
        "state": state if state in STATES else "",
    }


@only(ANYONE)
async def export(request: web.Request) -> web.StreamResponse:
    """Give what the list shows as a file, every column of it; that is recorded first."""
    from sekisho.app import inventory  # noqa: PLC0415 (keeps the first page quick)

    here, form = installation(request), request.match_info["form"]
    await record(request, Action.EXPORT, f"posture/export/{form}")
    body = await asyncio.to_thread(
        inventory.exported, here, form, today=today_of(here), language=language(request),
        **_chosen(request),
    )  # fmt: skip
    return web.Response(
        body=body,
        content_type=inventory.TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="sekisho-machines.{form}"'},
    )


@only(SAYERS)
async def say_gone(request: web.Request) -> web.StreamResponse:
    """Keep whether an asset that left its ledger is gone, in the reader's name."""
    from sekisho import posture  # noqa: PLC0415 (keeps the first page quick)

    here, number = installation(request), request.match_info["asset"]
    said = str((await request.post()).get("said", ""))
    await record(request, Action.SECURITY, f"posture/gone/{number}", reason=said[:8])
    where = f"/posture/assets/{number}"
    try:
        await asyncio.to_thread(
            posture.say_gone, here.database, int(number), said,
            by=session(request).user_id, at=here.clock.now(),
        )  # fmt: skip
    except Error as error:
        return onward(where, wrong=error.message)
    return onward(where)


@only(ANYONE)
async def show_one(request: web.Request) -> web.StreamResponse:
    """Show one asset: what each source says of it, what concerns it, whether it may be touched."""
    from sekisho import posture  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.posture import (  # noqa: PLC0415 (same)
        controls,
        disclosures,
        ends,
        match,
        protection,
    )

    here, today = installation(request), today_of(installation(request))
    identifier = int(request.match_info["asset"])
    now = here.clock.now()
    found, known, lines, (guard, past), off = await asyncio.gather(
        asyncio.to_thread(posture.asset, here.database, identifier),
        asyncio.to_thread(match.of_asset, here.database, identifier),
        asyncio.to_thread(posture.lines_of, here.database, identifier, today),
        asyncio.to_thread(protection.of_asset, here.database, identifier, now=now, today=today),
        asyncio.to_thread(controls.of_asset, here.database, identifier, today=today),
    )
    gone = await asyncio.to_thread(posture.gone_of, here.database, identifier)
    end = await asyncio.to_thread(ends.published_ends, here.database, today, asset=identifier)
    disclosed = found and await asyncio.to_thread(disclosures.of_asset, here.database, found.values)
    return page(
        request,
        "console/posture_asset.html",
        status=200 if found else 404,
        asset=found,
        known=known,
        lines=lines,
        guard=guard,
        past=past,
        off=off,
        gone=gone,
        end=end.get(identifier),
        disclosed=disclosed or (),
        pieces=PIECES,
        today=today,
        sayer=bool(session(request).roles & SAYERS),
        wrong=wrong_of(request),
    )


@only(SAYERS)
async def touch(request: web.Request) -> web.StreamResponse:
    """Keep whether the asset may be touched, in the reader's name."""
    from sekisho import posture  # noqa: PLC0415 (keeps the first page quick)

    here, number = installation(request), request.match_info["asset"]
    form = await request.post()
    said, until = str(form.get("said", "")), day_of(str(form.get("until", "")))
    await record(request, Action.SECURITY, f"posture/touch/{number}", reason=f"{said[:8]} {until}")
    where = f"/posture/assets/{number}"
    try:
        await asyncio.to_thread(
            posture.say_touch, here.database, int(number), said,
            by=session(request).user_id, at=here.clock.now(), until=until, today=today_of(here),
        )  # fmt: skip
    except Error as error:
        return onward(where, wrong=error.message)
    return onward(where)


@only(ANYONE)
async def lines(request: web.Request) -> web.StreamResponse:
    """Show every line to the outside as a picture and a table: what guards it, and where it leads."""
    from sekisho import posture  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.console.wiring import picture  # noqa: PLC0415 (same)
    from sekisho.posture.findings import unpatched  # noqa: PLC0415 (same)

    here = installation(request)
    today = today_of(here)
    found = await asyncio.to_thread(posture.wiring, here.database, today)
    return page(
        request,
        "console/posture_lines.html",
        tabs=tabs(request, "connections"),
        lines=[(one, unpatched(one.line, today)) for one in found.lines],
        machines=found.machines,
        picture=picture(found, language(request)),
        keeper=bool(session(request).roles & KEEPERS),
    )


@only(ANYONE)
async def show_pairs(request: web.Request) -> web.StreamResponse:
    """Show the pairs that may be one machine, side by side, and what was answered lately."""
    from sekisho import posture  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    states = ("open", "same", "different")
    found = [await asyncio.to_thread(posture.pairs, here.database, state=one) for one in states]
    return page(
        request,
        "console/posture_pairs.html",
        tabs=tabs(request, "pairs"),
        waiting=found[0],
        answered=sorted(found[1] + found[2], key=lambda pair: pair.at, reverse=True)[:50],
        sayer=bool(session(request).roles & SAYERS),
        wrong=wrong_of(request),
    )


@only(SAYERS)
async def answer(request: web.Request) -> web.StreamResponse:
    """Keep that a pair is one machine, or two."""
    from sekisho import posture  # noqa: PLC0415 (keeps the first page quick)

    here, pair = installation(request), request.match_info["pair"]
    same = (await request.post()).get("same") == "yes"
    await record(
        request, Action.UPDATE, f"posture/pair/{pair}", reason="same" if same else "different"
    )
    return await _settle(here, posture.answer, int(pair), same=same, by=session(request).user_id)


@only(SAYERS)
async def undo(request: web.Request) -> web.StreamResponse:
    """Ask a pair again."""
    from sekisho import posture  # noqa: PLC0415 (keeps the first page quick)

    here, pair = installation(request), request.match_info["pair"]
    await record(request, Action.UPDATE, f"posture/pair/{pair}", reason="undo")
    return await _settle(here, posture.undo, int(pair), by=session(request).user_id)


@only(KEEPERS)
async def show_load(request: web.Request) -> web.StreamResponse:
    """Show where to drop ledgers and exports, and what came of those just given."""
    jobs = await asyncio.to_thread(_jobs, installation(request), request.query.getall("id", []))
    return page(
        request,
        "console/posture_load.html",
        tabs=tabs(request, "load"),
        wrong=wrong_of(request),
        **_shown(jobs),
    )


@only(KEEPERS)
async def take(request: web.Request) -> web.StreamResponse:
    """Take the files and load them one after another."""
    here, by = installation(request), session(request).user_id
    try:
        arrived = await uploads.receive(request, here, by)
    except Error as error:
        return onward("/posture/load", wrong=error.message)
    await record(request, Action.IMPORT, "posture/load")
    jobs = []
    for upload in arrived:
        path = uploads.path_of(here, upload)
        jobs.append(
            await asyncio.to_thread(work.start_posture, here, path, by=by, name=upload.name)
        )
        uploads.taken(here, upload)
    return onward("/posture/load?" + "&".join(f"id={job}" for job in jobs))


@only(KEEPERS)
async def part(request: web.Request) -> web.StreamResponse:
    """Return only the part that moves."""
    jobs = await asyncio.to_thread(_jobs, installation(request), request.query.getall("id", []))
    text = render("console/walk_part.html", language=language(request), **_shown(jobs))
    return web.Response(text=text, content_type="text/html")


async def _settle(here: Installation, act: Any, pair: int, **said: Any) -> web.StreamResponse:
    try:
        await asyncio.to_thread(act, here.database, pair, at=here.clock.now(), **said)
    except Error as error:
        return onward("/posture/pairs", wrong=error.message)
    return onward("/posture/pairs")


def _jobs(here: Installation, identifiers: list[str]) -> list[work.JobView]:
    found = (work.job(here, one) for one in identifiers[:20] if len(one) == 32)
    return [job for job in found if job is not None and job.what == "posture"]


def _shown(jobs: list[work.JobView]) -> dict[str, Any]:
    return {
        "jobs": jobs,
        "going": any(job.state in {"waiting", "running"} for job in jobs),
        "part": "/posture/load/part?" + "&".join(f"id={job.id}" for job in jobs),
    }


def today_of(here: Installation) -> dt.date:
    """Return the day at the institution."""
    return here.clock.now().astimezone(ZoneInfo(here.config.zone)).date()


def day_of(text: str) -> dt.date | None:
    """Return the day of a form's field, None where there is none."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None
