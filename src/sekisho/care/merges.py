"""Numbers of patients that went into others (名寄せ・患者番号の統合): who is who now."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from sekisho.care.tables import MERGE


class Merges:
    """Old number → the number that stands now, over any chain."""

    def __init__(self, merged: Iterable[tuple[str, str]]) -> None:
        """Make it from (old, new), the word that was sent last at the end."""
        self._into: dict[str, str] = {}
        for old, new in merged:
            if old == new:
                continue
            if old == self._end(new):
                del self._into[new]  # changed back: the later word stands
            self._into[old] = new
        self.current = {old: self._end(old) for old in self._into}
        self._all: dict[str, set[str]] = {}
        for old, new in self.current.items():
            self._all.setdefault(new, {new}).add(old)

    @classmethod
    def read(cls, c: sa.Connection) -> Merges:
        """Return what messages told so far."""
        query = sa.select(MERGE.c.old_id, MERGE.c.patient_id)
        return cls(
            (old, new) for old, new in c.execute(query.order_by(MERGE.c.sent, MERGE.c.old_id))
        )

    def now(self, patient_id: str) -> str:
        """Return the number that stands now for `patient_id`."""
        return self.current.get(patient_id, patient_id)

    def all_of(self, patient_id: str) -> set[str]:
        """Return every number of the patient whose present one is `patient_id`."""
        return self._all.get(patient_id, {patient_id})

    def _end(self, old: str) -> str:
        while old in self._into:
            old = self._into[old]
        return old
