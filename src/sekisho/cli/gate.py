"""`sekisho gate`: what the door of the protected systems needs from the command line."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from sekisho.app.installation import open_installation
from sekisho.cli import services
from sekisho.cli.options import config_option, data_option
from sekisho.cli.speech import language, tell
from sekisho.cli.use import record_use
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.gate.config import read_gate
from sekisho.pages import words
from sekisho.paper import RecoverySheet, recovery_sheet
from sekisho.storage import write_durably
from sekisho.terms import Action


@click.group()
def gate() -> None:
    """門 / the gate before web-based systems."""


gate.add_command(services.service)


@gate.command()
@data_option
@config_option
@click.argument("routes", nargs=-1, metavar="[SYSTEM]...")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="PDF の置き場所 / folder for the PDFs",
)
def envelope(data: Path, config: Path | None, routes: tuple[str, ...], out: Path) -> None:
    """緊急運用の封筒を刷る（システムごとに一通） / print one sealed code for each system."""
    from sekisho.gate.envelope import print_codes  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config)
    try:
        known = read_gate(data)
        if known is None or not known.routes:
            raise InvalidInputError("gate.config.none")
        if known.second is None:
            raise InvalidInputError("gate.envelope.no_second")
        by_name = {route.name: route for route in known.routes}
        chosen = routes or tuple(by_name)
        for name in chosen:
            if name not in by_name:
                raise InvalidInputError("gate.envelope.no_system", system=name)
        try:
            out.mkdir(mode=0o700, parents=True)
        except FileExistsError as error:
            raise ConflictError("ledger.out_exists", file=str(out)) from error
        record_use(installation, Action.SECURITY, "gate/envelopes")
        made = print_codes(data, installation.clock, chosen, by=getpass.getuser())
        for name, (number, code) in zip(chosen, made, strict=True):
            sheet = RecoverySheet(
                institution=installation.institution or "",
                kind="gate",
                code=code,
                printed_at=installation.clock.now(),
                number=number,
                about=name,
                address=by_name[name].upstream,
                simulated=installation.simulated,
                language=language(),
                zone=installation.config.zone,
            )
            write_durably(out / f"{number}.pdf", recovery_sheet(sheet, say=words.say))
        tell("app.gate.envelopes", count=len(made), folder=str(out))
    finally:
        installation.close()
