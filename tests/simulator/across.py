"""Work that goes across wards: consults, teams, duty nights, claims, studies, registers, vendors."""

from __future__ import annotations

from tests.simulator import screens as s
from tests.simulator.world import DAY, HOUR, NOBODY, Stay, World

TEAMS = {
    "ICT": (("検査科", 1), ("薬剤部", 1), ("看護部", 1)),
    "NST": (("栄養科", 2), ("薬剤部", 1), ("検査科", 1)),
    "褥瘡対策チーム": (("栄養科", 1), ("リハビリテーション科", 1)),
    "緩和ケアチーム": (("薬剤部", 1), ("地域連携室", 1)),
    "認知症ケアチーム": (("地域連携室", 1), ("リハビリテーション科", 1)),
}
"""Team → members from places; each has a doctor and a ward nurse besides."""


def work_across(world: World) -> None:
    """Add everything that no single ward or clinic does."""
    Across(world).live()


class Across:
    """What serves the whole house."""

    def __init__(self, world: World) -> None:
        """Know who lies where on which day."""
        self.world = world
        self.rng = world.rng
        self.lying: dict[int, list[Stay]] = {}
        for stay in world.stays:
            for day in range(max(stay.first, -2), min(stay.last, world.days) + 1):
                self.lying.setdefault(day, []).append(stay)

    def live(self) -> None:
        """Do all of it."""
        self.consults()
        self.teams()
        self.duty_nights()
        self.floats()
        self.claims()
        self.studies()
        self.register_and_safety()
        self.nobody()
        self.sessions()

    def consults(self) -> None:
        """Ask other departments for an opinion: most in writing, some in the corridor."""
        world, rng = self.world, self.rng
        asked = [d for d in world.habit.departments if d not in {"病理診断科", "放射線科"}]
        for stay in world.stays:
            if stay.last < -10 or rng.random() > (0.12 if world.habit.stay < 60 else 0.05):
                continue
            other = [d for d in asked if d != stay.department]
            if not other:
                continue
            department = rng.choice(other)
            day = max(stay.first, -8) + rng.randrange(
                0, max(1, min(stay.last, world.days) - max(stay.first, -8) + 1)
            )
            doctor = world.pick(world.on[department, day, "day"]) or world.pick(
                world.doctors(department)
            )
            if doctor is None:
                continue
            spoken = rng.random() < 0.12  # walking past: no order is written
            if not spoken:
                world.order(
                    day * DAY + 9 * HOUR,
                    stay.patient,
                    "consult",
                    stay.doctor,
                    do=day,
                    until=day + 1,
                    where=department,
                    ward=stay.ward,
                    executor=doctor if rng.random() < 0.5 else None,
                )
                world.tie(stay.patient, department, day - 1, day + 14)
            label = "odd:curbside" if spoken else "care:consult"
            world.tie(stay.patient, doctor.id, day, day + 10)
            for again in range(1 if spoken else rng.randrange(1, 4)):
                at = (day + again * rng.randrange(1, 4)) * DAY + 11 * HOUR + rng.random() * 7 * HOUR
                self.world.does(at, doctor, stay.patient, s.CHART, label)
                if not spoken:
                    self.world.does(at + 500, doctor, stay.patient, s.NOTE, label)

    def teams(self) -> None:
        """Let teams look after the patients on their lists, once or twice a week."""
        world, rng = self.world, self.rng
        if not world.wards or world.size < 150:
            return
        for number, (team, members) in enumerate(TEAMS.items()):
            people = [
                one
                for place, count in members
                for one in world.people(place)[number : number + count]
            ]
            people += world.doctors(world.habit.departments[number % 3])[1:2]
            people += world.people(world.wards[number % len(world.wards)])[2:3]
            if len(people) < 2:
                continue
            world.teams[team] = people
            for day in range(-1 + number % 3, world.days, 7 if team != "ICT" else 3):
                here = self.lying.get(day, [])
                if not world.works(day) or not here:
                    continue
                for stay in rng.sample(here, min(len(here), 4 + world.size // 60)):
                    late = rng.random() < 0.1  # seen before it stood on the list
                    if not late or rng.random() < 0.5:
                        world.rounds.append((team, stay.patient, day + late, day + 7))
                    world.tie(stay.patient, team, day - 2, day + 9)
                    for one in people:
                        world.tie(stay.patient, one.id, day - 2, day + 9)
                        if rng.random() < 0.6:
                            self.world.does(
                                day * DAY + 13.5 * HOUR + rng.random() * 3 * HOUR,
                                one,
                                stay.patient,
                                s.CHART,
                                "care:team_round",
                            )

    def duty_nights(self) -> None:
        """Let doctors on duty be called to any ward, and the head nurse go round."""
        world, rng = self.world, self.rng
        for day in range(-1, world.days):
            here = self.lying.get(day, [])
            if not here:
                continue
            for one in world.on["当直", day, "night"]:
                for stay in rng.sample(
                    here, min(len(here), rng.randrange(3, 5 + world.size // 60))
                ):
                    at = day * DAY + 18 * HOUR + rng.random() * 13 * HOUR
                    self.world.does(
                        at,
                        one,
                        stay.patient,
                        s.CHART,
                        "care:doctor_on_duty",
                        stay.ward,
                    )
                    if rng.random() < 0.5:
                        self.world.does(at + 200, one, stay.patient, s.ORDER, "care:doctor_on_duty")
                    world.tie(stay.patient, one.id, day, day + 3)
            for one in world.on["当直", day, "day"]:
                for stay in rng.sample(here, min(len(here), 8)):
                    self.world.does(
                        day * DAY + 9 * HOUR + rng.random() * 8 * HOUR,
                        one,
                        stay.patient,
                        s.CHART,
                        "care:doctor_on_duty",
                    )
                    world.tie(stay.patient, one.id, day, day + 3)
            for one in world.on["管理当直", day, "night"]:
                for stay in rng.sample(here, min(len(here), 6 + world.size // 60)):
                    self.world.does(
                        day * DAY + 21 * HOUR + rng.random() * 9 * HOUR,
                        one,
                        stay.patient,
                        s.FLOW,
                        "care:head_nurse_on_duty",
                    )
                    world.tie(stay.patient, one.id, day, day + 1)

    def floats(self) -> None:
        """Let a nurse who helps elsewhere look after a third of that ward."""
        world, rng = self.world, self.rng
        for turn in world.turns:
            if turn.duty != "support" or not 0 <= turn.day < world.days:
                continue
            here = [stay for stay in self.lying.get(turn.day, []) if stay.ward == turn.place]
            label = "care:float" if turn.written else "odd:float_not_written"
            for stay in rng.sample(here, min(len(here), 7)):
                world.tie(stay.patient, turn.who.id, turn.day, turn.day)
                for what in (s.CHART, s.FLOW, s.NURSING)[: rng.randrange(1, 4)]:
                    at = turn.day * DAY + 9 * HOUR + rng.random() * 7.5 * HOUR
                    self.world.does(
                        at,
                        turn.who,
                        stay.patient,
                        what,
                        label,
                        turn.place,
                    )

    def claims(self) -> None:
        """Check last month's claims in the first ten days; later answer what came back."""
        world, rng = self.world, self.rng
        last = world.days - 1
        for visit in world.visits:
            day = int(visit.at // DAY)
            if not -31 <= day < 0 or rng.random() > 0.12:
                continue
            check = rng.randrange(1, 10)
            self.world.does(
                check * DAY + 9 * HOUR + rng.random() * 10 * HOUR,
                world.pick(world.people("医事課")),
                visit.patient,
                s.BILL,
                "care:claims",
            )
            if rng.random() < 0.2:
                self.world.does(
                    check * DAY + 18 * HOUR,
                    visit.doctor,
                    visit.patient,
                    s.CODE,
                    "care:claims_by_doctor",
                )
                world.tie(visit.patient, visit.doctor.id, check, check)
        for stay in world.stays:
            if -31 <= stay.end < 0 and stay.last == stay.end:
                check = rng.randrange(1, 10)
                for _ in range(2):
                    self.world.does(
                        check * DAY + 9 * HOUR + rng.random() * 9 * HOUR,
                        world.pick(world.people("医事課")),
                        stay.patient,
                        s.BILL,
                        "care:claims",
                    )
                if rng.random() < 0.4:
                    self.world.does(
                        check * DAY + 18 * HOUR,
                        stay.doctor,
                        stay.patient,
                        s.CODE,
                        "care:claims_by_doctor",
                    )
                    world.tie(stay.patient, stay.doctor.id, check, check)
        # Claims that came back are of care three months ago, which no list here reaches.
        for _ in range(world.size // 20):
            patient = int(rng.random() * len(world.patients))
            world.tie(patient, "医事課", 0, last)
            self.world.does(
                rng.randrange(10, last) * DAY + 14 * HOUR,
                world.pick(world.people("医事課")),
                patient,
                s.BILL,
                "odd:claim_came_back",
            )
        for _ in range(world.size // 12):  # certificates, asked for at the window months later
            patient = int(rng.random() * len(world.patients))
            clerk = world.pick(world.people("医療秘書課") or world.people("医事課"))
            doctor = world.pick(world.doctors(world.habit.departments[0]))
            day = rng.randrange(last)
            for one in (clerk, doctor):
                self.world.does(
                    day * DAY + 15 * HOUR + rng.random() * HOUR,
                    one,
                    patient,
                    s.DOCUMENT,
                    "odd:certificate",
                )
                if one:
                    world.tie(patient, one.id, day - 3, day + 10)

    def studies(self) -> None:
        """Read for approved studies: one with a list of patients, one without."""
        world, rng = self.world, self.rng
        doctors = [
            one
            for one in world.staff
            if one.department and one.kind == "person" and not one.part_time
        ]
        if len(doctors) < 6:
            return
        for number, one in enumerate(rng.sample(doctors, 2)):
            chosen = rng.sample(range(len(world.patients)), 12 + world.size // 10)
            for patient in chosen:
                world.studies.append((f"臨2026-{number + 1:03d}", one, patient, -200, 200))
                world.tie(patient, one.id, -5, world.days)
                if rng.random() < 0.5:
                    at = rng.randrange(world.days) * DAY + 18 * HOUR + rng.random() * 3 * HOUR
                    self.world.does(at, one, patient, s.CHART, "care:research")
                    self.world.does(at + 100, one, patient, s.RESULT, "care:research")

    def register_and_safety(self) -> None:
        """Keep the cancer register, read reported incidents, hold a conference on a death."""
        world, rng = self.world, self.rng
        coder = world.pick(world.people("診療情報管理室"))
        for _ in range(world.size // 10 if coder else 0):  # of patients months ago
            patient = int(rng.random() * len(world.patients))
            world.tie(patient, "診療情報管理室", 0, world.days)
            self.world.does(
                rng.randrange(world.days) * DAY + 10 * HOUR + rng.random() * 6 * HOUR,
                coder,
                patient,
                s.CODE,
                "odd:cancer_register",
            )
        safety = world.people("医療安全管理室")
        for day in range(world.days):
            here = self.lying.get(day, [])
            if safety and here and world.works(day) and rng.random() < 0.7:
                stay = rng.choice(here)
                world.tie(stay.patient, "医療安全管理室", day, day + 5)
                self.world.does(
                    day * DAY + 14 * HOUR,
                    world.pick(safety),
                    stay.patient,
                    s.CHART,
                    "odd:safety_report",
                )
        dead = [
            stay
            for stay in world.stays
            if world.patients[stay.patient].died == stay.end and -40 < stay.end < 20
        ]
        for stay in dead[:2]:
            day = max(1, stay.end + rng.randrange(5, 12))
            present = world.present(world.habit.departments[:5], day)
            for one in rng.sample(present, min(len(present), 7)):
                world.tie(stay.patient, one.id, day - 3, day + 2)
                self.world.does(
                    (day - rng.randrange(2)) * DAY + 16 * HOUR + rng.random() * 4 * HOUR,
                    one,
                    stay.patient,
                    s.CHART,
                    "odd:death_conference",
                )

    def nobody(self) -> None:
        """Use ids that are nobody's: interfaces, shared ward ids, trainees, vendors in their window."""
        world, rng = self.world, self.rng
        for one in [x for x in world.staff if x.kind != "person"]:
            place = one.places(0)[0]
            for day in range(world.days):
                here = self.lying.get(day, [])
                if one.kind == "system":
                    for stay in rng.sample(here, min(len(here), 10)):
                        self.world.does(
                            day * DAY + 2 * HOUR + rng.random() * HOUR,
                            one,
                            stay.patient,
                            s.RESULT,
                            "id:system",
                            "SV01",
                        )
                ours = [x for x in here if x.ward == place] if here else []
                if one.kind == "shared":
                    for stay in rng.sample(ours, min(len(ours), 4)):
                        self.world.does(
                            day * DAY + 8 * HOUR + rng.random() * 12 * HOUR,
                            one,
                            stay.patient,
                            s.FLOW,
                            "id:shared",
                        )
                if (
                    one.kind == "trainee"
                    and world.works(day)
                    and one.gone
                    and day <= one.gone
                    and ours
                ):
                    for stay in ours[:2]:
                        self.world.does(
                            day * DAY + 10 * HOUR + rng.random() * 5 * HOUR,
                            one,
                            stay.patient,
                            s.CHART,
                            "id:trainee",
                        )
            if one.kind == "vendor":
                day = rng.randrange(3, world.days - 3)
                begin = day * DAY + 19 * HOUR
                world.plans.append(
                    (f"保守-{one.id}-{day}", one, "電子カルテ", begin, begin + 4 * HOUR)
                )
                for _ in range(5):
                    self.world.does(
                        begin + rng.random() * 3.5 * HOUR,
                        one,
                        int(rng.random() * len(world.patients)),
                        s.CHART,
                        "id:vendor",
                        "MNT01",
                    )

    def sessions(self) -> None:
        """Sign in and out, look for people, print the ward list in the morning."""
        world, rng = self.world, self.rng
        for turn in world.turns:
            if not 0 <= turn.day < world.days or rng.random() > 0.8:
                continue
            hour = {"day": 8.3, "eve": 16.3, "night": 16.6 if world.habit.shifts == 2 else 24.2}[
                turn.shift
            ]
            at = turn.day * DAY + hour * HOUR + rng.random() * 1500
            label = world.label("plain:session")
            if rng.random() < 0.03:
                world.note(at - 30, turn.who, NOBODY, s.LOGIN, label, outcome="失敗")
            world.note(at, turn.who, NOBODY, s.LOGIN, label)
            if rng.random() < 0.2:
                world.note(at + 300, turn.who, NOBODY, s.LIST, label)
        for day in range(world.days):
            for ward in world.wards:
                one = world.pick(world.on[ward, day, "day"])
                if one:
                    world.note(
                        day * DAY + 8.5 * HOUR, one, NOBODY, s.PRINT, world.label("plain:ward_list")
                    )
