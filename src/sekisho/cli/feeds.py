"""`sekisho feeds`: what is published about weaknesses, by network or on a medium."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.app.installation import open_installation
from sekisho.app.machines import look_at_machines
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import json_line, progress, sentence, tell
from sekisho.errors import InvalidInputError
from sekisho.pages import words
from sekisho.terms import iso

if TYPE_CHECKING:
    from sekisho.posture.knowledge.load import FeedReport
    from sekisho.posture.knowledge.network import Fetched

SHOWN = 10
"""Files that are named one by one."""


@click.group()
def feeds() -> None:
    """公表されている弱点の情報（KEV・JVN・CSAF・OSV・NVD など） / published weaknesses."""


@feeds.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@data_option
@config_option
@click.option(
    "--key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="まとめたファイルを署名した公開鍵（PEM） / public key of the bundle",
)
@json_option
def load(
    files: tuple[Path, ...], data: Path, config: Path | None, key: Path | None, *, as_json: bool
) -> None:
    """ファイル・フォルダー・まとめたファイルを読み込み、何として読んだかを示す / load files, folders and bundles and say what each was taken for."""
    from sekisho.app import feeds as app  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config, create=True)
    try:
        reports = app.load(installation, files, key=key, progress=progress(quiet=as_json))
        for report in reports if as_json else ():
            _as_json(report)
        if not as_json:
            _show(reports)
        look_at_machines(installation)
        if all(report.error is not None for report in reports):
            raise InvalidInputError("app.nothing_readable")
    finally:
        installation.close()


@feeds.command()
@click.argument("names", nargs=-1)
@data_option
@config_option
@json_option
def fetch(names: tuple[str, ...], data: Path, config: Path | None, *, as_json: bool) -> None:
    """保管先の feeds.toml の公表元から新しいものだけを受け取り、読み込む / fetch what is new from the sources in feeds.toml, and load it."""
    from sekisho.app import feeds as app  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config, create=True)
    try:
        fetched, reports = app.fetch(installation, names, progress=progress(quiet=as_json))
        for one in fetched:
            _show_fetched(one, as_json=as_json)
        for report in reports if as_json else ():
            _as_json(report)
        if not as_json:
            _show(reports)
        look_at_machines(installation)
        if fetched and all(one.error is not None for one in fetched):
            raise InvalidInputError("posture.fetch.none")
    finally:
        installation.close()


def _show_fetched(one: Fetched, *, as_json: bool) -> None:
    if as_json:
        line = {"source": one.name, "new": len(one.files), "same": one.same}
        line["error"] = one.error[0] if one.error else None
        why = (
            {each: words.say(each, one.error[0], **one.error[1]) for each in words.LANGUAGES}
            if one.error
            else None
        )
        json_line({**line, "why": why})
    elif one.error is not None:
        tell("posture.fetch.failed", error=True, name=one.name, why=sentence(*one.error))
    else:
        tell("posture.fetch.done", name=one.name, new=f"{len(one.files):,}", same=f"{one.same:,}")


def _as_json(report: FeedReport) -> None:
    json_line(
        {
            "file": report.path,
            "taken_for": report.kind,
            "dated": report.dated and iso(report.dated),
            "records": report.records,
            "added": report.added,
            "changed": report.changed,
            "same": report.same,
            "older": report.older,
            "doubts": [
                {"message": one, "why": {each: words.say(each, one) for each in words.LANGUAGES}}
                for one in report.doubts
            ],
            "error": report.error[0] if report.error else None,
            "why": {
                each: words.say(each, report.error[0], **report.error[1])
                for each in words.LANGUAGES
            }
            if report.error
            else None,
        }
    )


def _show(reports: list[FeedReport]) -> None:
    kinds = Counter(report.kind for report in reports if report.kind)
    for kind, count in sorted(kinds.items()):
        of = [report for report in reports if report.kind == kind]
        dated = max((report.dated for report in of if report.dated), default=None)
        tell(
            "posture.feeds.done",
            kind=sentence(f"posture.feeds.kind.{kind}", {}),
            files=f"{count:,}",
            records=f"{sum(report.records for report in of):,}",
            added=f"{sum(report.added for report in of):,}",
            changed=f"{sum(report.changed for report in of):,}",
            older=f"{sum(report.older for report in of):,}",
            dated=f"{dated:%Y-%m-%d}" if dated else "—",
        )
        for doubt in {doubt for report in of for doubt in report.doubts}:
            click.echo("  ? " + sentence(doubt, {}))
    refused = [report for report in reports if report.error is not None]
    for report in refused[:SHOWN]:
        assert report.error is not None
        tell("posture.feeds.refused", error=True, file=report.path, why=sentence(*report.error))
    if len(refused) > SHOWN:
        tell("posture.feeds.more", error=True, count=len(refused) - SHOWN)


@feeds.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@data_option
@config_option
@click.option(
    "--to",
    "into",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("sekisho-feeds.tar"),
    show_default=True,
    help="書き出すファイル / the bundle",
)
def pack(files: tuple[Path, ...], data: Path, config: Path | None, into: Path) -> None:
    """公表されているファイルを、署名した一つのファイルにまとめる / pack published files into one signed bundle."""
    from sekisho.app import feeds as app  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config, create=True)
    try:
        count, public = app.pack(installation, files, into)
        tell(
            "posture.feeds.packed",
            file=str(into),
            count=f"{count:,}",
            key=str(data / "feeds" / "key.pub"),
        )
        click.echo(public.decode().rstrip())
    finally:
        installation.close()
