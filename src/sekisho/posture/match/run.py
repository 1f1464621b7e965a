"""What is known against what stands here: the lines of `sekisho posture match`."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.posture.component import Component
from sekisho.posture.knowledge import vendors
from sekisho.posture.knowledge.keep import statement_of
from sekisho.posture.knowledge.load import ages
from sekisho.posture.knowledge.records import Advisory, Statement
from sekisho.posture.knowledge.tables import ADVISORY, ANSWER, FACT, STATEMENT, TREATMENT
from sekisho.posture.match.deadline import Rules
from sekisho.posture.match.judge import Status
from sekisho.posture.match.matcher import Hit, Matcher
from sekisho.posture.match.package import purls_of
from sekisho.posture.names.makers import Makers
from sekisho.posture.names.text import tokens
from sekisho.storage import Database

_PART = 500
STATES = ("todo", "doing", "done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One asset and one advisory.

    Attributes:
        hit: The component, the advisory and the verdict.
        deadline: The last day to mend it, or None.
        timeline: Which timeline of the table it is, or None where nothing is to be mended.
        as_of: Of when the knowledge is.
        stale: Whether that is too long ago.
        state: What a person said of it: ``todo``, ``doing``, ``done``.
        fresh: Whether a person should look: nothing said yet, or the remedy changed since.
    """

    hit: Hit
    deadline: dt.date | None
    timeline: str | None
    as_of: dt.datetime
    stale: bool
    state: str
    fresh: bool


def matches(
    database: Database, components: Iterable[Component], *, rules: Rules, now: dt.datetime
) -> Iterator[Match]:
    """Give every asset and advisory that concern each other, the most urgent of one asset first.

    Args:
        database: Where knowledge is kept.
        components: What stands in the hospital.
        rules: Deadlines, and how old knowledge may be.
        now: The time.
    """
    here = list(components)
    makers = Makers(_answers(database))
    advisories, first, remedies = _known(database, here, makers)
    treated = _treated(database)
    dated = ages(database)
    found: dict[tuple[str, str], Hit] = {}
    for hit in Matcher(advisories, makers).hits(here):
        key = (hit.component.asset, hit.advisory.id)
        before = found.get(key)
        if before is None or _order(hit) > _order(before):
            found[key] = hit
    told = _told_elsewhere(found.values())
    facts = _facts(database, {cve for hit in found.values() for cve in hit.advisory.cves})
    for (asset, number), hit in found.items():
        if (
            hit.advisory.source == "kev"
            and hit.verdict.status is Status.UNKNOWN
            and (asset, number) in told
        ):
            continue  # another source says which versions: the bare name in KEV adds nothing
        as_of = dated.get(hit.advisory.source, now)
        stale = rules.stale(hit.advisory.source, as_of, now)
        verdict = hit.verdict
        if stale and verdict.status is Status.NOT_AFFECTED:
            since = as_of.date().isoformat()
            verdict = replace(
                verdict, status=Status.UNKNOWN, message="posture.why.stale", args={"since": since}
            )
        timeline = None
        if verdict.status is not Status.NOT_AFFECTED:
            timeline = rules.timeline(
                kev=any(("kev", cve) in facts for cve in hit.advisory.cves),
                exposed=rules.exposed(hit.component.kind),
                automatable=None,
                score=hit.advisory.score,
            )
        state, remedy = treated.get((asset, number), ("todo", ""))
        changed = remedy != remedies[hit.advisory.source, number]
        yield Match(
            hit=replace(hit, verdict=verdict),
            deadline=rules.day(timeline, first[hit.advisory.source, number]) if timeline else None,
            timeline=timeline,
            as_of=as_of,
            stale=stale,
            # What is done was done for another remedy: it is open again.
            state="todo" if changed and state == "done" else state,
            fresh=verdict.status is not Status.NOT_AFFECTED and changed,
        )


def treat(
    database: Database,
    asset: str,
    number: str,
    *,
    state: str,
    by: str,
    at: dt.datetime,
    note: str | None = None,
) -> None:
    """Keep what a person says of an advisory on an asset; a later change of the remedy asks again.

    Raises:
        InvalidInputError: No such state, or no such advisory.
    """
    if state not in STATES:
        raise InvalidInputError("posture.treat.state", state=state)
    with database.write() as c:
        remedy = remedy_of(c, number)
        told = {"state": state, "remedy": remedy, "by": by, "note": note, "at": at}
        keep_treatment(c, asset, number, told)


def remedy_of(c: sa.Connection, number: str) -> str:
    """Return the digest of the remedy that advisory `number` gives now.

    Raises:
        InvalidInputError: There is no such advisory.
    """
    remedy = c.execute(sa.select(ADVISORY.c.remedy).where(ADVISORY.c.number == number)).scalar()
    if remedy is None:
        raise InvalidInputError("posture.treat.advisory", number=number)
    return str(remedy)


def keep_treatment(
    c: sa.Connection, asset: str, number: str, told: Mapping[str, object] | None
) -> None:
    """Put `told` in the place of what was said of `number` on `asset`; None takes it away."""
    t = TREATMENT.c
    c.execute(sa.delete(TREATMENT).where(t.asset == asset, t.number == number))
    if told is not None:
        c.execute(sa.insert(TREATMENT).values(asset=asset, number=number, **told))


def answer_maker(database: Database, text: str, maker: str, *, by: str, at: dt.datetime) -> None:
    """Keep which maker a name in the ledger is; from then on it is not asked again."""
    with database.write() as c:
        c.execute(sa.delete(ANSWER).where(ANSWER.c.text == text))
        c.execute(sa.insert(ANSWER).values(text=text, maker=maker, by=by, at=at))


def _order(hit: Hit) -> tuple[int, float]:
    rank = {Status.AFFECTED: 2, Status.UNKNOWN: 1, Status.NOT_AFFECTED: 0}
    return rank[hit.verdict.status], hit.verdict.confidence


def _told_elsewhere(hits: Iterable[Hit]) -> set[tuple[str, str]]:
    return {
        (hit.component.asset, cve)
        for hit in hits
        if hit.advisory.source != "kev"
        for cve in hit.advisory.cves
    }


def _answers(database: Database) -> dict[str, str]:
    """Return name → maker: by a person's answer, and by MyJVN's list where our own names no maker."""
    query = sa.select(FACT.c.key, FACT.c.data).where(FACT.c.kind == vendors.FACT_KIND)
    with database.read() as c:
        listed = c.execute(query).all()
        told = {row.text: row.maker for row in c.execute(sa.select(ANSWER.c.text, ANSWER.c.maker))}
    plain = Makers()
    by_list = {
        row.key: plain.known_as(row.data["latin"])
        for row in listed
        if plain.known_as(row.key).startswith("?")
    }
    return by_list | told


def _treated(database: Database) -> dict[tuple[str, str], tuple[str, str]]:
    t = TREATMENT.c
    with database.read() as c:
        rows = c.execute(sa.select(t.asset, t.number, t.state, t.remedy)).all()
    return {(row.asset, row.number): (row.state, row.remedy) for row in rows}


def _facts(database: Database, cves: set[str]) -> dict[tuple[str, str], Mapping[str, object]]:
    found: dict[tuple[str, str], Mapping[str, object]] = {}
    wanted = sorted(cves)
    with database.read() as c:
        for start in range(0, len(wanted), _PART):
            query = sa.select(FACT.c.kind, FACT.c.key, FACT.c.data).where(
                FACT.c.kind.in_(("kev", "epss")), FACT.c.key.in_(wanted[start : start + _PART])
            )
            found.update({(row.kind, row.key): row.data for row in c.execute(query)})
    return found


def _known(
    database: Database, here: Sequence[Component], makers: Makers
) -> tuple[list[Advisory], dict[tuple[str, str], dt.datetime], dict[tuple[str, str], str]]:
    """Return the advisories that may concern what stands here, each with those of its statements only."""
    s = STATEMENT.c
    with database.read() as c:
        strange = [
            key for (key,) in c.execute(sa.select(s.key).where(s.key.like("maker:?%")).distinct())
        ]
        keys, heads = _wanted(here, makers, strange)
        bodies: dict[int, dict[int, str]] = defaultdict(dict)
        known = s.key.not_like("maker:?%")
        for column, wanted, also in (
            (s.key, sorted(keys), sa.true()),
            (s.head, sorted(heads[False]), known),
            (s.head, sorted(heads[True]), sa.true()),
        ):
            for start in range(0, len(wanted), _PART):
                query = sa.select(s.id, s.advisory_id, s.body).where(
                    column.in_(wanted[start : start + _PART]), also
                )
                for number, advisory, body in c.execute(query):
                    bodies[advisory][number] = body
        ids = sorted(bodies)
        rows = [
            row
            for start in range(0, len(ids), _PART)
            for row in c.execute(
                sa.select(ADVISORY).where(ADVISORY.c.id.in_(ids[start : start + _PART]))
            )
        ]
    made, first, remedies = [], {}, {}
    for row in rows:
        kept = bodies[row.id]
        statements = tuple(
            statement_of(text) for text in dict.fromkeys(kept[one] for one in sorted(kept))
        )
        made.append(_advisory(row, statements))
        first[row.source, row.number] = row.first_at
        remedies[row.source, row.number] = row.remedy
    return made, first, remedies


def _advisory(row: sa.Row[tuple[object, ...]], statements: tuple[Statement, ...]) -> Advisory:
    return Advisory(
        id=row.number,
        source=row.source,
        title=row.title,
        revised=row.revised,
        published=row.published,
        version=row.version,
        cves=tuple(row.cves),
        statements=statements,
        url=row.url,
        score=row.score,
        withdrawn=row.withdrawn,
        marks=row.marks,
        single=row.single,
    )


def _wanted(
    here: Sequence[Component], makers: Makers, strange: Sequence[str]
) -> tuple[set[str], dict[bool, set[str]]]:
    """Return the keys and the first words by which statements are looked for.

    The words are of components without any maker (True) and of those whose maker nobody knows.
    """
    keys: set[str] = set()
    heads: dict[bool, set[str]] = {True: set(), False: set()}
    seen: set[str] = set()
    others = [key.removeprefix("maker:") for key in strange]
    for component in here:
        keys.update(purls_of(component))
        text = f"{component.product} {component.model or ''}"
        named = {**makers.named(component.maker), **makers.mentioned(text)}
        known = [key for key in named if key[0] != "?"]
        keys.update(f"maker:{other}" for key in known for other in makers.family(key))
        for key in set(named) - set(known) - seen:
            seen.add(key)
            keys.update(f"maker:{one}" for one in makers.like(key, others))
        if not known:
            heads[not named].update(word for word in tokens(text) if len(word) >= 3)
    return keys, heads
