"""What concerns us, kept so that a page shows it at once: by deadline, by asset, by advisory."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.errors import Value
from sekisho.posture.assets import components, order_of, plain
from sekisho.posture.knowledge.load import ages
from sekisho.posture.knowledge.tables import ADVISORY
from sekisho.posture.match.deadline import Rules
from sekisho.posture.match.inquiry import standing
from sekisho.posture.match.judge import Status
from sekisho.posture.match.run import Match, matches, treat
from sekisho.posture.match.tables import FOUND
from sekisho.posture.tables import ASSET
from sekisho.storage import Database, insert_many

OPEN = ("todo", "doing")
_NO_DAY = "9999-12-31"
_SAID = ("maker_says", "held_until")
_COLUMNS = tuple(one.name for one in FOUND.columns if one.name not in {"id", *_SAID})
_ASSET, _NUMBER = _COLUMNS.index("asset"), _COLUMNS.index("number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One advisory and one asset that it concerns, or may.

    Attributes:
        message: Id of the sentence that says why; `args` are its values.
        stale: Whether what is known is too old to be trusted (`as_of`).
        fresh: Whether a person has not looked yet, or the remedy changed since.
        maker_says: ``asked``, or what the maker answered; None where nobody was asked about
            this remedy.
        held_until: Until when something stands in place of a patch that does not come.
    """

    id: int
    asset: str
    asset_id: int | None
    component: str
    source: str
    number: str
    title: str
    url: str | None
    status: str
    method: str
    confidence: float
    fixed_in: str | None
    message: str
    args: Mapping[str, Value]
    deadline: dt.date | None
    timeline: str | None
    as_of: dt.datetime
    stale: bool
    state: str
    fresh: bool
    maker_says: str | None
    held_until: dt.date | None

    def over(self, today: dt.date) -> bool:
        """Return whether its last day has passed and it is not done."""
        last = max(filter(None, (self.deadline, self.held_until)), default=None)
        return last is not None and last < today and self.state != "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """A page of them; `after` is where the next one begins, "" on the last."""

    rows: tuple[Found, ...]
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What an advisory means for one thing on the ward.

    Attributes:
        found: The verdict.
        told: What the ledger says of it: name, kind, place, whether it may be unplugged, what
            stops then, whom to call. Empty for a line to the outside.
    """

    found: Found
    told: Mapping[str, Any]


def look(database: Database, *, rules: Rules, now: dt.datetime) -> Counter[str]:
    """Hold what is published against what stands here, and keep what concerns us.

    What is not affected is not kept: `sekisho posture match` says it.

    Args:
        database: Of inventory and knowledge.
        rules: Deadlines, and how old knowledge may be.
        now: The time.

    Returns:
        Status → how many.
    """
    counts: Counter[str] = Counter()
    with database.read() as c:
        query = sa.select(ASSET.c.id, ASSET.c.number).where(ASSET.c.state != "retired")
        ids = {row.number or f"#{row.id}": row.id for row in c.execute(query)}
    rows = []
    for one in matches(database, components(database), rules=rules, now=now):
        counts[one.hit.verdict.status] += 1
        if one.hit.verdict.status is not Status.NOT_AFFECTED:
            rows.append(tuple(_row(one, ids)[name] for name in _COLUMNS))
    with database.write() as c:
        said = standing(c)
        rows = [(*row, *said.get((row[_ASSET], row[_NUMBER]), (None, None))) for row in rows]
        c.execute(sa.delete(FOUND))
        insert_many(c, FOUND, (*_COLUMNS, *_SAID), rows)
    return counts


def found(
    database: Database,
    *,
    search: str = "",
    verdict: str = "",
    state: str = "",
    maker: str = "",
    after: str = "",
    limit: int = 50,
) -> FoundPage:
    """Return a page of what concerns us, the earliest deadline first.

    Args:
        database: Where it is kept.
        search: Words that all must stand in the asset's number, component, advisory or title.
        verdict: ``affected``, ``unknown``, "" for both.
        state: ``todo``, ``doing``, ``done``; "" for what is not done.
        maker: ``asked`` (no answer yet), ``answered``, "" for all.
        after: `FoundPage.after` of the page before.
        limit: Rows of a page.
    """
    query = sa.select(FOUND).order_by(FOUND.c.sort, FOUND.c.id).limit(limit + 1)
    query = query.where(FOUND.c.state == state) if state else query.where(FOUND.c.state.in_(OPEN))
    if verdict:
        query = query.where(FOUND.c.status == verdict)
    if maker:
        asked = FOUND.c.maker_says == "asked"
        query = query.where(asked if maker == "asked" else sa.not_(asked))
    text = sa.func.lower(
        FOUND.c.asset + " " + FOUND.c.component + " " + FOUND.c.number + " " + FOUND.c.title
    )
    for word in plain(search).split()[:8]:
        query = query.where(text.contains(word, autoescape=True))
    sort, _, last = after.rpartition("|")
    if last.isdigit():
        query = query.where(sa.tuple_(FOUND.c.sort, FOUND.c.id) > (sort, int(last)))
    with database.read() as c:
        rows = c.execute(query).mappings().all()
    more = f"{rows[limit - 1]['sort']}|{rows[limit - 1]['id']}" if len(rows) > limit else ""
    return FoundPage(rows=tuple(_found(row) for row in rows[:limit]), after=more)


def of_asset(database: Database, identifier: int) -> list[Found]:
    """Return what concerns one asset, the earliest deadline first; what is done last."""
    query = sa.select(FOUND).where(FOUND.c.asset_id == identifier)
    with database.read() as c:
        rows = c.execute(query.order_by(FOUND.c.state == "done", FOUND.c.sort, FOUND.c.id))
        return [_found(row) for row in rows.mappings()]


def of_advisory(database: Database, number: str) -> tuple[Mapping[str, Any] | None, list[Device]]:
    """Return an advisory and what it means for each thing here, by place.

    CSAF clause 13 (asset matching system): the assets of one advisory.
    """
    with database.read() as c:
        told = c.execute(sa.select(ADVISORY).where(ADVISORY.c.number == number)).mappings().first()
        rows = c.execute(sa.select(FOUND).where(FOUND.c.number == number)).mappings().all()
        wanted = [row["asset_id"] for row in rows if row["asset_id"] is not None]
        names = ("name", "kind", "place", "unplug", "stops", "maintained_by", "contact", "clinical_use", "leased", "owner", "maker")  # fmt: skip
        columns = (ASSET.c.id, *(ASSET.c[name] for name in names))
        assets: dict[int, Mapping[str, Any]] = {}
        for start in range(0, len(wanted), 500):
            query = sa.select(*columns).where(ASSET.c.id.in_(wanted[start : start + 500]))
            assets.update({row["id"]: dict(row) for row in c.execute(query).mappings()})
    devices = [Device(found=_found(row), told=assets.get(row["asset_id"] or 0, {})) for row in rows]
    devices.sort(
        key=lambda one: (one.found.status, one.told.get("place") or "", order_of(one.found.asset, None))
    )  # fmt: skip
    return (dict(told) if told else None), devices


def say(
    database: Database,
    identifier: int,
    state: str,
    *,
    by: str,
    at: dt.datetime,
    note: str | None = None,
    whole: bool = False,
) -> Found | None:
    """Keep what a person says of one found weakness; None where there is none of that id.

    Args:
        database: Where it is kept.
        identifier: Of what was found.
        state: What is said.
        by: Who says it.
        at: When.
        note: A remark.
        whole: It is said of everything here that the advisory means (CSAF clause 13).

    Raises:
        InvalidInputError: No such state.
    """
    with database.read() as c:
        row = c.execute(sa.select(FOUND).where(FOUND.c.id == identifier)).mappings().first()
    if row is None:
        return None
    same = FOUND.c.number == row["number"]
    if not whole:
        same &= FOUND.c.asset == row["asset"]
    with database.read() as c:
        assets = list(c.execute(sa.select(FOUND.c.asset).where(same).distinct()).scalars())
    for asset in assets:
        treat(database, asset, row["number"], state=state, by=by, at=at, note=note)
    with database.write() as c:
        c.execute(sa.update(FOUND).where(same).values(state=state, fresh=False))
    return _found(row)


def sums(database: Database, today: dt.date) -> dict[str, int]:
    """Return how many wait (``open``), are over their deadline, and were not looked at yet."""
    waits = FOUND.c.state.in_(OPEN)
    sure = waits & (FOUND.c.status == Status.AFFECTED.value)
    held = FOUND.c.held_until.is_not(None) & (FOUND.c.held_until >= today)
    query = sa.select(
        sa.func.count(sa.case((waits, 1))),
        sa.func.count(sa.case((sure, 1))),
        sa.func.count(sa.case((sure & (FOUND.c.deadline < today) & ~held, 1))),
        sa.func.count(sa.case((sure & FOUND.c.fresh, 1))),
    )
    with database.read() as c:
        row = c.execute(query).one()
    return dict(zip(("open", "affected", "overdue", "fresh"), map(int, row), strict=True))


def knowledge(
    database: Database, rules: Rules, now: dt.datetime
) -> Iterator[tuple[str, dt.datetime, bool]]:
    """Yield each kind of source that was loaded, of when it is, and whether that is too long ago."""
    for kind, as_of in sorted(ages(database).items()):
        yield kind, as_of, rules.stale(kind, as_of, now)


def _row(one: Match, ids: Mapping[str, int]) -> dict[str, Any]:
    component, advisory, verdict = one.hit.component, one.hit.advisory, one.hit.verdict
    day = one.deadline.isoformat() if one.deadline else _NO_DAY
    rank = 0 if verdict.status is Status.AFFECTED else 1
    return {
        "asset": component.asset[:128],
        "asset_id": ids.get(component.asset),
        "component": " ".join(filter(None, (component.product, component.model, component.version))),
        "source": advisory.source,
        "number": advisory.id[:128],
        "title": advisory.title,
        "url": advisory.url,
        "status": verdict.status.value,
        "method": verdict.method,
        "confidence": verdict.confidence,
        "fixed_in": verdict.fixed_in,
        "message": verdict.message,
        "args": dict(verdict.args),
        "deadline": one.deadline,
        "timeline": one.timeline,
        "as_of": one.as_of,
        "stale": one.stale,
        "state": one.state,
        "fresh": one.fresh,
        "sort": f"{day}{rank}{order_of(component.asset, None)}"[:200],
    }  # fmt: skip


def _found(row: Mapping[Any, Any]) -> Found:
    return Found(**{name: row[name] for name in Found.__dataclass_fields__})
