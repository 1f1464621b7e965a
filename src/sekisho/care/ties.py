"""Who has to do with whom today: asked by the gate at each request, answered from memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from sekisho.care.departments import Departments
from sekisho.care.doctors import Doctors
from sekisho.care.level import SLACK, reaches, spans_of
from sekisho.care.merges import Merges
from sekisho.care.places import place_key, places
from sekisho.care.records import Kind
from sekisho.care.tables import STAFF, STAY, VISIT
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
        merged: Numbers of patients that went into others → the number that stands now.
    """

    day: dt.date
    covered: bool
    places: Mapping[str, frozenset[str]]
    care: Mapping[str, frozenset[str]]
    doctors: Mapping[str, frozenset[str]]
    staff_patients: frozenset[str]
    merged: Mapping[str, str] = field(default_factory=dict)

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
            for patient in (self.merged.get(bare(one), bare(one)) for one in ids)
        )


def bare(patient_id: str) -> str:
    """Return the form in which two spellings of one number are equal: no leading zeros."""
    return patient_id.lstrip("0") or "0" if patient_id.isdecimal() else patient_id


def ties(database: Database, day: dt.date) -> Ties:
    """Return the care ties of `day`, from the lists as they stand.

    Only the rows around that day are read: a year of visits is none of a gate's business.
    """
    with database.read() as c:
        posts = c.execute(sa.select(STAFF).where(STAFF.c.superseded_by.is_(None))).all()
        visits = c.execute(
            sa.select(VISIT).where(
                VISIT.c.day.between(day - AFTER, day + BEFORE), VISIT.c.retracted_at.is_(None)
            )
        ).all()
        stays = c.execute(
            sa.select(STAY).where(
                STAY.c.day <= day + BEFORE,
                STAY.c.retracted_at.is_(None),
                sa.or_(STAY.c.until.is_(None), STAY.c.until >= day - AFTER),
            )
        ).all()
        departments = Departments.read(c, posts)
        merges = Merges.read(c)
    mine: dict[str, set[str]] = {}
    staff_patients = set()
    for post in posts:
        if post.patient_id:
            staff_patients.add(bare(post.patient_id))
        if (post.valid_from or day) <= day <= (post.valid_to or post.left_on or day):
            mine.setdefault(post.user_id, set()).update(places(post.department, post.ward))
    named = Doctors(posts)
    care: dict[str, set[str]] = {}
    doctors: dict[str, set[str]] = {}
    for row, ward in [*((visit, None) for visit in visits), *((stay, stay.ward) for stay in stays)]:
        patient = bare(merges.now(row.patient_id))
        keys = {
            place_key(departments.name_of(row.department)),
            place_key(departments.name_of(ward, "ward")),
        }
        care.setdefault(patient, set()).update(key for key in keys if key is not None)
        doctor = named.id_of(row.doctor, row.doctor_id)
        if doctor:
            doctors.setdefault(patient, set()).add(doctor)
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
        merged={bare(old): bare(new) for old, new in merges.current.items()},
    )


def _frozen(sets: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(values) for key, values in sets.items()}
