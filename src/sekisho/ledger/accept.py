"""What arrives at the recorder: looked at once, and made anew only where it must be.

Whoever sends has made it by `record.line`, but nobody is believed: every byte is looked at. A
line that stands exactly as that writes it is taken as it is, in one pass of a pattern (a tenth of the time of reading it, looking at each field and writing it
again); anything else goes that long way and is refused there.
"""

from __future__ import annotations

import datetime as dt
import re
from binascii import unhexlify
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

import orjson

from sekisho.errors import InvalidInputError
from sekisho.ledger import record
from sekisho.ledger.erasure import RESERVED, is_reserved
from sekisho.terms import Action, Mark, Outcome, TimePrecision, UserKind

Line = tuple[bytes, bytes, bytes, bool]
"""A record that may be recorded: its key (16 bytes), its canonical bytes up to the value of
``recorded_at`` and after it, and whether only the log itself may record it."""


def accepted(line: bytes) -> Line:
    """Return `line`, a JSON object, as the record that it is.

    Raises:
        InvalidInputError: It is none.
    """
    return _line(line) or _made(line)


def exact(line: bytes) -> bool:
    """Return whether `line` is a record just as `record.line` writes one."""
    return _line(line) is not None


def _line(line: bytes) -> Line | None:
    found = _RECORD(line)
    if found is None or not (line.isascii() or _is_text(line)):
        return None
    head, ended, key, reserved, begun, tail = found.groups()
    if not _is_day(begun) or (ended is not None and not _is_day(ended)):
        return None
    return unhexlify(key), head, tail, reserved is not None and is_reserved(orjson.loads(line))


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(4096)
def _is_day(day: bytes) -> bool:
    try:
        dt.date.fromisoformat(day.decode())
    except ValueError:
        return False
    return True


def _made(line: bytes) -> Line:
    """Return what the long way makes of `line`."""
    try:
        made = record.line(record.access(orjson.loads(line)))
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise InvalidInputError("ledger.bad_record") from error
    found = _line(made)
    if found is None:
        raise InvalidInputError("ledger.bad_record")
    return found


def _one_of(words: Iterable[StrEnum]) -> str:
    return '"(?:' + "|".join(word.value for word in words) + ')"'


def _up_to(greatest: str) -> str:
    """Return the pattern of the whole numbers from 0 to `greatest`."""
    less = [
        f"{greatest[:at]}[{int(at == 0)}-{int(digit) - 1}]" + r"\d" * (len(greatest) - at - 1)
        for at, digit in enumerate(greatest)
        if int(digit) > int(at == 0)
    ]
    return rf"(?:0|[1-9]\d{{0,{len(greatest) - 2}}}|{greatest}|{'|'.join(less)})"


# RFC 8785, 3.2.2.2: short escapes where there are some, lower-case \u00xx for the rest.
_TEXT = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\bfnrt]|u00(?:0[0-7be-f]|1[0-9a-f]))[^"\\\x00-\x1f]*)*"'
_MAYBE = rf"(?:null|{_TEXT})"
_CLOCK = r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z"
_DAY = r"[1-9]\d{3}-\d\d-\d\d"
_NUMBER = _up_to(str(2**53 - 1))
_PATIENT = rf'\{{"authority":{_MAYBE},"id":{_TEXT}\}}'
_MARK = _one_of(Mark)
_RESERVED = f'("(?:{"|".join(map(re.escape, RESERVED))}))?'
_RECORD = re.compile(
    rf'(\{{"action":{_one_of(Action)},"class":{_MAYBE},"digest":"[0-9a-f]{{64}}","duty":{_MAYBE},'
    rf'"ended_at":(?:null|"({_DAY}){_CLOCK}"),"key":"([0-9a-f]{{32}})",'
    rf'"marks":\[(?:{_MARK}(?:,{_MARK})*)?\],"object":(?={_RESERVED}){_MAYBE},"occurred_at":"({_DAY}){_CLOCK}",'
    rf'"of":(?:null|{_NUMBER}),'
    rf'"origin":\{{"(?:connection|file)":{_TEXT},"(?:message|row)":{_NUMBER}\}},'
    rf'"outcome":{_one_of(Outcome)},"patient_ids":\[(?:{_PATIENT}(?:,{_PATIENT})*)?\],'
    rf'"reason":{_MAYBE},"recorded_at":)null(,"session":{_MAYBE},"source":{_TEXT},'
    rf'"terminal":{_MAYBE},"time_precision":{_one_of(TimePrecision)},"user_id":{_MAYBE},'
    rf'"user_kind":{_one_of(UserKind)}\}})'.encode()
).fullmatch
