"""業者: makers and maintainers, what each has here, when it was asked, and what it answered."""

from __future__ import annotations

import asyncio
import datetime as dt

from aiohttp import web

from sekisho.console.asking import TYPES
from sekisho.console.interface import ANYONE, installation, language, session
from sekisho.console.posture import SAYERS, day_of, tabs, today_of
from sekisho.console.reply import only, onward, page, record, wrong_of
from sekisho.errors import Error, InvalidInputError
from sekisho.terms import Action

PAGE = 100
"""Vendors of one page; the others are reached by the search."""
BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    letter = "/posture/vendors/{letter:[0-9]{1,9}}"
    return [
        web.get("/posture/vendors", show),
        web.post("/posture/vendors", ask),
        web.get(letter + ".{form:pdf|docx|xlsx}", give),
        web.post(f"{letter}/withdraw", withdraw),
        web.post(f"{letter}/undo", undo),
        web.get("/posture/disclosures/{disclosure:[0-9]{1,9}}", show_disclosure),
    ]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show every vendor, those with the most here first."""
    from sekisho.posture import disclosures, vendors  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.posture.assets import plain  # noqa: PLC0415 (same)

    here = installation(request)
    search = request.query.get("search", "").strip()[:100]
    found, disclosed = await asyncio.gather(
        asyncio.to_thread(vendors.vendors, here.database),
        asyncio.to_thread(disclosures.disclosures, here.database),
    )
    if search:
        found = [one for one in found if plain(search) in plain(one.name)]
    today = today_of(here)
    return page(
        request,
        "console/posture_vendors.html",
        tabs=tabs(request, "vendors"),
        vendors=found[:PAGE],
        total=len(found),
        disclosed=disclosed,
        search=search,
        now=here.clock.now(),
        today=today,
        due=today + dt.timedelta(days=vendors.DAYS),
        sayer=bool(session(request).roles & SAYERS),
        wrong=wrong_of(request),
    )


@only(SAYERS)
async def ask(request: web.Request) -> web.StreamResponse:
    """Keep that a vendor is asked about all it has here."""
    from sekisho.posture import vendors  # noqa: PLC0415 (keeps the first page quick)

    here, form = installation(request), await request.post()
    await record(request, Action.SECURITY, "posture/vendor/ask")
    try:
        await asyncio.to_thread(
            vendors.ask, here.database, str(form.get("name", "")), today=today_of(here),
            due=day_of(str(form.get("due", ""))), by=session(request).user_id, at=here.clock.now(),
        )  # fmt: skip
    except Error as error:
        return onward("/posture/vendors", wrong=error.message)
    return onward("/posture/vendors")


@only(SAYERS)
async def give(request: web.Request) -> web.StreamResponse:
    """Give a letter or its answer sheet; its digest is recorded before it is given."""
    from sekisho.app import vendors  # noqa: PLC0415 (slow to import)

    here, form = installation(request), request.match_info["form"]
    number = int(request.match_info["letter"])
    try:
        body = await asyncio.to_thread(
            vendors.paper, here, number, form=form, by=session(request).user_id,
            language=language(request),
        )  # fmt: skip
    except InvalidInputError as error:
        raise web.HTTPNotFound from error
    return web.Response(
        body=body,
        content_type=TYPES.get(form, BOOK),
        headers={"Content-Disposition": f'attachment; filename="sekisho-vendor-{number}.{form}"'},
    )


@only(SAYERS)
async def withdraw(request: web.Request) -> web.StreamResponse:
    """Take back a letter that was not sent."""
    from sekisho.posture import vendors  # noqa: PLC0415 (keeps the first page quick)

    here, number = installation(request), int(request.match_info["letter"])
    await record(request, Action.SECURITY, f"posture/vendor/{number}/withdraw")
    try:
        await asyncio.to_thread(
            vendors.withdraw,
            here.database,
            number,
            by=session(request).user_id,
            at=here.clock.now(),
        )
    except Error as error:
        return onward("/posture/vendors", wrong=error.message)
    return onward("/posture/vendors")


@only(SAYERS)
async def undo(request: web.Request) -> web.StreamResponse:
    """Take back everything that a vendor's answer said."""
    from sekisho.posture import vendors  # noqa: PLC0415 (keeps the first page quick)

    here, number = installation(request), int(request.match_info["letter"])
    await record(request, Action.SECURITY, f"posture/vendor/{number}/undo")
    try:
        stays = await asyncio.to_thread(
            vendors.take_back, here.database, number, by=session(request).user_id,
            at=here.clock.now(),
        )  # fmt: skip
    except Error as error:
        return onward("/posture/vendors", wrong=error.message)
    return onward("/posture/vendors", **({"wrong": "posture.vendor.some_stay"} if stays else {}))


@only(ANYONE)
async def show_disclosure(request: web.Request) -> web.StreamResponse:
    """Show what a maker discloses of a product, what it lacks first."""
    from sekisho.posture import disclosures  # noqa: PLC0415 (keeps the first page quick)

    number = int(request.match_info["disclosure"])
    one = await asyncio.to_thread(disclosures.disclosure, installation(request).database, number)
    if one is None:
        raise web.HTTPNotFound
    return page(request, "console/posture_disclosure.html", one=one)
