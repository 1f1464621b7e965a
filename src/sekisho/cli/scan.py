"""`sekisho scan`: ask the malware scanner about files and folders."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from sekisho.app.config import read_config
from sekisho.cli.options import config_option, json_option
from sekisho.cli.speech import json_line, language, sentence, tell
from sekisho.errors import InvalidInputError
from sekisho.pages import words
from sekisho.scan import Answer, Scanned, Settings, Verdict, scan_paths
from sekisho.terms import iso

_MARK = {"found": "✗", "clean": "✓", "not_checked": "?", "unreadable": "—"}


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="SEKISHO_DATA",
    help="設定のあるデータの置き場所（無くてもよい） / data directory with the settings (optional)",
)
@config_option
@json_option
def scan(paths: tuple[Path, ...], data: Path | None, config: Path | None, *, as_json: bool) -> None:
    """ファイルやフォルダーを、検査ソフト（clamd）に調べさせる / scan files and folders for malware."""
    settings = None
    if data is not None or config is not None:
        settings = read_config(data or Path(), config).scan
    counts: Counter[str] = Counter()
    last: Answer | None = None
    for one in scan_paths(paths, settings or Settings()):
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
        _progress(one)
    if not as_json:
        _summary(counts, last)
    if counts.total() == counts["unreadable"]:
        raise InvalidInputError("scan.nothing_readable")


def _as_json(one: Scanned, verdict: str) -> dict[str, object]:
    answer = one.answer
    if answer is None:
        return {"path": _shown(one.path), "verdict": verdict, "error": one.error}
    return {
        "path": _shown(one.path),
        "verdict": verdict,
        "name": answer.name,
        "reason": answer.why and answer.why.value,
        "why": {each: _text(one, each) for each in words.LANGUAGES},
        "engine": answer.engine,
        "signatures_at": answer.signatures_at and iso(answer.signatures_at),
    }


def _text(one: Scanned, tongue: str) -> str:
    if one.answer is None:
        return words.say(tongue, str(one.error))
    answer = one.answer
    if answer.verdict is Verdict.NOT_CHECKED:
        why = words.say(tongue, answer.message, **answer.args)
        return words.say(tongue, "scan.not_checked", why=why)
    return words.say(tongue, answer.message, name=answer.name)


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
