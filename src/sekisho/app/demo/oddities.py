"""Innocent accesses that visits and stays alone do not explain, and plain routine.

They are the reason why "unexplained" is neutral: a consult, a nurse helping on
another ward, a late claim, a team round, a doctor on duty for the whole house.
"""

from __future__ import annotations

from collections.abc import Callable

from sekisho.app.demo.days import (
    ADD,
    DAY,
    HOUR,
    MEND,
    NO_MATTER,
    PRINT,
    READ,
    Month,
    clinic,
    desk,
    on_duty,
    ward_terminal,
)

Opened = Callable[[str], int]
"""Opens a matter of a kind and returns its number."""


def routine(month: Month, rows: int) -> None:
    """Add what names no patient: sign-ins, searches, printed ward lists."""
    place, rng = month.place, month.rng
    people = place.people()
    for _ in range(int(rows * 0.022)):
        who = people[rng.randrange(len(people))]
        day = rng.randrange(place.days)
        at = day * DAY + (8.2 if rng.random() < 0.8 else 16.4) * HOUR + rng.random() * 1_500
        if who.ward:
            wards = [name for name, _ in place.wards]
            where = ward_terminal(place, wards.index(who.ward), who, day)
        else:
            where = desk(who)
        failed = rng.random() < 0.04
        if failed:
            month.note(at - 20, who, -1, ("ログイン", "ログイン"), where, outcome="失敗")
        month.note(at, who, -1, ("ログイン", "ログイン"), where)
    for _ in range(int(rows * 0.006)):
        who = place.clerks[rng.randrange(len(place.clerks))]
        at = rng.randrange(place.days) * DAY + 8.5 * HOUR + rng.random() * 8 * HOUR
        month.note(at, who, -1, ("患者検索", "検索"), desk(who))
    for day in range(place.days):
        for ward, nurses in enumerate(place.nurses):
            nurse = on_duty(nurses, day)[0][0]
            where = ward_terminal(place, ward, nurse, day)
            month.note(day * DAY + 8.4 * HOUR, nurse, -1, ("病棟患者一覧", PRINT), where)


def consults(month: Month, rows: int, opened: Opened) -> None:
    """Add doctors of another department who were asked for an opinion."""
    place, rng = month.place, month.rng
    for _ in range(max(1, int(rows * 0.0022))):
        stay = month.stays[rng.randrange(len(month.stays))]
        section = (stay.section + 1 + rng.randrange(len(place.departments) - 1)) % len(
            place.departments
        )
        doctor = place.doctors[section][rng.randrange(len(place.doctors[section]))]
        matter = opened("consult")
        day = max(0, stay.first) + rng.randrange(4)
        for again in range(1 + rng.randrange(3)):
            at = (day + 2 * again) * DAY + 12.6 * HOUR + rng.random() * 2_000
            where = ward_terminal(place, stay.ward, doctor, day)
            month.note(at, doctor, stay.patient, ("カルテ", READ), where, matter=matter)
            if rng.random() < 0.6:
                at += 240 + rng.random() * 300
                month.note(at, doctor, stay.patient, ("他科依頼返信", ADD), where, matter=matter)


def floating(month: Month, rows: int, opened: Opened) -> None:
    """Add nurses who helped for a shift on another ward, which no roster here says."""
    place, rng = month.place, month.rng
    left = int(rows * 0.008)
    while left > 0:
        day = rng.randrange(place.days)
        home = rng.randrange(len(place.nurses))
        away = (home + 1) % len(place.wards)
        here = [s for s in month.present[day] if s.ward == away]
        off = [n for n in place.nurses[home] if (n.number + day) % 5 == 3]
        left -= 1
        if not here or not off:
            continue
        nurse = off[rng.randrange(len(off))]
        matter = opened("float")
        where = ward_terminal(place, away, nurse, day)
        for stay in rng.sample(here, min(len(here), 7)):
            for what, act, hour in (
                ("看護指示", READ, 8.7),
                ("経過表", MEND, 10.2),
                ("看護記録", ADD, 15.0),
            ):
                at = day * DAY + hour * HOUR + rng.random() * 3_000
                month.note(at, nurse, stay.patient, (what, act), where, matter=matter)
                left -= 1


def on_call(month: Month, opened: Opened) -> None:
    """Add the night doctor, called to patients of every department."""
    place, rng = month.place, month.rng
    for day in range(place.days):
        section = place.doctors[day % len(place.departments)]
        doctor = section[1]
        here = month.present[day]
        if not here or rng.random() > len(here) / 40:
            continue
        matter = opened("on_call")
        calls = min(len(here), 1 + len(here) // 30)
        for call, stay in enumerate(rng.sample(here, calls)):
            at = day * DAY + (20.5 + (call + rng.random() * 0.7) * 9 / calls) * HOUR
            where = ward_terminal(place, stay.ward, doctor, day)
            for step, what in enumerate((("カルテ", READ), ("経過表", READ), ("診療記録", MEND))):
                month.note(at + step * 200, doctor, stay.patient, what, where, matter=matter)


def rounds(month: Month, opened: Opened) -> None:
    """Add the infection control team, which visits all wards once a week."""
    place, rng = month.place, month.rng
    team = [place.doctors[0][0], place.nurses[-1][0], place.technical["検査部"][0]]
    for day in range(2, place.days, 7):
        here = month.present[day]
        matter = opened("team_round")
        for step, stay in enumerate(rng.sample(here, min(len(here), 1 + len(here) // 7))):
            for number, who in enumerate(team):
                at = day * DAY + 15.2 * HOUR + step * 150 + number * 40
                what = ("細菌検査", READ) if number else ("カルテ", READ)
                month.note(at, who, stay.patient, what, "PC-ICT-01", matter=matter)


def late(month: Month, rows: int, opened: Opened) -> None:
    """Add what care alone cannot date: late claims, telephone calls, a study's old cases."""
    place, rng = month.place, month.rng
    for _ in range(max(2, int(rows * 0.0035))):
        clerk = place.clerks[rng.randrange(len(place.clerks))]
        at = rng.randrange(9, place.days) * DAY + 14 * HOUR + rng.random() * 3 * HOUR
        patient = rng.randrange(len(place.patients))
        what = ("返戻レセプト", READ)
        month.note(at, clerk, patient, what, desk(clerk), matter=opened("late_billing"))
    for _ in range(max(2, int(rows * 0.003))):
        section = rng.randrange(len(place.departments))
        nurse = place.clinic_nurses[section][rng.randrange(len(place.clinic_nurses[section]))]
        at = rng.randrange(place.days) * DAY + 9 * HOUR + rng.random() * 8 * HOUR
        patient = rng.randrange(len(place.patients))
        where = clinic(section, nurse)
        month.note(at, nurse, patient, ("電話対応", READ), where, matter=opened("phone_call"))
    for section in range(min(3, len(place.departments))):
        doctor = place.doctors[section][-1]
        matter = opened("own_old_cases")
        day = rng.randrange(4, place.days - 4)
        for step in range(max(3, rows // 6_000)):
            patient = rng.randrange(len(place.patients))
            at = day * DAY + 20.3 * HOUR + step * (200 + rng.random() * 200)
            month.note(at, doctor, patient, ("カルテ", READ), desk(doctor), matter=matter)


def keepers(month: Month, rows: int) -> None:
    """Add shared and vendor ids and the nightly batch: an id, never a person."""
    place, rng = month.place, month.rng
    trainee, _, ward, vendor, batch = place.shared
    for who, share, hour, what, where in (
        (trainee, 0.0012, 10.0, ("カルテ", READ), f"PC-{place.wards[0][1]}-12"),
        (ward, 0.004, 11.0, ("経過表", READ), f"PC-{place.wards[0][1]}-11"),
    ):
        for _ in range(max(2, int(rows * share))):
            day = rng.randrange(place.days)
            here = [s for s in month.present[day] if s.ward == 0] or month.present[day]
            if here:
                stay = here[rng.randrange(len(here))]
                at = day * DAY + hour * HOUR + rng.random() * 5 * HOUR
                month.note(at, who, stay.patient, what, where)
    for step in range(max(3, rows // 10_000)):
        at = 12 * DAY + 21 * HOUR + step * 95
        patient = rng.randrange(len(place.patients))
        month.note(at, vendor, patient, ("保守画面", READ), "REMOTE-01")
    for day in range(place.days):
        month.note(
            day * DAY + 2 * HOUR, batch, -1, ("夜間バッチ", "取込"), "SV-BATCH", matter=NO_MATTER
        )
