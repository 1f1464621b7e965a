"""`sekisho move`: the state from SQLite to PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import click

from sekisho.cli.options import data_option
from sekisho.cli.speech import progress, tell


@click.command()
@data_option
@click.option("--to", "url", required=True, metavar="URL", help="postgresql://…")
def move(data: Path, url: str) -> None:
    """状態を SQLite から PostgreSQL に移し、検証する / move the state to PostgreSQL, verified."""
    from sekisho.app.move import move_state  # noqa: PLC0415 (slow to import)

    count = move_state(data, url, progress=progress())
    tell("app.moved", count=f"{count:,}", file=str(data / "state.db.moved"))
