"""`sekisho care letters` and `care names`: what the rosters ask once a ward, and the answers."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.app.installation import open_installation
from sekisho.app.walk import keep_lists
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import json_line, sentence, tell
from sekisho.cli.use import record_use
from sekisho.errors import InvalidInputError
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.app.installation import Installation

by_option = click.option("--by", help="答える人の職員番号 / staff id of who answers")


@click.command()
@click.argument("ward", required=False)
@click.argument("said", nargs=-1)
@by_option
@data_option
@config_option
@json_option
def letters(
    ward: str | None,
    said: tuple[str, ...],
    by: str | None,
    data: Path,
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    """勤務表の記号の意味を、病棟ごとに一度だけ教える / say what a ward's letters mean, once.

    \b
    sekisho care letters                          たずねている記号 / what is asked
    sekisho care letters 3東 日=08:30-17:15 ◎=off --by 1001
    時刻 / times, off, work, on_call, support, after, usual。病棟を * にすると全病棟。
    """  # noqa: D301 (\b is click's)
    from sekisho.care.roster.questions import say_letters  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config)
    try:
        if ward is None or not said:
            _show(installation, ward, as_json=as_json)
            return
        turns = say_letters(
            installation.database,
            ward,
            _pairs(said),
            by=_recorded(installation, by, "care/roster/letters"),
            at=installation.clock.now(),
        )
        keep_lists(installation, [])
        _done(ward, len(said), turns, as_json=as_json)
    finally:
        installation.close()


@click.command()
@click.argument("ward")
@click.argument("said", nargs=-1, required=True)
@by_option
@data_option
@config_option
@json_option
def names(
    ward: str,
    said: tuple[str, ...],
    by: str | None,
    data: Path,
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    """勤務表の名前がだれかを教える / say whose a name on a ward's roster is: 佐藤=1002."""
    from sekisho.care.roster.questions import say_name  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config)
    try:
        who = _recorded(installation, by, "care/roster/names")
        turns = 0
        for written, user_id in _pairs(said).items():
            turns = say_name(
                installation.database, ward, written, user_id, by=who, at=installation.clock.now()
            )
        keep_lists(installation, [])
        _done(ward, len(said), turns, as_json=as_json)
    finally:
        installation.close()


def _pairs(said: Sequence[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in said]
    for name, mark, value in pairs:
        if not (name and mark and value):
            raise InvalidInputError("app.roster.no_pair", value=f"{name}{mark}{value}"[:40])
    return {name: value for name, _, value in pairs}


def _recorded(installation: Installation, by: str | None, matter: str) -> str:
    who = by or f"os:{getpass.getuser()}"
    record_use(installation, Action.UPDATE, matter, by=who)
    return who


def _done(ward: str, count: int, turns: int, *, as_json: bool) -> None:
    if as_json:
        json_line({"ward": ward, "answers": count, "turns": turns})
    else:
        tell("app.roster.done", ward=ward, count=count, turns=f"{turns:,}")


def _show(installation: Installation, ward: str | None, *, as_json: bool) -> None:
    from sekisho.care.roster.questions import questions  # noqa: PLC0415 (slow to import)
    from sekisho.care.roster.store import key_of  # noqa: PLC0415 (same)

    found = questions(installation.database, people=False)
    if ward is not None:
        found = [asked for asked in found if asked.key == key_of(ward)]
    if not found and not as_json:
        tell("app.roster.nothing")
    for asked in found:
        if not as_json:
            tell("app.roster.ward", ward=asked.place or "–", names=len(asked.names))
        for one in asked.letters:
            start, end = (one.proposed.start, one.proposed.end) if one.proposed else (None, None)
            times = f"{start[:5]}-{end[:5]}" if start and end else ""
            duty = one.proposed.duty if one.proposed else ""
            if as_json:
                json_line(
                    {
                        "ward": asked.place, "letter": one.letter, "cells": one.cells,
                        "asked": one.why, "proposed": f"{duty} {times}".strip() or None,
                    }
                )  # fmt: skip
                continue
            tell(
                f"app.roster.asked_{one.why}",
                letter=one.letter,
                cells=one.cells,
                proposed=f"{sentence(f'care.roster.duty.{duty}', {}) if duty else '–'} {times}".strip(),
            )
        if as_json and asked.names:
            json_line({"ward": asked.place, "names": len(asked.names)})
