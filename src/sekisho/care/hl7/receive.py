"""Messages that come by themselves: kept durably, then answered (HL7 v2.x chapter 2.9)."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from sekisho.care.events import Event
from sekisho.care.hl7.codes import Codes, learn
from sekisho.care.hl7.meaning import understand
from sekisho.care.hl7.message import parse
from sekisho.care.intake import Intake
from sekisho.care.records import Kind
from sekisho.errors import Error, InvalidInputError
from sekisho.storage import Database
from sekisho.terms import Clock

_LOG = logging.getLogger(__name__)


class Code(StrEnum):
    """What is answered (HL7 table 0008)."""

    ACCEPTED = "AA"
    ERROR = "AE"
    REJECTED = "AR"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one message.

    Attributes:
        code: ``AA`` it is durable; ``AE`` not now, send it again; ``AR`` it can never be read.
        message: The bytes to send back.
        reason: Id of why it was not taken.
    """

    code: Code
    message: bytes
    reason: str | None = None


@dataclass(slots=True)
class _Read:
    """One message, read or refused."""

    head: dict[int, str]
    events: list[Event]
    reason: str | None = None


class Receiver:
    """Takes the messages of one way in; one caller at a time."""

    def __init__(self, database: Database, clock: Clock, path: str, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._path = path
        self._zone = zone
        self._intake: Intake | None = None
        self._day: dt.date | None = None
        self._row = 0
        self._serial = 0

    def take(self, raws: Sequence[bytes], origin: str) -> list[Answer]:
        """Keep `raws` as one group and answer each; ``AA`` only for what is on the disk."""
        codes: Codes = {}
        read = [self._read(raw, origin, codes) for raw in raws]
        good = [one for one in read if one.reason is None]
        fault = self._keep(good, codes, refused=len(read) - len(good))
        if fault is not None and len(good) > 1:
            # One message that the database refuses keeps no other back.
            faults = {id(one): self._keep([one], codes) for one in good}
        else:
            faults = dict.fromkeys((id(one) for one in good), fault)
        return [self._answer(one, faults.get(id(one))) for one in read]

    def _read(self, raw: bytes, origin: str, codes: Codes) -> _Read:
        try:
            message = parse(raw, self._zone)
        except InvalidInputError as error:
            return _Read({}, [], error.message)
        msh = message.segments[0]
        head = {number: msh.field(number) for number in (3, 4, 5, 6, 10, 11, 12)}
        head[9] = message.kind[1]
        head[15] = msh.part(15).upper()
        self._begin()
        self._row += 1
        try:
            events = understand(message, row=self._row, origin=f"{origin}:{message.number}"[:200])
        except InvalidInputError as error:
            return _Read(head, [], error.message)
        if events:
            learn(message, codes, events[0].sent)
        return _Read(head, events)

    def _begin(self) -> Intake:
        """Return what keeps the messages of today; its rows are counted by itself."""
        today = self._clock.now().astimezone(self._zone).date()
        if self._intake is None or self._day != today:
            self._intake = Intake(self._database, self._clock, self._path, Kind.HL7V2, self._zone)
            self._day, self._row = today, 0
        return self._intake

    def _keep(
        self, read: Sequence[_Read], codes: Codes, refused: int = 0
    ) -> Error | OSError | DBAPIError | None:
        """Keep what was read; return the fault where nothing of it was kept."""
        if not read and not refused:
            return None
        intake = self._begin()
        try:
            intake.take(
                [event for one in read for event in one.events],
                codes=codes,
                read=len(read),
                refused=refused,
            )
        except (Error, OSError, DBAPIError) as error:
            _LOG.warning("%s: not kept: %s", self._path, type(error).__name__)
            # What it counted was rolled back with it; rows go on, they are never given twice.
            self._intake = Intake(self._database, self._clock, self._path, Kind.HL7V2, self._zone)
            return error
        return None

    def _answer(self, one: _Read, fault: Exception | None) -> Answer:
        if one.reason is not None:
            return Answer(Code.REJECTED, self._made(one.head, Code.REJECTED), one.reason)
        if isinstance(fault, DataError | IntegrityError | InvalidInputError):
            # The database is well and refuses this one: it would refuse it tomorrow.
            return Answer(Code.REJECTED, self._made(one.head, Code.REJECTED), "care.hl7.not_kept")
        if fault is not None:
            return Answer(Code.ERROR, self._made(one.head, Code.ERROR), "care.hl7.not_now")
        return Answer(Code.ACCEPTED, self._made(one.head, Code.ACCEPTED))

    def _made(self, head: dict[int, str], code: Code) -> bytes:
        """Return the acknowledgement; of the enhanced mode (MSH-15) the commit's."""
        self._serial += 1
        now = self._clock.now().astimezone(self._zone)
        said = "C" + code[1] if head.get(15) in {"AL", "SU", "ER"} else str(code)
        own = f"{now:%Y%m%d%H%M%S}{self._serial:06d}"[-20:]
        kind = f"ACK^{head[9]}^ACK" if head.get(9) else "ACK"
        sides = "|".join(head.get(number, "") for number in (5, 6, 3, 4))
        lines = [
            f"MSH|^~\\&|{sides}|{now:%Y%m%d%H%M%S%z}||{kind}|{own}|{head.get(11) or 'P'}|{head.get(12) or '2.5'}",
            f"MSA|{said}|{head.get(10, '')}",
        ]
        if code is Code.REJECTED:
            lines.append("ERR||MSH^1|100^Segment sequence error^HL70357|E")
        if code is Code.ERROR:
            lines.append("ERR|||207^Application internal error^HL70357|E")
        return ("\r".join(lines) + "\r").encode("utf-8", "replace")
