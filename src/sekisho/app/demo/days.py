"""The month as it is lived: visits and stays, and the accesses that care leaves."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from sekisho.app.demo.people import Hospital, Staff

DAY = 86_400
HOUR = 3_600
BEFORE = 35
"""Days before the month that the visit list reaches back."""

Event = tuple[int, str, str, str, str, str, str, int]
"""Second of the month, user, patient, screen, act, terminal, outcome, matter (-1: care)."""

NO_MATTER = -1
OK = "成功"
READ, ADD, MEND, PRINT, OUT = "参照", "登録", "更新", "印刷", "出力"


@dataclass(slots=True)
class Visit:
    """One line of the front desk's list; `day` counts from the month's first."""

    day: int
    minute: int
    patient: int
    section: str
    doctor: Staff
    booked: str


@dataclass(slots=True)
class Stay:
    """One line of the admission list; `last` is None while the patient stays."""

    patient: int
    first: int
    last: int | None
    ward: int
    section: int
    doctor: Staff


@dataclass(slots=True)
class Month:
    """Everything that happened, before it is written down."""

    place: Hospital
    rng: random.Random
    events: list[Event] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    present: list[list[Stay]] = field(default_factory=list)

    def note(
        self,
        second: float,
        who: Staff,
        patient: int,
        what: tuple[str, str],
        where: str,
        *,
        matter: int = NO_MATTER,
        outcome: str = OK,
    ) -> None:
        """Add one access, if it falls into the month; patient -1 is none."""
        at = int(second)
        if 0 <= at < self.place.days * DAY:
            number = self.place.patients[patient].id if patient >= 0 else ""
            self.events.append((at, who.id, number, what[0], what[1], where, outcome, matter))

    def weekday(self, day: int) -> int:
        """Return 0 for Monday … 6 for Sunday of a day of the month."""
        return (self.place.month + dt.timedelta(days=day)).weekday()


def ward_terminal(place: Hospital, ward: int, who: Staff, day: int) -> str:
    """Return the terminal a person uses on a ward that day."""
    return f"PC-{place.wards[ward][1]}-{(who.number * 7 + day) % 12 + 1:02d}"


def desk(who: Staff) -> str:
    """Return the terminal of a person's own desk."""
    kind = {
        "医師": "医局",
        "事務職員": "受付",
        "薬剤師": "薬剤",
        "臨床検査技師": "検査",
        "診療放射線技師": "放射",
        "理学療法士": "リハ",
        "管理栄養士": "栄養",
    }.get(who.duty, "連携")
    return f"PC-{kind}-{who.number % 40 + 1:02d}"


def clinic(section: int, who: Staff) -> str:
    """Return the terminal of a person's room in the outpatient department."""
    return f"PC-OP{section + 1:02d}-{who.number % 9 + 1:02d}"


def on_duty(nurses: list[Staff], day: int) -> tuple[list[Staff], list[Staff]]:
    """Return who works that day and who works the night that follows (never both)."""
    by_day = [n for n in nurses if (n.number + day) % 5 in {0, 1}]
    by_night = [n for n in nurses if (n.number + day) % 5 == 2]
    return by_day or nurses[:1], by_night or nurses[-1:]


def clinicians(place: Hospital, section: int, day: int, *, morning: bool) -> list[Staff]:
    """Return the doctors who see outpatients in that half of the day."""
    doctors = place.doctors[section]
    chosen = [d for d in doctors if (d.number + day) % 2 == (0 if morning else 1)]
    return chosen or (doctors[:1] if morning else doctors[-1:])


def admit(month: Month, occupied: float) -> None:
    """Fill `occupied` beds from three weeks before the month to its end."""
    place, rng = month.place, month.rng
    per_section = [[p for p in range(len(place.patients)) if place.patients[p].section == s]
                   for s in range(len(place.departments))]  # fmt: skip
    taken: set[int] = set()
    month.present = [[] for _ in range(place.days)]
    for bed in range(max(2, round(occupied))):
        section = min(
            int(rng.expovariate(1 / (len(place.departments) * 0.4))), len(place.departments) - 1
        )
        ward = section % len(place.wards) if bed % 7 else rng.randrange(len(place.wards))
        day = -20 + rng.randrange(12)
        while day < place.days:
            pool = per_section[section] or list(range(len(place.patients)))
            patient = pool[rng.randrange(len(pool))]
            if patient in taken and len(taken) < len(pool) // 2:
                continue
            taken.add(patient)
            first, last = day, day + 1 + int(rng.expovariate(1 / 11))
            doctor = place.doctors[section][rng.randrange(len(place.doctors[section]))]
            stay = Stay(patient, first, last if last < place.days else None, ward, section, doctor)
            month.stays.append(stay)
            for d in range(max(0, first), min(last + 1, place.days)):
                month.present[d].append(stay)
            day = last + rng.randrange(2)


def receive(month: Month, total: float) -> None:
    """Write the visits of the month and of the five weeks before it."""
    place, rng = month.place, month.rng
    weights = [(1.0, 1.0, 1.0, 1.0, 1.05, 0.4, 0.05)[month.weekday(d)] for d in
               range(-BEFORE, place.days)]  # fmt: skip
    scale = total / sum(weights[BEFORE:])
    for index, weight in enumerate(weights):
        day = index - BEFORE
        count = int(scale * weight + rng.random())
        for number in range(count):
            patient = rng.randrange(len(place.patients))
            section = place.patients[patient].section
            if rng.random() < 0.04 or weight < 0.1:
                minute = int(rng.random() * 1439)
                doctor = place.doctors[day % len(place.departments)][0]
                month.visits.append(Visit(day, minute, patient, "救急科", doctor, "救急"))
                continue
            morning = rng.random() < 0.72 or month.weekday(day) == 5
            minute = int(
                rng.triangular(500, 720, 560) if morning else rng.triangular(780, 930, 830)
            )
            seers = clinicians(place, section, day, morning=morning)
            doctor = seers[number % len(seers)]
            if section == 0 and month.weekday(day) == 2 and number % 6 == 0 and place.locum:
                doctor = place.locum
            booked = "予約" if rng.random() < 0.65 else "当日"
            month.visits.append(
                Visit(day, minute, patient, place.departments[section], doctor, booked)
            )
    month.visits.sort(key=lambda v: (v.day, v.minute, v.patient))


def see_outpatients(month: Month) -> None:
    """Leave the accesses of every visit, before, during and after it."""
    for number, visit in enumerate(month.visits):
        if visit.section == "救急科":
            _emergency(month, visit, number)
        elif visit.day >= 0:
            _visit(month, visit, number)
        _after_visit(month, visit, number)


def _visit(month: Month, visit: Visit, number: int) -> None:
    place, rng, note = month.place, month.rng, month.note
    section = place.departments.index(visit.section)
    patient, doctor = visit.patient, visit.doctor
    nurses = place.clinic_nurses[section]
    nurse = nurses[(number + visit.day) % len(nurses)]
    clerk = place.clerks[number % len(place.clerks)]
    room, station = clinic(section, doctor), clinic(section, nurse)
    at = visit.day * DAY + visit.minute * 60 + rng.random() * 60
    if visit.booked == "予約" and rng.random() < 0.45:
        before = (visit.day - 1) * DAY + 15 * HOUR + rng.random() * 7_000
        note(before, nurse, patient, ("予約患者準備", READ), station)
    note(at, clerk, patient, ("外来受付", ADD), desk(clerk))
    note(at + 300 + rng.random() * 800, nurse, patient, ("問診", READ), station)
    seen = at + 1_300 + rng.random() * 2_400
    note(seen, doctor, patient, ("カルテ", READ), room)
    chance = rng.random()
    if chance < 0.5:
        note(seen + 60 + chance * 100, doctor, patient, ("検査結果", READ), room)
    if chance < 0.25:
        note(seen + 130 + chance * 100, doctor, patient, ("画像", READ), room)
    note(seen + 280 + chance * 200, doctor, patient, ("診療記録", MEND), room)
    if chance > 0.4:
        note(seen + 420 + chance * 60, doctor, patient, ("処方オーダ", ADD), room)
    for office, share, what, act in (
        ("検査部", 0.3, "検査受付", READ),
        ("放射線部", 0.16, "放射線受付", READ),
        ("薬剤部", 0.14, "調剤", READ),
        ("リハビリテーション部", 0.05, "リハ記録", ADD),
    ):
        if rng.random() < share:
            people = place.technical[office]
            person = people[number % len(people)]
            note(seen + 900 + rng.random() * 2_400, person, patient, (what, act), desk(person))
    clerk = place.clerks[(number + 1) % len(place.clerks)]
    note(seen + 1_500 + rng.random() * 2_000, clerk, patient, ("会計", MEND), desk(clerk))


def _emergency(month: Month, visit: Visit, number: int) -> None:
    place, rng, note = month.place, month.rng, month.note
    nurse = place.emergency[(visit.day + visit.minute // 720) % len(place.emergency)]
    at = visit.day * DAY + visit.minute * 60
    note(at + 40, nurse, visit.patient, ("救急受付", ADD), "PC-ER-01")
    note(at + 300 + rng.random() * 600, nurse, visit.patient, ("トリアージ", ADD), "PC-ER-01")
    seen = at + 700 + rng.random() * 1_500
    for step, what in enumerate((("カルテ", READ), ("検査結果", READ), ("診療記録", MEND))):
        note(
            seen + step * (150 + rng.random() * 300), visit.doctor, visit.patient, what, "PC-ER-02"
        )
    clerk = place.clerks[number % len(place.clerks)]
    office = (visit.day + 1) * DAY + 9 * HOUR + rng.random() * 4_000
    note(office, clerk, visit.patient, ("会計", MEND), desk(clerk))


def _after_visit(month: Month, visit: Visit, number: int) -> None:
    place, rng, note = month.place, month.rng, month.note
    if rng.random() < 0.2:
        later = visit.day + 1 + int(rng.random() ** 2 * 12)
        if month.weekday(later) < 5:
            at = later * DAY + 18 * HOUR + 2_700 + rng.random() * 4_000
            note(at, visit.doctor, visit.patient, ("検査結果", READ), desk(visit.doctor))
    billing = -BEFORE <= visit.day < 0 and rng.random() < 0.22
    if billing:
        clerk = place.clerks[number % len(place.clerks)]
        at = rng.randrange(1, 9) * DAY + 13 * HOUR + rng.random() * 4.2 * HOUR
        note(at, clerk, visit.patient, ("レセプト点検", READ), desk(clerk))


def care_for_inpatients(month: Month) -> None:
    """Leave the accesses of every ward, day and night."""
    place = month.place
    for day in range(place.days):
        shifts = [on_duty(nurses, day) for nurses in place.nurses]
        for number, stay in enumerate(month.present[day]):
            by_day, by_night = shifts[stay.ward]
            _nursing(
                month, stay, day, by_day[number % len(by_day)], by_night[number % len(by_night)]
            )
            _treating(month, stay, day, number)
    for stay in month.stays:
        _coding(month, stay)


def _nursing(month: Month, stay: Stay, day: int, first: Staff, second: Staff) -> None:
    place, rng, note = month.place, month.rng, month.note
    start, patient = day * DAY, stay.patient
    where = ward_terminal(place, stay.ward, first, day)
    note(start + 8.5 * HOUR + rng.random() * 1_800, first, patient, ("看護指示", READ), where)
    for what, act, at in (
        ("経過表", MEND, 10.0),
        ("与薬実施", ADD, 11.6),
        ("経過表", MEND, 14.0),
        ("看護記録", ADD, 15.2),
    ):
        if rng.random() < 0.82:
            note(start + at * HOUR + rng.random() * 3_300, first, patient, (what, act), where)
    where = ward_terminal(place, stay.ward, second, day)
    for what, act, at in (
        ("看護指示", READ, 16.8),
        ("経過表", MEND, 20.0),
        ("巡視記録", ADD, 25.5),
        ("経過表", MEND, 29.8),
    ):
        if rng.random() < 0.8:
            note(start + at * HOUR + rng.random() * 3_300, second, patient, (what, act), where)


def _treating(month: Month, stay: Stay, day: int, number: int) -> None:
    place, rng, note = month.place, month.rng, month.note
    start, patient, doctor = day * DAY, stay.patient, stay.doctor
    weekday = month.weekday(day)
    if weekday < 5 or rng.random() < 0.35:
        where = ward_terminal(place, stay.ward, doctor, day)
        note(start + 8 * HOUR + rng.random() * 2_900, doctor, patient, ("カルテ", READ), where)
        free = (doctor.number + day) % 2 == 0
        at = start + (13.6 if free else 17.2) * HOUR + rng.random() * (11_000 if free else 4_000)
        if rng.random() < 0.8:
            note(at, doctor, patient, ("診療記録", MEND), where)
    if weekday >= 5:
        return
    for office, share, what, act in (
        ("薬剤部", 0.28, "服薬指導", ADD),
        ("検査部", 0.3, "検査受付", READ),
        ("放射線部", 0.12, "放射線受付", READ),
        ("リハビリテーション部", 0.4, "リハ記録", ADD),
        ("栄養部", 0.12, "栄養管理", MEND),
    ):
        if rng.random() < share:
            people = place.technical[office]
            person = people[(patient + day // 5) % len(people)]
            at = start + 9.2 * HOUR + rng.random() * 7 * HOUR
            note(at, person, patient, (what, act), desk(person))
    if rng.random() < 0.07:
        person = place.liaison[patient % len(place.liaison)]
        note(
            start + 10 * HOUR + rng.random() * 20_000,
            person,
            patient,
            ("退院支援", ADD),
            desk(person),
        )
    if rng.random() < 0.12:
        clerk = place.clerks[(number + day) % len(place.clerks)]
        note(
            start + 13 * HOUR + rng.random() * 14_000,
            clerk,
            patient,
            ("入院会計", READ),
            desk(clerk),
        )


def _coding(month: Month, stay: Stay) -> None:
    if stay.last is None:
        return
    place, rng = month.place, month.rng
    for share, spread, what in ((0.8, 9, ("退院サマリ", MEND)), (0.3, 13, ("紹介状返書", ADD))):
        day = stay.last + 1 + int(rng.random() * spread)
        if rng.random() < share and month.weekday(day) < 5:
            at = day * DAY + 18 * HOUR + 2_700 + rng.random() * 5_000
            month.note(at, stay.doctor, stay.patient, what, desk(stay.doctor))
    clerk = place.clerks[stay.patient % len(place.clerks)]
    at = (stay.last + 1 + rng.randrange(6)) * DAY + 13 * HOUR + rng.random() * 4 * HOUR
    month.note(at, clerk, stay.patient, ("DPCコーディング", MEND), desk(clerk))
