"""Options that several commands share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

data_option: Decorator = click.option(
    "--data",
    required=True,
    # Whether it can be read is said in a sentence of ours.
    type=click.Path(path_type=Path, file_okay=False, readable=False),
    envvar="SEKISHO_DATA",
    help="データの置き場所 / data directory",
)
config_option: Decorator = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="設定ファイル（既定: データの置き場所の sekisho.toml） / configuration file",
)
json_option: Decorator = click.option(
    "--json", "as_json", is_flag=True, help="JSON Lines で出力 / print JSON Lines"
)


class LocalDate(click.ParamType[dt.date]):
    """A date as ``2026-10-31``."""

    name = "YYYY-MM-DD"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        """Return the date."""
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r}: YYYY-MM-DD", param, ctx)


def period_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--from`` and ``--to``, local dates, both inclusive."""
    function = click.option("--to", "end", type=LocalDate(), help="終わりの日 / last day")(function)
    return click.option("--from", "start", type=LocalDate(), help="初めの日 / first day")(function)
