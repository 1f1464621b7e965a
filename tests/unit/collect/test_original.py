"""What stands in a record of the file it was read from."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.unit.collect.conftest import Desk

from sekisho.collect import collect
from sekisho.collect.original import original
from sekisho.ledger import create_key, recorder
from sekisho.storage import Database
from sekisho.terms import FixedClock

ROWS = "".join(f"2026-10-01 09:{n // 60:02d}:{n % 60:02d},U1,{n:08d},参照\n" for n in range(1200))
CSV = f"アクセス日時,利用者ID,患者ID,処理\n{ROWS}".encode()
LINE = (
    '{"occurred_at":"2026-10-01T00:00:0%dZ","source":"p","user_id":"u","action":"read",'
    '"patient_ids":["1"]}\n'
)
JSONL = "".join(LINE % n for n in range(9)).encode()


@pytest.mark.parametrize(("name", "content"), [("log.csv", CSV), ("log.jsonl", JSONL)])
def test_every_line_bears_the_hash_of_its_file(desk: Desk, name: str, content: bytes) -> None:
    """A line of a file has no hash of its own: file and row say which it is."""
    path = desk.folder / name
    path.write_bytes(content)
    (report,) = collect([path], recorder=desk.recorder, database=desk.database, clock=desk.clock)
    assert report.error is None
    assert report.added == content.count(b"\n") - (name == "log.csv")
    assert {one.digest for one in desk.recorder.records} == {hashlib.sha256(content).hexdigest()}


def test_the_hash_is_kept_once_in_a_sealed_day(
    data: Path, database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """1,200 records of one file keep one hash: its column takes less than a byte a record."""
    path = tmp_path / "log.csv"
    path.write_bytes(CSV)
    create_key(data, "test.example/ledger")
    with recorder(data, database, clock) as book:
        collect([path], recorder=book, database=database, clock=clock)
        book.seal()
    (sealed,) = data.rglob("*.parquet")
    group = pq.ParquetFile(sealed).metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    (digest,) = [one for one in columns if one.path_in_schema == "digest"]
    assert group.num_rows == 1200
    assert digest.total_compressed_size < 1200


def test_a_file_that_is_written_to_while_it_is_read_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that came after the file was hashed are kept, and a finding says that it changed."""
    path = desk.folder / "log.csv"
    path.write_bytes(CSV)
    append = desk.recorder.append

    def meanwhile(records: list) -> list:  # type: ignore[type-arg]
        with path.open("ab") as file:
            file.write("2026-10-01 10:00:00,U2,00000009,参照\n".encode())
        return append(records)

    monkeypatch.setattr(desk.recorder, "append", meanwhile)
    (report,) = collect([path], recorder=desk.recorder, database=desk.database, clock=desk.clock)
    assert report.added >= 1200
    assert "collect.changed" in [finding.message for finding in report.findings]


def test_an_untouched_file_is_the_one_that_was_hashed(tmp_path: Path) -> None:
    """What is read begins at the first byte, and nobody is told of a change that was none."""
    path = tmp_path / "log.csv"
    path.write_bytes(CSV)
    with path.open("rb") as file:
        found = original(file)
        assert file.read() == CSV
        assert not found.is_other(file)
        path.write_bytes(CSV + b"x")
        assert found.is_other(file)
