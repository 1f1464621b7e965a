"""`sekisho serve`: everything running."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.app.installation import Installation, open_installation
from sekisho.app.serve import COLLECT, GATE, LATER, PARTS, Supervisor, end_with_parent, run_jobs
from sekisho.cli.options import config_option, data_option
from sekisho.cli.speech import tell
from sekisho.errors import InvalidInputError, UnavailableError
from sekisho.storage import faults

if TYPE_CHECKING:
    from sekisho.ledger import Listen

PASSING = frozenset({"storage.full", "storage.busy", "storage.disk_fault", "storage.no_answer"})
"""What a disk or a database may do to a part for a while; it is started again."""


@click.command()
@data_option
@config_option
@click.option("--only", type=click.Choice([*PARTS, GATE, COLLECT]), hidden=True)
@click.pass_obj
def serve(
    show: Callable[[Installation], None], data: Path, config: Path | None, only: str | None
) -> None:
    """記録係・画面・予定の作業を始め、見守る / start and watch everything."""
    if only is not None:
        end_with_parent()
        try:
            with faults():
                _part(only, data, config, show)
        except UnavailableError as error:
            if error.message not in PASSING:
                raise
            # Not a mistake that somebody has to mend before anything can start.
            tell(error.message, error=True, **error.values())
            raise SystemExit(LATER) from error
        return
    installation = open_installation(data, config, create=True, elsewhere=True)
    elsewhere = installation.remote
    try:
        if elsewhere is None:
            _greet(installation)
    finally:
        installation.close()
    # Where the recorder is elsewhere, so are the console and the jobs: both read the log.
    supervisor = Supervisor(data, config, PARTS if elsewhere is None else ())
    if not supervisor.parts:
        raise InvalidInputError("app.remote.no_parts")
    if elsewhere is not None:
        tell("app.remote.ready", machine=elsewhere.name)
    signal.signal(signal.SIGTERM, supervisor.stop)
    signal.signal(signal.SIGINT, supervisor.stop)
    raise SystemExit(supervisor.run())


def _part(name: str, data: Path, config: Path | None, show: Callable[[Installation], None]) -> None:
    installation = open_installation(data, config, elsewhere=name in {GATE, COLLECT})
    installation.beside = True
    try:
        if name == "recorder":
            from sekisho.ledger import serve as record  # noqa: PLC0415 (each part loads its own)

            record(
                installation.data,
                installation.database,
                installation.clock,
                listen=_listen(installation),
            )
        elif name == "console":
            show(installation)
        elif name == GATE:
            from sekisho.app.gate import serve as guard  # noqa: PLC0415 (each part loads its own)

            guard(installation)
        elif name == COLLECT:
            from sekisho.app.collect import serve as take  # noqa: PLC0415 (each part loads its own)

            take(installation)
        else:
            run_jobs(installation)
    finally:
        installation.close()


def _listen(installation: Installation) -> Listen | None:
    if installation.config.recorder is None:
        return None
    from sekisho.app.remote import listen_of  # noqa: PLC0415 (only where other machines are)

    return listen_of(installation.config.recorder, installation.database, installation.clock)


def _greet(installation: Installation) -> None:
    from sekisho import identity  # noqa: PLC0415 (slow to import)
    from sekisho.ledger import public_key  # noqa: PLC0415 (slow to import)

    origin = installation.config.origin
    code = identity.set_up(installation.database, installation.clock)
    if code is not None:
        tell("app.serve.key")
        click.echo("  " + public_key(installation.data))
        tell("app.serve.set_up", origin=origin)
        click.echo("  " + code.reveal())
    tell("app.serve.ready", origin=origin)
