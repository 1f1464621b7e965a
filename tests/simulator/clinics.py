"""Outpatients: booked, come or not, are sent for tests; the emergency room at any hour."""

from __future__ import annotations

from tests.simulator import screens as s
from tests.simulator.habits import EXECUTES
from tests.simulator.wards import Wards
from tests.simulator.world import DAY, HOUR, Booking, Staff, Visit, World


def see_outpatients(world: World) -> None:
    """Let clinics be held through the time before and in the month."""
    Clinics(world).live()


class Clinics:
    """Clinics of each weekday, and who is followed by whom."""

    def __init__(self, world: World) -> None:
        """Give each department people who come back to it."""
        self.world = world
        self.rng = world.rng
        self.own: dict[str, list[int]] = {}
        self.doctor: dict[tuple[str, int], Staff] = {}
        seen = [d for d in world.habit.departments if d not in {"麻酔科", "放射線科", "病理診断科"}]
        self.weights = [3.0 if n < 2 else 1.2 if n < 6 else 0.7 for n, _ in enumerate(seen)]
        self.departments = seen
        alive = [n for n, patient in enumerate(world.patients) if patient.died is None]
        for department in seen:
            self.own[department] = self.rng.sample(alive, max(20, len(alive) // 12))

    def live(self) -> None:
        """Go through the days: what was booked, who walked in, who was brought in."""
        world, rng = self.world, self.rng
        start = -max(world.habit.history, 45) - 5
        booked: dict[int, list[Booking]] = {}
        for day in range(start, world.days + 1):
            if world.works(day):
                count = round(world.habit.visits * world.size * rng.uniform(0.85, 1.15))
                today = booked.pop(day, [])
                for booking in today:
                    self.come(booking, booked)
                for _ in range(max(count // 5, count - len(today))):
                    department = rng.choices(self.departments, self.weights)[0]
                    patient = rng.choice(self.own[department])
                    if rng.random() < 0.3:
                        patient = int(rng.random() * len(world.patients))
                    if world.patients[patient].died is None:
                        self.walk_in(patient, department, day, booked)
            arrivals = world.habit.arrivals * world.size
            for _ in range(int(arrivals + rng.random())):
                self.arrive(day)

    def physician(self, department: str, patient: int, day: int) -> Staff:
        """Return the doctor who follows this patient, or who is on today."""
        known = self.doctor.get((department, patient))
        if known is not None:
            return known
        here = self.world.on[department, day, "day"] or self.world.doctors(department)
        chosen = self.world.pick(here) or self.world.staff[0]
        self.doctor[department, patient] = chosen
        return chosen

    def book(
        self, department: str, patient: int, day: int, booked: dict[int, list[Booking]]
    ) -> None:
        """Book the next visit, two to nine weeks on."""
        world, rng = self.world, self.rng
        then = day + rng.choice((7, 14, 14, 28, 28, 42, 56, 63))
        while not world.works(then) and then < world.days + 30:
            then += 1
        at = then * DAY + rng.choice((9, 9.5, 10, 10.5, 11, 13.5, 14)) * HOUR
        doctor = self.physician(department, patient, day)
        made = Booking(patient, at, department, doctor, day, came=rng.random() > 0.06)
        world.bookings.append(made)
        booked.setdefault(then, []).append(made)
        if rng.random() < 0.3:
            self.world.does(
                day * DAY + 12 * HOUR + rng.random() * HOUR,
                world.pick(world.on["外来", day, "day"]),
                patient,
                s.BOOK,
                "care:books",
            )

    def come(self, booking: Booking, booked: dict[int, list[Booking]]) -> None:
        """Prepare a booked visit, and receive the patient where they come."""
        world, rng, p = self.world, self.rng, booking.patient
        day = int(booking.at // DAY)
        if world.patients[p].died is not None:
            booking.came = False
            return
        clerks = world.on["医療秘書課", day - 1, "day"] or world.on["外来", day - 1, "day"]
        world.tie(p, booking.department, day - 7, day + 14)
        world.tie(p, "外来", day - 4, day + 4)
        if rng.random() < 0.3:
            ahead = next((n for n in (1, 2, 3, 4) if world.works(day - n)), 1)
            clerks = (
                world.on["医療秘書課", day - ahead, "day"] or world.on["外来", day - ahead, "day"]
            )
            world.tie(p, "医療秘書課", day - ahead, day)
            self.world.does(
                (day - ahead) * DAY + 15 * HOUR + rng.random() * 2 * HOUR,
                world.pick(clerks),
                p,
                s.CHART,
                "care:prepares_clinic",
            )
        if rng.random() < 0.15:
            self.world.does(
                (day - 1) * DAY + 18 * HOUR + rng.random() * 2 * HOUR,
                booking.doctor,
                p,
                s.CHART,
                "care:doctor_prepares",
            )
        if not booking.came:
            self.world.does(booking.at + 2 * HOUR, booking.doctor, p, s.CHART, "odd:did_not_come")
            if rng.random() < 0.5:
                self.world.does(
                    booking.at + 4 * HOUR,
                    world.pick(world.on["外来", day, "day"]),
                    p,
                    s.BOOK,
                    "odd:did_not_come",
                )
            return
        self.see(p, booking.department, booking.doctor, booking.at, new=False)
        if rng.random() < 0.75:
            self.book(booking.department, p, day, booked)

    def walk_in(
        self, patient: int, department: str, day: int, booked: dict[int, list[Booking]]
    ) -> None:
        """Receive somebody without an appointment."""
        at = day * DAY + 8.6 * HOUR + self.rng.random() * 5 * HOUR
        here = self.world.on[department, day, "day"]
        doctor = self.world.pick(here) or self.physician(department, patient, day)
        self.see(patient, department, doctor, at, new=True)
        if self.rng.random() < 0.5:
            self.doctor.setdefault((department, patient), doctor)
            self.book(department, patient, day, booked)

    def see(self, p: int, department: str, doctor: Staff, at: float, *, new: bool) -> None:
        """See one patient: desk, nurse, doctor, tests, the bill; results later."""
        world, rng = self.world, self.rng
        day = int(at // DAY)
        if doctor not in world.on[department, day, "day"]:  # away today: somebody else sees them
            doctor = world.pick(world.on[department, day, "day"]) or doctor
        world.visits.append(Visit(p, at, department, doctor, new, registered=at))
        world.tie(p, department, day - 5, day + 21)
        world.tie(p, "医事課", day - 3, day + 75)
        world.tie(p, "外来", day - 4, day + 4)
        desk = world.on["医事課", day, "day"]
        self.world.does(at, world.pick(desk), p, s.RECEPTION, "care:desk")
        if day < -1:
            self.tests(p, doctor, day, at)
            return
        nurse = world.pick(world.on["外来", day, "day"])
        if rng.random() < 0.7:
            self.world.does(at + 600, nurse, p, s.PROFILE, "care:clinic_nurse")
        start = at + 1200 + rng.random() * 3000
        looked = (s.CHART, rng.choice((s.RESULT, s.RESULT, s.IMAGE)), s.NOTE, s.MEDICINE)
        for step, what in enumerate(looked[: rng.randrange(2, 5)]):
            self.world.does(start + step * 120, doctor, p, what, "care:clinic_doctor")
        helper = world.pick(world.on["医療秘書課", day, "day"])
        if helper and rng.random() < 0.25:
            self.world.does(start + 200, helper, p, s.NOTE, "care:writes_for_doctor")
            world.tie(p, "医療秘書課", day, day + 3)
        self.tests(p, doctor, day, at)
        self.world.does(
            start + 1500 + rng.random() * 2000, world.pick(desk), p, s.BILL, "care:billing"
        )
        luck = rng.random()
        if luck < 0.1:
            late = day + rng.randrange(1, 9)
            self.world.does(
                late * DAY + 17.5 * HOUR + rng.random() * 2 * HOUR,
                doctor,
                p,
                s.RESULT,
                "care:doctor_results",
            )
        elif luck < 0.14:  # remembered weeks later
            late = day + rng.randrange(15, 50)
            self.world.does(
                late * DAY + 17.5 * HOUR + rng.random() * 3 * HOUR,
                doctor,
                p,
                s.RESULT,
                "odd:own_patient_later",
            )
            world.tie(p, doctor.id, late, late)
        if new and rng.random() < 0.12 and "地域連携室" in world.habit.shares:
            world.tie(p, "地域連携室", day - 1, day + 14)
            self.world.does(
                (day + rng.randrange(0, 6)) * DAY + 14 * HOUR,
                world.pick(world.people("地域連携室")),
                p,
                s.LETTER,
                "care:liaison_letter",
            )

    def tests(self, p: int, doctor: Staff, day: int, at: float) -> None:
        """Send for tests; some are done today, some on another day."""
        world, rng = self.world, self.rng
        for what, share in world.habit.orders.items():
            if rng.random() >= share:
                continue
            where = EXECUTES[what]
            if where not in world.habit.shares:
                continue
            do = (
                day
                if what in {"lab", "prescription", "injection"} or rng.random() < 0.5
                else day + rng.randrange(1, 21)
            )
            while not world.works(do) and do != day:
                do += 1
            entered = doctor
            if rng.random() < 0.08:
                entered = world.pick(world.on["医療秘書課", day, "day"]) or doctor
            made = world.order(at + 900, p, what, doctor, do=do, where=where, entered=entered)
            self.world.does(made.at, entered, p, s.ORDER, "care:order_entry")
            if rng.random() > {"lab": 0.3, "prescription": 0.9}.get(what, 1.0):
                continue
            one = world.pick(world.on[where, do, "day"])
            made.executor = one
            then = (
                do * DAY + 9.5 * HOUR + rng.random() * 6 * HOUR
                if do != day
                else at + 1800 + rng.random() * 4000
            )
            self.world.does(then, one, p, s.DO, f"care:executes_{what}")
            if rng.random() < 0.3:
                self.world.does(then - 300, one, p, s.CHART, f"care:executes_{what}")
            if what == "imaging" and rng.random() < 0.6:
                reader = world.pick(world.on["放射線科", do, "day"])
                world.tie(p, "放射線科", do, do + 2)
                self.world.does(
                    then + HOUR + rng.random() * 4 * HOUR, reader, p, s.REPORT, "care:reads_images"
                )

    def arrive(self, day: int) -> None:
        """Receive somebody at the emergency room; the desk often learns of it hours later."""
        world, rng = self.world, self.rng
        hour = rng.choice((rng.uniform(0, 24), rng.uniform(17, 26)))
        at = day * DAY + hour * HOUR
        day = int(at // DAY)
        department = rng.choice(world.habit.departments[:6])
        patient = int(rng.random() * len(world.patients))
        if world.patients[patient].died is not None:
            return
        night = world.duty_of("当直", day, hour % 24) or world.on[department, day, "day"]
        mine = [d for d in world.people("救急外来") if d.department]
        doctor = world.pick(
            world.on["救急科", day, "day"] if rng.random() < 0.5 else night
        ) or world.pick(mine)
        if doctor is None:
            return
        if not doctor.department:
            return
        late = rng.random()
        registered = at + (600 if late < 0.6 else rng.uniform(2, 9) * HOUR)
        seen = "救急科" if "救急科" in world.habit.departments else department
        world.visits.append(
            Visit(
                patient,
                at,
                seen,
                doctor,
                new=True,
                registered=registered,
                emergency=True,
                listed=rng.random() < 0.98,
            )
        )
        world.tie(patient, "救急外来", day - 1, day + 2)
        world.tie(patient, "医事課", day - 1, day + 75)
        world.tie(patient, doctor.id, day - 1, day + 30)
        if rng.random() < 0.35:  # the ambulance called: they looked before it came
            self.world.does(
                at - 900,
                world.pick(world.duty_of("救急外来", day, hour % 24)),
                patient,
                s.CHART,
                "care:emergency_before",
            )
        for step in range(rng.randrange(2, 5)):
            self.world.does(
                at + 400 + step * 900,
                world.pick(world.duty_of("救急外来", day, hour % 24)),
                patient,
                rng.choice((s.CHART, s.NURSING, s.FLOW)),
                "care:emergency_nurse",
            )
            self.world.does(
                at + 700 + step * 1200,
                doctor,
                patient,
                rng.choice((s.CHART, s.NOTE, s.RESULT, s.IMAGE)),
                "care:emergency_doctor",
            )
        self.world.does(
            registered,
            world.pick(world.duty_of("医事課", int(registered // DAY), registered % DAY / HOUR)),
            patient,
            s.RECEPTION,
            "care:desk",
        )
        for what, share in (("lab", 0.7), ("imaging", 0.6)):
            if rng.random() < share:
                order = world.order(at + 1000, patient, what, doctor, do=day, where=EXECUTES[what])
                one = world.pick(world.duty_of(EXECUTES[what], day, hour % 24))
                order.executor = one
                self.world.does(at + 2400, one, patient, s.DO, f"care:executes_{what}")
        if rng.random() < 0.3 and world.wards:
            self.bring_up(patient, day)

    def bring_up(self, patient: int, day: int) -> None:
        """Admit somebody from the emergency room."""
        world = self.world
        wards = Wards(world)
        known = len(world.stays)
        wards.admit(day, patient=patient)
        for stay in world.stays[known:]:
            wards.round(stay)
