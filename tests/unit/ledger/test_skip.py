"""What each row group of the sealed files holds, so that a search opens only what can answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from sekisho.ledger import Reader, recorder, seal, skip, tail
from sekisho.ledger.skip import Looked
from sekisho.ledger.tail import Segment
from sekisho.storage import Database, analysis
from sekisho.terms import Access, FixedClock

Make = Callable[..., list[Access]]
GROUP = 40


@pytest.fixture
def log(
    data: Path,
    key: str,
    database: Database,
    clock: FixedClock,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> list[Access]:
    """Records sealed on two days of two months, in small row groups, and some of today."""
    monkeypatch.setattr(seal, "GROUP", GROUP)
    made = make(260)
    with recorder(data, database, clock) as one:
        one.append(made[:100])
        one.seal()
        clock.move(dt.timedelta(days=40))
        one.append(made[100:220])
        one.seal()
        one.append(made[220:])
    return made


def _segments(database: Database) -> tuple[Segment, ...]:
    with database.read() as connection:
        return tail.extent(connection).segments


def _held(data: Path, database: Database, looked: Looked) -> set[int]:
    """Return the indexes of every record where the index says that an answer can stand."""
    found = skip.places(data / "ledger", _segments(database), looked)
    return {index for place in found for index in range(place.first, place.stop)}


def test_no_record_is_skipped_that_could_answer(
    data: Path, database: Database, log: list[Access]
) -> None:
    """For every patient, person, terminal and moment of the log its own records can be found."""
    for index, each in enumerate(log[:220]):
        at = int(each.occurred_at.timestamp() * 1000)
        assert each.user_id is not None
        assert each.terminal is not None
        values = {"user_id": (each.user_id,), "terminal": (each.terminal,)}
        for patient in each.patient_ids:
            values[skip.PATIENT] = (patient.id,)
        assert index in _held(data, database, Looked(low=at, high=at, any_of=values))
        assert index in _held(data, database, Looked(indexes=[index]))


def test_what_cannot_answer_is_skipped(data: Path, database: Database, log: list[Access]) -> None:
    """A patient seen once leaves one row group to open, and somebody never seen leaves none."""
    (one,) = {each.patient_ids[0].id for each in log[:220] if each.patient_ids} & {"00000004"}
    assert _held(data, database, Looked(any_of={skip.PATIENT: (one,)})) == set(range(GROUP))
    assert _held(data, database, Looked(any_of={skip.PATIENT: ("nobody",)})) == set()
    assert _held(data, database, Looked(high=0)) == set()


@pytest.mark.parametrize("harm", ["missing", "cut", "other", "text"])
def test_a_lost_or_damaged_index_hides_nothing(
    data: Path, database: Database, log: list[Access], harm: str
) -> None:
    """Where the index is gone, cut, of another file or no index, everything is searched."""
    for path in (data / "ledger" / "skip").iterdir():
        whole = path.read_bytes()
        if harm == "missing":
            path.unlink()
        else:
            other = whole.replace(b'"sha256":"', b'"sha256":"0')
            path.write_bytes({"cut": whole[:-3], "other": other, "text": b"[]\n"}[harm])
    asked = Looked(any_of={skip.PATIENT: ("nobody",)})
    assert _held(data, database, asked) == set(range(220))
    assert skip.keep(data / "ledger", _segments(database)) == 2
    assert _held(data, database, asked) == set()
    assert log


def test_an_index_that_hides_a_record_is_named_and_mended(
    data: Path, database: Database, log: list[Access]
) -> None:
    """An index that says otherwise than its sealed file is named, and right again after that."""
    segments = _segments(database)
    assert skip.mend(data / "ledger", segments) == []
    path = min((data / "ledger" / "skip").iterdir())
    path.write_bytes(path.read_bytes()[:-4] + b"\xff\xff\xff\xff")
    assert skip.mend(data / "ledger", segments) == [segments[0].path]
    assert skip.mend(data / "ledger", segments) == []
    assert log


def test_what_was_made_of_a_file_goes_with_it(
    data: Path, database: Database, log: list[Access]
) -> None:
    """Nothing is kept of a sealed file that was replaced or that is no more."""
    first, second = _segments(database)
    place = data / "ledger" / "skip"
    old = {path.name: path.read_bytes() for path in place.iterdir()}
    assert len(old) == 2
    skip.keep(data / "ledger", [second])
    assert [path.name for path in place.iterdir()] == [second.path[:7].replace("/", "-")]
    skip.keep(data / "ledger", [Segment(first.first, first.last, first.path, "f" * 64), second])
    assert old[first.path[:7].replace("/", "-")] not in {p.read_bytes() for p in place.iterdir()}
    assert log


def test_a_search_is_one_state_of_the_log(
    data: Path, database: Database, log: list[Access], clock: FixedClock
) -> None:
    """A search that began before the tail was sealed still gives each record once."""
    search = Reader(data, database).search(Looked())
    with recorder(data, database, clock) as one:
        one.seal()
    with analysis() as duck:
        search.register(duck, search.places, live=True)
        found = duck.rows('SELECT "index" FROM access ORDER BY "index"')
    assert [index for (index,) in found] == list(range(len(log)))
