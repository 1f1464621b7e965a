"""What arrives at the recorder's socket: looked at once, and made anew only where it must be.

Whoever sends has made it by `record.plain`, but nobody is believed: every field is looked at.
What stands exactly as `plain` writes it is taken as it is (a third of the time of making an
access of it and a record of that again); anything else goes that long way and is refused there.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from sekisho.errors import InvalidInputError
from sekisho.ledger import record
from sekisho.terms import Action, Mark, Outcome, TimePrecision, UserKind

_KEYS = frozenset({*record.PROMISED, "digest", "key"})
_TEXTS = ("user_id", "session", "source", "terminal", "object", "class", "duty", "reason")
_KEY = re.compile(r"[0-9a-f]{32}").fullmatch
_DIGEST = re.compile(r"[0-9a-f]{64}").fullmatch
_TIME = re.compile(r"[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII).fullmatch
_ACTIONS = frozenset(word.value for word in Action)
_OUTCOMES = frozenset(word.value for word in Outcome)
_PRECISIONS = frozenset(word.value for word in TimePrecision)
_KINDS = frozenset(word.value for word in UserKind)
_MARKS = frozenset(word.value for word in Mark)
_PATIENT = frozenset({"authority", "id"})
_GREATEST = 2**53 - 1


def accepted(given: Any) -> dict[str, Any]:
    """Return `given`, as JSON gave it, as `record.plain` would write it.

    Raises:
        InvalidInputError: It is no record.
    """
    if exact(given):
        return given  # type: ignore[no-any-return]
    try:
        made = record.plain(record.access(given))
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise InvalidInputError("ledger.bad_record") from error
    if not exact(made):
        raise InvalidInputError("ledger.bad_record")
    return made


def exact(given: Any) -> bool:
    """Return whether `given` is a record just as `record.plain` writes one."""
    try:
        return _exact(given)
    except (TypeError, ValueError):
        return False  # a list where a word should be, a day that no month has


def _exact(given: Any) -> bool:
    if type(given) is not dict or given.keys() != _KEYS:
        return False
    ended, of = given["ended_at"], given["of"]
    return (
        _moment(given["occurred_at"])
        and (ended is None or _moment(ended))
        and given["recorded_at"] is None
        and _KEY(given["key"]) is not None
        and _DIGEST(given["digest"]) is not None
        and given["action"] in _ACTIONS
        and given["outcome"] in _OUTCOMES
        and given["time_precision"] in _PRECISIONS
        and given["user_kind"] in _KINDS
        and (of is None or _number(of))
        and all(given[name] is None or type(given[name]) is str for name in _TEXTS)
        and type(given["marks"]) is list
        and _MARKS.issuperset(given["marks"])
        and type(given["patient_ids"]) is list
        and all(map(_patient, given["patient_ids"]))
        and _origin(given["origin"])
    )


def _moment(text: str) -> bool:
    return _TIME(text) is not None and dt.datetime.fromisoformat(text).tzinfo is not None


def _number(given: Any) -> bool:
    return type(given) is int and 0 <= given <= _GREATEST


def _patient(one: Any) -> bool:
    return (
        type(one) is dict
        and one.keys() == _PATIENT
        and type(one["id"]) is str
        and (one["authority"] is None or type(one["authority"]) is str)
    )


def _origin(place: Any) -> bool:
    if type(place) is not dict or len(place) != 2:
        return False
    name = place.get("file", place.get("connection"))
    return type(name) is str and _number(place.get("row", place.get("message")))
