"""The state as it was before a version tried itself on it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from sekisho.app.config import read_config
from sekisho.app.update.layout import Layout
from sekisho.errors import UnavailableError
from sekisho.storage import Aside, Database, faults, forget_aside, open_database, set_aside

FOLDER = "before-update"
"""Below ``run/``."""
_LEAVING = 5.0
"""Seconds in which connections of what was just stopped go."""
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""


class Kept(Protocol):
    """A copy of the state, made while nothing writes."""

    def put_back(self) -> None:
        """Let the state be what it was.

        Raises:
            UnavailableError: It cannot.
        """
        ...

    def forget(self) -> None:
        """Let go of the copy."""
        ...


def keep(layout: Layout) -> Kept:
    """Return a copy of the state of this installation; of another machine's, nothing is touched.

    Raises:
        UnavailableError: There is no room, PostgreSQL does not let it be made, or another
            machine still writes to it.
    """
    config = read_config(layout.data)
    if config.elsewhere:
        return _Untouched()
    url = sa.make_url(config.storage_url)
    with faults():
        if url.get_backend_name() == "sqlite":
            return _File(layout, Path(str(url.database)))
        return _Server(layout, shared=config.recorder is not None)


def open_state(layout: Layout) -> Database:
    """Return the state as it is, reached as the owner of the data, whom PostgreSQL knows."""
    database = open_database(read_config(layout.data).storage_url, prepare=False)
    if database.path is None and os.geteuid() == 0:
        owner = layout.data.stat()

        @sa.event.listens_for(database.engine, "do_connect")
        def _as_owner(
            dialect: sa.Dialect, _record: Any, words: Any, named: Any
        ) -> sa.engine.interfaces.DBAPIConnection:
            with _being(owner.st_uid, owner.st_gid):
                return dialect.connect(*words, **named)

    return database


@contextmanager
def _being(user: int, group: int) -> Iterator[None]:
    """Act as another user: PostgreSQL's way "peer" asks the system who connects."""
    os.setegid(group)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


class _Untouched:
    """The state of the recorder's machine, seen from another: a new version there changes nothing."""

    def put_back(self) -> None:
        pass

    def forget(self) -> None:
        pass


class _File:
    """A copy of the files of SQLite."""

    def __init__(self, layout: Layout, state: Path) -> None:
        self._layout = layout
        self._files = [state, *(state.with_name(f"{state.name}-{end}") for end in ("wal", "shm"))]
        self._folder = layout.data / "run" / FOLDER
        # What an update that was cut off left is older than today's data: never put back.
        self.forget()
        self._folder.parent.mkdir(mode=0o700, exist_ok=True)
        self._folder.mkdir(mode=0o700)
        for path in self._files:
            if path.exists():
                shutil.copy2(path, self._folder / path.name)

    def put_back(self) -> None:
        owner = self._layout.data.stat()
        for path in self._files:
            path.unlink(missing_ok=True)
            if (self._folder / path.name).exists():
                shutil.copy2(self._folder / path.name, path)
                shutil.chown(path, owner.st_uid, owner.st_gid)

    def forget(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class _Server:
    """A copy of the tables of PostgreSQL, in the same database."""

    def __init__(self, layout: Layout, *, shared: bool) -> None:
        self._database = open_state(layout)
        try:
            if shared:
                _demand_alone(self._database)
            self._aside: Aside | None = set_aside(self._database.engine)
        except BaseException:
            self._database.close()
            raise

    def put_back(self) -> None:
        assert self._aside is not None, "it is put back once"
        aside, self._aside = self._aside, None  # where it fails the copy is all there is: it stays
        with faults():
            aside.put_back()

    def forget(self) -> None:
        with faults():
            if self._aside is not None:
                forget_aside(self._database.engine)
        self._database.close()


def _demand_alone(database: Database) -> None:
    """Return once nobody else is in the state: what others write meanwhile would be put back too.

    Raises:
        UnavailableError: Others stay; on their machines Sekisho still runs.
    """
    until = time.monotonic() + _LEAVING
    while True:
        with database.read() as connection:
            others = int(connection.exec_driver_sql(_OTHERS).scalar_one())
        if not others:
            return
        if time.monotonic() > until:
            raise UnavailableError("update.others", count=others)
        time.sleep(0.2)
