"""Two sides of one action: paired, kept both, counted once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.unit.review.ledger import MemoryLedger
from tests.unit.review.month import CROWD, DOCTOR, ONE_STORE, STAYS, WHOLE, Month

from sekisho.collect import collect
from sekisho.ledger import Reader, create_key, recorder
from sekisho.review import approve_shipped, explain_record, other_sides, run
from sekisho.review.looks import looks
from sekisho.review.pairs import pair_up
from sekisho.storage import Database, analysis
from sekisho.terms import FixedClock

BASE = {"patient": "p1", "day": "2026-10-10", "object": "Observation/7", "terminal": "10.0.0.1"}


def row(source: str, **changes: Any) -> dict[str, Any]:
    """Return one access as one side wrote it."""
    return BASE | {"source": source, "user": "u1"} | changes


def owned(*ids: tuple[str, str, str]) -> pa.Table:
    """Return whose ids are: system, id there, id of the staff list."""
    table = pa.Table.from_pylist(
        [{"system": system, "user_id": theirs, "staff_id": ours} for system, theirs, ours in ids],
        schema=pa.schema(
            [("system", pa.string()), ("user_id", pa.string()), ("staff_id", pa.string()),
             ("valid_from", pa.date32()), ("valid_to", pa.date32())]
        ),
    )  # fmt: skip
    assert isinstance(table, pa.Table)
    return table


def pairs(*rows: Mapping[str, Any], ids: pa.Table = None) -> set[tuple[int, int]]:
    """Return each two records of one act that are found, both ways."""
    with analysis() as desk:
        MemoryLedger(rows).register(desk, "access")
        first, last = desk.rows(
            "SELECT min(occurred_at), max(occurred_at) + INTERVAL 1 SECOND FROM access"
        )[0]
        pair_up(desk, owned() if ids is None else ids, since=first, until=last)
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


def test_where_two_others_of_one_observer_fit_nothing_is_joined() -> None:
    """A record that may belong to two acts is doubtful: all stay, each counted, whoever else saw one."""
    assert pairs(row("a"), row("b"), row("b", time="12:00:01")) == set()
    assert pairs(row("a"), row("b"), row("b", time="12:00:01"), row("c")) == set()
    middle = row("b", object=REQUEST, user=None)
    assert pairs(row("a", object=REQUEST), middle, row("c", object=REQUEST, user="u2")) == set()


ALL = {(one, other) for one in range(4) for other in range(4) if one != other}


@pytest.mark.parametrize(
    "others",
    [
        [row(source, object=REQUEST) for source in "bcd"],
        [row(source) for source in "bcd"],
        # The closest two are joined first; who knows less joins them, and all that are joined.
        [
            row("b", object=REQUEST),
            row("gate:x", object="request:76d148b6", action="execute", patient=None),
            row("c", object=REQUEST, user=None, time="12:05:00"),
        ],
    ],
)
def test_all_who_observed_an_act_are_joined(others: list[Mapping[str, Any]]) -> None:
    """One act that four systems wrote down is one act, in whatever order it came."""
    rows = [row("a", object=REQUEST if "request" in str(others[0]["object"]) else BASE["object"])]
    assert pairs(*rows, *others) == ALL
    assert pairs(*others[::-1], *rows) == ALL


def test_one_person_may_have_another_id_in_each_system() -> None:
    """Ids that lists give to one person are one; the same letters of two people, and ids of nobody, are not."""
    ids = owned(("a", "u1", "K1"), ("b", "X-7", "K1"), ("b", "u1", "K2"), ("c", "0042", "K1"))
    assert pairs(row("a"), row("b", user="X-7"), ids=ids) == BOTH
    assert pairs(row("a"), row("b", user="X-7")) == set()
    assert pairs(row("a"), row("c", user="42"), row("emr", user="K1"), ids=ids) == {
        (one, other) for one, other in ALL if max(one, other) < 3
    }
    assert pairs(row("a"), row("b"), ids=ids) == set()
    assert pairs(row("a"), row("b", user="X-8"), ids=ids) == set()
    assert pairs(row("a", object=REQUEST), row("b", object=REQUEST, user="X-7"), ids=ids) == BOTH
    assert pairs(row("a", object=REQUEST), row("b", object=REQUEST), ids=ids) == set()


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


@ONE_STORE
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
            row("third", object=REQUEST, user=None, patient=None, terminal=None),
        ]
    )

    done = run(database, ledger, clock)

    assert (done.summary["accesses"], done.summary["paired"]) == (2, 1)
    assert done.summary["not_judgeable_by"] == {"no_staff_list": 2}
    assert [other_sides(ledger, owned(), index) for index in range(4)] == [
        [1, 3],
        [0, 3],
        [],
        [0, 1],
    ]
    assert [one.id for one in explain_record(database, ledger, clock, 0)]


@ONE_STORE
def test_who_looked_at_a_patient_names_the_person_of_the_other_side(
    database: Database, clock: FixedClock
) -> None:
    """Asked for one patient, two sides are one look, of the person whom only one of them knew."""
    ledger = MemoryLedger(
        [
            row("server", object=REQUEST, user=None),
            row("client", object=REQUEST, patient=None),
            row("client", patient="p2", object="Observation/9"),
            row("third", object=REQUEST, user=None, patient=None),
        ]
    )
    day = dt.date(2026, 10, 10)

    found = looks(database, ledger, patient="p1", start=day, end=day)

    assert [(look.user_id, look.indexes) for look in found.looks] == [("u1", (0, 1, 3))]


@ONE_STORE
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
    assert [other_sides(reader, owned(), index) for index in range(3)] == [[1], [0], []]


@ONE_STORE
def test_an_emergency_that_only_one_side_marked_is_one(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Of two sides of an act the second alone says that it was an emergency: the sign shows it."""
    month = Month(database, clock, tmp_path)
    month.lists(staff=[{**DOCTOR, "user": "u1"}, *CROWD], visits=WHOLE, stays=STAYS)
    month.log(row("server", object=REQUEST), row("client", object=REQUEST, marks=["emergency"]))

    done = month.run()

    assert done.summary["paired"] == 1
    assert "break_glass" in next(iter(done.cases)).signs
