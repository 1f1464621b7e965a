"""Injected misuse, each matter with its truth: mostly by people without a tie of care."""

from __future__ import annotations

from collections.abc import Sequence

from tests.simulator import screens as s
from tests.simulator.world import DAY, HOUR, NOBODY, Staff, World

LOOK = (s.CHART, s.RESULT, (s.NURSING[0], s.CHART[1]), s.MEDICINE, s.PROFILE, s.IMAGE)
"""Who is curious reads; nobody writes nursing records of a stranger."""
_CLINICAL = {
    "看護師", "准看護師", "臨床検査技師", "診療放射線技師", "薬剤師", "理学療法士", "事務職員",
    "医師", "研修医", "管理栄養士", "医師事務作業補助者", "病棟クラーク", "精神保健福祉士",
    "作業療法士", "社会福祉士", "臨床工学技士",
}  # fmt: skip


def inject(world: World) -> None:
    """Inject every kind; a larger hospital gets more of each."""
    Misuse(world).all()


class Misuse:
    """Chooses people and patients, and lets records be opened that no work asks for."""

    def __init__(self, world: World) -> None:
        """Nobody is chosen twice."""
        self.world = world
        self.rng = world.rng
        self.used: set[str] = set()
        self.staff = [
            one
            for one in world.staff
            if one.kind == "person" and one.gone is None and one.duty in _CLINICAL
        ]
        self.lying: dict[int, list[int]] = {}
        for stay in world.stays:
            for day in range(max(0, stay.first), min(stay.last, world.days - 1) + 1):
                self.lying.setdefault(day, []).append(stay.patient)

    def all(self) -> None:
        """Inject every kind, more of each in a larger place; a small one has a few of them."""
        size = self.world.size
        kinds = [
            self.famous, self.colleague, self.colleague, self.family, self.family, self.own,
            self.own, self.neighbour, self.former_partner, self.bulk, self.enumeration, self.export,
            self.night_elsewhere, self.deceased, self.shared_id, self.vendor, self.trainee,
            self.leaver, self.lent_id, self.celebrity_at_night, self.in_bed_elsewhere, self.tied_colleague,
            self.tied_family,
        ]  # fmt: skip
        if size < 300:
            kinds = self.rng.sample(kinds, max(4, len(kinds) * size // 400))
        for kind in kinds:
            for _ in range(max(1, round(size / 400))):
                kind()

    def someone(self, *, duties: Sequence[str] = ()) -> Staff:
        """Return a person not chosen before."""
        able = [one for one in self.staff if one.id not in self.used]
        able = [one for one in able if not duties or one.duty in duties] or able
        chosen = self.rng.choice(able or self.staff)
        self.used.add(chosen.id)
        return chosen

    def day_of(self, who: Staff, *, shift: str = "day") -> int:
        """Return a day in the month on which the person worked that turn."""
        mine = [
            turn.day
            for turn in self.world.turns
            if turn.who is who and 2 <= turn.day < self.world.days - 1 and turn.shift == shift
        ]
        return self.rng.choice(mine) if mine else self.rng.randrange(3, self.world.days - 2)

    def stranger(self, who: Staff, day: int, *, lying: bool = False) -> int:
        """Return a patient with whom the person has nothing to do, in a bed if wanted."""
        world = self.world
        pool = self.lying.get(day, []) if lying else range(len(world.patients))
        for _ in range(600):
            if not pool:
                break
            patient = self.rng.choice(pool)
            if not world.is_tied(who, patient, day):
                return patient
        return self.rng.randrange(len(world.patients))

    def look(
        self, label: int, who: Staff, patient: int, day: int, hour: float, times: int = 0
    ) -> None:
        """Open some screens of one patient."""
        at = day * DAY + hour * HOUR
        for what in self.rng.sample(LOOK, times or self.rng.randrange(1, 5)):
            self.world.note(at, who, patient, what, label)
            at += 25 + self.rng.random() * 180

    def untied(self, patients: Sequence[int], who: Staff, day: int) -> list[int]:
        """Return those of `patients` with whom the person has nothing to do."""
        return [p for p in patients if not self.world.is_tied(who, p, day)]

    def famous(self) -> None:
        """A man of whom the news speaks is brought in; people from all over look."""
        world, rng = self.world, self.rng
        day = rng.randrange(6, world.days - 6)
        pool = self.lying.get(day) or [
            visit.patient for visit in world.visits if int(visit.at // DAY) == day
        ]
        patient = rng.choice(pool) if pool else rng.randrange(len(world.patients))
        world.vips.append(patient)
        label = world.open_incident("vip_by_many")
        for _ in range(max(4, min(14, world.size // 30))):
            who = self.someone()
            then = day + rng.randrange(3)
            if not world.is_tied(who, patient, then):
                self.look(label, who, patient, then, rng.uniform(8, 21), rng.randrange(1, 3))

    def celebrity_at_night(self) -> None:
        """One person looks at somebody on the list of VIPs."""
        world = self.world
        patient = self.rng.randrange(len(world.patients))
        world.vips.append(patient)
        who = self.someone()
        day = self.day_of(who)
        if not world.is_tied(who, patient, day):
            self.look(
                world.open_incident("vip_by_one"), who, patient, day, self.rng.uniform(12, 20)
            )

    def _colleagues(self, who: Staff) -> list[int]:
        return [x.patient for x in self.world.staff if x.patient is not None and x is not who]

    def colleague(self) -> None:
        """Somebody looks at a colleague's record."""
        who = self.someone()
        day = self.day_of(who)
        found = self.untied(self._colleagues(who), who, day)
        if found:
            label = self.world.open_incident("colleague")
            self.look(label, who, self.rng.choice(found), day, self.rng.uniform(9, 19))

    def _family(self, who: Staff) -> list[int]:
        if "宿舎" in who.address:
            return []
        return [
            n
            for n, p in enumerate(self.world.patients)
            if p.address == who.address and n != who.patient
        ]

    def family(self) -> None:
        """Somebody looks at the record of a person at home."""
        for _ in range(60):
            who = self.someone()
            day = self.day_of(who)
            found = self.untied(self._family(who), who, day)
            if found:
                label = self.world.open_incident("family")
                self.look(label, who, self.rng.choice(found), day, self.rng.uniform(9, 20))
                return
            self.used.discard(who.id)

    def own(self) -> None:
        """Somebody reads their own record."""
        for _ in range(60):
            who = self.someone()
            day = self.day_of(who)
            if who.patient is not None and not self.world.is_tied(who, who.patient, day):
                label = self.world.open_incident("own_record")
                self.look(label, who, who.patient, day, self.rng.uniform(11, 14))
                return
            self.used.discard(who.id)

    def neighbour(self) -> None:
        """Somebody looks at who lives next door: same block, another number."""
        for _ in range(60):
            who = self.someone()
            day = self.day_of(who)
            block = who.address.rsplit("-", 1)[0] + "-"
            near = [n for n, p in enumerate(self.world.patients)
                    if p.address.startswith(block) and p.address != who.address]  # fmt: skip
            found = self.untied(near, who, day)
            if found:
                label = self.world.open_incident("neighbour")
                self.look(label, who, self.rng.choice(found), day, self.rng.uniform(12, 20))
                return
            self.used.discard(who.id)

    def former_partner(self) -> None:
        """Somebody comes back to one person again and again."""
        who = self.someone()
        patient = self.stranger(who, 15)
        label = self.world.open_incident("former_partner")
        for _ in range(self.rng.randrange(4, 8)):
            self.look(label, who, patient, self.day_of(who), self.rng.uniform(9, 19), 1)

    def bulk(self) -> None:
        """Somebody reads through dozens of records in an evening."""
        who = self.someone()
        day = self.day_of(who)
        label = self.world.open_incident("bulk_browsing")
        at = day * DAY + 17.5 * HOUR
        for _ in range(self.rng.randrange(35, 70)):
            self.world.note(at, who, self.stranger(who, day), s.CHART, label)
            at += self.rng.uniform(15, 90)

    def enumeration(self) -> None:
        """Somebody opens number after number."""
        who = self.someone()
        day = self.day_of(who)
        label = self.world.open_incident("enumeration")
        first = self.rng.randrange(len(self.world.patients) - 40)
        at = day * DAY + 12.2 * HOUR
        for step in range(self.rng.randrange(14, 30)):
            if self.rng.random() < 0.9:
                self.world.note(at, who, first + step, s.PROFILE, label)
            at += self.rng.uniform(6, 40)

    def export(self) -> None:
        """Somebody takes lists out."""
        who = self.someone(duties=("看護師", "医師", "理学療法士", "事務職員"))
        day = self.day_of(who)
        label = self.world.open_incident("export_of_lists")
        for _ in range(self.rng.randrange(2, 6)):
            at = day * DAY + 18.2 * HOUR + self.rng.random() * HOUR
            self.world.note(at, who, NOBODY, s.OUT, label)

    def night_elsewhere(self) -> None:
        """A nurse on a quiet night reads through another ward."""
        world = self.world
        if len(world.wards) < 2:
            return
        who = self.someone(duties=("看護師",))
        day = self.day_of(who, shift="night")
        label = world.open_incident("night_other_ward")
        for _ in range(self.rng.randrange(5, 12)):
            patient = self.stranger(who, day, lying=True)
            self.look(label, who, patient, day, self.rng.uniform(25, 29), 1)

    def deceased(self) -> None:
        """Somebody opens the record of a person dead for a long time."""
        world = self.world
        who = self.someone()
        day = self.day_of(who)
        dead = [n for n, p in enumerate(world.patients) if p.died is not None and p.died < -150]
        found = self.untied(dead, who, day)
        label = world.open_incident("deceased")
        self.look(label, who, self.rng.choice(found), day, self.rng.uniform(10, 19))

    def in_bed_elsewhere(self) -> None:
        """Somebody is curious about one patient of another ward or clinic."""
        world = self.world
        who = self.someone()
        day = self.day_of(who)
        today = [visit.patient for visit in world.visits if int(visit.at // DAY) == day]
        found = self.untied(self.lying.get(day) or today, who, day)
        if found:
            label = world.open_incident("curious_once")
            self.look(label, who, self.rng.choice(found), day, self.rng.uniform(9, 19), 3)

    def shared_id(self) -> None:
        """Somebody uses a ward's shared id to look where it has no business."""
        world = self.world
        shared = [one for one in world.staff if one.kind == "shared"]
        who = self.rng.choice(shared)
        day = self.rng.randrange(3, world.days - 2)
        label = world.open_incident("shared_id")
        for _ in range(self.rng.randrange(6, 15)):
            self.look(label, who, self.stranger(who, day), day, self.rng.uniform(22, 26), 1)

    def vendor(self) -> None:
        """A vendor's id is used outside any plan."""
        world = self.world
        who = self.rng.choice([one for one in world.staff if one.kind == "vendor"])
        planned = {int(begin // DAY) for _, one, _, begin, _ in world.plans if one is who}
        day = self.rng.choice([d for d in range(2, world.days - 2) if d not in planned])
        label = world.open_incident("vendor_out_of_plan")
        at = day * DAY + 22.0 * HOUR
        for _ in range(self.rng.randrange(4, 10)):
            world.note(at, who, self.rng.randrange(len(world.patients)), s.CHART, label, "MNT01")
            at += self.rng.uniform(30, 300)

    def trainee(self) -> None:
        """A trainee's id goes on being used after the placement."""
        world = self.world
        who = self.rng.choice([one for one in world.staff if one.kind == "trainee"])
        day = (who.gone or 11) + self.rng.randrange(3, 9)
        label = world.open_incident("trainee_after_placement")
        for _ in range(3):
            self.look(label, who, self.stranger(who, day), day, self.rng.uniform(13, 18), 1)

    def leaver(self) -> None:
        """The id of somebody who left is used."""
        world = self.world
        gone = [
            one
            for one in world.staff
            if one.gone is not None and one.kind == "person" and one.id not in self.used
        ]
        if not gone:
            return
        who = self.rng.choice(gone)
        self.used.add(who.id)
        day = self.rng.randrange(2, world.days - 2)
        label = world.open_incident("left_id")
        for _ in range(self.rng.randrange(2, 6)):
            self.look(label, who, self.stranger(who, day), day, self.rng.uniform(17, 23), 1)

    def lent_id(self) -> None:
        """Somebody elsewhere uses the id of a nurse who is at work at that very time."""
        world = self.world
        who = self.someone(duties=("看護師",))
        day = self.day_of(who)
        label = world.open_incident("lent_id")
        mine = [e[0] for e in world.events if e[1] is who and int(e[0] // DAY) == day]
        at = (self.rng.choice(mine) if mine else day * DAY + 11.0 * HOUR) + 20
        place = self.rng.choice([p for p in world.codes if p not in who.places(day)])
        for _ in range(self.rng.randrange(4, 9)):
            world.note(at, who, self.stranger(who, day), s.CHART, label, f"{world.codes[place]}-09")
            at += self.rng.uniform(20, 90)

    def tied_colleague(self) -> None:
        """A colleague is treated in the person's own place, and they look without being asked."""
        for _ in range(60):
            who = self.someone()
            day = self.day_of(who)
            found = [
                p
                for p in self._colleagues(who)
                if self.world.is_tied(who, p, day, before=0, after=0)
            ]
            if found:
                label = self.world.open_incident("colleague_with_tie", tied=True)
                self.look(label, who, self.rng.choice(found), day, self.rng.uniform(12, 19))
                return
            self.used.discard(who.id)

    def tied_family(self) -> None:
        """Somebody at home is treated in the person's own place."""
        for _ in range(60):
            who = self.someone()
            day = self.day_of(who)
            found = [
                p for p in self._family(who) if self.world.is_tied(who, p, day, before=7, after=3)
            ]
            if found:
                label = self.world.open_incident("family_with_tie", tied=True)
                self.look(label, who, self.rng.choice(found), day, self.rng.uniform(12, 19))
                return
            self.used.discard(who.id)
