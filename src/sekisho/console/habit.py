"""What a person's days are usually like, and who was at the terminal just before and after."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pyarrow as pa
from markupsafe import Markup

from sekisho.app.installation import Installation
from sekisho.console.filter import milliseconds
from sekisho.ledger.skip import Looked
from sekisho.pages.charts import usual_day
from sekisho.storage import Analysis, analysis

DAYS = 28
"""Days before the accesses that are taken for usual."""
FEW = 5
"""Days with accesses from which on a day can be called usual."""
MINUTES = 15
"""How near another sign-in or access at the same terminal is shown."""
PLACES, NEIGHBOURS = 5, 8
_SQL = """
SELECT strftime(moment, '%Y-%m-%d') AS day, hour(moment), terminal, count(*) FROM (
  SELECT occurred_at + to_minutes($offset) AS moment, terminal FROM access
  WHERE user_id = $user AND occurred_at >= $since AND occurred_at < $until
    AND time_precision <> 'day'
) GROUP BY ALL
"""
_NEAR = """
SELECT a.user_id, a.terminal, a.action, a.occurred_at,
  min_by(date_diff('second', m.at, a.occurred_at), abs(date_diff('second', m.at, a.occurred_at)))
FROM access AS a JOIN mine AS m ON m.terminal = a.terminal AND a.user_id <> m.user_id
  AND a.occurred_at BETWEEN m.at - to_minutes($minutes) AND m.at + to_minutes($minutes)
WHERE a.occurred_at >= $since AND a.occurred_at < $until AND a.source <> 'sekisho'
GROUP BY a.user_id, a.terminal, a.action, a.occurred_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """The usual day of an id beside the day that is looked at.

    Attributes:
        day: The local day with most accesses of the case.
        days: Days with accesses that were taken for usual.
        usual: 24 numbers, accesses of a usual day by hour; `that` the counts of `day`.
        places: (terminal, its place or "", accesses a usual day, accesses on `day`).
    """

    day: dt.date
    days: int
    usual: tuple[float, ...]
    that: tuple[int, ...]
    places: tuple[tuple[str, str, float, int], ...]

    @property
    def enough(self) -> bool:
        """Return whether so many days were seen that one may speak of a usual one."""
        return self.days >= FEW

    @property
    def picture(self) -> Markup:
        """Return the hours as a picture."""
        return usual_day(self.usual, self.that)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another id at the same terminal; `minutes` after the access, negative before."""

    user_id: str
    terminal: str
    action: str
    minutes: int


def habit(
    here: Installation, user_id: str, times: Sequence[dt.datetime], zone: ZoneInfo
) -> Habit | None:
    """Return the usual day of `user_id`, None where there are no times to compare.

    Args:
        here: Whose record it is.
        user_id: As the record writes it.
        times: The case's accesses, UTC-aware.
        zone: Of the days.
    """
    if not times:
        return None
    days = Counter(at.astimezone(zone).date() for at in times)
    day = min(days, key=lambda one: (-days[one], one))
    since = _midnight(day - dt.timedelta(days=DAYS), zone)
    until = _midnight(day + dt.timedelta(days=1), zone)
    with _opened(here, since, until, {"user_id": (user_id,)}) as desk:
        offset = times[0].astimezone(zone).utcoffset() or dt.timedelta()
        values = {
            "offset": int(offset.total_seconds()) // 60,
            "user": user_id,
            "since": since,
            "until": until,
        }
        rows = desk.rows(_SQL, values)
    seen = {row[0] for row in rows} - {day.isoformat()}
    usual, that = [0] * 24, [0] * 24
    terminals: dict[str, list[int]] = {}
    for at, hour, terminal, count in rows:
        now = at == day.isoformat()
        (that if now else usual)[hour] += count
        if terminal:
            terminals.setdefault(terminal, [0, 0])[now] += count
    whole = max(len(seen), 1)
    first = sorted(terminals.items(), key=lambda one: (-one[1][1], -one[1][0], one[0]))[:PLACES]
    places = _places(here)
    return Habit(
        day=day,
        days=len(seen),
        usual=tuple(count / whole for count in usual),
        that=tuple(that),
        places=tuple(
            (name, places.get(name, ""), before / whole, now) for name, (before, now) in first
        ),
    )


def neighbours(
    here: Installation, user_id: str, marks: Sequence[tuple[dt.datetime, str | None]]
) -> tuple[Neighbour, ...]:
    """Return who else used the terminals within a quarter of an hour, nearest first.

    A screen that was left open may have been used by another hand: this says who was near,
    never who it was.

    Args:
        here: Whose record it is.
        user_id: As the record writes it.
        marks: Time (UTC-aware) and terminal of each access.
    """
    mine = [(at.replace(tzinfo=None), terminal) for at, terminal in marks if terminal]
    if not mine:
        return ()
    give = dt.timedelta(minutes=MINUTES)
    since = min(at for at, _ in mine) - give
    until = max(at for at, _ in mine) + give
    terminals = tuple(sorted({terminal for _, terminal in mine}))
    with _opened(here, since, until, {"terminal": terminals}) as desk:
        table = {
            "at": pa.array([at for at, _ in mine], pa.timestamp("ms")),
            "terminal": pa.array([terminal for _, terminal in mine], pa.string()),
            "user_id": pa.array([user_id] * len(mine), pa.string()),
        }
        desk.register("mine", pa.table(table))
        rows = desk.rows(_NEAR, {"minutes": MINUTES, "since": since, "until": until})
    nearest: dict[tuple[str, str, bool], tuple[int, str]] = {}
    for other, terminal, action, _, seconds in rows:
        key = (other, terminal, seconds >= 0)
        if key not in nearest or abs(seconds) < abs(nearest[key][0]):
            nearest[key] = (seconds, action)
    found = [
        Neighbour(user_id=other, terminal=terminal, action=action, minutes=_minutes(seconds))
        for (other, terminal, _), (seconds, action) in nearest.items()
    ]
    return tuple(sorted(found, key=lambda one: (abs(one.minutes), one.user_id))[:NEIGHBOURS])


def _minutes(seconds: int) -> int:
    return round(seconds / 60)


@contextmanager
def _opened(
    here: Installation, since: dt.datetime, until: dt.datetime, any_of: Mapping[str, Sequence[str]]
) -> Iterator[Analysis]:
    """Give the records of a time that can answer, as the view ``access``."""
    looked = Looked(low=milliseconds(since), high=milliseconds(until), any_of=any_of)
    search = here.reader().search(looked)
    with analysis(memory="400MB") as desk:
        search.register(desk, search.places, live=True)
        yield desk


def _places(here: Installation) -> dict[str, str]:
    from sekisho.care.around import places  # noqa: PLC0415 (keeps the first page quick)

    return places(here.database)


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    local = dt.datetime.combine(day, dt.time(), zone)
    return local.astimezone(dt.UTC).replace(tzinfo=None)
