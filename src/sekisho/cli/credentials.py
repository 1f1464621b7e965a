"""`sekisho gate credential`: what the gate shows a protected system to be let in."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sekisho.app.installation import Installation, open_installation
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import day, json_line, sentence, tell
from sekisho.cli.use import record_use
from sekisho.errors import InvalidInputError
from sekisho.gate.config import Route, read_gate
from sekisho.terms import Action, Secret, iso

KINDS = ("basic", "bearer", "header")
by_option = click.option("--by", required=True, help="職員番号 / staff id of who does it")


@click.group()
def credential() -> None:
    """上流の合言葉：門がシステムに見せるもの / what the gate shows an upstream."""


@credential.command("set")
@click.argument("system")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option("--user", help="basic のユーザー名 / user name of HTTP Basic")
@click.option("--header", help="header の見出しの名前 / name of the field, e.g. X-Api-Key")
@by_option
@data_option
@config_option
def keep(
    system: str,
    kind: str,
    user: str | None,
    header: str | None,
    by: str,
    data: Path,
    config: Path | None,
) -> None:
    """しまう（合言葉は、聞かれてから打つか、標準入力の一行） / keep one, asked for or on stdin."""
    from sekisho.gate.credentials import Kind, field_of, set_credential  # noqa: PLC0415 (slow)

    installation = open_installation(data, config, elsewhere=True)
    try:
        route = _route(installation, system)
        chosen = Kind(kind)
        field = field_of(chosen, _secret(), header if chosen is Kind.HEADER else user)
        record_use(installation, Action.SECURITY, f"gate/credential/{system}/set", by=by)
        set_credential(data, installation.database, installation.clock, route, chosen, field, by=by)
        tell("app.credential.set", system=system, upstream=route.upstream)
    finally:
        installation.close()


@credential.command()
@click.argument("system")
@by_option
@data_option
@config_option
def remove(system: str, by: str, data: Path, config: Path | None) -> None:
    """忘れる / forget one."""
    from sekisho.gate.credentials import credentials, remove_credential  # noqa: PLC0415 (slow)

    installation = open_installation(data, config, elsewhere=True)
    try:
        if system not in {each.route for each in credentials(installation.database)}:
            raise InvalidInputError("gate.credential.none_set", route=system[:32])
        record_use(installation, Action.SECURITY, f"gate/credential/{system}/removed", by=by)
        remove_credential(installation.database, system)
        tell("app.credential.removed", system=system)
    finally:
        installation.close()


@credential.command("list")
@data_option
@config_option
@json_option
def show(data: Path, config: Path | None, *, as_json: bool) -> None:
    """どのシステムにあるか（合言葉は見せない） / which systems have one, never what it is."""
    from sekisho.gate.credentials import credentials  # noqa: PLC0415 (slow)

    installation = open_installation(data, config, elsewhere=True)
    try:
        known = credentials(installation.database)
        if not known and not as_json:
            tell("app.credential.none")
        for each in known:
            if as_json:
                json_line(
                    {
                        "system": each.route,
                        "kind": each.kind.value,
                        "upstream": each.upstream,
                        "set_at": iso(each.set_at),
                        "set_by": each.set_by,
                        "refused_at": iso(each.refused_at) if each.refused_at else None,
                    }
                )
                continue
            tell(
                "app.credential.line",
                system=each.route,
                kind=each.kind.value,
                upstream=each.upstream,
                day=day(each.set_at, installation.config.zone),
                by=each.set_by,
                refused=day(each.refused_at, installation.config.zone),
            )
    finally:
        installation.close()


def _route(installation: Installation, system: str) -> Route:
    config = read_gate(installation.data)
    for route in () if config is None else config.routes:
        if route.name == system:
            return route
    raise InvalidInputError("gate.credential.no_system", system=system[:32])


def _secret() -> Secret:
    """Return what is typed unseen, or the one line on standard input; never an argument."""
    if sys.stdin.isatty():
        typed: str = click.prompt(
            sentence("app.credential.ask", {}), hide_input=True, confirmation_prompt=True, err=True
        )
        return Secret(typed)
    return Secret(sys.stdin.readline().rstrip("\r\n"))
