"""An update where the state is in a file or in PostgreSQL: it goes on, or is what it was."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.unit.app.test_update import PEM, _bundle, _members

from sekisho.app.backup import make_recovery_key
from sekisho.app.installation import open_installation
from sekisho.app.settings import set_setting, setting
from sekisho.app.update import Layout, Unattended, back, kept, update
from sekisho.errors import InvalidInputError, UnavailableError
from sekisho.ledger import own, verify
from sekisho.storage import Database, forget_aside
from sekisho.terms import Action, FixedClock

pytestmark = [pytest.mark.store, pytest.mark.duty("1-3")]

REAL = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'.encode()
"""This very program, as the version that is updated to."""

SPOILING = f"""#!{sys.executable}
import sys
from pathlib import Path
import sqlalchemy as sa
from sekisho.app.config import read_config
engine = sa.create_engine(read_config(Path(sys.argv[3])).storage_url)
with engine.begin() as state:
    for line in (
        "CREATE TABLE later (id INTEGER PRIMARY KEY, setting VARCHAR(50) REFERENCES app_setting (name))",
        "INSERT INTO later VALUES (1, 'institution')",
        "ALTER TABLE app_setting ADD COLUMN later INTEGER DEFAULT 7",
        "CREATE INDEX ix_later ON app_setting (at)",
        "UPDATE app_setting SET value = '\\"spoilt\\"'",
        "DELETE FROM ledger_record",
        "DELETE FROM app_evidence",
        "UPDATE storage_version SET version_num = '03_001'",
    ):
        state.exec_driver_sql(line)
print('{{"ok":false,"why":"test.ill"}}')
sys.exit(1)
""".encode()
"""A version two ahead that adds, changes and removes, and then says that it cannot."""


@pytest.fixture
def layout(
    tmp_path: Path, data: Path, database: Database, clock: FixedClock
) -> Iterator[tuple[Layout, str]]:
    """Version 0.1.0 with forty records, some sealed; and the address of its state."""
    url = database.engine.url.render_as_string(hide_password=False)
    if database.path is None:
        (data / "sekisho.toml").write_text(f'[storage]\nurl = "{url}"\n', "utf-8")
    place = Layout(opt=tmp_path / "opt", data=data)
    for folder in ("share", "bin"):
        (place.opt / "0.1.0" / folder).mkdir(parents=True)
    manifest = _members("0.1.0")["manifest.json"]
    (place.opt / "0.1.0" / "share" / "manifest.json").write_bytes(manifest)
    (place.opt / "0.1.0" / "bin" / "python").write_bytes(REAL)
    (place.opt / "0.1.0" / "bin" / "python").chmod(0o755)
    (place.opt / "release.pem").write_bytes(PEM)
    place.choose("current", "0.1.0")
    (tmp_path / "medium").mkdir()
    here = open_installation(data, create=True, clock=clock)
    make_recovery_key(here.database, clock, by="1")
    set_setting(here.database, "institution", "模擬病院", by="1", at=clock.now())
    with here.recorder() as log:
        for number in range(40):
            log.append([own(clock, user_id="N1", action=Action.READ, object=f"records/{number}")])
            if number == 29:
                log.seal()
    here.close()
    database.close()  # a file of SQLite is copied only where nobody of this process has it open
    yield place, url
    assert not (data / "run" / "before-update").exists()


def _update(layout: Layout, tmp_path: Path, clock: FixedClock, health: bytes) -> int:
    file = _bundle(tmp_path / "new.bundle", _members("0.2.0", health))
    services = Unattended(layout.data)
    return update(file, layout, services, clock, backup_to=tmp_path / "medium").records


def _schemas(database: Database) -> list[str]:
    return [name for name in sa.inspect(database.engine).get_schema_names() if "before" in name]


def test_it_goes_on_and_one_step_back(
    layout: tuple[Layout, str], database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    """The new version opens the state and verifies the record; after a step back nothing that came since is lost."""
    place, url = layout
    assert _update(place, tmp_path, clock, REAL) == 40
    assert (place.chosen(), place.chosen("previous")) == ("0.2.0", "0.1.0")
    set_setting(database, "institution", "新しい名前", by="1", at=clock.now())
    database.close()

    back(place, Unattended(place.data), clock)

    assert place.chosen() == "0.1.0"
    assert setting(database, "institution") == "新しい名前"
    assert verify(place.data, url=url).records == 40
    assert _schemas(database) == []


def test_what_spoils_the_state_leaves_it_as_it_was(
    layout: tuple[Layout, str], database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    """Rows, columns, tables and indexes are what they were before a version that failed, and what ran goes on with them."""
    place, url = layout
    before = _everything(database)
    database.close()

    with pytest.raises(UnavailableError, match=r"update\.unhealthy .*test\.ill"):
        _update(place, tmp_path, clock, SPOILING)

    after = _everything(database)
    assert place.chosen() == "0.1.0"
    # That a backup was made is what the update itself left.
    assert {name for name in after if after[name] != before[name]} == {"app_evidence"}
    assert after.keys() == before.keys()
    assert _schemas(database) == []
    verdict = verify(place.data, url=url)
    assert (verdict.ok, verdict.records) == (True, 40)
    set_setting(database, "institution", "続き", by="1", at=clock.now())


def test_what_cannot_be_kept_stops_nothing(
    layout: tuple[Layout, str], database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    """Where PostgreSQL lets no copy be kept the update is refused, and what ran runs on as it was."""
    place, url = layout
    if database.path is not None:
        return
    with database.write() as state:
        name = state.exec_driver_sql("SELECT current_database()").scalar_one()
        state.exec_driver_sql("CREATE ROLE lodger")
        state.exec_driver_sql(
            "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO lodger"
        )
        state.exec_driver_sql("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO lodger")
        state.exec_driver_sql(f'REVOKE CREATE ON DATABASE "{name}" FROM PUBLIC')
    lodger = sa.make_url(url).update_query_dict({"options": "-crole=lodger"})
    (place.data / "sekisho.toml").write_text(f'[storage]\nurl = "{lodger}"\n', "utf-8")
    try:
        with pytest.raises(UnavailableError, match=r"update\.state_not_kept"):
            _update(place, tmp_path, clock, SPOILING)
        assert setting(database, "institution") == "模擬病院"
        assert place.chosen() == "0.1.0"
    finally:
        with database.write() as state:
            state.exec_driver_sql("DROP OWNED BY lodger")
            state.exec_driver_sql("DROP ROLE lodger")


def test_another_machine_that_still_writes_stops_it(
    layout: tuple[Layout, str],
    database: Database,
    tmp_path: Path,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where machines share the state nothing is tried on it while another one is in it."""
    place, url = layout
    for name in ("m.pem", "m.key", "machines.crt"):
        (place.data / name).touch()
    (place.data / "sekisho.toml").write_text(
        f'[storage]\nurl = "{url}"\n[recorder]\nlisten = "127.0.0.31:8760"\n'
        'names = ["gate-2"]\ncertificate = "m.pem"\nprivate_key = "m.key"\n'
        'authority = "machines.crt"\n',
        encoding="utf-8",
    )
    if database.path is not None:
        # A file is one machine's: that it is to be shared is refused before anything is tried.
        with pytest.raises(InvalidInputError, match=r"app\.config\.wrong"):
            _update(place, tmp_path, clock, REAL)
        assert place.chosen() == "0.1.0"
        return
    monkeypatch.setattr(kept, "_LEAVING", 0.1)
    with database.read(), pytest.raises(UnavailableError, match=r"update\.others"):
        _update(place, tmp_path, clock, REAL)
    assert place.chosen() == "0.1.0"
    database.close()
    clock.move(dt.timedelta(seconds=1))
    assert _update(place, tmp_path, clock, REAL) == 40


def test_another_machine_is_updated_without_its_state(
    layout: tuple[Layout, str], database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    """A machine without the log tries the new version on nothing of the shared state, and backs nothing up."""
    place, url = layout
    there = Layout(opt=place.opt, data=tmp_path / "there")
    there.data.mkdir()
    for name in ("m.pem", "m.key", "machines.crt"):
        (there.data / name).touch()
    (there.data / "sekisho.toml").write_text(
        f'[storage]\nurl = "{url}"\n[recorder]\nat = "sekisho.byoin.example:8760"\n'
        'certificate = "m.pem"\nprivate_key = "m.key"\nauthority = "machines.crt"\n',
        encoding="utf-8",
    )
    if database.path is not None:
        # A file is one machine's: that it is to be shared is refused before anything is tried.
        with pytest.raises(InvalidInputError, match=r"app\.config\.wrong"):
            _update(there, tmp_path, clock, REAL)
        assert place.chosen() == "0.1.0"
        return
    before = _everything(database)
    assert _update(there, tmp_path, clock, REAL) == 0
    assert place.chosen() == "0.2.0"
    assert list((tmp_path / "medium").iterdir()) == []
    after = _everything(database)
    assert {name for name in after if after[name] != before[name]} <= {"app_evidence"}
    database.close()


def test_a_copy_that_was_left_goes(database: Database) -> None:
    """What an update that was cut off left beside is gone with the next erasure: `scrub` takes it."""
    if database.path is not None:
        return
    with database.write() as state:
        state.exec_driver_sql("CREATE SCHEMA public_before_update")
    database.scrub([])
    assert _schemas(database) == []
    forget_aside(database.engine)


def _everything(database: Database) -> dict[str, list[str]]:
    """Return each table's columns, indexes and rows, as text that can be compared."""
    found = {}
    with database.read() as state:
        seen = sa.inspect(state)
        for name in seen.get_table_names():
            form = [f"column {each['name']}" for each in seen.get_columns(name)]
            form += sorted(f"index {each}" for each in _indexes(state, name))
            rows = state.exec_driver_sql(f'SELECT * FROM "{name}"').all()
            found[name] = form + sorted(repr(tuple(row)) for row in rows)
    return found


def _indexes(state: sa.Connection, table: str) -> list[str]:
    if state.dialect.name != "sqlite":
        return [str(each["name"]) for each in sa.inspect(state).get_indexes(table)]
    # SQLAlchemy does not tell of an index of an expression there.
    told = sa.text("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = :table")
    return list(state.scalars(told, {"table": table}))
