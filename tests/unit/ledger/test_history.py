"""Checkpoints of earlier days are kept, proved with everything else, and thinned by a rule."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.ledger.conftest import some

from sekisho.app.backup.trim import trim
from sekisho.ledger import create_key, recorder, verify
from sekisho.ledger.history import (
    history,
    keep_given,
    keep_seen,
    keep_signed,
    kept_as,
    thin,
)
from sekisho.ledger.keys import checkpoint, signer
from sekisho.ledger.note import WITNESS, Signer, body_of, cosigned, generate
from sekisho.storage import open_database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.duty("1-3")

START = dt.date(2026, 11, 1)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days of a log, each day's last kept, one of them given and one cosigned."""
    data = tmp_path_factory.mktemp("history") / "data"
    data.mkdir()
    create_key(data, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    clock = FixedClock(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    secret, witness = generate("witness.example", WITNESS)
    by = Signer(secret, WITNESS)
    with recorder(data, database, clock) as opened:
        for day in range(3):
            for part in range(2):
                opened.append(some(200, day * 400 + part * 200))
                opened.seal()
                keep_signed(data, START + dt.timedelta(days=day))
            now = checkpoint(data)
            assert now is not None
            if day == 0:
                keep_given(data, START, now.text)
            if day == 1:
                at = 1_793_600_000
                line = by.line(cosigned(body_of(now.text), at), at.to_bytes(8, "big"))
                seen = replace(now, text=f"{now.text}{line}\n")
                keep_seen(data, START + dt.timedelta(days=1), witness, seen)
            clock.move(dt.timedelta(days=1))
    database.close()
    (data / "witness.key").write_text(witness, "utf-8")
    return data


@pytest.fixture
def copy(log: Path, tmp_path: Path) -> Path:
    """A copy to be changed."""
    data = tmp_path / "data"
    shutil.copytree(log, data, ignore=shutil.ignore_patterns("run"))
    return data


def test_each_day_keeps_its_last(log: Path) -> None:
    """Of a day with many checkpoints the last stays; what was given or cosigned stands beside, and says by whom."""
    witness = (log / "witness.key").read_text("utf-8")
    assert [(one.day.day, one.why, one.checkpoint and one.checkpoint.size) for one in history(log)] == [
        (3, "signed", 1200), (2, "signed", 800), (2, "seen", 800), (1, "signed", 400), (1, "given", 400),
    ]  # fmt: skip
    (seen,) = [one for one in history(log) if one.seen_by([witness])]
    assert seen.why == "seen"
    assert seen.seen_by([witness])[0][0] == "witness.example"


def test_the_record_continues_every_one(log: Path) -> None:
    """Verification holds against all of them, and against any one that is named by its day."""
    assert verify(log).ok
    for one in history(log):
        assert verify(log, last=str(kept_as(log, one.name))).ok
    assert kept_as(log, "2026-11-02") == log / "ledger" / "history" / "2026-11-02.signed"
    assert kept_as(log, "../key") is None


def _bit(data: Path) -> None:
    path = data / "ledger" / "history" / "2026-11-01.signed"
    content = bytearray(path.read_bytes())
    content[len("hospital.example/sekisho\n")] ^= 1
    path.write_bytes(content)


def _forged(data: Path) -> None:
    """Whoever has the key signs another past."""
    text = signer(data).checkpoint(400, b"\1" * 32).text
    (data / "ledger" / "history" / "2026-11-01.signed").write_text(text, "utf-8")


def _rolled_back(data: Path) -> None:
    """Whoever puts the log back to an older state forgets what was kept since."""
    text = signer(data).checkpoint(4000, b"\1" * 32).text
    (data / "ledger" / "history" / "2026-11-09.signed").write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [(_bit, "history_wrong"), (_forged, "history_differs"), (_rolled_back, "history_ahead")],
)
def test_what_is_forged_is_found(copy: Path, change: Callable[[Path], None], said: str) -> None:
    """A kept checkpoint that was changed, that tells of another past, or of more than there is, is named."""
    change(copy)
    wrong = verify(copy).first_wrong
    assert wrong is not None
    assert (wrong.what, wrong.message) == ("history", f"ledger.verify.{said}")
    assert wrong.file is not None
    assert wrong.file.startswith("ledger/history/2026-11-0")


def test_a_restored_log_keeps_what_it_reaches(copy: Path) -> None:
    """What a backup holds of larger checkpoints than its own is not brought back."""
    trim(copy / "ledger", 800)
    assert [one.day.day for one in history(copy)] == [2, 2, 1, 1]


def test_what_is_old_is_thinned_by_the_month(copy: Path) -> None:
    """After 400 days the last of each month stays, and what was given stays for ever."""
    assert thin(copy, START + dt.timedelta(days=400)) == 0
    assert thin(copy, START + dt.timedelta(days=500)) == 2
    assert [(one.day.day, one.why) for one in history(copy)] == [
        (3, "signed"), (2, "seen"), (1, "given"),
    ]  # fmt: skip
    assert verify(copy).ok
