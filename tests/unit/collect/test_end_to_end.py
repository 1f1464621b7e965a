"""From a vendor's file to sealed, verified records: the real ledger behind it."""

from __future__ import annotations

from pathlib import Path

from sekisho.collect import collect
from sekisho.ledger import Reader, create_key, recorder
from sekisho.ledger.verify import verify
from sekisho.storage import Database
from sekisho.terms import FixedClock

TEXT = "アクセス日時,利用者ID,患者ID,患者氏名,処理,端末名\r\n" + "".join(
    f"2026/10/{1 + n // 200:02d} {8 + n // 60 % 10:02d}:{n % 60:02d}:07,U{n % 9},{n % 31:08d},"
    f"髙橋,参照,PC-{n % 5}\r\n"
    for n in range(5000)
)


def test_a_file_becomes_a_ledger_that_verifies(
    data: Path, database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """5,000 rows in CP932, taken in twice, are 5,000 records that verify and keep their rows."""
    path = tmp_path / "log.csv"
    path.write_bytes(TEXT.encode("cp932"))
    key = create_key(data, "test.example/ledger")

    with recorder(data, database, clock) as book:
        (first,) = collect([path], recorder=book, database=database, clock=clock)
        (again,) = collect([path], recorder=book, database=database, clock=clock)
        book.seal()

    assert (first.added, again.added, again.already) == (5000, 0, 5000)
    record = Reader(data, database).record(4999)
    assert record["origin"] == {"file": str(path), "row": 5000}
    assert record["patient_ids"] == [{"id": "00000008", "authority": None}]
    assert "髙橋" not in repr(record)
    if database.kind == "sqlite":
        verdict = verify(data, key=key)
        assert (verdict.ok, verdict.size) == (True, 5000)
