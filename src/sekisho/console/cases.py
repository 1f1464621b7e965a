"""閲覧の確認: the accesses that nothing explains and that carry a sign, as a list."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.console.interface import PEOPLE, Tab, installation, language, session
from sekisho.console.reply import onward, page, record
from sekisho.console.veil import Veil
from sekisho.identity.records import Role
from sekisho.pages.words import say
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.app.deputy import Hands
    from sekisho.review import Case

MOST = 200
"""So many cases are shown: those that wait for somebody first."""
STATES = (
    "open", "asked_person", "asked_head", "referred", "explained", "other_hand", "cannot_tell",
    "cleared", "violation",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One case in the list; ids are covered where they must be, and `title` never names one.

    Attributes:
        other: Another person reads it: it is about this reader, or about who reviews here.
        forgotten: The name was taken away.
        earlier: The days of its review, where that is not the newest.
    """

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
    other: bool = False
    forgotten: bool = False
    earlier: tuple[dt.date, dt.date] | None = None


def routes() -> list[web.RouteDef]:
    """Return the addresses of this page."""
    return [web.get("/review", show)]


def tabs(on: str, *, people: bool) -> list[Tab]:
    """Return the tabs of this room."""
    names = ["month", "copies", "explanations"]
    if people:
        names = ["cases", *names, "masking", "rules"]
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
    who = session(request).user_id
    view = await asyncio.to_thread(_list, here, language(request), chosen, rule, who)
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


def _list(here: Installation, words: str, chosen: str, rule: str, reader: str) -> dict[str, Any]:
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.app.asks import hidden  # noqa: PLC0415 (same)
    from sekisho.app.deputy import hands  # noqa: PLC0415 (same)

    run = review.latest(here.database)
    if run is None:
        return {"run": None, "lines": (), "masking": None, "minutes": 0, "rule": ""}
    masking = review.masking(here.database)
    titles = {sign.id: sign.title[words] for sign in review.catalogue()}
    state, limit = chosen if chosen in STATES else None, None if rule in titles else MOST
    found = review.queue(here.database, state=state, limit=limit)
    periods = {run_id: (start, end) for run_id, start, end, _ in review.periods(here.database)}
    if rule in titles:
        found = [case for case in found if rule in case.signs][:MOST]
    veil, bare, who = (
        Veil(covered=True, language=words),
        Veil(covered=False, language=words),
        hands(here),
    )
    return {
        "run": run,
        "rule": titles.get(rule, ""),
        "lines": tuple(
            replace(
                line_of(case, veil if hidden(here, masking, case) else bare, words, who, reader),
                earlier=None if case.run_id == run.id else periods[case.run_id],
            )
            for case in found
        ),
        "masking": masking,
        "minutes": round(
            review.minutes_a_case(here.database) * sum(case.state == "open" for case in found)
        ),
    }


def line_of(case: Case, veil: Veil, words: str, who: Hands, reader: str) -> CaseLine:
    """Return a case as the list shows it to `reader`: of one they may not read, that it is there."""
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    titles = {rule.id: rule.title[words] for rule in review.catalogue()}
    told = say(words, "pages.dot").join(titles[sign] for sign in case.signs[:3] if sign in titles)
    other = not who.may(reader, case.user_id)
    gone = case.forgotten_at is not None
    named = not (other or gone)
    patients = case.patient_ids if named else ()
    user = veil.user(case.user_id) if named else "–"
    shown = tuple(veil.patient(p) for p in patients[:3])
    return CaseLine(
        id=case.id,
        rank=case.rank,
        title=say(words, "console.cases.other") if other else told or case.rule,
        why=veil.text(case.why[words]) if named else "",
        user=user,
        patients=shown,
        more_patients=max(0, len(patients) - 3),
        records=case.accesses,
        first_at=case.first_at,
        last_at=case.last_at,
        state=case.state,
        other=other,
        forgotten=gone,
    )
