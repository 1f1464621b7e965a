"""JSON Lines in Sekisho's own promised form: of another Sekisho, or of a hospital's own script.

The form is that of ``sekisho ledger export --format jsonl`` (docs/formats/collect-jsonl.md).
``occurred_at``, ``action`` and a source are needed, the rest may be left out; what stands there
is never half understood: a name or a word that is not of the form sends the line to quarantine.
``index``, ``recorded_at``, ``origin`` and ``of`` belong to the log that the line came from.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec
import orjson

from sekisho.collect.fhir import instant
from sekisho.collect.interface import Args, Bad, Item, Said, Tally, printable
from sekisho.collect.keys import Occurrences, line_key
from sekisho.collect.meaning import Remembered
from sekisho.errors import InvalidInputError
from sekisho.terms import Access, Action, Mark, Origin, Outcome, PatientId, TimePrecision, UserKind

LONGEST = 1 << 20
"""Bytes of one line."""
_UNKNOWN, _NOBODY = Outcome.UNKNOWN, UserKind.UNKNOWN
_MILLISECOND, _SECOND = TimePrecision.MILLISECOND, TimePrecision.SECOND


class _Given(msgspec.Struct, forbid_unknown_fields=True, gc=False, rename={"class_": "class"}):
    """A line of the form; what is null was left out."""

    action: Action
    occurred_at: Any = None
    ended_at: Any = None
    time_precision: TimePrecision | None = None
    source: str | None = None
    user_id: str | None = None
    user_kind: UserKind | None = None
    patient_ids: list[str | PatientId] | None = None
    session: str | None = None
    outcome: Outcome | None = None
    terminal: str | None = None
    object: str | None = None
    class_: str | None = None
    duty: str | None = None
    reason: str | None = None
    marks: list[Mark] | None = None
    # Of the log that the line came from.
    index: Any = None
    recorded_at: Any = None
    origin: Any = None
    of: Any = None


_FIELDS = {field.encode_name: field.type for field in msgspec.structs.fields(_Given)}
_read = msgspec.json.Decoder(_Given).decode


class _Wrong(Exception):  # noqa: N818 (a reason, not an error)
    """The line is not of the form; `why` is a message id."""

    def __init__(self, why: str, **args: str) -> None:
        super().__init__(why)
        self.why = why
        self.args_ = args


class JsonlReading:
    """One file of the promised form being read.

    Raises:
        InvalidInputError: Its first line is no record of that form.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        path: str,
        source: str | None,
        zone: str,
        digest: str | None = None,
    ) -> None:
        """Read `file`; its records bear `digest`, or each that of its line."""
        self._digest = digest
        self.tally = Tally()
        self.path = path
        self.zone = zone
        self.given = source
        self.source = source or ""
        self._file = file
        self._occurrences = Occurrences()
        self._texts: Remembered[str | None, str | None] = Remembered(printable)

    def items(self) -> Iterator[Item]:
        """Give the record of each line that is not empty, read or not."""
        number = 0
        while line := self._file.readline(LONGEST + 1):
            self.tally.done += len(line)
            if not line.strip():
                continue
            number += 1
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
                if not is_promised(line):
                    raise InvalidInputError("collect.jsonl_other")
            if len(line) > LONGEST:
                self._skip_rest(line)
                yield self._bad(number, line, "collect.row_too_long", {})
                continue
            yield self._item(number, line)
        self._occurrences.close()

    def _skip_rest(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._file.readline(LONGEST)
            self.tally.done += len(line)

    def _item(self, number: int, line: bytes) -> Item:
        try:
            given = _read(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._bad(number, line, *_why(line))
        try:
            return self._access(number, line, given)
        except _Wrong as wrong:
            return self._bad(number, line, wrong.why, wrong.args_)

    def _access(self, number: int, line: bytes, given: _Given) -> Access:
        texts = self._texts
        source = self.given or texts[given.source]
        if source is None:
            raise _Wrong("collect.jsonl_missing", field="source")
        source = source[:100]
        self.source = self.source or source
        at = self._time(given.occurred_at)
        if at is None:
            raise _Wrong("collect.row_no_time")
        # The line's end is no part of it: the last line of a file may have none.
        content = hashlib.sha256(line.strip()).hexdigest()
        again = self._occurrences.number(at.toordinal(), content)
        return Access(
            occurred_at=at,
            ended_at=None if given.ended_at is None else self._time(given.ended_at),
            source=source,
            key=line_key(source, content, again),
            digest=self._digest or content,
            origin=Origin(self.path, None, number),
            action=given.action,
            outcome=given.outcome or _UNKNOWN,
            time_precision=given.time_precision or (_MILLISECOND if at.microsecond else _SECOND),
            user_kind=given.user_kind or _NOBODY,
            patient_ids=tuple(map(self._patient, given.patient_ids)) if given.patient_ids else (),
            marks=tuple(given.marks) if given.marks else (),
            user_id=texts[given.user_id],
            session=texts[given.session],
            terminal=texts[given.terminal],
            object=texts[given.object],
            class_=texts[given.class_],
            duty=texts[given.duty],
            reason=texts[given.reason],
        )

    def _patient(self, one: str | PatientId) -> PatientId:
        # A script may leave the authority out.
        said, authority = (one, None) if isinstance(one, str) else (one.id, one.authority)
        number = self._texts[said]
        if number is None:
            raise _Wrong("collect.jsonl_wrong", field="patient_ids")
        return PatientId(number, self._texts[authority])

    def _time(self, said: Any) -> dt.datetime | None:
        if said is None:
            return None
        try:
            at = dt.datetime.fromisoformat(said)
            if at.tzinfo is dt.UTC and at.microsecond % 1000 == 0:
                return at
            return instant(at, self.zone)
        except (TypeError, ValueError, OverflowError):
            raise _Wrong("collect.row_no_time") from None

    def _bad(self, number: int, raw: bytes, reason: str, args: Args) -> Bad:
        source = self.given or self.source or "jsonl-unknown"
        content = hashlib.sha256(raw.strip()).hexdigest()
        return Bad(
            number=number,
            reason=reason,
            raw=raw,
            digest=content,
            key=line_key(source, content, self._occurrences.number(-1, content)),
            source=source,
            args=args,
        )


def is_promised(line: bytes) -> bool:
    """Return whether `line` (its beginning is enough) is a record of the promised form."""
    try:
        given = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(given, dict) and {"occurred_at", "action"} <= given.keys()


def _why(line: bytes) -> Said:
    """Return why `line` is not of the form."""
    try:
        given = orjson.loads(line)
    except orjson.JSONDecodeError:
        return "collect.jsonl_broken", {}
    if not isinstance(given, dict):
        return "collect.jsonl_broken", {}
    if unknown := given.keys() - _FIELDS:
        return "collect.jsonl_unknown", {"field": min(unknown)[:60]}
    if given.get("action") is None:
        return "collect.jsonl_missing", {"field": "action"}
    for name, kind in _FIELDS.items():
        try:
            msgspec.convert(given.get(name), kind)
        except msgspec.ValidationError:
            return "collect.jsonl_wrong", {"field": name}
    return "collect.jsonl_broken", {}
