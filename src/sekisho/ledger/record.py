"""One record as bytes: the canonical form (RFC 8785) and its salted commitment.

The canonical form is the promised JSON Lines object without ``index`` and with
``digest`` and ``key``. What the tree holds is SHA-256(salt ‖ canonical), so that a
record and its salt can be erased while the tree stays valid.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
import orjson
from msgspec import Struct

from sekisho.errors import InvalidInputError
from sekisho.terms import (
    Access,
    Action,
    Mark,
    Origin,
    Outcome,
    PatientId,
    TimePrecision,
    UserKind,
)

SALT = 16
"""Bytes of salt, random for each record and never derived."""

Row = tuple[int, bytes, bytes]
"""Index, canonical bytes, salt: a record as it is stored."""

PROMISED = (
    "recorded_at",
    "occurred_at",
    "ended_at",
    "time_precision",
    "user_id",
    "user_kind",
    "patient_ids",
    "session",
    "action",
    "outcome",
    "source",
    "terminal",
    "object",
    "class",
    "duty",
    "reason",
    "of",
    "marks",
    "origin",
)
"""Keys of the promised form after ``index``, in its order."""

_TEXTS = ("user_id", "session", "source", "terminal", "object", "class", "duty", "reason")
_is_key = re.compile(r"[0-9a-f]{32}").fullmatch
_DIGEST = re.compile(r"[0-9a-f]{64}").fullmatch
_ACTIONS = {word: word for word in Action}
_OUTCOMES = {word: word for word in Outcome}
_PRECISIONS = {word: word for word in TimePrecision}
_KINDS = {word: word for word in UserKind}
_MARKS = {word: word for word in Mark}
_GREATEST = 2**53 - 1
_EARLIEST = 1000
_UTC_SECONDS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
_THOUSANDTHS = [f".{number:03d}Z" for number in range(1000)]


class _Place(Struct, gc=False, omit_defaults=True):
    """`sekisho.terms.Origin` as it is written; exactly two of them stand there."""

    connection: str | None = None
    file: str | None = None
    message: int | None = None
    row: int | None = None


class _Numbered(Struct, gc=False):
    """`sekisho.terms.PatientId` as it is written."""

    authority: str | None
    id: str


class _Form(Struct, gc=False, rename={"class_": "class"}):
    """A record as its canonical bytes have it: every field, in the order of their names.

    ``recorded_at`` is null, for the recorder to set.
    """

    action: Action
    class_: str | None
    digest: str
    duty: str | None
    ended_at: str | None
    key: str
    marks: list[Mark]
    object: str | None
    occurred_at: str
    of: int | None
    origin: _Place
    outcome: Outcome
    patient_ids: list[_Numbered]
    reason: str | None
    recorded_at: None
    session: str | None
    source: str
    terminal: str | None
    time_precision: TimePrecision
    user_id: str | None
    user_kind: UserKind


_written = msgspec.json.Encoder().encode
"""Gives the bytes of a `_Form`. For what one holds they are those of `canonical`."""


def commitment(salt: bytes, canonical: bytes) -> bytes:
    """Return the tree's entry for a record: SHA-256(salt ‖ canonical)."""
    return hashlib.sha256(salt + canonical).digest()


def line(access: Access) -> bytes:
    """Return the canonical bytes of `access`; ``recorded_at`` is null, for the recorder to set.

    Raises:
        InvalidInputError: A field cannot be recorded: a naive time, a word outside
            the vocabulary, an origin that is not one place.
    """
    if not _is_key(access.key) or not _is_digest(access.digest):
        raise InvalidInputError("ledger.bad_key", source=access.source)
    ended, of = access.ended_at, access.of
    try:
        form = _Form(
            _ACTIONS[access.action],
            access.class_,
            access.digest,
            access.duty,
            None if ended is None else time_text(ended),
            access.key,
            [_MARKS[mark] for mark in access.marks],
            access.object,
            time_text(access.occurred_at),
            None if of is None else _number(of),
            _place(access.origin),
            _OUTCOMES[access.outcome],
            [_Numbered(each.authority, each.id) for each in access.patient_ids],
            access.reason,
            None,
            access.session,
            access.source,
            access.terminal,
            _PRECISIONS[access.time_precision],
            access.user_id,
            _KINDS[access.user_kind],
        )
    except KeyError as error:
        raise InvalidInputError("ledger.bad_word", source=access.source) from error
    try:
        return _written(form)
    except (TypeError, UnicodeError) as error:
        raise InvalidInputError("ledger.bad_text") from error


def plain(access: Access) -> dict[str, Any]:
    """Return `access` as the JSON object that is recorded; raises as `line`."""
    made: dict[str, Any] = orjson.loads(line(access))
    return made


def canonical(record: Mapping[str, Any]) -> bytes:
    """Return the RFC 8785 bytes of `record`.

    For text, whole numbers below 2^53, null, lists and objects with ASCII keys
    (all that a record holds) sorted compact JSON is that form.

    Raises:
        InvalidInputError: A text is no text (a lone surrogate).
    """
    try:
        return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise InvalidInputError("ledger.bad_text") from error


def access(record: Mapping[str, Any]) -> Access:
    """Return the access that `plain` gave as `record`.

    Raises:
        InvalidInputError: It is not such an object.
    """
    try:
        ended = record["ended_at"]
        found = Access(
            occurred_at=dt.datetime.fromisoformat(record["occurred_at"]),
            ended_at=None if ended is None else dt.datetime.fromisoformat(ended),
            key=record["key"],
            digest=record["digest"],
            origin=Origin(**record["origin"]),
            action=Action(record["action"]),
            outcome=Outcome(record["outcome"]),
            time_precision=TimePrecision(record["time_precision"]),
            user_kind=UserKind(record["user_kind"]),
            patient_ids=tuple(
                PatientId(each["id"], each["authority"]) for each in record["patient_ids"]
            ),
            of=record["of"],
            marks=tuple(Mark(mark) for mark in record["marks"]),
            class_=record["class"],
            **{name: record[name] for name in _TEXTS if name != "class"},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInputError("ledger.bad_record") from error
    if not all(isinstance(record[name], str | None) for name in _TEXTS):
        raise InvalidInputError("ledger.bad_record")
    return found


def promised(index: int, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the promised JSON Lines form of the recorded object."""
    line: dict[str, Any] = {"index": index}
    for name in PROMISED:
        line[name] = record[name]
    line["patient_ids"] = [
        {"id": each["id"], "authority": each["authority"]} for each in record["patient_ids"]
    ]
    return line


@lru_cache(256)
def _is_digest(text: str) -> bool:
    """Return whether `text` is a SHA-256; of a file every record bears the same."""
    return _DIGEST(text) is not None


def time_text(at: dt.datetime) -> str:
    """Return `at` as it is recorded: UTC, milliseconds.

    Raises:
        InvalidInputError: It has no zone, or its year has not four digits.
    """
    if at.tzinfo is not dt.UTC:
        if at.tzinfo is None:
            raise InvalidInputError("ledger.naive_time")
        at = at.astimezone(dt.UTC)
    if at.year < _EARLIEST:
        raise InvalidInputError("ledger.bad_time", year=at.year)
    return (
        orjson.dumps(at, None, _UTC_SECONDS)[1:20].decode() + _THOUSANDTHS[at.microsecond // 1000]
    )


def _number(number: int) -> int:
    if not isinstance(number, int) or not 0 <= number <= _GREATEST:
        raise InvalidInputError("ledger.bad_number")
    return number


def _place(origin: Origin) -> _Place:
    file, connection, row, message = origin.file, origin.connection, origin.row, origin.message
    number = row if message is None else message
    if (
        number is None
        or (file is None) == (connection is None)
        or (row is not None and message is not None)
    ):
        raise InvalidInputError("ledger.bad_origin")
    _number(number)
    return _Place(connection, file, message, row)
