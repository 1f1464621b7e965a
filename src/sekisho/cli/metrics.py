"""`sekisho metrics`: who may read the figures for operators."""

from __future__ import annotations

import getpass
from contextlib import closing
from pathlib import Path

import click

from sekisho.app import metrics as kept
from sekisho.app.installation import open_installation
from sekisho.cli.options import config_option, data_option
from sekisho.cli.speech import tell
from sekisho.cli.use import record_use
from sekisho.terms import Action


@click.group()
def metrics() -> None:
    """運用者向けの数値（/metrics） / figures for operators."""


@metrics.command()
@data_option
@config_option
def token(data: Path, config: Path | None) -> None:
    """読むための合言葉を作る（前のものは使えなくなる） / make the token; it replaces the one before."""
    with closing(open_installation(data, config)) as here:
        record_use(here, Action.SECURITY, "metrics/token")
        made = kept.make_token(here, f"os:{getpass.getuser()}")
        tell("app.metrics.token", origin=here.config.origin, error=True)
        click.echo(made.reveal())


@metrics.command()
@data_option
@config_option
def end(data: Path, config: Path | None) -> None:
    """誰も読めないようにする / let nobody read them any more."""
    with closing(open_installation(data, config)) as here:
        record_use(here, Action.SECURITY, "metrics/end")
        kept.end_token(here, f"os:{getpass.getuser()}")
        tell("app.metrics.ended")
