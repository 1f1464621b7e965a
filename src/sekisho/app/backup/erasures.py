"""Erasures travel beside backups, and are done again where a backup is older than they are.

A backup cannot be changed. So each new one leaves a list of every erasure beside it, signed
by the log's key: numbers of records, the order, the names, and four bytes of each record's
key by which a restored log is known to be the same. Nothing of what the records said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from sekisho.app.erasure import finish, traces
from sekisho.app.installation import Installation
from sekisho.errors import Error
from sekisho.ledger import erasure, public_key, runs
from sekisho.ledger.erasure import RESTORED, Chosen, Erasure
from sekisho.ledger.keys import signer
from sekisho.ledger.note import open_note
from sekisho.ledger.tables import ERASURE, KEY
from sekisho.storage import Database, write_durably
from sekisho.terms import iso

SUFFIX = ".erasures"
_KIND = "sekisho-erasures-1"
_TAG = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What was done again in a restored copy.

    Attributes:
        lists: Lists that were read and hold.
        erased: Records that went.
        refused: Erasures of the lists whose records are others here: nothing of them was done.
    """

    lists: int
    erased: int
    refused: int


def write_beside(data: Path, database: Database, backup: Path) -> Path | None:
    """Write the list of every erasure beside a backup; None where nothing was ever erased."""
    done = [one for one in erasure.erasures(database) if one.done_at is not None]
    if not done:
        return None
    with database.read() as connection:
        lines = [orjson.dumps(_line(connection, one)).decode() for one in reversed(done)]
    key = signer(data)
    body = "\n".join([key.origin, _KIND, *lines]) + "\n"
    path = backup.with_suffix(SUFFIX)
    write_durably(path, f"{body}\n{key.line(body.encode())}\n".encode())
    return path


def do_again(
    here: Installation, lists: Iterable[Path], *, size: int, key: str | None = None
) -> Again:
    """Do again, in a restored copy, what the lists say was erased after its backup.

    Args:
        here: The restored installation.
        lists: Files that `write_beside` wrote; one that another log signed is passed over.
        size: Records that were restored.
        key: The log's public key on paper, where the list was signed by a later one.
    """
    keys = [public_key(here.data), *([key.strip()] if key else [])]
    read = [lines for path in lists if (lines := _read(path, keys)) is not None]
    wanted = {(line["number"], line["confirmed_at"]): line for lines in read for line in lines}
    erased = refused = 0
    for _, line in sorted(wanted.items()):
        count = _order(here, line, size)
        erased += count or 0
        refused += count is None
    finish(here)
    return Again(lists=len(read), erased=erased, refused=refused)


def _line(connection: sa.Connection, one: Erasure) -> dict[str, Any]:
    return {
        "number": one.number,
        "records": runs.written(one.records),
        "tags": b"".join(_tags(connection, one.records).values()).hex(),
        "first_at": iso(one.first_at),
        "last_at": iso(one.last_at),
        "sources": dict(one.sources),
        "also": {name: list(rows) for name, rows in one.also.items()},
        "order": one.order,
        "proposed_by": one.proposed_by,
        "proposed_at": iso(one.proposed_at),
        "confirmed_by": one.confirmed_by,
        "confirmed_at": iso(one.confirmed_at) if one.confirmed_at else "",
    }


def _read(path: Path, keys: Sequence[str]) -> list[Mapping[str, Any]] | None:
    """Return the erasures in a list; None where it is none of this log's."""
    for key in keys:
        try:
            head, kind, *lines = open_note(path.read_text("utf-8"), key).splitlines()
            if kind == _KIND and head == key.split("+", 1)[0]:
                return [orjson.loads(line) for line in lines]
        except (OSError, ValueError, Error):
            continue
    return None


def _order(here: Installation, line: Mapping[str, Any], size: int) -> int | None:
    """Order one erasure of a list again; how many records go, None where they are others."""
    every = runs.read(line["records"])
    there = list(runs.within(every, 0, size - 1))
    tags = bytes.fromhex(line["tags"])
    with here.database.read() as connection:
        known = connection.execute(
            sa.select(ERASURE.c.number).where(
                ERASURE.c.records == line["records"], ERASURE.c.confirmed_at.is_not(None)
            )
        ).first()
        found = b"".join(_tags(connection, there).values())
        if known is not None or not there:
            return 0
        if found != tags[: len(found)]:
            return None
        also = traces(connection, {each for run in there for each in range(run[0], run[1] + 1)})
    for name, rows in line["also"].items():
        also[name] = [*also.get(name, []), *(row for row in rows if row not in also.get(name, []))]
    made = erasure.again(
        here.database,
        Chosen(
            records=there,
            count=runs.count(there),
            first_at=erasure.moment(line["first_at"]),
            last_at=erasure.moment(line["last_at"]),
            sources=line["sources"],
            also=also,
        ),
        order=line["order"],
        proposed=(line["proposed_by"], erasure.moment(line["proposed_at"])),
        confirmed=(line["confirmed_by"], erasure.moment(line["confirmed_at"])),
    )
    assert made.kind == RESTORED, "what is done again says so"
    return made.count


def _tags(connection: sa.Connection, records: Sequence[runs.Run]) -> dict[int, bytes]:
    """Return the first bytes of each record's key, by index."""
    if not records:
        return {}
    query = sa.select(KEY.c.index, KEY.c.key).where(
        KEY.c.index >= records[0][0], KEY.c.index <= records[-1][1]
    )
    found = {
        index: bytes(key)[:_TAG]
        for index, key in connection.execute(query)
        if runs.holds(records, index)
    }
    return dict(sorted(found.items()))
