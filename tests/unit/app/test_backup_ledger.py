"""A backup of a record that is being written verifies, goes on, and says that it was restored."""

from __future__ import annotations

import datetime as dt
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekisho.app.backup import backup, make_recovery_key, prove, restore
from sekisho.app.backup.keys import RecoveryKey
from sekisho.app.backup.trim import trim
from sekisho.app.settings import set_setting, setting
from sekisho.app.update.health import examine
from sekisho.errors import InvalidInputError, TamperError
from sekisho.ledger import Reader, create_key, own, public_key, recorder, verify
from sekisho.storage import Database, open_database
from sekisho.terms import Access, Action, FixedClock


@pytest.fixture
def state(prepared: Path) -> Iterator[Database]:
    """An installation with a signing key."""
    create_key(prepared, "sekisho.invalid/test")
    database = open_database(f"sqlite:///{prepared / 'state.db'}")
    yield database
    database.close()


@pytest.fixture
def key(state: Database, clock: FixedClock) -> RecoveryKey:
    """Its recovery key."""
    return make_recovery_key(state, clock, by="1")


def _acts(clock: FixedClock, count: int) -> list[Access]:
    return [own(clock, user_id="1", action=Action.READ, object="page") for _ in range(count)]


def _fill(data: Path, state: Database, clock: FixedClock, days: int = 2) -> None:
    with recorder(data, state, clock) as one:
        for _ in range(days):
            one.append(_acts(clock, 300))
            one.seal()
            clock.move(dt.timedelta(days=1))
        one.append(_acts(clock, 40))


def test_a_restored_record_verifies_with_the_paper_key(
    data: Path, state: Database, clock: FixedClock, key: RecoveryKey, tmp_path: Path
) -> None:
    """The restored record is intact under the public key and the checkpoint kept before."""
    _fill(data, state, clock)
    kept = Reader(data, state).checkpoint()
    file = backup(data, state, tmp_path, key.recipient, clock).path

    report = restore(
        file, key.identity, tmp_path / "again", clock, by="1", key=public_key(data), last=kept
    )

    assert report.verdict is not None
    assert report.verdict.ok
    assert report.verdict.size == 640
    assert not report.verdict.not_checked


@pytest.mark.store
def test_a_state_of_each_kind_comes_back_as_one_file(
    data: Path, database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Taken while records come, the copy verifies under the paper key and no row differs."""
    create_key(data, "sekisho.invalid/test")
    set_setting(database, "institution", value="架空（模擬）", by="t", at=clock.now())
    key = make_recovery_key(database, clock, by="1")
    _fill(data, database, clock)
    stop = threading.Event()
    told: list[int] = []

    def go_on() -> None:
        with recorder(data, database, clock) as one:
            while not stop.is_set():
                one.append(_acts(clock, 5))
                told.append(1)

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        while not told:
            time.sleep(0.01)
        file = backup(data, database, tmp_path, key.recipient, clock).path
    finally:
        stop.set()
        writer.join()

    report = restore(file, key.identity, tmp_path / "again", clock, by="1", key=public_key(data))

    assert report.verdict is not None
    assert report.verdict.ok, report.verdict.first_wrong
    assert report.verdict.size >= 640
    back = open_database(f"sqlite:///{tmp_path / 'again' / 'state.db'}")
    try:
        assert setting(back, "institution") == "架空（模擬）"
        records = Reader(tmp_path / "again", back)
        for index in (0, 299, 639):
            assert records.record(index) == Reader(data, database).record(index)
    finally:
        back.close()


def test_a_key_that_is_none_leaves_the_folder_as_it_was(
    data: Path, state: Database, clock: FixedClock, key: RecoveryKey, tmp_path: Path
) -> None:
    """A mistyped public key or checkpoint is refused, and the target is empty for the next try."""
    _fill(data, state, clock)
    file = backup(data, state, tmp_path, key.recipient, clock).path
    again = tmp_path / "again"

    with pytest.raises(InvalidInputError):
        restore(file, key.identity, again, clock, by="1", key="no key at all")
    assert list(again.iterdir()) == []
    with pytest.raises(InvalidInputError):
        restore(file, key.identity, again, clock, by="1", last="no\ncheckpoint\n")
    assert list(again.iterdir()) == []

    restore(file, key.identity, again, clock, by="1", key=public_key(data))


def test_the_first_act_in_a_restored_record_says_so(
    data: Path, state: Database, clock: FixedClock, key: RecoveryKey, tmp_path: Path
) -> None:
    """The record after the last one restored is the restore itself, with who did it."""
    _fill(data, state, clock)
    file = backup(data, state, tmp_path, key.recipient, clock).path

    restore(file, key.identity, tmp_path / "again", clock, by="os:op")

    again = open_database(f"sqlite:///{tmp_path / 'again' / 'state.db'}")
    told = Reader(tmp_path / "again", again).record(640)
    again.close()
    assert (told["user_id"], told["action"]) == ("os:op", "import")
    assert str(told["object"]).startswith("sekisho restore: 2026-11-03T")
    assert verify(tmp_path / "again", key=public_key(data)).ok


def test_a_restored_record_is_a_rollback_to_who_kept_a_later_checkpoint(
    data: Path, state: Database, clock: FixedClock, key: RecoveryKey, tmp_path: Path
) -> None:
    """What was recorded after the backup is missed by a checkpoint kept later: not hidden."""
    _fill(data, state, clock)
    file = backup(data, state, tmp_path, key.recipient, clock).path
    with recorder(data, state, clock) as one:
        one.append(_acts(clock, 50))
    later = Reader(data, state).checkpoint()

    restore(file, key.identity, tmp_path / "again", clock, by="1")

    assert not verify(tmp_path / "again", last=later).ok


def test_backups_taken_under_load_all_verify_and_go_on(
    data: Path, state: Database, clock: FixedClock, key: RecoveryKey, tmp_path: Path
) -> None:
    """Each backup taken while records are added and sealed restores, verifies and takes more."""
    stop = threading.Event()
    started = threading.Event()

    def load() -> None:
        turn = 0
        with recorder(data, state, clock) as one:
            while not stop.is_set():
                one.append(_acts(clock, 130))
                turn += 1
                if turn % 3 == 0:
                    one.seal()
                    clock.move(dt.timedelta(hours=5))
                started.set()

    thread = threading.Thread(target=load)
    thread.start()
    try:
        assert started.wait(60)
        files = [
            backup(data, state, tmp_path / f"{number}.age", key.recipient, clock).path
            for number in range(4)
        ]
    finally:
        stop.set()
        thread.join()

    for number, file in enumerate(files):
        again = tmp_path / f"again{number}"
        report = restore(file, key.identity, again, clock, by="1", key=public_key(data))
        assert report.verdict is not None
        assert report.verdict.ok
        after = verify(again)
        assert after.ok, after.first_wrong


@pytest.mark.parametrize("size", [1, 255, 256, 257, 300, 512, 639, 640])
def test_tiles_are_cut_to_what_a_checkpoint_covers(
    data: Path, state: Database, clock: FixedClock, tmp_path: Path, size: int
) -> None:
    """The tiles of a tree cut back are those the smaller tree had, byte for byte."""
    first, second = tmp_path / "first", tmp_path / "second"
    with recorder(data, state, clock) as one:
        one.append(_acts(clock, size))
    shutil.copytree(data / "ledger" / "tile", first / "tile")
    with recorder(data, state, clock) as one:
        one.append(_acts(clock, 640 - size + 1))
    shutil.copytree(data / "ledger" / "tile", second / "tile")

    trim(second, size)

    assert _files(second) == _files(first)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }


def test_a_proof_with_the_paper_key_covers_the_record(
    data: Path, state: Database, clock: FixedClock, key: RecoveryKey, tmp_path: Path
) -> None:
    """Trying the paper key verifies the restored record, not only that it opens."""
    _fill(data, state, clock)
    file = backup(data, state, tmp_path, key.recipient, clock).path

    report = prove(file, key.identity, state, clock, tmp_path)

    assert report.verdict is not None
    assert report.verdict.size == 640


def test_a_backup_of_a_changed_record_is_found_when_restored(
    data: Path, state: Database, clock: FixedClock, key: RecoveryKey, tmp_path: Path
) -> None:
    """A record that was changed before the backup is not passed on as intact."""
    _fill(data, state, clock)
    sealed = next((data / "ledger" / "sealed").rglob("*.parquet"))
    content = bytearray(sealed.read_bytes())
    content[len(content) // 2] ^= 1
    sealed.write_bytes(content)
    file = backup(data, state, tmp_path, key.recipient, clock).path

    with pytest.raises(TamperError, match=r"backup\.not_intact"):
        restore(file, key.identity, tmp_path / "again", clock, by="1")


def test_the_health_check_of_an_update_verifies_the_record(
    data: Path, state: Database, clock: FixedClock
) -> None:
    """The health check counts the records it verified, and names what is not intact."""
    _fill(data, state, clock)
    well = examine(data)
    sealed = next((data / "ledger" / "sealed").rglob("*.parquet"))
    sealed.write_bytes(sealed.read_bytes()[:-1])

    ill = examine(data)

    assert (well["ok"], well["records"]) == (True, 640)
    assert ill["ok"] is False
    assert ill["why"]
