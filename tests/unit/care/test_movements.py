"""Stays and visits follow from what was told, whatever the order in which it came."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.care.tree import message

from sekisho import care
from sekisho.care.tables import APPOINTMENT, EVENT, LOAD, MERGE, ORDER, PATIENT, STAY, VISIT
from sekisho.storage import Database, open_database
from sekisho.terms import FixedClock

TABLES = {"visits": VISIT, "stays": STAY, "orders": ORDER, "appointments": APPOINTMENT}
WHERE = {"load_id", "row", "origin", "key"}


def told(database: Database, clock: FixedClock, folder: Path, *texts: str) -> care.LoadReport:
    """Load messages as one file."""
    path = folder / f"{random.Random(str(texts)).getrandbits(64):x}.hl7"
    path.write_bytes("\r\n".join(texts).encode("iso2022_jp"))
    [report] = care.load([path], database=database, clock=clock)
    return report


def rows(database: Database, name: str, *, back: bool = False) -> list[dict[str, Any]]:
    """Return the rows of one list that stand, or that were taken back, without where they were read."""
    table = TABLES[name]
    stands = table.c.retracted_at.is_not(None) if back else table.c.retracted_at.is_(None)
    with database.read() as c:
        found = c.execute(sa.select(table).where(stands)).mappings().all()
    kept = [{k: v for k, v in row.items() if k not in WHERE and v is not None} for row in found]
    return sorted(kept, key=str)


def stays(database: Database) -> list[tuple[str, str, str | None, str | None, str | None]]:
    """Return (patient, from, until, ward, department) of each part of each stay."""
    return sorted(
        (
            r["patient_id"],
            str(r["day"]),
            str(r["until"]) if "until" in r else None,
            r.get("ward"),
            r.get("department"),
        )
        for r in rows(database, "stays")
    )


@pytest.fixture
def tell(database: Database, clock: FixedClock, tmp_path: Path) -> Any:
    """Load messages, each call one file."""
    return lambda *texts: told(database, clock, tmp_path, *texts)


pytestmark = pytest.mark.store
P = "0000100"
IN = message("ADT^A01", P, "20261003140000", ward="5E^501", dept="01", doctor="D1^x", visit="V1")
MOVE = message(
    "ADT^A02", P, "20261005100000", ward="6W^601", prior="5E^501", dept="10", visit="V1",
    admitted="20261003140000",
)  # fmt: skip
OUT = message(
    "ADT^A03", P, "20261009100000", ward="6W^601", dept="10", visit="V1", admitted="20261003140000"
)
PARTS = [
    (P, "2026-10-03", "2026-10-05", "5E", "01"),
    (P, "2026-10-05", "2026-10-09", "6W", "10"),
]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_a_transfer_splits_a_stay_whatever_came_first(
    tell: Any, database: Database, order: Sequence[int]
) -> None:
    """Admission, transfer and discharge give two ward parts in any order, each in its own load."""
    for place in order:
        tell((IN, MOVE, OUT)[place])
    assert stays(database) == PARTS


@pytest.mark.parametrize(
    ("trigger", "left", "gone"),
    [
        ("A13", [PARTS[0], (P, "2026-10-05", None, "6W", "10")], []),
        (
            "A12",
            [(P, "2026-10-03", "2026-10-09", "5E", "01")],
            [("6W", "2026-10-05", "2026-10-10")],
        ),
        ("A11", [], [("5E", "2026-10-03", "2026-10-05"), ("6W", "2026-10-05", "2026-10-09")]),
    ],
)
@pytest.mark.parametrize("late", [True, False])
def test_a_cancel_takes_back_what_it_names(
    tell: Any,
    database: Database,
    trigger: str,
    left: list[Any],
    gone: list[Any],
    late: bool,
) -> None:
    """A11, A12 and A13 retract admission, transfer, discharge: also where they come first; what stood until then is kept with the moment."""
    at = {"A13": "20261009100000", "A12": "20261005100000", "A11": "20261003140000"}[trigger]
    cancel = message(
        f"ADT^{trigger}", P, at, sent="20261010080000", visit="V1", admitted="20261003140000"
    )
    for text in (IN, MOVE, OUT, cancel) if late else (cancel, OUT, MOVE, IN):
        tell(text)
    assert stays(database) == left
    back = rows(database, "stays", back=True)
    assert sorted((r["ward"], str(r["day"]), str(r["until"])) for r in back) == gone
    assert {r["retracted_at"] for r in back} <= {dt.datetime.fromisoformat("2026-10-10T08:00")}


def test_a_stay_is_known_by_its_transfer_or_discharge_alone(tell: Any, database: Database) -> None:
    """A feed that begins in the middle of a stay gives it from PV1-44 on."""
    tell(MOVE)
    assert stays(database) == [(*PARTS[0][:4], "10"), (P, "2026-10-05", None, "6W", "10")]
    tell(OUT)
    assert [part[2] for part in stays(database)] == ["2026-10-05", "2026-10-09"]


def test_the_later_word_wins_by_its_time(tell: Any, database: Database) -> None:
    """Of two words on one admission the later sent stands, though it came first."""
    corrected = message(
        "ADT^A01", P, "20261003140000", sent="20261003150000", ward="7N^701", dept="10", visit="V1"
    )
    tell(corrected)
    tell(IN)
    assert stays(database) == [(P, "2026-10-03", None, "7N", "10")]


def test_a_change_of_the_doctor_is_a_part_of_the_stay(tell: Any, database: Database) -> None:
    """A54 gives the patient to another doctor; A55 takes it back."""
    change = message("ADT^A54", P, "20261006090000", ward="5E", doctor="D2^y", visit="V1")
    tell(IN)
    tell(change)
    found = [(str(r["day"]), r["doctor_id"]) for r in rows(database, "stays")]
    assert sorted(found) == [("2026-10-03", "D1"), ("2026-10-06", "D2")]
    tell(message("ADT^A55", P, "20261006090000", sent="20261006100000", doctor="D1^x", visit="V1"))
    assert [r["doctor_id"] for r in rows(database, "stays")] == ["D1"]


def test_a_merge_gives_all_to_the_number_that_stays(tell: Any, database: Database) -> None:
    """After A40 stays and visits of both numbers are one patient's, and so is what comes later."""
    old = "0000555"
    tell(IN.replace(P, old), message("ADT^A04", P, "20261001090000", cls="O", ward="01^^^^^C"))
    tell(message("ADT^A40", P, "20261004090000", old=old))
    tell(OUT, message("ADT^A04", old, "20261101090000", cls="O", ward="01^^^^^C"))
    assert stays(database) == [(P, "2026-10-03", "2026-10-09", "5E", "01")]
    assert {r["patient_id"] for r in rows(database, "visits")} == {P}
    assert len(rows(database, "visits")) == 2


def test_outpatients_come_change_and_are_cancelled(tell: Any, database: Database) -> None:
    """A04 is a visit, A08 corrects it, A11 takes it back."""
    came = message("ADT^A04", P, "20261010093000", cls="O", dept="01", doctor="D1^x", visit="V7")
    tell(came)
    tell(
        message(
            "ADT^A08", P, "20261010093000", sent="20261010100000", cls="O", dept="10", visit="V7",
            admitted="20261010093000",
        )
    )  # fmt: skip
    [visit] = rows(database, "visits")
    assert (str(visit["day"]), visit["time"], visit["department"]) == (
        "2026-10-10",
        "09:30:00",
        "10",
    )
    assert visit["doctor_id"] == "D1"
    tell(message("ADT^A11", P, "20261010093000", sent="20261010110000", cls="O", visit="V7"))
    assert rows(database, "visits") == []
    assert rows(database, "visits", back=True) == [
        visit | {"retracted_at": dt.datetime.fromisoformat("2026-10-10T11:00")}
    ]


def siu(trigger: str, at: str, sent: str, number: str = "77") -> str:
    """Return one SIU message."""
    resources = f"SCH|1|{number}|||||||||^^^{at}\rRGS|1\rAIL|1||01^^^^^C\rAIP|1||D1^x"
    return message(f"SIU^{trigger}", P, at, sent=sent, cls="O", segments=resources)


def test_appointments_are_made_moved_missed_and_cancelled(tell: Any, database: Database) -> None:
    """S12 books, S13 moves, S26 keeps what was prepared for, S15 takes it back."""
    tell(siu("S13", "20261021090000", "20261002090000"))
    tell(siu("S12", "20261020090000", "20261001090000"))
    [booked] = rows(database, "appointments")
    assert (str(booked["day"]), booked["department"], booked["doctor_id"]) == (
        "2026-10-21",
        "01",
        "D1",
    )
    assert str(booked["booked_on"]) == "2026-10-01"
    tell(siu("S26", "20261021090000", "20261021180000"))
    assert len(rows(database, "appointments")) == 1
    tell(siu("S15", "20261021090000", "20261022090000"))
    assert rows(database, "appointments") == []
    back = [(r["day"].day, r["retracted_at"]) for r in rows(database, "appointments", back=True)]
    assert back == [
        (20, dt.datetime.fromisoformat("2026-10-02T09:00")),
        (21, dt.datetime.fromisoformat("2026-10-22T09:00")),
    ]


def test_orders_are_changed_ended_and_cancelled(tell: Any, database: Database) -> None:
    """NW, XO and DC keep the day of the order; CA takes it back."""

    def order(control: str, at: str, number: str = "9") -> str:
        return message(
            "OMG^O19", P, at, order=number, control=control, orderer="D1^x", section="01^内科"
        )

    tell(order("XO", "20261006090000"))
    tell(order("NW", "20261005090000"), order("NW", "20261005090000", "10"))
    tell(order("DC", "20261008090000"), order("CA", "20261007090000", "10"))
    [found] = rows(database, "orders")
    assert (str(found["day"]), str(found["until"]), found["number"]) == (
        "2026-10-05",
        "2026-10-08",
        "9",
    )
    assert (found["department"], found["doctor_id"]) == ("内科", "D1")
    [back] = rows(database, "orders", back=True)
    assert (back["number"], back["retracted_at"]) == (
        "10",
        dt.datetime.fromisoformat("2026-10-07T09:00"),
    )


def test_the_same_message_again_is_nothing_new(tell: Any, database: Database) -> None:
    """A message that comes twice, also in another file, adds nothing; a number used again does."""
    assert tell(IN).added == 2
    assert tell(IN, IN).added == 0
    other = IN.replace(P, "0000101")
    assert tell(other).added == 2  # the same MSH-10, another message
    with database.read() as c:
        assert c.scalar(sa.select(sa.func.count()).select_from(EVENT)) == 4


def test_the_newest_word_on_a_person_stands(tell: Any, database: Database) -> None:
    """Names come from the message sent last, whatever came last."""
    tell(message("ADT^A08", P, "20261010090000", name="関^改"))
    tell(message("ADT^A08", P, "20261001090000", name="関^旧"))
    with database.read() as c:
        assert list(c.scalars(sa.select(PATIENT.c.name))) == ["関 改"]


def history(chance: random.Random) -> list[str]:
    """Return what a hospital's systems tell of two patients, who may be one, over a month."""
    found: list[str] = []
    for patient in ("0000100", "0000200"):
        for visit in range(chance.randrange(3)):
            day = 1 + visit * 9
            number = chance.choice(["", f"V{patient}{visit}"])
            begin = f"202610{day:02d}10{chance.randrange(60):02d}00"
            stay = {"visit": number, "admitted": begin}
            found.append(message("ADT^A01", patient, begin, ward="5E", dept="01", visit=number))
            if chance.random() < 0.5:
                at = f"202610{day + 2:02d}110000"
                found.append(
                    message("ADT^A02", patient, at, ward="6W", prior="5E", dept="10", **stay)
                )
                if chance.random() < 0.4:
                    found.append(
                        message("ADT^A12", patient, at, sent=f"202610{day + 2:02d}120000", **stay)
                    )
            if chance.random() < 0.6:
                at = f"202610{day + 5:02d}100000"
                found.append(message("ADT^A03", patient, at, ward="6W", dept="10", **stay))
                if chance.random() < 0.3:
                    found.append(
                        message("ADT^A13", patient, at, sent=f"202610{day + 5:02d}110000", **stay)
                    )
            if chance.random() < 0.2:
                found.append(
                    message("ADT^A11", patient, begin, sent=f"202610{day + 6:02d}110000", **stay)
                )
            if chance.random() < 0.4:
                found.append(
                    message(
                        "ADT^A08",
                        patient,
                        begin,
                        sent=f"202610{day + 1:02d}090000",
                        ward="5E",
                        dept="01",
                        doctor="D9^z",
                        **stay,
                    )
                )
        for serial in range(chance.randrange(4)):
            control = chance.choice(["NW", "XO", "CA", "DC"])
            at = f"202610{chance.randrange(1, 28):02d}0900{serial:02d}"
            found.append(
                message(
                    "OMG^O19",
                    patient,
                    at,
                    order=f"{chance.randrange(2)}",
                    control=control,
                    orderer="D1^x",
                )
            )
        for serial in range(chance.randrange(4)):
            sent = f"202610{chance.randrange(1, 28):02d}0800{serial:02d}"
            found.append(
                siu(
                    chance.choice(["S12", "S13", "S14", "S15"]),
                    f"202611{chance.randrange(1, 20):02d}090000",
                    sent,
                ).replace(P, patient)
            )
    if chance.random() < 0.4:
        found.append(message("ADT^A40", "0000200", "20261015090000", old="0000100"))
    return found  # fmt: skip


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database that is emptied for each example."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('arrival') / 'state.db'}")
    yield database
    database.close()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_any_order_of_arrival_gives_the_same_rows(
    empty: Database, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """Messages in any order and in any loads give what all of them at once give."""
    clock = FixedClock(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    chance = random.Random(seed)
    texts = history(chance)
    shuffled = chance.sample(texts, len(texts))
    cut = chance.randrange(len(texts) + 1)
    folder = tmp_path_factory.mktemp("loads")
    results = []
    for loads in ([texts], [[one] for one in shuffled], [shuffled[:cut], shuffled[cut:]]):
        with empty.write() as c:
            for table in (*TABLES.values(), EVENT, MERGE, PATIENT, LOAD):
                c.execute(sa.delete(table))
        for one in filter(None, loads):
            told(empty, clock, folder, *one)
        results.append([rows(empty, name, back=back) for name in TABLES for back in (False, True)])
    assert results[1] == results[0]
    assert results[2] == results[0]
