"""`sekisho ledger rotate-key`: a new signing key, in two people's names, on paper."""

from __future__ import annotations

from pathlib import Path

import click

from sekisho.app.installation import open_installation
from sekisho.cli.options import config_option, data_option
from sekisho.cli.speech import language, tell
from sekisho.errors import InvalidInputError


@click.command("rotate-key")
@data_option
@config_option
@click.option("--by", required=True, help="替える人の職員番号 / staff id of who changes it")
@click.option("--with", "second", required=True, help="もう一人の職員番号 / and of a second")
@click.option(
    "--paper",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="新しい公開鍵の紙（PDF） / the new public key, to be printed",
)
def rotate_key(data: Path, config: Path | None, by: str, second: str, paper: Path) -> None:
    """署名の鍵を替える：古い鍵が新しい鍵を知らせ、両方の鍵で署名する。

    Change the signing key: the old one announces the new one, and both sign for it.
    """
    from sekisho.app.erasure import CONFIRMERS, PROPOSERS, may  # noqa: PLC0415 (slow to import)
    from sekisho.pages import words  # noqa: PLC0415 (same)
    from sekisho.paper import KeySheet, key_sheet  # noqa: PLC0415 (same)
    from sekisho.storage import write_durably  # noqa: PLC0415 (same)

    if paper.exists():
        raise InvalidInputError("app.file_exists", file=str(paper))
    here = open_installation(data, config)
    try:
        first, other = may(here, by, PROPOSERS), may(here, second, CONFIRMERS)

        def sheet(key: str) -> bytes:
            digits = key.split("+")[1].upper()
            return key_sheet(
                KeySheet(
                    institution=here.institution or "",
                    vkey=key,
                    fingerprint=" ".join(digits[at : at + 4] for at in range(0, 8, 4)),
                    printed_at=here.clock.now(),
                    simulated=here.simulated,
                    language=language(),
                    zone=here.config.zone,
                ),
                say=words.say,
            )

        # What cannot be printed is found out before the key changes.
        sheet(_kept(here.data))
        with here.recorder() as recorder:
            key = recorder.rotate(first, other)
        write_durably(paper, sheet(key))
        click.echo(key)
        tell("ledger.rotation.done", file=str(paper))
    finally:
        here.close()


def _kept(data: Path) -> str:
    from sekisho.ledger import public_key  # noqa: PLC0415 (slow to import)

    return public_key(data)
