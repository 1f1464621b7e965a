"""Keeping what was read: a revised advisory replaces the one before, an older one does not."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from sekisho.posture.knowledge.lists import Fact
from sekisho.posture.knowledge.records import Advisory, Said, Statement
from sekisho.posture.knowledge.tables import ADVISORY, FACT, STATEMENT
from sekisho.posture.names.makers import Makers
from sekisho.posture.names.pattern import patterns
from sekisho.posture.versions import compare
from sekisho.storage import insert_many

_SHORT = {
    "product": "p", "said": "s", "maker": "m", "versions": "v", "cves": "c", "purl": "u", "ecosystem": "e",
    "events": "r", "listed": "l", "platform": "w", "fixed": "f", "remedy": "d",
}  # fmt: skip
_PART = 500


@dataclass(slots=True)
class Counts:
    """What became of the advisories of one file."""

    added: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    id: int
    digest: str
    remedy: str
    revised: dt.datetime | None
    version: str
    listed: bool
    first_at: dt.datetime
    remedied_at: dt.datetime


def body_of(statement: Statement) -> bytes:
    """Return a statement as it is kept: JSON without what is empty."""
    made = {
        _SHORT[field.name]: value
        for field in dataclasses.fields(statement)
        if (value := getattr(statement, field.name)) not in (None, "", ())
    }
    return orjson.dumps(made)


_BACK = {short: name for name, short in _SHORT.items()}


def statement_of(body: str | bytes) -> Statement:
    """Return a kept statement."""
    told = {_BACK[short]: value for short, value in orjson.loads(body).items()}
    told["said"] = Said(told["said"])
    for name in ("cves", "listed"):
        if name in told:
            told[name] = tuple(told[name])
    if "events" in told:
        told["events"] = tuple(tuple(one) for one in told["events"])
    return Statement(**told)


def _head(product: str) -> str | None:
    words = [word for one in patterns(product) for word in one.words]
    return words[0][:64] if words else None


def keys_of(advisory: Advisory, statement: Statement, makers: Makers) -> list[str]:
    """Return what a statement is found by: its package URL, else its makers."""
    if statement.purl:
        return [bare_purl(statement.purl)[:200]]
    named = makers.named(statement.maker) if statement.maker else makers.mentioned(advisory.title)
    named = named or makers.mentioned(statement.product)
    return [f"maker:{key}"[:200] for key in named] or ["maker:"]


def bare_purl(purl: str) -> str:
    """Return a package URL without version, qualifiers and subpath, in small letters."""
    bare = purl.partition("?")[0].partition("#")[0].lower()
    name = bare.rpartition("/")[2]
    return bare.rpartition("@")[0] if "@" in name else bare


def keep_advisories(
    c: sa.Connection, advisories: Sequence[Advisory], makers: Makers, at: dt.datetime
) -> Counts:
    """Keep advisories of one source.

    Args:
        c: A writing connection.
        advisories: In any order; of two with one number the later revision stays.
        makers: The names of makers.
        at: Now.

    Returns:
        How many are new, changed, the same as before, or older than what is kept.
    """
    counts = Counts()
    newest: dict[tuple[str, str], Advisory] = {}
    for one in advisories:
        before = newest.get((one.source, one.id))
        if before is None or not _older(one, before.revised, before.version):
            newest[one.source, one.id] = one
    kept = _kept(c, newest)
    rows: list[Sequence[Any]] = []
    bodies: list[Sequence[Any]] = []
    gone: list[int] = []
    following = (c.execute(sa.select(sa.func.max(ADVISORY.c.id))).scalar() or 0) + 1
    for key, one in newest.items():
        written = [(statement, body_of(statement)) for statement in one.statements]
        digest = _digest(one, [body for _, body in written])
        remedy = remedy_of(one.statements)
        before_ = kept.get(key)
        if before_ is not None and before_.digest == digest:
            counts.same += 1
            continue
        if before_ is not None and (
            _older(one, before_.revised, before_.version)
            or (bool(one.marks.get("list")) and not before_.listed)
        ):
            counts.older += 1
            continue
        if before_ is None:
            counts.added += 1
            number, first, remedied = following, at, at
            following += 1
        else:
            counts.changed += 1
            gone.append(before_.id)
            number, first = before_.id, before_.first_at
            remedied = before_.remedied_at if before_.remedy == remedy else at
        rows.append(_row(one, number, digest, remedy, first, remedied))
        for statement, body in written:
            head = None if statement.purl else _head(statement.product)
            found_by = keys_of(one, statement, makers)
            bodies.extend((number, key, head, body.decode()) for key in found_by)
    for start in range(0, len(gone), _PART):
        part = gone[start : start + _PART]
        c.execute(sa.delete(STATEMENT).where(STATEMENT.c.advisory_id.in_(part)))
        c.execute(sa.delete(ADVISORY).where(ADVISORY.c.id.in_(part)))
    insert_many(c, ADVISORY, [column.name for column in ADVISORY.columns], rows)
    insert_many(c, STATEMENT, ("advisory_id", "key", "head", "body"), bodies)
    return counts


def keep_facts(c: sa.Connection, facts: Iterable[Fact], at: dt.datetime) -> int:
    """Keep facts, the newest word last; returns how many."""
    newest = {(kind, key[:200]): data for kind, key, data in facts}
    keys = list(newest)
    for start in range(0, len(keys), _PART):
        by_kind: dict[str, list[str]] = {}
        for kind, key in keys[start : start + _PART]:
            by_kind.setdefault(kind, []).append(key)
        for kind, names in by_kind.items():
            c.execute(sa.delete(FACT).where(FACT.c.kind == kind, FACT.c.key.in_(names)))
    insert_many(
        c,
        FACT,
        ("kind", "key", "data", "at"),
        [(kind, key, data, at) for (kind, key), data in newest.items()],
    )
    return len(newest)


def remedy_of(statements: Iterable[Statement]) -> str:
    """Return the digest of which versions are affected, which mends them and what to do."""
    told = sorted(
        f"{s.product}\0{s.said}\0{s.versions}\0{s.events}\0{s.fixed}\0{s.remedy}"
        for s in statements
    )
    return hashlib.sha256("\1".join(told).encode()).hexdigest()[:32]


def _older(one: Advisory, revised: dt.datetime | None, version: str) -> bool:
    if one.revised is not None and revised is not None and one.revised != revised:
        return one.revised < revised
    return bool(one.version and version) and compare(one.version, version) < 0


def _kept(
    c: sa.Connection, wanted: Mapping[tuple[str, str], Advisory]
) -> dict[tuple[str, str], _Kept]:
    found: dict[tuple[str, str], _Kept] = {}
    numbers = sorted({number for _, number in wanted})
    a = ADVISORY.c
    for start in range(0, len(numbers), _PART):
        query = sa.select(
            a.id,
            a.source,
            a.number,
            a.digest,
            a.remedy,
            a.revised,
            a.version,
            a.marks,
            a.first_at,
            a.remedied_at,
        ).where(a.number.in_(numbers[start : start + _PART]))
        for row in c.execute(query):
            found[row.source, row.number] = _Kept(
                row.id, row.digest, row.remedy, row.revised, row.version,
                bool(row.marks.get("list")), row.first_at, row.remedied_at,
            )  # fmt: skip
    return found


def _digest(one: Advisory, bodies: Iterable[bytes]) -> str:
    made = hashlib.sha256(
        orjson.dumps(
            [one.title, one.version, one.revised, one.withdrawn, one.score, list(one.cves)]
        )
    )
    for body in bodies:
        made.update(body)
    return made.hexdigest()[:32]


def _row(
    one: Advisory, number: int, digest: str, remedy: str, first: dt.datetime, remedied: dt.datetime
) -> tuple[Any, ...]:
    single = len({s.product for s in one.statements}) == 1
    return (
        number, one.source, one.id[:128], one.title, one.revised, one.published, one.version[:64], one.score,
        one.withdrawn, single, one.url, list(one.cves), dict(one.marks), digest, remedy, first, remedied,
    )  # fmt: skip
