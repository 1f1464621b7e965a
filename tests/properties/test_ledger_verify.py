"""Any single bit changed in any file of the log is found."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.ledger import create_key, public_key, recorder, verify
from sekisho.storage import open_database
from sekisho.terms import Access, FixedClock, Origin, PatientId

COUNT = 600


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A ledger of two sealed days and a tail, closed."""
    data = tmp_path_factory.mktemp("log")
    create_key(data, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    clock = FixedClock(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    made = []
    for number in range(COUNT):
        digest = hashlib.sha256(b"%d" % number).hexdigest()
        made.append(
            Access(
                occurred_at=clock.now() + dt.timedelta(seconds=number),
                source="emr",
                key=digest[:32],
                digest=digest,
                origin=Origin(file="a.csv", row=number + 1),
                user_id=f"u{number % 9}",
                patient_ids=(PatientId(str(number)),),
            )
        )
    with recorder(data, database, clock) as opened:
        for start, stop in ((0, 260), (260, 500)):
            opened.append(made[start:stop])
            opened.seal()
            clock.move(dt.timedelta(days=1))
        opened.append(made[500:])
    database.close()
    yield data
    shutil.rmtree(data)


def covered(data: Path) -> list[Path]:
    """Return every file of the log but the secret key, which the verifier never opens."""
    # The skip index carries nothing that is proved; it has its own test.
    every = (path for path in (data / "ledger").rglob("*") if path.is_file())
    files = (path for path in every if path.parent.name != "skip")
    return sorted(path for path in files if path.name != "key")


@given(st.data())
@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bit_of_any_file(log: Path, data: st.DataObject) -> None:
    """One bit turned anywhere in checkpoint, key, tiles or sealed files is found and its file named."""
    path = data.draw(st.sampled_from(covered(log)))
    content = path.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    changed = bytearray(content)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    key = data.draw(st.sampled_from([None, public_key(log)])) if path.name != "key.pub" else None
    path.write_bytes(changed)
    try:
        verdict = verify(log, key=key)
    finally:
        path.write_bytes(content)
    assert not verdict.ok
    wrong = verdict.first_wrong
    assert wrong is not None
    assert wrong.file in {str(path.relative_to(log)), "ledger/checkpoint", "ledger/key.pub"}
    if path.name not in {"checkpoint", "key.pub"}:
        assert wrong.file == str(path.relative_to(log))
        assert wrong.index is not None


@given(
    st.sampled_from(
        [
            ("ledger_record", "canonical", "index", 500, COUNT - 1),
            ("ledger_record", "salt", "index", 500, COUNT - 1),
            ("ledger_key", "key", "index", 0, COUNT - 1),
        ]
    ),
    st.data(),
)
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bit_of_any_row(
    log: Path, place: tuple[str, str, str, int, int], data: st.DataObject
) -> None:
    """One bit turned in any row of the tail or of the known keys is found, with its record."""
    table, column, name, low, high = place
    index = data.draw(st.integers(low, high))
    with closing(sqlite3.connect(log / "state.db", isolation_level=None)) as connection:
        query = f'SELECT {column} FROM {table} WHERE "{name}" = ?'
        update = f'UPDATE {table} SET {column} = ? WHERE "{name}" = ?'
        (content,) = connection.execute(query, (index,)).fetchone()
        changed = bytearray(content)
        at = data.draw(st.integers(0, len(content) - 1))
        changed[at] ^= 1 << data.draw(st.integers(0, 7))
        connection.execute(update, (bytes(changed), index))
        try:
            verdict = verify(log)
        finally:
            connection.execute(update, (content, index))
    assert not verdict.ok
    assert verdict.first_wrong is not None
    assert verdict.first_wrong.index == index
    assert verdict.first_wrong.file == "state.db"


@given(st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_cut_of_any_file(log: Path, data: st.DataObject) -> None:
    """A file cut short anywhere, or with bytes added, is found."""
    path = data.draw(st.sampled_from(covered(log)))
    content = path.read_bytes()
    keep = data.draw(st.integers(0, len(content)))
    added = b"" if keep < len(content) else data.draw(st.binary(min_size=1, max_size=40))
    path.write_bytes(content[:keep] + added)
    try:
        verdict = verify(log)
    finally:
        path.write_bytes(content)
    assert not verdict.ok


def test_the_log_itself_is_intact(log: Path) -> None:
    """The ledger that the other tests harm verifies when it is left alone."""
    verdict = verify(log, key=public_key(log))
    assert verdict.ok
    assert verdict.records == COUNT
