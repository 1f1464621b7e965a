"""The `sekisho` command and its groups."""

from __future__ import annotations

from importlib import import_module

import click

from sekisho import __version__
from sekisho.cli.speech import give_up
from sekisho.errors import Error
from sekisho.storage import faults

COMMANDS = {
    "access": "access",
    "backup": "ops",
    "care": "care",
    "cert": "cert",
    "collect": "collect",
    "demo": "demo",
    "doctor": "ops",
    "feeds": "feeds",
    "gate": "gate",
    "inspection": "inspection",
    "ledger": "ledger",
    "move": "move",
    "posture": "posture",
    "metrics": "metrics",
    "restore": "ops",
    "review": "review",
    "scan": "scan",
    "serve": "serve",
    "terminal": "terminal",
    "update": "update",
    "witness": "witness",
}
"""Each command and the module here that has it; only the one that runs is loaded."""


class _Sekisho(click.Group):
    """A group that turns every `Error`, and every fault of the disk, into a sentence and exit code 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            with faults():
                return super().invoke(ctx)
        except Error as error:
            give_up(error)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's)
        """Return the names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's)
        """Load the command of that name; None where there is none."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(f"sekisho.cli.{module}"), cmd_name)
        return command


@click.group(cls=_Sekisho, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sekisho")
def main() -> None:
    """関所: 誰が患者の情報に触れたかを、あとから変えられない記録にし、確認する。

    Who reached patient information, on a record that cannot be quietly changed.
    """
