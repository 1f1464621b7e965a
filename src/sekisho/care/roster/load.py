"""A workbook's rosters, taken and stored: the part of `care load` that knows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sekisho.care.records import Doubt, Kind, LoadReport
from sekisho.care.roster.grid import Grid
from sekisho.care.roster.legend import legend_sheet
from sekisho.care.roster.reader import letters_in, read_grids
from sekisho.care.roster.store import StaffLists, counts, keep, place_by_people, settle
from sekisho.care.roster.turns import Understood
from sekisho.care.sheets import Sheet
from sekisho.errors import InvalidInputError, Value
from sekisho.storage import Database
from sekisho.terms import Clock

SHOWN = 12


@dataclass(slots=True)
class Taken:
    """The rosters of one file.

    Attributes:
        grids: (name of the sheet, roster).
        sheets: Places of the sheets that hold a roster, or one that could not be read.
        failures: (name of the sheet, why).
    """

    path: Path
    digest: str
    grids: list[tuple[str | None, Grid]] = field(default_factory=list)
    sheets: set[int] = field(default_factory=set)
    failures: list[tuple[str | None, InvalidInputError]] = field(default_factory=list)


def take(read: Sequence[Sheet], path: Path, digest: str, today: dt.date) -> Taken:
    """Return the rosters among the sheets of a file; nothing is stored yet."""
    taken = Taken(path, digest)
    for place, sheet in enumerate(read):
        around = [text for text in (sheet.name, path.stem, *_folders(path)) if text]
        try:
            grids = read_grids(sheet, around=around, today=today)
        except InvalidInputError as error:
            taken.sheets.add(place)
            taken.failures.append((sheet.name, error))
            continue
        if grids:
            taken.sheets.add(place)
            taken.grids += [(sheet.name, grid) for grid in grids]
    for place, sheet in enumerate(read):
        if place in taken.sheets:
            continue
        for _, grid in taken.grids:
            # What a roster's own sheet states goes before what stands beside it.
            said = legend_sheet(sheet.name, sheet.rows, letters_in(grid))
            grid.legend = {**said, **grid.legend}
            if said:
                taken.sheets.add(place)
    return taken


def _folders(path: Path) -> list[str]:
    return [parent.name for parent in list(path.parents)[:2]]


def store(taken: Sequence[Taken], database: Database, clock: Clock) -> list[LoadReport]:
    """Keep what `take` found, after every staff list of the same call; return the reports."""
    reports: list[LoadReport] = []
    for file in taken:
        reports += [
            LoadReport(path=file.path, sheet=sheet, error=(error.message, error.values()))
            for sheet, error in file.failures
        ]
        with database.write() as c:
            lists = StaffLists(c)
            for _, grid in file.grids:
                place_by_people(lists, grid)
            kept = [
                (sheet, grid, keep(c, grid, str(file.path), sheet, file.digest, clock.now()))
                for sheet, grid in file.grids
            ]
            if not kept:
                continue
            read = settle(c, [load_id for _, _, (load_id, new) in kept if new])
            told = dict(counts(c, [load_id for _, _, (load_id, _) in kept]))
        reports += [
            _report(file.path, sheet, grid, read.get(load_id) if new else None, told[load_id])
            for sheet, grid, (load_id, new) in kept
        ]
    return reports


def _report(
    path: Path,
    sheet: str | None,
    grid: Grid,
    read: Understood | None,
    told: tuple[int, int],
) -> LoadReport:
    people, rows = told
    about: dict[str, Value] = {
        "place": grid.place or "",
        "month": f"{grid.days[0]:%Y-%m}",
        "first": grid.days[0].isoformat(),
        "last": grid.days[-1].isoformat(),
        "people": people,
        "turns": rows,
    }
    if read is not None:
        about["uncertain_letters"] = list(read.letters)
        about["uncertain_names"] = len(read.names)
    report = LoadReport(
        path=path,
        sheet=sheet,
        taken_for=Kind.ROSTERS,
        why=(_taken_for(grid), about),
        rows=rows,
        added=rows if read is not None else 0,
        first=grid.days[0],
        last=grid.days[-1],
        doubts=[Doubt(message, args) for message, args in grid.doubts],
    )
    if read is None:
        report.doubts.append(Doubt("care.same_file", {}))
    if read is not None:
        _tell(report, read)
    return report


def _taken_for(grid: Grid) -> str:
    if grid.layout == "duties":
        return "care.taken_for.duties"
    return "care.taken_for.rosters" if grid.place else "care.taken_for.rosters_nowhere"


def _tell(report: LoadReport, read: Understood) -> None:
    for why in ("duty", "time"):
        asked = {letter: count for letter, (count, what) in read.letters.items() if what == why}
        if asked:
            told: dict[str, Value] = {"letters": list(asked)[:SHOWN], "cells": sum(asked.values())}
            report.doubts.append(Doubt(f"care.roster.open_{why}", told))
    if read.names:
        first = [str(line) for line, _ in read.names.values()]
        cells = sum(count for _, count in read.names.values())
        report.doubts.append(
            Doubt("care.roster.open_names", {"names": len(first), "lines": first[:SHOWN], "cells": cells})
        )  # fmt: skip
    for message, lines in (
        ("care.roster.unlisted", read.unlisted),
        ("care.roster.other_names", read.other_names),
    ):
        if lines:
            told = {"count": len(lines), "lines": [str(line) for line in lines[:SHOWN]]}
            report.doubts.append(Doubt(message, told))
