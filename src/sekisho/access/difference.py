"""What differs between two tables, cell by cell: exact, because the domain is finite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sekisho.access.records import Act, Effect
from sekisho.access.table import Outcome, Place, Table


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell that says something else; None where one table has no such cell."""

    place: Place
    old: Outcome | None
    new: Outcome | None

    @property
    def matters(self) -> bool:
        """Whether the answer changes, and not only which policy gives it."""
        return _effect(self.old) is not _effect(self.new)

    @property
    def wider(self) -> bool:
        """Whether something is permitted now that was not."""
        return self.matters and _effect(self.new) is Effect.PERMIT

    @property
    def narrower(self) -> bool:
        """Whether something was permitted that is not any more."""
        return self.matters and _effect(self.old) is Effect.PERMIT


@dataclass(frozen=True, slots=True)
class Summary:
    """Differences of one group, class and act, over its situations."""

    group: str
    class_: str
    act: Act
    cells: tuple[Difference, ...]


def differences(old: Table, new: Table) -> Iterator[Difference]:
    """Yield every cell in which `old` and `new` differ: of `new` in its order, then what went."""
    before, after = dict(old.places()), dict(new.places())
    for place, outcome in after.items():
        if before.get(place) != outcome:
            yield Difference(place, before.get(place), outcome)
    for place, outcome in before.items():
        if place not in after:
            yield Difference(place, outcome, None)


def summaries(found: list[Difference]) -> list[Summary]:
    """Return differences put together by group, class and act, in their order."""
    together: dict[tuple[str, str, Act], list[Difference]] = {}
    for one in found:
        key = (one.place.group, one.place.class_, one.place.act)
        together.setdefault(key, []).append(one)
    return [Summary(*key, tuple(cells)) for key, cells in together.items()]


def _effect(outcome: Outcome | None) -> Effect:
    return Effect.SILENT if outcome is None else outcome.effect
