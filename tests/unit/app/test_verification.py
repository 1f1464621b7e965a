"""The whole record verified: asked for, seen on its way, ended early, and kept as proof."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.ledger.conftest import some

from sekisho.app import walk
from sekisho.app.installation import Installation, open_installation
from sekisho.app.jobs import verify_ledger
from sekisho.app.proofs import latest_evidence
from sekisho.app.verification import SEARCH, SUBJECT, search_findings
from sekisho.app.waiting import refresh_findings
from sekisho.app.walk import (
    job,
    start_verification,
    stop_verification,
    verifications,
    verify_now,
    work_once,
)
from sekisho.terms import FixedClock, Result


@pytest.fixture
def house(prepared: Path, clock: FixedClock) -> Iterator[Installation]:
    """An installation with 300 sealed records and 20 younger ones."""
    installation = open_installation(prepared, create=True, clock=clock)
    with installation.recorder() as log:
        log.append(some(300))
        log.seal()
        log.append(some(20, 300))
    yield installation
    installation.close()


def test_who_asks_sees_what_came_of_it(house: Installation) -> None:
    """A verification that was asked for ends with its verdict, what it did not check, and a proof by its asker."""
    identifier = start_verification(house, by="U7")
    assert start_verification(house, by="U8") == identifier
    assert work_once(house)
    (done,) = verifications(house)
    assert (done.id, done.state, done.done, done.total) == (identifier, "done", 320, 320)
    assert done.result is not None
    assert (done.result["ok"], done.result["records"]) == (True, 320)
    said = [message for message, _ in done.result["not_checked"]]
    assert "ledger.verify.signer_not_checked" in said
    proof = latest_evidence(house.database, SUBJECT)
    assert proof is not None
    assert (proof.result, proof.by) == (Result.YES, "U7")
    assert start_verification(house, by="U8") != identifier


def test_a_verification_that_waits_is_ended(house: Installation) -> None:
    """One that was ended before it began is never begun, and no proof comes of it."""
    identifier = start_verification(house, by="U7")
    stop_verification(house, identifier, by="U8")
    assert not work_once(house)
    (ended,) = verifications(house)
    assert (ended.state, ended.args["by"]) == ("stopped", "U8")
    assert latest_evidence(house.database, SUBJECT) is None


def test_a_verification_under_way_is_ended(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is ended while it runs stops at its next step; it is not called done, nor right."""
    identifier = start_verification(house, by="U7")
    monkeypatch.setattr(walk, "_TICK", 0.0)
    note = walk._note

    def ended_meanwhile(here: Installation, one: str, **values: object) -> bool:
        if "done" in values:
            stop_verification(here, one, by="U8")
        return note(here, one, **values)

    monkeypatch.setattr(walk, "_note", ended_meanwhile)
    assert work_once(house)
    found = job(house, identifier)
    assert found is not None
    assert (found.state, found.result) == ("stopped", None)
    assert latest_evidence(house.database, SUBJECT) is None
    assert not work_once(house)


def test_only_a_verification_is_ended_so(house: Installation, tmp_path: Path) -> None:
    """What reads a log cannot be ended by this way: half a file is no import."""
    path = tmp_path / "log.csv"
    path.write_text("x\n", "utf-8")
    identifier = walk.start_import(house, path, by="U7")
    stop_verification(house, identifier, by="U8")
    found = job(house, identifier)
    assert found is not None
    assert found.state == "waiting"


def test_what_is_wrong_is_kept_with_its_name(house: Installation) -> None:
    """A changed record is the verdict's first wrong thing, in the work and in the proof."""
    house.database.close()
    with sqlite3.connect(house.data / "state.db") as connection:
        connection.execute('UPDATE ledger_record SET salt = zeroblob(16) WHERE "index" = 310')
    connection.close()
    again = open_installation(house.data, clock=house.clock)
    verify_now(again)
    (done,) = verifications(again)
    assert done.result is not None
    assert done.result["ok"] is False
    assert done.result["wrong"]["message"] == "ledger.verify.record_changed"
    assert done.result["wrong"]["args"]["index"] == 310
    proof = latest_evidence(again.database, SUBJECT)
    assert proof is not None
    assert (proof.result, proof.by) == (Result.NO, walk.JOBS)
    again.close()


def test_an_index_that_hides_records_is_said_and_mended(house: Installation) -> None:
    """A search index that says otherwise than the record is a finding, once, and right after that."""
    path = next((house.data / "ledger" / "skip").iterdir())
    path.write_bytes(path.read_bytes()[:-4] + b"\xff\xff\xff\xff")
    verify_ledger(house)
    (finding,) = search_findings(house)
    assert finding.message == "app.finding.search_differed"
    refresh_findings(house)
    verify_ledger(house)
    assert search_findings(house) == []
    proof = latest_evidence(house.database, SEARCH)
    assert proof is not None
    assert proof.result is Result.YES
