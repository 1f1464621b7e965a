"""`sekisho scan`: ask the malware scanner about files and folders."""

from __future__ import annotations

import getpass
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.app.config import read_config
from sekisho.app.installation import open_installation
from sekisho.cli.options import config_option, json_option
from sekisho.cli.speech import json_line, language, sentence, tell
from sekisho.cli.use import record_use
from sekisho.errors import InvalidInputError
from sekisho.pages import words
from sekisho.scan import RULES, Answer, Settings, Verdict
from sekisho.terms import Action, iso

if TYPE_CHECKING:
    from sekisho.scan.station import Checked, Station
    from sekisho.scan.walk import Scanned

_MARK = {"found": "✗", "clean": "✓", "not_checked": "?", "unreadable": "—"}


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="SEKISHO_DATA",
    help="設定のあるデータの置き場所（無くてもよい） / data directory with the settings (optional)",
)
@click.option("--medium", default="", help="媒体の名前（ラベル） / label of the medium")
@click.option("--brought-by", default="", help="持ってきた人・会社 / who brought it")
@config_option
@json_option
def scan(
    paths: tuple[Path, ...],
    data: Path | None,
    medium: str,
    brought_by: str,
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    """ファイルやフォルダーを、検査ソフト（clamd）と病院の規則（YARA）に調べさせる / scan files and folders for malware."""
    from sekisho.scan.walk import scan_paths  # noqa: PLC0415 (brings the compiler of rules)

    station = _station(data, config)
    for wrong in station.rules.wrong:
        tell("scan.rule_wrong", error=True, file=wrong.file, line=wrong.line, why=wrong.why)
    counts: Counter[str] = Counter()
    last: Answer | None = None
    checked: list[Checked] = []
    for one in scan_paths(paths, station):
        checked += [replace(one.checked, name=_shown(one.path))] if one.checked else []
        verdict = one.answer.verdict.value if one.answer else "unreadable"
        counts[verdict] += 1
        last = one.answer or last
        _clear(one)
        if as_json:
            json_line(_as_json(one, verdict))
        else:
            tell(
                "scan.line", mark=_MARK[verdict], path=_shown(one.path), text=_text(one, language())
            )
            _inside(one)
        _progress(one)
    if data is not None and checked:
        _keep(data, config, checked, station, medium, brought_by)
    if not as_json:
        _summary(counts, last)
    if counts.total() == counts["unreadable"]:
        raise InvalidInputError("scan.nothing_readable")


def _as_json(one: Scanned, verdict: str) -> dict[str, object]:
    answer = one.answer
    if answer is None:
        return {"path": _shown(one.path), "verdict": verdict, "error": one.error}
    assert one.checked
    return {
        "path": _shown(one.path),
        "verdict": verdict,
        "name": answer.name,
        "reason": answer.why and answer.why.value,
        "why": {each: _text(one, each) for each in words.LANGUAGES},
        "engine": answer.engine,
        "signatures_at": answer.signatures_at and iso(answer.signatures_at),
        "sha256": one.checked.sha256,
        "rules": list(one.checked.rules),
        "members": [
            {
                "path": seen.path,
                "verdict": seen.answer.verdict.value,
                "name": seen.answer.name,
                "reason": seen.answer.why and seen.answer.why.value,
            }
            for seen in one.checked.members
        ],
    }


def _station(data: Path | None, config: Path | None) -> Station:
    from sekisho.scan.rules import read_rules  # noqa: PLC0415 (brings the compiler of rules)
    from sekisho.scan.station import Station  # noqa: PLC0415 (same)

    settings = Settings()
    if data is not None or config is not None:
        settings = read_config(data or Path(), config).scan or settings
    if data is not None and settings.rules is None:
        settings = replace(settings, rules=data / RULES)
    return Station(settings, read_rules(settings.rules))


def _keep(
    data: Path,
    config: Path | None,
    checked: list[Checked],
    station: Station,
    medium: str,
    brought_by: str,
) -> None:
    """Keep the results and record that there are any; where nothing is set up there is no place for them."""
    from sekisho.scan import results  # noqa: PLC0415 (brings the compiler of rules)

    if not (data / "ledger" / "key").exists():
        tell("scan.not_kept", error=True, folder=data)
        return
    installation = open_installation(data, config)
    try:
        user = f"os:{getpass.getuser()}"
        record_use(installation, Action.SECURITY, "posture/station", by=user)
        made = results.keep(
            installation.database, checked, by=user, at=installation.clock.now(), door="cli",
            brought_by=brought_by, medium=medium, rules=station.rules.name,
        )  # fmt: skip
        tell("scan.kept", error=True, number=made)
    finally:
        installation.close()


def _text(one: Scanned, tongue: str) -> str:
    if one.answer is None:
        return words.say(tongue, str(one.error))
    return _said(one.answer, tongue)


def _said(answer: Answer, tongue: str) -> str:
    if answer.verdict is Verdict.NOT_CHECKED:
        why = words.say(tongue, answer.message, **answer.args)
        return words.say(tongue, "scan.not_checked", why=why)
    return words.say(tongue, answer.message, name=answer.name)


def _inside(one: Scanned) -> None:
    """Print what in an archive is not clean."""
    for seen in one.checked.members if one.checked else ():
        verdict = seen.answer.verdict
        if verdict is not Verdict.CLEAN:
            text = _said(seen.answer, language())
            tell("scan.line", mark="    " + _MARK[verdict.value], path=seen.path, text=text)


def _shown(path: Path) -> str:
    """Return the path as text; where a name is no UTF-8 its odd bytes are spelt out."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _clear(one: Scanned) -> None:
    if sys.stderr.isatty() and one.number > 1:
        click.echo("\r" + " " * 30 + "\r", nl=False, err=True)


def _progress(one: Scanned) -> None:
    if sys.stderr.isatty() and one.number < one.total:
        click.echo(f"\r… {one.number:,}/{one.total:,}", nl=False, err=True)


def _summary(counts: Counter[str], last: Answer | None) -> None:
    tell(
        "scan.sum",
        total=f"{counts.total():,}",
        found=f"{counts['found']:,}",
        clean=f"{counts['clean']:,}",
        not_checked=f"{counts['not_checked']:,}",
        unreadable=f"{counts['unreadable']:,}",
    )
    if last is not None and last.engine is not None:
        made = last.signatures_at
        day = f"{made.astimezone():%Y-%m-%d}" if made else "?"
        click.echo(sentence("scan.engine", {"engine": last.engine, "day": day}))
