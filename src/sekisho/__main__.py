"""`python -m sekisho` and the `sekisho` command: the two doors meet here alone."""

from __future__ import annotations

from sekisho.app.installation import Installation
from sekisho.cli import main as commands


def _console(installation: Installation) -> None:
    from sekisho.console import serve  # noqa: PLC0415 (only the console's process loads it)

    serve(installation)


def main() -> None:
    """Run the command line; `sekisho serve` gets the console from here."""
    commands(obj=_console)


if __name__ == "__main__":
    main()
