"""Injected misuse, each matter with its truth. Simulated, and called so everywhere."""

from __future__ import annotations

from sekisho.app.demo.days import (
    DAY,
    HOUR,
    OUT,
    PRINT,
    READ,
    Month,
    clinic,
    desk,
    ward_terminal,
)
from sekisho.app.demo.oddities import Opened
from sekisho.app.demo.people import Staff

CHART = ("カルテ", READ)


class Misuse:
    """Adds the matters that a review should put before a person."""

    def __init__(self, month: Month, rows: int, opened: Opened) -> None:
        self.month = month
        self.place = month.place
        self.rng = month.rng
        self.rows = rows
        self.opened = opened
        self.ties = self._ties()
        self.used = {s.id for s in self.place.keepers()}

    def _ties(self) -> set[int]:
        """Patients with any visit or stay: a stranger is chosen outside them."""
        tied = {visit.patient for visit in self.month.visits}
        return tied | {stay.patient for stay in self.month.stays}

    def _someone(self, duties: set[str], *, patient: bool = False) -> Staff:
        """Return a person not yet used for another matter."""
        people = [
            s
            for s in self.place.people()
            if s.duty in duties and s.id not in self.used and (not patient or s.patient is not None)
        ]
        people = people or [s for s in self.place.people() if s.id not in self.used]
        chosen = people[self.rng.randrange(len(people))]
        self.used.add(chosen.id)
        return chosen

    def _stranger(self) -> int:
        """Return a patient without any visit or stay, where there is one."""
        for _ in range(400):
            patient = self.rng.randrange(len(self.place.patients))
            if patient not in self.ties:
                break
        return patient

    def _where(self, who: Staff, day: int) -> str:
        if who.ward:
            ward = [name for name, _ in self.place.wards].index(who.ward)
            return ward_terminal(self.place, ward, who, day)
        return desk(who)

    def _day(self, early: int = 3) -> int:
        return self.rng.randrange(early, self.place.days - 2)

    def all(self) -> None:
        """Add every kind; larger hospitals get some kinds more than once."""
        several = 1 if self.rows < 50_000 else 3
        self.leaver()
        for _ in range(several):
            self.colleague()
        for _ in range(max(1, several - 1)):
            self.household()
        for _ in range(several):
            self.own()
        self.famous()
        self.enumeration()
        self.export()
        self.two_places()
        self.refused()
        self.again_and_again()

    def leaver(self) -> None:
        """A former clerk's id is used at night."""
        who = self.place.leaver
        assert who is not None
        matter = self.opened("leaver")
        at = 12.0 * DAY + 22 * HOUR + 11 * 60
        for _ in range(4):
            self.month.note(at, who, self._stranger(), CHART, "PC-受付-09", matter=matter)
            at += 70 + self.rng.random() * 240

    def colleague(self) -> None:
        """Somebody reads a colleague's chart."""
        who = self._someone({"看護師", "事務職員", "理学療法士"})
        others = [s for s in self.place.people() if s.patient is not None and s.id != who.id]
        free = [s for s in others if s.patient not in self.ties] or others
        if not free:
            return
        patient = free[self.rng.randrange(len(free))].patient
        assert patient is not None
        matter, day = self.opened("colleague"), self._day()
        at = day * DAY + 13 * HOUR + self.rng.random() * 5 * HOUR
        for what in (CHART, ("検査結果", READ), ("病名", READ)):
            self.month.note(at, who, patient, what, self._where(who, day), matter=matter)
            at += 40 + self.rng.random() * 120

    def household(self) -> None:
        """Somebody reads the chart of a person living at the same address."""
        patients = self.place.patients
        homes = {s.address for s in self.place.people() if s.id not in self.used}
        family = [
            p
            for p, patient in enumerate(patients)
            if patient.address in homes and p not in self.ties
        ]
        pairs = [
            (s, p)
            for p in family
            for s in self.place.people()
            if s.address == patients[p].address and s.patient != p and s.id not in self.used
        ]
        if not pairs:
            return
        who, p = pairs[self.rng.randrange(len(pairs))]
        self.used.add(who.id)
        matter, day = self.opened("household"), self._day()
        at = day * DAY + 17.4 * HOUR + self.rng.random() * 2_000
        for what in (CHART, ("検査結果", READ)):
            self.month.note(at, who, p, what, self._where(who, day), matter=matter)
            at += 90

    def own(self) -> None:
        """Somebody reads their own record."""
        who = self._someone({"看護師", "臨床検査技師", "事務職員", "医師"}, patient=True)
        if who.patient is None:
            who.patient = self._stranger()
            own = self.place.patients[who.patient]
            own.name, own.kana, own.address = who.name, who.kana, who.address
        matter, day = self.opened("own_record"), self._day()
        at = day * DAY + 12.2 * HOUR + self.rng.random() * 3_000
        for what in (("検査結果", READ), CHART)[: 1 + self.rng.randrange(2)]:
            self.month.note(at, who, who.patient, what, self._where(who, day), matter=matter)
            at += 75

    def famous(self) -> None:
        """A well-known patient is brought in, and many open the chart out of curiosity."""
        patient = self._stranger()
        matter, day = self.opened("curiosity"), 14
        people = [s for s in self.place.people() if s.id not in self.used]
        for who in self.rng.sample(people, min(max(6, self.rows // 9_000), 24, len(people))):
            at = (day + self.rng.randrange(3)) * DAY + 9 * HOUR + self.rng.random() * 12 * HOUR
            where = self._where(who, day)
            self.month.note(at, who, patient, CHART, where, matter=matter)
            if self.rng.random() < 0.5:
                self.month.note(at + 60, who, patient, ("画像", READ), where, matter=matter)

    def enumeration(self) -> None:
        """Charts are opened one after another by their numbers."""
        who = self._someone({"事務職員", "看護師"})
        matter, day = self.opened("enumeration"), self._day(8)
        count = min(45, len(self.place.patients) // 4)
        first = self.rng.randrange(len(self.place.patients) - count)
        at = day * DAY + 12.3 * HOUR
        for step in range(count):
            self.month.note(at, who, first + step, CHART, self._where(who, day), matter=matter)
            at += 11 + self.rng.random() * 16

    def export(self) -> None:
        """Lists and summaries leave in bulk in the evening."""
        who = self._someone({"医師", "事務職員"})
        matter, day = self.opened("bulk_export"), self._day(8)
        at = day * DAY + 20.6 * HOUR
        for step in range(min(40, len(self.place.patients) // 5)):
            patient = -1 if step % 10 == 0 else self._stranger()
            what = ("患者一覧", OUT) if patient < 0 else ("診療情報", OUT if step % 2 else PRINT)
            self.month.note(at, who, patient, what, desk(who), matter=matter)
            at += 20 + self.rng.random() * 45

    def two_places(self) -> None:
        """One id works at two distant terminals within the same minutes."""
        who = self._someone({"看護師"})
        matter, day = self.opened("two_places"), self._day()
        at = day * DAY + 14.5 * HOUR
        for step in range(8):
            where = clinic(0, who) if step % 2 else self._where(who, day)
            where = "PC-連携-31" if where == self._where(who, day) and step % 2 else where
            self.month.note(at, who, self._stranger(), CHART, where, matter=matter)
            at += 35 + self.rng.random() * 40

    def refused(self) -> None:
        """Access is refused several times, and then it succeeds by another way."""
        who = self._someone({"事務職員", "理学療法士", "管理栄養士"})
        matter, day = self.opened("refused_then_success"), self._day()
        patient, at = self._stranger(), day * DAY + 18.1 * HOUR
        for step in range(6):
            last = step == 5
            what = ("緊急参照", READ) if last else ("精神科記録", READ)
            outcome = "成功" if last else "拒否"
            self.month.note(
                at, who, patient, what, self._where(who, day), matter=matter, outcome=outcome
            )
            at += 25 + self.rng.random() * 30

    def again_and_again(self) -> None:
        """The same patient is read on seven days on which there was no care."""
        who = self._someone({"看護師", "臨床検査技師"})
        patient, matter = self._stranger(), self.opened("repeated")
        for day in sorted(self.rng.sample(range(1, self.place.days), 7)):
            at = day * DAY + (7 + self.rng.random() * 15) * HOUR
            what = (CHART, ("検査結果", READ), ("診療記録", READ))[day % 3]
            self.month.note(at, who, patient, what, self._where(who, day), matter=matter)
