"""What is true in the simulated hospital: people, patients, care, turns, and who opened what."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.simulator.habits import Habit

DAY = 86_400
HOUR = 3_600
NOBODY = -1


@dataclass(slots=True)
class Post:
    """A dated place of work; days are counted from the first of the month."""

    place: str
    first: int | None = None
    last: int | None = None
    concurrent: bool = False
    listed: bool = True


@dataclass(slots=True)
class Staff:
    """Somebody who works here, or an id that nobody or many people use.

    Attributes:
        kind: ``person``, ``shared``, ``vendor``, ``system`` or ``trainee``.
        department: Of doctors: whom they treat for.
        patient: Own number as a patient.
        gone: Last day; None where the person stays.
        nights: Whether the person works nights.
    """

    id: str
    name: str
    kana: str
    duty: str
    posts: list[Post]
    kind: str = "person"
    department: str | None = None
    address: str = ""
    patient: int | None = None
    hired: dt.date | None = None
    gone: int | None = None
    part_time: bool = False
    nights: bool = True
    listed: bool = True

    def places(self, day: int) -> list[str]:
        """Return where the person works on `day`, the main place first."""
        return [
            post.place
            for post in self.posts
            if (post.first is None or post.first <= day) and (post.last is None or day <= post.last)
        ]

    def place(self, day: int) -> str:
        """Return the main place of `day`."""
        found = self.places(day)
        return found[0] if found else self.posts[0].place


@dataclass(slots=True)
class Patient:
    """Somebody with a number here."""

    id: str
    name: str
    kana: str
    born: dt.date
    address: str
    phone: str
    died: int | None = None
    home: str | None = None


@dataclass(slots=True)
class Stay:
    """One part of a stay in one ward; `last` may lie after the month."""

    patient: int
    first: int
    last: int
    ward: str
    department: str
    doctor: Staff
    emergency: bool
    begin: int
    end: int


@dataclass(slots=True)
class Visit:
    """One outpatient visit; `registered` is when the list learned of it."""

    patient: int
    at: float
    department: str
    doctor: Staff
    new: bool
    registered: float
    emergency: bool = False
    listed: bool = True


@dataclass(slots=True)
class Booking:
    """An appointment; `came` False where nobody did."""

    patient: int
    at: float
    department: str
    doctor: Staff
    booked: int
    came: bool = True


@dataclass(slots=True)
class Order:
    """An order; `do` is the day on which it is carried out, `until` its last."""

    number: int
    patient: int
    at: float
    what: str
    department: str
    doctor: Staff
    ward: str | None
    entered: Staff
    do: int
    until: int
    where: str | None
    executor: Staff | None = None


@dataclass(slots=True)
class Turn:
    """One person's turn of a day as it was; `planned` is what the roster says."""

    who: Staff
    day: int
    shift: str
    place: str
    duty: str = "work"
    planned: bool = True
    written: bool = True


@dataclass(slots=True)
class Incident:
    """Injected misuse, one matter of it, or a rightful matter that looks odd."""

    kind: str
    tied: bool
    users: set[str] = field(default_factory=set)
    patients: set[int] = field(default_factory=set)


Event = tuple[float, Staff, int, str, str, str, str, int]
"""Seconds from the month's midnight, who, patient, screen, act, place or terminal, outcome, label."""


class World:
    """One hospital and one month of it, while it is lived."""

    def __init__(self, habit: Habit, size: int, rng: random.Random, month: dt.date) -> None:
        """Begin with nothing."""
        self.habit = habit
        self.size = size
        self.rng = rng
        self.month = month
        after = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
        self.days = (after - month).days
        self.staff: list[Staff] = []
        self.patients: list[Patient] = []
        self.wards: list[str] = []
        self.treats: dict[str, list[str]] = {}
        self.stays: list[Stay] = []
        self.visits: list[Visit] = []
        self.bookings: list[Booking] = []
        self.orders: list[Order] = []
        self.turns: list[Turn] = []
        self.on: dict[tuple[str, int, str], list[Staff]] = defaultdict(list)
        self.teams: dict[str, list[Staff]] = {}
        self.rounds: list[tuple[str, int, int, int]] = []
        self.studies: list[tuple[str, Staff, int | None, int, int]] = []
        self.plans: list[tuple[str, Staff, str, float, float]] = []
        self.vips: list[int] = []
        self.events: list[Event] = []
        self.labels: list[str] = []
        self._label: dict[str, int] = {}
        self.incidents: dict[int, Incident] = {}
        self.ties: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
        self._holidays = {self.rng.randrange(8, 14)}

    def date(self, day: int) -> dt.date:
        """Return the date of `day`."""
        return self.month + dt.timedelta(days=day)

    def works(self, day: int) -> bool:
        """Return whether `day` is a weekday on which clinics are open."""
        return self.date(day).weekday() < 5 and day not in self._holidays

    def people(self, *places: str, day: int = 0) -> list[Staff]:
        """Return who works in one of `places` on `day`."""
        return [
            one
            for one in self.staff
            if one.kind == "person"
            and (one.gone is None or one.gone >= day)
            and any(place in places for place in one.places(day))
        ]

    def doctors(self, department: str) -> list[Staff]:
        """Return the doctors of `department`."""
        return [one for one in self.staff if one.department == department and one.kind == "person"]

    def tie(self, patient: int, who: str, first: int, last: int) -> None:
        """Remember that a place, or one person by id, had to do with `patient`."""
        self.ties[patient].append((who, first, last))

    def is_tied(
        self, who: Staff, patient: int, day: int, *, before: int = 45, after: int = 14
    ) -> bool:
        """Return whether the person or a place of theirs had to do with `patient` around `day`."""
        mine = {who.id, *who.places(day), *([who.department] if who.department else [])}
        return any(
            place in mine and first - after <= day <= last + before
            for place, first, last in self.ties[patient]
        )

    def label(self, text: str) -> int:
        """Return the number of a label: why records are opened."""
        if text not in self._label:
            self._label[text] = len(self.labels)
            self.labels.append(text)
        return self._label[text]

    def open_incident(self, kind: str, *, tied: bool = False) -> int:
        """Begin one matter of misuse and return its label."""
        self.labels.append(f"misuse:{kind}")
        number = len(self.labels) - 1
        self.incidents[number] = Incident(kind, tied)
        return number

    def note(
        self,
        at: float,
        who: Staff,
        patient: int,
        what: tuple[str, str],
        label: int,
        where: str | None = None,
        outcome: str = "成功",
    ) -> None:
        """Somebody opened something; outside the month nothing was written down.

        `where` is a place, or a terminal by its own name.
        """
        if not 0 <= at < self.days * DAY:
            return
        found = self.incidents.get(label)
        if found is not None:
            found.users.add(who.id)
            if patient != NOBODY:
                found.patients.add(patient)
        where = where or who.place(int(at // DAY))
        self.events.append((at, who, patient, what[0], what[1], where, outcome, label))

    def does(
        self,
        at: float,
        who: Staff | None,
        patient: int,
        what: tuple[str, str],
        label: str,
        where: str | None = None,
    ) -> None:
        """Somebody does their work; where nobody is there nobody does, and nobody on themselves."""
        if who is not None and (patient == NOBODY or who.patient != patient):
            self.note(at, who, patient, what, self.label(label), where)

    def sit_down(self) -> None:
        """Give each access its terminal: people stay at one while they sit, and then take another."""
        at_work: dict[str, tuple[float, str, str]] = {}
        placed: list[Event] = []
        for event in sorted(self.events, key=lambda e: (e[0], e[1].id, e[2])):
            at, who, where = event[0], event[1], event[5]
            code = self.codes.get(where)
            if code is not None:
                last, place, terminal = at_work.get(who.id, (-1e9, "", ""))
                if at - last > 600 and (
                    place != where or self.rng.random() < 0.3 or at - last > 30_000
                ):
                    terminal = f"{code}-{self.rng.randrange(1, 7):02d}"
                at_work[who.id] = (at, where, terminal)
                where = terminal
            placed.append((*event[:5], where, *event[6:]))
        self.events = placed

    @property
    def codes(self) -> dict[str, str]:
        """Place → the letters of its terminals."""
        if not hasattr(self, "_codes"):
            places = [*self.wards, *self.habit.shares, *self.habit.departments, "外部"]
            self._codes = {place: f"T{n:02d}" for n, place in enumerate(dict.fromkeys(places))}
        return self._codes

    def order(
        self,
        at: float,
        patient: int,
        what: str,
        doctor: Staff,
        *,
        do: int,
        where: str | None,
        until: int | None = None,
        ward: str | None = None,
        entered: Staff | None = None,
        executor: Staff | None = None,
    ) -> Order:
        """Write an order."""
        made = Order(
            number=1_000_000 + len(self.orders),
            patient=patient,
            at=at,
            what=what,
            department=doctor.department or "",
            doctor=doctor,
            ward=ward,
            entered=entered or doctor,
            do=do,
            until=do if until is None else until,
            where=where,
            executor=executor,
        )
        self.orders.append(made)
        if where:
            self.tie(patient, where, do, made.until)
        return made

    def pick(self, people: Sequence[Staff]) -> Staff | None:
        """Return one of `people`, or None where there is nobody."""
        return people[int(self.rng.random() * len(people))] if people else None

    def duty_of(self, place: str, day: int, hour: float) -> list[Staff]:
        """Return who is at work in `place` at that hour; the plan does not matter, the turn does."""
        if 8.5 <= hour < 17:
            return self.on[place, day, "day"]
        if self.habit.shifts == 3 and 17 <= hour < 24:
            return self.on[place, day, "eve"] or self.on[place, day, "night"]
        if hour < 8.5:
            return self.on[place, day - 1, "night"]
        return self.on[place, day, "night"] or self.on[place, day, "day"]

    def present(self, names: Iterable[str], day: int) -> list[Staff]:
        """Return everyone at work by day in one of these places."""
        return [one for name in names for one in self.on[name, day, "day"]]
