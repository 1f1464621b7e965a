"""What the recorder takes from its socket is what the long way would make of it, for any input."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.properties.test_ledger_record import accesses

from sekisho.errors import InvalidInputError
from sekisho.ledger import record
from sekisho.ledger.accept import accepted, exact
from sekisho.ledger.erasure import RESERVED, is_reserved
from sekisho.terms import Access, Action, Mark, Outcome, TimePrecision, UserKind

GOOD: dict[str, Any] = {
    "action": "read",
    "class": None,
    "digest": "0" * 64,
    "duty": None,
    "ended_at": None,
    "key": "0" * 32,
    "marks": [],
    "object": "カルテ",
    "occurred_at": "2026-10-01T00:00:00.000Z",
    "of": None,
    "origin": {"file": "a.csv", "row": 1},
    "outcome": "success",
    "patient_ids": [{"authority": None, "id": "00042"}],
    "reason": None,
    "recorded_at": None,
    "session": None,
    "source": "emr",
    "terminal": None,
    "time_precision": "second",
    "user_id": "D1",
    "user_kind": "person",
}
_ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 2**54)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["id", "authority", "file", "row", "message", "connection"]), inner
        )
    ),
    max_leaves=4,
)
_TIMES = st.sampled_from(
    [
        "2026-10-01T00:00:00.250Z", "2026-10-01T00:00:00Z", "2026-10-01T09:00:00.000+09:00",
        "2026-02-30T00:00:00.000Z", "2026-10-01T24:00:00.000Z", "0999-10-01T00:00:00.000Z",
        "2026-10-01T00:00:00.000", "２０２６-10-01T00:00:00.000Z", "2026-10-01 00:00:00.000Z",
    ]
)  # fmt: skip
_LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "action": st.sampled_from([*(word.value for word in Action), "look"]),
    "outcome": st.sampled_from([*(word.value for word in Outcome), "maybe"]),
    "time_precision": st.sampled_from([word.value for word in TimePrecision]),
    "user_kind": st.sampled_from([word.value for word in UserKind]),
    "marks": st.lists(st.sampled_from([*(word.value for word in Mark), "seen"]), max_size=3),
    "occurred_at": _TIMES,
    "ended_at": _TIMES | st.none(),
    "recorded_at": _TIMES,
    "of": st.sampled_from([None, 0, 2**53 - 1, 2**53, True, 1.0]),
    "key": st.sampled_from(["f" * 32, "F" * 32, "f" * 31, "f" * 32 + "\n"]),
    "digest": st.sampled_from(["f" * 64, "f" * 63, "g" * 64]),
    "origin": st.sampled_from(
        [{"connection": "c", "message": 1}, {"file": "f", "message": 2}, {"file": "f"}, {"file": "f", "connection": "c"},
         {"row": 1, "message": 1}, {"file": 7, "row": 1}, {"file": "f", "row": True}, {"file": None, "row": 1}]
    ),
}  # fmt: skip


@st.composite
def records(draw: st.DrawFn) -> Any:
    """A record in which some fields are others, missing, or too many."""
    made = dict(GOOD)
    for name in draw(st.lists(st.sampled_from(sorted(GOOD)), max_size=4)):
        made[name] = draw(_LIKELY[name] if name in _LIKELY and draw(st.booleans()) else _ANY)
    if draw(st.integers(0, 9)) == 0:
        del made[draw(st.sampled_from(sorted(made)))]
    if draw(st.integers(0, 9)) == 0:
        made["more"] = 1
    return made


def whole(line: bytes) -> bytes:
    """Return the bytes that are recorded of `line`, but for the time."""
    key, head, tail, _ = accepted(line)
    body = head + b"null" + tail
    assert key.hex() == json.loads(body)["key"]
    return body


@given(records() | _ANY, st.booleans(), st.booleans())
def test_what_is_accepted_is_what_the_long_way_makes(
    one: Any, ascii_only: bool, compact: bool
) -> None:
    """Whatever arrives is refused, or becomes the very bytes that the long way makes of it."""
    apart = (",", ":") if compact else None
    sent = json.dumps(one, ensure_ascii=ascii_only, separators=apart, sort_keys=compact)
    try:
        taken = whole(sent.encode())
    except InvalidInputError:
        return

    assert exact(taken)
    assert taken == record.canonical(record.plain(record.access(one)))


@given(accesses, st.integers(0), st.integers(0, 255))
def test_no_changed_byte_gets_a_form_of_its_own(one: Access, place: int, byte: int) -> None:
    """A record with one byte changed is refused, or is what the long way makes of it."""
    sent = bytearray(record.canonical(record.plain(one)))
    sent[place % len(sent)] = byte
    try:
        taken = whole(bytes(sent))
    except InvalidInputError:
        return

    assert taken == record.canonical(record.plain(record.access(json.loads(bytes(sent)))))


@given(accesses)
def test_every_record_of_ours_goes_the_short_way(one: Access) -> None:
    """Whatever `record.plain` and `record.canonical` write is taken as it is."""
    sent = record.canonical(record.plain(one))

    assert exact(sent)
    assert whole(sent) == sent


@given(accesses)
def test_only_the_log_announces_its_own_changes(one: Access) -> None:
    """A record is reserved exactly where its object is that of an erasure or of a new key."""
    line = record.plain(one)
    assert accepted(record.canonical(line))[3] is is_reserved(line)
    for mark in RESERVED:
        what = f"{mark}{one.object}"
        told = {"object": what, "digest": hashlib.sha256(what.encode()).hexdigest()}
        assert accepted(record.canonical({**line, **told, "source": "sekisho"}))[3]
        assert not accepted(record.canonical({**line, **told, "source": "emr"}))[3]
