"""`sekisho access`: who may do what with which class, why, and how that changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from sekisho.app.installation import Installation, open_installation
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import json_line, language, sentence, tell
from sekisho.cli.use import record_use
from sekisho.errors import InvalidInputError
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.access import Change, Situation, Table
    from sekisho.access.book import Files
    from sekisho.access.difference import Difference

ACTS = ("read", "search", "write", "delete", "print", "export", "administer")


@click.group()
def access() -> None:
    """権限：情報の区分と職種群 / rights by class and duty group."""


data_maybe = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="SEKISHO_DATA",
    help="データの置き場所（番号や current を使うとき） / data directory",
)
by_option = click.option("--by", required=True, help="職員番号 / staff id of who does it")


@access.command()
@click.argument("user")
@click.argument("class_", metavar="CLASS")
@click.argument("act", metavar="ACTION", type=click.Choice(ACTS))
@click.option("--situation", default="", help="例: emergency,known / 緊急、担当")
@click.option(
    "--in", "book", default="current", help="current・shipped・提案の番号 / a proposal's number"
)
@data_option
@config_option
@json_option
def explain(
    user: str,
    class_: str,
    act: str,
    situation: str,
    book: str,
    data: Path,
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    """その人に許されるか、なぜか。断られるときは 1 で終わる / may they, and why; 1 when refused."""
    from sekisho.access.explain import explain as ask  # noqa: PLC0415 (slow to import)
    from sekisho.access.matrix import parse_situation  # noqa: PLC0415 (same)

    where = parse_situation(situation)
    with _opened(data, config) as here:
        record_use(here, Action.READ, f"access/explain/{user}"[:200])
        found = ask(
            here.database,
            None if book == "current" else _files(book, here),
            user, class_, act, where, on=_today(here),
        )  # fmt: skip
    if as_json:
        json_line(found.as_json())
    else:
        _say_answer(found, act, where)
    if not found.decision.permitted:
        raise SystemExit(1)


@access.command()
@click.argument("old")
@click.argument("new")
@data_maybe
@config_option
@json_option
def diff(old: str, new: str, data: Path | None, config: Path | None, *, as_json: bool) -> None:
    """二つの権限の違いを、ます目ごとに / what differs, cell by cell."""
    from sekisho.access.difference import differences  # noqa: PLC0415 (slow to import)

    with _opened(data, config) if data else _nothing() as here:
        before, after = (_table(name, here) for name in (old, new))
    found = list(differences(before, after))
    if as_json:
        for one in found:
            json_line(_cell(one))
        json_line({"summary": {"cells": len(after.cells), "changed": len(found),
                               "wider": sum(one.wider for one in found)}})  # fmt: skip
        return
    _say_differences(found)


@access.command()
@click.argument("source", default="current")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="フォルダー、.xlsx か .csv / folder, .xlsx or .csv",
)
@data_maybe
@config_option
def show(source: str, out: Path | None, data: Path | None, config: Path | None) -> None:
    """権限の表を示すか、ファイルに書き出す / show the matrix, or write it out."""
    from sekisho.access import read_book  # noqa: PLC0415 (slow to import)
    from sekisho.access.book import matrix_csv, matrix_rows  # noqa: PLC0415 (same)
    from sekisho.access.files import write_out  # noqa: PLC0415 (same)

    with _opened(data, config) if data else _nothing() as here:
        files = _files(source, here)
    book = read_book(files)
    if out is None:
        click.echo(matrix_csv(matrix_rows(book, language())), nl=False)
        return
    write_out(files, out, language())
    tell("access.written", place=str(out))


@access.command("check")
@click.argument("source")
@data_maybe
@config_option
def check_(source: str, data: Path | None, config: Path | None) -> None:
    """権限のファイルを、使わずに確かめる / check the files without using them."""
    from sekisho.access import check as examine  # noqa: PLC0415 (slow to import)

    with _opened(data, config) if data else _nothing() as here:
        book, table = examine(_files(source, here))
    tell(
        "access.checked",
        groups=len(book.groups), classes=len(book.classes), cells=f"{len(table.cells):,}",
        examples=len(book.examples),
    )  # fmt: skip


@access.command()
@click.argument("source")
@data_option
@config_option
@by_option
@click.option("--note", default="", help="なぜ変えるか / why")
@json_option
def propose(
    source: str, data: Path, config: Path | None, by: str, note: str, *, as_json: bool
) -> None:
    """権限の変更を提案する（別の人の承認で使われる） / propose; another person approves."""
    from sekisho.access import check_proposal  # noqa: PLC0415 (slow to import)
    from sekisho.access import propose as keep  # noqa: PLC0415 (same)

    with _opened(data, config, create=True) as here:
        files = _files(source, here)
        check_proposal(here.database, files, by=by)
        record_use(here, Action.SECURITY, "access/propose", by=by)
        done = keep(here.database, files, by=by, at=here.clock.now(), note=note)
    _say_change(done, "access.proposed", as_json=as_json)


@access.command()
@click.argument("number", type=int)
@data_option
@config_option
@by_option
@click.option("--reason", default="", help="ひとこと / a word")
@json_option
def approve(
    number: int, data: Path, config: Path | None, by: str, reason: str, *, as_json: bool
) -> None:
    """もう一人の人が承認し、使い始める / a second person approves, and it is in force."""
    from sekisho.access import approve as keep  # noqa: PLC0415 (slow to import)
    from sekisho.access import check_approval  # noqa: PLC0415 (same)

    with _opened(data, config) as here:
        check_approval(here.database, number, by=by)
        record_use(here, Action.SECURITY, f"access/approve/{number}", by=by)
        done = keep(here.database, number, by=by, at=here.clock.now(), reason=reason)
    _say_change(done, "access.approved", as_json=as_json)


@access.command()
@click.argument("number", type=int)
@data_option
@config_option
@by_option
@click.option("--reason", required=True, help="断る理由 / why it is refused")
@json_option
def refuse(
    number: int, data: Path, config: Path | None, by: str, reason: str, *, as_json: bool
) -> None:
    """提案を断る、または自分の提案を取り下げる / refuse a proposal, or withdraw one's own."""
    from sekisho.access import check_refusal  # noqa: PLC0415 (slow to import)
    from sekisho.access import refuse as keep  # noqa: PLC0415 (same)

    with _opened(data, config) as here:
        check_refusal(here.database, number, by=by, reason=reason)
        record_use(here, Action.SECURITY, f"access/refuse/{number}", by=by)
        done = keep(here.database, number, by=by, at=here.clock.now(), reason=reason)
    _say_change(done, "access.refused", as_json=as_json)


@access.command()
@data_option
@config_option
@json_option
def history(data: Path, config: Path | None, *, as_json: bool) -> None:
    """提案と承認の経過 / every proposal and what became of it."""
    from sekisho.access import changes  # noqa: PLC0415 (slow to import)

    with _opened(data, config) as here:
        found = changes(here.database)
    for one in found:
        _say_change(one, f"access.history.{one.state}", as_json=as_json)
    if not found and not as_json:
        tell("access.history.empty")


@contextmanager
def _opened(data: Path, config: Path | None, *, create: bool = False) -> Iterator[Installation]:
    here = open_installation(data, config, create=create)
    try:
        yield here
    finally:
        here.close()


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


def _today(here: Installation) -> dt.date:
    return here.clock.now().astimezone(ZoneInfo(here.config.zone)).date()


def _files(name: str, here: Installation | None) -> Files:
    """Return the book that `name` stands for: a word, a number, a file or a folder."""
    from sekisho.access import current, files_of  # noqa: PLC0415 (slow to import)
    from sekisho.access.files import read_source, shipped  # noqa: PLC0415 (same)

    def in_force() -> Files | None:
        now = current(here.database) if here else None
        return files_of(here.database, now.number) if here and now else None

    if name == "shipped":
        return shipped()
    if (name == "current" or name.isdecimal()) and here is None:
        raise InvalidInputError("access.needs_data", name=name)
    if name == "current":
        files = in_force()
        if files is None:
            raise InvalidInputError("access.nothing_in_force")
        return files
    if name.isdecimal():
        assert here is not None
        return files_of(here.database, int(name))
    path = Path(name)
    if not path.exists():
        raise InvalidInputError("access.no_source", name=name)
    return read_source(path, in_force() or shipped())


def _table(name: str, here: Installation | None) -> Table:
    from sekisho.access import active, read_book  # noqa: PLC0415 (slow to import)
    from sekisho.access.build import build  # noqa: PLC0415 (same)

    if name == "current" and here is not None:
        # While nothing is in force, everything is refused: that too is compared.
        return active(here.database)
    return build(read_book(_files(name, here)))


def _say_answer(found: Any, act: str, where: Situation) -> None:
    from sekisho.access.matrix import write_situation  # noqa: PLC0415 (slow to import)

    words = language()
    join = sentence("access.join", {})
    tell(
        "access.answer.permitted" if found.decision.permitted else "access.answer.refused",
        user=found.user, class_=found.class_name[words], act=sentence(f"access.act.{act}", {}),
        situation=write_situation(where, words), effect=sentence(f"access.effect.{found.decision.effect}", {}),
    )  # fmt: skip
    names = join.join(name[words] for name in found.group_names) or "–"
    tell("access.answer.groups", day=str(found.on), groups=names)
    for policy, text in found.reasons:
        click.echo(f"  ・{text[words]}　[{policy}]")
    if found.version == "none":
        tell("access.nothing_in_force_yet")


def _cell(one: Difference) -> dict[str, Any]:
    def side(outcome: Any) -> dict[str, Any] | None:
        return outcome and {"effect": outcome.effect, "policies": outcome.policies}

    place = one.place
    return {
        "group": place.group,
        "class": place.class_,
        "act": place.act,
        "situation": {
            "emergency": place.situation.emergency,
            "out_of_hours": place.situation.out_of_hours,
            "relation": place.situation.relation,
        },
        "old": side(one.old),
        "new": side(one.new),
        "matters": one.matters,
        "wider": one.wider,
    }


def _say_differences(found: list[Difference]) -> None:
    from sekisho.access.difference import summaries  # noqa: PLC0415 (slow to import)
    from sekisho.access.matrix import write_situation  # noqa: PLC0415 (same)

    words = language()
    for summary in summaries(found):
        for one in summary.cells:
            old, new = (
                sentence(f"access.effect.{side.effect}" if side else "access.effect.absent", {})
                for side in (one.old, one.new)
            )
            mark = "＋" if one.wider else "−" if one.matters else "・"
            act = sentence(f"access.act.{summary.act}", {})
            where = write_situation(one.place.situation, words)
            click.echo(
                f"{mark} {summary.group} × {summary.class_}　{act}（{where}）　{old} → {new}"
            )
    tell(
        "access.differences",
        changed=len(found), matter=sum(one.matters for one in found),
        wider=sum(one.wider for one in found),
    )  # fmt: skip


def _say_change(done: Change, message: str, *, as_json: bool) -> None:
    if as_json:
        json_line(
            {
                "number": done.number, "state": done.state, "by": done.by, "at": done.at,
                "decided_by": done.decided_by, "decided_at": done.decided_at, "base": done.base,
                "note": done.note, "reason": done.reason, "digest": done.digest,
                "in_force": done.in_force,
            }
        )  # fmt: skip
        return
    tell(
        message, number=done.number, by=done.by, other=done.decided_by or "–",
        note=done.note or "–", reason=done.reason or "–",
        force=sentence("access.in_force", {}) if done.in_force else "",
    )  # fmt: skip
