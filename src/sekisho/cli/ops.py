"""`sekisho doctor | backup | restore | update`: keeping the installation."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from pathlib import Path

import click

from sekisho.app import backup as backups
from sekisho.app.erasure import finish
from sekisho.app.installation import open_installation
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import json_line, language, sentence, tell
from sekisho.errors import InvalidInputError
from sekisho.pages import words
from sekisho.paper import RecoverySheet, recovery_sheet
from sekisho.storage import write_durably
from sekisho.terms import Result, Secret, SystemClock, iso

MARK = {Result.YES: "✓", Result.NO: "▲", Result.NOT_CHECKED: "?"}


@click.command()
@data_option
@config_option
@json_option
def doctor(data: Path, config: Path | None, *, as_json: bool) -> None:
    """この設置のどこが悪いかを言う / what is wrong with this installation."""
    from sekisho.app.doctor import examine  # noqa: PLC0415 (brings the paper room with it)

    for evidence in examine(data, SystemClock(), config):
        if as_json:
            json_line(
                {
                    "subject": evidence.subject,
                    "checked_at": iso(evidence.checked_at),
                    "result": evidence.result.value,
                    "message": evidence.message,
                    "text": sentence(evidence.message, _args(evidence.args)),
                }
            )
            continue
        click.echo(f"{MARK[evidence.result]} {sentence(evidence.message, _args(evidence.args))}")
        advice = words.catalogue(language()).get(f"{evidence.message}.do")
        if evidence.result is not Result.YES and advice:
            click.echo(f"    → {sentence(f'{evidence.message}.do', _args(evidence.args))}")


@click.group(invoke_without_command=True)
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), envvar="SEKISHO_DATA")
@config_option
@click.option("--to", "target", type=click.Path(path_type=Path), help="書き出し先 / where to")
@click.pass_context
def backup(
    context: click.Context, data: Path | None, config: Path | None, target: Path | None
) -> None:
    """暗号化した控えを取る / take an encrypted backup."""
    if context.invoked_subcommand is not None:
        return
    if data is None or target is None:
        raise click.UsageError("--data DIR --to TARGET")
    installation = open_installation(data, config)
    try:
        finish(installation)
        report = backups.backup(
            data,
            installation.database,
            target,
            backups.recipient(installation.database),
            installation.clock,
        )
    finally:
        installation.close()
    tell("app.backup.done", file=str(report.path), files=report.files)


@backup.command("key")
@data_option
@config_option
@click.option("--paper", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="新しい鍵に替える / replace the key")
def backup_key(data: Path, config: Path | None, paper: Path, *, replace: bool) -> None:
    """控えを開く鍵を紙（PDF）に出す。秘密の半分はこの機械に残らない。

    Print the key that opens backups; its secret half does not stay on this machine.
    """
    if paper.exists():
        raise InvalidInputError("app.file_exists", file=str(paper))
    installation = open_installation(data, config)
    try:
        made = backups.make_recovery_key(
            installation.database, installation.clock, by=_user(), replace=replace
        )
        sheet = RecoverySheet(
            institution=installation.institution or "",
            kind="backup",
            code=made.identity,
            printed_at=installation.clock.now(),
            number=made.recipient[-8:],
            simulated=installation.simulated,
            language=language(),
            zone=installation.config.zone,
        )
        write_durably(paper, recovery_sheet(sheet, say=words.say))
    finally:
        installation.close()
    tell("app.backup.key", file=str(paper))


@backup.command("test")
@data_option
@config_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def backup_test(data: Path, config: Path | None, file: Path) -> None:
    """紙の鍵で控えを試しに戻し、検証して消す / restore on trial, verify, remove."""
    installation = open_installation(data, config)
    try:
        report = backups.prove(
            file, _ask(), installation.database, installation.clock, data / "run"
        )
    finally:
        installation.close()
    tell("app.backup.proved", made=f"{report.made_at:%Y-%m-%d}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@data_option
@click.option("--key", help="紙に控えた検証用の公開鍵 / the public key on paper")
@click.option("--last", help="控えておいたチェックポイント / a checkpoint kept earlier")
@click.option(
    "--erasures",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="消去の一覧（控えと同じ場所のものは自動） / lists of erasures (those beside are read)",
)
def restore(
    file: Path, data: Path, key: str | None, last: str | None, erasures: tuple[Path, ...]
) -> None:
    """控えを空の場所に戻し、検証する / bring a backup back and verify it."""
    report = backups.restore(
        file, _ask(), data, SystemClock(), by=_user(), key=key, last=last, erasures=erasures
    )
    tell("app.restore.done", folder=str(report.target), made=f"{report.made_at:%Y-%m-%d %H:%M}Z")
    if report.config_aside is not None:
        tell("app.restore.config_aside", file=report.config_aside)
    if report.again is None:
        click.echo("  ? " + sentence("app.restore.no_list", {}))
    else:
        tell("app.restore.again", count=f"{report.again.erased:,}")
        if report.again.refused:
            tell("app.restore.other", count=report.again.refused)
    for message, args in report.verdict.not_checked if report.verdict else ():
        click.echo("  ? " + sentence(message, args))


def _ask() -> Secret:
    text = click.prompt(sentence("app.backup.ask", {}), hide_input=True, err=True)
    return backups.read_identity(text)


def _user() -> str:
    return f"os:{getpass.getuser()}"


def _args(args: Mapping[str, object]) -> dict[str, object]:
    values = dict(args)
    mend = values.pop("mend_id", None)
    if mend is not None:
        values["mend"] = words.say(language(), str(mend))
    return values
