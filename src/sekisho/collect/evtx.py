"""Windows event logs (EVTX files): sign-ins, shares and files, accounts, settings.

An event is one wherever it comes from (a live log's copy, an export, a forwarded log): its
computer, channel, record number and time make its key, whatever the source is called. The
number alone does not: it begins anew when a log was cleared.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from sekisho.collect.evtx_chunks import FILE_SIGN, Chunk, Record, chunks
from sekisho.collect.fhir import event_source
from sekisho.collect.findings import ALTERED
from sekisho.collect.interface import Bad, Item, Tally, printable
from sekisho.collect.keys import line_key
from sekisho.collect.numbered import Span
from sekisho.collect.winevents import attributes, happened, plain
from sekisho.errors import InvalidInputError
from sekisho.terms import Access, Origin, TimePrecision, utc

_FIRST, _LAST = 1990, 2200
_GREATEST = 1 << 62
UNKNOWN = "collect.doubt_event_unknown"


class EvtxReading:
    """One Windows event log.

    Raises:
        InvalidInputError: It is no such file, or none of it can be read.
    """

    def __init__(self, file: BinaryIO, *, path: str, source: str | None) -> None:
        self.tally = Tally()
        self.path = path
        self.given = source
        self.source = source or ""
        self.number = 0
        self.spans: dict[tuple[str, str], Span] = {}
        self._file = file

    def items(self) -> Iterator[Item]:
        """Give each event of the file; what of a chunk cannot be read is one item after them."""
        head = self._file.read(len(FILE_SIGN))
        self._file.seek(0)
        if head != FILE_SIGN:
            raise InvalidInputError("collect.no_evtx")
        found = 0
        for chunk in chunks(self._file):
            found += 1
            self.tally.done = chunk.offset + len(chunk.raw)
            yield from self._chunk(chunk)
        if not found:
            raise InvalidInputError("collect.evtx_empty")

    def _chunk(self, chunk: Chunk) -> Iterator[Item]:
        wrong, lost = chunk.wrong, chunk.lost
        for record in chunk.records:
            item = self._event(record, chunk)
            if item is None:
                wrong, lost = wrong or "collect.evtx_malformed", lost + 1
            else:
                yield item
        if wrong is not None:
            self.number += 1
            digest = hashlib.sha256(chunk.raw).hexdigest()
            source = self.source or "evtx-unknown"
            yield Bad(
                number=self.number,
                reason=wrong,
                raw=chunk.raw,
                digest=digest,
                key=line_key("evtx", digest, 1),
                source=source,
                args={"chunk": chunk.number, "offset": chunk.offset, "events": lost},
            )

    def _event(self, record: Record, chunk: Chunk) -> Access | None:
        """Return the event; None where it is built like none, or has no time."""
        try:
            event: dict[str, Any] = orjson.loads(record.text)["Event"]
            system = event["System"]
            at = _when(system)
            said = happened(event)
            computer = plain(system["Computer"])
            channel, number = plain(system.get("Channel")), int(plain(system["EventRecordID"]))
            millisecond = round(at.timestamp() * 1000)
            identity = f"{computer.casefold()}\x1f{channel}\x1f{number}\x1f{millisecond}"
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            return None
        self.number += 1
        self._count(printable(computer) or "", printable(channel) or "", number, at)
        doubts = [UNKNOWN] * (not said.known) + [ALTERED] * chunk.altered
        for doubt in doubts:
            self.tally.doubts[doubt] += 1
        if doubts:
            self.tally.doubts["collect.doubtful"] += 1
        source = self.given or event_source("evtx", computer.casefold())
        self.source = self.source or source
        return Access(
            occurred_at=at,
            source=source,
            key=line_key("evtx", identity, 1),
            digest=hashlib.sha256(record.raw).hexdigest(),
            origin=Origin(file=self.path, message=self.number),
            action=said.action,
            outcome=said.outcome,
            time_precision=TimePrecision.MILLISECOND,
            user_id=printable(said.user),
            user_kind=said.kind,
            session=printable(said.session),
            terminal=printable(said.seat),
            object=printable(said.object),
            reason=printable(said.status and f"status:{said.status.lower()}"),
        )

    def _count(self, computer: str, channel: str, number: int, at: dt.datetime) -> None:
        if not 0 < number < _GREATEST:
            return
        span = self.spans.get((computer, channel))
        if span is None:
            self.spans[computer, channel] = Span(number, at, number, at)
        else:
            span.add(number, at)


def _when(system: dict[str, Any]) -> dt.datetime:
    text = str(attributes(system.get("TimeCreated"))["SystemTime"])
    at = dt.datetime.fromisoformat(text)
    if at.tzinfo is None or not _FIRST <= at.year <= _LAST:
        raise ValueError(text)
    return utc(at)
