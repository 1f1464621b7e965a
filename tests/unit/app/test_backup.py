"""Backups open with the paper key alone, come back whole, and say what they are."""

from __future__ import annotations

import subprocess
import tarfile
import threading
from pathlib import Path

import pytest

from sekisho.app.backup import (
    backup,
    make_recovery_key,
    prove,
    read_identity,
    recipient,
    restore,
)
from sekisho.app.findings import open_findings
from sekisho.app.proofs import latest_evidence
from sekisho.app.settings import set_setting, setting
from sekisho.errors import ConflictError, InvalidInputError, UnavailableError
from sekisho.storage import Database, open_database
from sekisho.terms import FixedClock, Secret


@pytest.fixture
def state(prepared: Path) -> Database:
    """An installation with a few settings and no record yet."""
    return open_database(f"sqlite:///{prepared / 'state.db'}")


@pytest.fixture
def made(data: Path, state: Database, clock: FixedClock, tmp_path: Path) -> tuple[Path, Secret]:
    """A backup of it, and the key on paper."""
    set_setting(state, "institution", "模擬病院", by="1", at=clock.now())
    key = make_recovery_key(state, clock, by="1")
    (data / "paper").mkdir()
    (data / "paper" / "page.pdf").write_bytes(b"%PDF page")
    report = backup(data, state, _folder(tmp_path), key.recipient, clock)
    return report.path, read_identity(key.on_paper)


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "medium"
    folder.mkdir(exist_ok=True)
    return folder


def test_a_backup_comes_back_as_it_was(
    made: tuple[Path, Secret], tmp_path: Path, clock: FixedClock
) -> None:
    """What was there at the time of the backup is there after the restore."""
    file, identity = made

    report = restore(file, identity, tmp_path / "again", clock, by="1")

    again = open_database(f"sqlite:///{tmp_path / 'again' / 'state.db'}")
    assert setting(again, "institution") == "模擬病院"
    assert (tmp_path / "again" / "paper" / "page.pdf").read_bytes() == b"%PDF page"
    assert (tmp_path / "again").stat().st_mode & 0o777 == 0o700
    assert report.made_at == clock.now()
    again.close()


def test_a_restored_copy_says_that_it_is_one(
    made: tuple[Path, Secret], tmp_path: Path, clock: FixedClock
) -> None:
    """A restored installation carries an open finding that names the backup's time."""
    restore(*made, tmp_path / "again", clock, by="1")

    again = open_database(f"sqlite:///{tmp_path / 'again' / 'state.db'}")
    assert [one.finding.message for one in open_findings(again)] == ["backup.is_restored"]
    again.close()


def test_nothing_readable_leaves_the_machine(made: tuple[Path, Secret]) -> None:
    """The file is in the age format and holds no sentence of the state in the clear."""
    content = made[0].read_bytes()

    assert content.startswith(b"age-encryption.org/v1\n")
    assert "模擬病院".encode() not in content
    assert b"SQLite format" not in content


def test_the_key_is_not_kept_on_the_machine(
    made: tuple[Path, Secret], data: Path, state: Database
) -> None:
    """No file of the data directory holds the half of the key that decrypts."""
    secret = made[1].reveal().removeprefix("AGE-SECRET-KEY-1").encode()

    assert recipient(state).startswith("age1")
    for path in data.rglob("*"):
        assert not path.is_file() or secret not in path.read_bytes()


def test_another_key_opens_nothing_and_leaves_nothing(
    made: tuple[Path, Secret], tmp_path: Path, clock: FixedClock, state: Database
) -> None:
    """With another recovery key the restore is refused and the target stays empty."""
    other = make_recovery_key(state, clock, by="1", replace=True)

    with pytest.raises(InvalidInputError, match=r"backup\.cannot_open"):
        restore(made[0], other.identity, tmp_path / "again", clock, by="1")

    assert list((tmp_path / "again").iterdir()) == []


def test_nothing_is_overwritten(
    made: tuple[Path, Secret], data: Path, state: Database, tmp_path: Path, clock: FixedClock
) -> None:
    """A target that holds something is refused, for a restore and for a backup."""
    before = (data / "state.db").read_bytes()

    with pytest.raises(ConflictError, match=r"backup\.target_not_empty"):
        restore(*made, data, clock, by="1")
    with pytest.raises(ConflictError, match=r"backup\.exists"):
        backup(data, state, made[0], recipient(state), clock)
    with pytest.raises(InvalidInputError, match=r"backup\.inside"):
        backup(data, state, data / "here.age", recipient(state), clock)

    assert (data / "state.db").read_bytes() == before


@pytest.mark.parametrize("cut", [0, 10, 200, 5000, -1])
def test_a_cut_backup_is_refused(
    made: tuple[Path, Secret], tmp_path: Path, clock: FixedClock, cut: int
) -> None:
    """A backup that lost its end is refused by name and nothing of it is left."""
    broken = tmp_path / "broken.age"
    broken.write_bytes(made[0].read_bytes()[:cut])

    with pytest.raises(InvalidInputError):
        restore(broken, made[1], tmp_path / "again", clock, by="1")

    assert list((tmp_path / "again").iterdir()) == []


def test_a_missing_backup_is_named(tmp_path: Path, clock: FixedClock, state: Database) -> None:
    """A file that is not there is named, with what the system said."""
    key = make_recovery_key(state, clock, by="1")

    with pytest.raises(UnavailableError, match=r"backup\.not_restored file='none\.age'"):
        restore(tmp_path / "none.age", key.identity, tmp_path / "again", clock, by="1")


def test_a_changed_byte_is_refused(
    made: tuple[Path, Secret], tmp_path: Path, clock: FixedClock
) -> None:
    """A backup in which one byte was changed is refused."""
    content = bytearray(made[0].read_bytes())
    content[len(content) // 2] ^= 1
    broken = tmp_path / "broken.age"
    broken.write_bytes(content)

    with pytest.raises(InvalidInputError, match=r"backup\.cannot_open"):
        restore(broken, made[1], tmp_path / "again", clock, by="1")


def test_a_full_medium_leaves_no_half_backup(
    data: Path, state: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Where the medium cannot be written, the error says so and no file is left."""
    key = make_recovery_key(state, clock, by="1")
    gone = _folder(tmp_path) / "missing" / "file.age"

    with pytest.raises(UnavailableError, match=r"backup\.not_written"):
        backup(data, state, gone, key.recipient, clock)

    assert list(_folder(tmp_path).iterdir()) == []
    assert latest_evidence(state, "backup.made") is None
    assert not list((data / "run").glob("backup-*"))


def test_a_backup_taken_while_others_write_is_whole(
    data: Path, state: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """A backup taken under writing holds a state that SQLite finds whole."""
    key = make_recovery_key(state, clock, by="1")
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            set_setting(state, f"n{number % 50}", "x" * 1000, by="1", at=clock.now())
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        report = backup(data, state, _folder(tmp_path), key.recipient, clock)
    finally:
        stop.set()
        thread.join()

    restore(report.path, key.identity, tmp_path / "again", clock, by="1")
    again = open_database(f"sqlite:///{tmp_path / 'again' / 'state.db'}")
    with again.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    again.close()


def test_a_configuration_that_points_elsewhere_is_put_aside(
    data: Path, state: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """A restored configuration never leads to the state it was copied from."""
    (data / "sekisho.toml").write_text(
        f'[storage]\nurl = "sqlite:///{data}/state.db"\n', encoding="utf-8"
    )
    key = make_recovery_key(state, clock, by="1")
    file = backup(data, state, _folder(tmp_path), key.recipient, clock).path

    report = restore(file, key.identity, tmp_path / "again", clock, by="1")

    assert report.config_aside == "sekisho.toml.before"
    assert not (tmp_path / "again" / "sekisho.toml").exists()


def test_a_proved_backup_leaves_a_proof_and_nothing_else(
    made: tuple[Path, Secret], state: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Trying the paper key keeps an Evidence for a year and removes what it restored."""
    work = tmp_path / "work"
    work.mkdir()

    prove(*made, state, clock, work)

    proof = latest_evidence(state, "backup.restored")
    assert proof is not None
    assert proof.valid_until is not None
    assert list(work.iterdir()) == []


@pytest.mark.parametrize(
    "slip",
    [lambda key: key[:-1], lambda key: ("Q" if key[0] != "Q" else "P") + key[1:], lambda _: ""],
)
def test_a_slip_in_the_typed_key_is_found(state: Database, clock: FixedClock, slip: object) -> None:
    """A missing or wrong letter in the typed key is found before anything is opened."""
    paper = make_recovery_key(state, clock, by="1").on_paper
    assert callable(slip)

    with pytest.raises(InvalidInputError, match=r"backup\.bad_key"):
        read_identity(slip(paper))


def test_the_key_may_be_typed_small_and_spaced(state: Database, clock: FixedClock) -> None:
    """Small letters, spaces and a missing prefix are no matter."""
    key = make_recovery_key(state, clock, by="1")

    assert read_identity(key.on_paper.lower()) == key.identity
    assert read_identity(key.identity.reveal()) == key.identity


def test_a_second_key_is_made_on_demand_only(state: Database, clock: FixedClock) -> None:
    """A recovery key is never replaced by accident."""
    make_recovery_key(state, clock, by="1")

    with pytest.raises(ConflictError, match=r"backup\.key_exists"):
        make_recovery_key(state, clock, by="1")


def test_names_that_lead_out_are_refused(
    tmp_path: Path, state: Database, clock: FixedClock
) -> None:
    """A backup that names a file outside its folder writes nothing there."""
    import io  # noqa: PLC0415 (this test alone builds a hostile archive)

    import pyrage  # noqa: PLC0415 (same)

    key = make_recovery_key(state, clock, by="1")
    plain = io.BytesIO()
    manifest = b'{"format":"sekisho-backup-1","version":"0","made_at":"2026-01-01T00:00:00.000Z"}'
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name, content in (("manifest.json", manifest), ("../outside", b"x")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    hostile = tmp_path / "hostile.age"
    to = pyrage.x25519.Recipient.from_str(key.recipient)
    hostile.write_bytes(pyrage.encrypt(plain.getvalue(), [to]))

    with pytest.raises(InvalidInputError, match=r"backup\.damaged"):
        restore(hostile, key.identity, tmp_path / "again", clock, by="1")

    assert not (tmp_path / "outside").exists()


def test_the_backup_is_a_plain_tar_inside(made: tuple[Path, Secret], tmp_path: Path) -> None:
    """What the age format protects is a tar that the system's own tar lists."""
    import pyrage  # noqa: PLC0415 (this test alone looks inside)

    plain = tmp_path / "plain.tar"
    key = pyrage.x25519.Identity.from_str(made[1].reveal())
    plain.write_bytes(pyrage.decrypt(made[0].read_bytes(), [key]))

    listed = subprocess.run(["tar", "tf", plain], capture_output=True, text=True, check=True)

    assert listed.stdout.splitlines()[:2] == ["manifest.json", "state.db"]
