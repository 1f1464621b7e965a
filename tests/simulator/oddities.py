"""Rightful accesses that leave nothing in any list: mistakes, calls, doors opened twice."""

from __future__ import annotations

from tests.simulator import screens as s
from tests.simulator.world import DAY, HOUR, NOBODY, Event, World


def happen(world: World) -> None:
    """Let all of it happen, in the amounts in which it happens."""
    _wrong_patient(world)
    _calls(world)
    _diverted(world)
    _another_prints(world)
    _own_health(world)
    _left_signed_in(world)


def _wrong_patient(world: World) -> None:
    """Open somebody else's record by a slip of name or number, and close it at once."""
    rng, label = world.rng, world.label("odd:wrong_patient")
    by_name: dict[str, list[int]] = {}
    for number, patient in enumerate(world.patients):
        by_name.setdefault(patient.kana, []).append(number)
    for event in rng.sample(world.events, len(world.events) // 400):
        at, who, right, _, _, where, _, _ = event
        if right == NOBODY or who.kind != "person":
            continue
        same = by_name[world.patients[right].kana]
        wrong = (
            rng.choice(same)
            if len(same) > 1 and rng.random() < 0.7
            else right + rng.choice((-10, -1, 1, 10))
        )
        if 0 <= wrong < len(world.patients) and wrong != right:
            world.note(at - 20, who, wrong, s.CHART, label, where)
            world.tie(wrong, who.id, int(at // DAY), int(at // DAY))


def _calls(world: World) -> None:
    """Answer the telephone: patients and families ask, pharmacies ask back."""
    rng = world.rng
    for day in range(world.days):
        if not world.works(day):
            continue
        for place, share, label in (
            ("外来", 1 / 90, "odd:telephone"),
            ("地域連携室", 1 / 150, "odd:other_hospital_asks"),
            ("医事課", 1 / 130, "odd:telephone"),
            ("薬剤部", 1 / 200, "odd:pharmacy_asks_back"),
        ):
            for _ in range(int(world.size * share + rng.random())):
                one = world.pick(world.on[place, day, "day"])
                if one is None:
                    continue
                recent = [
                    v
                    for v in (rng.choice(world.visits) for _ in range(3))
                    if -30 < v.at / DAY < day
                ]
                patient = (
                    recent[0].patient
                    if recent and rng.random() < 0.7
                    else int(rng.random() * len(world.patients))
                )
                if place == "薬剤部" and world.patients[patient].died is not None:
                    continue  # a pharmacy asks about a prescription of these days
                world.tie(patient, one.id, day, day)
                world.note(
                    day * DAY + 9 * HOUR + rng.random() * 8 * HOUR,
                    one,
                    patient,
                    s.CHART,
                    world.label(label),
                )


def _diverted(world: World) -> None:
    """Look somebody up whose ambulance then goes elsewhere."""
    rng, label = world.rng, world.label("odd:ambulance_went_elsewhere")
    if not world.habit.arrivals or not world.wards:
        return
    for day in range(world.days):
        if rng.random() > world.size * world.habit.arrivals / 60:
            continue
        hour = rng.uniform(0, 24)
        patient = int(rng.random() * len(world.patients))
        if world.patients[patient].died is not None:
            continue  # no ambulance brings who died before
        doctors = world.duty_of("当直", day, hour)
        for one in (world.pick(world.duty_of("救急外来", day, hour)), world.pick(doctors)):
            if one is not None:
                world.tie(patient, one.id, day, day)
                world.note(
                    day * DAY + hour * HOUR + rng.random() * 300, one, patient, s.CHART, label
                )


def _another_prints(world: World) -> None:
    """Print and export lists as part of the work: the ward's, the claims', the IT people's."""
    rng, label = world.rng, world.label("plain:list_out")
    for place in ("医事課", "診療情報管理室", "情報システム室", "薬剤部"):
        people = world.people(place)
        for day in range(world.days):
            if people and world.works(day) and rng.random() < 0.25:
                one = world.pick(world.on[place, day, "day"])
                if one is not None:
                    world.note(
                        day * DAY + 16 * HOUR + rng.random() * HOUR, one, NOBODY, s.OUT, label
                    )


def _own_health(world: World) -> None:
    """Let the staff's own health be looked after: yearly checks, needle-stick, vaccination."""
    rng, label = world.rng, world.label("odd:staff_health")
    keepers = world.people("健診センター") or world.people("看護部")[:1]
    mine = [one.patient for one in world.staff if one.patient is not None]
    for _ in range(world.size // 25 if keepers else 0):
        day = rng.randrange(world.days)
        one, patient = world.pick(keepers), rng.choice(mine)
        if one is not None and world.works(day):
            world.tie(patient, one.id, day, day)
            world.note(
                day * DAY + 10 * HOUR + rng.random() * 6 * HOUR, one, patient, s.RESULT, label
            )


def _left_signed_in(world: World) -> None:
    """Use the screen that a colleague left open: the id is not who looked."""
    rng, label = world.rng, world.label("odd:open_screen")
    wards = set(world.wards)
    chosen: list[Event] = [
        e for e in rng.sample(world.events, len(world.events) // 150) if e[2] != NOBODY
    ]
    for at, who, patient, screen, act, where, _, _ in chosen:
        place = who.place(int(at // DAY))
        if place not in wards:
            continue
        other = world.pick(world.on[place, int(at // DAY), "day"])
        if other is not None and other is not who:
            world.note(at + 240, other, patient, (screen, act), label, where)


def clock_skew(world: World, minutes: float) -> None:
    """Let the clock of the system that shows images go ahead."""
    world.events = [
        (at + minutes * 60, who, patient, screen, act, where, outcome, label)
        if screen in {"画像", "レポート"}
        else (at, who, patient, screen, act, where, outcome, label)
        for at, who, patient, screen, act, where, outcome, label in world.events
    ]
