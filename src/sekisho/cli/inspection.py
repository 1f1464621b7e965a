"""`sekisho inspection`: what is asked of this institution, each answer with its proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.app.installation import Installation, open_installation
from sekisho.cli import issued
from sekisho.cli.carry import carry
from sekisho.cli.editions import check
from sekisho.cli.options import config_option, data_option
from sekisho.cli.speech import json_line, language, sentence
from sekisho.cli.use import record_use
from sekisho.pages import say
from sekisho.terms import Action, iso

if TYPE_CHECKING:
    from sekisho.inspection import Item, Line, Seen


@click.group()
def inspection() -> None:
    """点検 / inspection of this institution."""


inspection.add_command(issued.fill)
inspection.add_command(issued.folder)
inspection.add_command(issued.read)
inspection.add_command(check)
inspection.add_command(carry)


@inspection.command()
@data_option
@config_option
@click.option("--catalog", "identifier", required=True, metavar="ID", help="点検表 / which sheet")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "pdf", "xlsx", "oscal", "oscal-catalog"]),
    default="text",
    help="形 / form",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="PDF・XLSX の書き出し先（なければ標準出力へ） / where PDF or XLSX goes (else to stdout)")  # fmt: skip
def run(data: Path, config: Path | None, identifier: str, form: str, out: Path | None) -> None:
    """いまの証拠と答えを、項目ごとに言う / say the proof and the answer of each item."""
    from sekisho.app.evidence import look_now  # noqa: PLC0415 (slow to import)
    from sekisho.app.inspection import sheet_of  # noqa: PLC0415 (same)

    installation = open_installation(data, config)
    try:
        look_now(installation)
        if form in {"pdf", "xlsx"}:
            issued.write_paper(installation, identifier, form, out)
            return
        if form in {"oscal", "oscal-catalog"}:
            _oscal(installation, identifier, form)
            return
        sheet = sheet_of(installation, identifier)
        if form == "json":
            record_use(installation, Action.EXPORT, f"inspection/{identifier}")
            asked = frozenset(line.item.id for line in sheet.lines)
            for line in sheet.every:
                json_line(_told(line, asked=line.item.id in asked))
            return
        record_use(installation, Action.READ, f"inspection/{identifier}")
        words = language()
        for line in sheet.lines:
            click.echo(f"{_number(line.item, words)} {line.item.title[words]}")
            stands = sentence(f"inspection.standing.{line.standing.value}", {})
            state = sentence(f"inspection.state.{line.computed.state.value}", {})
            click.echo(f"    {stands}{say(words, 'pages.dot')}{state}")
            for one in line.computed.proofs:
                click.echo(f"    - {_seen(one)}")
        if sheet.apart:
            said = [
                _number(line.item, words) + " " + line.item.title[words] for line in sheet.apart
            ]
            click.echo(sentence("inspection.kinds.apart", {"count": len(said), "items": said}))
    finally:
        installation.close()


def _oscal(installation: Installation, identifier: str, form: str) -> None:
    from sekisho.app.inspection.oscal import catalogue_of, results_of  # noqa: PLC0415 (slow)

    if form == "oscal-catalog":
        json_line(catalogue_of(installation, identifier, language()))
        return
    told = results_of(installation, identifier, language())
    record_use(installation, Action.EXPORT, f"inspection/{identifier}/oscal")
    json_line(told)


def _seen(one: Seen) -> str:
    if one.evidence is None:
        return sentence("inspection.never", {"subject": one.proof.subject})
    return sentence(one.evidence.message, dict(one.evidence.args))


def _number(item: Item, words: str) -> str:
    if item.unsure_number:
        return say(words, "inspection.unsure_number", number=item.unsure_number)
    return item.number or "–"


def _told(line: Line, *, asked: bool) -> dict[str, object]:
    said = line.answer
    return {
        "item": line.item.id,
        "number": line.item.number or None,
        "unsure_number": line.item.unsure_number or None,
        "verified": line.item.verified,
        "asked": asked,
        "state": line.computed.state.value,
        "standing": line.standing.value,
        "answer": None
        if said is None or said.value is None
        else {
            "value": said.value.value,
            "checked_on": said.checked_on and said.checked_on.isoformat(),
            "target_on": said.target_on and said.target_on.isoformat(),
            "reason": said.reason,
            "by": said.by,
            "at": iso(said.at),
        },
        "proofs": [
            {
                "subject": one.proof.subject,
                "state": one.state.value,
                "checked_at": one.evidence and iso(one.evidence.checked_at),
                "good_until": one.good_until and iso(one.good_until),
                "why": {
                    words: say(words, one.evidence.message, **one.evidence.args)
                    if one.evidence
                    else say(words, "inspection.never", subject=one.proof.subject)
                    for words in ("ja", "en")
                },
            }
            for one in line.computed.proofs
        ],
    }
