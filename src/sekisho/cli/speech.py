"""How the command line speaks: the reader's language, plain lines, JSON Lines on request."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, NoReturn

import click
import orjson

from sekisho.errors import ConflictError, Error, UnavailableError
from sekisho.pages import words


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


def json_line(value: object) -> None:
    """Print `value` as one line of JSON, UTF-8 whatever the terminal is set to."""
    sys.stdout.buffer.write(orjson.dumps(value) + b"\n")


@contextmanager
def to_file(out: Path | None) -> Iterator[None]:
    """Let `json_line` write to a new file `out` (0600) where one is named.

    Raises:
        ConflictError: It exists; nothing is overwritten.
        UnavailableError: It cannot be made.
    """
    if out is None:
        yield
        return
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConflictError("ledger.out_exists", file=str(out)) from error
    except OSError as error:
        raise UnavailableError("ledger.out_not_written", file=str(out)) from error
    with os.fdopen(handle, "w", encoding="utf-8") as file, redirect_stdout(file):
        yield


def give_up(error: Error) -> NoReturn:
    """Say what happened, what it means and what to do; end with 2."""
    args = dict(error.args_)
    mend = args.pop("mend_id", None)
    if mend is not None:
        args["mend"] = words.say(language(), str(mend))
    click.echo(words.say(language(), error.message, **args), err=True)
    raise SystemExit(2)
