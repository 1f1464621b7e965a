"""対策の状態: which machines have a scanner that works and patches, by kind and by state."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from markupsafe import Markup

from sekisho.console.interface import ANYONE, installation
from sekisho.console.posture import tabs, today_of
from sekisho.console.reply import only, page
from sekisho.pages.charts import parts_bar

PAGE = 50
_BAR = {"good": "yes", "bad": "no", "ordered": "care"}


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [web.get("/posture/protection", show)]


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show the shares as a picture and as numbers, and a page of the machines behind them."""
    from sekisho.posture import protection  # noqa: PLC0415 (keeps the first page quick)

    here, query = installation(request), request.query
    now, today = here.clock.now(), today_of(here)

    def chosen(name: str, known: tuple[str, ...]) -> str:
        return query[name] if query.get(name) in known else ""

    of = chosen("of", protection.SUBJECTS) or protection.SUBJECTS[0]
    given = {
        "search": query.get("search", "").strip()[:100],
        "kind": chosen("kind", protection.KINDS["patches"] + ("software", "other")),
        "state": chosen("state", protection.STATES),
    }
    found, counted = await asyncio.gather(
        asyncio.to_thread(
            protection.guarded, here.database, of=of, now=now, today=today,
            search=given["search"], kind=given["kind"], chosen=given["state"],
            after=query.get("after", "")[:300], limit=PAGE,
        ),
        asyncio.to_thread(protection.shares, here.database, of=of, now=now, today=today),
    )  # fmt: skip
    kept = {"of": of} | {name: value for name, value in given.items() if value}
    where = "/posture/protection?"
    return page(
        request,
        "console/posture_protection.html",
        tabs=tabs(request, "protection"),
        of=of,
        subjects=protection.SUBJECTS,
        states=protection.STATES,
        rows=found.rows,
        shares=_shares(counted, protection.STATES),
        next=where + urlencode({**kept, "after": found.after}) if found.after else "",
        first=where + urlencode(kept) if query.get("after") else None,
        old_days=protection.OLD.days,
        search=given["search"],
        kind=given["kind"],
        state=given["state"],
    )


def _shares(
    counted: dict[str, dict[str, int]], states: tuple[str, ...]
) -> list[tuple[str, Markup, list[tuple[str, int]], int]]:
    """Return kind, its bar, (state, count) and how many; the kind with the most bad ones first."""
    rows: list[tuple[str, Markup, list[tuple[str, int]], int]] = []
    for kind, found in counted.items():
        counts = [(state, found.get(state, 0)) for state in states]
        parts: Any = [(_BAR.get(state, "unknown"), count) for state, count in counts]
        rows.append((kind, parts_bar(parts), counts, sum(found.values())))
    return sorted(rows, key=lambda row: (-dict(row[2])["bad"], row[0]))
