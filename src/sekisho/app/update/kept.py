"""The state as it was before a version tried itself on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from sekisho.app.config import read_config
from sekisho.app.update.layout import Layout
from sekisho.storage import Aside, Database, faults, forget_aside, open_database, set_aside

FOLDER = "before-update"
"""Below ``run/``."""


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
    """Return a copy of the state of this installation.

    Raises:
        UnavailableError: There is no room, or PostgreSQL does not let it be made.
    """
    url = sa.make_url(read_config(layout.data).storage_url)
    with faults():
        if url.get_backend_name() == "sqlite":
            return _File(layout, Path(str(url.database)))
        return _Server(layout)


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

    def __init__(self, layout: Layout) -> None:
        self._database = open_state(layout)
        try:
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
