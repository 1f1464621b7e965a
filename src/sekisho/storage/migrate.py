"""Brings the tables to the newest form (Alembic), and knows which forms this version can use.

A step's number is ``<version>_<step>``: the first part counts the released versions
that changed tables, the second the steps within one. What this program can do stands
in the names of the files in ``migrations/versions``, so that opening a state that is
at its newest form reads one row and loads no Alembic.
"""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.storage.schema import METADATA

SCRIPTS = Path(__file__).with_name("migrations")
TABLE = "storage_version"
_STEP = re.compile(r"\d\d_\d\d\d")
_LOCK = 0x5E_C1_50  # PostgreSQL's advisory lock of whoever migrates


def prepare(engine: sa.Engine, scripts: Path = SCRIPTS) -> None:
    """Bring the tables to the newest form; at once, or not at all.

    A state that the version after this one used is opened as it is: its tables are
    ours with additions (decision 0008). Of processes that start at once one migrates
    and the others wait for it.

    Raises:
        InvalidInputError: The state was used by a version that is newer by two or more,
            or holds tables that no migration made.
    """
    head = newest(scripts)
    with engine.connect() as connection:
        if _usable(_kept(connection), head):
            return
    with (
        engine.connect().execution_options(immediate=True) as connection,
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        kept = _kept(connection)
        if _usable(kept, head):
            return  # another process was first
        if kept is None and sa.inspect(connection).get_table_names():
            # Made by nothing that was ever released, or another program's: not ours to change.
            raise InvalidInputError("storage.no_version")
        _upgrade(connection, scripts)


def demand(engine: sa.Engine, scripts: Path = SCRIPTS) -> None:
    """Return where the state can be used as it is: for who must not change its tables.

    Raises:
        InvalidInputError: Its tables are older than this program, or too new for it.
    """
    head = newest(scripts)
    with engine.connect() as connection:
        kept = _kept(connection)
    if not _usable(kept, head):
        raise InvalidInputError("storage.older", state=kept or "—", program=head)


def newest(scripts: Path = SCRIPTS) -> str:
    """Return the number of the newest step this program knows."""
    return max(path.name[1:7] for path in (scripts / "versions").glob("v*.py"))


def _kept(connection: sa.Connection) -> str | None:
    """Return the number of the step the state is at; None where it names none."""
    if not sa.inspect(connection).has_table(TABLE):
        return None
    number: str | None = connection.scalar(
        sa.select(sa.column("version_num", sa.String)).select_from(sa.table(TABLE))
    )
    return number


def _usable(kept: str | None, head: str) -> bool:
    """Whether a state at `kept` is opened as it is by a program whose newest step is `head`.

    Raises:
        InvalidInputError: It is too new, or its number is none of ours.
    """
    if kept is None:
        return False
    if not _STEP.fullmatch(kept):
        raise InvalidInputError("storage.no_version")
    if int(kept[:2]) > int(head[:2]) + 1:
        raise InvalidInputError("storage.too_new", state=kept, program=head)
    return kept >= head


def _upgrade(connection: sa.Connection, scripts: Path) -> None:
    from alembic import command  # noqa: PLC0415 (slow to import, needed once a version)
    from alembic.config import Config  # noqa: PLC0415 (same)

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes |= {"connection": connection, "metadata": METADATA, "version_table": TABLE}
    command.upgrade(config, "head")
