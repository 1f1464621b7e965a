"""What every test may ask for: a clock, a database of each kind, a data directory."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from tests.missing import missing

from sekisho.storage import Database, open_database
from sekisho.terms import FixedClock

# A busy machine is no fault: no example has a time limit. In CI Hypothesis has its own profile.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if os.environ.get("CI") != "true":
    settings.load_profile("busy")

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("SEKISHO_TEST_POSTGRES")
KINDS = ["sqlite", "postgresql"] if POSTGRES or os.environ.get("CI") == "true" else ["sqlite"]


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
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A state with its tables, of each kind, made once to be copied: a file, a database."""
    file = tmp_path_factory.mktemp("ready") / "state.db"
    open_database(f"sqlite:///{file}").close()
    if POSTGRES is None:
        yield {"sqlite": str(file)}
        return
    name = f"ready{uuid.uuid4().hex}"
    with _server() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    open_database(_named(name)).close()
    yield {"sqlite": str(file), "postgresql": name}
    with _server() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=KINDS)
def database(
    request: pytest.FixtureRequest, data: Path, ready: dict[str, str]
) -> Iterator[Database]:
    """An empty database of each kind, tables ready."""
    if request.param == "sqlite":
        shutil.copyfile(ready["sqlite"], data / "state.db")
        opened = open_database(f"sqlite:///{data / 'state.db'}")
        yield opened
        opened.close()
        return
    assert POSTGRES, "CI needs a PostgreSQL: SEKISHO_TEST_POSTGRES (make test starts one)"
    name = f"t{uuid.uuid4().hex}"
    with _server() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {ready['postgresql']}")
    opened = open_database(_named(name))
    yield opened
    opened.close()
    with _server() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _server() -> Iterator[sa.Connection]:
    """Give a connection to the server itself, outside any transaction."""
    server = sa.create_engine(str(POSTGRES), isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            yield connection
    finally:
        server.dispose()


def _named(name: str) -> str:
    url = sa.make_url(str(POSTGRES)).set(database=name)
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of samples that nobody here wrote; absent outside the workshop."""
    folder = Path(os.environ.get("SEKISHO_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        missing(f"the samples (SEKISHO_SHARED) are not here: {folder}")
    return folder
