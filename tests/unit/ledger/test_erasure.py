"""Lawful erasure in the log: ordered first, by two, then gone; the tree and its proofs stand."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace
from tests.unit.ledger.conftest import Make

from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.ledger import Reader, Recorder, Verdict, erasure, recorder, runs, verify
from sekisho.ledger.append import Ledger
from sekisho.ledger.erasure import Chosen
from sekisho.ledger.tables import RECORD
from sekisho.storage import Database, analysis, fsync_folder
from sekisho.terms import Action, FixedClock

pytestmark = [pytest.mark.store, pytest.mark.duty("1-3")]

GONE = [(3, 3), (290, 310), (640, 642)]
"""In a sealed day, over the edge of two files and of two tiles, and in the tail."""
COUNT = 700


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def _chosen(records: list[runs.Run]) -> Chosen:
    at = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    return Chosen(
        records=records, count=runs.count(records), first_at=at, last_at=at, sources={"emr": 1}
    )


def _ordered(database: Database, clock: FixedClock, records: list[runs.Run]) -> int:
    made = erasure.propose(
        database, clock, _chosen(records), order="裁判所の命令 令和8年 第1号", by="A"
    )
    erasure.confirm(database, clock, made.number, by="B")
    return made.number


def _fill(opened: Recorder, clock: FixedClock, make: Make) -> None:
    opened.append(make(300))
    opened.seal()
    clock.move(dt.timedelta(days=1))
    opened.append(make(340, 300))
    opened.seal()
    clock.move(dt.timedelta(days=1))
    opened.append(make(COUNT - 640, 640))


def _verify(data: Path, database: Database, key: str) -> Verdict:
    return verify(data, key=key, url=_url(database))


def test_records_go_and_the_record_verifies(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """What two people ordered is gone, and verification says how many, by which entry."""
    with recorder(data, database, clock) as opened:
        _fill(opened, clock, make)
        last = Reader(data, database).checkpoint()
        entry = opened.erase(_ordered(database, clock, GONE))
        database.scrub([RECORD])
        opened.append(make(10, COUNT))
    verdict = verify(data, key=key, last=last, url=_url(database))
    assert verdict.first_wrong is None
    assert verdict.erased == ((entry, 25),)
    assert (verdict.size, verdict.records) == (COUNT + 11, COUNT + 11 - 25)
    assert not verdict.not_checked
    for record, erased in ((641, ((entry, 1),)), (3, ((entry, 1),)), (4, ()), (650, ())):
        one = verify(data, key=key, url=_url(database), record=record)
        assert (one.ok, one.erased) == (True, erased)
    reader = Reader(data, database)
    with pytest.raises(InvalidInputError, match=r"ledger\.erased"):
        reader.proof(300)
    assert reader.proof(299 - 10).canonical
    assert reader.record(311)["index"] == 311
    held = {line["index"] for line in reader.jsonl()}
    assert held == set(range(COUNT + 11)) - {3, *range(290, 311), 640, 641, 642}
    with analysis() as engine:
        reader.register(engine)
        ((count,),) = engine.rows("SELECT count(*) FROM access")
    assert count == COUNT + 11 - 25


def test_the_order_is_a_record_made_first(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """The order, both names and the numbers stand in a signed record."""
    with recorder(data, database, clock) as opened:
        opened.append(make(20))
        entry = opened.erase(_ordered(database, clock, [(4, 5)]))
    told = Reader(data, database).record(entry)
    assert entry == 20
    assert (told["action"], told["user_id"], told["source"]) == ("delete", "B", "sekisho")
    assert str(told["object"]).startswith("erasure/1/4-5/")
    assert "裁判所の命令" in told["reason"]
    assert '"proposed":"A"' in told["reason"]
    assert Reader(data, database).proof(entry).index == entry
    assert erasure.erasure(database, 1).entry == entry


def test_two_different_people_and_once(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """Nothing goes on one person's word, and a proposal that was withdrawn stays withdrawn."""
    with recorder(data, database, clock) as opened:
        opened.append(make(20))
        made = erasure.propose(database, clock, _chosen([(1, 2)]), order="命令 1号", by="A")
        with pytest.raises(ConflictError, match=r"ledger\.erasure\.not_confirmed"):
            opened.erase(made.number)
        with pytest.raises(RefusedError, match=r"ledger\.erasure\.own"):
            erasure.confirm(database, clock, made.number, by="A")
        with pytest.raises(ConflictError, match=r"ledger\.erasure\.twice"):
            erasure.propose(database, clock, _chosen([(2, 3)]), order="命令 2号", by="C")
        erasure.withdraw(database, clock, made.number, by="C")
        with pytest.raises(ConflictError, match=r"ledger\.erasure\.decided"):
            erasure.confirm(database, clock, made.number, by="B")
        with pytest.raises(InvalidInputError, match=r"ledger\.erasure\.order"):
            erasure.propose(database, clock, _chosen([(2, 3)]), order=" x ", by="C")
    assert Reader(data, database).size() == 20


def test_nobody_records_an_order_from_outside(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """A record that has the form of an order is refused, and one that only looks like it orders nothing."""
    what = f"erasure/1/3/{hashlib.sha256(b'x').hexdigest()}"
    digest = hashlib.sha256(what.encode()).hexdigest()
    (one,) = make(1)
    whole = replace(one, source="sekisho", action=Action.DELETE, object=what, digest=digest)
    with recorder(data, database, clock) as opened:
        opened.append(make(10, 1))
        with pytest.raises(InvalidInputError, match=r"ledger\.reserved"):
            opened.append([replace(whole, key=digest[:32])])
        opened.append([replace(whole, digest=one.digest), replace(one, object=what, key="1" * 32)])
        opened.seal()
    _take(data, database, 3)
    wrong = _verify(data, database, key).first_wrong
    assert wrong is not None
    assert (wrong.message, wrong.index) == ("ledger.verify.records_missing", 3)


def test_the_same_line_does_not_come_back(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """A file that is read again does not bring an erased record back."""
    with recorder(data, database, clock) as opened:
        opened.append(make(20))
        opened.erase(_ordered(database, clock, [(4, 5)]))
        assert opened.append(make(20)) == [None] * 20


def test_the_tree_is_made_again_from_what_is_left(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """A recorder whose newest tiles are lost goes on: entries of erased records stay in the tree."""
    with recorder(data, database, clock) as opened:
        _fill(opened, clock, make)
        opened.erase(_ordered(database, clock, GONE))
    for path in (data / "ledger" / "tile" / "1").rglob("*"):
        if path.is_file():
            path.unlink()
    with recorder(data, database, clock) as opened:
        opened.append(make(5, COUNT))
    assert _verify(data, database, key).ok


def test_every_record_of_a_day_may_go(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """A day of which nothing is left verifies, and a second erasure goes beside the first."""
    with recorder(data, database, clock) as opened:
        _fill(opened, clock, make)
        first = opened.erase(_ordered(database, clock, [(0, 299)]))
        second = opened.erase(_ordered(database, clock, [(300, 301), (400, 450)]))
    verdict = _verify(data, database, key)
    assert verdict.ok, verdict.first_wrong
    assert verdict.erased == ((first, 300), (second, 53))
    assert next(Reader(data, database).jsonl())["index"] == 302


class _Killed(BaseException):
    """The machine stops here."""


@pytest.mark.parametrize("step", range(13))
def test_what_is_interrupted_is_taken_up(
    data: Path,
    database: Database,
    clock: FixedClock,
    key: str,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    step: int,
) -> None:
    """Stopped between any two steps, the record verifies, and doing it again ends it."""
    with recorder(data, database, clock) as opened:
        _fill(opened, clock, make)
    number = _ordered(database, clock, GONE)
    left = [step]
    _stop_at(monkeypatch, left)
    with pytest.raises(_Killed), recorder(data, database, clock) as opened:
        opened.erase(number)
    monkeypatch.undo()
    verdict = _verify(data, database, key)
    assert verdict.ok, verdict.first_wrong
    with recorder(data, database, clock) as opened:
        entry = opened.erase(number)
    verdict = _verify(data, database, key)
    assert verdict.ok, verdict.first_wrong
    assert verdict.erased == ((entry, 25),)
    assert [name for name, _ in verdict.not_checked] == ["ledger.verify.rollback_not_checked"]


def _stop_at(monkeypatch: pytest.MonkeyPatch, left: list[int]) -> None:
    """Stop before the step that is counted down to.

    Order, seal, and for each file: new one, its folder's flush, old one, the flush again.
    """

    def stopping(real: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            if left[0] == 0:
                raise _Killed
            left[0] -= 1
            return real(*given, **named)

        return call

    from sekisho.ledger import erase  # noqa: PLC0415 (only to be stopped)

    monkeypatch.setattr(erasure, "note_entry", stopping(erasure.note_entry))
    monkeypatch.setattr(Ledger, "seal", stopping(Ledger.seal))
    monkeypatch.setattr(erase, "_write", stopping(erase._write))
    monkeypatch.setattr(erase, "fsync_folder", stopping(fsync_folder))
    monkeypatch.setattr(Path, "unlink", stopping(Path.unlink))


def _take(data: Path, database: Database, index: int) -> None:
    """Take a sealed record away as somebody with the disk and the database would."""
    for path in sorted((data / "ledger" / "sealed").rglob("*.parquet")):
        table = pq.read_table(path)
        if index not in table["index"].to_pylist():
            continue
        left = table.filter([each != index for each in table["index"].to_pylist()])
        pq.write_table(left, path, compression="zstd")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with database.write() as connection:
            connection.exec_driver_sql(
                f"UPDATE ledger_segment SET sha256 = '{digest}'"
                f' WHERE "first" <= {index} AND "last" >= {index}'
            )
        return
    raise AssertionError(index)


def test_a_record_without_an_order_is_tampering(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """One record more than was ordered, beside lawful gaps, is named."""
    with recorder(data, database, clock) as opened:
        _fill(opened, clock, make)
        opened.erase(_ordered(database, clock, GONE))
    _take(data, database, 311)
    wrong = _verify(data, database, key).first_wrong
    assert wrong is not None
    assert (wrong.message, wrong.index) == ("ledger.verify.records_missing", 311)
    one = verify(data, key=key, url=_url(database), record=311)
    assert one.first_wrong is not None
    assert one.first_wrong.message == "ledger.verify.records_missing"


def test_a_file_under_another_orders_number_is_extra(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """What an erasure left behind is passed over; the same under a number of no such order is named."""
    with recorder(data, database, clock) as opened:
        _fill(opened, clock, make)
        entry = opened.erase(_ordered(database, clock, [(3, 3)]))
    whole = sorted((data / "ledger" / "sealed").rglob("*.parquet"))[1]
    assert whole.name.count(".") == 2, "nothing of it was erased"
    for number in (entry, 7):
        added = whole.with_suffix(f".{number}.parquet")
        shutil.copy(whole, added)
        wrong = _verify(data, database, key).first_wrong
        assert wrong is not None
        assert wrong.message == "ledger.verify.file_extra"
        added.unlink()


def test_the_entry_of_an_erased_record_cannot_be_another(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """Changing the 32 bytes that stay for an erased record is found, wherever they stand."""
    with recorder(data, database, clock) as opened:
        _fill(opened, clock, make)
        opened.erase(_ordered(database, clock, GONE))
    path = data / "ledger" / "tile" / "entries" / "000"
    content = bytearray(path.read_bytes())
    content[3 * 34 + 10] ^= 1
    path.write_bytes(content)
    wrong = _verify(data, database, key).first_wrong
    assert wrong is not None
    path.unlink()
    wrong = _verify(data, database, key).first_wrong
    assert wrong is not None
    assert (wrong.message, wrong.index) == ("ledger.verify.records_missing", 3)


def test_a_key_in_the_place_of_an_erased_one_is_found(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """A key that would keep a later record out cannot hide where a record is gone."""
    with recorder(data, database, clock) as opened:
        _fill(opened, clock, make)
        opened.erase(_ordered(database, clock, GONE))
    with database.write() as connection:
        connection.exec_driver_sql('DELETE FROM ledger_key WHERE "index" = 300')
        literal = "X'" + "ab" * 16 + "'" if database.kind == "sqlite" else "'\\x" + "ab" * 16 + "'"
        connection.exec_driver_sql(f'INSERT INTO ledger_key (key, "index") VALUES ({literal}, 300)')
    wrong = _verify(data, database, key).first_wrong
    assert wrong is not None
    assert wrong.message == "ledger.verify.keys_changed"


def test_sealed_files_alone_verify(
    data: Path, clock: FixedClock, key: str, make: Make, tmp_path: Path
) -> None:
    """Without the database the sealed files verify, erased records and all."""
    from sekisho.storage import open_database  # noqa: PLC0415 (this test is of files)

    database = open_database(f"sqlite:///{data / 'state.db'}")
    with recorder(data, database, clock) as opened:
        _fill(opened, clock, make)
        opened.erase(_ordered(database, clock, GONE))
        opened.seal()
    database.close()
    copy = tmp_path / "copy"
    shutil.copytree(data, copy, ignore=shutil.ignore_patterns("run", "state.db*"))
    verdict = verify(copy, key=key)
    assert verdict.ok, verdict.first_wrong
    assert verdict.erased == ((COUNT, 25),)


def test_nothing_is_left_in_the_file(data: Path, clock: FixedClock, key: str, make: Make) -> None:
    """After `scrub` neither the state nor its log holds a byte of what went."""
    from sekisho.storage import open_database  # noqa: PLC0415 (this test is of files)

    database = open_database(f"sqlite:///{data / 'state.db'}")
    (one,) = make(1)
    with recorder(data, database, clock) as opened:
        opened.append([replace(one, object="SECRET-OBJECT-7", user_id="SECRET-USER-7")])
        opened.append(make(3000, 1))
        opened.erase(_ordered(database, clock, [(0, 0)]))
        before = (data / "state.db").read_bytes() + (data / "state.db-wal").read_bytes()
        assert b"SECRET-OBJECT-7" in before
        database.scrub([])
    with closing(sqlite3.connect(data / "state.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    for path in data.rglob("*"):
        if path.is_file():
            assert b"SECRET-" not in path.read_bytes(), path
