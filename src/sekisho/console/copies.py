"""開示: who looked at a patient, as numbered copies; the rule about names; the register."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.console.cases import tabs
from sekisho.console.interface import OFFICERS, PEOPLE, installation, language, session
from sekisho.console.records import AT_ONCE
from sekisho.console.reply import only, onward, page, record
from sekisho.console.sending import sending
from sekisho.console.veil import Veil
from sekisho.errors import Error, InvalidInputError
from sekisho.terms import Action, PatientId

if TYPE_CHECKING:
    from sekisho.app.copies import Wanted

FIELDS = ("patient", "start", "end", "form", "kind", "names")
SHOWN = 200
TYPES = {"pdf": "application/pdf", "json": "application/json"}


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [
        web.get("/review/copies", show),
        web.post("/review/copies", make),
        web.post("/review/copies/names", names),
        web.get("/review/copies/{name:[\\w.-]{1,40}}", file),
    ]


async def show(request: web.Request) -> web.StreamResponse:
    """Show the register and the form to those who may see people; to the others, counts."""
    form = {name: request.query.get(name, "").strip()[:100] for name in FIELDS}
    if session(request).roles & PEOPLE:
        await record(request, Action.READ, "review/copies")
    return await _show(request, form, made=request.query.get("made", ""))


async def _show(
    request: web.Request, form: dict[str, str], wrong: Error | None = None, made: str = ""
) -> web.StreamResponse:
    here, roles = installation(request), session(request).roles
    people = bool(roles & PEOPLE)
    view = await asyncio.to_thread(_view, here, language(request), made, people=people)
    return page(
        request,
        "console/copies.html",
        status=400 if wrong else 200,
        tabs=tabs("copies", people=people),
        form=form,
        wrong=wrong,
        people=people,
        officer=bool(roles & OFFICERS),
        whose=_whose(wrong),
        **view,
    )


def _whose(wrong: Error | None) -> list[str]:
    """Return whose numbers meet, where that is why it was refused: one of them is chosen."""
    if wrong is None or wrong.message != "review.whose_number":
        return []
    found = wrong.args_.get("which", ())
    return [str(one) for one in found] if isinstance(found, list | tuple) else []


@only(PEOPLE)
async def make(request: web.Request) -> web.StreamResponse:
    """Make a copy in the reader's own name, and lead to it."""
    from sekisho.app import copies  # noqa: PLC0415 (keeps the first page quick)

    here = installation(request)
    given = await request.post()
    form = {name: str(given.get(name, "")).strip()[:100] for name in FIELDS}
    try:
        whose = tuple(str(one)[:200] for one in given.getall("authority", ()))
        wanted = _wanted(request, form, whose)
        with sending(request, "copy") as note:
            async with AT_ONCE:
                line, _ = await asyncio.to_thread(copies.make, here, wanted, note.step)
    except Error as error:
        return await _show(request, form, error)
    return onward("/review/copies", made=line.name)


def _wanted(request: web.Request, form: dict[str, str], whose: tuple[str, ...]) -> Wanted:
    from sekisho.app.answer import Asked  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.copies import Wanted  # noqa: PLC0415 (same)

    who = session(request)
    if not form["patient"]:
        raise InvalidInputError("app.copy.no_patient")
    return Wanted(
        asked=Asked(
            patient=form["patient"],
            start=_day(form["start"]),
            end=_day(form["end"]),
            language=language(request),
            authorities=whose or None,
        ),
        form=form["form"],
        kind=form["kind"],
        by=who.user_id,
        names_by=who.user_id if form["names"] else None,
        terminal=request.remote,
    )


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError("app.copy.no_day") from error


@only(PEOPLE)
async def file(request: web.Request) -> web.StreamResponse:
    """Give a copy again, as it was made."""
    from sekisho.app import copies  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.review.copies import copy_of  # noqa: PLC0415 (same)

    here, name = installation(request), request.match_info["name"]
    line = await asyncio.to_thread(copy_of, here.database, name)
    if line is None:
        raise web.HTTPNotFound
    body = await asyncio.to_thread(copies.kept, here, line)
    patients = (PatientId(line.patient_id),)
    await record(request, Action.EXPORT, f"review/copy/{line.name}/file", patients=patients)
    return web.Response(
        body=body,
        content_type=TYPES[line.kind],
        headers={
            "Content-Disposition": f'attachment; filename="{line.name}-{line.form}.{line.kind}"'
        },
    )


@only(OFFICERS)
async def names(request: web.Request) -> web.StreamResponse:
    """Keep what the institution's rule says about names, in the reader's own name."""
    from sekisho.review import copies  # noqa: PLC0415 (keeps the first page quick)

    here, who = installation(request), session(request)
    given = await request.post()
    try:
        rule = copies.NamesRule(
            allows=given.get("allows") == "yes",
            text=str(given.get("text", "")).strip()[:2000],
            date=_day(str(given.get("date", ""))),
            by=who.user_id,
            at=here.clock.now(),
        )
        copies.check_names_rule(rule)
        await record(request, Action.SECURITY, "review/names", reason=rule.text[:500])
        await asyncio.to_thread(copies.set_names_rule, here.database, rule)
    except Error as error:
        return await _show(request, dict.fromkeys(FIELDS, ""), error)
    return onward("/review/copies")


def _view(here: Installation, words: str, made: str, *, people: bool) -> dict[str, Any]:
    """Return what the page shows; no patient and no name to who may not see people."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.copies import today  # noqa: PLC0415 (same)
    from sekisho.review.copies import copies, counts, names_rule  # noqa: PLC0415 (same)

    masked = review.masking(here.database).masked
    veil = Veil(masked, words)
    lines = copies(here.database, limit=SHOWN) if people else []
    return {
        "counts": counts(here.database),
        "lines": [
            (line, line.patient_id and veil.patient(line.patient_id), veil.user(line.by))
            for line in lines
        ],
        "made": next((line for line in lines if line.name == made), None),
        "rule": names_rule(here.database),
        "covered": masked,
        "today": today(here).isoformat(),
    }
