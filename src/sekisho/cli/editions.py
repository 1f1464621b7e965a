"""`sekisho inspection check`: are catalogues right, and may an own one be used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.cli.options import json_option
from sekisho.cli.speech import json_line, sentence
from sekisho.errors import InvalidInputError
from sekisho.pages import say

if TYPE_CHECKING:
    from sekisho.app.inspection.editions import Checked
    from sekisho.inspection import Problem


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="SEKISHO_DATA",
    help="この施設の点検表（catalogues）も見る / look at the editions of this institution too",
)
@json_option
def check(paths: tuple[Path, ...], data: Path | None, *, as_json: bool) -> None:
    """点検表のファイルの、どこが正しくないかを言う / say what is wrong with catalogues."""
    from sekisho.app.inspection.editions import check_editions  # noqa: PLC0415 (slow to import)

    done = check_editions(tuple(_files(paths)), data)
    for problem in done.problems:
        _say(problem, as_json=as_json)
    _sum(done, as_json=as_json)
    if done.readable == 0:
        raise InvalidInputError("inspection.check.nothing_readable")


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.glob("*.toml"))
        else:
            yield path


def _say(problem: Problem, *, as_json: bool) -> None:
    if as_json:
        why = {words: say(words, problem.message, **problem.args) for words in ("ja", "en")}
        json_line(
            {
                "file": _shown(problem.file),
                "item": problem.item or None,
                "problem": problem.message.rsplit(".", 1)[-1],
                "why": why,
            }
        )
        return
    where = ": ".join(one for one in (_shown(problem.file), problem.item) if one)
    click.echo(where)
    click.echo(f"    {sentence(problem.message, problem.args)}")


def _sum(done: Checked, *, as_json: bool) -> None:
    counted = {
        "files": done.files,
        "readable": done.readable,
        "items": done.items,
        "verified": done.verified,
        "unverified": done.items - done.verified,
        "problems": len(done.problems),
    }
    if as_json:
        json_line({"summary": counted})
    else:
        click.echo(sentence("inspection.check.sum", counted))


def _shown(name: str) -> str:
    """Return a file's name as it can be printed, whatever bytes it has."""
    return name.encode("utf-8", "replace").decode("utf-8")
