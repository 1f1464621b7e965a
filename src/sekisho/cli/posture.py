"""`sekisho posture`: what stands where, and is it sound."""

from __future__ import annotations

import getpass
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from sekisho.app.installation import open_installation
from sekisho.app.machines import deadlines, look_at_machines, replay_incidents
from sekisho.app.network import look_at_network
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import json_line, language, sentence, tell
from sekisho.errors import InvalidInputError
from sekisho.pages import words
from sekisho.terms import iso

if TYPE_CHECKING:
    from sekisho.posture import Report
    from sekisho.posture.incidents import Played, Replayed
    from sekisho.posture.look import Looked
    from sekisho.posture.match import Match

SHOWN = 10
"""Rows of a list that are named one by one."""


@click.group()
def posture() -> None:
    """機器・医療機器・外部との接続 / machines, medical devices and connections."""


@posture.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@data_option
@config_option
@json_option
def load(files: tuple[Path, ...], data: Path, config: Path | None, *, as_json: bool) -> None:
    """台帳や書き出しを読み込み、何として読んだかを示す / load ledgers and exports and say what each was taken for."""
    from sekisho import posture as room  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config, create=True)
    try:
        reports = room.load(
            files,
            database=installation.database,
            clock=installation.clock,
            zone=installation.config.zone,
        )
        look_at_machines(installation)
        for report in reports:
            _show(report, as_json=as_json)
        if all(report.error is not None for report in reports):
            raise InvalidInputError("app.nothing_readable")
    finally:
        installation.close()


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        json_line(
            {
                "file": str(report.path),
                "sheet": report.sheet,
                "taken_for": report.taken_for,
                "source": report.source,
                "why": _both(report.why),
                "rows": report.rows,
                "added": report.added,
                "changed": report.changed,
                "refused": [
                    {"row": one.row, "message": one.message, "why": _both((one.message, one.args))}
                    for one in report.refused
                ],
                "doubts": [
                    {"message": one.message, "why": _both((one.message, one.args))}
                    for one in report.doubts
                ],
                "asked": report.asked,
                "error": report.error[0] if report.error else None,
            }
        )
        return
    name = str(report.path) if report.sheet is None else f"{report.path} [{report.sheet}]"
    if report.error is not None:
        tell("posture.cli.refused", error=True, file=name, why=sentence(*report.error))
        return
    tell(
        "posture.cli.done",
        file=name,
        taken=sentence(*report.why) if report.why else "",
        rows=f"{report.rows:,}",
        added=f"{report.added:,}",
        changed=f"{report.changed:,}",
        refused=len(report.refused),
    )
    for one in report.refused[:SHOWN]:
        tell("posture.cli.row", row=one.row, why=sentence(one.message, one.args))
    if len(report.refused) > SHOWN:
        tell("posture.cli.more", count=len(report.refused) - SHOWN)
    for doubt in report.doubts:
        click.echo("  ? " + sentence(doubt.message, doubt.args))
    if report.asked:
        tell("posture.cli.asked", count=report.asked)


def _both(told: tuple[str, object] | None) -> dict[str, str] | None:
    if told is None:
        return None
    message, args = told
    assert isinstance(args, dict)
    return {each: words.say(each, message, **args) for each in words.LANGUAGES}


@posture.command()
@click.option(
    "--vendor", help="この会社だけ（一年たっていなくても） / this one only, asked lately or not"
)
@click.option("--by", default=getpass.getuser, help="だれが / whose act it is")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="手紙を置くフォルダー / folder of the letters",
)
@data_option
@config_option
@json_option
def ask(
    vendor: str | None, by: str, out: Path, data: Path, config: Path | None, *, as_json: bool
) -> None:
    """業者ごとに年に一通、まとめてたずねる手紙と回答票を書く / write one letter a year to each vendor, with its answer sheet."""
    from sekisho.app import vendors as letters  # noqa: PLC0415 (slow to import)
    from sekisho.posture import vendors as room  # noqa: PLC0415 (same)

    installation = open_installation(data, config)
    try:
        now = installation.clock.now()
        today = now.astimezone(ZoneInfo(installation.config.zone)).date()
        due = today + timedelta(days=room.DAYS)
        known = room.vendors(installation.database)
        has = [one.name for one in known if one.devices or one.lines or one.controls]
        waits = [one.name for one in known if one.name in has and one.due(now)]
        names = [vendor] if vendor else waits
        if not names:
            raise InvalidInputError("posture.vendor.none_due" if has else "posture.vendor.none")
        out.mkdir(parents=True, exist_ok=True)
        for name in names:
            number = room.ask(installation.database, name, due=due, by=by, at=now, today=today)
            safe = re.sub(r"[^\w.-]+", "_", name)[:40]
            files = []
            for form in ("docx", "xlsx"):
                body = letters.paper(installation, number, form=form, by=by, language=language())
                files.append(out / f"{number:04}-{safe}.{form}")
                files[-1].write_bytes(body)
            if as_json:
                told = {"vendor": name, "letter": number, "due": due.isoformat()}
                json_line({**told, "files": [str(one) for one in files]})
            else:
                tell("posture.vendor.written", name=name, files=", ".join(map(str, files)))
    finally:
        installation.close()


@posture.command()
@data_option
@config_option
@json_option
def match(data: Path, config: Path | None, *, as_json: bool) -> None:
    """公表されている弱点のうち、ここの機器に関わるものを示す / say which published weaknesses concern what stands here."""
    from sekisho import posture as room  # noqa: PLC0415 (slow to import)
    from sekisho.posture import match as matching  # noqa: PLC0415 (same)

    installation = open_installation(data, config)
    try:
        counts: Counter[str] = Counter()
        for one in matching.matches(
            installation.database,
            room.components(installation.database),
            rules=deadlines(installation),
            now=installation.clock.now(),
        ):
            counts[one.hit.verdict.status] += 1
            _match_line(one) if as_json else _match_shown(one)
        if not as_json:
            click.echo(sentence("posture.match.sum", {s: f"{counts[s]:,}" for s in _STATUSES}))
    finally:
        installation.close()


_STATUSES = ("affected", "unknown", "not_affected")


def _match_line(one: Match) -> None:
    advisory, verdict = one.hit.advisory, one.hit.verdict
    json_line(
        {
            "asset_id": one.hit.component.asset,
            "advisory": advisory.id,
            "status": verdict.status,
            "method": verdict.method,
            "confidence": verdict.confidence,
            "fixed_in": verdict.fixed_in,
            "deadline": one.deadline and one.deadline.isoformat(),
            "why": {each: _reason(one, each) for each in words.LANGUAGES},
            "component": one.hit.component.product,
            "title": advisory.title,
            "source": advisory.source,
            "cves": list(advisory.cves),
            "url": advisory.url,
            "timeline": one.timeline,
            "known_as_of": iso(one.as_of),
            "state": one.state,
            "look": one.fresh,
        }
    )


def _match_shown(one: Match) -> None:
    if one.hit.verdict.status == "not_affected":
        return
    component = one.hit.component
    tell(
        f"posture.match.{one.hit.verdict.status}",
        asset=component.asset,
        product=" ".join(filter(None, (component.product, component.model, component.version))),
        advisory=one.hit.advisory.id,
        title=one.hit.advisory.title,
        day=one.deadline.isoformat() if one.deadline else "—",
        fixed=one.hit.verdict.fixed_in or "—",
        confidence=f"{one.hit.verdict.confidence:.2f}",
    )
    click.echo("    " + _reason(one, language()))


def _reason(one: Match, tongue: str) -> str:
    said = words.say(tongue, one.hit.verdict.message, **one.hit.verdict.args)
    if one.stale and one.hit.verdict.message != "posture.why.stale":
        said += words.say(tongue, "posture.why.since", since=one.as_of.date().isoformat())
    return said


@posture.command()
@data_option
@config_option
@json_option
def incidents(data: Path, config: Path | None, *, as_json: bool) -> None:
    """公表された四つの事故が、ここで止まるかを示す / say link by link whether the four public incidents would stop here."""
    installation = open_installation(data, config)
    try:
        played = replay_incidents(installation)
    finally:
        installation.close()
    for one in played:
        if not as_json:
            click.echo(f"{one.case.day:%Y-%m-%d}  {one.case.name[language()]}")
        for link in one.links:
            _link_line(one, link) if as_json else _link_shown(link)
    counts = Counter(link.outcome.value for one in played for link in one.links)
    if as_json:
        json_line({"summary": {name: counts[name] for name in _OUTCOMES}})
    else:
        click.echo(sentence("posture.incidents.sum", {name: counts[name] for name in _OUTCOMES}))


_OUTCOMES = ("stopped", "not_stopped", "unknown")


def _link_line(one: Replayed, played: Played) -> None:
    json_line(
        {
            "incident": one.case.id,
            "day": one.case.day.isoformat(),
            "link": played.link.id,
            "text": dict(played.link.text),
            "source": played.link.source,
            "status": played.outcome.value,
            "needs": played.link.needs,
            "answers": [
                {
                    "status": answer.outcome.value,
                    "why": _both((answer.message, dict(answer.args))),
                    "records": [
                        {"kind": each.kind, "name": each.name, "where": each.where}
                        for each in answer.records
                    ],
                }
                for answer in played.answers
            ],
        }
    )


def _link_shown(played: Played) -> None:
    said = sentence(f"posture.incidents.{played.outcome.value}", {})
    click.echo(f"  [{said}] {played.link.text[language()]}")
    for answer in played.answers:
        told = ", ".join(record.name for record in answer.records if record.name)
        click.echo(
            "      " + sentence(answer.message, answer.args) + (f" ({told})" if told else "")
        )


@posture.command()
@data_option
@config_option
@json_option
@click.option("--by", help="だれが見るか（利用者ID） / who looks (user id)")
def look(data: Path, config: Path | None, by: str | None, *, as_json: bool) -> None:
    """一覧（look.toml）にある機器だけを、決めた時間に外から見る / look at the addresses of look.toml, in its window."""
    installation = open_installation(data, config)
    try:
        seen = look_at_network(installation, by)
    finally:
        installation.close()
    for one in seen:
        _looked_line(one) if as_json else _looked_shown(one)
    counts = Counter(one.state.value for one in seen)
    told = {name: counts[name] for name in ("good", "bad", "missing", "not_looked")}
    if as_json:
        json_line({"summary": told})
    else:
        click.echo(sentence("posture.look.sum", told))


def _looked_line(one: Looked) -> None:
    json_line(
        {
            "asset_id": one.number,
            "address": one.address,
            "kind": one.kind,
            "port": one.port,
            "should_be_open": one.wanted,
            "state": one.state.value,
            "why": _both((one.message, dict(one.args))),
            "departures": [
                {"message": message, "why": _both((message, dict(args)))}
                for message, args in one.departures
            ],
            "at": iso(one.at),
        }
    )


def _looked_shown(one: Looked) -> None:
    if one.state == "good":
        return
    click.echo(f"{one.number}  {one.address}  " + sentence(one.message, one.args))
    for message, args in one.departures:
        click.echo("    " + sentence(message, args))
