"""`sekisho inspection fill` and `read`: the issued workbook, filled and read back."""

from __future__ import annotations

import getpass
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.app.installation import Installation, open_installation
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import json_line, language, progress, sentence, tell
from sekisho.errors import InvalidInputError
from sekisho.pages import words

if TYPE_CHECKING:
    from sekisho.inspection.issued import Filled, Proposal, Unplaced

_BOOK = click.Path(path_type=Path, dir_okay=False, exists=True)
_BY = click.option("--by", help="だれが / whose act it is")
_CATALOG = click.option("--catalog", metavar="ID", help="点検表（なければ中身から） / which sheet (else seen from it)")  # fmt: skip
_SHEET = click.option("--sheet", "only", help="このシートだけ / this sheet alone")


@click.command()
@click.argument("issued", type=_BOOK)
@data_option
@config_option
@json_option
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="書き出し先 / where to"
)
@_CATALOG
@_SHEET
@click.option("--turn", type=click.IntRange(1, 9), help="何回目の欄か / which check column")
@click.option("--replace", is_flag=True, help="違う答えに上書きする（--by が要ります） / overwrite what differs (needs --by)")  # fmt: skip
@click.option("--partial", is_flag=True, help="置けた項目だけでも書く / write what could be placed")
@click.option("--other-edition", is_flag=True, help="別の版の用紙でも、文の合う項目に書く / fill another edition where texts agree")  # fmt: skip
@_BY
def fill(
    issued: Path, data: Path, config: Path | None, out: Path | None,
    catalog: str | None, only: str | None, turn: int | None, by: str | None,
    *, as_json: bool, replace: bool, partial: bool, other_edition: bool,
) -> None:  # fmt: skip
    """配られたチェックリスト（XLSX）に、はい・いいえ・確認日・目標日を書く / fill the issued workbook; its layout is not touched."""
    from sekisho.app.evidence import look_now  # noqa: PLC0415 (slow to import)
    from sekisho.app.inspection.issued import fill_issued  # noqa: PLC0415 (same)
    from sekisho.inspection.issued import How  # noqa: PLC0415 (same)

    if replace and not by:
        raise InvalidInputError("inspection.fill.replace_by")
    out = out or issued.with_name(f"{issued.stem}-filled.xlsx")
    if out.exists():
        raise InvalidInputError("inspection.fill.out_exists", file=str(out))
    installation = open_installation(data, config)
    try:
        look_now(installation)
        how = How(
            replace=replace, only=only, turn=turn, other_edition=other_edition, partial=partial
        )
        found = fill_issued(
            installation, issued.read_bytes(), issued.name, how, by=_who(by), catalogue=catalog
        )
    finally:
        installation.close()
    if found.content is not None:
        out.write_bytes(found.content)
    _json_filled(found, out) if as_json else _show_filled(found, out)
    if found.unplaced:
        raise SystemExit(1)


def _json_filled(found: Filled, out: Path) -> None:
    for mark in found.marks:
        json_line({name: getattr(mark, name) for name in mark.__slots__})
    for one in found.left:
        json_line({"number": one.number, "state": "left", "why": _both(one.message, dict(one.args))})  # fmt: skip
    for each in found.unplaced:
        json_line(_json_unplaced(each))
    counts = Counter(mark.state for mark in found.marks)
    states = ("written", "replaced", "same", "differs")
    summary = {name: counts[name] for name in states} | {"unplaced": len(found.unplaced)}
    told = {**summary, "sheets": list(found.sheets), "turn": found.turn or None}
    json_line({"summary": {**told, "file": str(out) if found.content else None}})


def _json_unplaced(one: Unplaced) -> dict[str, object]:
    return {
        "item": one.item.id,
        "number": one.item.number or None,
        "state": "unplaced",
        "why": _both(one.message, dict(one.args)),
    }


def _both(message: str, args: dict[str, object]) -> dict[str, str]:
    return {each: words.say(each, message, **args) for each in words.LANGUAGES}


def _show_filled(found: Filled, out: Path) -> None:
    if found.content is None:
        tell("inspection.fill.nothing", count=len(found.unplaced))
    else:
        tell("inspection.fill.done", file=str(out), sheets=list(found.sheets), turn=found.turn)
        counts = Counter(mark.state for mark in found.marks)
        for state in ("written", "replaced", "same"):
            if counts[state]:
                tell(f"inspection.fill.state.{state}", count=counts[state])
    for one in found.unplaced:
        _named(one.item.number or one.item.title["ja"], sentence(one.message, one.args))
    for mark in found.marks:
        if mark.state in {"differs", "replaced"}:
            said = {"where": mark.where, "stood": mark.stood, "wanted": mark.wanted}
            _named(mark.number, sentence(f"inspection.fill.mark.{mark.state}", said))
    for each in found.left:
        _named(each.number, sentence(each.message, each.args))


def _who(by: str | None) -> str:
    return by or f"os:{getpass.getuser()}"


def _named(number: str, said: str) -> None:
    click.echo(f"  {number}  {said}")


def write_paper(installation: Installation, catalogue: str, form: str, out: Path | None) -> None:
    """Write the sheet as PDF or XLSX into a file, else to the standard output."""
    from sekisho.app.inspection.paper import paper_of  # noqa: PLC0415 (slow to import)

    if out is not None and out.exists():
        raise InvalidInputError("inspection.fill.out_exists", file=str(out))
    content = paper_of(installation, catalogue, form, by=_who(None), language=language())
    if out is None:
        sys.stdout.buffer.write(content)
        return
    out.write_bytes(content)
    tell("inspection.paper.written", file=str(out))


@click.command()
@data_option
@config_option
@json_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="書き出し先（ZIP） / where to (ZIP)")  # fmt: skip
@click.option("--issued", type=_BOOK, help="配られたチェックリスト（書いて入れる） / issued workbook to fill and put in")  # fmt: skip
@_BY
def folder(
    data: Path, config: Path | None, out: Path | None, issued: Path | None, by: str | None,
    *, as_json: bool,
) -> None:  # fmt: skip
    """立入検査の当日の資料を、確かめられる一つの ZIP にする / make the folder for the day: one ZIP that anyone can verify."""
    from sekisho.app.evidence import look_now  # noqa: PLC0415 (slow to import)
    from sekisho.app.inspection.folder import make_folder, name_of  # noqa: PLC0415 (same)
    from sekisho.app.inspection.issued import fill_issued  # noqa: PLC0415 (same)
    from sekisho.inspection.issued import How  # noqa: PLC0415 (same)

    if out is not None and out.exists():
        raise InvalidInputError("inspection.fill.out_exists", file=str(out))
    installation = open_installation(data, config)
    unplaced: tuple[Unplaced, ...] = ()
    try:
        look_now(installation)
        if issued is not None:
            found = fill_issued(installation, issued.read_bytes(), issued.name, How(), by=_who(by))
            unplaced = found.unplaced
        made, content = make_folder(
            installation,
            by=_who(by),
            language=language(),
            progress=progress(quiet=as_json),
        )
        out = out or Path(name_of(installation, made))
        out.write_bytes(content)
    finally:
        installation.close()
    if as_json:
        told = {"file": str(out), "files": made.files, "size": made.size, "sha256": made.digest}
        json_line({**told, "record": made.record, "sums": made.sums, "missing": [_both(one["message"], one["args"]) for one in made.missing]})  # fmt: skip
        return
    tell("folder.written", file=str(out), files=made.files, record=made.record, digest=made.digest)
    for one in made.missing:
        click.echo("  ! " + sentence(one["message"], one["args"]))
    for each in unplaced:
        _named(each.item.number or each.item.title["ja"], sentence(each.message, each.args))


@click.command()
@click.argument("filled", type=_BOOK)
@data_option
@config_option
@json_option
@_CATALOG
@_SHEET
@_BY
def read(
    filled: Path, data: Path, config: Path | None, catalog: str | None, only: str | None,
    by: str | None,
    *, as_json: bool,
) -> None:  # fmt: skip
    """手で書かれたチェックリスト（XLSX）を読み、答えの案を示す / read a sheet filled by hand; a person confirms each answer in the console."""
    from sekisho.app.inspection.issued import read_issued  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config)
    try:
        chosen, proposals, unplaced = read_issued(
            installation,
            filled.read_bytes(),
            filled.name,
            by=_who(by),
            catalogue=catalog,
            only=only,
        )
    finally:
        installation.close()
    for one in proposals:
        json_line(_json_proposal(one)) if as_json else _show_proposal(one)
    for each in unplaced:
        if as_json:
            json_line(_json_unplaced(each))
        else:
            _named(each.item.number or each.item.title["ja"], sentence(each.message, each.args))
    if as_json:
        json_line({"summary": {"catalog": chosen.id, "proposed": len(proposals), "unplaced": len(unplaced)}})  # fmt: skip
    else:
        tell("inspection.read.confirm", count=len(proposals))


def _json_proposal(one: Proposal) -> dict[str, object]:
    return {
        "item": one.item.id,
        "number": one.item.number or None,
        "state": "proposed",
        "value": one.value and one.value.value,
        "checked_on": one.checked_on and one.checked_on.isoformat(),
        "target_on": one.target_on and one.target_on.isoformat(),
        "where": one.where,
        "stood": one.stood,
        "doubts": list(one.doubts),
    }


def _show_proposal(one: Proposal) -> None:
    value = sentence(f"inspection.standing.{one.value.value}", {}) if one.value else "–"
    days = [day.isoformat() for day in (one.checked_on, one.target_on) if day]
    doubts = [sentence(f"inspection.read.doubt.{name}", {}) for name in one.doubts]
    said = " ".join([value, *days, f"[{one.where} {one.stood}]", *doubts])
    _named(one.item.number or one.item.title["ja"], said)
