"""What could not be read: kept with its reason until a mapping can read it.

The raw bytes may name people; they are only here, never in a message, and are dropped once
the record stands in the ledger.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

import sqlalchemy as sa
from msgspec import structs

from sekisho.collect.evtx_chunks import rebuilt
from sekisho.collect.interface import Bad, QuarantineRow, Reading, Recorder
from sekisho.collect.join import Book, Users
from sekisho.collect.mapping import Join, Mapping
from sekisho.collect.readers import reader
from sekisho.collect.tables import FILE, QUARANTINE, SOURCE
from sekisho.collect.vendor_csv import CsvReading
from sekisho.errors import InvalidInputError
from sekisho.storage import Database
from sekisho.terms import Access, Clock, Origin

_BATCH = 500
_Joined = Callable[[Join], Users | None]


@dataclass(frozen=True, slots=True)
class Retried:
    """What a second reading gave: records added, already there, and still unreadable."""

    added: int
    already: int
    still: int


def put(database: Database, file_id: int, rows: Sequence[Bad], clock: Clock) -> int:
    """Keep `rows`; return how many were not there before."""
    if not rows:
        return 0
    now = clock.now()
    by_key = {row.key: row for row in rows}
    with database.write() as c:
        there = set(
            c.scalars(sa.select(QUARANTINE.c.key).where(QUARANTINE.c.key.in_(list(by_key))))
        )
        new = [row for key, row in by_key.items() if key not in there]
        if new:
            c.execute(
                sa.insert(QUARANTINE),
                [
                    {
                        "key": row.key,
                        "file_id": file_id,
                        "source": row.source,
                        "row": row.number,
                        "reason": row.reason,
                        "args": dict(row.args),
                        "digest": row.digest,
                        "raw": row.raw,
                        "state": "open",
                        "since": now,
                    }
                    for row in new
                ],
            )
    return len(new)


def quarantine(
    database: Database,
    *,
    source: str | None = None,
    file_id: int | None = None,
    state: str | None = "open",
    after: int = 0,
    limit: int = 100,
) -> list[QuarantineRow]:
    """Return what is kept, in order of arrival, from the row after `after` (an id)."""
    query = (
        sa.select(QUARANTINE, FILE.c.path)
        .join(FILE, FILE.c.id == QUARANTINE.c.file_id)
        .where(QUARANTINE.c.id > after)
        .order_by(QUARANTINE.c.id)
        .limit(limit)
    )
    if source is not None:
        query = query.where(QUARANTINE.c.source == source)
    if file_id is not None:
        query = query.where(QUARANTINE.c.file_id == file_id)
    if state is not None:
        query = query.where(QUARANTINE.c.state == state)
    with database.read() as c:
        return [
            QuarantineRow(
                id=row.id,
                file=row.path,
                file_id=row.file_id,
                source=row.source,
                row=row.row,
                reason=(row.reason, row.args),
                digest=row.digest,
                state=row.state,
            )
            for row in c.execute(query)
        ]


def waiting(database: Database) -> dict[str, int]:
    """Return how many records of each source wait in quarantine."""
    query = (
        sa.select(QUARANTINE.c.source, sa.func.count())
        .where(QUARANTINE.c.state == "open")
        .group_by(QUARANTINE.c.source)
    )
    with database.read() as c:
        return {source: int(count) for source, count in c.execute(query)}


def retry(
    database: Database,
    *,
    recorder: Recorder,
    clock: Clock,
    mapping: Mapping | None = None,
    source: str | None = None,
    file_id: int | None = None,
    book: Book | None = None,
    waiting_for: str | None = None,
    arrived: dt.datetime | None = None,
) -> Retried:
    """Read what is kept again, with `mapping` for CSV, and record what can be read now.

    With `waiting_for`, only what waited for the sign-ins of that source; rows that are joined
    ask `book`, the ledger, and stay where it is not given. With `arrived`, only what came
    before that time, of which every sign-in is there.

    A record keeps the key and the row it had in its file, so that reading the whole file
    again adds nothing twice.
    """
    added = already = still = after = 0
    known: dict[Join, Users] = {}

    def whose(join: Join) -> Users | None:
        if join not in known and book is not None:
            known[join] = Users(join, database, book, arrived=arrived is not None)
        return known.get(join)

    while rows := _open_rows(database, source, file_id, after):
        after = rows[-1].id
        done: list[int] = []
        records: list[Access] = []
        for row in rows:
            if waiting_for is not None and not _waits_for(row, waiting_for):
                continue
            if arrived is not None and row.since > arrived:
                continue
            found = _read_again(row, mapping, whose)
            if found:
                done.append(row.id)
                records += found
            else:
                still += 1
        if not done:
            continue
        answers = recorder.append(records)
        new = [one for one, index in zip(records, answers, strict=True) if index is not None]
        added, already = added + len(new), already + len(records) - len(new)
        with database.write() as c:
            c.execute(
                sa.update(QUARANTINE)
                .where(QUARANTINE.c.id.in_(done))
                .values(state="recorded", raw=None, recorded_at=clock.now())
            )
            for name in {access.source for access in new}:
                count = sum(access.source == name for access in new)
                c.execute(
                    sa.update(SOURCE)
                    .where(SOURCE.c.name == name)
                    .values(rows=SOURCE.c.rows + count)
                )
    for users in known.values():
        users.close()
    return Retried(added, already, still)


def is_waited_for(database: Database, login: str) -> bool:
    """Return whether any row waits for the sign-ins of the source `login`."""
    query = sa.select(QUARANTINE.c.args).where(
        QUARANTINE.c.state == "open", QUARANTINE.c.reason == "collect.join_waits"
    )
    with database.read() as c:
        return any((args or {}).get("login") == login for args in c.scalars(query))


def _waits_for(row: sa.Row[tuple[object, ...]], login: str) -> bool:
    return row.reason == "collect.join_waits" and (row.args or {}).get("login") == login


def _open_rows(
    database: Database, source: str | None, file_id: int | None, after: int
) -> Sequence[sa.Row[tuple[object, ...]]]:
    query = (
        sa.select(
            QUARANTINE,
            FILE.c.path,
            FILE.c.kind,
            FILE.c.header,
            FILE.c.mapping,
            FILE.c.zone,
            FILE.c.source.label("given"),
        )
        .join(FILE, FILE.c.id == QUARANTINE.c.file_id)
        .where(QUARANTINE.c.state == "open", QUARANTINE.c.id > after)
        .order_by(QUARANTINE.c.id)
        .limit(_BATCH)
    )
    if source is not None:
        query = query.where(QUARANTINE.c.source == source)
    if file_id is not None:
        query = query.where(QUARANTINE.c.file_id == file_id)
    with database.read() as c:
        return c.execute(query).fetchall()


def _read_again(
    row: sa.Row[tuple[object, ...]], mapping: Mapping | None, joined: _Joined
) -> list[Access]:
    """Return what the row is read as now; nothing where not all of it can be read."""
    zone = str(row.zone or "Asia/Tokyo")
    items: list[Access] = []
    try:
        for item in _reading(row, mapping, zone, joined).items():
            if isinstance(item, Bad):
                return []
            items.append(item)
    except InvalidInputError:
        return []
    if row.kind != "evtx" and len(items) != 1:
        return []
    number = int(row.row)
    connection = (row.args or {}).get("connection")
    if connection:
        origin = Origin(connection=str(connection), message=number)
    elif row.kind in {"csv", "jsonl"}:
        origin = Origin(file=row.path, row=number)
    else:
        origin = Origin(file=row.path, message=number)
    if row.kind == "evtx":
        # A chunk holds many events, each with a key of its own.
        return [structs.replace(item, origin=origin) for item in items]
    return [
        structs.replace(items[0], key=row.key, digest=row.digest, source=row.source, origin=origin)
    ]


def _reading(
    row: sa.Row[tuple[object, ...]], mapping: Mapping | None, zone: str, joined: _Joined
) -> Reading:
    raw = bytes(row.raw or b"")
    if row.kind != "csv":
        whole = rebuilt(raw) if row.kind == "evtx" else raw
        named = row.source if row.kind in {"fhir", "atna"} else row.given
        return reader(
            str(row.kind),
            io.BytesIO(whole),
            path=row.path,
            source=named,
            zone=zone,
            around=row.since,
        )
    before = Mapping.from_toml(row.mapping)
    now = mapping or before
    encoding = before.encoding if now.encoding == "auto" else now.encoding
    delimiter = before.delimiter if now.delimiter == "auto" else now.delimiter
    first = 1 if now.header_row else 0
    now = replace(now, encoding=encoding, delimiter=delimiter, header_row=first)
    file: BinaryIO = io.BytesIO(_head(row.header if first else [], now) + raw)
    users = joined(now.join) if now.join else None
    if now.join and users is None:
        raise InvalidInputError("collect.join_waits", login=now.join.login)
    return CsvReading(file, path=row.path, mapping=now, source=row.source, zone=zone, users=users)


def _head(header: Sequence[str], mapping: Mapping) -> bytes:
    if not header:
        return b""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mapping.delimiter).writerow(header)
    return text.getvalue().encode(mapping.encoding.removesuffix("-sig"), "replace")
