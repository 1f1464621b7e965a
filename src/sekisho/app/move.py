"""The state from one database to another, row by row, and then verified there.

Files of the data directory (sealed records, tiles, keys) stay where they are.
"""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa

from sekisho.app.config import FILE, read_config
from sekisho.app.copy_state import Progress, copy_state
from sekisho.errors import InvalidInputError, TamperError
from sekisho.ledger import verify
from sekisho.ledger.lock import sole
from sekisho.storage import open_database, write_durably


def move_state(data: Path, url: str, *, progress: Progress | None = None) -> int:
    """Copy the state of `data` into the empty PostgreSQL at `url`, verify it, and use it from now on.

    The old file stays beside as ``state.db.moved``, untouched, until somebody removes it.

    Args:
        data: The data directory; nothing may be running on it.
        url: ``postgresql://…``.
        progress: Called with rows copied and rows in all.

    Returns:
        The number of rows moved.

    Raises:
        InvalidInputError: The state is not the SQLite of this directory, or `url` no PostgreSQL.
        ConflictError: Something runs on the data, or there is a state at `url` already.
        TamperError: What arrived is not what was sent, or the record is not intact there.
    """
    config = read_config(data)
    old = data / "state.db"
    if not config.storage_url.startswith("sqlite:///") or not old.exists():
        raise InvalidInputError("app.move.not_sqlite")
    if not url.startswith(("postgresql://", "postgresql+psycopg://")):
        raise InvalidInputError("app.move.not_postgresql")
    if sa.make_url(url).password is not None or re.search(r'["\\\s]', url):
        # It would stand in a settings file and in the list of processes.
        raise InvalidInputError("app.move.password")
    source = open_database(config.storage_url)
    try:
        with sole(data, source):
            target = open_database(url)
            try:
                moved = copy_state(source, target, progress)
                verdict = verify(data, url=url)
                if not verdict.ok:
                    raise TamperError("app.move.not_intact")
            finally:
                target.close()
            _use(data, url)
    finally:
        source.close()
    for name in ("state.db-wal", "state.db-shm"):
        (data / name).unlink(missing_ok=True)
    old.replace(data / "state.db.moved")
    return moved


def _use(data: Path, url: str) -> None:
    """Write the address into the settings."""
    path = data / FILE
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    rest = re.sub(r"(?m)^\[storage\][^\[]*", "", text).strip()
    line = f'[storage]\nurl = "{url}"\n'
    write_durably(path, (f"{rest}\n\n{line}" if rest else line).encode())
