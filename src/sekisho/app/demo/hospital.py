"""A fictitious hospital's month, as the hospital would have it on its shared drive.

Nothing in it is real, and every sheet says so (模擬データ). It is written from a
seed, so that two people see the same month, and it carries its own truth: which
rows are injected misuse, and which only look like it.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sekisho.app.demo import books, oddities
from sekisho.app.demo.days import (
    NO_MATTER,
    Event,
    Month,
    admit,
    care_for_inpatients,
    receive,
    see_outpatients,
)
from sekisho.app.demo.misuse import Misuse
from sekisho.app.demo.names import INSTITUTION
from sekisho.app.demo.people import build

MONTH = dt.date(2026, 10, 1)
ROWS_A_VISIT = 7.2
ROWS_A_BED_AND_DAY = 9.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One matter whose truth is known.

    Attributes:
        kind: ``leaver``, ``colleague``, ``household``, ``own_record``, ``curiosity``,
            ``enumeration``, ``bulk_export``, ``two_places``, ``refused_then_success``,
            ``repeated``; or a look-alike: ``consult``, ``float``, ``on_call``,
            ``team_round``, ``late_billing``, ``phone_call``, ``own_old_cases``.
        rows: Data records of the log, from 1 after the header.
    """

    kind: str
    user_ids: tuple[str, ...]
    patient_ids: tuple[str, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What was written, and what is true about it.

    Attributes:
        cases: Injected misuse.
        innocent: Matters that look like it to a review that knows only visits and stays.
        console_users: Ids for the demo's console: a reviewer, a safety officer, an
            administrator. None of them is in an injected matter.
        names: Names of the console users, as the staff list has them.
        simulated: Always true: no figure from this data is a figure of a hospital.
    """

    institution: str
    month: dt.date
    rows: int
    staff_count: int
    patient_count: int
    log: Path
    staff: Path
    visits: Path
    stays: Path
    patients: Path
    cases: tuple[Matter, ...]
    innocent: tuple[Matter, ...]
    console_users: tuple[str, str, str]
    names: Mapping[str, str]
    simulated: bool = True

    @property
    def lists(self) -> list[Path]:
        """The staff list, the visits, the stays and the patients."""
        return [self.staff, self.visits, self.stays, self.patients]


class _Matters:
    """Numbers the matters while they are made."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    def open(self, kind: str) -> int:
        self.kinds.append(kind)
        return len(self.kinds) - 1


def make(folder: Path, *, seed: int = 7, rows: int = 150_000, month: dt.date = MONTH) -> Truth:
    """Write a month of the fictitious hospital into `folder` and return its truth.

    The same `seed`, `rows` and `month` always give the same month. Fewer rows give
    a smaller but whole hospital; `rows` is exact.

    Args:
        folder: Made when it is missing; files of the same names are replaced.
        seed: Which of the possible months.
        rows: Data records of the access log, 1,000 or more.
        month: Any day of the month.
    """
    if rows < 1_000:
        raise ValueError("a hospital's month has 1,000 rows or more")
    month = month.replace(day=1)
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)  # noqa: S311 - a simulation must repeat itself
    place = build(rng, rows, month)
    lived = Month(place, rng)
    matters = _Matters()
    admit(lived, rows * 0.46 / ROWS_A_BED_AND_DAY / place.days)
    receive(lived, rows * 0.44 / ROWS_A_VISIT)
    see_outpatients(lived)
    care_for_inpatients(lived)
    oddities.routine(lived, rows)
    oddities.keepers(lived, rows)
    oddities.consults(lived, rows, matters.open)
    oddities.floating(lived, rows, matters.open)
    oddities.on_call(lived, matters.open)
    oddities.rounds(lived, matters.open)
    oddities.late(lived, rows, matters.open)
    innocent = len(matters.kinds)
    Misuse(lived, rows, matters.open).all()
    events = _exactly(rng, lived.events, rows)
    found = _truth(matters.kinds, events)
    keepers = place.keepers()
    return Truth(
        institution=INSTITUTION,
        month=month,
        rows=len(events),
        staff_count=sum(s.listed for s in place.staff),
        patient_count=len(place.patients),
        log=books.log(folder / f"アクセスログ_{month:%Y%m}.csv", month, events),
        staff=books.staff(folder / "職員名簿.xlsx", place),
        visits=books.visits(folder / "受付一覧.csv", lived),
        stays=books.stays(folder / "入退院一覧.xlsx", lived),
        patients=books.patients(folder / "患者一覧.csv", place),
        cases=tuple(m for n, m in enumerate(found) if n >= innocent and m.rows),
        innocent=tuple(m for n, m in enumerate(found) if n < innocent and m.rows),
        console_users=(keepers[0].id, keepers[1].id, keepers[2].id),
        names={s.id: s.name for s in keepers},
    )


def _exactly(rng: random.Random, events: list[Event], rows: int) -> list[Event]:
    """Drop or repeat ordinary accesses at random until there are `rows`, in time's order."""
    ordinary = [e for e in events if e[7] == NO_MATTER]
    rest = [e for e in events if e[7] != NO_MATTER]
    wanted = rows - len(rest)
    if wanted <= len(ordinary):
        ordinary = rng.sample(ordinary, wanted)
    else:
        again = rng.choices([e for e in ordinary if e[2]], k=wanted - len(ordinary))
        ordinary += [(max(0, e[0] - rng.randrange(20, 90)), *e[1:]) for e in again]
    events = ordinary + rest
    events.sort()
    return events


def _truth(kinds: list[str], events: list[Event]) -> list[Matter]:
    rows: list[list[int]] = [[] for _ in kinds]
    for row, event in enumerate(events, start=1):
        if event[7] != NO_MATTER:
            rows[event[7]].append(row)
    return [
        Matter(
            kind=kind,
            user_ids=tuple(sorted({events[r - 1][1] for r in here})),
            patient_ids=tuple(sorted({events[r - 1][2] for r in here} - {""})),
            rows=tuple(here),
        )
        for kind, here in zip(kinds, rows, strict=True)
    ]
