"""One installation: its data directory, state, clock, configuration and recorder."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sekisho.app.config import Config, read_config
from sekisho.app.settings import set_setting, setting
from sekisho.errors import Error, InvalidInputError, RefusedError, UnavailableError
from sekisho.storage import Database, demand, faults, open_database
from sekisho.terms import Access, Clock, SystemClock

if TYPE_CHECKING:
    from sekisho.ledger import AsyncRecorder, Reader, Recorder, Remote


class Installation:
    """What the doors and the jobs are given; close it when done."""

    def __init__(self, data: Path, config: Config, database: Database, clock: Clock) -> None:
        self.data = data
        self.config = config
        self.database = database
        self.clock = clock
        self.config_file: Path | None = None
        """Where the configuration stands, when not in the data directory."""
        self.beside = False
        """Whether this process runs beside the recorder process; then it never takes its place."""
        self.remote: Remote | None = None
        """Where the recorder listens, when it is on another machine; then it is never one's own."""
        self._recorder: AsyncRecorder | None = None

    @property
    def recorder_at(self) -> Path | Remote:
        """Where the recorder process is."""
        return self.remote or self.data

    @property
    def institution(self) -> str | None:
        """Return the institution's name, None before it was entered."""
        name: str | None = setting(self.database, "institution")
        return name

    def name_institution(self, name: str, *, by: str) -> None:
        """Keep the institution's name.

        Raises:
            InvalidInputError: It is empty or longer than 100 characters.
        """
        name = " ".join(name.split())
        if not 1 <= len(name) <= 100:
            raise InvalidInputError("app.institution_length")
        set_setting(self.database, "institution", name, by=by, at=self.clock.now())

    @property
    def simulated(self) -> bool:
        """Whether the data are simulated (a demonstration); then every page says so."""
        return bool(setting(self.database, "simulated", default=False))

    @contextmanager
    def recorder(self, *, busy: bool = False) -> Iterator[Recorder]:
        """Give the running recorder, or (a command alone) be it oneself for the duration.

        Where much is recorded, `busy` gives a process beside instead of being it oneself.
        """
        from sekisho.ledger import apart, recorder, running  # noqa: PLC0415 (slow to import)

        own = apart if busy else recorder
        with (
            running(self.recorder_at)
            if self.beside or self.remote
            else own(self.data, self.database, self.clock)
        ) as one:
            yield one

    async def record(self, access: Access) -> int:
        """Record one of Sekisho's own acts; durable when this returns its index.

        Raises:
            UnavailableError: It could not be recorded; then the act must not happen.
        """
        from sekisho.ledger import AsyncRecorder  # noqa: PLC0415 (slow to import)

        if self._recorder is None:
            self._recorder = AsyncRecorder(self.recorder_at)
        (index,) = await self._recorder.append([access])
        if index is None:
            raise UnavailableError("app.not_recorded")
        return index

    async def hang_up(self) -> None:
        """Close the line to the recorder; the next act connects again."""
        if self._recorder is not None:
            await self._recorder.close()
            self._recorder = None

    def reader(self) -> Reader:
        """Return the reader of the ledger.

        Raises:
            RefusedError: Its files are on another machine.
        """
        if self.remote is not None:
            raise RefusedError("app.remote.only_there", machine=self.remote.name)
        from sekisho.ledger import Reader  # noqa: PLC0415 (slow to import)

        return Reader(self.data, self.database)

    def recorder_answers(self) -> bool:
        """Return whether something listens at the recorder's socket."""
        if self.remote is not None:
            return _answers(self.remote)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(0.5)
            try:
                line.connect(str(self.data / "run" / "recorder.sock"))
            except OSError:
                return False
        return True

    def close(self) -> None:
        """Close what is open."""
        self.database.close()


def _answers(remote: Remote) -> bool:
    from sekisho.ledger import Client  # noqa: PLC0415 (slow to import)

    line = Client(remote, timeout=2.0)
    try:
        line.size()
    except Error:
        return False
    finally:
        line.close()
    return True


def open_installation(
    data: Path,
    config_file: Path | None = None,
    *,
    create: bool = False,
    elsewhere: bool = False,
    clock: Clock | None = None,
) -> Installation:
    """Return the installation in `data`.

    Args:
        data: Data directory.
        config_file: The configuration's place, when not in the data directory.
        create: Set up what is missing: the folder (0700), the tables, the signing key.
        elsewhere: Whether the caller can do with a recorder on another machine: it only hands
            records over, and reads none.
        clock: The machine's clock unless given.

    Raises:
        InvalidInputError: There is none and `create` is false, or the configuration is wrong.
        UnavailableError: The disk or the database does not do its part.
        TamperError: The state's file is damaged.
        RefusedError: The recorder is on another machine, and this is done there.
    """
    with faults():
        config = _folders(data, config_file, create=create)
    if config.recorder is not None and config.elsewhere and not elsewhere:
        raise RefusedError("app.remote.only_there", machine=config.recorder.name)
    remote = None
    if config.elsewhere:
        from sekisho.app.remote import remote_of  # noqa: PLC0415 (only where there is one)

        remote = remote_of(config.recorder)
    # The tables are changed on the recorder's machine, when that is updated.
    database = open_database(config.storage_url, prepare=remote is None)
    if remote is not None:
        with faults():
            demand(database.engine)
    here = Installation(data, config, database, clock or SystemClock())
    here.config_file, here.remote = config_file, remote
    return here


def _folders(data: Path, config_file: Path | None, *, create: bool) -> Config:
    if create:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not data.is_dir():
        raise InvalidInputError("app.no_data_directory", folder=str(data))
    if not os.access(data, os.W_OK | os.X_OK):
        raise InvalidInputError("app.data_not_writable", folder=str(data))
    config = read_config(data, config_file)
    key = data / "ledger" / "key"
    if config.elsewhere:
        _no_log(data)
    elif not key.exists():
        if not create:
            raise InvalidInputError("app.not_set_up", folder=str(data))
        from sekisho.ledger import create_key  # noqa: PLC0415 (slow to import)

        for folder in ("ledger", "run", "paper", "upload"):
            (data / folder).mkdir(mode=0o700, exist_ok=True)
        create_key(data, f"sekisho.invalid/{secrets.token_hex(6)}")
    return config


def _no_log(data: Path) -> None:
    """Make ready what a machine without the recorder keeps.

    Raises:
        InvalidInputError: A log is here: it would stand still beside the one that goes on.
    """
    if (data / "ledger" / "key").exists():
        raise InvalidInputError("app.remote.log_here", folder=str(data))
    (data / "run").mkdir(mode=0o700, exist_ok=True)
