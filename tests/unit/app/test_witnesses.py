"""The record and its outside witnesses, as processes on their own loopback addresses."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result as Result_
from tests.peers.witnesses import Witness, new_witness, run, settings
from tests.unit.ledger.conftest import some

from sekisho.app.installation import Installation, open_installation
from sekisho.app.jobs import OUTSIDE, jobs_of, run_job, verify_ledger
from sekisho.app.proofs import latest_evidence
from sekisho.app.serve import Supervisor
from sekisho.app.waiting import outside_findings
from sekisho.app.witnesses import ask_witnesses, witness_findings
from sekisho.cli.main import main
from sekisho.errors import InvalidInputError
from sekisho.ledger import public_key, verify
from sekisho.terms import FixedClock, Gravity, Result
from sekisho.witness import read_witnesses

pytestmark = pytest.mark.timeout(300)
VERIFIER = Path(__file__).resolve().parents[3] / "packaging" / "verifier" / "verify.py"


@pytest.fixture
def house(prepared: Path, clock: FixedClock) -> Iterator[Installation]:
    """An installation with 300 records, at a clock that stands."""
    installation = open_installation(prepared, create=True, clock=clock)
    with installation.recorder() as log:
        log.append(some(300))
    yield installation
    installation.close()


@pytest.fixture
def witnesses(
    house: Installation, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[list[Witness]]:
    """Witnesses (one, unless the test says how many) that run, trust the house and are asked by it."""
    key = public_key(house.data)
    count = getattr(request, "param", 1)
    made = [new_witness(tmp_path / f"w{n}", f"127.0.0.{n}", key) for n in range(2, 2 + count)]
    try:
        for one in made:
            one.spawn()
        for one in made:
            one.await_ready()
        (house.data / "witness.toml").write_text(settings(*made), "utf-8")
        yield made
    finally:
        assert {one.end() for one in made} == {0}


def more(house: Installation, count: int, start: int) -> None:
    """Record some more."""
    with house.recorder() as log:
        log.append(some(count, start))


def verified(house: Installation, *words: str) -> tuple[int, dict[str, object]]:
    """Run ``sekisho ledger verify --json``; exit code and answer."""
    call = ["ledger", "verify", "--data", str(house.data), "--json", *words]
    done = CliRunner().invoke(main, call)
    return done.exit_code, json.loads(done.stdout)


def said(house: Installation) -> list[tuple[str, str, str]]:
    """Return the findings about witnesses: message, gravity, name."""
    return [
        (each.message, each.gravity, str(each.args["witness"])) for each in witness_findings(house)
    ]


@pytest.mark.duty("1-3")
@pytest.mark.parametrize("witnesses", [3], indirect=True)
def test_a_log_rewritten_with_the_stolen_key_is_caught(
    house: Installation, witnesses: list[Witness], tmp_path: Path
) -> None:
    """A log rewritten whole with the operator's own key is caught by every witness, here and there."""
    ask_witnesses(house)
    more(house, 20, 300)
    ask_witnesses(house)
    keys = [word for one in witnesses for word in ("--witness", one.key)]
    code, found = verified(house, *keys)
    assert (code, found["not_checked"]) == (0, ["ledger.verify.signer_not_checked"])
    assert [(each["name"], each["size"]) for each in found["witnessed"]] == [  # type: ignore[attr-defined]
        (f"w{n}.example/w", 320) for n in (2, 3, 4)
    ]
    assert said(house) == []
    last = latest_evidence(house.database, "witness.w2")
    assert last is not None
    assert (last.result, last.args["size"]) == (Result.YES, 300)

    kept = shutil.copytree(house.data / "ledger" / "witness", tmp_path / "kept")
    _rewrite(house)
    alone = verify(house.data, key=public_key(house.data))
    assert alone.ok, "the stolen key makes a log that is right by itself"
    shutil.copytree(kept, house.data / "ledger" / "witness")
    code, found = verified(house, *keys)
    assert (code, found["first_wrong"]["what"], found["first_wrong"]["message"]) == (  # type: ignore[index]
        1,
        "witness",
        "ledger.verify.not_witnessed",
    )

    shutil.rmtree(house.data / "ledger" / "witness")
    assert verified(house, *keys)[0] == 1, "what a witness signed cannot be removed unnoticed"
    ask_witnesses(house)
    assert said(house) == [("witness.forked", Gravity.URGENT, f"w{n}") for n in (2, 3, 4)]
    for one in witnesses:
        (log,) = [
            json.loads(line) for line in run("show", "--data", one.folder, "--json").splitlines()
        ]
        assert (log["size"], log["refused"]) == (320, 1)
        kept_there = tmp_path / "there"
        kept_there.write_text(log["checkpoint"], "utf-8")
        assert verified(house, "--last", str(kept_there))[0] == 1


def _rewrite(house: Installation) -> None:
    """Make the whole log anew under its own key, without record 7, and longer than before."""
    for name in ("tile", "sealed", "witness", "history"):
        shutil.rmtree(house.data / "ledger" / name, ignore_errors=True)
    (house.data / "ledger" / "checkpoint").unlink()
    with house.database.write() as connection:
        for table in ("ledger_record", "ledger_key", "ledger_segment"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    with house.recorder() as log:
        log.append([*some(7), *some(340, 8)])


def test_a_rollback_is_found(house: Installation, witnesses: list[Witness], tmp_path: Path) -> None:
    """The whole directory put back to an older state is found by a witness, which remembers more."""
    ask_witnesses(house)
    house.close()
    old = shutil.copytree(house.data, tmp_path / "old")
    here = open_installation(house.data, clock=house.clock)
    more(here, 50, 300)
    ask_witnesses(here)
    here.close()
    shutil.rmtree(house.data)
    shutil.copytree(old, house.data)

    back = open_installation(house.data, clock=house.clock)
    assert verified(back, "--witness", witnesses[0].key)[0] == 0, "everything went back together"
    ask_witnesses(back)
    assert {message for message, _, _ in said(back)} == {"witness.ahead"}
    more(back, 60, 400)
    ask_witnesses(back)
    assert {message for message, _, _ in said(back)} == {"witness.forked"}
    back.close()


@pytest.mark.parametrize("witnesses", [2], indirect=True)
def test_silence_is_a_finding_and_stops_nothing(
    house: Installation, witnesses: list[Witness], clock: FixedClock
) -> None:
    """Witnesses that ended, or never knew the log, stop no record; after a day it is a finding."""
    ask_witnesses(house)
    witnesses[0].end(signal.SIGKILL)
    more(house, 5, 300)
    ask_witnesses(house)
    silent = latest_evidence(house.database, "witness.w2")
    assert silent is not None
    assert (silent.result, silent.message) == (Result.NOT_CHECKED, "witness.no_answer")
    assert house.reader().size() == 305
    assert said(house) == []
    shutil.rmtree(witnesses[1].folder / "logs")
    # What the witness signed, by the clock of this machine, is now long ago.
    clock.move(dt.timedelta(days=400))
    ask_witnesses(house)
    assert said(house) == [
        ("witness.silent", Gravity.TODAY, "w2"),
        ("witness.not_trusted", Gravity.TODAY, "w3"),
    ]
    witnesses[0].start()
    ask_witnesses(house)
    assert [name for _, _, name in said(house)] == ["w3"]


def test_proofs_carry_the_witnesses(
    house: Installation, witnesses: list[Witness], tmp_path: Path
) -> None:
    """An export with proofs asks the witnesses first, and the outsider's verifier sees them."""
    out = tmp_path / "log.jsonl.gz"
    call = ["ledger", "export", "--data", str(house.data), "--with-proof", "--out", str(out)]
    exported = CliRunner().invoke(main, call)
    assert exported.exit_code == 0
    assert "1 者のうち 1 者" in exported.output
    ask = [sys.executable, "-I", str(VERIFIER), str(out), public_key(house.data), "--whole"]
    for one in witnesses:
        ask += ["--witness", one.key]
    done = subprocess.run(ask, capture_output=True, text=True, check=False)
    assert (done.returncode, "[witnesses]" in done.stdout) == (0, False), done
    other = new_witness(tmp_path / "w9", "127.0.0.9")
    done = subprocess.run(
        [*ask, "--witness", other.key], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "[witness]" in done.stdout) == (1, True)


def test_the_daily_verification_asks_for_them(
    house: Installation, witnesses: list[Witness]
) -> None:
    """The job that verifies compares what witnesses cosigned; their job runs only where they are named."""
    assert "witness" in {job.name for job in jobs_of(house)}
    ask_witnesses(house)
    verify_ledger(house)
    good = latest_evidence(house.database, "ledger.verified")
    assert good is not None
    assert good.result is Result.YES
    path = next((house.data / "ledger" / "witness").iterdir())
    path.write_text(path.read_text("utf-8").replace("\n300\n", "\n299\n"), "utf-8")
    verify_ledger(house)
    bad = latest_evidence(house.database, "ledger.verified")
    assert bad is not None
    assert bad.result is Result.NO
    (house.data / "witness.toml").unlink()
    assert "witness" not in {job.name for job in jobs_of(house)}
    assert ask_witnesses(house) is None


def test_requests_are_carried_where_there_is_no_network(
    house: Installation, tmp_path: Path
) -> None:
    """Request and answer go by files on a medium; what does not fit is said, and a fork is kept."""
    far = new_witness(tmp_path / "w5", "127.0.0.5", public_key(house.data))
    (house.data / "witness.toml").write_text(f'[witness.ken]\nkey = "{far.key}"\n', "utf-8")
    assert ask_witnesses(house) is None
    assert said(house) == [("witness.not_carried", Gravity.WEEK, "ken")]

    def call(*words: str | Path) -> Result_:
        return CliRunner().invoke(main, [str(word) for word in words])

    def carried(number: int, *more: str) -> Result_:
        asked, answer = tmp_path / f"q{number}", tmp_path / f"a{number}"
        done = call("ledger", "ask", "ken", "--data", house.data, "--out", asked, *more)
        assert done.exit_code == 0, done.output
        return call("witness", "sign", asked, "--data", far.folder, "--out", answer)

    assert carried(1).exit_code == 0
    taken = call("ledger", "cosigned", tmp_path / "a1", "--data", house.data)
    assert (taken.exit_code, "300" in taken.output) == (0, True), taken.output
    assert verified(house, "--witness", far.key)[0] == 0
    more(house, 20, 300)
    assert carried(2).exit_code == 0
    # The answer was lost on the way: the witness knows more than this house.
    more(house, 5, 320)
    behind = carried(3)
    assert (behind.exit_code, "--old 320" in behind.stderr) == (2, True)
    assert carried(4, "--old", "320").exit_code == 0
    assert call("ledger", "cosigned", tmp_path / "a4", "--data", house.data).exit_code == 0
    assert call("ledger", "cosigned", tmp_path / "q4", "--data", house.data).exit_code == 2
    assert (
        call("ledger", "ask", "who", "--data", house.data, "--out", tmp_path / "x").exit_code == 2
    )
    lost = call("witness", "sign", tmp_path / "no", "--data", far.folder, "--out", tmp_path / "x")
    assert lost.exit_code == 2
    _rewrite(house)
    forked = carried(5, "--old", "325")
    assert (forked.exit_code, "作り直された" in forked.stderr) == (2, True)
    assert len(list(far.folder.glob("logs/*/refused/*"))) == 1


def test_a_mistake_is_a_finding_and_stops_nothing(house: Installation) -> None:
    """A mistake made while everything runs is found; the record is verified and findings go on."""
    (house.data / "witness.toml").write_text("\n[witness.a]\nurl = 3\n", "utf-8")
    verify_ledger(house)
    good = latest_evidence(house.database, "ledger.verified")
    assert good is not None
    assert good.result is Result.YES
    (found,) = outside_findings(house)
    assert (found.message, found.args) == ("witness.not_asked", {"line": "2"})
    assert {job.name for job in jobs_of(house)} >= {"witness", "findings"}
    asked = run_job(house, OUTSIDE["witness"])
    assert (asked.result, asked.message) == (Result.NOT_CHECKED, "app.config.wrong")
    with pytest.raises(InvalidInputError, match=r"app\.config\.wrong"):
        Supervisor(house.data, None)


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("[witness.a]\nurl = 'http://x'\n", "a", 1),
        ("[witness.a]\nkey = 'k'\nother = 1\n", "a", 1),
        ("[witness.a]\nurl = 'ftp://x'\nkey = 'k'\n", "url", 2),
        ("[witness.a]\nurl = 'http://x'\nkey = 'k'\n", "key", 3),
        ("\n[witness.'A b']\nurl = 'http://x'\nkey = 'k'\n", "A b", 2),
        ("[other]\n", "other", 1),
        ("witness = 3\n", "witness", 1),
        ("[witness.a]\nurl = 3\nkey = 'k'\n", "a", 1),
    ],
)
def test_a_mistake_names_its_line(data: Path, text: str, key: str, line: int) -> None:
    """A mistake in witness.toml names its key and its line."""
    (data / "witness.toml").write_text(text, "utf-8")
    with pytest.raises(InvalidInputError, match=r"app\.config\.wrong") as raised:
        read_witnesses(data)
    assert (raised.value.args_["key"], raised.value.args_["line"]) == (key, line)
