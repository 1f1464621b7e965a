"""What is acknowledged is kept; what was changed behind the recorder's back is named."""

from __future__ import annotations

import datetime as dt
import os
import resource
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError, TamperError, UnavailableError
from sekisho.ledger import Reader, create_key, public_key, recorder, verify
from sekisho.ledger.tables import OWNER, RECORD
from sekisho.storage import Database, open_database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store


def audit(data: Path, database: Database, key: str, size: int) -> None:
    """Verify from the bytes that `size` records are there."""
    url = None
    if database.kind == "postgresql":
        url = database.engine.url.render_as_string(hide_password=False)
    verdict = verify(data, key=key, url=url)
    assert verdict.ok, verdict
    assert (verdict.size, verdict.records) == (size, size)


def test_records_get_indexes_in_order(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """Records are numbered from 0 without a gap, over appends and restarts."""
    with recorder(data, database, clock) as log:
        assert log.append(make(3)) == [0, 1, 2]
        assert log.append(make(2, 3)) == [3, 4]
    with recorder(data, database, clock) as log:
        assert log.size() == 5
        assert log.append(make(1, 5)) == [5]
    audit(data, database, key, 6)


def test_a_key_is_recorded_once(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """A record whose key is known gives None: in one call, later, and after sealing."""
    first, second = make(2)
    with recorder(data, database, clock) as log:
        assert log.append([first, first, second]) == [0, None, 1]
        assert log.append([second]) == [None]
        assert log.seal() == 2
        assert log.append([first, *make(1, 2)]) == [None, 2]
        assert log.append([]) == []
    audit(data, database, key, 3)


def test_many_records_in_one_call(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """More records than a tile holds make full and partial tiles that verify."""
    with recorder(data, database, clock) as log:
        assert log.append(make(1200)) == list(range(1200))
        assert log.append(make(600, 900)) == [None] * 300 + list(range(1200, 1500))
    audit(data, database, key, 1500)


def test_without_a_key_there_is_no_log(data: Path, database: Database, clock: FixedClock) -> None:
    """Before set-up made the key nothing is recorded."""
    with pytest.raises(InvalidInputError, match=r"ledger\.no_key"), recorder(data, database, clock):
        pass


def test_the_key_is_made_once(data: Path, key: str) -> None:
    """A second key is refused, and the secret is for its owner only."""
    assert public_key(data) == key
    assert (data / "ledger" / "key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConflictError, match=r"ledger\.key_exists"):
        create_key(data, "hospital.example/sekisho")
    with pytest.raises(InvalidInputError):
        create_key(data / "..", "two words")


def test_swapped_key_files_stop_the_start(
    data: Path, database: Database, clock: FixedClock, key: str, tmp_path: Path
) -> None:
    """A public key that is not the signing key's own stops the start."""
    other = tmp_path / "other"
    other.mkdir()
    create_key(other, "hospital.example/sekisho")
    shutil.copy(other / "ledger" / "key.pub", data / "ledger" / "key.pub")
    with pytest.raises(TamperError, match=r"ledger\.keys_differ"), recorder(data, database, clock):
        pass


def test_clock_stepping_back_is_recorded(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """When the clock steps back, recorded times stand still and one record says so."""
    with recorder(data, database, clock) as log:
        log.append(make(1))
        clock.move(dt.timedelta(hours=-2))
        assert log.append(make(1, 1)) == [2]
        assert log.append(make(1, 2)) == [3]
        clock.move(dt.timedelta(hours=3))
        assert log.append(make(1, 3)) == [4]
    lines = list(Reader(data, database).jsonl())
    times = [line["recorded_at"] for line in lines]
    assert times == sorted(times)
    assert lines[1]["reason"] == "clock_went_back:7200"
    assert lines[1]["source"] == "sekisho"
    audit(data, database, key, 5)


def test_clock_before_the_last_record_at_start(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """A clock that is behind at start is noticed too, also when all is sealed."""
    with recorder(data, database, clock) as log:
        log.append(make(1))
        log.seal()
    clock.move(dt.timedelta(days=-1))
    with recorder(data, database, clock) as log:
        assert log.append(make(1, 1)) == [2]
        assert log.seal() == 2
    audit(data, database, key, 3)


def test_a_later_recorder_fences_the_earlier(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """A recorder that was taken over from cannot append any more."""
    with recorder(data, database, clock) as log:
        log.append(make(1))
        with database.write() as connection:
            connection.execute(sa.update(OWNER).values(fence=OWNER.c.fence + 1))
        with pytest.raises(ConflictError, match=r"ledger\.fenced"):
            log.append(make(1, 1))
    audit(data, database, key, 1)


def test_two_recorders_on_one_log(
    data: Path, database: Database, clock: FixedClock, key: str
) -> None:
    """A second recorder is refused and told who holds the log."""
    with (
        recorder(data, database, clock),
        pytest.raises(ConflictError) as error,
        recorder(data, database, clock),
    ):
        pass
    assert error.value.message == "ledger.held"
    assert error.value.args_ == {"pid": str(os.getpid())}


def test_lost_tiles_are_made_again(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """Tiles follow from the records: deleted or damaged ones are made again at start."""
    with recorder(data, database, clock) as log:
        log.append(make(700))
        log.seal()
        log.append(make(100, 700))
    shutil.rmtree(data / "ledger" / "tile")
    with recorder(data, database, clock) as log:
        log.append(make(1, 800))
    (data / "ledger" / "tile" / "0" / "003.p" / "33").write_bytes(b"x" * 33 * 32)
    with recorder(data, database, clock) as log:
        log.append(make(1, 801))
    audit(data, database, key, 802)


def test_records_after_the_last_checkpoint_are_kept(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """What was durable before its checkpoint could be written is in the tree after a restart."""
    with recorder(data, database, clock) as log:
        log.append(make(300))
    kept = (data / "ledger" / "checkpoint").read_bytes()
    tiles = shutil.copytree(data / "ledger" / "tile", data / "before")
    with recorder(data, database, clock) as log:
        log.append(make(300, 300))
    (data / "ledger" / "checkpoint").write_bytes(kept)
    shutil.rmtree(data / "ledger" / "tile")
    tiles.rename(data / "ledger" / "tile")
    with recorder(data, database, clock) as log:
        assert log.size() == 600
    audit(data, database, key, 600)


def test_a_rolled_back_tail_stops_the_start(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """When records that were signed are gone, the recorder refuses and says how many."""
    with recorder(data, database, clock) as log:
        log.append(make(10))
    with database.write() as connection:
        connection.execute(sa.delete(RECORD).where(RECORD.c.index >= 7))
    with pytest.raises(TamperError) as error, recorder(data, database, clock):
        pass
    assert error.value.message == "ledger.rolled_back"
    assert error.value.args_ == {"signed": 10, "stored": 7}


def test_a_changed_tail_stops_the_start(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """A record changed in the database is named at the next start."""
    with recorder(data, database, clock) as log:
        log.append(make(10))
    with database.write() as connection:
        body = connection.execute(
            sa.select(RECORD.c.canonical).where(RECORD.c.index == 4)
        ).scalar_one()
        changed = bytes(body).replace(b'"u4"', b'"u5"')
        connection.execute(sa.update(RECORD).where(RECORD.c.index == 4).values(canonical=changed))
    with pytest.raises(TamperError, match=r"ledger\.tail_differs index=4"):
        recorder(data, database, clock).__enter__()


def test_a_record_cut_out_stops_the_start(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """A gap in the tail is named at the next start."""
    with recorder(data, database, clock) as log:
        log.append(make(10))
    with database.write() as connection:
        connection.execute(sa.delete(RECORD).where(RECORD.c.index == 3))
    with pytest.raises(TamperError, match=r"ledger\.record_missing"):
        recorder(data, database, clock).__enter__()


def test_a_lost_checkpoint_stops_the_start(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """A log whose checkpoint is gone or older than what is sealed is not continued."""
    with recorder(data, database, clock) as log:
        log.append(make(1))
        old = (data / "ledger" / "checkpoint").read_bytes()
        log.append(make(3, 1))
        log.seal()
    (data / "ledger" / "checkpoint").write_bytes(old)
    with pytest.raises(TamperError, match=r"ledger\.checkpoint_rolled_back"):
        recorder(data, database, clock).__enter__()
    (data / "ledger" / "checkpoint").unlink()
    with pytest.raises(TamperError, match=r"ledger\.checkpoint_missing"):
        recorder(data, database, clock).__enter__()


def test_a_lost_sealed_file_stops_the_start(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """A sealed file that is gone is named at the next start."""
    with recorder(data, database, clock) as log:
        log.append(make(5))
        log.seal()
    next((data / "ledger" / "sealed").rglob("*.parquet")).unlink()
    with pytest.raises(TamperError, match=r"ledger\.file_missing"):
        recorder(data, database, clock).__enter__()


def test_a_checkpoint_of_another_signer_stops_the_start(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """A checkpoint with a changed byte is not continued."""
    with recorder(data, database, clock) as log:
        log.append(make(5))
    path = data / "ledger" / "checkpoint"
    path.write_text(path.read_text("utf-8").replace("\n5\n", "\n4\n"), "utf-8")
    with pytest.raises(TamperError, match=r"ledger\.checkpoint_signature"):
        recorder(data, database, clock).__enter__()


def test_full_disk_acknowledges_nothing_and_goes_on(
    data: Path, clock: FixedClock, key: str, make: Any
) -> None:
    """With no space left an append fails whole; with space again the log goes on."""
    database = open_database(f"sqlite:///{data / 'state.db'}")
    with recorder(data, database, clock) as log:
        log.append(make(10))
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
        try:
            with pytest.raises(UnavailableError):
                log.append(make(5_000, 10))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert log.size() == 10
        assert log.append(make(20, 10)) == list(range(10, 30))
    audit(data, database, key, 30)
    database.close()


def test_full_disk_for_tiles_only_keeps_what_is_acknowledged(
    data: Path, database: Database, clock: FixedClock, key: str, make: Any
) -> None:
    """Where only the tiles cannot be written the records stand, and the checkpoint follows."""
    with recorder(data, database, clock) as log:
        log.append(make(10))
        tile = data / "ledger" / "tile"
        tile.rename(data / "aside")
        tile.write_bytes(b"in the way")
        assert log.append(make(10, 10)) == list(range(10, 20))
        with pytest.raises(UnavailableError):
            log.seal()
        tile.unlink()
        (data / "aside").rename(tile)
        assert log.seal() == 20
    audit(data, database, key, 20)
