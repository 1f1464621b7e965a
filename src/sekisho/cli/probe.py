"""`sekisho gate probe`: whether the systems can be reached past the gate."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from sekisho.app.installation import open_installation
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import day, json_line, sentence, tell
from sekisho.cli.use import record_use
from sekisho.errors import InvalidInputError
from sekisho.gate.config import Route, read_gate
from sekisho.terms import Action, Evidence, iso

SCRIPTS = ("sh", "powershell")


@click.command()
@data_option
@config_option
@json_option
@click.argument("systems", nargs=-1, metavar="[SYSTEM]...")
@click.option(
    "--script", type=click.Choice(SCRIPTS), help="病棟で動かすスクリプトを書き出す / print a script"
)
@click.option(
    "--load",
    "result",
    type=click.Path(path_type=Path),
    metavar="RESULT.json",
    help="スクリプトの結果を読み込む / keep what a script found",
)
@click.option("--by", help="職員番号（--load のとき） / staff id of who brings the result")
def probe(
    systems: tuple[str, ...],
    data: Path,
    config: Path | None,
    script: str | None,
    result: Path | None,
    by: str | None,
    *,
    as_json: bool,
) -> None:
    """門を通らずに、システムへ行けないかを確かめる / try to reach the systems past the gate."""
    if (script and result) or bool(result) != bool(by) or (systems and result):
        raise InvalidInputError("app.gate.probe.usage")
    with closing(open_installation(data, config)) as here:
        routes = _chosen(here.data, systems)
        if script:
            _print(routes, script)
        elif result and by:
            from sekisho.app.jobs import look_again  # noqa: PLC0415 (slow to import)
            from sekisho.app.probes import keep_proofs, read_proofs  # noqa: PLC0415 (same)

            proofs = read_proofs(here, routes, result, by=by)
            record_use(here, Action.SECURITY, "gate/probe/load", by=by)
            keep_proofs(here, proofs)
            look_again(here)
            _show(proofs, here.config.zone, as_json=as_json)
        else:
            record_use(here, Action.SECURITY, "gate/probe")
            _try(routes, as_json=as_json)


def _chosen(data: Path, names: Sequence[str]) -> list[Route]:
    known = read_gate(data)
    if known is None or not known.routes:
        raise InvalidInputError("gate.config.none")
    by_name = {route.name: route for route in known.routes}
    for name in names:
        if name not in by_name:
            raise InvalidInputError("gate.envelope.no_system", system=name[:32])
    return [by_name[name] for name in dict.fromkeys(names or by_name)]


def _print(routes: Sequence[Route], kind: str) -> None:
    from sekisho.gate import probe_script  # noqa: PLC0415 (slow to import)
    from sekisho.gate.probe import plan_ward  # noqa: PLC0415 (same)

    plans = []
    for route in routes:
        plan = plan_ward(route)
        if plan is None:
            tell("app.gate.probe.nowhere", error=True, system=route.name)
        else:
            plans.append(plan)
    if not plans:
        raise InvalidInputError("app.gate.probe.nothing")
    write = probe_script.sh if kind == "sh" else probe_script.powershell
    click.echo(write(plans), nl=False)
    tell(f"app.gate.probe.run_{kind}", error=True)


def _try(routes: Sequence[Route], *, as_json: bool) -> None:
    from sekisho.gate.probe import answer_of, plan_here, probe  # noqa: PLC0415 (slow)

    for route in routes:
        plan = plan_here(route)
        tried = probe(plan)
        answer = answer_of(plan, tried)
        if as_json:
            json_line(
                {
                    "system": plan.system,
                    "address": plan.address,
                    "answer": answer.value,
                    "from": "gate",
                    "tried": [
                        {
                            "path": each.path,
                            "reached": each.reached.value,
                            "status": each.status or None,
                            "login": each.login,
                        }
                        for each in tried
                    ],
                }
            )
            continue
        tell(f"app.gate.probe.{answer}", system=plan.system, address=plan.address)
        for each in tried:
            if each.status:
                click.echo(f"    {each.path}  {each.status}")
    if not as_json:
        tell("app.gate.probe.limit")


def _show(proofs: Sequence[Evidence], zone: str, *, as_json: bool) -> None:
    for each in proofs:
        if as_json:
            json_line(
                {
                    "system": each.args["route"],
                    "machine": each.args["machine"],
                    "answer": each.message.rpartition(".")[2],
                    "result": each.result.value,
                    "checked_at": iso(each.checked_at),
                    "valid_until": iso(each.valid_until) if each.valid_until else None,
                }
            )
            continue
        click.echo(sentence(each.message, each.args))
        tell("app.gate.probe.until", until=day(each.valid_until, zone))
