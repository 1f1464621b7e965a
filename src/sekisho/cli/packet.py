"""`sekisho gate packet`: the letter with which a system's vendor is asked."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from sekisho.app.installation import open_installation
from sekisho.cli.options import config_option, data_option
from sekisho.cli.speech import language, tell
from sekisho.errors import ConflictError
from sekisho.storage import write_durably


@click.command()
@data_option
@config_option
@click.argument("system", metavar="SYSTEM")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="DOCX の名前 / file to write"
)
def packet(data: Path, config: Path | None, system: str, out: Path) -> None:
    """業者への説明とお願い（DOCX）を書く / write the letter to the system's vendor."""
    from sekisho.app.packet import packet as letter  # noqa: PLC0415 (slow to import)

    if out.exists():
        raise ConflictError("ledger.out_exists", file=str(out))
    with closing(open_installation(data, config)) as here:
        write_durably(out, letter(here, system, language=language()))
    tell("app.gate.packet", file=str(out))
