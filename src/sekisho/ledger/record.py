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
_KEY = re.compile(r"[0-9a-f]{32}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_ACTIONS = {word: word.value for word in Action}
_OUTCOMES = {word: word.value for word in Outcome}
_PRECISIONS = {word: word.value for word in TimePrecision}
_KINDS = {word: word.value for word in UserKind}
_MARKS = {word: word.value for word in Mark}
_GREATEST = 2**53 - 1
_EARLIEST = 1000


def commitment(salt: bytes, canonical: bytes) -> bytes:
    """Return the tree's entry for a record: SHA-256(salt ‖ canonical)."""
    return hashlib.sha256(salt + canonical).digest()


def plain(access: Access) -> dict[str, Any]:
    """Return `access` as the JSON object that is recorded; ``recorded_at`` is for the recorder to set.

    Raises:
        InvalidInputError: A field cannot be recorded: a naive time, a word outside
            the vocabulary, an origin that is not one place.
    """
    if not _KEY.match(access.key) or not _DIGEST.match(access.digest):
        raise InvalidInputError("ledger.bad_key", source=access.source)
    if access.of is not None:
        _number(access.of)
    ended = access.ended_at
    try:
        action, outcome = _ACTIONS[access.action], _OUTCOMES[access.outcome]
        precision, kind = _PRECISIONS[access.time_precision], _KINDS[access.user_kind]
        marks = [_MARKS[mark] for mark in access.marks]
    except KeyError as error:
        raise InvalidInputError("ledger.bad_word", source=access.source) from error
    return {
        "action": action,
        "class": access.class_,
        "digest": access.digest,
        "duty": access.duty,
        "ended_at": None if ended is None else _time(ended),
        "key": access.key,
        "marks": marks,
        "object": access.object,
        "occurred_at": _time(access.occurred_at),
        "of": access.of,
        "origin": _origin(access.origin),
        "outcome": outcome,
        "patient_ids": [
            {"authority": each.authority, "id": each.id} for each in access.patient_ids
        ],
        "reason": access.reason,
        "recorded_at": None,
        "session": access.session,
        "source": access.source,
        "terminal": access.terminal,
        "time_precision": precision,
        "user_id": access.user_id,
        "user_kind": kind,
    }


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


def _time(at: dt.datetime) -> str:
    if at.tzinfo is None:
        raise InvalidInputError("ledger.naive_time")
    if at.tzinfo is not dt.UTC:
        at = at.astimezone(dt.UTC)
    if at.year < _EARLIEST:
        raise InvalidInputError("ledger.bad_time", year=at.year)
    return at.isoformat(timespec="milliseconds")[:23] + "Z"


time_text = _time


def _number(number: int) -> int:
    if not isinstance(number, int) or not 0 <= number <= _GREATEST:
        raise InvalidInputError("ledger.bad_number")
    return number


def _origin(origin: Origin) -> dict[str, Any]:
    number = origin.row if origin.message is None else origin.message
    if (
        number is None
        or (origin.file is None) == (origin.connection is None)
        or (origin.row is not None and origin.message is not None)
    ):
        raise InvalidInputError("ledger.bad_origin")
    place: dict[str, Any] = (
        {"connection": origin.connection} if origin.file is None else {"file": origin.file}
    )
    place["row" if origin.message is None else "message"] = _number(number)
    return place
