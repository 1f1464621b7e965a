"""The command line: the door for scripts, operators and inspectors; no rule lives here."""

from sekisho.cli.main import main

__all__ = ["main"]
