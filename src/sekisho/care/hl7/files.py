"""Files of HL7 v2 messages: one or many in a file, MLLP frames, batches (BHS, FHS)."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from sekisho.care.events import Event
from sekisho.care.hl7.codes import learn
from sekisho.care.hl7.meaning import understand
from sekisho.care.hl7.message import LARGEST, parse
from sekisho.care.intake import Intake
from sekisho.care.records import Doubt, Kind, LoadReport
from sekisho.errors import InvalidInputError, Value
from sekisho.storage import Database
from sekisho.terms import Clock, Finding, Gravity

ENDINGS = frozenset({".hl7", ".hl7v2", ".msg", ".mllp", ".dat", ".txt", ".adt", ".siu", ".orm", ""})
"""Endings of files that are looked into for messages."""
BATCH = 1_000
SHOWN = 1_000
_READ = 1 << 20
_BEGINS = re.compile(rb"(?:\A|(?<=[\r\n\x0b\x1c]))(?:\xef\xbb\xbf)?MSH(?=[^A-Za-z0-9\s])")
_HEAD = re.compile(rb"(?:\xef\xbb\xbf|[\x0b\r\n\s])*(?:MSH|FHS|BHS)[^A-Za-z0-9\s]")

Progress = Callable[[int, int], None]


def is_messages(path: Path) -> bool:
    """Return whether the file begins as HL7 v2 messages do (MSH, BHS, FHS, MLLP's 0x0B)."""
    try:
        with path.open("rb") as file:
            return _HEAD.match(file.read(64)) is not None
    except OSError:
        return False


def messages(path: Path) -> Iterator[bytes]:
    """Give the bytes of each message in the file, holding one at a time.

    Batch headers and trailers, and the frames of MLLP, fall away; a file that has no message
    gives its beginning, so that it can be refused by name.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        held = b""
        began = False
        while True:
            data = file.read(_READ)
            held += data
            starts = [found.start() for found in _BEGINS.finditer(held)]
            if starts and (starts[0] or not began):
                if began:
                    yield _trimmed(held[: starts[0]])
                held = held[starts[0] :]
                starts = [start - starts[0] for start in starts]
                began = True
            if began and len(starts) > 1:
                for start, end in itertools.pairwise(starts):
                    yield _trimmed(held[start:end])
                held = held[starts[-1] :]
            if not data:
                break
            if len(held) > LARGEST + _READ:
                yield held[: LARGEST + 1]
                held, began = b"", False
        if held.strip():
            yield _trimmed(held)


_TAIL = re.compile(
    rb"[\r\n\x1c\x0b]+(?:BTS|FTS|BHS|FHS)[^A-Za-z0-9\s][^\r\n]*(?=[\r\n\x1c\x0b]|\Z)"
)


def _trimmed(raw: bytes) -> bytes:
    return _TAIL.sub(b"", raw).strip(b"\x0b\x1c\r\n\x00 ")


def load_files(
    files: Sequence[Path],
    shown: Path,
    *,
    database: Database,
    clock: Clock,
    zone: ZoneInfo,
    name: str | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Read every message of `files` and keep what it tells.

    Args:
        files: Where the messages are.
        shown: The file or folder that was given.
        database: Where the rows are kept.
        clock: Says when.
        zone: Of local times.
        name: The file's name as the person knows it, where an upload has another.
        progress: Called with the files and messages read.

    Returns:
        One report of all of them; each message that could not be taken is named in it. Where the
        only file gave nothing, the report is of that file, not of its folder.
    """
    intake = Intake(database, clock, str(shown), Kind.HL7V2, zone)
    report = LoadReport(path=shown, taken_for=Kind.HL7V2)
    report.why = ("care.taken_for.hl7v2", {"files": len(files)})
    seen = _Seen(report)
    events: list[Event] = []
    told = 0
    for number, path in enumerate(files):
        called = name or path.name
        try:
            for place, raw in enumerate(messages(path), start=1):
                events += seen.read(raw, f"{called}:{place}", zone)
                if seen.read_now - told >= BATCH:
                    seen.keep(intake, events)
                    events, told = [], seen.read_now
        except OSError as error:
            seen.refuse("care.cannot_open", reason=error.strerror or "I/O", file=called)
        if progress is not None:
            progress(number + 1, seen.row)
    if seen.row:
        seen.keep(intake, events)
    if not seen.read_now and len(files) == 1:
        report.path = files[0]
    return seen.reported(intake)


class _Seen:
    """What was read so far, and what was refused."""

    def __init__(self, report: LoadReport) -> None:
        self.report = report
        self.row = 0
        self.read_now = 0
        self.silent: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.damaged = 0
        self.codes: dict[tuple[str, str], tuple[str, str]] = {}
        self._told = (0, 0)

    def read(self, raw: bytes, origin: str, zone: ZoneInfo) -> list[Event]:
        self.row += 1
        try:
            message = parse(raw, zone)
            found = understand(message, row=self.row, origin=origin)
        except InvalidInputError as error:
            self.refuse(error.message, **{**error.values(), "file": origin})
            return []
        self.read_now += 1
        self.damaged += not message.whole
        if found:
            learn(message, self.codes, found[0].sent)
        else:
            self.silent["^".join(message.kind)] += 1
        return found

    def refuse(self, message: str, **args: Value) -> None:
        self.refused[message] += 1
        if len(self.report.refused) < SHOWN:
            self.report.refused.append((self.row, message, args))

    def keep(self, intake: Intake, events: Sequence[Event]) -> None:
        refused = sum(self.refused.values())
        read, before = self._told
        intake.take(events, codes=self.codes, read=self.read_now - read, refused=refused - before)
        self._told = (self.read_now, refused)

    def reported(self, intake: Intake) -> LoadReport:
        report = self.report
        report.rows, report.added = self.read_now, intake.added
        report.first, report.last = intake.span()
        names = ("visits", "stays", "orders", "appointments")
        rows = {name: intake.rows.get(name, 0) for name in names}
        report.doubts.append(Doubt("care.messages_gave", dict(rows)))
        if self.silent:
            kinds = [f"{kind} {count}" for kind, count in sorted(self.silent.items())]
            report.doubts.append(Doubt("care.hl7.silent", {"kinds": kinds}))
        total = sum(self.refused.values())
        if total > len(report.refused):
            report.doubts.append(Doubt("care.more_refused", {"count": total - len(report.refused)}))
        for message, count in (*self.refused.items(), ("care.hl7.damaged", self.damaged)):
            if count:
                report.findings.append(finding(report.path.name, message, count))
        if not self.read_now:
            report.error = self._none(total)
        return report

    def _none(self, total: int) -> tuple[str, Mapping[str, Value]]:
        """Return why nothing was read: the first that was refused, where it stands, and what was wrong."""
        if not self.report.refused:
            return "care.hl7.empty", {}
        _, message, args = self.report.refused[0]
        first: dict[str, Value] = {"file": args["file"], "why": {"message": f"{message}.short"}}
        return "care.hl7.none", {"refused": total, **first}


def finding(name: str, message: str, count: int) -> Finding:
    """Return one finding for all messages of a load that share what is wrong."""
    return Finding(
        key=f"{message}:{name}"[:200],
        room="care",
        gravity=Gravity.WEEK,
        duty="1-3",
        message="care.messages_doubtful",
        where="/people/lists",
        action="care.action.look_at_list",
        args={"file": name, "count": count, "what": {"message": f"{message}.short"}},
    )
