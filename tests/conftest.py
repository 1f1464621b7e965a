"""What every test may ask for: a clock, a database of each kind, a data directory."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from tests.missing import missing
from tests.states import Servers

from sekisho.storage import Database, open_database
from sekisho.terms import FixedClock

# A busy machine is no fault: no example has a time limit. In CI Hypothesis has its own profile.
# The soak asks there for this one and gives seeds: what derandomizes would not look at them.
settings.register_profile(
    "busy", deadline=None, derandomize=False, suppress_health_check=[HealthCheck.too_slow]
)
if os.environ.get("CI") != "true":
    settings.load_profile("busy")

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("SEKISHO_TEST_POSTGRES")
KINDS = ["sqlite", "postgresql"] if POSTGRES or os.environ.get("CI") == "true" else ["sqlite"]


LONG = tuple(str(Path("tests", name)) for name in ("browser", "crash", "ops"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first, whatever the order: at the end no worker is alone with one of them."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at the first of November 2026, 00:00 UTC."""
    return FixedClock(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data directory."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(params=KINDS)
def state_url(request: pytest.FixtureRequest, data: Path) -> Iterator[str]:
    """Where an empty state of each kind is; PostgreSQL in a schema of its own."""
    if request.param == "sqlite":
        yield f"sqlite:///{data / 'state.db'}"
        return
    assert POSTGRES, "CI needs a PostgreSQL: SEKISHO_TEST_POSTGRES (make test starts one)"
    schema = f"t{uuid.uuid4().hex}"
    server = sa.create_engine(POSTGRES)
    with server.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    url = sa.make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={schema}"})
    yield url.render_as_string(hide_password=False)
    with server.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    server.dispose()


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a state with its tables, made once to be copied."""
    file = tmp_path_factory.mktemp("ready") / "state.db"
    open_database(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def prepared(data: Path, ready: Path) -> Path:
    """The data directory, with the tables of an SQLite state that nobody used yet."""
    if not (data / "state.db").exists():
        shutil.copyfile(ready, data / "state.db")
    return data


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[Servers]:
    """Databases of the tests' PostgreSQL."""
    assert POSTGRES, "CI needs a PostgreSQL: SEKISHO_TEST_POSTGRES (make test starts one)"
    made = Servers(POSTGRES)
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, data: Path, ready: Path) -> Iterator[Database]:
    """An empty database of each kind, tables ready."""
    if request.param == "sqlite":
        shutil.copyfile(ready, data / "state.db")
        opened = open_database(f"sqlite:///{data / 'state.db'}")
        yield opened
        opened.close()
        return
    made: Servers = request.getfixturevalue("postgresql_databases")
    name = made.take()
    opened = open_database(made.url(name))
    yield opened
    opened.close()
    made.give_back(name)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of samples that nobody here wrote; absent outside the workshop."""
    folder = Path(os.environ.get("SEKISHO_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        missing(f"the samples (SEKISHO_SHARED) are not here: {folder}")
    return folder
