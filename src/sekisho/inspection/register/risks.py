"""Beginning a risk assessment: which information has none yet, and threats to begin with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sekisho.care.headers import squeeze
from sekisho.errors import InvalidInputError
from sekisho.inspection.register.lines import add, told_of
from sekisho.inspection.register.threats import NEWEST, threats
from sekisho.storage import Database

EVERYTHING = frozenset(map(squeeze, ("すべての情報", "全ての情報", "全情報", "全般", "共通", "all information", "everything")))  # fmt: skip
"""Words that mean all information at once."""


def unassessed(database: Database, *, only: Collection[str] = ()) -> list[str]:
    """Return the information of which no line of risks speaks.

    Args:
        database: Where the lines are kept.
        only: Levels of importance that are asked about; empty for all.
    """
    known = {squeeze(one["concerned"]) for one in told_of(database, "risks")}
    if known & EVERYTHING:
        return []
    return [
        one["information"]
        for one in told_of(database, "information")
        if squeeze(one["information"]) not in known and (not only or one.get("importance") in only)
    ]


def begin(
    database: Database,
    concerned: str,
    chosen: Collection[str],
    *,
    by: str,
    at: dt.datetime,
    today: dt.date,
    language: str,
) -> int:
    """Write the chosen threats as lines to be judged; return how many were not there yet.

    Raises:
        InvalidInputError: No threat is chosen, or nothing is named that they threaten.
    """
    wanted = [one for one in threats() if one.id in chosen]
    if not wanted:
        raise InvalidInputError("register.threat.none")
    known = {
        (squeeze(one["concerned"]), squeeze(one["threat"])) for one in told_of(database, "risks")
    }
    written = 0
    for one in wanted:
        text = one.text[language]
        if (squeeze(concerned), squeeze(text)) not in known:
            values = {"concerned": concerned, "threat": text}
            add(
                database, "risks", values, by=by, at=at, today=today, source="start",
                file=f"threats {NEWEST}",
            )  # fmt: skip
            written += 1
    return written
