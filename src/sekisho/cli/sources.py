"""`sekisho collect --sources`, `--request` and `--retry`: beside what is read from files."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from sekisho.app.installation import open_installation
from sekisho.cli.speech import json_line, language, tell
from sekisho.cli.use import record_use
from sekisho.terms import Action, iso

if TYPE_CHECKING:
    from sekisho.app.installation import Installation

_BARS = "▁▂▃▄▅▆▇█"


def show_sources(installation: Installation, *, as_json: bool) -> None:
    """Show each source: last heard, how much in each of the last 24 hours, what waits."""
    from sekisho import collect  # noqa: PLC0415 (slow to import)
    from sekisho.collect import unseen  # noqa: PLC0415 (same)
    from sekisho.collect.live.silence import WINDOW, last_day, silence, spoken  # noqa: PLC0415 (same)

    now = installation.clock.now()
    hours = spoken(installation.database, now - WINDOW)
    waiting = collect.waiting(installation.database)
    known = collect.sources(installation.database)
    if not known and not as_json:
        tell("app.sources.none")
    zone = installation.config.zone
    found = unseen.sheets(
        installation.database, installation.reader(), installation.clock, zone=zone
    )
    sheets = {sheet.source: sheet for sheet in found}
    for source in known:
        mine, sheet = hours.get(source.name, []), sheets.get(source.name)
        silent = silence([one.hour for one in mine if one.records], now)
        day = last_day(mine, now)
        if as_json:
            json_line(
                {
                    "source": source.name,
                    "kind": source.kind,
                    "records": source.rows,
                    "first_at": source.first_at and iso(source.first_at),
                    "last_at": source.last_at and iso(source.last_at),
                    "last_heard": iso(source.last_heard),
                    "by_hour": day,
                    "quarantined": waiting.get(source.name, 0),
                    "silent_hours": silent and silent.hours,
                    "unseen": [
                        {
                            "line": line.matter.id,
                            "result": line.result.value,
                            "note": line.note or None,
                            "confirmed_by": line.by,
                            "confirmed_at": line.at and iso(line.at),
                        }
                        for line in (sheet.lines if sheet else ())
                    ],
                }
            )
            continue
        here = source.last_heard.astimezone(ZoneInfo(installation.config.zone))
        tell(
            "app.sources.line",
            source=source.name,
            kind=source.kind,
            heard=f"{here:%Y/%m/%d %H:%M}",
            records=f"{source.rows:,}",
            waiting=f"{waiting.get(source.name, 0):,}",
            day=_picture(day),
        )
        if sheet is not None:
            click.echo("    " + unseen.in_short(sheet, language(), zone=zone))
        if silent is not None:
            tell("app.sources.silent", hours=silent.hours, usual=silent.usual)


def write_request(data: Path, config: Path | None, source: str, out: Path) -> None:
    """Write the letter to the vendor of `source`; nothing is overwritten."""
    from sekisho.app.request import request  # noqa: PLC0415 (slow to import)
    from sekisho.ledger.export import fresh  # noqa: PLC0415 (same)

    with closing(open_installation(data, config)) as here:
        letter = request(here, source, language=language())
        with fresh(out) as file:
            record_use(here, Action.EXPORT, f"collect/request/{source}")
            file.write(letter)
    tell("app.request.written", file=str(out))


def _picture(day: list[int]) -> str:
    """Return 24 hours as small bars; a dot is an hour without a record."""
    most = max(day) or 1
    return "".join(_BARS[(count * 7) // most] if count else "·" for count in day)


def retry_kept(
    installation: Installation, source: str | None, map_file: Path | None, *, as_json: bool
) -> None:
    """Read again what waits in quarantine, and say how much of it is on record now.

    Raises:
        InvalidInputError: The mapping cannot be read.
        UnavailableError: Nothing can be recorded now.
    """
    from sekisho import collect  # noqa: PLC0415 (slow to import)

    mapping = None if map_file is None else collect.Mapping.from_toml(map_file.read_text("utf-8"))
    with installation.recorder() as recorder:
        done = collect.retry(
            installation.database,
            recorder=recorder,
            clock=installation.clock,
            mapping=mapping,
            source=source,
            book=installation.reader(),
        )
    if as_json:
        json_line({"added": done.added, "already": done.already, "still": done.still})
    else:
        tell("app.collect.retried", added=done.added, already=done.already, still=done.still)
