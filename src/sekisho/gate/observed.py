"""What the gate let through only because it watches: whom each cell would have refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sekisho.ledger import Reader
from sekisho.storage import analysis

_CELLS = """
SELECT source, coalesce(duty, '') AS duty, coalesce("class", '') AS classes, action,
       count(*) AS requests, count(DISTINCT user_id) AS people,
       list_sort(list_distinct(list(user_id))) AS ids, max(occurred_at) AS last_at
FROM access
WHERE source LIKE 'gate:%' AND list_contains(marks, 'observe') AND occurred_at >= $since
GROUP BY ALL ORDER BY requests DESC, source, duty, classes, action
LIMIT 500
"""
_COUNTS = """
SELECT source, count(*) FILTER (outcome <> 'refused' AND "of" IS NULL) AS passed,
       count(*) FILTER (outcome = 'refused') AS refused,
       count(*) FILTER (list_contains(marks, 'observe')) AS watched, max(occurred_at) AS last_at
FROM access WHERE source LIKE 'gate:%' AND occurred_at >= $since GROUP BY source
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the matrix that would have refused.

    Attributes:
        ids: User ids; only for those who may see people.
    """

    route: str
    duty: str
    classes: tuple[str, ...]
    action: str
    requests: int
    people: int
    ids: tuple[str, ...]
    last_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What passed one route in a period."""

    passed: int
    refused: int
    watched: int
    last_at: dt.datetime


def would_refuse(reader: Reader, since: dt.datetime) -> list[Cell]:
    """Return the cells that would have refused since then, most requests first."""
    with analysis() as desk:
        reader.register(desk)
        rows = desk.rows(_CELLS, {"since": _naive(since)})
    return [
        Cell(
            route=row[0].removeprefix("gate:"),
            duty=row[1],
            classes=tuple(filter(None, row[2].split(","))),
            action=row[3],
            requests=row[4],
            people=row[5],
            ids=tuple(filter(None, row[6] or ())),
            last_at=row[7].replace(tzinfo=dt.UTC),
        )
        for row in rows
    ]


def counts(reader: Reader, since: dt.datetime) -> dict[str, Counts]:
    """Return by route what passed, was refused and was only watched since then."""
    with analysis() as desk:
        reader.register(desk)
        rows = desk.rows(_COUNTS, {"since": _naive(since)})
    return {
        row[0].removeprefix("gate:"): Counts(
            passed=row[1], refused=row[2], watched=row[3], last_at=row[4].replace(tzinfo=dt.UTC)
        )
        for row in rows
    }


def _naive(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC).replace(tzinfo=None)
