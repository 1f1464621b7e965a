"""Time stamps of the record by `openssl ts`, kept, verified, and found where they are missing."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.peers.stamper import Authority, make, openssl, running
from tests.unit.ledger.conftest import some

from sekisho.app.backup.trim import trim
from sekisho.app.installation import Installation, open_installation
from sekisho.app.jobs import OUTSIDE, jobs_of, run_job, verify_ledger
from sekisho.app.proofs import latest_evidence
from sekisho.app.witnesses import stamp_record, witness_findings
from sekisho.cli.main import main
from sekisho.errors import InvalidInputError, UnavailableError
from sekisho.ledger import verify
from sekisho.terms import FixedClock, Result
from sekisho.witness import read_witnesses


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """An authority that answers."""
    with running(make(tmp_path_factory.mktemp("tsa") / "tsa")) as made:
        yield made


@pytest.fixture
def house(prepared: Path, clock: FixedClock, authority: Authority) -> Iterator[Installation]:
    """An installation with 300 records that has itself stamped."""
    authority.status, authority.harm = 200, False
    installation = open_installation(prepared, create=True, clock=clock)
    with installation.recorder() as log:
        log.append(some(300))
    shutil.copy(authority.ca, prepared / "tsa.pem")
    text = f'[timestamp]\nurl = "{authority.url}"\nca = "tsa.pem"\n'
    (prepared / "witness.toml").write_text(text, "utf-8")
    yield installation
    installation.close()


def verified(house: Installation, *words: str | Path) -> tuple[int, dict[str, object]]:
    """Run ``sekisho ledger verify --json``; exit code and answer."""
    call = ["ledger", "verify", "--data", house.data, "--json", *words]
    done = CliRunner().invoke(main, [str(word) for word in call])
    return done.exit_code, json.loads(done.stdout)


@pytest.mark.duty("1-3")
def test_a_day_is_stamped_and_openssl_agrees(house: Installation, authority: Authority) -> None:
    """Each day's checkpoint is stamped; verification and OpenSSL alone both say so."""
    stamp_record(house)
    with house.recorder() as log:
        log.append(some(20, 300))
    house.clock.move(dt.timedelta(days=1))  # type: ignore[attr-defined]
    stamp_record(house)
    folder = house.data / "ledger" / "timestamp"
    names = sorted(path.name for path in folder.iterdir())
    days = ("2026-11-01", "2026-11-02")
    assert names == [f"{day}.{kind}" for day in days for kind in ("checkpoint", "tsr")]
    for day in days:
        said = openssl(
            folder, "ts", "-verify", "-data", f"{day}.checkpoint", "-in", f"{day}.tsr",
            "-CAfile", authority.ca,
        )  # fmt: skip
        assert "Verification: OK" in said
    code, found = verified(house, "--tsa-ca", authority.ca)
    assert code == 0, found
    stamped = found["stamped"]
    assert isinstance(stamped, list)
    assert [each["size"] for each in stamped] == [300, 320]
    assert "ledger.verify.stamps_not_checked" not in str(found["not_checked"])
    assert "ledger.verify.stamps_not_checked" in str(verified(house)[1]["not_checked"])


def test_each_harm_to_a_stamp_is_named(
    house: Installation, authority: Authority, tmp_path: Path
) -> None:
    """A stamp that was changed, lost its checkpoint, is another authority's or another log's is wrong."""
    stamp_record(house)
    folder = house.data / "ledger" / "timestamp"
    note, stamp = folder / "2026-11-01.checkpoint", folder / "2026-11-01.tsr"
    text, reply = note.read_bytes(), stamp.read_bytes()
    turned = bytearray(reply)
    turned[-9] ^= 1

    def wrong(ca: Path = authority.ca) -> tuple[str, str]:
        found = verify(house.data, authority=ca).first_wrong
        assert found is not None
        return found.message.removeprefix("ledger.verify."), str(found.file)

    stamp.write_bytes(turned)
    assert wrong() == ("stamp_wrong", "ledger/timestamp/2026-11-01.tsr")
    stamp.write_bytes(b"")
    assert wrong() == ("stamp_wrong", "ledger/timestamp/2026-11-01.tsr")
    stamp.write_bytes(reply)
    note.write_bytes(text.replace(b"\n300\n", b"\n299\n"))
    assert wrong() == ("stamp_wrong", "ledger/timestamp/2026-11-01.tsr")
    note.unlink()
    assert wrong() == ("stamp_missing", "ledger/timestamp/2026-11-01.tsr")
    note.write_bytes(text)
    other = make(tmp_path / "other")
    assert wrong(other.ca) == ("stamp_wrong", "ledger/timestamp/2026-11-01.tsr")
    assert verify(house.data, authority=authority.ca).ok
    for path in (tmp_path / "nowhere.pem", house.data / "witness.toml"):
        with pytest.raises(InvalidInputError, match=r"ledger\.verify\.no_authority"):
            verify(house.data, authority=path)


def test_a_log_made_anew_contradicts_its_stamps(house: Installation, authority: Authority) -> None:
    """A log rewritten with its own key does not continue what the authority stamped before."""
    stamp_record(house)
    shutil.rmtree(house.data / "ledger" / "tile")
    (house.data / "ledger" / "checkpoint").unlink()
    with house.database.write() as connection:
        for table in ("ledger_record", "ledger_key", "ledger_segment"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    with house.recorder() as log:
        log.append(some(310, 5))
    assert verify(house.data).ok
    found = verify(house.data, authority=authority.ca).first_wrong
    assert found is not None
    assert (found.what, found.message) == ("timestamp", "ledger.verify.not_stamped")
    verify_ledger(house)
    daily = latest_evidence(house.database, "ledger.verified")
    assert daily is not None
    assert daily.result is Result.NO


def test_an_authority_whose_chain_is_out_of_order(house: Installation, tmp_path: Path) -> None:
    """An answer that is not DER to the letter is refused; with the authority's certificate it is had."""
    ca = house.data / "tsa.pem"
    with running(make(tmp_path / "chain", chain=True)) as other:
        (house.data / "witness.toml").write_text(
            f'[timestamp]\nurl = "{other.url}"\nca = "tsa.pem"\n', "utf-8"
        )
        shutil.copy(other.ca, ca)
        with pytest.raises(UnavailableError, match="InvalidSetOrdering"):
            stamp_record(house)
        ca.write_bytes(other.ca.read_bytes() + (other.folder / "tsa.pem").read_bytes())
        stamp_record(house)
    assert verify(house.data, authority=ca).ok
    found = verify(house.data, authority=other.ca).first_wrong
    assert found is not None
    assert found.message == "ledger.verify.stamp_wrong"


def test_an_authority_that_fails_is_a_finding(house: Installation, authority: Authority) -> None:
    """An authority that is down or answers wrongly leaves no stamp, stops nothing and is a finding."""
    assert "timestamp" in {job.name for job in jobs_of(house)}
    assert "witness" not in {job.name for job in jobs_of(house)}
    for status, harm, message in ((503, False, "stamp_wrong"), (200, True, "stamp_wrong")):
        authority.status, authority.harm = status, harm
        with pytest.raises(UnavailableError, match=rf"witness\.{message}"):
            stamp_record(house)
    run_job(house, OUTSIDE["timestamp"])
    assert [each.message for each in witness_findings(house)] == ["witness.not_stamped"]
    assert not (house.data / "ledger" / "timestamp").exists()
    with house.recorder() as log:
        assert log.append(some(1, 300)) == [300]
    authority.status, authority.harm = 200, False
    run_job(house, OUTSIDE["timestamp"])
    assert witness_findings(house) == []
    (house.data / "witness.toml").write_text(
        '[timestamp]\nurl = "http://127.0.0.1:9/"\nca = "tsa.pem"\n', "utf-8"
    )
    with pytest.raises(UnavailableError, match=r"witness\.stamp_unavailable"):
        stamp_record(house)


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("[timestamp]\nurl = 'http://x'\n", "timestamp", 1),
        ("[timestamp]\nurl = 'x'\nca = 'tsa.pem'\n", "url", 2),
        ("[timestamp]\nurl = 'http://x'\nca = 'none.pem'\n", "ca", 3),
        ("timestamp = 3\n", "timestamp", 1),
    ],
)
def test_a_mistake_names_its_line(house: Installation, text: str, key: str, line: int) -> None:
    """A mistake in the table of time stamps names its key and its line."""
    (house.data / "witness.toml").write_text(text, "utf-8")
    with pytest.raises(InvalidInputError, match=r"app\.config\.wrong") as raised:
        read_witnesses(house.data)
    assert (raised.value.args_["key"], raised.value.args_["line"]) == (key, line)


def test_a_restored_log_keeps_only_what_it_was(house: Installation) -> None:
    """What was stamped or cosigned of a larger log than the one restored does not come back with it."""
    ledger = house.data / "ledger"
    stamp_record(house)
    (ledger / "witness").mkdir()
    shutil.copy(ledger / "checkpoint", ledger / "witness" / "0badcafe")
    trim(ledger, 300)
    assert [len(list((ledger / name).iterdir())) for name in ("timestamp", "witness")] == [2, 1]
    trim(ledger, 299)
    assert [len(list((ledger / name).iterdir())) for name in ("timestamp", "witness")] == [0, 0]
