"""`sekisho terminal`: shared terminals, how long each may stand idle, and its agent's token."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from sekisho.app.installation import Installation, open_installation
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import json_line, tell
from sekisho.cli.use import record_use
from sekisho.errors import InvalidInputError
from sekisho.identity import terminals
from sekisho.identity.signals import issue_terminal_token
from sekisho.terms import Action, iso

by_option = click.option("--by", required=True, help="職員番号 / staff id of who does it")


@click.group()
def terminal() -> None:
    """共用の端末：無操作の時間と、カードを抜いた合図 / shared terminals."""


@contextmanager
def _opened(data: Path, config: Path | None) -> Iterator[Installation]:
    installation = open_installation(data, config)
    try:
        yield installation
    finally:
        installation.close()


@terminal.command("set")
@click.argument("name")
@click.option(
    "--at", "networks", multiple=True, required=True, help="10.1.3.7、10.1.3.0/24（何度でも）"
)
@click.option(
    "--idle", default=5, show_default=True, help="操作がなければサインアウトする分数 / minutes"
)
@click.option(
    "--keep-page/--forget-page",
    default=True,
    help="交代した人を同じ画面に戻すか / whether the next person comes to the same page",
)
@by_option
@data_option
@config_option
def set_(
    name: str,
    networks: tuple[str, ...],
    idle: int,
    by: str,
    data: Path,
    config: Path | None,
    *,
    keep_page: bool,
) -> None:
    """端末を登録する、または変える / list a terminal, or change it."""
    wait = dt.timedelta(minutes=idle)
    with _opened(data, config) as here:
        terminals.check_terminal(name, networks, wait)
        record_use(here, Action.SECURITY, f"terminal/{name}/set", by=by)
        terminals.set_terminal(
            here.database, here.clock, name,
            networks=networks, idle=wait, keep_page=keep_page, by=by,
        )  # fmt: skip
    tell("app.terminal.set", name=name, minutes=idle)


@terminal.command()
@click.argument("name")
@by_option
@data_option
@config_option
def forget(name: str, by: str, data: Path, config: Path | None) -> None:
    """端末の登録を消す（合図の合言葉も終わる） / take a terminal off the list."""
    with _opened(data, config) as here:
        _listed(here, name)
        record_use(here, Action.SECURITY, f"terminal/{name}/forgotten", by=by)
        terminals.forget_terminal(here.database, name)
    tell("app.terminal.forgotten", name=name)


@terminal.command()
@click.argument("name")
@by_option
@data_option
@config_option
def token(name: str, by: str, data: Path, config: Path | None) -> None:
    """カード読み取り機の合図の合言葉を、一度だけ示す / show the agent's token once."""
    with _opened(data, config) as here:
        _listed(here, name)
        record_use(here, Action.SECURITY, f"terminal/{name}/token", by=by)
        made = issue_terminal_token(here.database, name)
        tell("app.terminal.shown_once", error=True, origin=here.config.origin)
        click.echo(made.reveal())


@terminal.command("list")
@data_option
@config_option
@json_option
def show(data: Path, config: Path | None, *, as_json: bool) -> None:
    """一覧 / list them."""
    with _opened(data, config) as here:
        known = terminals.terminals(here.database)
    if not known and not as_json:
        tell("app.terminal.none")
    for one in known:
        minutes, signalled = int(one.idle.total_seconds() // 60), one.signalled_at
        places = [str(network) for network in one.networks]
        if as_json:
            json_line(
                {
                    "name": one.name,
                    "networks": places,
                    "idle_minutes": minutes,
                    "keep_page": one.keep_page,
                    "agent": one.agent,
                    "signalled_at": None if signalled is None else iso(signalled),
                    "made_by": one.made_by,
                }
            )
            continue
        tell(
            "app.terminal.line", name=one.name, places="、".join(places), minutes=minutes,
            signalled="—" if signalled is None else iso(signalled)[:16],
        )  # fmt: skip


def _listed(here: Installation, name: str) -> None:
    if name not in {one.name for one in terminals.terminals(here.database)}:
        raise InvalidInputError("identity.no_terminal", name=name[:40])
