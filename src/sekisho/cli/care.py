"""`sekisho care`: the staff list, and who treats whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.app.installation import open_installation
from sekisho.app.walk import keep_lists, level_now
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.rosters import letters, names
from sekisho.cli.speech import json_line, sentence, show_finding, tell, walked
from sekisho.cli.use import record_use
from sekisho.errors import InvalidInputError
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.app.installation import Installation
    from sekisho.care import LoadReport

SHOWN = 10
"""Rows of a list that are named one by one."""


@click.group()
def care() -> None:
    """職員名簿・受診・入院・オーダー・勤務表の一覧 / staff, visits, stays, orders, rosters."""


care.add_command(letters)
care.add_command(names)


@care.command()
@click.argument("there", type=click.Choice(["none", "some"]))
@click.option("--by", required=True, help="言う人の職員番号 / staff id of who says so")
@data_option
@config_option
def beds(there: str, by: str, data: Path, config: Path | None) -> None:
    """病床がない施設だと登録する（none）、やめる（some） / say that there are no beds here, or are."""
    from sekisho import care as room  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config)
    try:
        record_use(installation, Action.UPDATE, "care/beds", by=by)
        kept = room.say_beds(
            installation.database, bedless=there == "none", by=by, at=installation.clock.now()
        )
        tell(f"app.care.beds.{there if kept else 'nothing'}", by=by)
        _show_level(installation)
    finally:
        installation.close()


@care.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@data_option
@config_option
@click.option(
    "--format",
    "kind",
    type=click.Choice(["auto", "ssmix2", "hl7v2", "fhir", "csv", "xlsx"]),
    default="auto",
)
@json_option
def load(
    files: tuple[Path, ...], data: Path, config: Path | None, kind: str, *, as_json: bool
) -> None:
    """一覧を読み込み、何として読んだかを示す / load lists and say what each was taken for."""
    from sekisho import care as room  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config, create=True)
    try:
        reports = room.load(
            files,
            database=installation.database,
            clock=installation.clock,
            format=kind,
            zone=installation.config.zone,
            progress=None if as_json else walked(),
        )
        keep_lists(installation, reports)
        for report in reports:
            _show(report, as_json=as_json)
        if all(report.error is not None for report in reports):
            raise InvalidInputError("app.nothing_readable")
        if not as_json:
            _show_level(installation)
    finally:
        installation.close()


def _show(report: LoadReport, *, as_json: bool) -> None:
    if as_json:
        json_line(
            {
                "file": str(report.path),
                "sheet": report.sheet,
                "taken_for": report.taken_for,
                "about": dict(report.why[1]) if report.why else None,
                "rows": report.rows,
                "added": report.added,
                "refused": [
                    {"row": row, "message": message}
                    | ({"file": args["file"]} if "file" in args else {})
                    for row, message, args in report.refused
                ],
                "doubts": [doubt.message for doubt in report.doubts],
                "first": report.first and report.first.isoformat(),
                "last": report.last and report.last.isoformat(),
                "error": report.error[0] if report.error else None,
            }
        )
        return
    name = str(report.path) if report.sheet is None else f"{report.path} [{report.sheet}]"
    if report.error is not None:
        tell("app.care.refused", error=True, file=name, why=sentence(*report.error))
        _show_rows(report, error=True)
        return
    tell(
        "app.care.done",
        file=name,
        taken=sentence(*report.why) if report.why else "",
        rows=f"{report.rows:,}",
        refused=len(report.refused),
    )
    _show_rows(report)
    for doubt in report.doubts:
        click.echo("  ? " + sentence(doubt.message, doubt.args))
    for finding in report.findings:
        show_finding(finding)


def _show_rows(report: LoadReport, *, error: bool = False) -> None:
    """Name the rows, or the messages with their files, that were not read."""
    for row, message, args in report.refused[:SHOWN]:
        why = sentence(message, args)
        if "file" in args:
            tell("app.care.message", error=error, file=args["file"], why=why)
        else:
            tell("app.care.row", error=error, row=row, why=why)
    if len(report.refused) > SHOWN:
        tell("app.care.more", error=error, count=len(report.refused) - SHOWN)


def _show_level(installation: Installation) -> None:
    """Say what can be told with the lists that are here now, for the period of the log."""
    from sekisho import care as room  # noqa: PLC0415 (slow to import)

    waiting = room.proposed_kinds(installation.database)
    if waiting:
        tell(
            "app.care.proposed",
            count=len(waiting),
            ids=[user_id for user_id, _ in waiting[:SHOWN]],
        )
    level, start, end = level_now(installation)
    if level is None or start is None or end is None:
        return
    tell("app.care.level", level=level.name, can=sentence(level.can, {}))
    click.echo("  " + sentence(level.cannot, {}))
    for message, args in level.missing:
        click.echo("  – " + sentence(message, args))
    gaps = room.unrostered(installation.database, start, end)
    for place, (first, last) in gaps[:SHOWN]:
        told = {"place": place, "first": first.isoformat(), "last": last.isoformat()}
        click.echo("  – " + sentence("care.unrostered", told))
    if len(gaps) > SHOWN:
        tell("app.care.more", count=len(gaps) - SHOWN)
