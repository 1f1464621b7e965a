"""The files of L2 and L3: orders, appointments, teams, rounds, studies, plans, VIPs, terminals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.simulator.books import WHAT, Books
from tests.simulator.world import DAY, Staff

_ENGLISH_WHAT = {"lab": "Laboratory", "imaging": "Radiology", "diet": "Diet"}


def short(place: str) -> str:
    """Return a place as people write it: 3東."""
    return place.replace("階", "").replace("病棟", "")


def orders(books: Books, without: Collection[str] = ()) -> Path:
    """Write orders but those of the kinds `without`; some systems do not say who carried them out."""
    world = books.world
    tells = world.habit.form != 2

    def rows() -> Iterable[Sequence[Any]]:
        for order in sorted(world.orders, key=lambda o: (o.at, o.number)):
            if order.until < -world.habit.history or order.at >= world.days * DAY:
                continue
            if order.what in without:
                continue
            what = order.what if books.english else WHAT[order.what]
            yield (
                order.number, books.patient(order.patient, "orders"), books.stamp(order.at),
                _ENGLISH_WHAT.get(what, what), order.department,
                books.doctor(order.doctor, "orders"), short(order.ward or ""),
                order.entered.id if order.entered is not order.doctor or books.english else "",
                books.date(order.do), books.date(order.until), order.where or "",
                order.executor.id if order.executor and tells else "",
            )  # fmt: skip

    return books.write("orders", rows())


def appointments(books: Books) -> Path:
    """Write appointments, also of those who did not come."""
    world = books.world
    joined = not books.header("appointments")[2]

    def rows() -> Iterable[Sequence[Any]]:
        for booking in sorted(world.bookings, key=lambda b: b.at):
            day = int(booking.at // DAY)
            if day < -world.habit.history or booking.booked >= world.days:
                continue
            at = books.moment(booking.at)
            state = ("visited", "no-show") if books.english else ("来院", "未来院")
            yield (
                books.patient(booking.patient, "appointments"),
                books.stamp(booking.at) if joined else books.date(day),
                f"{at:%H:%M}", booking.department, books.doctor(booking.doctor, "appointments"),
                books.date(booking.booked),
                "" if day >= world.days else state[not booking.came],
            )  # fmt: skip

    return books.write("appointments", rows())


def teams(books: Books) -> Path:
    """Write who belongs to which team."""
    return books.write(
        "teams",
        (
            (team, one.id, one.name, books.date(-180), "")
            for team, people in books.world.teams.items()
            for one in people
        ),
    )


def rounds(books: Books) -> Path:
    """Write whom each team looks after."""
    return books.write(
        "rounds",
        (
            (team, books.patient(patient, "rounds"), books.date(day), books.date(until))
            for team, patient, day, until in books.world.rounds
        ),
    )


def research(books: Books) -> Path:
    """Write approved studies with their patients."""
    return books.write(
        "research",
        (
            (study, "診療録を用いた後ろ向き研究", one.id,
             books.patient(patient, "research") if patient is not None else "",
             books.date(first), books.date(last))
            for study, one, patient, first, last in books.world.studies
        ),
    )  # fmt: skip


def maintenance(books: Books) -> Path:
    """Write the plans of maintenance."""
    return books.write(
        "maintenance",
        (
            (plan, one.id, system, books.stamp(begin), books.stamp(end), "定期点検")
            for plan, one, system, begin, end in books.world.plans
        ),
    )


def vips(books: Books) -> Path:
    """Write the patients whom the hospital watches over."""
    quiet = range(7, 7 + 13 * 300, 300)  # local worthies of whom nobody is curious this month
    people = [*books.world.vips, *(n for n in quiet if n < len(books.world.patients))]
    return books.write(
        "vips",
        (
            (books.patient(patient, "vips"), "VIP", books.date(-90), "")
            for patient in sorted(set(people))
        ),
    )


def terminals(books: Books) -> Path:
    """Write where each terminal stands."""
    rows = [
        (f"{code}-{n:02d}", f"10.1.{int(code[1:])}.{n + 10}", short(place))
        for place, code in books.world.codes.items()
        for n in range(1, 10)
    ]
    return books.write("terminals", rows)


def turn_rows(books: Books) -> Path:
    """Write turns as rows: the plan, and what was written down on the day."""
    world = books.world
    hours = {
        "day": ("08:30", "17:00"),
        "eve": ("16:30", "00:45"),
        "night": ("16:30", "09:00") if world.habit.shifts == 2 else ("00:15", "08:45"),
    }
    words = {"day": ("日勤", "D"), "eve": ("準夜", "E"), "night": ("夜勤", "N")}
    plan = ("plan", "actual") if books.english else ("予定", "実績")

    def row(who: Staff, day: int, shift: str, place: str, duty: str, kind: str) -> Sequence[Any]:
        word = words[shift][books.english]
        if duty == "on_call":
            word = (
                {"day": "日直", "night": "当直", "eve": "当直"}[shift]
                if not books.english
                else "on-call"
            )
        elif duty == "support":
            word = "support" if books.english else "応援"
        begin, end = ("17:00", "08:30") if duty == "on_call" and shift == "night" else hours[shift]
        day += (
            begin < "06:00"
        )  # a night that begins after midnight is written on the day that begins
        return (who.id, who.name, books.date(day), word, short(place), begin, end, kind)

    def rows() -> Iterable[Sequence[Any]]:
        for turn in sorted(world.turns, key=lambda t: (t.day, t.place, t.who.id, t.shift)):
            if not -1 <= turn.day < world.days:
                continue
            if world.wards and turn.place == world.wards[0] and books.missing("rosters", turn.day):
                continue
            if turn.planned:
                yield row(turn.who, turn.day, turn.shift, turn.place, turn.duty, plan[0])
            elif turn.written:
                home = turn.who.place(turn.day)
                yield row(turn.who, turn.day, turn.shift, home, "work", plan[0])
                yield row(turn.who, turn.day, turn.shift, turn.place, turn.duty, plan[1])
            else:
                home = turn.who.place(turn.day)
                yield row(turn.who, turn.day, turn.shift, home, "work", plan[0])

    return books.write("rosters", rows())
