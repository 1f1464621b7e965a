"""`sekisho inspection carry`: answers of one edition, proposed for the next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sekisho.app.installation import Installation, open_installation
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import json_line, language, sentence
from sekisho.cli.use import record_use
from sekisho.errors import Error, InvalidInputError
from sekisho.pages import say
from sekisho.terms import Action, iso

if TYPE_CHECKING:
    from sekisho.inspection.carry import Proposal, Source


@click.command()
@click.argument("old")
@click.argument("new")
@data_option
@config_option
@click.option("--by", help="確かめて写す人 / who confirms")
@click.option("--item", "items", multiple=True, metavar="ID", help="この項目だけ（同じ決まりでないものは、これで選ぶ） / these items; those that ask otherwise are only taken by name")  # fmt: skip
@click.option("--reason", default="", help="証拠のない「はい」が拠るもの / what a yes without proof rests on")  # fmt: skip
@click.option("--undo", "back", is_flag=True, help="写したものを取り消す / take back what was carried")  # fmt: skip
@json_option
def carry(
    old: str, new: str, data: Path, config: Path | None, by: str | None, items: tuple[str, ...],
    reason: str, *, back: bool, as_json: bool,
) -> None:  # fmt: skip
    """前の版の答えを、新しい版で確かめるものとして出す / propose the answers of an older edition for the newer."""
    from sekisho.app.inspection.carry import proposals_of, undo_carry  # noqa: PLC0415 (slow)

    if by is None and (items or reason or back):
        raise InvalidInputError("inspection.carry.by")
    installation = open_installation(data, config)
    try:
        found = proposals_of(installation, old, new)
        if back and by is not None:
            done = undo_carry(installation, old, new, by=by, items=items)
            _sum({"taken_back": len(done)}, "inspection.carry.undone", as_json=as_json)
            return
        unknown = set(items) - {one.line.item.id for one in found}
        if unknown:
            raise InvalidInputError("inspection.carry.no_item", items=sorted(unknown), old=old)
        if by is None:
            record_use(installation, Action.READ, f"inspection/{new}/carried")
        kept = 0
        for one in found:
            state, why = "open" if one.open else "answered", None
            if by is not None and one.open and _chosen(one, items):
                state, why = _keep(installation, new, one, by, reason)
                kept += state == "kept"
            _say(one, state, why, as_json=as_json)
        counted = {"proposed": len(found), "kept": kept}
        counted["left"] = sum(one.open for one in found) - kept
        _sum(counted, "inspection.carry.sum", as_json=as_json)
    finally:
        installation.close()


def _chosen(one: Proposal, items: Sequence[str]) -> bool:
    from sekisho.inspection.carry import Why  # noqa: PLC0415 (slow to import)

    return one.line.item.id in items if items else one.why == (Why.SAME,)


def _keep(
    installation: Installation, new: str, one: Proposal, by: str, reason: str
) -> tuple[str, Error | None]:
    from sekisho.app.inspection.carry import confirm_carry  # noqa: PLC0415 (slow to import)

    try:
        confirm_carry(installation, new, one, by=by, reason=reason)
    except Error as error:
        return "refused", error
    return "kept", None


def _say(one: Proposal, state: str, why: Error | None, *, as_json: bool) -> None:
    if as_json:
        json_line(_told(one, state, why))
        return
    words = language()
    value = "–" if one.value is None else sentence(f"inspection.standing.{one.value.value}", {})
    click.echo(f"{one.line.item.id} {one.line.item.title[words]}: {value}")
    for source in one.sources:
        click.echo(f"    - {_source(source, words)}")
    for reason in one.why:
        click.echo(f"    {sentence(f'inspection.carry.why.{reason.value}', {})}")
    told = sentence(f"inspection.carry.state.{state}", {})
    if why is not None:
        told += sentence(why.message, why.args_)
    click.echo(f"    {told}")


def _source(source: Source, words: str) -> str:
    said = source.answer
    told = sentence("inspection.carry.unanswered", {})
    if said is not None and said.value is not None:
        told = sentence(
            "inspection.carry.answered",
            {
                "value": sentence(f"inspection.standing.{said.value.value}", {}),
                "day": str(said.checked_on),
                "by": said.by,
            },
        )
    changed = source.changed.get(words, "")
    return " ".join(one for one in (source.item.id, source.vendor, told, changed) if one)


def _told(one: Proposal, state: str, why: Error | None) -> dict[str, Any]:
    from sekisho.inspection import Answer  # noqa: PLC0415 (slow to import)

    return {
        "item": one.line.item.id,
        "value": one.value and one.value.value,
        "why": [reason.value for reason in one.why],
        "state": state,
        "refused": None
        if why is None
        else {words: say(words, why.message, **why.values()) for words in ("ja", "en")},
        "sources": [
            {
                "item": source.item.id,
                "vendor": source.vendor or None,
                "changed": dict(source.changed) or None,
                "answer": source.answer
                and {
                    "value": source.answer.value and source.answer.value.value,
                    "checked_on": source.answer.checked_on and source.answer.checked_on.isoformat(),
                    "target_on": source.answer.target_on and source.answer.target_on.isoformat(),
                    "reason": source.answer.reason,
                    "by": source.answer.by,
                    "at": iso(source.answer.at) if isinstance(source.answer, Answer) else None,
                },
            }
            for source in one.sources
        ],
    }


def _sum(counted: dict[str, int], message: str, *, as_json: bool) -> None:
    if as_json:
        json_line({"summary": counted})
    else:
        click.echo(sentence(message, counted))
