"""The state moves from SQLite to PostgreSQL whole, verified, or not at all."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from sekisho import identity
from sekisho.app.config import read_config
from sekisho.app.copy_state import every_table
from sekisho.app.installation import open_installation
from sekisho.app.move import move_state
from sekisho.app.settings import set_setting, setting
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.identity import Role
from sekisho.ledger import own, verify
from sekisho.storage import METADATA
from sekisho.storage.migrate import TABLE
from sekisho.terms import Action, FixedClock, Secret

pytestmark = pytest.mark.store


@pytest.fixture
def hospital(tmp_path: Path, ready: Path, clock: FixedClock) -> Path:
    """An installation on SQLite: settings, an account, 40 sealed records and 7 more."""
    every_table()
    folder = tmp_path / "hospital"
    folder.mkdir(mode=0o700)
    shutil.copyfile(ready, folder / "state.db")
    here = open_installation(folder, create=True, clock=clock)
    set_setting(here.database, "institution", value="架空（模擬）", by="t", at=clock.now())
    identity.create_demo_account(
        here.database, clock, user_id="N1", name="模擬 一郎", roles={Role.REVIEWER},
        password=Secret("only-for-this-test-47"),
    )  # fmt: skip
    with here.recorder() as log:
        for number in range(47):
            log.append([own(clock, user_id="N1", action=Action.READ, object=f"records/{number}")])
            if number == 39:
                log.seal()
            clock.move(dt.timedelta(seconds=1))
    here.close()
    return folder


def test_everything_arrives(hospital: Path, state_url: str, clock: FixedClock) -> None:
    """On PostgreSQL every row of every table is there, the record verifies and goes on; elsewhere it is refused."""
    if state_url.startswith("sqlite"):
        with pytest.raises(InvalidInputError) as refused:
            move_state(hospital, state_url)
        assert refused.value.message == "app.move.not_postgresql"
        return
    old = open_installation(hospital, clock=clock)
    with old.database.read() as connection:
        before = _everything(connection)
    old.close()
    assert sum(map(len, before.values())) > 50
    shown: list[tuple[int, int]] = []

    moved = move_state(
        hospital, state_url, progress=lambda done, whole: shown.append((done, whole))
    )

    assert moved == sum(map(len, before.values())) + 1 == shown[-1][0] == shown[-1][1]
    assert read_config(hospital).storage_url == state_url
    assert not (hospital / "state.db").exists()
    assert (hospital / "state.db.moved").exists()
    here = open_installation(hospital, clock=clock)
    with here.database.read() as connection:
        assert _everything(connection) == before
    assert setting(here.database, "institution") == "架空（模擬）"
    identity.create_demo_account(
        here.database, clock, user_id="N2", name="模擬 二郎", roles={Role.REVIEWER},
        password=Secret("only-for-this-test-48"),
    )  # fmt: skip
    with here.recorder() as log:
        assert log.append([own(clock, user_id="N2", action=Action.READ, object="x")]) == [47]
        log.seal()
    here.close()
    assert verify(hospital, url=state_url).ok
    with pytest.raises(InvalidInputError) as again:
        move_state(hospital, state_url)
    assert again.value.message == "app.move.not_sqlite"


def test_what_is_there_is_not_overwritten(
    hospital: Path, state_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    """Where a state is already, nothing is changed on either side."""
    if state_url.startswith("sqlite"):
        return
    other = tmp_path / "other"
    other.mkdir()
    (other / "sekisho.toml").write_text(f'[storage]\nurl = "{state_url}"\n', encoding="utf-8")
    there = open_installation(other, create=True, clock=clock)
    set_setting(there.database, "institution", value="別の病院", by="t", at=clock.now())

    with pytest.raises(ConflictError) as refused:
        move_state(hospital, state_url)

    assert refused.value.message == "app.move.not_empty"
    assert setting(there.database, "institution") == "別の病院"
    there.close()
    assert (hospital / "state.db").exists()
    assert verify(hospital).ok


def test_nothing_moves_while_it_runs(hospital: Path, state_url: str, clock: FixedClock) -> None:
    """While a recorder holds the data, moving is refused and names it; no URL with a password is taken."""
    here = open_installation(hospital, clock=clock)
    url = "postgresql://sekisho@/none?host=/nowhere"
    with here.recorder(), pytest.raises(ConflictError) as refused:
        move_state(hospital, url)
    here.close()
    assert refused.value.message == "ledger.held"
    with pytest.raises(InvalidInputError) as secret:
        move_state(hospital, "postgresql://sekisho:geheim@db/sekisho")
    assert secret.value.message == "app.move.password"


def _everything(connection: sa.Connection) -> dict[str, list[str]]:
    return {
        table.name: sorted(
            repr(tuple(bytes(one) if isinstance(one, memoryview) else one for one in row))
            for row in connection.execute(sa.select(table))
        )
        for table in METADATA.sorted_tables
        if table.name != "ledger_owner"  # one row: who is the recorder now
    }


def test_no_table_is_left_behind(ready: Path) -> None:
    """What is copied is every table that the migrations make, those of rooms within rooms too."""
    script = (
        "from sekisho.app.copy_state import every_table;"
        "from sekisho.storage import METADATA;"
        "every_table(); print(*METADATA.tables)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout.split()
    made = set(sa.inspect(sa.create_engine(f"sqlite:///{ready}")).get_table_names())

    assert made - {TABLE} - set(told) == set()
