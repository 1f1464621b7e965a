"""What a list of records shows, as a file: CSV, XLSX or JSON Lines, whole and in its order."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
import itertools
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Any
from zoneinfo import ZoneInfo

import orjson
from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.console.filter import Filter, Own
from sekisho.console.own import OWN, act
from sekisho.console.query import Row, lines_of, row_of
from sekisho.console.sending import Sending, sending
from sekisho.errors import InvalidInputError
from sekisho.ledger.record import PROMISED
from sekisho.pages import say
from sekisho.pages.environment import local_time

KINDS = ("csv", "xlsx", "jsonl")
SHEET = 50_000
"""Records in one sheet at most: a workbook that nobody can open helps nobody."""
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}
_SHOWN = (
    ("index", 10.0),
    ("time", 20.0),
    ("user", 14.0),
    ("patient", 16.0),
    ("action", 10.0),
    ("object", 30.0),
    ("outcome", 10.0),
    ("terminal", 14.0),
    ("source", 14.0),
)
"""Columns of the list and their widths."""
_WHOLE = (
    "index", "occurred_at", "recorded_at", "ended_at", "time_precision", "user_id", "user_kind",
    "patient_ids", "session", "action", "outcome", "source", "terminal", "object", "class",
    "duty", "reason", "of", "marks", "origin_file", "origin_connection", "origin_row",
    "origin_message",
)  # fmt: skip
"""Columns of the promised form; index and time first, as `lines_of` asks."""
_TIMES = ("recorded_at", "occurred_at", "ended_at")


async def send(
    request: web.Request,
    here: Installation,
    wanted: Filter,
    kind: str,
    words: str,
    ids: Sequence[Own],
    at_once: asyncio.Semaphore,
) -> web.StreamResponse:
    """Send what `wanted` shows as a file of `kind`, the newest first.

    How far it is, `sending` notes.

    Raises:
        InvalidInputError: More than a sheet of an XLSX should hold.
    """
    with sending(request, kind, await asyncio.to_thread(_oldest, here, wanted)) as note:
        return await _send(request, here, wanted, kind, words, ids, at_once, note)


async def _send(
    request: web.Request,
    here: Installation,
    wanted: Filter,
    kind: str,
    words: str,
    ids: Sequence[Own],
    at_once: asyncio.Semaphore,
    note: Sending,
) -> web.StreamResponse:
    if kind == "xlsx":
        with tempfile.TemporaryFile() as file:
            async with at_once:
                await asyncio.to_thread(_workbook, file, here, wanted, words, ids, note)
            file.seek(0)
            response = await _begin(request, kind)
            while block := await asyncio.to_thread(file.read, 1 << 18):
                await response.write(block)
    else:
        response = await _begin(request, kind)
        parts = (_jsonl if kind == "jsonl" else _csv)(here, wanted, words, ids, note)
        while True:
            async with at_once:
                part = await asyncio.to_thread(next, parts, None)
            if part is None:
                break
            await response.write(part)
    await response.write_eof()
    return response


async def _begin(request: web.Request, kind: str) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            "Content-Type": _TYPES[kind],
            "Content-Disposition": f'attachment; filename="records.{kind}"',
        }
    )
    await response.prepare(request)
    return response


def _oldest(here: Installation, wanted: Filter) -> dt.datetime:
    """Return the earliest time that an answer can have: the filter's, or that of the first records."""
    if wanted.start:
        start = dt.datetime.combine(
            dt.date.fromisoformat(wanted.start), dt.time(), ZoneInfo(here.config.zone)
        )
        return start.astimezone(dt.UTC)
    first = next(iter(here.reader().jsonl()), None)
    return here.clock.now() if first is None else dt.datetime.fromisoformat(first["occurred_at"])


def _noted(
    parts: Iterator[list[tuple[Any, ...]]], note: Sending
) -> Iterator[list[tuple[Any, ...]]]:
    """Give `parts`, whose lines have their time second, and note each."""
    for lines in parts:
        if lines:
            note.more(len(lines), lines[-1][1].replace(tzinfo=dt.UTC))
        yield lines


def _rows(
    here: Installation, wanted: Filter, ids: Sequence[Own], note: Sending
) -> Iterator[list[Row]]:
    for lines in _noted(lines_of(here.reader(), wanted, here.config.zone, ids=ids), note):
        yield [row_of(line) for line in lines]


def _csv(
    here: Installation, wanted: Filter, words: str, ids: Sequence[Own], note: Sending
) -> Iterator[bytes]:
    """Give CSV that a spreadsheet opens as it is."""
    yield b"\xef\xbb\xbf" + _lines([_head(words)])
    for rows in _rows(here, wanted, ids, note):
        yield _lines([_cells(row, words, here.config.zone) for row in rows])


def _jsonl(
    here: Installation, wanted: Filter, _: str, ids: Sequence[Own], note: Sending
) -> Iterator[bytes]:
    """Give the promised form, a record a line."""
    columns = ", ".join(f'"{name}"' for name in _WHOLE)
    parts = lines_of(here.reader(), wanted, here.config.zone, columns, ids=ids)
    for lines in _noted(parts, note):
        yield b"".join(orjson.dumps(_promised(line)) + b"\n" for line in lines)


def _workbook(
    file: IO[bytes],
    here: Installation,
    wanted: Filter,
    words: str,
    ids: Sequence[Own],
    note: Sending,
) -> None:
    from sekisho.paper.sheet import list_workbook  # noqa: PLC0415 (keeps the first page quick)

    count = 0
    for part in lines_of(here.reader(), wanted, here.config.zone, '"index", occurred_at', ids=ids):
        count += len(part)
        if count > SHEET:
            raise InvalidInputError("console.export.too_long", most=SHEET)
    rows = itertools.chain.from_iterable(_rows(here, wanted, ids, note))
    list_workbook(
        file,
        say(words, "console.room.records"),
        list(zip(_head(words), (width for _, width in _SHOWN), strict=True)),
        (_cells(row, words, here.config.zone) for row in itertools.islice(rows, SHEET)),
        made_at=here.clock.now(),
    )


def _promised(line: tuple[Any, ...]) -> dict[str, Any]:
    found = dict(zip(_WHOLE, line, strict=True))
    for name in _TIMES:
        at: dt.datetime | None = found[name]
        found[name] = None if at is None else at.isoformat(timespec="milliseconds") + "Z"
    origin = {
        name: found.pop(f"origin_{name}") for name in ("file", "connection", "row", "message")
    }
    found["origin"] = {name: each for name, each in origin.items() if each is not None}
    return {name: found[name] for name in ("index", *PROMISED)}


def _head(words: str) -> list[str]:
    return [say(words, f"console.records.{name}") for name, _ in _SHOWN]


def _cells(row: Row, words: str, zone: str) -> list[str]:
    precision = "second" if row.precision == "millisecond" else row.precision
    return [
        str(row.index),
        local_time(row.occurred_at, zone, precision),
        row.user_id or "",
        " ".join(row.patients),
        say(words, f"console.action.{row.action}"),
        (act(words, row.object) if row.source == OWN else row.object) or "",
        say(words, f"console.outcome.{row.outcome}"),
        row.terminal or "",
        row.source,
    ]


def _lines(rows: list[list[str]]) -> bytes:
    """Return `rows` as CSV in which no cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow(
            [f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t"} else cell for cell in row]
        )
    return text.getvalue().encode()
