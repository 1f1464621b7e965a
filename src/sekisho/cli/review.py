"""`sekisho review`: every access explained by care, or put before a person."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gc
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.app.findings import keep
from sekisho.app.installation import open_installation
from sekisho.cli.options import config_option, data_option, json_option, period_options
from sekisho.cli.patient import patient
from sekisho.cli.speech import json_line, language, progress, sentence, tell
from sekisho.cli.use import record_use
from sekisho.errors import InvalidInputError, UnavailableError
from sekisho.storage import Analysis, analysis
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.review import Reason, Run


@click.group()
def review() -> None:
    """閲覧の確認 / review of accesses."""


review.add_command(patient)


@review.command()
@data_option
@config_option
@click.option("--shipped", is_flag=True, help="付属の説明すべて / all shipped explanations")
@click.option("--by", required=True, help="承認する人の職員番号 / staff id of who approves")
@click.argument("ids", nargs=-1)
def approve(
    data: Path, config: Path | None, by: str, ids: tuple[str, ...], *, shipped: bool
) -> None:
    """説明を、この施設で働くものとして承認する / approve explanations for this institution."""
    from sekisho import review as room  # noqa: PLC0415 (slow to import)

    if not shipped and not ids:
        raise InvalidInputError("app.approve_what")
    installation = open_installation(data, config)
    try:
        now = installation.clock.now()
        record_use(installation, Action.SECURITY, "review/explanations", by=by)
        if shipped:
            room.approve_shipped(installation.database, by, now)
        for one in ids:
            room.approve(installation.database, one, by, now)
        tell("app.approved", count=len(room.approved(installation.database)))
    finally:
        installation.close()


@review.command()
@data_option
@config_option
@click.option("--by", required=True, help="取り消す人の職員番号 / staff id of who withdraws")
@click.argument("ids", nargs=-1, required=True)
def withdraw(data: Path, config: Path | None, by: str, ids: tuple[str, ...]) -> None:
    """承認を取り消す。次の確認から働かない / withdraw approvals: from the next run on."""
    from sekisho import review as room  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config)
    try:
        now = installation.clock.now()
        for one in ids:
            matter = f"review/explanations/{one[:100]}/withdraw"
            record_use(installation, Action.SECURITY, matter, by=by)
            room.withdraw_approval(installation.database, one, by, now)
        tell("app.approved", count=len(room.approved(installation.database)))
    finally:
        installation.close()


@review.command()
@data_option
@config_option
@period_options
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    help="数える仕組み（既定: duckdb） / what counts",
)
@click.option("--master", metavar="URL", help="Spark の場所 / where Spark is (spark://host:7077)")
@click.option("--explain", "explained", type=int, metavar="RECORD", help="一件の説明 / one record")
@json_option
def run(
    data: Path,
    config: Path | None,
    start: dt.date | None,
    end: dt.date | None,
    explained: int | None,
    engine: str,
    master: str | None,
    *,
    as_json: bool,
) -> None:
    """期間の全アクセスを確認する / review every access of the period."""
    from sekisho import review as room  # noqa: PLC0415 (slow to import)

    if (engine == "spark") != (master is not None):
        raise click.UsageError(sentence("review.spark.master", {}))
    if master is not None and explained is not None:
        raise click.UsageError(sentence("review.spark.explain", {}))
    opens = analysis if master is None else partial(_spark, master)
    installation = open_installation(data, config)
    try:
        if explained is not None:
            record_use(installation, Action.READ, f"ledger/record/{explained}")
            for reason in room.explain_record(
                installation.database, installation.reader(), installation.clock, explained
            ):
                _show(reason, as_json=as_json)
            return
        record_use(installation, Action.EXPORT if as_json else Action.EXECUTE, "review/run")
        gc.freeze()  # what is loaded stays: the collector need not go through it again and again
        try:
            done = room.run(
                installation.database,
                installation.reader(),
                installation.clock,
                start=start,
                end=end,
                progress=progress(quiet=as_json),
                engine=opens,
            )
        finally:
            gc.unfreeze()
        keep(
            installation.database,
            "review",
            room.findings(installation.database),
            installation.clock,
        )
        if as_json:
            for line in room.json_lines(done):
                json_line(line)
            sys.stdout.flush()
            return
        summary = done.summary
        tell(
            "app.review.done",
            level=summary["level"],
            accesses=f"{summary['accesses']:,}",
            explained=f"{summary['explained']:,}",
            not_judgeable=f"{summary['not_judgeable']:,}",
            raised=summary["raised"],
            seconds=f"{summary['seconds']:.1f}",
        )
        _tell_more(done)
    finally:
        installation.close()


def _spark(master: str) -> Analysis:
    try:
        from sekisho.storage.spark import spark  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError as error:
        raise UnavailableError("review.spark.not_installed", what=str(error.name)) from error
    return spark(master)


def _tell_more(run: Run) -> None:
    """Say why some accesses could not be judged, what is missing, and how long reading takes."""
    from sekisho import review as room  # noqa: PLC0415 (slow to import)
    from sekisho.review.doubts import doubts  # noqa: PLC0415 (slow to import)

    summary = run.summary
    if not summary["accesses"]:
        tell("app.review.empty", start=run.start, end=run.end)
        return
    if summary.get("paired"):
        tell("app.review.paired", pairs=f"{summary['paired']:,}")
    for reason, count in sorted(summary["not_judgeable_by"].items(), key=lambda one: -one[1]):
        tell(
            "app.review.not_judgeable", why=sentence(f"review.reason.{reason}", {}), n=f"{count:,}"
        )
    for line in summary["missing"]:
        click.echo("  – " + sentence(line["id"], line))
    for message, args in doubts(summary):
        click.echo("  – " + sentence(message, args))
    if run.trial:
        shown = min(summary["raised"], room.SHOWN_IN_TRIAL)
        tell("app.review.trial", shown=shown, minutes=room.reading_minutes(run))
    elif summary["raised"]:
        tell("app.review.read", minutes=room.reading_minutes(run))


def _show(reason: Reason, *, as_json: bool) -> None:
    if as_json:
        json_line(dataclasses.asdict(reason))
        return
    mark = {True: "✓", False: "–", None: "?"}[reason.says]
    click.echo(f"{mark} {reason.title[language()]}  {reason.why.get(language(), '')}".rstrip())
