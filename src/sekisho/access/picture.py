"""The matrix as people look at it: what stands in a cell over many situations, and its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sekisho.access.records import Act, Effect, Situation
from sekisho.access.table import ACTS, SITUATIONS, Outcome, Place, Table


class Standing(StrEnum):
    """What a cell says of one act over several situations."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    FORBIDDEN = "forbidden"
    NEVER = "never"
    """Nothing permits it: refused, though nobody forbade it in every situation."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One place of two tables; None where a table has no such cell."""

    situation: Situation
    old: Outcome | None
    new: Outcome | None


def situations(
    *, relation: str = "", emergency: str = "", out_of_hours: str = ""
) -> Sequence[Situation]:
    """Return the situations that fit; "" leaves a column open, an unknown word fits nothing."""
    return [
        one
        for one in SITUATIONS
        if relation in {"", one.relation}
        and emergency in {"", str(one.emergency).lower()}
        and out_of_hours in {"", str(one.out_of_hours).lower()}
    ]


def standings(
    table: Table, group: str, class_: str, over: Iterable[Situation] = SITUATIONS
) -> dict[Act, Standing]:
    """Return what the cell of `group` and `class_` says of each act, over the situations `over`.

    Raises:
        KeyError: The table has no such cell.
    """
    over = tuple(over)
    return {
        act: _standing({table.outcome(Place(group, class_, act, one)).effect for one in over})
        for act in ACTS
    }


def pairs(old: Table | None, new: Table, group: str, class_: str) -> dict[Act, list[Pair]]:
    """Return every situation of one cell, of `new` and, beside it, of `old` where there is one."""
    return {
        act: [
            Pair(
                one,
                None if old is None else _outcome(old, Place(group, class_, act, one)),
                _outcome(new, Place(group, class_, act, one)),
            )
            for one in SITUATIONS
        ]
        for act in ACTS
    }


def _outcome(table: Table, place: Place) -> Outcome | None:
    try:
        return table.outcome(place)
    except KeyError:
        return None


def _standing(effects: set[Effect]) -> Standing:
    if effects == {Effect.PERMIT}:
        return Standing.ALWAYS
    if Effect.PERMIT in effects:
        return Standing.SOMETIMES
    return Standing.FORBIDDEN if effects == {Effect.FORBID} else Standing.NEVER
