"""Records to write, and a ledger with its key."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from sekisho.ledger import create_key
from sekisho.terms import Access, Action, Origin, Outcome, PatientId, UserKind

Make = Callable[..., list[Access]]


def some(count: int, start: int = 0) -> list[Access]:
    """Return `count` different records."""
    made = []
    for number in range(start, start + count):
        digest = hashlib.sha256(b"%d" % number).hexdigest()
        made.append(
            Access(
                occurred_at=dt.datetime(2026, 10, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=number),
                source="emr",
                key=digest[:32],
                digest=digest,
                origin=Origin(file="ログ/2026-10.csv", row=number + 1),
                action=Action.READ,
                outcome=Outcome.SUCCESS,
                user_id=f"u{number % 30}",
                user_kind=UserKind.PERSON,
                patient_ids=(PatientId(f"{number % 400:08d}"),) * (number % 3),
                terminal=f"T{number % 5}",
                object='検査\n"結果"' if number % 7 == 0 else "カルテ",
                reason=None if number % 2 else "診療",
            )
        )
    return made


@pytest.fixture
def make() -> Make:
    """Makes different records."""
    return some


@pytest.fixture
def key(data: Path) -> str:
    """The public key of a ledger that was just set up in `data`."""
    return create_key(data, "hospital.example/sekisho")
