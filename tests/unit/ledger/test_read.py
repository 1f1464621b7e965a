"""Sealed files and live tail read as one log."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from msgspec import structs

from sekisho.errors import ConflictError, InvalidInputError, TamperError
from sekisho.ledger import Reader, recorder, verify
from sekisho.ledger import seal as sealing
from sekisho.ledger.note import open_checkpoint
from sekisho.ledger.tables import RECORD, SEGMENT
from sekisho.ledger.tree import EMPTY, consistent, included, leaf_hash
from sekisho.storage import Database, analysis
from sekisho.terms import FixedClock, Mark, Origin, PatientId

pytestmark = pytest.mark.store


def odd(make: Any) -> list[Any]:
    """Return records that use every field and every kind of text."""
    first, second, third = make(3)
    return [
        structs.replace(
            first,
            ended_at=dt.datetime(2026, 10, 1, 0, 0, 1, 999000, tzinfo=dt.UTC),
            of=0,
            marks=(Mark.LATE, Mark.OBSERVE),
            class_="精神\x00\x1f\x7f\u2028😀",
            duty='"引用"\\',
            session="",
            origin=Origin(connection="10.0.0.1:514", message=2**53 - 1),
            patient_ids=(PatientId("1", 'a"b'), PatientId("", None), PatientId("あ", "")),
        ),
        structs.replace(second, user_id=None, patient_ids=(), terminal=None, object=None),
        structs.replace(third, occurred_at=dt.datetime(1899, 12, 31, tzinfo=dt.UTC)),
    ]


def test_view_joins_sealed_files_and_tail(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """The view shows each record once, with the promised columns, sealed or not."""
    reader = Reader(data, database)
    with recorder(data, database, clock) as log:
        with analysis() as empty:
            reader.register(empty)
            assert empty.rows("SELECT count(*) FROM access") == [(0,)]
        log.append(make(5))
        log.seal()
        clock.move(dt.timedelta(days=1))
        log.append(make(3, 5))
    with analysis() as duck:
        reader.register(duck, "log")
        rows = duck.rows(
            'SELECT "index", user_id, "key", len(digest), origin_row, patient_ids[1].id,'
            ' recorded_at FROM log ORDER BY "index"'
        )
        described = {row[0]: row[1] for row in duck.rows("DESCRIBE log")}
    assert [row[0] for row in rows] == list(range(8))
    assert rows[7] == (7, "u7", make(8)[7].key, 64, 8, "00000007", dt.datetime(2026, 11, 2))  # noqa: DTZ001 (the view's times are naive UTC)
    assert described == {
        "index": "BIGINT",
        "recorded_at": "TIMESTAMP",
        "occurred_at": "TIMESTAMP",
        "ended_at": "TIMESTAMP",
        "time_precision": "VARCHAR",
        "user_id": "VARCHAR",
        "user_kind": "VARCHAR",
        "patient_ids": "STRUCT(id VARCHAR, authority VARCHAR)[]",
        "session": "VARCHAR",
        "action": "VARCHAR",
        "outcome": "VARCHAR",
        "source": "VARCHAR",
        "terminal": "VARCHAR",
        "object": "VARCHAR",
        "class": "VARCHAR",
        "duty": "VARCHAR",
        "reason": "VARCHAR",
        "of": "BIGINT",
        "marks": "VARCHAR[]",
        "origin_file": "VARCHAR",
        "origin_connection": "VARCHAR",
        "origin_row": "BIGINT",
        "origin_message": "BIGINT",
        "key": "VARCHAR",
        "digest": "VARCHAR",
    }


def test_sealing_changes_no_record(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """Every field, empty, absent or strange, reads the same before and after sealing."""
    reader = Reader(data, database)
    with recorder(data, database, clock) as log:
        log.append(odd(make))
        before = list(reader.jsonl())
        proofs = [reader.proof(index).entry for index in range(3)]
        assert log.seal() == 3
        assert log.seal() == 0
    assert list(reader.jsonl()) == before
    assert [reader.record(index) for index in range(3)] == before
    assert [reader.proof(index).entry for index in range(3)] == proofs
    assert before[0]["class"] == "精神\x00\x1f\x7f\u2028😀"
    assert before[0]["patient_ids"][2] == {"id": "あ", "authority": ""}
    assert before[1]["user_id"] is None
    verdict = verify(data, url=_url(database))
    assert verdict.ok, verdict


def test_days_are_sealed_apart(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """Each recorded day has files of its own, named by day and records, with the root at its end."""
    with recorder(data, database, clock) as log:
        log.append(make(4))
        clock.move(dt.timedelta(days=1))
        log.append(make(2, 4))
        assert log.seal() == 6
    folder = data / "ledger" / "sealed"
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.parquet"))
    assert names == ["2026/11/2026-11-01.0-3.parquet", "2026/11/2026-11-02.4-5.parquet"]
    metadata = pq.read_schema(folder / names[1]).metadata
    reader = Reader(data, database)
    assert metadata[b"sekisho.root"].decode().upper() == reader.fingerprint().replace(" ", "")
    with database.read() as connection:
        digests = list(connection.execute(sa.select(SEGMENT.c.sha256).order_by(SEGMENT.c.first)))
        assert connection.execute(sa.select(sa.func.count()).select_from(RECORD)).scalar_one() == 0
    assert [row[0] for row in digests] == [
        hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names
    ]


def test_large_days_are_cut(
    data: Path,
    database: Database,
    clock: FixedClock,
    key: str,
    make: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A day with very many records has several files."""
    monkeypatch.setattr(sealing, "GREATEST", 300)
    monkeypatch.setattr(sealing, "GROUP", 100)
    with recorder(data, database, clock) as log:
        log.append(make(700))
        assert log.seal() == 700
    assert len(list((data / "ledger" / "sealed").rglob("*.parquet"))) == 3
    reader = Reader(data, database)
    assert reader.record(450)["origin"]["row"] == 451
    assert sum(table.num_rows for table in reader.tables()) == 700
    assert verify(data, url=_url(database)).ok


def test_interrupted_sealing_is_cleared(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """Files that a crash left before the tail let go are removed at start; nothing is lost or doubled."""
    with recorder(data, database, clock) as log:
        log.append(make(5))
    day = data / "ledger" / "sealed" / "2026" / "11"
    day.mkdir(parents=True)
    (day / "2026-11-01.0-4.parquet").write_bytes(b"half")
    (day / ".2026-11-01.0-4.parquet.new").write_bytes(b"ha")
    assert verify(data, url=_url(database)).ok
    with recorder(data, database, clock) as log:
        assert list(day.iterdir()) == []
        assert log.seal() == 5
    assert verify(data, url=_url(database)).ok


def test_proof_stands_alone(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """From the proof's text alone a stranger recomputes the signed root."""
    with recorder(data, database, clock) as log:
        log.append(make(1000))
        log.seal()
        log.append(make(70, 1000))
    reader = Reader(data, database)
    for index in (0, 255, 256, 999, 1000, 1069):
        head, checkpoint = reader.proof(index).tlog_proof.split("\n\n", 1)
        lines = head.split("\n")
        assert lines[0] == "c2sp.org/tlog-proof@v1"
        extra = json.loads(base64.b64decode(lines[1].removeprefix("extra ")))
        assert lines[2] == f"index {index}"
        path = [base64.b64decode(line) for line in lines[3:]]
        entry = hashlib.sha256(bytes.fromhex(extra["salt"]) + extra["canonical"].encode()).digest()
        signed = open_checkpoint(checkpoint, key)
        assert included(index, signed.size, leaf_hash(entry), path, signed.root)
    names = [name for name, _ in reader.proof(3).lines]
    assert names[:5] == ["record", "salt", "entry", "leaf", "path_1"]
    assert names[-3:] == ["root", "size", "origin"]


def test_consistency_proof_joins_two_checkpoints(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """An older checkpoint is shown to be continued by the newer."""
    reader = Reader(data, database)
    with recorder(data, database, clock) as log:
        log.append(make(300))
        old = open_checkpoint(reader.checkpoint(), key)
        log.append(make(400, 300))
        log.seal()
    new = open_checkpoint(reader.checkpoint(), key)
    path = reader.consistency(old.size)
    assert consistent(old.size, new.size, old.root, new.root, path)
    assert not consistent(old.size, new.size, EMPTY, new.root, path)
    with pytest.raises(InvalidInputError):
        reader.consistency(701)


def test_what_is_not_there_is_said(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """No checkpoint, no record, and a record not signed yet are three different answers."""
    reader = Reader(data, database)
    with pytest.raises(InvalidInputError, match=r"ledger\.nothing_signed"):
        reader.checkpoint()
    with recorder(data, database, clock) as log:
        log.append(make(2))
        kept = (data / "ledger" / "checkpoint").read_bytes()
        log.append(make(2, 2))
    with pytest.raises(InvalidInputError, match=r"ledger\.no_such_record"):
        reader.record(4)
    (data / "ledger" / "checkpoint").write_bytes(kept)
    with pytest.raises(ConflictError, match=r"ledger\.not_signed_yet"):
        reader.proof(3)


def test_a_changed_record_has_no_proof(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """The page of a record that was changed says so instead of showing a proof."""
    with recorder(data, database, clock) as log:
        log.append(make(4))
        log.seal()
        log.append(make(2, 4))
    with database.write() as connection:
        connection.execute(sa.update(RECORD).where(RECORD.c.index == 5).values(salt=b"0" * 16))
    with pytest.raises(TamperError, match=r"ledger\.record_differs index=5"):
        Reader(data, database).proof(5)
    path = next((data / "ledger" / "sealed").rglob("*.parquet"))
    path.write_bytes(b"PAR1" + b"\0" * 100)
    with pytest.raises(TamperError, match=r"ledger\.file_unreadable"):
        Reader(data, database).record(1)
    path.unlink()
    with pytest.raises(TamperError, match=r"ledger\.file_missing"):
        Reader(data, database).record(1)


def test_jsonl_is_cut_by_time(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """An export from a time to before another holds exactly what occurred between."""
    with recorder(data, database, clock) as log:
        log.append(make(10))
        log.seal()
        log.append(make(10, 10))
    start = dt.datetime(2026, 10, 1, 0, 0, 5, tzinfo=dt.UTC)
    lines = list(Reader(data, database).jsonl(start, start + dt.timedelta(seconds=8)))
    assert [line["index"] for line in lines] == list(range(5, 13))


def test_reading_while_sealing_sees_each_record_once(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """A reader beside appends and sealing never misses or doubles a record."""
    reader = Reader(data, database)
    ended = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while not ended.is_set():
            with analysis(threads=1) as duck:
                reader.register(duck)
                (row,) = duck.rows(
                    'SELECT count(*), count(DISTINCT "index"), max("index") FROM access'
                )
            assert row[0] == row[1] == (row[2] if row[2] is not None else -1) + 1
            seen.append(row[0])

    with recorder(data, database, clock) as log:
        log.append(make(10))
        thread = threading.Thread(target=read)
        thread.start()
        try:
            for start in range(10, 1010, 100):
                log.append(make(100, start))
                log.seal()
                clock.move(dt.timedelta(hours=5))
        finally:
            ended.set()
            thread.join()
    assert seen
    assert seen == sorted(seen)
    assert verify(data, url=_url(database)).ok


def _url(database: Database) -> str | None:
    if database.kind != "postgresql":
        return None
    return database.engine.url.render_as_string(hide_password=False)
