"""Turns as they were worked, and what the roster knows of them."""

from __future__ import annotations

from tests.simulator.world import Staff, Turn, World

WEEKEND = {"検査科", "放射線部", "薬剤部", "医事課", "救急外来", "透析室"}
"""Places where somebody works on Sundays and at night too."""
ALWAYS = {"救急外来"}


def roster(world: World) -> None:
    """Fill the turns from the week before the month to the week after it."""
    for ward in world.wards:
        _ward(world, ward)
    for place in world.habit.shares:
        if place in ALWAYS:
            _ward(world, place)
        elif place != "医師":
            _office(world, place)
    _doctors(world)
    _supervisors(world)


def _put(
    world: World,
    who: Staff,
    day: int,
    shift: str,
    place: str,
    duty: str = "work",
    *,
    planned: bool = True,
    written: bool = True,
) -> None:
    world.turns.append(Turn(who, day, shift, place, duty, planned, written))
    world.on[place, day, shift].append(who)


def _ward(world: World, ward: str) -> None:
    """Give each day its nurses: nights in turn, the day after free, more by day on weekdays."""
    rng, three = world.rng, world.habit.shifts == 3
    last: dict[str, int] = {}
    worked: dict[str, int] = {}
    for day in range(-8, world.days + 3):
        here = [
            one
            for one in world.staff
            if one.kind == "person"
            and one.department is None
            and (one.gone is None or day <= one.gone)
            and one.place(day) == ward
        ]
        rng.shuffle(here)
        nurses = [one for one in here if "看護師" in one.duty]
        rested = sorted(
            (one for one in nurses if one.nights and last.get(one.id, -9) < day - 1),
            key=lambda one: worked.get(one.id, 0),
        )
        need = 2 if len(nurses) < 18 else 3
        night = rested[:need]
        evening = rested[need : 2 * need] if three else []
        for one in night:
            last[one.id] = day
            worked[one.id] = worked.get(one.id, 0) + 1
            _put(world, one, day, "night", ward)
        for one in evening:
            _put(world, one, day, "eve", ward)
        busy = {one.id for one in (*night, *evening)}
        share = 0.62 if world.works(day) else 0.36
        for one in here:
            if one.id in busy or last.get(one.id) == day - 1:
                continue
            if rng.random() < (share if "看護" in one.duty else 0.7 * world.works(day)):
                _put(world, one, day, "day", ward)


def _office(world: World, place: str) -> None:
    rng = world.rng
    for day in range(-8, world.days + 3):
        here = world.people(place, day=day)
        here = [one for one in here if one.place(day) == place]
        rng.shuffle(here)
        if world.works(day):
            for one in here:
                if rng.random() < (0.5 if one.part_time else 0.9):
                    _put(world, one, day, "day", place)
        elif place in WEEKEND or (place == "リハビリテーション科" and world.wards):
            for one in here[: max(1, len(here) // 6)]:
                _put(world, one, day, "day", place)
        if world.wards and place in WEEKEND - {"透析室"} and here:
            night = [one for one in here if one.nights] or here
            _put(world, night[0], day, "night", place, "on_call")


def _doctors(world: World) -> None:
    """Give doctors their weekdays, and nights and weekends on call for the whole house."""
    rng = world.rng
    everyone = [one for one in world.staff if one.department and one.kind == "person"]
    days = {one.id: rng.sample(range(5), 2) if one.part_time else range(5) for one in everyone}
    for day in range(-8, world.days + 3):
        weekday = world.date(day).weekday()
        for one in everyone:
            assert one.department
            if world.works(day) and weekday in days[one.id] and rng.random() < 0.94:
                _put(world, one, day, "day", one.department)
        if not world.wards:
            continue
        count = 1 + (world.size >= 250) + (world.size >= 800)
        able = [one for one in everyone if one.department not in {"病理診断科", "放射線科"}]
        for one in rng.sample(able, min(count, len(able))):
            _put(world, one, day, "night", "当直", "on_call")
        if not world.works(day):
            for one in rng.sample(able, min(count, len(able))):
                _put(world, one, day, "day", "当直", "on_call")


def _supervisors(world: World) -> None:
    """Let a head nurse watch over every ward each night (管理当直)."""
    if not world.wards:
        return
    heads = world.people("看護部") + [
        one for ward in world.wards for one in world.people(ward)[:1] if one.duty == "看護師"
    ]
    for day in range(-1, world.days + 1):
        one = world.pick(heads)
        if one:
            _put(world, one, day, "night", "管理当直", "on_call")


def float_nurses(world: World) -> None:
    """Send nurses to help on another ward; a part of it never reaches the roster."""
    rng = world.rng
    if len(world.wards) < 2:
        return
    for day in range(world.days):
        for _ in range(1 + (world.size > 600)):
            if rng.random() > 0.55:
                continue
            home, away = rng.sample(world.wards, 2)
            able = [one for one in world.on[home, day, "day"] if one.duty == "看護師"]
            one = world.pick(able)
            if one is None or len(able) < 4:
                continue
            world.on[home, day, "day"].remove(one)
            turn = next(
                t for t in world.turns if t.who is one and t.day == day and t.shift == "day"
            )
            world.turns.remove(turn)
            luck = rng.random()
            # Planned, or written on the day, or a call from the desk that nobody wrote down.
            _put(
                world, one, day, "day", away, "support",
                planned=luck < 0.45, written=luck < 0.85,
            )  # fmt: skip
