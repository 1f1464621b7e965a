"""The record handed out: one checkpoint proves it, nothing is overwritten, its use is recorded."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from msgspec import structs

from sekisho.app.installation import Installation, open_installation
from sekisho.cli.main import main
from sekisho.errors import ConflictError, TamperError, UnavailableError
from sekisho.ledger import Reader
from sekisho.ledger.export import fresh, with_proofs, write_parquet
from sekisho.ledger.tables import RECORD

Run = Callable[..., Result]


@pytest.fixture
def house(prepared: Path, make: Any) -> Installation:
    """An installation with 700 sealed records and 30 more."""
    installation = open_installation(prepared, create=True)
    with installation.recorder() as log:
        log.append(make(700))
        log.seal()
        log.append(make(30, 700))
    return installation


@pytest.fixture
def export(house: Installation) -> Run:
    """Runs ``sekisho ledger export`` on it."""

    def run(*words: str | Path) -> Result:
        call = ["ledger", "export", "--data", house.data, *words]
        return CliRunner().invoke(main, [str(word) for word in call])

    return run


def test_packed_is_the_same(house: Installation, export: Run, tmp_path: Path) -> None:
    """A name that ends in .gz gives the same lines packed, each with its proof."""
    out = tmp_path / "log.jsonl.gz"
    done = export("--with-proof", "--out", out)
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in gzip.decompress(out.read_bytes()).splitlines()]
    assert lines == list(with_proofs(house.reader()))
    assert "731" in done.output


def test_one_checkpoint_proves_all(house: Installation, make: Any) -> None:
    """Records that come while an export runs have no proof in it, and do not move its checkpoint."""
    reader = house.reader()
    kept = (house.data / "ledger" / "checkpoint").read_bytes()
    with house.recorder() as log:
        log.append(make(5, 730))
    (house.data / "ledger" / "checkpoint").write_bytes(kept)

    lines = list(with_proofs(reader))

    assert [line["index"] for line in lines if line["tlog_proof"] is None] == list(range(730, 735))
    assert all(line["salt"] is line["canonical"] is None for line in lines[730:])
    ends = {line["tlog_proof"].split("\n\n", 1)[1] for line in lines[:730]}
    assert ends == {kept.decode()}


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_changed_record_is_not_handed_out(
    house: Installation, export: Run, tmp_path: Path, kind: str
) -> None:
    """With proofs a record that was changed stops the export, and no file is left."""
    with house.database.write() as connection:
        connection.execute(sa.update(RECORD).where(RECORD.c.index == 705).values(salt=b"0" * 16))
    out = tmp_path / "out"
    done = export("--format", kind, "--with-proof", "--out", out)
    assert done.exit_code == 2
    assert "705" in done.stderr
    assert not out.exists()


def test_damage_inside_a_sealed_file_is_named(house: Installation) -> None:
    """A sealed file damaged in its middle is named when it is read, not taken for a full disk."""
    path = next((house.data / "ledger" / "sealed").rglob("*.parquet"))
    content = bytearray(path.read_bytes())
    content[100:2000] = b"\xff" * 1900
    path.write_bytes(content)
    with pytest.raises(TamperError, match=r"ledger\.file_unreadable"):
        list(house.reader().jsonl())
    with pytest.raises(TamperError, match=r"ledger\.file_unreadable"):
        list(house.reader().tables())


def test_lines_to_the_terminal(house: Installation, export: Run) -> None:
    """Without a file the lines go to the output: every record in the promised form, in order."""
    done = export()
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert lines == list(house.reader().jsonl())
    assert list(lines[0])[:3] == ["index", "recorded_at", "occurred_at"]
    assert not {"key", "digest", "salt", "tlog_proof"} & set(lines[0])


def test_the_use_is_recorded_before(house: Installation, export: Run, tmp_path: Path) -> None:
    """An export is itself a record, with who ran it and the form, and stands in the export."""
    out = tmp_path / "out.jsonl"
    export("--out", out)
    last = json.loads(out.read_text("utf-8").splitlines()[-1])
    assert (last["action"], last["object"], last["source"]) == (
        "export",
        "ledger/export/jsonl",
        "sekisho",
    )
    assert last["user_id"].startswith("os:")


def test_an_export_that_cannot_be_recorded_is_not_made(
    house: Installation, export: Run, tmp_path: Path
) -> None:
    """Where its use cannot be recorded nothing is handed out."""
    before = house.reader().size()
    key = house.data / "ledger" / "key"
    key.write_text("no key", "utf-8")
    done = export("--out", tmp_path / "out.jsonl")
    assert done.exit_code == 2
    assert not (tmp_path / "out.jsonl").exists()
    assert export().stdout == ""
    assert house.reader().size() == before


def test_days_are_local_days(house: Installation, export: Run, tmp_path: Path, make: Any) -> None:
    """--from and --to are local days, both included, in both forms."""
    first = dt.datetime(2026, 9, 30, 15, tzinfo=dt.UTC)  # 1 October in Tokyo
    with house.recorder() as log:
        moments = (first - dt.timedelta(milliseconds=1), first, first + dt.timedelta(days=1))
        more = zip(make(3, 5_000), moments, strict=True)
        log.append([structs.replace(one, occurred_at=at) for one, at in more])
    out = tmp_path / "day.parquet"
    day = ("--from", "2026-10-01", "--to", "2026-10-01")
    lines = [json.loads(line) for line in export(*day).stdout.splitlines()]
    done = export("--format", "parquet", *day, "--out", out)
    times = sorted(line["occurred_at"] for line in lines)
    assert (times[0], len(lines)) == ("2026-09-30T15:00:00.000Z", 731)
    assert "731" in done.output
    assert pq.read_table(out).column("index").to_pylist() == [line["index"] for line in lines]
    assert export("--from", "2030-01-01").stdout == ""


def test_parquet_holds_the_same(house: Installation, export: Run, tmp_path: Path) -> None:
    """The Parquet export holds the records of the lines, without key, digest and salt."""
    out = tmp_path / "log.parquet"
    done = export("--format", "parquet", "--with-proof", "--out", out)
    assert done.exit_code == 0, done.output
    table = pq.read_table(out)
    assert not {"key", "digest", "salt"} & set(table.column_names)
    lines = list(house.reader().jsonl())
    assert table.num_rows == len(lines) == 731
    for name in ("index", "user_id", "patient_ids", "marks", "object", "reason", "of"):
        assert table.column(name).to_pylist() == [line[name] for line in lines]
    proofs = table.column("tlog_proof").to_pylist()
    assert proofs[:730] == [house.reader().proof(index).tlog_proof for index in range(730)]


def test_nothing_is_overwritten(export: Run, tmp_path: Path) -> None:
    """An existing file stays as it is, in both forms, and the call ends with 2."""
    out = tmp_path / "out"
    out.write_bytes(b"mine")
    for kind in ("jsonl", "parquet"):
        assert export("--format", kind, "--out", out).exit_code == 2
        assert out.read_bytes() == b"mine"


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_full_disk_leaves_no_half_file(house: Installation, tmp_path: Path, kind: str) -> None:
    """An export that cannot be written whole leaves nothing and says so."""
    out = tmp_path / "out"

    def write() -> None:
        with fresh(out) as file:
            if kind == "parquet":
                write_parquet(house.reader(), file)
            else:
                file.writelines(json.dumps(line).encode() for line in house.reader().jsonl())

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, before[1]))
    try:
        with pytest.raises(UnavailableError, match=r"ledger\.out_not_written"):
            write()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.glob("out*")) == []


def test_a_file_for_its_owner_only(tmp_path: Path) -> None:
    """What is handed out is readable by its owner alone; a place that is not there is said."""
    with fresh(tmp_path / "out") as file:
        file.write(b"x")
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600
    with pytest.raises(UnavailableError), fresh(tmp_path / "no" / "out"):
        pass
    with pytest.raises(ConflictError), fresh(tmp_path / "out"):
        pass


@pytest.mark.parametrize(
    "words",
    [
        ("--format", "parquet"),
        ("--format", "csv"),
        ("--from", "yesterday"),
        ("--from", "2026-10-02", "--to", "2026-10-01"),
    ],
)
def test_wrong_calls(house: Installation, export: Run, words: tuple[str, ...]) -> None:
    """A wrong call ends with 2, says why, and is not recorded as an export."""
    before = house.reader().size()
    done = export(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr
    assert house.reader().size() == before


def test_an_empty_log_is_handed_out(prepared: Path) -> None:
    """A log without records gives an empty table with its columns and no line."""
    installation = open_installation(prepared, create=True)
    with installation.recorder():
        pass
    reader = Reader(prepared, installation.database)
    out = prepared / "out"
    with fresh(out) as file:
        assert write_parquet(reader, file, with_proof=True) == 0
    assert pq.read_table(out).num_rows == 0
    assert list(with_proofs(reader)) == []
    installation.close()
