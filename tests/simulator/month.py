"""A hospital's month on disk, and the truth about it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.simulator import misuse, more_books, oddities
from tests.simulator.across import work_across
from tests.simulator.books import Books
from tests.simulator.clinics import see_outpatients
from tests.simulator.grids import grid
from tests.simulator.habits import HABITS
from tests.simulator.outreach import reach_out
from tests.simulator.people import settle
from tests.simulator.storage import CARRIED, Storage
from tests.simulator.turns import float_nurses, roster
from tests.simulator.wards import stay_in_beds
from tests.simulator.world import Incident, World

MONTH = dt.date(2026, 10, 1)
LISTS = {
    "L0": ("staff", "system_ids"),
    "L1": ("visits", "stays", "patients", "movements"),
    "L2": ("orders", "appointments", "carried"),
    "L3": ("rosters", "teams", "rounds", "research", "maintenance", "vips", "terminals"),
}
"""Level → the lists that it adds."""
_MORE = {
    "orders": more_books.orders,
    "appointments": more_books.appointments,
    "teams": more_books.teams,
    "rounds": more_books.rounds,
    "research": more_books.research,
    "maintenance": more_books.maintenance,
    "vips": more_books.vips,
    "terminals": more_books.terminals,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What was written, and what is true of it.

    Attributes:
        lists: List → its file.
        logs: Source → the file of its log.
        places: File's name and data row from 1 → the access's place from 1, in order of time.
        labels: Why records are opened; ``misuse:…`` for injected.
        incidents: Number of the label → the matter.
        of_row: Number of the label of each access.
        pairs: Who and whom: id of the staff list and patient.
        named: Whether each access names a patient.
        people: Whether each access's id is one person's.
        staff: People who work here.
        simulated: Always true.
    """

    logs: Mapping[str, Path]
    places: Mapping[tuple[str, int], int]
    lists: Mapping[str, Path]
    labels: Sequence[str]
    incidents: Mapping[int, Incident]
    of_row: Sequence[int]
    pairs: Sequence[tuple[str, int]]
    named: Sequence[bool]
    people: Sequence[bool]
    staff: int
    days: int
    simulated: bool = True

    def place(self, origin: Mapping[str, Any]) -> int | None:
        """Return the place of the access that a record's origin names."""
        return self.places.get((Path(str(origin.get("file", ""))).name, origin.get("row", 0)))

    def files(self, level: str) -> list[Path]:
        """Return the files that `level` adds."""
        return [self.lists[kind] for kind in LISTS[level] if kind in self.lists]


def live(seed: int, size: int, habit: str, month: dt.date = MONTH) -> World:
    """Return a hospital that lived through `month`.

    Args:
        seed: Which of the possible months.
        size: People who work there.
        habit: One of `HABITS`.
        month: Its first day.
    """
    world = World(HABITS[habit], size, random.Random(seed), month)
    settle(world)
    roster(world)
    float_nurses(world)
    stay_in_beds(world)
    see_outpatients(world)
    reach_out(world)
    work_across(world)
    oddities.happen(world)
    misuse.inject(world)
    world.sit_down()
    oddities.clock_skew(world, world.rng.choice((0, 3, -4, 6)))
    return world


def _writers(books: Books, *, storage: bool) -> dict[str, Callable[[Books], Path]]:
    """Return list → what writes it, for the lists that this hospital has."""
    world = books.world
    found: dict[str, Callable[[Books], Path]] = {"staff": Books.staff}
    if world.habit.pacs:
        found["system_ids"] = Books.system_ids
    if storage:
        tree = Storage(books)
        found["movements"] = lambda books: tree.movements(books.folder / "SS-MIX2")
        found["carried"] = lambda books: tree.orders(books.folder / "SS-MIX2")
    else:
        found |= {"visits": Books.visits, "patients": Books.patients}
        if world.wards:
            found["stays"] = Books.stays
    found |= _MORE
    if storage:
        found["orders"] = lambda books: more_books.orders(books, without=CARRIED)
    found["rosters"] = grid if world.habit.roster == "grid" else more_books.turn_rows
    return found


def make(
    folder: Path, *, seed: int, size: int, habit: str = "general", storage: bool = False
) -> Truth:
    """Write a month of a hospital into `folder` and return the truth about it.

    With `storage` visits, stays, patients and the orders that SS-MIX2 has a kind for come as a
    storage of two volumes, and the lists of each level lie in a folder of their own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    world = live(seed, size, habit)
    books = Books(world, folder)
    events = sorted((e for e in world.events if e[0] >= 0), key=lambda e: (e[0], e[1].id, e[2]))
    logs, places = books.logs(events)
    lists: dict[str, Path] = {}
    for kind, write in _writers(books, storage=storage).items():
        if storage:
            books.folder = folder / next(level for level, kinds in LISTS.items() if kind in kinds)
            books.folder.mkdir(exist_ok=True)
        lists[kind] = write(books)
    return Truth(
        logs=logs,
        places=places,
        lists=lists,
        labels=world.labels,
        incidents={n: i for n, i in world.incidents.items() if i.users},
        of_row=[event[7] for event in events],
        pairs=[(event[1].id, event[2]) for event in events],
        named=[event[2] >= 0 for event in events],
        people=[event[1].kind == "person" for event in events],
        staff=sum(one.kind == "person" for one in world.staff),
        days=world.days,
    )
