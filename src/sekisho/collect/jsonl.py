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
from typing import Any, BinaryIO, TypeVar

import orjson

from sekisho.collect.fhir import instant
from sekisho.collect.interface import Args, Bad, Item, Tally, printable
from sekisho.collect.keys import Occurrences, line_key
from sekisho.errors import InvalidInputError
from sekisho.terms import Access, Action, Mark, Origin, Outcome, PatientId, TimePrecision, UserKind

LONGEST = 1 << 20
"""Bytes of one line."""
_THEIRS = frozenset({"index", "recorded_at", "origin", "of"})
_KNOWN = _THEIRS | {
    "occurred_at", "ended_at", "time_precision", "source", "user_id", "user_kind", "patient_ids",
    "session", "action", "outcome", "terminal", "object", "class", "duty", "reason", "marks",
}  # fmt: skip
_ACTIONS = {word.value: word for word in Action}
_OUTCOMES = {word.value: word for word in Outcome}
_PRECISIONS = {word.value: word for word in TimePrecision}
_KINDS = {word.value: word for word in UserKind}
_MARKS = {word.value: word for word in Mark}
_Word = TypeVar("_Word")


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
            given = orjson.loads(line)
        except orjson.JSONDecodeError:
            return self._bad(number, line, "collect.jsonl_broken", {})
        try:
            return self._access(number, line, given)
        except _Wrong as wrong:
            return self._bad(number, line, wrong.why, wrong.args_)

    def _access(self, number: int, line: bytes, given: Any) -> Access:
        if not isinstance(given, dict):
            raise _Wrong("collect.jsonl_broken")
        if unknown := given.keys() - _KNOWN:
            raise _Wrong("collect.jsonl_unknown", field=min(unknown)[:60])
        source = self.given or _text(given, "source")
        if source is None:
            raise _Wrong("collect.jsonl_missing", field="source")
        self.source = self.source or source[:100]
        at = self._time(given, "occurred_at")
        if at is None:
            raise _Wrong("collect.row_no_time")
        # The line's end is no part of it: the last line of a file may have none.
        content = hashlib.sha256(line.strip()).hexdigest()
        again = self._occurrences.number(int(at.timestamp()) // 86400, content)
        return Access(
            occurred_at=at,
            ended_at=self._time(given, "ended_at"),
            source=source[:100],
            key=line_key(source[:100], content, again),
            digest=self._digest or content,
            origin=Origin(file=self.path, row=number),
            action=_word(given, "action", _ACTIONS, None),
            outcome=_word(given, "outcome", _OUTCOMES, Outcome.UNKNOWN),
            time_precision=_word(
                given,
                "time_precision",
                _PRECISIONS,
                TimePrecision.MILLISECOND if at.microsecond else TimePrecision.SECOND,
            ),
            user_kind=_word(given, "user_kind", _KINDS, UserKind.UNKNOWN),
            patient_ids=_patients(given.get("patient_ids")),
            marks=_marks(given.get("marks")),
            user_id=_text(given, "user_id"),
            session=_text(given, "session"),
            terminal=_text(given, "terminal"),
            object=_text(given, "object"),
            class_=_text(given, "class"),
            duty=_text(given, "duty"),
            reason=_text(given, "reason"),
        )

    def _time(self, given: dict[str, Any], name: str) -> dt.datetime | None:
        said = given.get(name)
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


def _text(given: dict[str, Any], name: str) -> str | None:
    said = given.get(name)
    if said is None:
        return None
    if not isinstance(said, str):
        raise _Wrong("collect.jsonl_wrong", field=name)
    return printable(said)


def _word(
    given: dict[str, Any], name: str, words: dict[str, _Word], otherwise: _Word | None
) -> _Word:
    said = given.get(name)
    found = otherwise if said is None else words.get(said) if isinstance(said, str) else None
    if found is None:
        raise _Wrong("collect.jsonl_missing" if said is None else "collect.jsonl_wrong", field=name)
    return found


def _patients(given: Any) -> tuple[PatientId, ...]:
    if given is None:
        return ()
    if not isinstance(given, list):
        raise _Wrong("collect.jsonl_wrong", field="patient_ids")
    found = []
    for one in given:
        if isinstance(one, str):
            one = {"id": one}  # noqa: PLW2901 (a script may leave the authority out)
        if not isinstance(one, dict) or one.keys() - {"id", "authority"}:
            raise _Wrong("collect.jsonl_wrong", field="patient_ids")
        number = _text(one, "id")
        if number is None:
            raise _Wrong("collect.jsonl_wrong", field="patient_ids")
        found.append(PatientId(number, _text(one, "authority")))
    return tuple(found)


def _marks(given: Any) -> tuple[Mark, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise _Wrong("collect.jsonl_wrong", field="marks")
    if any(one not in _MARKS for one in given):
        raise _Wrong("collect.jsonl_wrong", field="marks")
    return tuple(_MARKS[one] for one in given)
