"""`sekisho gate`: what the door of the protected systems needs from the command line."""

from __future__ import annotations

import getpass
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from sekisho.app.installation import open_installation
from sekisho.cli import credentials, packet, probe, services
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import json_line, language, tell
from sekisho.cli.use import record_use
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.gate.config import read_gate
from sekisho.pages import words
from sekisho.paper import RecoverySheet, recovery_sheet
from sekisho.storage import write_durably
from sekisho.terms import Action, iso

if TYPE_CHECKING:
    from sekisho.identity.bans import Ban


@click.group()
def gate() -> None:
    """門 / the gate before web-based systems."""


gate.add_command(services.service)
gate.add_command(credentials.credential)
gate.add_command(packet.packet)
gate.add_command(probe.probe)


@gate.command()
@data_option
@config_option
@click.argument("routes", nargs=-1, metavar="[SYSTEM]...")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="PDF の置き場所 / folder for the PDFs",
)
def envelope(data: Path, config: Path | None, routes: tuple[str, ...], out: Path) -> None:
    """緊急運用の封筒を刷る（システムごとに一通） / print one sealed code for each system."""
    from sekisho.gate.envelope import print_codes  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config, elsewhere=True)
    try:
        known = read_gate(data)
        if known is None or not known.routes:
            raise InvalidInputError("gate.config.none")
        if known.second is None:
            raise InvalidInputError("gate.envelope.no_second")
        by_name = {route.name: route for route in known.routes}
        chosen = routes or tuple(by_name)
        for name in chosen:
            if name not in by_name:
                raise InvalidInputError("gate.envelope.no_system", system=name)
        try:
            out.mkdir(mode=0o700, parents=True)
        except FileExistsError as error:
            raise ConflictError("ledger.out_exists", file=str(out)) from error
        record_use(installation, Action.SECURITY, "gate/envelopes")
        made = print_codes(data, installation.clock, chosen, by=getpass.getuser())
        for name, (number, code) in zip(chosen, made, strict=True):
            sheet = RecoverySheet(
                institution=installation.institution or "",
                kind="gate",
                code=code,
                printed_at=installation.clock.now(),
                number=number,
                about=name,
                address=by_name[name].upstream,
                simulated=installation.simulated,
                language=language(),
                zone=installation.config.zone,
            )
            write_durably(out / f"{number}.pdf", recovery_sheet(sheet, say=words.say))
        tell("app.gate.envelopes", count=len(made), folder=str(out))
    finally:
        installation.close()


@gate.command()
@data_option
@config_option
@json_option
def bans(data: Path, config: Path | None, *, as_json: bool) -> None:
    """サインインへの攻撃とみて締め出している場所 / networks shut out for attacking sign-in."""
    from sekisho.identity.attacks import rules  # noqa: PLC0415 (slow to import)
    from sekisho.identity.bans import bans as kept  # noqa: PLC0415 (same)

    why = {rule.id: rule.why[language()] for rule in rules().rules}
    with closing(open_installation(data, config, elsewhere=True)) as here:
        found = kept(here.database, standing_at=here.clock.now())
        zone = ZoneInfo(here.config.zone)
    for ban in found:
        if as_json:
            json_line(_plain(ban))
            continue
        tell(
            "app.gate.ban" if ban.stops else "app.gate.ban_inside",
            network=ban.network,
            until=ban.until.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
            why=why.get(ban.rule, ban.rule),
            count=ban.count,
            times=ban.times,
        )
    if not found and not as_json:
        tell("app.gate.no_bans")


@gate.command()
@data_option
@config_option
@click.argument("network")
@click.option("--reason", default="", help="理由 / why")
def lift(data: Path, config: Path | None, network: str, reason: str) -> None:
    """締め出しを解除する（番号は bans に出るもの） / end the ban of a network, as bans names it."""
    from sekisho.identity.addresses import networks_of  # noqa: PLC0415 (slow to import)
    from sekisho.identity.bans import bans as kept  # noqa: PLC0415 (same)
    from sekisho.identity.bans import lift as end  # noqa: PLC0415 (same)

    named = {network, *(networks_of(network) or ())[:1]}
    with closing(open_installation(data, config, elsewhere=True)) as here:
        now = here.clock.now()
        found = [ban for ban in kept(here.database, standing_at=now) if ban.network in named]
        if not found:
            raise InvalidInputError("app.gate.not_banned", network=network)
        user = f"os:{getpass.getuser()}"
        for ban in found:
            record_use(here, Action.SECURITY, f"gate/ban/{ban.id}")
            end(here.database, here.clock, ban.id, by=user, reason=reason)
    tell("app.gate.lifted", network=network, count=len(found))


def _plain(ban: Ban) -> dict[str, Any]:
    values = asdict(ban)
    for name in ("at", "until", "lifted_at"):
        values[name] = None if values[name] is None else iso(values[name])
    return values


@gate.command("emr-key")
@click.argument("name")
@click.option("--by", required=True, help="職員番号 / staff id of who does it")
@data_option
@config_option
def emr_key(name: str, by: str, data: Path, config: Path | None) -> None:
    """電子カルテの切符の鍵を作り、一度だけ示す（前の鍵は終わる） / make an EMR's key, shown once."""
    from sekisho.gate import launch  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config, elsewhere=True)
    try:
        known = read_gate(data)
        launch.check_emr({} if known is None else {emr.name: emr for emr in known.emrs}, name)
        record_use(installation, Action.SECURITY, f"gate/emr/{name}/key", by=by)
        made = launch.make_key(data, name)
        tell("app.gate.emr_key", error=True, name=name)
        click.echo(made.reveal())
    finally:
        installation.close()
