"""Whatever is erased lawfully, the record verifies; whatever else is missing is named."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.ledger.conftest import some

from sekisho.ledger import create_key, erasure, recorder, runs, verify
from sekisho.ledger.verify.orders import Order, common, gaps, merged, without
from sekisho.storage import open_database
from sekisho.terms import FixedClock

COUNT = 600
_SETS = st.sets(st.integers(0, 80), min_size=1)
_FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A ledger of two sealed days, closed."""
    data = tmp_path_factory.mktemp("log")
    create_key(data, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    clock = FixedClock(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    with recorder(data, database, clock) as opened:
        for start in (0, COUNT // 2):
            opened.append(some(COUNT // 2, start))
            opened.seal()
            clock.move(dt.timedelta(days=1))
    database.close()
    yield data
    shutil.rmtree(data)


@given(_SETS)
def test_runs_are_what_was_written(indexes: set[int]) -> None:
    """Indexes as text and back are the same, in any order, and runs hold just them."""
    made = runs.joined(sorted(indexes))
    assert runs.read(runs.written(made)) == made
    assert runs.read(",".join(map(str, indexes))) == made
    assert runs.count(made) == len(indexes)
    assert {each for each in range(90) if runs.holds(made, each)} == indexes


@given(_SETS, _SETS)
def test_what_no_order_names_is_found(missing: set[int], named: set[int]) -> None:
    """The first missing record that no order names is given, and what both hold is counted."""
    order = _order(merged((each, each) for each in named))
    held = list(gaps([each for each in range(90) if each not in missing], 0, 90))
    left = sorted(missing - named)
    assert without(held, [order]) == (left[0] if left else None)
    assert common(order.runs, held) == len(missing & named)


def _order(named: list[tuple[int, int]]) -> Order:
    return Order(100, tuple(named), "")


@_FEW
@given(
    chosen=st.sets(st.integers(0, COUNT - 1), min_size=1, max_size=60),
    stolen=st.integers(0, COUNT - 1),
)
def test_any_erasure_verifies_and_any_theft_is_named(
    log: Path, tmp_path_factory: pytest.TempPathFactory, chosen: set[int], stolen: int
) -> None:
    """After a random lawful erasure all is intact; one record more that is gone is named by its number."""
    data = tmp_path_factory.mktemp("erased") / "data"
    shutil.copytree(log, data)
    database = open_database(f"sqlite:///{data / 'state.db'}")
    clock = FixedClock(dt.datetime(2026, 11, 5, tzinfo=dt.UTC))
    at = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    records = runs.joined(sorted(chosen))
    with recorder(data, database, clock) as opened:
        made = erasure.propose(
            database,
            clock,
            erasure.Chosen(
                records=records, count=len(chosen), first_at=at, last_at=at, sources={"emr": 1}
            ),
            order="命令 第1号",
            by="A",
        )
        erasure.confirm(database, clock, made.number, by="B")
        entry = opened.erase(made.number)
    database.close()
    verdict = verify(data, processes=1)
    assert verdict.ok, verdict.first_wrong
    assert verdict.erased == ((entry, len(chosen)),)
    if stolen not in chosen:
        _steal(data, stolen)
        wrong = verify(data, processes=1).first_wrong
        assert wrong is not None
        assert (wrong.message, wrong.index) == ("ledger.verify.records_missing", stolen)
    shutil.rmtree(data.parent)


def _steal(data: Path, index: int) -> None:
    """Take a record away, and let the list of sealed files fit."""
    place = data / "ledger" / "sealed"
    for path in place.rglob("*.parquet"):
        table = pq.read_table(path)
        indexes = table["index"].to_pylist()
        if index not in indexes:
            continue
        pq.write_table(table.filter([each != index for each in indexes]), path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with closing(sqlite3.connect(data / "state.db")) as connection, connection:
            connection.execute(
                "UPDATE ledger_segment SET sha256 = ? WHERE path = ?",
                (digest, str(path.relative_to(place))),
            )
