"""Who has to do with whom today: asked by the gate at each request, answered from memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sekisho.care.level import SLACK, reaches, spans_of
from sekisho.care.places import places
from sekisho.care.records import Kind
from sekisho.care.snapshot import snapshot
from sekisho.storage import Database

BEFORE = dt.timedelta(days=3)
AFTER = dt.timedelta(days=14)
"""The windows of the review's own explanations `visit_department` and `stay_ward`."""


@dataclass(frozen=True, slots=True)
class Ties:
    """One day's care ties.

    Attributes:
        day: The local day they are made for.
        covered: A list of visits or of stays covers that day; without one nothing is known.
        places: User id → places of the posts held that day.
        care: Patient id → places where care stands around that day.
        doctors: Patient id → ids of the doctors named there.
        staff_patients: Patient ids of people who work here.
    """

    day: dt.date
    covered: bool
    places: Mapping[str, frozenset[str]]
    care: Mapping[str, frozenset[str]]
    doctors: Mapping[str, frozenset[str]]
    staff_patients: frozenset[str]

    def tied(self, user_id: str, patient_ids: Iterable[str]) -> bool | None:
        """Return whether care ties the person to each of the patients.

        None where it cannot be told: no list covers the day, or no patient is named.
        """
        ids = tuple(patient_ids)
        if not ids or not self.covered:
            return None
        mine = self.places.get(user_id, frozenset())
        return all(
            user_id in self.doctors.get(patient, ())
            or not mine.isdisjoint(self.care.get(patient, ()))
            for patient in map(bare, ids)
        )


def bare(patient_id: str) -> str:
    """Return the form in which two spellings of one number are equal: no leading zeros."""
    return patient_id.lstrip("0") or "0" if patient_id.isdecimal() else patient_id


def ties(database: Database, day: dt.date) -> Ties:
    """Return the care ties of `day`, from the lists as they stand."""
    lists = snapshot(database)
    mine: dict[str, set[str]] = {}
    staff_patients = set()
    for row in lists["staff"].to_pylist():
        if row["patient_id"]:
            staff_patients.add(bare(row["patient_id"]))
        if (row["valid_from"] or day) <= day <= (row["valid_to"] or row["left_on"] or day):
            mine.setdefault(row["user_id"], set()).update(places(row["department"], row["ward"]))
    care: dict[str, set[str]] = {}
    doctors: dict[str, set[str]] = {}
    for kind in ("visits", "stays"):
        for row in lists[kind].to_pylist():
            last = day if kind == "stays" and row["open"] else row.get("until") or row["day"]
            if not row["day"] - BEFORE <= day <= last + AFTER:
                continue
            patient = bare(row["patient_id"])
            keys = {row["department_key"], row.get("ward_key")} - {None}
            care.setdefault(patient, set()).update(keys)
            if row["doctor_id"]:
                doctors.setdefault(patient, set()).add(row["doctor_id"])
    covers = spans_of(database)
    return Ties(
        day=day,
        covered=any(
            reaches(covers[kind], day, day, SLACK[kind]) for kind in (Kind.VISITS, Kind.STAYS)
        ),
        places=_frozen(mine),
        care=_frozen(care),
        doctors=_frozen(doctors),
        staff_patients=frozenset(staff_patients),
    )


def _frozen(sets: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(values) for key, values in sets.items()}
