"""Two sides of one action: paired, kept both, counted once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.unit.review.ledger import MemoryLedger

from sekisho.collect import collect
from sekisho.ledger import Reader, create_key, recorder
from sekisho.review import approve_shipped, explain_record, other_side, run
from sekisho.review.looks import looks
from sekisho.review.pairs import pair_up
from sekisho.storage import Database, analysis
from sekisho.terms import FixedClock

BASE = {"patient": "p1", "day": "2026-10-10", "object": "Observation/7", "terminal": "10.0.0.1"}


def row(source: str, **changes: Any) -> dict[str, Any]:
    """Return one access as one side wrote it."""
    return BASE | {"source": source, "user": "u1"} | changes


def pairs(*rows: Mapping[str, Any]) -> set[tuple[int, int]]:
    """Return the pairs that are found, each both ways."""
    with analysis() as desk:
        MemoryLedger(rows).register(desk, "access")
        first, last = desk.rows(
            "SELECT min(occurred_at), max(occurred_at) + INTERVAL 1 SECOND FROM access"
        )[0]
        pair_up(desk, since=first, until=last)
        return set(desk.rows("SELECT index, other FROM pair"))


BOTH = {(0, 1), (1, 0)}
REQUEST = "Observation/7 request:76d148b6"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # By the request's id, whatever else the two sides did not write.
        (row("client", object=REQUEST), row("server", object=REQUEST, user=None, terminal=None)),
        (row("a", object=REQUEST), row("b", object=REQUEST, patient=None, time="12:09:59")),
        (row("a", object=REQUEST, action="create"), row("b", object=REQUEST, action="update")),
        (row("gate:x", object=f"/fhir{REQUEST}"), row("b", object="request:76d148b6", action="execute")),
        # Without one: the same but for who wrote it down, and a moment.
        (row("client"), row("server", time="12:00:02")),
        (row("client"), row("server", user=None)),
        (row("client"), row("server", object="https://emr.example/fhir/Observation/7")),
        (row("client", object=REQUEST), row("server")),
        (row("client", authority="1.2.3"), row("server")),
        # Lines of one file: they bear the file's hash.
        (row("client", digest="a" * 64), row("server", digest="a" * 64)),
    ],
)  # fmt: skip
def test_two_sides_are_a_pair(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """One action as two observers wrote it down is a pair, whichever came first."""
    assert pairs(one, other) == BOTH
    assert pairs(other, one) == BOTH


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (row("a"), row("a")),
        (row("a", object=REQUEST), row("a", object=REQUEST)),
        (row("a"), row("b", time="12:00:03")),
        (row("a", object=REQUEST), row("b", object=REQUEST, time="12:10:01")),
        (row("a", object=REQUEST), row("b", object=REQUEST, patient="p2")),
        (row("a", object=REQUEST), row("b", object=REQUEST, action="delete")),
        (row("a", object=REQUEST), row("b", object="Observation/7 request:other")),
        (row("a"), row("b", patient="p2")),
        (row("a"), row("b", action="update")),
        (row("a"), row("b", object="Observation/8")),
        (row("a"), row("b", terminal="10.0.0.2")),
        (row("a", terminal=None), row("b", terminal=None)),
        (row("a", patient=None), row("b", patient=None)),
        (row("a"), row("b", user="u2")),
        (row("a", object=REQUEST), row("b", object=REQUEST, user="u2")),
        (row("a", authority="1.2.3"), row("b", authority="1.2.4")),
        (row("a", precision="minute"), row("b", precision="minute")),
        (row("a"), row("sekisho")),
        # One file, taken in under two names.
        (row("a", digest="a" * 64, file="x"), row("b", digest="a" * 64, file="y")),
    ],
)
def test_what_is_not_one_action_stays_two(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """The same observer, another moment, patient, act, object, client or person is no pair."""
    assert pairs(one, other) == set()


def test_where_two_others_fit_nothing_is_paired() -> None:
    """A record that may belong to two others is doubtful: all stay, each counted."""
    assert pairs(row("a"), row("b"), row("b", time="12:00:01")) == set()
    assert pairs(*(row(source, object=REQUEST) for source in "abc")) == set()


def test_an_attempt_is_paired_and_its_outcome_is_not_another_side() -> None:
    """Of an attempt and its outcome the attempt stands for the act; the system behind has one."""
    found = pairs(
        row("gate:x", object=REQUEST),
        row("gate:x", object=REQUEST, of=0),
        row("behind", object=REQUEST, user=None),
    )

    assert found == {(0, 2), (2, 0)}


def test_the_closer_likeness_decides() -> None:
    """Of several records of one request those that say the same are pairs."""
    found = pairs(
        row("a", object="Observation/7 request:x"),
        row("a", object="Observation/8 request:x"),
        row("b", object="Observation/8 request:x"),
        row("b", object="Observation/7 request:x"),
    )

    assert found == {(0, 3), (3, 0), (1, 2), (2, 1)}


def test_a_pair_is_counted_once_with_what_each_side_knew(
    database: Database, clock: FixedClock
) -> None:
    """The review counts one access: the person of one side, the patient of the other."""
    approve_shipped(database, by="r", at=clock.now())
    ledger = MemoryLedger(
        [
            row("server", object=REQUEST, user=None),
            row("client", object=REQUEST, patient=None),
            row("client", object="Observation/9", time="13:00:00"),
        ]
    )

    done = run(database, ledger, clock)

    assert (done.summary["accesses"], done.summary["paired"]) == (2, 1)
    assert done.summary["not_judgeable_by"] == {"no_staff_list": 2}
    assert other_side(ledger, 0) == 1
    assert other_side(ledger, 1) == 0
    assert other_side(ledger, 2) is None
    assert [one.id for one in explain_record(database, ledger, clock, 0)]


def test_who_looked_at_a_patient_names_the_person_of_the_other_side(
    database: Database, clock: FixedClock
) -> None:
    """Asked for one patient, two sides are one look, of the person whom only one of them knew."""
    ledger = MemoryLedger(
        [
            row("server", object=REQUEST, user=None),
            row("client", object=REQUEST, patient=None),
            row("client", patient="p2", object="Observation/9"),
        ]
    )
    day = dt.date(2026, 10, 10)

    found = looks(database, ledger, patient="p1", start=day, end=day)

    assert [(look.user_id, look.index) for look in found.looks] == [("u1", 0)]


def test_both_sides_of_the_balp_sample_are_one_access(
    data: Path, database: Database, clock: FixedClock, shared: Path
) -> None:
    """Client's and server's AuditEvent of IHE's sample: two records in the ledger, one access."""
    create_key(data, "test.example/ledger")
    folder = shared / "data/access-records/fhir-auditevent/ihe-balp"
    names = ("auditBasicReadOClient", "auditBasicReadOServerMin", "auditBasicUpdate1")
    with recorder(data, database, clock) as book:
        paths = [folder / f"AuditEvent-ex-{name}.json" for name in names]
        collect(paths, recorder=book, database=database, clock=clock)
    reader = Reader(data, database)

    done = run(database, reader, clock)

    assert reader.size() == 3
    assert (done.summary["accesses"], done.summary["paired"]) == (2, 1)
    assert (other_side(reader, 0), other_side(reader, 1), other_side(reader, 2)) == (1, 0, None)
