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

import orjson

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
_KEY = re.compile(r"[0-9a-f]{32}").fullmatch
_DIGEST = re.compile(r"[0-9a-f]{64}").fullmatch
_ACTIONS, _OUTCOMES, _PRECISIONS, _KINDS, _MARKS = (
    {word: f'"{word.value}"'.encode() for word in words}
    for words in (Action, Outcome, TimePrecision, UserKind, Mark)
)
_GREATEST = 2**53 - 1
_EARLIEST = 1000
_REMEMBERED = 20_000
_UTC_SECONDS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
_THOUSANDTHS = [f'.{number:03d}Z"'.encode() for number in range(1000)]


class _Written(dict[str | None, bytes]):
    """Texts as they stand in canonical bytes: the same ones come again and again."""

    def __missing__(self, text: str | None) -> bytes:
        if len(self) >= _REMEMBERED:
            self.clear()
        try:
            written = self[text] = orjson.dumps(text)
        except TypeError as error:
            raise InvalidInputError("ledger.bad_text") from error
        return written


_written = _Written()


def commitment(salt: bytes, canonical: bytes) -> bytes:
    """Return the tree's entry for a record: SHA-256(salt ‖ canonical)."""
    return hashlib.sha256(salt + canonical).digest()


def line(access: Access) -> bytes:
    """Return the canonical bytes of `access`; ``recorded_at`` is null, for the recorder to set.

    Put together from pieces that are written already, in the order of their names: `canonical`
    gives the same bytes in more time.

    Raises:
        InvalidInputError: A field cannot be recorded: a naive time, a word outside
            the vocabulary, an origin that is not one place.
    """
    if not _KEY(access.key) or not _is_digest(access.digest):
        raise InvalidInputError("ledger.bad_key", source=access.source)
    written = _written
    ended, of = access.ended_at, access.of
    try:
        pieces = (
            b'{"action":', _ACTIONS[access.action],
            b',"class":', written[access.class_],
            b',"digest":', written[access.digest],
            b',"duty":', written[access.duty],
            b',"ended_at":', b"null" if ended is None else _moment(ended),
            b',"key":"', access.key.encode(),
            b'","marks":[', b",".join([_MARKS[mark] for mark in access.marks]),
            b'],"object":', written[access.object],
            b',"occurred_at":', _moment(access.occurred_at),
            b',"of":', b"null" if of is None else _number(of),
            b',"origin":', _origin(access.origin),
            b',"outcome":', _OUTCOMES[access.outcome],
            b',"patient_ids":[', b",".join([_patient(each) for each in access.patient_ids]),
            b'],"reason":', written[access.reason],
            b',"recorded_at":null,"session":', written[access.session],
            b',"source":', written[access.source],
            b',"terminal":', written[access.terminal],
            b',"time_precision":', _PRECISIONS[access.time_precision],
            b',"user_id":', written[access.user_id],
            b',"user_kind":', _KINDS[access.user_kind],
            b"}",
        )  # fmt: skip
    except KeyError as error:
        raise InvalidInputError("ledger.bad_word", source=access.source) from error
    return b"".join(pieces)


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
    return _moment(at)[1:-1].decode()


def _moment(at: dt.datetime) -> bytes:
    if at.tzinfo is not dt.UTC:
        if at.tzinfo is None:
            raise InvalidInputError("ledger.naive_time")
        at = at.astimezone(dt.UTC)
    if at.year < _EARLIEST:
        raise InvalidInputError("ledger.bad_time", year=at.year)
    return orjson.dumps(at, None, _UTC_SECONDS)[:20] + _THOUSANDTHS[at.microsecond // 1000]


def _number(number: int) -> bytes:
    if not isinstance(number, int) or not 0 <= number <= _GREATEST:
        raise InvalidInputError("ledger.bad_number")
    return b"%d" % number


def _patient(one: PatientId) -> bytes:
    return b'{"authority":' + _written[one.authority] + b',"id":' + _written[one.id] + b"}"


def _origin(origin: Origin) -> bytes:
    number = origin.row if origin.message is None else origin.message
    if (
        number is None
        or (origin.file is None) == (origin.connection is None)
        or (origin.row is not None and origin.message is not None)
    ):
        raise InvalidInputError("ledger.bad_origin")
    return (
        (b'{"connection":' if origin.file is None else b'{"file":')
        + _written[origin.connection if origin.file is None else origin.file]
        + (b',"row":' if origin.message is None else b',"message":')
        + _number(number)
        + b"}"
    )
