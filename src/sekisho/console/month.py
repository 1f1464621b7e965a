"""The month on one page: what was explained, what was read, what could not be judged."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.console.cases import tabs
from sekisho.console.interface import PEOPLE, installation, language, session
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import Error, InvalidInputError
from sekisho.identity.records import Role
from sekisho.pages.charts import parts_bar
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.paper.month import LevelLine, MonthPage

SIGNERS = frozenset({Role.REVIEWER, Role.SAFETY_OFFICER})


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [
        web.get("/review/month", show),
        web.get("/review/reasons", reasons),
        web.post("/review/month/{run:\\d+}/sign", sign),
        web.get("/review/month/{run:\\d+}/page.pdf", pdf),
        web.get("/review/month/{run:\\d+}/page.xlsx", workbook),
    ]


async def show(request: web.Request) -> web.StreamResponse:
    """Show the month in numbers, to everybody who is signed in."""
    here, roles = installation(request), session(request).roles
    people = bool(roles & PEOPLE)
    view = await asyncio.to_thread(_view, here, language(request), request.query.get("run"))
    return page(
        request,
        "console/month.html",
        tabs=tabs("month", people=people),
        people=people,
        signs=[role.value for role in SIGNERS if role in roles],
        wrong=wrong_of(request),
        **view,
    )


async def reasons(_: web.Request) -> web.StreamResponse:
    """Go to where the month says what could not be judged, and why."""
    return onward("/review/month#reasons")


@only(PEOPLE)
async def sign(request: web.Request) -> web.StreamResponse:
    """Sign the month in the reader's own name; with the second signature its files go on record."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app import month  # noqa: PLC0415 (same)

    here, who = installation(request), session(request)
    form = await request.post()
    role, number = str(form.get("role", "")), int(request.match_info["run"])
    if role not in {one.value for one in SIGNERS & who.roles}:
        raise web.HTTPNotFound
    await record(request, Action.SECURITY, f"review/run/{number}/sign", reason=role)
    try:
        await asyncio.to_thread(
            review.sign_month,
            here.database,
            number,
            who.user_id,
            role,
            here.clock.now(),
            accept_unread=bool(form.get("unread")),
        )
        await asyncio.to_thread(
            month.close_month, here, number, by=who.user_id, language=language(request)
        )
    except Error as error:
        return onward("/review/month", run=number, wrong=error.message)
    return onward("/review/month", run=number)


@only(PEOPLE)
async def pdf(request: web.Request) -> web.StreamResponse:
    """Give the page as PDF; its digest is recorded before it is given."""
    from sekisho.app import month  # noqa: PLC0415 (keeps the first page quick)

    here, number = installation(request), int(request.match_info["run"])
    body = await asyncio.to_thread(
        month.month_pdf, here, number, by=session(request).user_id, language=language(request)
    )
    return _file(f"sekisho-{number}.pdf", "application/pdf", body)


@only(PEOPLE)
async def workbook(request: web.Request) -> web.StreamResponse:
    """Give the page as a workbook; its digest is recorded before it is given."""
    from sekisho.app import month  # noqa: PLC0415 (keeps the first page quick)

    here, number = installation(request), int(request.match_info["run"])
    body = await asyncio.to_thread(
        month.month_xlsx, here, number, by=session(request).user_id, language=language(request)
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _file(f"sekisho-{number}.xlsx", kind, body)


def _view(here: Installation, words: str, asked: str | None) -> dict[str, Any]:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app import month  # noqa: PLC0415 (keeps the first page quick)

    runs = review.runs(here.database)
    if not runs:
        return {"month": None, "run": None, "runs": [], "bar": "", "levels": [], "papers": []}
    if asked is not None and not asked.isdecimal():
        raise InvalidInputError("console.month.no_run")
    number = int(asked) if asked else runs[0].id
    chosen = next((run for run in runs if run.id == number), None)
    if chosen is None:
        raise InvalidInputError("console.month.no_run")
    values = month.month_page(here, chosen.id, language=words)
    return {
        "month": values,
        "run": chosen,
        "runs": runs[:24],
        "reading": review.reading(here.database, chosen.id),
        "bar": _bar(values),
        "levels": [(line, _level_bar(line, values)) for line in values.levels],
        "papers": month.signed_pages(here, chosen.id)[:20],
    }


def _bar(values: MonthPage) -> Any:
    raised = values.raised_accesses
    parts = [
        ("yes", values.explained),
        ("care", values.quiet),
        ("no", raised),
        ("unknown", values.not_judgeable),
    ]
    return parts_bar(parts, height=26)


def _level_bar(line: LevelLine, values: MonthPage) -> Any:
    if line.explained is None:
        return parts_bar([("unknown", 1)])
    return parts_bar([("yes", line.explained)], whole=values.accesses)


def _file(name: str, kind: str, body: bytes) -> web.Response:
    return web.Response(
        body=body,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
