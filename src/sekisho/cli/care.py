"""`sekisho care`: the staff list, and who treats whom."""

from __future__ import annotations

from pathlib import Path

import click

from sekisho.app.installation import open_installation
from sekisho.app.walk import keep_more
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import json_line, sentence, tell
from sekisho.errors import InvalidInputError


@click.group()
def care() -> None:
    """職員名簿・受診・入院の一覧 / staff, visits and stays."""


@care.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@data_option
@config_option
@click.option("--format", "kind", type=click.Choice(["auto", "csv", "xlsx"]), default="auto")
@json_option
def load(
    files: tuple[Path, ...], data: Path, config: Path | None, kind: str, *, as_json: bool
) -> None:
    """一覧を読み込み、何として読んだかを示す / load lists and say what each was taken for."""
    from sekisho import care as room  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config, create=True)
    try:
        reports = room.load(
            _expand(files),
            database=installation.database,
            clock=installation.clock,
            format=kind,
            zone=installation.config.zone,
        )
        for report in reports:
            keep_more(installation, "care", report.taken_for or "", report.findings)
    finally:
        installation.close()
    for report in reports:
        if as_json:
            json_line(
                {
                    "file": str(report.path),
                    "taken_for": report.taken_for,
                    "rows": report.rows,
                    "refused": [
                        {"row": row, "message": message} for row, message, _ in report.refused
                    ],
                    "first": report.first and report.first.isoformat(),
                    "last": report.last and report.last.isoformat(),
                    "error": report.error[0] if report.error else None,
                }
            )
            continue
        if report.error is not None:
            message, args = report.error
            tell("app.care.refused", error=True, file=str(report.path), why=sentence(message, args))
            continue
        tell(
            "app.care.done",
            file=str(report.path),
            kind=sentence(f"care.kind.{report.taken_for}", {}),
            rows=f"{report.rows:,}",
            refused=len(report.refused),
        )
        for row, message, args in report.refused[:10]:
            tell("app.care.row", row=row, why=sentence(message, args))
        for finding in report.findings:
            click.echo("  ● " + sentence(finding.message, finding.args))
    if all(report.error is not None for report in reports):
        raise InvalidInputError("app.nothing_readable")


def _expand(paths: tuple[Path, ...]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(one for one in path.rglob("*") if one.is_file())
        else:
            files.append(path)
    return files
