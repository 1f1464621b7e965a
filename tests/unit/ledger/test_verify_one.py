"""One record is verified from its own bytes to the signed root, whatever else stands there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from sekisho.ledger import recorder, verify
from sekisho.storage import open_database
from sekisho.terms import Access, FixedClock

Make = Callable[..., list[Access]]
SIZES = (1, 2, 255, 256, 257, 1_300)


def _log(data: Path, clock: FixedClock, made: list[Access]) -> None:
    """Write a log of which the first half is sealed."""
    database = open_database(f"sqlite:///{data / 'state.db'}")
    with recorder(data, database, clock) as one:
        one.append(made[: len(made) // 2])
        one.seal()
        one.append(made[len(made) // 2 :])
    database.close()


@pytest.mark.parametrize("size", SIZES)
def test_every_record_leads_to_the_signed_root(
    data: Path, key: str, clock: FixedClock, make: Make, size: int
) -> None:
    """In a tree of any form the first, the last and those at the edges of tiles are confirmed."""
    _log(data, clock, make(size))
    for index in {0, size // 2 - 1, size // 2, 254, 255, 256, 511, 512, 1_023, 1_024, size - 1}:
        if 0 <= index < size:
            verdict = verify(data, key=key, record=index)
            assert verdict.ok, (index, verdict)
            assert verdict.records == 1
            said = [message for message, _ in verdict.not_checked]
            assert said == [
                "ledger.verify.rollback_not_checked",
                "ledger.verify.others_not_checked",
            ]


def test_a_changed_record_is_named_and_its_neighbour_is_not(
    data: Path, key: str, clock: FixedClock, make: Make
) -> None:
    """Of a log with one changed record that one is wrong, and the one beside it is what it was."""
    _log(data, clock, make(600))
    with sqlite3.connect(data / "state.db") as connection:
        connection.execute(
            "UPDATE ledger_record SET canonical = CAST(replace(CAST(canonical AS TEXT), 'u1', 'u2')"
            ' AS BLOB) WHERE "index" = 451'
        )
    connection.close()
    verdict = verify(data, key=key, record=451)
    assert verdict.first_wrong is not None
    assert (verdict.first_wrong.message, verdict.first_wrong.index) == (
        "ledger.verify.record_changed",
        451,
    )
    assert verify(data, key=key, record=452).ok


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        ("sealed", "ledger.verify.file_missing"),
        ("tile", "ledger.verify.tile_missing"),
        ("neighbour", "ledger.verify.root_differs"),
        ("checkpoint", "ledger.verify.checkpoint_missing"),
    ],
)
def test_what_is_gone_is_named(
    data: Path, key: str, clock: FixedClock, make: Make, harm: str, message: str
) -> None:
    """Where the file, a tile or the checkpoint is gone, or another leaf was changed, it is said."""
    _log(data, clock, make(600))
    tile = data / "ledger" / "tile" / "0" / "000"
    if harm == "sealed":
        next((data / "ledger" / "sealed").glob("*/*/*.parquet")).unlink()
    elif harm == "tile":
        tile.unlink()
    elif harm == "neighbour":
        tile.write_bytes(tile.read_bytes()[:-1] + b"\x00")
    else:
        (data / "ledger" / "checkpoint").unlink()
    verdict = verify(data, key=key, record=17)
    assert verdict.first_wrong is not None
    assert verdict.first_wrong.message == message


def test_what_is_not_signed_yet_is_not_called_right(
    data: Path, key: str, clock: FixedClock, make: Make
) -> None:
    """A record that no checkpoint signed yet is "not checked", and no record is confirmed."""
    _log(data, clock, make(10))
    verdict = verify(data, key=key, record=10)
    assert (verdict.ok, verdict.records) == (True, 0)
    assert "ledger.verify.not_signed_yet" in [message for message, _ in verdict.not_checked]


def test_without_the_paper_key_the_signer_is_not_checked(
    data: Path,
    key: str,
    clock: FixedClock,
    make: Make,
) -> None:
    """Without the key from the paper the answer says that the signer was not checked."""
    assert key
    _log(data, clock, make(10))
    said = [message for message, _ in verify(data, record=3).not_checked]
    assert "ledger.verify.signer_not_checked" in said
