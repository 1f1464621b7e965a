"""署名と立会い: what was signed, who outside has seen it and when, and what nobody has seen yet."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import segno
from aiohttp import web

from sekisho.app.installation import Installation
from sekisho.app.proofs import latest_evidence
from sekisho.console.interface import PEOPLE, Line, installation, session
from sekisho.console.records import may_erase, tabs
from sekisho.console.reply import page
from sekisho.errors import Error, InvalidInputError, TamperError
from sekisho.ledger import Checkpoint, cosigned_by, public_key
from sekisho.ledger.history import history, kept_as
from sekisho.ledger.note import open_checkpoint
from sekisho.terms import Evidence

DAYS = 60
"""Days of sealed files and of time stamps that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one witness has seen.

    Attributes:
        size: Records it has seen, None where it has cosigned nothing.
        at: When, by the witness's own clock.
        later: Records since then, which it has not seen.
        said: What it answered last.
        damaged: What is kept of it cannot be read.
    """

    name: str
    carried: bool
    size: int | None = None
    fingerprint: str = ""
    at: dt.datetime | None = None
    later: int = 0
    said: Evidence | None = None
    damaged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A checkpoint that a time-stamp authority stamped; `at` is the authority's, None: unreadable."""

    day: str
    size: int | None
    fingerprint: str
    at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A checkpoint of the history; `size` is None where it is not signed by the log."""

    name: str
    day: str
    why: str
    size: int | None
    fingerprint: str
    seen: tuple[tuple[str, dt.datetime], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The page.

    Attributes:
        now: The checkpoint that stands, None before the first or where it does not hold.
        picture: Its text as a QR code (SVG).
        wrong: What is wrong with it or with a sealed file, each as a sentence.
        gaps: Days without a time stamp since the first, newest first.
        kept: Checkpoints of the history, newest first.
        older: Name of the first of those that are still older, empty where there is none.
        days: Sealed files, newest first: day, first and last index, root at its end.
    """

    now: Checkpoint | None
    fingerprint: str
    picture: str
    wrong: tuple[Line, ...]
    configured: bool
    seen: tuple[Seen, ...]
    stamping: bool
    stamps: tuple[Stamped, ...]
    gaps: tuple[str, ...]
    kept: tuple[Earlier, ...]
    older: str
    days: tuple[tuple[str, int, int, str], ...]


def routes() -> list[web.RouteDef]:
    """Return the address of this page."""
    return [
        web.get("/records/checkpoints", show),
        web.get("/records/checkpoints/{name}", save),
    ]


async def show(request: web.Request) -> web.StreamResponse:
    """Show it; nobody is named here, so every duty may look."""
    return page(
        request,
        "console/checkpoints.html",
        signed=await asyncio.to_thread(
            _signed, installation(request), request.query.get("from", "")
        ),
        tabs=tabs(
            "checkpoints", people=bool(session(request).roles & PEOPLE), erase=may_erase(request)
        ),
    )


async def save(request: web.Request) -> web.StreamResponse:
    """Give one checkpoint of the history as the signed note that it is."""
    name = request.match_info["name"]
    path = await asyncio.to_thread(kept_as, installation(request).data, name)
    if path is None:
        raise web.HTTPNotFound
    return web.Response(
        body=await asyncio.to_thread(path.read_bytes),
        content_type="text/plain",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="checkpoint-{path.name}.txt"'},
    )


def _signed(here: Installation, start: str = "") -> Signed:
    from sekisho.app.witnesses import stamping  # noqa: PLC0415 (keeps the first page quick)
    from sekisho.witness import read_witnesses  # noqa: PLC0415 (same)

    reader = here.reader()
    wrong: list[Line] = []
    now: Checkpoint | None = None
    days: list[tuple[str, int, int, bytes]] = []
    try:
        now = reader.signed()
        days = reader.days(DAYS)
    except InvalidInputError:
        pass
    except TamperError as error:
        wrong.append(Line(message=error.message, args=error.values()))
    try:
        witnesses = read_witnesses(here.data).witnesses
        authority = stamping(here) is not None
    except InvalidInputError:
        witnesses, authority = (), False
    seen = tuple(_seen(here, one.name, one.key, now, carried=not one.url) for one in witnesses)
    stamps = tuple(_stamps(here))
    kept, older = _history(here, [one.key for one in witnesses], start)
    return Signed(
        now=now,
        fingerprint=_fingerprint(now.root) if now else "",
        picture=_picture(now.text) if now else "",
        wrong=tuple(wrong),
        configured=bool(witnesses),
        seen=seen,
        stamping=authority,
        stamps=stamps[:DAYS],
        gaps=tuple(_gaps(here, [one.day for one in stamps])) if authority else (),
        kept=kept,
        older=older,
        days=tuple((day, first, last, _fingerprint(root)) for day, first, last, root in days),
    )


def _seen(
    here: Installation, name: str, key: str, now: Checkpoint | None, *, carried: bool
) -> Seen:
    said = latest_evidence(here.database, f"witness.{name}")
    try:
        kept = cosigned_by(here.data, key)
    except TamperError:
        return Seen(name=name, carried=carried, said=said, damaged=True)
    if kept is None:
        return Seen(name=name, carried=carried, said=said)
    return Seen(
        name=name,
        carried=carried,
        size=kept.checkpoint.size,
        fingerprint=_fingerprint(kept.checkpoint.root),
        at=kept.at,
        later=max(0, now.size - kept.checkpoint.size) if now else 0,
        said=said,
    )


def _stamps(here: Installation) -> Iterator[Stamped]:
    """Give the time stamps that are kept, newest first; whether they hold, verification says."""
    from rfc3161_client import decode_timestamp_response  # noqa: PLC0415 (keeps the first page quick)

    folder = here.data / "ledger" / "timestamp"
    for path in sorted(folder.glob("*.tsr"), reverse=True):
        try:
            at = decode_timestamp_response(path.read_bytes()).tst_info.gen_time
        except (OSError, ValueError):
            at = None
        checkpoint = _kept(here, path.with_suffix(".checkpoint"))
        yield Stamped(
            day=path.stem,
            size=checkpoint.size if checkpoint else None,
            fingerprint=_fingerprint(checkpoint.root) if checkpoint else "",
            at=at,
        )


def _history(
    here: Installation, witnesses: list[str], start: str
) -> tuple[tuple[Earlier, ...], str]:
    """Return a page of the history from the name `start` on, and where the next begins."""
    try:
        every = history(here.data)
    except Error:  # of the keys: said above
        return (), ""
    at = next((at for at, one in enumerate(every) if one.name == start), 0)
    found = tuple(
        Earlier(
            name=one.name,
            day=f"{one.day}",
            why=one.why,
            size=one.checkpoint.size if one.checkpoint else None,
            fingerprint=_fingerprint(one.checkpoint.root) if one.checkpoint else "",
            seen=tuple(one.seen_by(witnesses)),
        )
        for one in every[at : at + DAYS]
    )
    rest = every[at + DAYS :]
    return found, rest[0].name if rest else ""


def _kept(here: Installation, path: Path) -> Checkpoint | None:
    try:
        return open_checkpoint(path.read_text("utf-8"), public_key(here.data))
    except (OSError, ValueError, Error):
        return None


def _gaps(here: Installation, days: list[str]) -> Iterator[str]:
    """Give the days without a stamp, from yesterday back to the first that has one."""
    if not days:
        return
    known = set(days)
    today = here.clock.now().astimezone(ZoneInfo(here.config.zone)).date()
    day = today - dt.timedelta(days=1)
    while (text := day.isoformat()) > days[-1]:
        if text not in known:
            yield text
        day -= dt.timedelta(days=1)


def _fingerprint(root: bytes) -> str:
    digits = root.hex().upper()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _picture(text: str) -> str:
    out = io.BytesIO()
    code = segno.make_qr(text, error="m", boost_error=False)
    code.save(out, kind="svg", scale=3, border=4, xmldecl=False, light="#fff", dark="#000")
    return out.getvalue().decode()
