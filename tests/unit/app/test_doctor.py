"""The doctor sees what is wrong, says what it could not check, and makes nothing."""

from __future__ import annotations

import datetime as dt
import re
import socket
from pathlib import Path

import pytest

from sekisho.app import doctor
from sekisho.app.doctor import machine, state
from sekisho.app.doctor.patient import Patient
from sekisho.app.proofs import keep_evidence
from sekisho.app.settings import set_setting
from sekisho.app.tables import SETTING
from sekisho.gate.config import read_gate
from sekisho.gate.credentials import KEY_FILE, Kind, field_of, set_credential
from sekisho.pages.words import LANGUAGES, catalogue, say
from sekisho.storage import Database, open_database
from sekisho.terms import Evidence, FixedClock, Result, Secret

_GATE = """[route.fhir]
origin = "http://fhir.localhost:8701"
upstream = "http://127.0.0.1:9000"
adapter = "fhir"
"""
_PAGE = 4096
_SOURCES = Path(doctor.__file__).parent
_SAID = re.compile(r"patient\.(yes|no|unknown)\(\s*\"(\w+)\"(?:,\s*\"(\w+)\")?")


def _examine(data: Path, clock: FixedClock) -> dict[str, Evidence]:
    return {one.subject.removeprefix("doctor."): one for one in doctor.examine(data, clock)}


def _installed(data: Path) -> Database:
    for folder in ("ledger", "run"):
        (data / folder).mkdir(mode=0o700)
    (data / "ledger" / "key").write_text("secret", encoding="utf-8")
    (data / "ledger" / "key").chmod(0o600)
    return open_database(f"sqlite:///{data / 'state.db'}")


def _proof(subject: str, at: dt.datetime, result: Result = Result.YES) -> Evidence:
    return Evidence(
        subject=subject,
        checked_at=at,
        by="test",
        result=result,
        message="doctor.config.yes",
        valid_until=at + dt.timedelta(days=2),
    )


def test_an_absent_directory_is_named_and_not_made(tmp_path: Path, clock: FixedClock) -> None:
    """A data directory that is not there is said to be absent, and is still absent after."""
    seen = _examine(tmp_path / "nothing", clock)

    assert seen["folder"].message == "doctor.folder.absent"
    assert seen["answers"].result is Result.NOT_CHECKED
    assert not (tmp_path / "nothing").exists()


def test_a_fresh_directory_gets_no_file_by_being_examined(data: Path, clock: FixedClock) -> None:
    """Examining an empty directory leaves it empty."""
    doctor.examine(data, clock)

    assert list(data.iterdir()) == []


def test_every_check_speaks_exactly_once(data: Path, clock: FixedClock) -> None:
    """Each check gives one Evidence, each under a subject of its own."""
    seen = doctor.examine(data, clock)

    assert len(seen) == len(doctor.CHECKS) + 1
    assert len({one.subject for one in seen}) == len(seen)


def test_a_sound_installation_is_said_to_be_sound(data: Path, clock: FixedClock) -> None:
    """Folder, key, state and proofs that are as they should be give yes."""
    database = _installed(data)
    now = clock.now()
    for subject in ("ledger.verified", "backup.made", "backup.restored"):
        keep_evidence(database, _proof(subject, now))
    set_setting(database, "backup.recipient", "age1", by="1", at=now)
    database.close()

    seen = _examine(data, clock)

    for name in ("config", "folder", "key", "answers", "whole", "verified", "backup"):
        assert seen[name].result is Result.YES, seen[name]
    assert seen["recovery_key"].result is Result.YES


def test_open_folder_and_key_are_seen(data: Path, clock: FixedClock) -> None:
    """A folder or key that others can read is a no with its mode."""
    _installed(data).close()
    data.chmod(0o755)
    (data / "ledger" / "key").chmod(0o644)

    seen = _examine(data, clock)

    assert (seen["folder"].result, seen["folder"].args["mode"]) == (Result.NO, "0755")
    assert (seen["key"].result, seen["key"].args["mode"]) == (Result.NO, "0644")


def test_a_wrong_configuration_is_shown_with_its_line(data: Path, clock: FixedClock) -> None:
    """A mistake in sekisho.toml carries its line; what depends on it is not checked."""
    (data / "sekisho.toml").write_text('[console]\nport = "many"\n', encoding="utf-8")

    seen = _examine(data, clock)

    assert seen["config"].result is Result.NO
    assert seen["config"].args["line"] == 2
    assert seen["answers"].message == "doctor.answers.config"
    assert seen["certificate"].result is Result.NOT_CHECKED


def _damaged(data: Path, clock: FixedClock, page: int, content: bytes) -> dict[str, Evidence]:
    """Examine an installation whose state has `content` where its `page` was (negative: from the end)."""
    database = _installed(data)
    with database.write() as connection:
        rows = [{"name": f"name{number}", "value": "x" * 500} for number in range(300)]
        connection.execute(SETTING.insert().values(by="1", at=clock.now()), rows)
    keep_evidence(database, _proof("ledger.verified", clock.now()))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    path = data / "state.db"
    raw = bytearray(path.read_bytes())
    start = page % (len(raw) // _PAGE) * _PAGE
    raw[start : start + len(content)] = content
    path.write_bytes(raw)
    return _examine(data, clock)


@pytest.mark.parametrize("page", [0, 1, 2, 5, 17, 40, 80, -20, -3, -1])
def test_a_damaged_state_is_seen(data: Path, clock: FixedClock, page: int) -> None:
    """A state.db with an overwritten page is a no, whichever page it was, and never a crash."""
    seen = _damaged(data, clock, page, b"\xff" * _PAGE)

    assert seen["whole"].result is Result.NO
    assert seen["answers"].result is Result.NO
    assert seen["verified"].result is Result.NOT_CHECKED


@pytest.mark.parametrize("content", [b"\0" * 100, b"\0" * _PAGE, b"SQLite format 4\0"])
def test_a_state_whose_head_is_damaged_is_seen(
    data: Path, clock: FixedClock, content: bytes
) -> None:
    """A state.db whose first bytes are wrong is a no: the file is there, and it is not whole."""
    assert _damaged(data, clock, 0, content)["whole"].result is Result.NO


def test_a_state_that_was_cut_is_seen(data: Path, clock: FixedClock) -> None:
    """A state.db of which the second half is missing is a no."""
    _installed(data).close()
    path = data / "state.db"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    assert _examine(data, clock)["whole"].result is Result.NO


def test_rows_that_cannot_be_read_are_seen(data: Path, clock: FixedClock) -> None:
    """A row whose text was overwritten, in a page that hangs together, is a no that names its table."""
    database = _installed(data)
    keep_evidence(database, _proof("ledger.verified", clock.now()))
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE app_evidence SET args = CAST(x'7bff' AS TEXT)")
    database.close()

    seen = _examine(data, clock)

    assert seen["whole"].result is Result.NO
    assert seen["whole"].args["said"] == "app_evidence"


def test_a_file_that_is_no_database_is_seen(data: Path, clock: FixedClock) -> None:
    """A state.db that is no database is neither answering nor whole, and no crash."""
    (data / "state.db").write_bytes(b"not a database " * 400)

    seen = _examine(data, clock)

    assert seen["answers"].result is Result.NO
    assert seen["whole"].result is Result.NO


def test_the_recorder_is_asked_at_its_socket(
    data: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No socket is "not checked", a dead one is no, one that answers is yes."""
    _installed(data).close()
    monkeypatch.chdir(data / "run")

    before = _examine(data, clock)["recorder"]
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("recorder.sock")
        dead = _examine(data, clock)["recorder"]
        one.listen()
        alive = _examine(data, clock)["recorder"]

    assert (before.result, dead.result, alive.result) == (
        Result.NOT_CHECKED,
        Result.NO,
        Result.YES,
    )


def test_an_old_verification_falls_back_to_not_checked(data: Path, clock: FixedClock) -> None:
    """A proof that is too old says how old it is and stands no more."""
    database = _installed(data)
    keep_evidence(database, _proof("ledger.verified", clock.now()))
    keep_evidence(database, _proof("backup.made", clock.now()))
    database.close()
    clock.move(dt.timedelta(days=9))

    seen = _examine(data, clock)

    assert seen["verified"].message == "doctor.verified.old"
    assert seen["verified"].args["days"] == 9
    assert seen["backup"].message == "doctor.backup.old"


def test_a_failed_verification_is_never_hidden_by_age(data: Path, clock: FixedClock) -> None:
    """A verification that found something stays a no, however old."""
    database = _installed(data)
    keep_evidence(database, _proof("ledger.verified", clock.now(), Result.NO))
    database.close()
    clock.move(dt.timedelta(days=30))

    assert _examine(data, clock)["verified"].result is Result.NO


def test_what_stops_the_gate_is_said_with_its_line(data: Path, clock: FixedClock) -> None:
    """No gate is sound; a mistake in gate.toml, or a credential without its key, is a no that says where."""
    database = _installed(data)
    assert _examine(data, clock)["gate"].message == "doctor.gate.none"
    (data / "gate.toml").write_text(_GATE, encoding="utf-8")
    assert _examine(data, clock)["gate"].args == {"count": 1}

    config = read_gate(data)
    assert config is not None
    field = field_of(Kind.BEARER, Secret("simulated"), None)
    set_credential(data, database, clock, config.routes[0], Kind.BEARER, field, by="1")
    (data / KEY_FILE).unlink()
    seen = _examine(data, clock)["gate"]
    assert (seen.result, seen.message) == (Result.NO, "gate.credential.no_key")
    database.close()

    (data / "gate.toml").write_text(_GATE + "caps = 1\n", encoding="utf-8")
    seen = _examine(data, clock)["gate"]
    assert (seen.result, seen.args["line"]) == (Result.NO, 5)


def test_every_answer_has_its_words() -> None:
    """Each answer the checks can give has a sentence, and what to do unless it is yes."""
    given = {
        (kind, f"doctor.{subject}.{why or kind}")
        for path in _SOURCES.glob("*.py")
        for kind, subject, why in _SAID.findall(path.read_text(encoding="utf-8"))
    }
    assert len(given) > 30
    for language in LANGUAGES:
        words = catalogue(language)
        assert {message for _, message in given if message not in words} == set()
        assert {m for kind, m in given if kind != "yes" and f"{m}.do" not in words} == set()


def test_what_is_said_names_its_values(data: Path, clock: FixedClock) -> None:
    """No sentence about a real installation is left with an unfilled place."""
    _installed(data).close()

    for one in doctor.examine(data, clock):
        for language in LANGUAGES:
            for message in (one.message, f"{one.message}.do"):
                assert "%(" not in say(language, message, **one.args)


def test_the_machine_is_looked_at_for_real(data: Path, clock: FixedClock) -> None:
    """Disk and clock answer from the kernel: a size in GiB, a state of the clock."""
    patient = Patient(data=data, now=clock.now(), config=None, database=None, no_database="absent")

    assert float(str(machine.disk(patient).args["gib"])) > 0
    assert machine.clock(patient).result in set(Result)
    assert state.owner(patient).result in {Result.YES, Result.NO}


def test_what_stops_the_ways_in_is_said_with_its_line(data: Path, clock: FixedClock) -> None:
    """No way in is sound; a mistake in collect.toml, or a certificate that is none, is a no that says where."""
    _installed(data).close()
    assert _examine(data, clock)["collect"].message == "doctor.collect.none"
    (data / "collect.toml").write_text('[tail.auth]\npath = "/var/log/auth.log"\n', "utf-8")
    assert _examine(data, clock)["collect"].args == {"count": 1}
    for name in ("c", "k", "a"):
        (data / name).write_text("no certificate", encoding="utf-8")
    (data / "collect.toml").write_text(
        '[syslog.pacs]\ncertificate = "c"\nprivate_key = "k"\nauthority = "a"\n', "utf-8"
    )
    seen = _examine(data, clock)["collect"]
    assert (seen.result, seen.message) == (Result.NO, "collect.config.bad_tls")
    (data / "collect.toml").write_text(
        '[syslog.pacs]\ntransport = "tcp"\nhost = "0.0.0.0"\n', "utf-8"
    )
    seen = _examine(data, clock)["collect"]
    assert (seen.message, seen.args["line"]) == ("app.config.wrong", 2)
