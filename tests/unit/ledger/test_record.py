"""A record's bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import pytest
from msgspec import structs

from sekisho.errors import InvalidInputError
from sekisho.ledger import own
from sekisho.ledger.record import access, canonical, commitment, plain, promised
from sekisho.terms import Access, Action, Clock, Mark, Origin, PatientId, TimePrecision


def test_canonical_form_is_fixed(make: Any) -> None:
    """The bytes of a record never change: every release must make these again."""
    record = plain(structs.replace(make(1)[0], patient_ids=(PatientId("1", "市立"),)))
    record["recorded_at"] = "2026-11-01T00:00:00.000Z"
    assert canonical(record).decode() == (
        '{"action":"read","class":null,'
        '"digest":"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",'
        '"duty":null,"ended_at":null,"key":"5feceb66ffc86f38d952786c6d696c79","marks":[],'
        '"object":"検査\\n\\"結果\\"","occurred_at":"2026-10-01T00:00:00.000Z","of":null,'
        '"origin":{"file":"ログ/2026-10.csv","row":1},"outcome":"success",'
        '"patient_ids":[{"authority":"市立","id":"1"}],"reason":"診療",'
        '"recorded_at":"2026-11-01T00:00:00.000Z","session":null,"source":"emr","terminal":"T0",'
        '"time_precision":"second","user_id":"u0","user_kind":"person"}'
    )


def test_commitment_hides_behind_the_salt() -> None:
    """The tree's entry is SHA-256 of salt and bytes."""
    assert commitment(b"s" * 16, b"x") == hashlib.sha256(b"s" * 16 + b"x").digest()


def test_access_comes_back(make: Any) -> None:
    """What goes over the socket comes back as the same access."""
    given = structs.replace(
        make(1)[0],
        ended_at=dt.datetime(2026, 10, 1, 1, tzinfo=dt.UTC),
        of=3,
        marks=(Mark.LATE,),
        class_="精神",
        origin=Origin(connection="10.0.0.1", message=4),
        time_precision=TimePrecision.MINUTE,
    )
    assert access(json.loads(canonical(plain(given)))) == given


def test_promised_form_has_the_promised_keys_in_order(make: Any) -> None:
    """The JSON Lines form is index, then the promised keys; digest and key stay inside."""
    line = promised(5, {**plain(make(2)[1]), "recorded_at": "2026-11-01T00:00:00.000Z"})
    assert list(line) == [
        "index",
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
    ]
    assert list(line["patient_ids"][0]) == ["id", "authority"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"action": "steal"}, "ledger.bad_word"),
        ({"marks": ("new",)}, "ledger.bad_word"),
        ({"key": "ABC"}, "ledger.bad_key"),
        ({"digest": "0" * 63 + "G"}, "ledger.bad_key"),
        ({"of": -1}, "ledger.bad_number"),
        ({"of": 2**53}, "ledger.bad_number"),
        ({"origin": Origin(file="a", connection="b", row=1)}, "ledger.bad_origin"),
        ({"origin": Origin(file="a")}, "ledger.bad_origin"),
        ({"origin": Origin(file="a", row=1, message=1)}, "ledger.bad_origin"),
        ({"occurred_at": dt.datetime(2026, 1, 1)}, "ledger.naive_time"),  # noqa: DTZ001 (naive on purpose)
        ({"occurred_at": dt.datetime(26, 1, 1, tzinfo=dt.UTC)}, "ledger.bad_time"),
        ({"object": "\ud800"}, "ledger.bad_text"),
    ],
)
def test_what_cannot_be_recorded_is_refused(
    make: Any, change: dict[str, Any], message: str
) -> None:
    """A record outside the vocabulary is refused with the matter named, before anything is written."""
    with pytest.raises(InvalidInputError) as error:
        canonical(plain(structs.replace(make(1)[0], **change)))
    assert error.value.message == message


@pytest.mark.parametrize(
    "broken", [{}, {"action": 1}, {"occurred_at": 5}, {"user_id": 4}, {"marks": None}]
)
def test_strange_objects_are_refused(make: Any, broken: dict[str, Any]) -> None:
    """An object from the socket that is no record is refused."""
    given = {**plain(make(1)[0]), **broken} if broken else {}
    with pytest.raises(InvalidInputError):
        access(given)


def test_other_zones_become_utc(make: Any) -> None:
    """A time with another zone is recorded in UTC."""
    tokyo = dt.timezone(dt.timedelta(hours=9))
    at = dt.datetime(2026, 10, 1, 9, tzinfo=tokyo)
    assert plain(structs.replace(make(1)[0], occurred_at=at))["occurred_at"] == (
        "2026-10-01T00:00:00.000Z"
    )


def test_own_acts_are_records_of_their_own(clock: Clock) -> None:
    """Two equal acts of Sekisho are two records with keys of their own."""
    acts: list[Access] = [
        own(clock, user_id="0001", action=Action.LOGIN, object="console", patient_ids=["7"])
        for _ in range(2)
    ]
    assert acts[0].key != acts[1].key
    assert acts[0].source == "sekisho"
    assert acts[0].patient_ids == (PatientId("7"),)
    assert own(clock, user_id=None, action=Action.SECURITY, object=None).user_kind == "system"
