"""`sekisho ledger verify` and `key`: exit codes and the form that machines read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from sekisho.app.installation import Installation, open_installation
from sekisho.cli.main import main
from sekisho.ledger import create_key, public_key
from sekisho.ledger.tables import RECORD

Run = Callable[..., Result]


@pytest.fixture
def house(prepared: Path, make: Any) -> Installation:
    """An installation with 300 sealed records and 10 more."""
    installation = open_installation(prepared, create=True)
    with installation.recorder() as log:
        log.append(make(300))
        log.seal()
        log.append(make(10, 300))
    return installation


@pytest.fixture
def ledger(data: Path) -> Run:
    """Runs ``sekisho ledger …``."""

    def run(command: str, *words: str | Path) -> Result:
        call = ["ledger", command, "--data", data, *words]
        return CliRunner().invoke(main, [str(word) for word in call])

    return run


def harm(house: Installation) -> None:
    """Change record 305."""
    with house.database.write() as connection:
        connection.execute(sa.update(RECORD).where(RECORD.c.index == 305).values(salt=b"0" * 16))


def test_intact(house: Installation, ledger: Run) -> None:
    """An intact record is exit code 0, and what was not checked is named in words and as ids."""
    for words in ((), ("--json",)):
        assert ledger("verify", *words).exit_code == 0
    found = json.loads(ledger("verify", "--json").stdout)
    assert found.pop("seconds") >= 0
    assert len(found.pop("root")) == 64
    assert found == {
        "ok": True,
        "size": 310,
        "records": 310,
        "first_wrong": None,
        "not_checked": ["ledger.verify.signer_not_checked", "ledger.verify.rollback_not_checked"],
        "witnessed": [],
        "erased": [],
        "stamped": [],
    }
    said = ledger("verify").stdout
    assert "310" in said
    assert said.count("\n  ? ") == 2


def test_key_and_checkpoint_from_paper_or_file(
    house: Installation, ledger: Run, tmp_path: Path
) -> None:
    """Key and kept checkpoint are taken as text or as files; then nothing is left unchecked."""
    key = public_key(house.data)
    kept = (house.data / "ledger" / "checkpoint").read_text("utf-8")
    (tmp_path / "key").write_text(key + "\n", "utf-8")
    (tmp_path / "kept").write_text(kept, "utf-8")
    for given, last in ((key, kept), (tmp_path / "key", tmp_path / "kept")):
        done = ledger("verify", "--json", "--key", given, "--last", last)
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["not_checked"] == []


def test_wrong(house: Installation, ledger: Run) -> None:
    """A changed record is exit code 1; record, file and message are named to people and machines."""
    harm(house)
    done = ledger("verify", "--json")
    found = json.loads(done.stdout)
    assert (done.exit_code, found["ok"]) == (1, False)
    assert found["first_wrong"] == {
        "what": "record",
        "index": 305,
        "file": "state.db",
        "args": {"file": "state.db", "index": 305},
        "message": "ledger.verify.record_changed",
    }
    said = ledger("verify")
    assert said.exit_code == 1
    assert "305" in said.stdout
    assert "state.db" in said.stdout


def test_another_key_and_a_rollback_are_wrong(
    house: Installation, ledger: Run, tmp_path: Path, make: Any
) -> None:
    """Another printed key, and a kept checkpoint that is ahead, are exit code 1."""
    other = create_key(tmp_path, "hospital.example/sekisho")
    done = ledger("verify", "--json", "--key", other)
    assert (done.exit_code, json.loads(done.stdout)["first_wrong"]["what"]) == (1, "key")
    before = (house.data / "ledger" / "checkpoint").read_bytes()
    with house.recorder() as log:
        log.append(make(1, 310))
    kept = (house.data / "ledger" / "checkpoint").read_text("utf-8")
    (house.data / "ledger" / "checkpoint").write_bytes(before)
    done = ledger("verify", "--json", "--last", kept)
    found = json.loads(done.stdout)["first_wrong"]
    assert (done.exit_code, found["message"]) == (1, "ledger.verify.rolled_back")


@pytest.mark.parametrize(
    "words",
    [
        ("--key", "not a key"),
        ("--key", ""),
        ("--key", "a+b+" + "c" * 5_000),
        ("--last", "nowhere.txt"),
        ("--last", ""),
        ("--last", "two\nlines"),
        ("--nonsense",),
    ],
)
def test_a_wrong_call(house: Installation, ledger: Run, words: tuple[str, ...]) -> None:
    """What cannot be used as a key or a kept checkpoint is exit code 2, never "something is wrong"."""
    done = ledger("verify", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr


def test_bytes_that_are_no_text(house: Installation, ledger: Run, tmp_path: Path) -> None:
    """Files of arbitrary bytes given as key or checkpoint are wrong calls, not crashes."""
    (tmp_path / "bytes").write_bytes(bytes(range(256)))
    for option in ("--key", "--last"):
        assert ledger("verify", option, tmp_path / "bytes").exit_code == 2
        assert ledger("verify", option, tmp_path).exit_code == 2


def test_without_an_installation(ledger: Run) -> None:
    """A folder without a ledger is a wrong call."""
    for command in ("verify", "key", "export"):
        assert ledger(command).exit_code == 2


def test_the_key_is_shown(house: Installation, ledger: Run) -> None:
    """`ledger key` shows the public key and the checkpoint, to be kept on paper."""
    kept = (house.data / "ledger" / "checkpoint").read_text("utf-8")
    assert ledger("key").stdout == f"{public_key(house.data)}\n\n{kept}"


@pytest.mark.timeout(600)
def test_exit_codes_of_the_real_program(house: Installation) -> None:
    """The program itself ends with 0, 1 and 2 as promised."""
    codes = []
    for words, before in (((), None), (("--key", "x"), None), ((), harm)):
        if before:
            before(house)
        call = [sys.executable, "-m", "sekisho", "ledger", "verify", "--data", house.data, *words]
        codes.append(subprocess.run(call, capture_output=True, check=False).returncode)
    assert codes == [0, 2, 1]
