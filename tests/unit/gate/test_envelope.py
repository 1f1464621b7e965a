"""Emergency operation: a sealed code opens, what passes enters the ledger late, a person closes."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from sekisho.errors import InvalidInputError, UnavailableError
from sekisho.gate.envelope import Emergency, close, findings, operations, print_codes
from sekisho.storage import Database
from sekisho.terms import Access, FixedClock, Mark, Outcome

pytestmark = pytest.mark.store


class Book:
    """Takes records as the ledger does: durable once answered, each key once."""

    def __init__(self) -> None:
        self.records: dict[str, Access] = {}
        self.ill = False

    async def append(self, records: Sequence[Access]) -> list[int | None]:
        """Keep them, or say that it cannot."""
        if self.ill:
            raise UnavailableError("ledger.unavailable")
        given: list[int | None] = []
        for one in records:
            given.append(None if one.key in self.records else len(self.records))
            self.records.setdefault(one.key, one)
        return given


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """A folder on another disk."""
    folder = tmp_path / "second"
    folder.mkdir()
    return folder


def _access(clock: FixedClock) -> Access:
    from sekisho.gate.record import access  # noqa: PLC0415 (the room under test)

    return access(
        route="pacs",
        who=None,
        at=clock.now(),
        act=None,
        what="studies/1.2.3",
        outcome=Outcome.SUCCESS,
        terminal="10.1.1.1",
    )


def test_a_code_opens_its_system_once_for_half_a_day(
    data: Path, second: Path, clock: FixedClock
) -> None:
    """The printed code opens its own system only, once, and for twelve hours."""
    ((_, code),) = print_codes(data, clock, ["pacs"], by="test")
    here = Emergency(data, second, clock)
    assert here.prepared("pacs")
    assert not here.prepared("fhir")

    with pytest.raises(InvalidInputError):
        here.redeem("fhir", code.reveal(), None)
    here.redeem("pacs", code.reveal().lower().replace("-", " "), None)
    assert here.open("pacs")
    assert not here.prepared("pacs")
    with pytest.raises(InvalidInputError):
        Emergency(data, second, clock).redeem("pacs", code.reveal(), None)

    clock.move(dt.timedelta(hours=12, seconds=1))
    assert not here.open("pacs")


def test_other_workers_learn_of_it(data: Path, second: Path, clock: FixedClock) -> None:
    """What one worker opened is open in every worker, also in one that starts later."""
    ((_, code),) = print_codes(data, clock, ["pacs"], by="test")
    Emergency(data, second, clock).redeem("pacs", code.reveal(), None)

    assert Emergency(data, second, clock).open("pacs")


def test_what_passed_enters_the_ledger_late_and_once(
    data: Path, second: Path, clock: FixedClock, database: Database
) -> None:
    """Kept requests enter the ledger once it can be written, marked late, each once; a person closes."""
    ((number, code),) = print_codes(data, clock, ["pacs"], by="test")
    here, book = Emergency(data, second, clock), Book()
    book.ill = True
    here.redeem("pacs", code.reveal(), "10.1.1.1")
    for _ in range(700):
        here.keep(_access(clock))
    with pytest.raises(UnavailableError):
        asyncio.run(here.drain(book.append, database))
    assert here.waiting()

    book.ill = False
    asyncio.run(here.drain(book.append, database))

    assert len(book.records) == 701
    assert all(Mark.LATE in one.marks for one in book.records.values())
    assert not here.waiting()
    assert [f.args["late"] for f in findings(database)] == [701]
    with pytest.raises(InvalidInputError):
        close(database, clock, number, by="S1", note="")
    close(database, clock, number, by="S1", note="ディスクを増やした")
    assert findings(database) == []
    here.end_closed(database)
    assert not here.open("pacs")
    assert not Emergency(data, second, clock).open("pacs")


def test_where_the_second_place_fails_the_gap_is_recorded(
    data: Path, second: Path, clock: FixedClock, database: Database
) -> None:
    """When nothing can be kept anywhere, care goes on and the gap itself is recorded."""
    ((number, code),) = print_codes(data, clock, ["pacs"], by="test")
    here, book = Emergency(data, second, clock), Book()
    second.rename(second.with_name("gone"))
    here.redeem("pacs", code.reveal(), None)
    for _ in range(3):
        clock.move(dt.timedelta(minutes=1))
        here.keep(_access(clock))
    assert here.open("pacs")

    asyncio.run(here.drain(book.append, database))

    (gap,) = book.records.values()
    assert (gap.object, gap.reason) == ("gap", "gap:4")
    assert gap.ended_at is not None
    assert gap.ended_at - gap.occurred_at == dt.timedelta(minutes=3)
    assert [(one.number, one.lost) for one in operations(database)] == [(number, 4)]


def test_a_line_that_a_full_disk_cut_is_counted(
    data: Path, second: Path, clock: FixedClock, database: Database
) -> None:
    """A half line is counted as lost; the lines around it enter the ledger."""
    ((_, code),) = print_codes(data, clock, ["pacs"], by="test")
    here, book = Emergency(data, second, clock), Book()
    here.redeem("pacs", code.reveal(), None)
    (spool,) = second.glob("spool-*")
    with spool.open("ab") as file:
        file.write(b'{"action":"read","cl\n')
    here.keep(_access(clock))

    asyncio.run(here.drain(book.append, database))

    assert len(book.records) == 2
    assert operations(database)[0].lost == 1


def test_guessing_is_slowed(data: Path, second: Path, clock: FixedClock) -> None:
    """After ten wrong codes in a minute even the right one has to wait."""
    ((_, code),) = print_codes(data, clock, ["pacs"], by="test")
    here = Emergency(data, second, clock)
    for _ in range(10):
        with pytest.raises(InvalidInputError) as told:
            here.redeem("pacs", "AAAA-AAAA-AAAA-AAAA", None)
        assert told.value.message == "gate.envelope.wrong"

    with pytest.raises(InvalidInputError) as told:
        here.redeem("pacs", code.reveal(), None)
    assert told.value.message == "gate.envelope.wait"
