"""Whatever is changed is found and located."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sekisho.errors import InvalidInputError
from sekisho.ledger import create_key, own, public_key, recorder, verify
from sekisho.ledger import seal as sealing
from sekisho.ledger.verify import run
from sekisho.pages.words import catalogue
from sekisho.storage import open_database
from sekisho.terms import Access, Action, FixedClock, Origin, SystemClock

SEALED = 700
ALL = 1000


def some(count: int, start: int = 0) -> list[Access]:
    """Return `count` different records."""
    return [
        Access(
            occurred_at=dt.datetime(2026, 10, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=number),
            source="emr",
            key=hashlib.sha256(b"%d" % number).hexdigest()[:32],
            digest=hashlib.sha256(b"%d" % number).hexdigest(),
            origin=Origin(file="a.csv", row=number + 1),
            user_id=f"u{number % 30}",
        )
        for number in range(start, start + count)
    ]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of 1,000 records, 700 of them sealed in two files; made once, never changed."""
    folder = tmp_path_factory.mktemp("template")
    create_key(folder, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{folder / 'state.db'}")
    clock = FixedClock(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    with pytest.MonkeyPatch.context() as patch, recorder(folder, database, clock) as opened:
        patch.setattr(sealing, "GREATEST", 400)
        patch.setattr(sealing, "GROUP", 150)
        opened.append(some(SEALED))
        opened.seal()
        opened.append(some(ALL - SEALED, SEALED))
    database.close()
    return folder


@pytest.fixture
def log(template: Path, tmp_path: Path) -> Path:
    """A copy of the template to harm."""
    return shutil.copytree(template, tmp_path / "log")


@pytest.fixture
def key(log: Path) -> str:
    """The printed key of that ledger."""
    return public_key(log)


def sql(data: Path, *statements: str) -> None:
    """Change the database behind everybody's back."""
    with closing(sqlite3.connect(data / "state.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def files(data: Path) -> list[Path]:
    """Return the sealed files."""
    return sorted((data / "ledger" / "sealed").rglob("*.parquet"))


def rewrite(path: Path, change: Callable[[dict[str, list[Any]]], None]) -> None:
    """Write a sealed file anew with changed columns, as somebody with the tools would."""
    table = pq.read_table(path)
    columns = table.to_pydict()
    change(columns)
    pq.write_table(pa.table(columns, schema=table.schema), path, compression="zstd")


def accept(data: Path) -> None:
    """Make the noted fingerprints of the sealed files fit, as somebody with the database would."""
    with closing(sqlite3.connect(data / "state.db")) as connection, connection:
        for path in files(data):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            name = str(path.relative_to(data / "ledger" / "sealed"))
            connection.execute("UPDATE ledger_segment SET sha256=? WHERE path=?", (digest, name))


def test_intact(log: Path, key: str) -> None:
    """An intact ledger verifies, with the key and an older checkpoint nothing is left unchecked."""
    last = (log / "ledger" / "checkpoint").read_text("utf-8")
    steps: list[tuple[int, int]] = []
    verdict = verify(log, key=key, last=last, progress=lambda *step: steps.append(step))
    assert verdict.ok
    assert (verdict.size, verdict.records, verdict.first_wrong) == (ALL, ALL, None)
    assert verdict.not_checked == ()
    assert steps[-1] == (ALL, ALL)
    assert verdict.root in {line.hex() for line in [bytes.fromhex(verdict.root)]}


def test_what_was_not_given_is_not_checked(log: Path) -> None:
    """Without the printed key and an older checkpoint the answer names both as not checked."""
    names = [name for name, _ in verify(log).not_checked]
    assert names == ["ledger.verify.signer_not_checked", "ledger.verify.rollback_not_checked"]


def test_several_processes_give_the_same_answer(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verification by several processes answers as one does."""
    monkeypatch.setattr(run, "_ALONE", 0)
    verdict = verify(log, processes=2)
    assert verdict.ok
    assert verdict.records == ALL
    files(log)[1].unlink()
    wrong = verify(log, processes=2).first_wrong
    assert wrong is not None
    assert wrong.index == 400


@pytest.mark.parametrize("count", [1, 255, 256, 257, 699, 700, 999, 1000])
def test_older_checkpoint_of_any_size(data: Path, clock: FixedClock, make: Any, count: int) -> None:
    """Any older checkpoint of the same log is found to be continued; of another log it is not."""
    key = create_key(data, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    with recorder(data, database, clock) as opened:
        opened.append(make(count))
        kept = data / "kept"
        shutil.copy(data / "ledger" / "checkpoint", kept)
        opened.append(make(1000 - count, count))
        opened.seal()
    assert verify(data, key=key, last=str(kept)).ok
    other = data / "other"
    other.mkdir()
    for name in ("key", "key.pub"):
        (other / "ledger").mkdir(exist_ok=True)
        shutil.copy(data / "ledger" / name, other / "ledger" / name)
    second = open_database(f"sqlite:///{other / 'state.db'}")
    with recorder(other, second, clock) as opened:
        opened.append(make(1000, 5000))
    wrong = verify(other, key=key, last=str(kept)).first_wrong
    assert wrong is not None
    assert wrong.message == "ledger.verify.not_continued"
    second.close()
    database.close()


def _tail_changed(data: Path) -> None:
    sql(
        data,
        """UPDATE ledger_record SET canonical = CAST(replace(CAST(canonical AS TEXT), '"u0"', '"u1"') AS BLOB) WHERE "index" = 750""",
    )


def _tail_salt(data: Path) -> None:
    sql(data, """UPDATE ledger_record SET salt = zeroblob(16) WHERE "index" = 801""")


def _tail_time(data: Path) -> None:
    sql(
        data,
        """UPDATE ledger_record SET recorded_at = '2026-11-01T00:00:00.001Z' WHERE "index" = 801""",
    )


def _tail_hole(data: Path) -> None:
    sql(data, 'DELETE FROM ledger_record WHERE "index" = 900')


def _tail_cut(data: Path) -> None:
    sql(data, 'DELETE FROM ledger_record WHERE "index" >= 990')


def _tail_gone(data: Path) -> None:
    sql(data, "DELETE FROM ledger_record")


def _tail_swapped(data: Path) -> None:
    sql(
        data,
        'UPDATE ledger_record SET "index" = 5000 WHERE "index" = 720',
        'UPDATE ledger_record SET "index" = 720 WHERE "index" = 721',
        'UPDATE ledger_record SET "index" = 721 WHERE "index" = 5000',
    )


def _sealed_gone(data: Path) -> None:
    files(data)[0].unlink()


def _sealed_swapped(data: Path) -> None:
    first, second = files(data)
    first.rename(first.with_suffix(".x"))
    second.rename(first)
    first.with_suffix(".x").rename(second)


def _sealed_cut(data: Path) -> None:
    path = files(data)[1]
    path.write_bytes(path.read_bytes()[:-10])


def _sealed_value(data: Path) -> None:
    def change(columns: dict[str, list[Any]]) -> None:
        columns["user_id"][33] = "nobody"

    rewrite(files(data)[1], change)
    accept(data)


def _sealed_order(data: Path) -> None:
    def change(columns: dict[str, list[Any]]) -> None:
        for name, values in columns.items():
            if name != "index":
                values[10], values[11] = values[11], values[10]

    rewrite(files(data)[0], change)
    accept(data)


def _sealed_short(data: Path) -> None:
    def change(columns: dict[str, list[Any]]) -> None:
        for values in columns.values():
            del values[5]

    rewrite(files(data)[0], change)
    accept(data)


def _sealed_rewritten(data: Path) -> None:
    rewrite(files(data)[0], lambda _: None)


def _segment_gone(data: Path) -> None:
    sql(data, 'DELETE FROM ledger_segment WHERE "first" = 0')


def _all_in_step(data: Path) -> None:
    """Change a record, its entry and its leaf hash: only the signed root is out of reach."""
    with closing(sqlite3.connect(data / "state.db")) as connection, connection:
        row = connection.execute(
            'SELECT canonical, salt FROM ledger_record WHERE "index"=770'
        ).fetchone()
        body = row[0].replace(b'"read"', b'"edit"')
        connection.execute('UPDATE ledger_record SET canonical=? WHERE "index"=770', (body,))
    entry = hashlib.sha256(row[1] + body).digest()
    leaf = hashlib.sha256(b"\0" + entry).digest()
    offset = 770 % 256
    for name, unit, value in (
        ("entries", 34, b"\0\x20" + entry),
        ("0", 32, leaf),
    ):
        folder = data / "ledger" / "tile" / name / "003.p"
        for path in folder.iterdir():
            content = bytearray(path.read_bytes())
            if len(content) >= (offset + 1) * unit:
                content[offset * unit : offset * unit + unit] = value
                path.write_bytes(content)


def _entry_tile(data: Path) -> None:
    path = data / "ledger" / "tile" / "entries" / "001"
    content = bytearray(path.read_bytes())
    content[34 * 7 + 5] ^= 1
    path.write_bytes(content)


def _hash_tile(data: Path) -> None:
    path = data / "ledger" / "tile" / "0" / "000"
    path.write_bytes(path.read_bytes()[:-1])


def _upper_tile(data: Path) -> None:
    path = data / "ledger" / "tile" / "1" / "000.p" / "3"
    content = bytearray(path.read_bytes())
    content[40] ^= 128
    path.write_bytes(content)


def _tile_gone(data: Path) -> None:
    (data / "ledger" / "tile" / "0" / "002").unlink()


def _key_added(data: Path) -> None:
    sql(data, """INSERT INTO ledger_key VALUES (zeroblob(16), 3)""")


def _key_changed(data: Path) -> None:
    sql(data, 'UPDATE ledger_key SET key = zeroblob(16) WHERE "index" = 12')


def _file_added(data: Path) -> None:
    path = files(data)[0]
    shutil.copy(path, path.with_name("2026-11-01.0-1.parquet"))


@pytest.mark.parametrize(
    ("harm", "index", "message"),
    [
        (_tail_changed, 750, "record_changed"),
        (_tail_salt, 801, "record_changed"),
        (_tail_time, 801, "record_changed"),
        (_tail_hole, 900, "records_missing"),
        (_tail_cut, 990, "records_missing"),
        (_tail_gone, 700, "records_missing"),
        (_tail_swapped, 720, "record_changed"),
        (_sealed_gone, 0, "file_missing"),
        (_sealed_swapped, 0, "records_missing"),
        (_sealed_cut, 400, "file_unreadable"),
        (_sealed_value, 433, "record_changed"),
        (_sealed_order, 10, "record_changed"),
        (_sealed_short, 5, "records_missing"),
        (_sealed_rewritten, 0, "file_changed"),
        (_segment_gone, 0, "file_extra"),
        (_all_in_step, 768, "root_differs"),
        (_entry_tile, 263, "tile_changed"),
        (_hash_tile, 255, "tile_changed"),
        (_upper_tile, 256, "tile_changed"),
        (_tile_gone, 512, "tile_missing"),
        (_key_added, 3, "keys_changed"),
        (_key_changed, 12, "keys_changed"),
        (_file_added, 0, "file_extra"),
    ],
)
def test_each_harm_is_named(
    log: Path, key: str, harm: Callable[[Path], None], index: int, message: str
) -> None:
    """Each way to harm the log is found, with the first record that it touches."""
    harm(log)
    verdict = verify(log, key=key)
    wrong = verdict.first_wrong
    assert not verdict.ok
    assert wrong is not None
    assert wrong.message == f"ledger.verify.{message}"
    if message != "root_differs":
        assert wrong.index == index
        assert wrong.file
        assert (log / wrong.file).exists() or "missing" in message
    for language in ("ja", "en"):
        assert catalogue(language)[wrong.message] % wrong.args


def test_wrong_signer(log: Path, key: str, tmp_path: Path) -> None:
    """Another key than the one printed is named, whether in the file or as the signer."""
    other = tmp_path / "other"
    other.mkdir()
    stranger = create_key(other, "hospital.example/sekisho")
    found = verify(log, key=stranger).first_wrong
    assert found is not None
    assert found.message == "ledger.verify.key_replaced"
    shutil.copy(other / "ledger" / "key.pub", log / "ledger" / "key.pub")
    for given, message in (
        (None, "other_signer"),
        (stranger, "other_signer"),
        (key, "key_replaced"),
    ):
        found = verify(log, key=given).first_wrong
        assert found is not None
        assert found.message == f"ledger.verify.{message}"
    (log / "ledger" / "key.pub").unlink()
    assert verify(log, key=key).ok
    found = verify(log).first_wrong
    assert found is not None
    assert found.message == "ledger.verify.key_missing"


def test_rollback_is_found_by_the_kept_checkpoint(log: Path, key: str, tmp_path: Path) -> None:
    """A whole directory put back to an older state is found by the checkpoint kept elsewhere."""
    backup = shutil.copytree(log, tmp_path / "backup")
    database = open_database(f"sqlite:///{log / 'state.db'}")
    with recorder(log, database, SystemClock()) as opened:
        opened.append([own(SystemClock(), user_id="1", action=Action.READ, object="x")])
    database.close()
    kept = (log / "ledger" / "checkpoint").read_text("utf-8")
    assert verify(backup, key=key).ok
    wrong = verify(backup, key=key, last=kept).first_wrong
    assert wrong is not None
    assert (wrong.message, wrong.index) == ("ledger.verify.rolled_back", ALL)
    other = tmp_path / "other"
    other.mkdir()
    create_key(other, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{other / 'state.db'}")
    with recorder(other, database, SystemClock()):
        pass
    database.close()
    wrong = verify(backup, key=key, last=str(other / "ledger" / "checkpoint")).first_wrong
    assert wrong is not None
    assert wrong.message == "ledger.verify.last_unreadable"


def test_what_was_given_must_be_readable(log: Path, key: str) -> None:
    """A key that is none, and a kept checkpoint that is none or not there, are wrong calls."""
    for given, last, message in (
        (key[:-1], None, "key_unreadable"),
        ("no key", None, "key_unreadable"),
        (key, "no\ncheckpoint", "last_no_checkpoint"),
        (key, str(log / "nowhere"), "last_missing"),
    ):
        with pytest.raises(InvalidInputError, match=rf"ledger\.verify\.{message}"):
            verify(log, key=given, last=last)


def test_without_the_database_the_sealed_part_is_checked(
    data: Path, clock: FixedClock, make: Any
) -> None:
    """A ledger whose records are all sealed verifies from its files alone, and says so."""
    key = create_key(data, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    with recorder(data, database, clock) as opened:
        opened.append(make(300))
        opened.seal()
    database.close()
    for path in data.glob("state.db*"):
        path.unlink()
    verdict = verify(data, key=key)
    assert verdict.ok
    assert "ledger.verify.no_database" in [name for name, _ in verdict.not_checked]
    (data / "state.db").write_bytes(b"no database" * 100)
    wrong = verify(data, key=key).first_wrong
    assert wrong is not None
    assert wrong.message == "ledger.verify.database_unreadable"


def test_what_is_not_signed_yet_is_said(log: Path, key: str, make: Any, clock: FixedClock) -> None:
    """Records younger than the last checkpoint are counted as not checked."""
    kept = (log / "ledger" / "checkpoint").read_bytes()
    database = open_database(f"sqlite:///{log / 'state.db'}")
    with recorder(log, database, clock) as opened:
        opened.append(make(7, ALL))
    database.close()
    (log / "ledger" / "checkpoint").write_bytes(kept)
    verdict = verify(log, key=key)
    assert verdict.ok, verdict
    assert ("ledger.verify.not_signed_yet", {"count": 7}) in verdict.not_checked


def test_an_empty_log_is_intact(data: Path, clock: FixedClock) -> None:
    """A log without records verifies; one without a checkpoint does not."""
    key = create_key(data, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    wrong = verify(data, key=key).first_wrong
    assert wrong is not None
    assert wrong.message == "ledger.verify.checkpoint_missing"
    with recorder(data, database, clock):
        pass
    database.close()
    assert verify(data, key=key).ok
