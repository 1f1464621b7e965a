"""Days in bed: who is admitted where, and everyone who has to do with it."""

from __future__ import annotations

from tests.simulator import screens as s
from tests.simulator.habits import EXECUTES
from tests.simulator.world import DAY, HOUR, Patient, Staff, Stay, World


def stay_in_beds(world: World) -> None:
    """Admit people through the time before and in the month, and look after them."""
    if not world.wards:
        return
    Wards(world).live()


class Wards:
    """Beds and who lies in them."""

    def __init__(self, world: World) -> None:
        """Begin with empty beds."""
        self.world = world
        self.rng = world.rng
        self.away: dict[int, int] = {}

    def live(self) -> None:
        """Admit so many a day that the beds are as full as they usually are."""
        world, habit = self.world, self.world.habit
        beds = habit.beds * world.size * habit.occupied
        start = -habit.history - 20
        rate = beds / habit.stay
        for _ in range(round(beds)):  # those who are here when it begins
            first = start - int(self.rng.random() * min(habit.stay, 200))
            self.admit(first, stay=int(self.rng.expovariate(1 / habit.stay)) + start - first + 1)
        for day in range(start, world.days + 1):
            count = rate * (1.25 if world.works(day) else 0.4)
            for _ in range(int(count + self.rng.random())):
                self.admit(day)
        for stay in world.stays:
            self.round(stay)

    def round(self, stay: Stay) -> None:
        """Live through one part of a stay."""
        if stay.first == stay.begin:
            self.enter(stay)
        for day in range(max(stay.first, -3), min(stay.last, self.world.days) + 1):
            self.day(stay, day)
        if stay.last == stay.end:
            self.leave(stay)

    def patient(self, day: int) -> int:
        """Return somebody who is not in a bed now; half have been here before."""
        world = self.world
        while True:
            number = int(self.rng.random() * len(world.patients))
            found: Patient = world.patients[number]
            if found.died is None and self.away.get(number, -999) < day - 3:
                return number

    def admit(self, day: int, *, stay: int | None = None, patient: int | None = None) -> int:
        """Admit somebody for one or more parts of a stay; return who it is."""
        world, rng = self.world, self.rng
        number = self.patient(day) if patient is None else patient
        length = stay if stay is not None else 1 + int(rng.expovariate(1 / world.habit.stay))
        end = day + length
        self.away[number] = end
        emergency = patient is not None or rng.random() < (0.45 if world.habit.arrivals else 0.1)
        wards = [ward for ward in world.wards if ward != "ICU"]
        ward = rng.choice(wards)
        department = rng.choice(world.treats[ward])
        if rng.random() < 0.12:  # a full ward sends people elsewhere
            ward = rng.choice(wards)
        doctor = self.attending(department)
        begin, first = day, day
        if "ICU" in world.wards and emergency and rng.random() < 0.2:
            until = min(end, day + rng.randrange(1, 5))
            self.part(number, day, until, "ICU", department, doctor, emergency, begin, end)
            first = until
        if rng.random() < 0.06 and end - first > 4 and len(wards) > 1:  # moves house
            until = first + (end - first) // 2
            self.part(number, first, until, ward, department, doctor, emergency, begin, end)
            first, ward = until, rng.choice([w for w in wards if w != ward])
        self.part(number, first, end, ward, department, doctor, emergency, begin, end)
        if rng.random() < 0.018 and world.patients[number].home is None:
            world.patients[number].died = end
        return number

    def part(
        self, number: int, first: int, last: int, ward: str, department: str, doctor: Staff,
        emergency: bool, begin: int, end: int,
    ) -> None:  # fmt: skip
        """Keep one part of a stay in one ward."""
        world = self.world
        if first > last:
            return
        world.stays.append(
            Stay(number, first, last, ward, department, doctor, emergency, begin, end)
        )
        world.tie(number, ward, first - 3, last + 7)
        world.tie(number, department, first - 14, last + 30)

    def attending(self, department: str) -> Staff:
        """Return a doctor who has patients of their own."""
        world = self.world
        able = [d for d in world.doctors(department) if not d.part_time] or world.doctors(
            department
        )
        return (
            world.pick(able) or world.pick(world.people(*world.habit.departments)) or world.staff[0]
        )

    def enter(self, stay: Stay) -> None:
        """Prepare an admission and do what every admission brings."""
        world, rng, p = self.world, self.rng, stay.patient
        at = stay.first * DAY + 10.2 * HOUR + rng.random() * 4 * HOUR
        if not stay.emergency:
            support = world.people("地域連携室")
            for before in rng.sample(range(1, 10), 1):
                one = world.pick(
                    [x for x in support if x in world.on["地域連携室", stay.first - before, "day"]]
                )
                world.does((stay.first - before) * DAY + 11 * HOUR + rng.random() * 4 * HOUR, one, p,
                          s.PROFILE, "care:admission_support")  # fmt: skip
                world.tie(p, "地域連携室", stay.first - before, stay.first)
            day_before = world.pick(world.on[stay.ward, stay.first - 1, "day"])
            world.does(
                (stay.first - 1) * DAY + 15 * HOUR + rng.random() * HOUR,
                day_before,
                p,
                s.CHART,
                "care:ward_prepares",
            )
            world.does(
                (stay.first - 1) * DAY + 17 * HOUR + rng.random() * HOUR,
                stay.doctor,
                p,
                s.CHART,
                "care:doctor_prepares",
            )
        clerk = world.pick(world.on["医事課", stay.first, "day"])
        world.does(at, clerk, p, s.RECEPTION, "care:admission_desk")
        world.tie(p, "医事課", stay.first - 2, stay.end + 75)
        for step, what in enumerate((s.PROFILE, s.NURSING, s.FLOW)):
            nurse = world.pick(world.duty_of(stay.ward, stay.first, 11))
            world.does(at + (step + 1) * 900, nurse, p, what, "care:ward_nurse")
        self.order(stay, stay.first, "diet", until=stay.end)
        for place, chance, label in (
            ("薬剤部", 0.8, "care:medicine_history"),
            ("栄養科", 0.75, "care:nutrition_screening"),
        ):
            if rng.random() < chance and place in world.habit.shares:
                one = world.pick(world.on[place, stay.first, "day"])
                world.does(
                    at + 2 * HOUR + rng.random() * 3 * HOUR,
                    one,
                    p,
                    s.MEDICINE if place == "薬剤部" else s.PROFILE,
                    label,
                )
                world.tie(p, place, stay.first, stay.first + 2)
        if rng.random() < 0.4 and "リハビリテーション科" in world.habit.shares:
            begin = stay.first + rng.randrange(1, 4)
            if begin <= stay.end:
                self.order(stay, begin, "rehabilitation", until=stay.end)
        surgical = stay.department in {
            "外科",
            "整形外科",
            "脳神経外科",
            "泌尿器科",
            "産婦人科",
            "眼科",
            "耳鼻咽喉科",
            "形成外科",
        }
        if surgical and "手術室" in world.habit.shares and rng.random() < 0.6:
            self.operate(stay, stay.first + (0 if stay.emergency else 1))
        if rng.random() < 0.05 and "透析室" in world.habit.shares:
            for day in range(stay.first, stay.end + 1):
                if day % 7 in {1, 3, 5}:
                    self.order(stay, day, "dialysis")

    def order(self, stay: Stay, day: int, what: str, *, until: int | None = None) -> None:
        """Write an order and let its place carry it out each day that it lasts."""
        world, rng = self.world, self.rng
        where = EXECUTES.get(what)
        if where not in world.habit.shares and where not in world.habit.departments:
            return
        before = int(day > stay.begin and rng.random() < 0.5)  # many are written the day before
        doctor = self.at_work(stay, day - before)
        entered = doctor
        if rng.random() < 0.06:  # entered on the doctor's word
            entered = world.pick(world.on["医療秘書課", day - before, "day"]) or doctor
        at = (day - before) * DAY + 8.5 * HOUR + rng.random() * 10 * HOUR
        made = world.order(at, stay.patient, what, doctor, do=day,
                           until=until, where=where, ward=stay.ward, entered=entered)  # fmt: skip
        world.tie(stay.patient, doctor.id, day - before, day)
        world.does(at, entered, stay.patient, s.ORDER, "care:order_entry")
        if where is None or what == "diet":
            return
        for each in range(max(day, -1), min(made.until, world.days) + 1):
            if what == "rehabilitation" and not world.works(each) and rng.random() < 0.6:
                continue
            one = world.pick(world.duty_of(where, each, 11))
            look = {"lab": 0.25, "prescription": 0.9, "injection": 0.7}.get(what, 1.0)
            if rng.random() > look:
                continue
            moment = each * DAY + 9 * HOUR + rng.random() * 7.5 * HOUR
            world.does(moment, one, stay.patient, s.DO, f"care:executes_{what}")
            if rng.random() < 0.5:
                world.does(moment + 200, one, stay.patient, s.CHART, f"care:executes_{what}")
            made.executor = one or made.executor
        if what in {"imaging", "lab", "physiology"}:
            seen = day * DAY + 11 * HOUR + rng.random() * 8 * HOUR
            what_seen = s.IMAGE if what == "imaging" else s.RESULT
            world.does(
                seen, self.at_work(stay, day), stay.patient, what_seen, "care:doctor_results"
            )
        if what == "imaging" and rng.random() < 0.6:
            read = next((d for d in range(day, day + 4) if world.on["放射線科", d, "day"]), day)
            reader = world.pick(world.on["放射線科", read, "day"])
            world.tie(stay.patient, "放射線科", day, read)
            then = read * DAY + 13 * HOUR + rng.random() * 5 * HOUR
            world.does(then, reader, stay.patient, s.REPORT, "care:reads_images")

    def at_work(self, stay: Stay, day: int) -> Staff:
        """Return who acts for the patient that day: their doctor, or who stands in."""
        world = self.world
        present = world.on[stay.department, day, "day"]
        if stay.doctor in present or (not present and self.rng.random() < 0.7):
            return stay.doctor  # many come in on a Sunday to see their own
        return world.pick(present) or world.pick(world.on["当直", day, "day"]) or stay.doctor

    def operate(self, stay: Stay, day: int) -> None:
        """Operate: visits before, the day itself, the look after it, the specimen."""
        world, rng, p = self.world, self.rng, stay.patient
        if day > stay.end:
            return
        world.order(
            (day - 2) * DAY, p, "surgery", stay.doctor, do=day, where="手術室", ward=stay.ward
        )
        world.tie(p, "手術室", day - 2, day + 2)
        world.tie(p, "麻酔科", day - 3, day + 3)
        before = world.pick(world.on["手術室", day - 1, "day"])
        gas = world.pick(world.on["麻酔科", day - 1, "day"])
        world.does(
            (day - 1) * DAY + 15 * HOUR + rng.random() * HOUR,
            before,
            p,
            s.CHART,
            "care:theatre_before",
        )
        world.does(
            (day - 1) * DAY + 16 * HOUR + rng.random() * HOUR, gas, p, s.CHART, "care:anaesthesia"
        )
        team = rng.sample(
            world.on["手術室", day, "day"], min(2, len(world.on["手術室", day, "day"]))
        )
        for one in (*team, world.pick(world.on["麻酔科", day, "day"])):
            for _ in range(3):
                world.does(
                    day * DAY + 9 * HOUR + rng.random() * 6 * HOUR, one, p, s.FLOW, "care:theatre"
                )
        helpers = [d for d in world.on[stay.department, day, "day"] if d is not stay.doctor]
        for one in (stay.doctor, world.pick(helpers)):
            world.does(
                day * DAY + 15 * HOUR + rng.random() * HOUR, one, p, s.NOTE, "care:doctor_team"
            )
        world.does(
            (day + 1) * DAY + 10 * HOUR,
            world.pick(world.on["手術室", day + 1, "day"]),
            p,
            s.CHART,
            "care:theatre_after",
        )
        if world.doctors("病理診断科") and rng.random() < 0.5:
            world.order(
                day * DAY,
                p,
                "pathology",
                stay.doctor,
                do=day + 1,
                until=day + 6,
                where="病理診断科",
                ward=stay.ward,
            )
            world.does(
                (day + rng.randrange(2, 7)) * DAY + 13 * HOUR,
                world.pick(world.doctors("病理診断科")),
                p,
                s.REPORT,
                "care:pathology",
            )

    def day(self, stay: Stay, day: int) -> None:
        """Look after one patient for a day."""
        world, rng, p = self.world, self.rng, stay.patient
        quiet = 0.35 if world.habit.stay > 60 else 1.0
        heavy = (2.0 if stay.ward == "ICU" else 1.0) * quiet
        hours = [7.2, 9.4, 10.6, 14.0, 16.2, 18.5, 22.0, 26.5, 29.8]
        nurses: dict[str, Staff | None] = {}
        for hour in hours:
            if rng.random() > 0.75 * heavy:
                continue
            shift = "d" if 8.5 <= hour < 17 else "n"
            if shift not in nurses or rng.random() < 0.25:
                nurses[shift] = world.pick(
                    world.duty_of(stay.ward, day + int(hour // 24), hour % 24)
                )
            at = (day * 24 + hour) * HOUR + rng.random() * HOUR
            what = rng.choice((s.FLOW, s.NURSING, s.CHART, s.FLOW, s.DO))
            world.does(at, nurses[shift], p, what, "care:ward_nurse")
        if rng.random() < 0.5 * quiet:  # the shift's handing over looks at everyone
            one = world.pick(world.on[stay.ward, day, "day"])
            world.does(
                day * DAY + 8.4 * HOUR + rng.random() * 1500, one, p, s.CHART, "care:ward_nurse"
            )
        present = world.on[stay.department, day, "day"]
        if stay.doctor in present or rng.random() < 0.25:
            for what in (s.CHART, s.NOTE, s.ORDER)[: rng.randrange(1, 4)]:
                if rng.random() < 0.85 * quiet + 0.1:
                    world.does(
                        day * DAY + 8 * HOUR + rng.random() * 11 * HOUR,
                        stay.doctor,
                        p,
                        what,
                        "care:doctor",
                    )
        if rng.random() < 0.4 * quiet:
            world.does(
                day * DAY + 8.6 * HOUR + rng.random() * 9 * HOUR,
                world.pick(present),
                p,
                s.CHART,
                "care:doctor_team",
            )
        for wanted, share in world.habit.bed_orders.items():
            if rng.random() < share * (1.0 if world.works(day) else 0.35):
                self.order(stay, day, wanted)
        if rng.random() < 0.1 * quiet:
            world.does(
                day * DAY + 10 * HOUR + rng.random() * 6 * HOUR,
                world.pick(world.on["薬剤部", day, "day"]),
                p,
                s.MEDICINE,
                "care:ward_pharmacist",
            )
            world.tie(p, "薬剤部", day, day)
        if rng.random() < 0.05 * quiet and "地域連携室" in world.habit.shares:
            world.does(
                day * DAY + 10 * HOUR + rng.random() * 6 * HOUR,
                world.pick(world.on["地域連携室", day, "day"]),
                p,
                s.CHART,
                "care:discharge_support",
            )
            world.tie(p, "地域連携室", day, stay.end + 7)

    def leave(self, stay: Stay) -> None:
        """Discharge, and what comes afterwards: summary, late charting, coding, claims."""
        world, rng, p = self.world, self.rng, stay.patient
        end = stay.end
        if end > world.days:
            return
        nurse = world.pick(world.on[stay.ward, end, "day"])
        world.does(
            end * DAY + 9.5 * HOUR + rng.random() * HOUR, nurse, p, s.NURSING, "care:ward_nurse"
        )
        world.does(
            end * DAY + 10.5 * HOUR + rng.random() * HOUR,
            world.pick(world.on["医事課", end, "day"]),
            p,
            s.BILL,
            "care:billing",
        )
        if nurse and rng.random() < 0.25:
            world.does(
                (end + rng.randrange(1, 6)) * DAY + 17.5 * HOUR + rng.random() * HOUR,
                nurse,
                p,
                s.NURSING,
                "odd:late_charting",
            )
        late = end + int(rng.expovariate(1 / 6))
        world.does(
            late * DAY + 18 * HOUR + rng.random() * 2 * HOUR,
            stay.doctor,
            p,
            s.SUMMARY,
            "care:summary",
        )
        coder = world.pick(world.people("診療情報管理室"))
        code = end + rng.randrange(2, 24)
        if coder and world.works(code):
            for _ in range(rng.randrange(1, 4)):
                world.does(
                    code * DAY + 9 * HOUR + rng.random() * 7 * HOUR, coder, p, s.CODE, "care:coding"
                )
        world.tie(p, "診療情報管理室", end, end + 75)
