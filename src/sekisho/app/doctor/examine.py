"""Runs the checks in the order in which one would mend what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from sekisho.app.config import Config, read_config
from sekisho.app.doctor import door, machine, state
from sekisho.app.doctor.encryption import encryption
from sekisho.app.doctor.machines import machines
from sekisho.app.doctor.patient import Patient
from sekisho.errors import Error, InvalidInputError
from sekisho.storage import Database, open_database
from sekisho.terms import Clock, Evidence, Result

CHECKS: Sequence[Callable[[Patient], Evidence]] = (
    machine.system,
    machine.time_zones,
    machine.paper,
    state.folder,
    state.owner,
    state.key,
    machine.disk,
    encryption,
    machine.clock,
    machine.scanner,
    state.answers,
    state.whole,
    state.recorder,
    machines,
    state.verified,
    state.certificate,
    door.gate,
    door.collecting,
    state.backup,
    state.recovery_key,
)
"""Every check, in order; each is a function from `Patient` to Evidence."""

THERE = frozenset(
    {
        machine.paper,
        state.key,
        state.whole,
        state.recorder,
        state.verified,
        state.certificate,
        state.backup,
        state.recovery_key,
    }
)
"""Checks of what only the recorder's machine has; a machine without it leaves them out."""


def examine(data: Path, clock: Clock, config_file: Path | None = None) -> list[Evidence]:
    """Return one Evidence for each check of the installation in `data`.

    Nothing is written and nothing is mended. The configuration is checked first;
    where it is wrong, its Evidence carries the error's own id and values.
    """
    config, about = _configuration(data, clock, config_file)
    with _database(config) as (database, why, damage):
        patient = Patient(
            data=data,
            now=clock.now(),
            config=config,
            database=database,
            no_database=why,
            damage=damage,
        )
        left = THERE if config is not None and config.elsewhere else frozenset()
        return [about, *(check(patient) for check in CHECKS if check not in left)]


def _configuration(
    data: Path, clock: Clock, config_file: Path | None
) -> tuple[Config | None, Evidence]:
    try:
        config = read_config(data, config_file)
    except InvalidInputError as error:
        return None, Evidence(
            subject="doctor.config",
            checked_at=clock.now(),
            by="doctor",
            result=Result.NO,
            message=error.message,
            args=error.values(),
        )
    return config, Evidence(
        subject="doctor.config",
        checked_at=clock.now(),
        by="doctor",
        result=Result.YES,
        message="doctor.config.yes",
    )


@contextmanager
def _database(config: Config | None) -> Iterator[tuple[Database | None, str | None, str | None]]:
    if config is None:
        yield None, "config", None
        return
    url = sa.make_url(config.storage_url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        # Opening it would make it: the doctor makes nothing.
        yield None, "absent", None
        return
    database = open_database(config.storage_url, prepare=False)
    try:
        damage = database.damage() or state.unreadable(database)
    except Error:
        yield None, "silent", None
    else:
        # Of a damaged state nothing is believed: what would be read from it is not checked.
        yield (database, None, None) if damage is None else (None, "damaged", damage)
    finally:
        database.close()
