"""From signs to matters: what was seen about one person, gathered, before it has words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from sekisho.review.catalogue import signs
from sekisho.storage import Analysis

FEW = 3
"""So many ids are never "common", however small the place."""


@dataclass(slots=True)
class Event:
    """What a case needs to know of one record.

    Attributes:
        near: Another department or ward was treating the patient around that time.
        wrote: The person wrote in the record: made or changed something in it.
    """

    index: int
    user_id: str
    written_user: str
    kind: str
    at: dt.datetime
    night: bool
    near: bool
    wrote: bool
    patients: list[str]
    origin: Mapping[str, Any]


@dataclass(slots=True)
class Matter:
    """What signs found about one person.

    Attributes:
        about: The patient for matters about one, else the sign's id.
        patients: Of several that are one matter (`group`) each of them; else empty.
        found: Sign → (indexes, values its sentence names).
    """

    user_id: str
    about: tuple[str, str]
    found: dict[str, tuple[set[int], dict[str, Any]]] = field(default_factory=dict)
    patients: tuple[str, ...] = ()
    _indexes: set[int] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def indexes(self) -> set[int]:
        """Return every record of it, as it was when first asked: `fold` adds signs, no records."""
        if self._indexes is None:
            self._indexes = set().union(*(indexes for indexes, _ in self.found.values()))
        return self._indexes


def events_of(analysis: Analysis, indexes: Iterable[int]) -> dict[int, Event]:
    """Return the records of the period at `indexes` that name a person or id."""
    analysis.register("wanted", pa.table({"index": pa.array(sorted(indexes), pa.int64())}))
    rows = analysis.rows(
        """
SELECT e.index, e.user_id, e.written_user, e.kind, e.occurred_at, e.night, n.index IS NOT NULL,
  e.action IN ('create', 'update') AND e.outcome = 'success', [p.id for p in r.patient_ids], r.origin_file, r.origin_connection, r.origin_row, r.origin_message
FROM event AS e
SEMI JOIN wanted AS w ON w.index = e.index
JOIN (SELECT r.* FROM raw AS r SEMI JOIN wanted AS w ON w.index = r.index) AS r
  ON r.index = e.index
LEFT JOIN (
  SELECT DISTINCT t.index FROM open_touch AS t
  SEMI JOIN wanted AS w ON w.index = t.index
  SEMI JOIN care AS c ON c.patient_id = t.patient_id AND t.day BETWEEN c.day - 7 AND c.until + 30
) AS n ON n.index = e.index
WHERE e.user_id IS NOT NULL
"""
    )
    return {
        row[0]: Event(
            row[0], row[1], row[2], row[3], row[4].replace(tzinfo=dt.UTC), row[5], row[6], row[7],
            row[8], origin(*row[9:]),
        )
        for row in rows
    }  # fmt: skip


def origin(
    file: str | None, connection: str | None, row: int | None, message: int | None
) -> dict[str, Any]:
    """Return where a record came from, in the promised form."""
    given = (("file", file), ("connection", connection), ("row", row), ("message", message))
    return {name: value for name, value in given if value is not None}


def fold(matters: Iterable[Matter], score: Callable[[Matter], float]) -> list[Matter]:
    """Return `matters` with each whose records all lie in a stronger one of the same person folded in."""
    kept: dict[str, list[Matter]] = {}
    for matter in sorted(matters, key=lambda m: (-score(m), -len(m.indexes), m.user_id, m.about)):
        mine = matter.indexes
        home = next((m for m in kept.get(matter.user_id, []) if mine <= m.indexes), None)
        if home is None:
            kept.setdefault(matter.user_id, []).append(matter)
            continue
        for sign, found in matter.found.items():
            home.found.setdefault(sign, found)
    return [matter for found in kept.values() for matter in found]


def group(
    matters: Sequence[Matter], score: Callable[[Matter], float]
) -> list[tuple[Matter, Matter]]:
    """Return each of `matters` with the one that leads it, those that are one matter as one.

    What a person looked up of several colleagues is one question to them. It stands where the
    strongest of these matters stands, and brings the weaker ones with it; one alone stays as it is.
    """
    order = {sign.id: (-sign.score, sign.id) for sign in signs()}
    groups = {sign.id for sign in signs() if sign.group}
    mine: dict[tuple[str, str], list[Matter]] = {}
    kept: list[tuple[Matter, Matter]] = []
    for matter in sorted(matters, key=lambda m: (-score(m), m.user_id, m.about)):
        lead = min(matter.found, key=order.__getitem__)
        if matter.about[0] == "patient" and lead in groups:
            mine.setdefault((matter.user_id, lead), []).append(matter)
        else:
            kept.append((matter, matter))
    for (user_id, lead), found in mine.items():
        kept.append((found[0] if len(found) == 1 else _joined(user_id, lead, found), found[0]))
    return kept


def _joined(user_id: str, lead: str, matters: Sequence[Matter]) -> Matter:
    patients = tuple(sorted(matter.about[1] for matter in matters))
    one = Matter(user_id, ("group", lead), patients=patients)
    for matter in matters:
        for sign, (indexes, values) in matter.found.items():
            mine, said = one.found.setdefault(sign, (set(), {}))
            mine |= indexes
            for name, value in values.items():
                said[name] = max(said[name], value) if name in said else value
    return one
