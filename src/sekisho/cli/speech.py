"""How the command line speaks: the reader's language, plain lines, JSON Lines on request."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import click
import orjson

from sekisho.errors import Error
from sekisho.pages import words
from sekisho.terms import Finding


def language() -> str:
    """Return ``ja`` or ``en``: SEKISHO_LANG, else English only where the system says so."""
    chosen = os.environ.get("SEKISHO_LANG", "")
    if chosen in words.LANGUAGES:
        return chosen
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "en" if value.startswith("en") else "ja"
    return "ja"


def tell(message: str, /, *, error: bool = False, **args: object) -> None:
    """Print the sentence of `message`."""
    click.echo(words.say(language(), message, **args), err=error)


def sentence(message: str, args: Mapping[str, Any]) -> str:
    """Return the sentence of `message`."""
    return words.say(language(), message, **args)


def day(at: dt.datetime | None, zone: str) -> str:
    """Return the local day of a time, a dash where there is none."""
    return "—" if at is None else at.astimezone(ZoneInfo(zone)).date().isoformat()


def show_finding(finding: Finding) -> None:
    """Print what was found, and below it what it means and what to do."""
    click.echo("  ● " + sentence(finding.message, finding.args))
    click.echo("    " + sentence(f"{finding.message}.why", finding.args))


def walked() -> Callable[[int, int], None] | None:
    """Return what draws how many files were walked and read; None where nobody looks."""
    if not sys.stderr.isatty():
        return None

    def draw(seen: int, read: int) -> None:
        click.echo(f"\r  {seen:,} / {read:,} ", nl=False, err=True)

    return draw


def progress(*, quiet: bool = False) -> Callable[[int, int], None] | None:
    """Return what draws how far a long work is; None where nobody looks at a terminal."""
    return None if quiet or not sys.stderr.isatty() else _bar


def _bar(done: int, total: int) -> None:
    if total:
        share = min(done / total, 1.0)
        bar = "█" * int(share * 30)
        click.echo(f"\r{bar:<30} {share:4.0%}", nl=False, err=True)
        if done >= total:
            click.echo("\r" + " " * 40 + "\r", nl=False, err=True)


def json_line(value: object) -> None:
    """Print `value` as one line of JSON, UTF-8 whatever the terminal is set to."""
    sys.stdout.buffer.write(orjson.dumps(value) + b"\n")


def give_up(error: Error) -> NoReturn:
    """Say what happened, what it means and what to do; end with 2."""
    args = dict(error.args_)
    mend = args.pop("mend_id", None)
    if mend is not None:
        args["mend"] = words.say(language(), str(mend))
    click.echo(words.say(language(), error.message, **args), err=True)
    raise SystemExit(2)
