"""A new signing key: announced by a record and by both keys; the old paper leads to the new."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.ledger.conftest import Make

from sekisho.errors import InvalidInputError, RefusedError
from sekisho.ledger import (
    Checkpoint,
    Reader,
    create_key,
    keep_cosigned,
    public_key,
    read_cosigned,
    recorder,
    rotation,
    verify,
)
from sekisho.ledger.accept import accepted
from sekisho.ledger.append import Ledger
from sekisho.ledger.keys import family
from sekisho.ledger.note import WITNESS, Signer, cosigned, generate
from sekisho.ledger.record import canonical
from sekisho.storage import Database, open_database, write_durably
from sekisho.terms import FixedClock, Secret

pytestmark = [pytest.mark.store, pytest.mark.duty("1-3")]


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def _names(data: Path, database: Database, key: str | None, last: str | None = None) -> list[str]:
    """Return what verification calls wrong, else what it did not check."""
    verdict = verify(data, key=key, last=last, url=_url(database))
    wrong = verdict.first_wrong
    found = [name for name, _ in verdict.not_checked] if wrong is None else [wrong.message]
    return [name.removeprefix("ledger.verify.") for name in found]


def test_both_papers_verify(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """After two changes each key that was printed verifies the record, and so does a checkpoint kept before."""
    with recorder(data, database, clock) as opened:
        opened.append(make(300))
        last = Reader(data, database).checkpoint()
        second = opened.rotate("A", "B")
        opened.append(make(300, 300))
        opened.seal()
        third = opened.rotate("B", "A")
        opened.append(make(10, 600))
    assert public_key(data) == third
    assert len({key, second, third}) == 3
    assert {each.split("+")[0] for each in (key, second, third)} == {"hospital.example/sekisho"}
    for held in (key, second, third):
        assert _names(data, database, held, last) == []
    told = Reader(data, database).record(300)
    assert (told["object"], told["user_id"]) == (f"key/{key} {second}", "A")
    assert '"with":"B"' in told["reason"]
    assert Reader(data, database).proof(0).checkpoint.size == 612


def test_two_people(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """One person alone does not change the key, and nobody announces one from outside."""
    with recorder(data, database, clock) as opened:
        with pytest.raises(RefusedError, match=r"ledger\.rotation\.two"):
            opened.rotate("A", "A")
        assert isinstance(opened, Ledger)
        said = rotation.announcement(key, key, clock, by="A", second="B")
        with pytest.raises(InvalidInputError, match=r"ledger\.reserved"):
            opened.append_lines([accepted(canonical(said))])
    assert public_key(data) == key


def test_an_unannounced_key_is_found(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make, tmp_path: Path
) -> None:
    """A rewrite under a key that the old one did not sign for is found by the old paper and the new."""
    with recorder(data, database, clock) as opened:
        opened.append(make(100))
        second = opened.rotate("A", "B")
    other = tmp_path / "other"
    other.mkdir()
    forged = create_key(other, "hospital.example/sekisho")
    made = open_database(f"sqlite:///{other / 'state.db'}")
    with recorder(other, made, clock) as opened:
        opened.append(make(99))
        assert isinstance(opened, Ledger)
        said = rotation.announcement(key, forged, clock, by="A", second="B")
        opened._append([accepted(canonical(said))])
    for held in (key, second):
        assert _names(other, made, held) == ["key_replaced"]
    shutil.copytree(data / "ledger" / "rotated", other / "ledger" / "rotated")
    for held in (key, second):
        assert _names(other, made, held) == ["key_replaced"]
    (note,) = (other / "ledger" / "rotated").iterdir()
    note.write_text(note.read_text("utf-8").replace(second, forged), "utf-8")
    assert _names(other, made, key) == ["rotation_unreadable"]
    made.close()


def test_a_rewrite_with_the_old_key_is_found(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make, tmp_path: Path
) -> None:
    """Who holds the old key after the change cannot go on signing: the note says where it ended."""
    with recorder(data, database, clock) as opened:
        opened.append(make(100))
        old = (data / "ledger" / "key").read_bytes()
        second = opened.rotate("A", "B")
        opened.append(make(10, 100))
    checkpoint = data / "ledger" / "checkpoint"
    kept = checkpoint.read_text("utf-8")
    signer = Signer(_secret(old))
    checkpoint.write_text(signer.checkpoint(111, Reader(data, database).signed().root).text)
    for held in (key, second):
        assert _names(data, database, held) == ["other_signer"]
    checkpoint.write_text(kept)
    (note,) = (data / "ledger" / "rotated").iterdir()
    text = note.read_text("utf-8")
    note.unlink()
    assert _names(data, database, key) == ["key_replaced"]
    assert _names(data, database, second) == ["rollback_not_checked"]
    note.write_text(text.replace("\n101\n", "\n100\n"))
    assert _names(data, database, key) == ["rotation_unreadable"]


def _secret(raw: bytes) -> Secret:
    return Secret(raw.decode())


class _Killed(BaseException):
    """The machine stops here."""


@pytest.mark.parametrize("step", range(8))
def test_what_is_interrupted_is_ended(
    data: Path,
    database: Database,
    clock: FixedClock,
    key: str,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    step: int,
) -> None:
    """Stopped before any file is written, the record verifies by the old paper, and the next start ends the change or drops it."""
    with recorder(data, database, clock) as opened:
        opened.append(make(100))
    left = [step]

    def stopping(real: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            if left[0] == 0:
                raise _Killed
            left[0] -= 1
            return real(*given, **named)

        return call

    with recorder(data, database, clock) as opened:
        assert isinstance(opened, Ledger)
        monkeypatch.setattr(rotation, "write_durably", stopping(write_durably))
        monkeypatch.setattr(rotation, "drop", stopping(rotation.drop))
        monkeypatch.setattr(Ledger, "_append", stopping(Ledger._append))
        monkeypatch.setattr(Ledger, "_publish", stopping(Ledger._publish))
        monkeypatch.setattr(Ledger, "_sign", stopping(Ledger._sign))
        with pytest.raises(_Killed):
            opened.rotate("A", "B")
        left[0] = -1  # what ends the block may publish
        monkeypatch.undo()
        opened._signer = Signer(_secret(generate("hospital.example/x")[0].reveal().encode()))
        monkeypatch.setattr(Ledger, "_publish", lambda _: None)
    monkeypatch.undo()
    verdict = verify(data, key=key, url=_url(database))
    assert verdict.ok, verdict.first_wrong
    with recorder(data, database, clock) as opened:
        opened.append(make(10, 100))
    announced = verify(data, key=key, url=_url(database)).size == 111
    assert (public_key(data) != key) == announced
    assert announced == (step > 1)
    assert not (data / "ledger" / "key.next").exists()
    assert _names(data, database, key) == ["rollback_not_checked"]
    assert _names(data, database, public_key(data)) == ["rollback_not_checked"]


def test_what_a_witness_cosigned_before_goes_on_to_count(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """A cosignature over a checkpoint of the old key is read and verified after the change."""
    secret, witness = generate("witness.example/w1", WITNESS)
    signer = Signer(secret, WITNESS)
    with recorder(data, database, clock) as opened:
        opened.append(make(20))
        text = Reader(data, database).checkpoint()
        at = int(clock.now().timestamp())
        body = text.partition("\n\n")[0] + "\n"
        line = signer.line(cosigned(body, at), before=at.to_bytes(8, "big"))
        keep_cosigned(data, witness, read_cosigned(f"{text}{line}\n", key, witness))
        opened.rotate("A", "B")
        opened.append(make(20, 20))
    verdict = verify(data, key=key, witnesses=[witness], url=_url(database))
    assert verdict.ok, verdict.first_wrong
    assert verdict.witnessed[0][:2] == ("witness.example/w1", 20)
    assert len(family(data)) == 2


def test_records_are_taken_meanwhile(
    data: Path, database: Database, clock: FixedClock, key: str, make: Make
) -> None:
    """A recorder that goes on after the change signs with the new key alone."""
    with recorder(data, database, clock) as opened:
        opened.append(make(5))
        new = opened.rotate("A", "B")
        opened.append(make(5, 5))
    signed = Reader(data, database).signed()
    assert isinstance(signed, Checkpoint)
    assert signed.text.count("— ") == 1
    assert public_key(data) == new
