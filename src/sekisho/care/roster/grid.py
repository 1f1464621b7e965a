"""What a roster says, as written: people, days and the text of each cell; nothing is interpreted yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

PLAN, ACTUAL = "plan", "actual"


@dataclass(frozen=True, slots=True)
class Turn:
    """One cell: the day, its text, and where it stands (``AF7``).

    Attributes:
        start: Local time that the list itself gives, ``HH:MM:SS``; `end` likewise.
    """

    day: dt.date
    text: str
    cell: str
    start: str | None = None
    end: str | None = None


@dataclass(slots=True)
class Line:
    """One person's line as written.

    Attributes:
        row: Line of the sheet from 1.
        user_id: As written, None where the sheet has no ids; `name` likewise.
        actual: What was worked, not what was planned.
        slot: Of a table of duties (当直表): the head under which the name stands.
        place: Of such a head: the department.
        again: The same name stands in an earlier line of somebody else: 2, 3 …
    """

    row: int
    user_id: str | None
    name: str | None
    calling: str | None = None
    actual: bool = False
    slot: str | None = None
    place: str | None = None
    again: int = 1
    turns: list[Turn] = field(default_factory=list)


@dataclass(slots=True)
class Grid:
    """The roster of one place: who stands there on which days.

    Attributes:
        place: As written; None where nothing says it.
        days: Every day that the grid is about, in order.
        lines: One for each person; two where plan and actual are apart.
        legend: Letter → (meaning word or None, start, end) that the sheet states.
        doubts: Message id and arguments of what a person should look at.
        layout: ``grid``, ``transposed`` or ``duties``.
        named: The place was certainly a ward's name; False: only words of a sheet or a file.
    """

    place: str | None
    days: list[dt.date]
    layout: str
    named: bool = True
    lines: list[Line] = field(default_factory=list)
    legend: dict[str, tuple[str | None, str | None, str | None]] = field(default_factory=dict)
    doubts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def turns(self) -> Iterator[tuple[Line, Turn]]:
        """Yield every cell that has a text, with its line."""
        for line in self.lines:
            for turn in line.turns:
                yield line, turn

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        found = asdict(self)
        found["days"] = [day.isoformat() for day in self.days]
        for line in found["lines"]:
            line["turns"] = [
                [t["day"].isoformat(), t["text"], t["cell"], t["start"], t["end"]]
                for t in line["turns"]
            ]
        return found

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Grid:
        """Return what `to_json` wrote."""
        lines = [
            Line(
                **{
                    **line,
                    "turns": [Turn(dt.date.fromisoformat(t[0]), *t[1:]) for t in line["turns"]],
                }
            )
            for line in found["lines"]
        ]
        return cls(
            place=found["place"],
            days=[dt.date.fromisoformat(day) for day in found["days"]],
            layout=found["layout"],
            named=found["named"],
            lines=lines,
            legend={letter: tuple(said) for letter, said in found["legend"].items()},
            doubts=[(message, dict(args)) for message, args in found["doubts"]],
        )


def cell_name(row: int, column: int) -> str:
    """Return ``AF7`` of a row and column from 0."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"
