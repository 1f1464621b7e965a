"""Numbers of patients that went into others (名寄せ・患者番号の統合): who is who now."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from sekisho.care.tables import MERGE


class Merges:
    """Old number → the number that stands now, over any chain."""

    def __init__(self, merged: Mapping[str, str]) -> None:
        self._into = dict(merged)
        self.current = {old: self._end(old) for old in self._into}
        self._all: dict[str, set[str]] = {}
        for old, new in self.current.items():
            self._all.setdefault(new, {new}).add(old)

    @classmethod
    def read(cls, c: sa.Connection) -> Merges:
        """Return what messages told so far."""
        return cls(dict(c.execute(sa.select(MERGE.c.old_id, MERGE.c.patient_id)).all()))

    def now(self, patient_id: str) -> str:
        """Return the number that stands now for `patient_id`."""
        return self.current.get(patient_id, patient_id)

    def all_of(self, patient_id: str) -> set[str]:
        """Return every number of the patient whose present one is `patient_id`."""
        return self._all.get(patient_id, {patient_id})

    def _end(self, old: str) -> str:
        seen = [old]
        while seen[-1] in self._into and self._into[seen[-1]] not in seen:
            seen.append(self._into[seen[-1]])
        if self._into.get(seen[-1]) in seen:
            # A circle says that they are one; the same number stands from wherever it is asked.
            return min(seen[seen.index(self._into[seen[-1]]) :])
        return seen[-1]
