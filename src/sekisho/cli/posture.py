"""`sekisho posture`: what stands where, and is it sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.app.installation import open_installation
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import json_line, sentence, tell
from sekisho.errors import InvalidInputError
from sekisho.pages import words

if TYPE_CHECKING:
    from sekisho.posture import Report

SHOWN = 10
"""Rows of a list that are named one by one."""


@click.group()
def posture() -> None:
    """機器・医療機器・外部との接続 / machines, medical devices and connections."""


@posture.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@data_option
@config_option
@json_option
def load(files: tuple[Path, ...], data: Path, config: Path | None, *, as_json: bool) -> None:
    """台帳や書き出しを読み込み、何として読んだかを示す / load ledgers and exports and say what each was taken for."""
    from sekisho import posture as room  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config, create=True)
    try:
        reports = room.load(
            files,
            database=installation.database,
            clock=installation.clock,
            zone=installation.config.zone,
        )
        for report in reports:
            _show(report, as_json=as_json)
        if all(report.error is not None for report in reports):
            raise InvalidInputError("app.nothing_readable")
    finally:
        installation.close()


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        json_line(
            {
                "file": str(report.path),
                "sheet": report.sheet,
                "taken_for": report.taken_for,
                "source": report.source,
                "why": _both(report.why),
                "rows": report.rows,
                "added": report.added,
                "changed": report.changed,
                "refused": [
                    {"row": one.row, "message": one.message, "why": _both((one.message, one.args))}
                    for one in report.refused
                ],
                "doubts": [
                    {"message": one.message, "why": _both((one.message, one.args))}
                    for one in report.doubts
                ],
                "asked": report.asked,
                "error": report.error[0] if report.error else None,
            }
        )
        return
    name = str(report.path) if report.sheet is None else f"{report.path} [{report.sheet}]"
    if report.error is not None:
        tell("posture.cli.refused", error=True, file=name, why=sentence(*report.error))
        return
    tell(
        "posture.cli.done",
        file=name,
        taken=sentence(*report.why) if report.why else "",
        rows=f"{report.rows:,}",
        added=f"{report.added:,}",
        changed=f"{report.changed:,}",
        refused=len(report.refused),
    )
    for one in report.refused[:SHOWN]:
        tell("posture.cli.row", row=one.row, why=sentence(one.message, one.args))
    if len(report.refused) > SHOWN:
        tell("posture.cli.more", count=len(report.refused) - SHOWN)
    for doubt in report.doubts:
        click.echo("  ? " + sentence(doubt.message, doubt.args))
    if report.asked:
        tell("posture.cli.asked", count=report.asked)


def _both(told: tuple[str, object] | None) -> dict[str, str] | None:
    if told is None:
        return None
    message, args = told
    assert isinstance(args, dict)
    return {each: words.say(each, message, **args) for each in words.LANGUAGES}
