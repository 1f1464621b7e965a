"""The table: every right over the finite domain, looked up and never computed.

One cell stands for one group, class, act and situation, and keeps three values
(permit, forbid, silent) with the ids of the policies that said so. A cell that is
silent refuses (default deny).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from sekisho.access.records import Act, Decision, Effect, Relation, Situation

ACTS = tuple(Act)
RELATIONS = tuple(Relation)
SITUATIONS = tuple(
    Situation(emergency, out_of_hours, relation)
    for emergency, out_of_hours, relation in product((False, True), (False, True), RELATIONS)
)
"""Every situation, in the order of the cells."""
BLOCK = len(ACTS) * len(SITUATIONS)
"""Cells of one group and class."""

_ACT = {act: number * len(SITUATIONS) for number, act in enumerate(ACTS)}
_SITUATION = {
    (s.emergency, s.out_of_hours, s.relation): number for number, s in enumerate(SITUATIONS)
}
_REMEMBERED = 20_000
"""Different outcomes of a person's groups whose decisions are kept; one takes about 300 bytes."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the policies say of one cell, and which: ids sorted."""

    effect: Effect
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Which cell."""

    group: str
    class_: str
    act: Act
    situation: Situation


class Table:
    """Who may do what with which class, in which situation.

    Attributes:
        classes: Every information class, in the order of the matrix.
        groups: Every duty group, in the order of the matrix.
        version: Of what is in force; `version_of` gives the same text.
        outcomes: The different outcomes that occur.
        cells: For each cell the number of its outcome.
    """

    def __init__(
        self,
        *,
        groups: Sequence[str],
        classes: Sequence[str],
        version: str,
        outcomes: Sequence[Outcome],
        cells: Sequence[int],
    ) -> None:
        if len(cells) != len(groups) * len(classes) * BLOCK:
            raise ValueError("the table has not one cell for each place")
        self.groups = tuple(groups)
        self.classes = tuple(classes)
        self.version = version
        self.outcomes = tuple(outcomes)
        self.cells = array("H", cells)
        width = len(self.classes) * BLOCK
        self._group = {name: number * width for number, name in enumerate(self.groups)}
        self._class = {name: number * BLOCK for number, name in enumerate(self.classes)}
        self._joined: dict[tuple[str, tuple[int, ...]], Decision] = {}

    def decide(
        self, groups: Iterable[str], classes: Iterable[str], act: Act, situation: Situation
    ) -> Decision:
        """Return whether somebody in `groups` may do `act` with all of `classes`.

        Over the groups forbid comes before permit, and permit before silent; every
        class must be permitted. An unknown group or class, or none at all, is refused
        and named.
        """
        groups, classes = tuple(groups), tuple(classes)  # some can be read once only
        offset = _offset(act, situation)
        try:
            rows = [self._group[name] for name in groups]
            columns = [(name, self._class[name] + offset) for name in classes]
        except KeyError:
            rows, columns = [], []
        if not rows or not columns:
            return self._missing(sorted(set(groups)), sorted(set(classes)))
        cells = self.cells
        decisions = [
            self._of_class(name, tuple([cells[row + column] for row in rows]))
            for name, column in columns
        ]
        if len(decisions) == 1:
            return decisions[0]
        for effect in (Effect.FORBID, Effect.SILENT, Effect.PERMIT):
            said = [each for each in decisions if each.effect is effect]
            if said:
                break
        policies = sorted({policy for each in said for policy in each.policies})
        names = sorted({name for each in said for name in each.classes})
        return Decision(effect is Effect.PERMIT, effect, tuple(policies), tuple(names))

    def outcome(self, place: Place) -> Outcome:
        """Return what stands in one cell.

        Raises:
            KeyError: The group or the class is unknown.
        """
        return self.outcomes[
            self.cells[
                self._group[place.group]
                + self._class[place.class_]
                + _offset(place.act, place.situation)
            ]
        ]

    def places(self) -> Iterator[tuple[Place, Outcome]]:
        """Yield every cell with what stands in it, in the order of the matrix."""
        numbers = iter(self.cells)
        for group, class_, act, situation in product(self.groups, self.classes, ACTS, SITUATIONS):
            yield Place(group, class_, act, situation), self.outcomes[next(numbers)]

    def _of_class(self, name: str, numbers: tuple[int, ...]) -> Decision:
        """Return what the outcomes `numbers` of a person's groups say together of one class."""
        decision = self._joined.get((name, numbers))
        if decision is None:
            found = [self.outcomes[number] for number in numbers]
            effect = strongest(each.effect for each in found)
            policies = {
                policy for each in found if each.effect is effect for policy in each.policies
            }
            decision = Decision(effect is Effect.PERMIT, effect, tuple(sorted(policies)), (name,))
            if len(self._joined) >= _REMEMBERED:
                self._joined.clear()
            self._joined[name, numbers] = decision
        return decision

    def _missing(self, groups: list[str], classes: list[str]) -> Decision:
        """Return the refusal of a question that names what the table does not have."""
        strange = [f"unknown-group:{name}" for name in groups if name not in self._group]
        if strange or not groups:
            return _refused(strange or ["no-group"], classes)
        unknown = [name for name in classes if name not in self._class]
        return _refused([f"unknown-class:{name}" for name in unknown] or ["no-class"], unknown)


def strongest(effects: Iterable[Effect]) -> Effect:
    """Return what a person's groups say together: forbid, then permit, then silent."""
    found = set(effects)
    if Effect.FORBID in found:
        return Effect.FORBID
    return Effect.PERMIT if Effect.PERMIT in found else Effect.SILENT


def _offset(act: Act, situation: Situation) -> int:
    where = (situation.emergency, situation.out_of_hours, situation.relation)
    return _ACT[act] + _SITUATION[where]


def _refused(why: Sequence[str], classes: Sequence[str]) -> Decision:
    return Decision(
        permitted=False, effect=Effect.SILENT, policies=tuple(why), classes=tuple(classes)
    )
