"""The SS-MIX2 標準化ストレージ that the record system writes out (Ver.1.2): one message a file.

Two volumes, as a hospital may split them: what happened to the patient (ADT), and the orders that
the standard has a kind for. What it has none for (surgery, dialysis, rehabilitation, consults)
stays in the CSV; appointments have no kind at all.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.simulator.books import Books
from tests.simulator.more_books import short
from tests.simulator.world import DAY, HOUR, Order, Patient, Staff, Stay, Visit

CARRIED = {
    "prescription": ("OMP-01", "RDE^O11^RDE_O11", "OMP-11"),
    "injection": ("OMP-02", "RDE^O11^RDE_O11", "OMP-12"),
    "lab": ("OML-01", "OML^O33^OML_O33", "OML-11"),
    "imaging": ("OMG-01", "OMG^O19^OMG_O19", "OMG-11"),
    "endoscopy": ("OMG-02", "OMG^O19^OMG_O19", "OMG-12"),
    "physiology": ("OMG-03", "OMG^O19^OMG_O19", "OMG-13"),
    "diet": ("OMD", "OMD^O03^OMD_O03", ""),
}
"""What → kind of the order, its MSH-9, and the kind of what was done on it."""
_DONE = {
    "OML-11": "OUL^R22^OUL_R22", "OMG-11": "OMI^Z23^OMI_Z23", "OMG-12": "ORU^R01^ORU_R01",
    "OMG-13": "ORU^R01^ORU_R01", "OMP-11": "RAS^O17^RAS_O17", "OMP-12": "RAS^O17^RAS_O17",
}  # fmt: skip
_NONE = "9" * 15
_SIDES = str.maketrans("東西南北", "EWSN")


class Storage:
    """Writes one month's storage."""

    def __init__(self, books: Books) -> None:
        """Write for the hospital of `books`."""
        self.books = books
        self.world = books.world
        self._before = {(x.patient, x.begin, x.last): x for x in self.world.stays}
        self._made: set[str] = set()
        self._sent = 0

    def movements(self, root: Path) -> Path:
        """Write patients, visits and stays at `root` and return it."""
        for number in range(len(self.world.patients)):
            self._person(root, number)
        for visit in self.world.visits:
            day = int(visit.registered // DAY)
            if visit.listed and day < self.world.days and not self.books.missing("visits", day):
                self._visit(root, visit)
        for stay in self.world.stays:
            if stay.first < self.world.days:
                self._stay(root, stay)
        return root

    def orders(self, root: Path) -> Path:
        """Write the orders that the standard has a kind for at `root` and return it."""
        for order in self.world.orders:
            if order.what in CARRIED and order.at < self.world.days * DAY:
                self._order(root, order)
        return root

    def _put(
        self, root: Path, kind: str, patient: int, sent: float, message: str, lines: list[str],
        *, day: float | None = None, number: str = _NONE, department: str = "-", flag: int = 1,
    ) -> None:  # fmt: skip
        """Write one file: the day's folder is ``-`` where there is no `day`."""
        who = self.world.patients[patient].id
        folder = self._moment(day)[:8] if day is not None else "-"
        above = f"{root}/{who[:3]}/{who[3:6]}/{who}/{folder}/{kind}"
        if above not in self._made:
            os.makedirs(above, exist_ok=True)  # noqa: PTH103 (no Path for each of 100,000 files)
            self._made.add(above)
        self._sent += 1
        stamp = f"{self.books.moment(sent):%Y%m%d%H%M%S}"
        head = (
            f"MSH|^~\\&|HIS|SEKISHO|GW|GW|{stamp}||{message}|{self._sent}|P|2.5||||||~ISO IR87||"
            "ISO 2022-1994|SS-MIX2_1.20^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO"
        )
        name = f"{who}_{folder}_{kind}_{number}_{stamp}{self._sent % 1000:03d}_{department}_{flag}"
        text = "\r".join([head, *lines]) + "\r"
        with open(f"{above}/{name}", "wb") as file:  # noqa: PTH123 (as above)
            file.write(text.encode("iso2022_jp", "replace"))

    def _pid(self, patient: Patient, *, whole: bool = False) -> str:
        name = f"{_names(patient.name)}^^^^^L^I~{_names(patient.kana)}^^^^^L^P"
        more = ""
        if whole:
            gone = "|"
            if patient.died is not None and patient.died < self.world.days:
                gone = f"{self._moment(patient.died * DAY)[:8]}|Y"
            more = (
                f"||{patient.born:%Y%m%d}|F|||^^^^^JPN^H^{patient.address}"
                f"||^PRN^PH^^^^^^^^^{patient.phone}{'|' * 16}{gone}"
            )
        return f"PID|0001||{patient.id}^^^^PI||{name}{more}"

    def _person(self, root: Path, number: int) -> None:
        pid = self._pid(self.world.patients[number], whole=True)
        lines = [f"EVN||{self._moment(-90 * DAY)}", pid, "PV1|0001|N"]
        self._put(root, "ADT-00", number, -90 * DAY, "ADT^A08^ADT_A01", lines)

    def _code(self, department: str) -> str:
        """Return the two digits that this hospital gives a department."""
        names = [*self.world.habit.departments, *self.world.habit.shares]
        return f"{names.index(department) + 1:02d}" if department in names else "-"

    def _visit(self, root: Path, visit: Visit) -> None:
        code = self._code(visit.department)
        at = self._moment(visit.registered)
        pv1 = {2: "E" if visit.emergency else "O", 3: f"{code}^^^^^C", 7: xcn(visit.doctor),
               10: f"{code}^{visit.department}^99Z01", 44: at}  # fmt: skip
        self._movement(
            root, "ADT-12", "ADT^A04^ADT_A01", visit.patient, visit.registered, pv1, code
        )

    def _stay(self, root: Path, stay: Stay) -> None:
        code = self._code(stay.department)
        ward = ward_of(stay.ward)
        number = stay.patient % 40 + 301
        begin = stay.begin * DAY + 10 * HOUR
        pv1 = {2: "I", 3: f"{ward}^{number}^1^^^N", 7: xcn(stay.doctor),
               10: f"{code}^{stay.department}^99Z01", 44: self._moment(begin)}  # fmt: skip
        if stay.first == stay.begin:
            if not stay.emergency:
                planned = [f"PV2|||||||||{self._moment(begin)[:8]}"]
                self._movement(
                    root, "ADT-21", "ADT^A14^ADT_A05", stay.patient, begin - 7 * DAY, pv1, code,
                    day=begin, more=planned,
                )  # fmt: skip
            self._movement(root, "ADT-22", "ADT^A01^ADT_A01", stay.patient, begin, pv1, code)
        else:
            before = self._before[stay.patient, stay.begin, stay.first].ward
            moved = stay.first * DAY + 14 * HOUR
            self._movement(
                root, "ADT-42", "ADT^A02^ADT_A02", stay.patient, moved,
                {**pv1, 6: f"{ward_of(before)}^^^^^N"}, code,
            )  # fmt: skip
        if stay.last == stay.end and stay.end < self.world.days:
            end = stay.end * DAY + 10.5 * HOUR
            self._movement(
                root, "ADT-52", "ADT^A03^ADT_A03", stay.patient, end,
                {**pv1, 45: self._moment(end)}, code,
            )  # fmt: skip

    def _movement(
        self, root: Path, kind: str, message: str, patient: int, at: float, pv1: dict[int, str],
        code: str, *, day: float | None = None, more: list[str] | None = None,
    ) -> None:  # fmt: skip
        stamp = self._moment(at)
        lines = [
            f"EVN||{stamp}||||{stamp}",
            self._pid(self.world.patients[patient]),
            segment("PV1", {1: "0001", **pv1}, 45),
            *(more or ()),
        ]
        self._put(
            root, kind, patient, at, message, lines, day=at if day is None else day, department=code
        )

    def _order(self, root: Path, order: Order) -> None:
        kind, message, done = CARRIED[order.what]
        code = self._code(order.department)
        number = f"{order.number:015d}"
        inside = order.ward is not None
        place = f"{ward_of(order.ward)}^^^^^N" if order.ward else f"{code}^^^^^C"
        patient = self._pid(self.world.patients[order.patient])
        pv1 = segment(
            "PV1", {1: "0001", 2: "I" if inside else "O", 3: place, 10: f"{code}^{order.department}^99Z01"}, 10
        )  # fmt: skip
        orc = {
            1: "NW", 2: number, 9: self._moment(order.at), 10: xcn(order.entered),
            12: xcn(order.doctor), 13: place, 17: f"{code}^{order.department}^99Z01",
            29: f"{'I' if inside else 'O'}^^HL70482",
        }  # fmt: skip
        first, last = (self._moment(n * DAY)[:8] for n in (order.do, order.until))
        span = f"TQ1|1||||||{first}|{last}"
        lines = [patient, pv1, segment("ORC", orc, 29), span]
        if order.what in {"prescription", "injection"}:
            lines += ["RXE||X^薬剤^99Z02|1||TAB"]
        elif order.what != "diet":
            lines += [
                segment("OBR", {1: "1", 2: number, 4: "E001^検査^99Z03", 16: xcn(order.doctor)}, 16)
            ]
        self._again(root, kind, order, message, lines, code, number)
        if done and order.do < self.world.days:
            self._done(root, done, order, [patient, pv1], orc, code)

    def _again(
        self, root: Path, kind: str, order: Order, message: str, lines: list[str], code: str,
        number: str,
    ) -> None:  # fmt: skip
        """Write the order, every thirtieth one twice: the version that was replaced stays beside it."""
        if order.number % 30 == 0:
            self._put(
                root, kind, order.patient, order.at, message, lines, day=order.at, number=number,
                department=code, flag=2,
            )  # fmt: skip
        self._put(
            root, kind, order.patient, order.at + 60, message, lines, day=order.at, number=number,
            department=code,
        )  # fmt: skip

    def _done(
        self, root: Path, kind: str, order: Order, head: list[str], orc: dict[int, str], code: str
    ) -> None:
        at = max(order.do * DAY + 11 * HOUR, order.at + HOUR)
        stamp = self._moment(at)
        who = xcn(order.executor) if order.executor else ""
        lines = [*head, segment("ORC", {**orc, 1: "SC"}, 29)]
        if kind in {"OMP-11", "OMP-12"}:
            lines.append(segment("RXA", {1: "0", 2: "1", 3: stamp, 5: "X^薬剤^99Z02", 10: who}, 11))
        else:
            obr = {1: "1", 2: f"{order.number:015d}", 4: "E001^検査^99Z03", 7: stamp,
                   16: xcn(order.doctor), 22: stamp, 25: "F",
                   34: who.replace("^", "&", 2) if who else ""}  # fmt: skip
            lines.append(segment("OBR", obr, 34))
            if kind == "OML-11":
                lines.insert(2, f"SPM|1|||BLD{'|' * 13}{stamp}")
        self._put(
            root, kind, order.patient, at + HOUR, _DONE[kind], lines, day=at,
            number=f"{order.number:015d}", department=code,
        )  # fmt: skip

    def _moment(self, at: float) -> str:
        return f"{self.books.moment(at):%Y%m%d%H%M%S}"


def segment(name: str, fields: dict[int, str], last: int) -> str:
    """Return a segment with these fields."""
    return "|".join([name, *(fields.get(n, "") for n in range(1, last + 1))])


def xcn(who: Staff) -> str:
    """Return a person as XCN: id, family name, given name."""
    return f"{who.id}^{_names(who.name)}"


def ward_of(place: str) -> str:
    """Return a ward as PV1-3 writes it: 3E."""
    return short(place).translate(_SIDES)


def _names(name: str) -> str:
    family, _, given = name.partition(" ")
    return f"{family}^{given}"
