"""What one kind of hospital does and another does not: day care, visits at home, the trauma call, the drill."""

from __future__ import annotations

from tests.simulator import screens as s
from tests.simulator.world import DAY, HOUR, Booking, Staff, Visit, World

CALLED = ("外科", "整形外科", "脳神経外科", "手術室", "放射線部", "検査科")
"""Who comes when the trauma call goes out, besides those on duty."""


def reach_out(world: World) -> None:
    """Let each of it happen where there are people for it."""
    followed = _followed(world)
    attending = followed[: world.size // 4]
    _day_care(world, attending)
    _home_visits(world, followed[len(attending) : len(attending) + world.size // 6])
    if world.habit.arrivals >= 0.1:
        _trauma_calls(world)
        _drill(world)


def _followed(world: World) -> list[tuple[int, Staff]]:
    """Return living outpatients and their doctors, in an order of chance."""
    doctor = {v.patient: v.doctor for v in world.visits if not v.emergency and v.at < 0}
    living = [(p, who) for p, who in doctor.items() if world.patients[p].died is None]
    world.rng.shuffle(living)
    return living


def _day_care(world: World, attending: list[tuple[int, Staff]]) -> None:
    """Receive the same people twice a week; who leads a group writes of each of them."""
    rng, place = world.rng, "デイケア"
    if not world.people(place):
        return
    for day in range(-45, world.days):
        if not world.works(day):
            continue
        for number, (patient, doctor) in enumerate(attending):
            if (number + world.date(day).weekday()) % 5 not in {0, 2} or rng.random() > 0.85:
                continue
            at = day * DAY + 9 * HOUR + rng.random() * HOUR
            world.visits.append(
                Visit(
                    patient, at, place, doctor, new=False, registered=at, listed=rng.random() < 0.96
                )
            )
            world.tie(patient, place, day - 7, day + 14)
            world.tie(patient, "医事課", day - 1, day + 75)
            if day < -1:
                continue
            leads = world.pick(world.on[place, day, "day"])
            world.does(
                at, world.pick(world.on["医事課", day, "day"]), patient, s.RECEPTION, "care:desk"
            )
            world.does(at + 6 * HOUR, leads, patient, s.FLOW, "care:day_care")
            if rng.random() < 0.3:
                world.does(at - 0.4 * HOUR, leads, patient, s.CHART, "care:day_care")


def _home_visits(world: World, visited: list[tuple[int, Staff]]) -> None:
    """Go to people at home, as booked; some call in a crisis and are in no list."""
    rng, place = world.rng, "訪問看護室"
    if not visited or not world.people(place):
        return
    for day in range(-14, world.days):
        if not world.works(day):
            continue
        for one in world.on[place, day, "day"]:
            for turn in range(3):
                patient, doctor = rng.choice(visited)
                at = day * DAY + (9.5 + 2 * turn) * HOUR
                world.tie(patient, place, day - 14, day + 14)
                world.bookings.append(Booking(patient, at, place, doctor, day - 7, came=True))
                world.does(day * DAY + 8.7 * HOUR, one, patient, s.CHART, "care:home_visit")
                world.does(
                    day * DAY + 16.2 * HOUR + turn * 300, one, patient, s.NURSING, "care:home_visit"
                )
        if rng.random() < 0.3:
            patient, _ = rng.choice(visited)
            world.tie(patient, place, day, day)
            world.does(
                day * DAY + rng.uniform(9, 17) * HOUR,
                world.pick(world.on[place, day, "day"]),
                patient,
                s.CHART,
                "odd:crisis_call",
            )


def _trauma_calls(world: World) -> None:
    """Call everybody to one in eight arrivals: they look, few of them write."""
    rng = world.rng
    for visit in [v for v in world.visits if v.emergency and v.at >= 0]:
        if rng.random() > 0.12:
            continue
        day, hour = int(visit.at // DAY), visit.at % DAY / HOUR
        here = [world.pick(world.duty_of(place, day, hour)) for place in CALLED]
        for one in {one.id: one for one in here if one is not None}.values():
            world.tie(visit.patient, one.id, day, day + 1)
            at = visit.at + 300 + rng.random() * 2100
            world.does(at, one, visit.patient, s.CHART, "odd:trauma_team")
            if rng.random() < 0.3:
                wrote = s.ORDER if one.department else s.FLOW
                world.does(at + 240, one, visit.patient, wrote, "odd:trauma_team")


def _drill(world: World) -> None:
    """Hold the yearly drill: an hour in which twenty people open one record made for it."""
    rng = world.rng
    day = rng.randrange(8, world.days - 4)
    while not world.works(day):
        day -= 1
    patient = rng.choice([n for n, p in enumerate(world.patients) if p.died is None])
    for place in ("救急外来", "救急科", "医事課", *CALLED):
        for one in world.on[place, day, "day"][:3]:
            world.tie(patient, one.id, day, day)
            at = day * DAY + 14 * HOUR + rng.random() * HOUR
            world.does(at, one, patient, s.CHART, "odd:drill")
            if rng.random() < 0.6:
                world.does(at + 120, one, patient, s.FLOW, "odd:drill")
