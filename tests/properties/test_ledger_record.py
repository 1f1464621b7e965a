"""Canonical bytes are RFC 8785, and columns give them back, for any text."""

from __future__ import annotations

import datetime as dt
import os

import orjson
import pyarrow as pa
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.ledger.columns import to_records, to_table
from sekisho.ledger.record import access, canonical, commitment, line, plain
from sekisho.ledger.verify.rows import commitments
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

text = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["", "null", '"', "\\", "\x00", "\x7f", "\u2028", "検査", "😀", "a" * 500]),
)
maybe = st.none() | text
number = st.integers(0, 2**53 - 1)
moment = st.datetimes(
    dt.datetime(1000, 1, 2),  # noqa: DTZ001 (the zone is given beside it)
    dt.datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=9))]),
)
origin = st.one_of(
    st.builds(lambda file, row: Origin(file=file, row=row), text, number),
    st.builds(lambda file, message: Origin(file=file, message=message), text, number),
    st.builds(lambda name, message: Origin(connection=name, message=message), text, number),
)
accesses = st.builds(
    Access,
    occurred_at=moment,
    ended_at=st.none() | moment,
    source=text,
    key=st.binary(min_size=16, max_size=16).map(bytes.hex),
    digest=st.binary(min_size=32, max_size=32).map(bytes.hex),
    origin=origin,
    action=st.sampled_from(Action),
    outcome=st.sampled_from(Outcome),
    time_precision=st.sampled_from(TimePrecision),
    user_kind=st.sampled_from(UserKind),
    user_id=maybe,
    patient_ids=st.lists(st.builds(PatientId, text, maybe), max_size=3).map(tuple),
    session=maybe,
    terminal=maybe,
    object=maybe,
    class_=maybe,
    duty=maybe,
    reason=maybe,
    of=st.none() | number,
    marks=st.lists(st.sampled_from(Mark), max_size=3).map(tuple),
)


def recorded(given_: Access) -> bytes:
    """Return the bytes of a record."""
    return canonical({**plain(given_), "recorded_at": "2026-11-01T00:00:00.000Z"})


@given(accesses)
@settings(max_examples=300, deadline=None)
def test_canonical_bytes_are_jcs(one: Access) -> None:
    """For any record the bytes are those of RFC 8785, and the access comes back from them."""
    assert line(one) == canonical(plain(one))
    body = recorded(one)
    assert body == rfc8785.dumps(orjson.loads(body))
    again = access(orjson.loads(body))
    assert recorded(again) == body


@given(st.lists(accesses, min_size=1, max_size=12))
@settings(max_examples=80, deadline=None)
def test_columns_give_the_same_bytes(many: list[Access]) -> None:
    """Records put into columns give back their bytes, by the reader and by the verifier."""
    rows = [(number, recorded(one), os.urandom(16)) for number, one in enumerate(many)]
    table = to_table(rows)
    assert [(at, canonical(line), salt) for at, line, salt in to_records(table)] == rows
    assert commitments(table.combine_chunks()) == [commitment(salt, body) for _, body, salt in rows]
    cut = table.slice(len(rows) // 2)
    found = commitments(pa.Table.from_batches(cut.to_batches()))
    assert found == [commitment(salt, body) for _, body, salt in rows[len(rows) // 2 :]]
