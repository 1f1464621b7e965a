"""The `sekisho` command and its groups."""

from __future__ import annotations

import click

from sekisho import __version__
from sekisho.cli import (
    access,
    care,
    cert,
    collect,
    demo,
    gate,
    ledger,
    ops,
    review,
    scan,
    serve,
    update,
)
from sekisho.cli.speech import give_up
from sekisho.errors import Error
from sekisho.storage import faults


class _Sekisho(click.Group):
    """A group that turns every `Error`, and every fault of the disk, into a sentence and exit code 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            with faults():
                return super().invoke(ctx)
        except Error as error:
            give_up(error)


@click.group(cls=_Sekisho, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sekisho")
def main() -> None:
    """関所: 誰が患者の情報に触れたかを、あとから変えられない記録にし、確認する。

    Who reached patient information, on a record that cannot be quietly changed.
    """


main.add_command(demo.demo)
main.add_command(serve.serve)
main.add_command(collect.collect)
main.add_command(access.access)
main.add_command(care.care)
main.add_command(cert.cert)
main.add_command(ledger.ledger)
main.add_command(gate.gate)
main.add_command(review.review)
main.add_command(scan.scan)
main.add_command(update.update)
for command in ops.COMMANDS:
    main.add_command(command)
