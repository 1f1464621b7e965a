"""Who works there and who is treated there: the fictitious staff and patients."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from sekisho.app.demo.names import DEPARTMENTS, GIVEN, SURNAMES, TOWNS, WARDS


@dataclass(slots=True)
class Post:
    """One dated row of the staff list.

    Attributes:
        place: 所属, as the personnel office writes it.
        section: 診療科, or empty.
        ward: 病棟, or empty.
        start: First day of the post.
        end: Last day of the post; None while it lasts.
        note: 備考.
    """

    place: str
    section: str
    ward: str
    start: dt.date
    end: dt.date | None = None
    note: str = ""


@dataclass(slots=True)
class Staff:
    """A person (or a shared, vendor or system id) of the staff list.

    Attributes:
        number: Place in the list, from 0; gives shifts their rhythm.
        left: Last day of employment; None while employed.
        patient: Index of the person's own patient record; None without one.
        listed: Whether the personnel office knows the id.
    """

    number: int
    id: str
    name: str
    kana: str
    duty: str
    posts: list[Post]
    hired: dt.date
    address: str
    left: dt.date | None = None
    patient: int | None = None
    contract: str = "常勤"
    listed: bool = True

    @property
    def place(self) -> str:
        """The current 所属."""
        return self.posts[-1].place

    @property
    def section(self) -> str:
        """The current 診療科."""
        return self.posts[-1].section

    @property
    def ward(self) -> str:
        """The current 病棟."""
        return self.posts[-1].ward


@dataclass(slots=True)
class Patient:
    """A fictitious patient; `id` keeps its leading zeros."""

    id: str
    name: str
    kana: str
    sex: str
    born: dt.date
    address: str
    phone: str
    section: int


@dataclass(slots=True)
class Hospital:
    """The place: its departments and wards, its people, by duty."""

    month: dt.date
    days: int
    departments: tuple[str, ...]
    wards: tuple[tuple[str, str], ...]
    patients: list[Patient]
    staff: list[Staff] = field(default_factory=list)
    doctors: list[list[Staff]] = field(default_factory=list)
    nurses: list[list[Staff]] = field(default_factory=list)
    clinic_nurses: list[list[Staff]] = field(default_factory=list)
    emergency: list[Staff] = field(default_factory=list)
    clerks: list[Staff] = field(default_factory=list)
    technical: dict[str, list[Staff]] = field(default_factory=dict)
    liaison: list[Staff] = field(default_factory=list)
    office: list[Staff] = field(default_factory=list)
    leaver: Staff | None = None
    locum: Staff | None = None
    shared: list[Staff] = field(default_factory=list)

    def people(self) -> list[Staff]:
        """Return those who are persons, still employed and in the list."""
        return [s for s in self.staff if s.listed and s.left is None and s.contract != "―"]

    def keepers(self) -> tuple[Staff, Staff, Staff]:
        """Return a reviewer, a safety officer and an administrator for the console."""
        return self.office[1], self.doctors[0][0], self.office[0]


TECHNICAL = (
    ("薬剤師", "薬剤部", 0.04),
    ("臨床検査技師", "検査部", 0.05),
    ("診療放射線技師", "放射線部", 0.04),
    ("理学療法士", "リハビリテーション部", 0.06),
    ("管理栄養士", "栄養部", 0.02),
)


def _address(rng: random.Random) -> str:
    town = TOWNS[rng.randrange(len(TOWNS))]
    return f"模擬県関所市{town}{rng.randint(1, 30)}-{rng.randint(1, 28)}-{rng.randint(1, 20)}"


def _patients(rng: random.Random, count: int, sections: int, month: dt.date) -> list[Patient]:
    patients: list[Patient] = []
    start = 2_000 if count < 90_000 else 1
    while len(patients) < count:
        surname, surname_kana = SURNAMES[int(rng.random() ** 1.3 * len(SURNAMES))]
        address = _address(rng)
        phone = f"0000-{rng.randrange(100):02d}-{rng.randrange(10_000):04d}"
        for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
            given, given_kana = GIVEN[rng.randrange(len(GIVEN))]
            patients.append(
                Patient(
                    f"{start + len(patients):010d}",
                    f"{surname}　{given}",
                    f"{surname_kana}　{given_kana}",
                    "男" if rng.random() < 0.48 else "女",
                    month - dt.timedelta(days=int(rng.triangular(200, 35_000, 27_000))),
                    address,
                    phone,
                    min(int(rng.expovariate(1 / (sections * 0.35))), sections - 1),
                )
            )
    del patients[count:]
    return patients


class _Hiring:
    """Gives ids, names, homes and hiring dates to new people."""

    def __init__(self, rng: random.Random, place: Hospital) -> None:
        self.rng = rng
        self.place = place

    def hire(self, duty: str, place: str, section: str = "", ward: str = "") -> Staff:
        rng = self.rng
        number = len(self.place.staff)
        hired = self.place.month - dt.timedelta(days=int(rng.expovariate(1 / 2500)) + 240)
        hired = hired.replace(month=4, day=1) if rng.random() < 0.7 else hired
        if number in {3, 17}:
            surname, given = ("佐藤", "サトウ"), ("弥生", "ヤヨイ")
        else:
            surname = SURNAMES[rng.randrange(len(SURNAMES))]
            given = GIVEN[rng.randrange(len(GIVEN))]
        staff = Staff(
            number,
            f"U{101 + number * 3 - number % 2:05d}",
            f"{surname[0]}　{given[0]}",
            f"{surname[1]}　{given[1]}",
            duty,
            [Post(place, section, ward, hired)],
            hired,
            _address(rng),
        )
        if rng.random() < 0.35:
            family = rng.randrange(len(self.place.patients))
            staff.address = self.place.patients[family].address
            if rng.random() < 0.6:
                staff.patient = family
                own = self.place.patients[family]
                own.name, own.kana = staff.name, staff.kana
                own.born = self.place.month - dt.timedelta(days=rng.randint(8_500, 22_000))
        self.place.staff.append(staff)
        return staff


def build(rng: random.Random, rows: int, month: dt.date) -> Hospital:
    """Return a hospital whose month fills about `rows` rows of an access log."""
    size = max(30, rows // 350)
    departments = DEPARTMENTS[: max(2, min(len(DEPARTMENTS), size // 40))]
    wards = WARDS[: max(1, min(len(WARDS), round(size / 75), len(departments)))]
    following = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    patients = _patients(rng, max(160, rows // 10), len(departments), month)
    place = Hospital(month, (following - month).days, departments, wards, patients)
    hiring = _Hiring(rng, place)

    def some(share: float, least: int = 1) -> range:
        return range(max(least, round(size * share)))

    place.doctors = [[hiring.hire("医師", name, name) for _ in range(2)] for name in departments]
    for number in range(max(0, round(size * 0.13) - 2 * len(departments))):
        section = min(number % (len(departments) + 2), len(departments) - 1)
        name = departments[section if number % 3 else 0]
        place.doctors[departments.index(name)].append(hiring.hire("医師", name, name))
    each = max(7, round(size * 0.36 / len(wards)))
    place.nurses = [
        [hiring.hire("看護師", "看護部", "", ward) for _ in range(each)] for ward, _ in wards
    ]
    each = max(1, round(size * 0.10 / len(departments)))
    place.clinic_nurses = [
        [hiring.hire("看護師", "看護部外来", name) for _ in range(each)] for name in departments
    ]
    place.emergency = [hiring.hire("看護師", "看護部外来", "救急科") for _ in some(0.03, 2)]
    place.clerks = [hiring.hire("事務職員", "医事課") for _ in some(0.09, 3)]
    for duty, office, share in TECHNICAL:
        place.technical[office] = [hiring.hire(duty, office) for _ in some(share)]
    place.liaison = [hiring.hire("医療ソーシャルワーカー", "地域医療連携室") for _ in some(0.02)]
    place.office = [hiring.hire("事務職員", "医療情報課")]
    place.office += [hiring.hire("事務職員", "総務課") for _ in some(0.02)]
    _unusual(rng, place, hiring)
    return place


def _unusual(rng: random.Random, place: Hospital, hiring: _Hiring) -> None:
    """Add what every real list has: moves, two posts, a leaver, trainees, shared ids."""
    month = place.month
    leaver = hiring.hire("事務職員", "医事課")
    leaver.left = month + dt.timedelta(days=8)
    leaver.posts[-1].end = leaver.left
    leaver.posts[-1].note = f"{leaver.left.month}月{leaver.left.day}日付退職"
    leaver.patient = None
    place.leaver = leaver
    gone = hiring.hire("看護師", "看護部", "", place.wards[0][0])
    gone.left = month - dt.timedelta(days=31)
    gone.posts[-1].end = gone.left
    if len(place.wards) > 1:
        for ward, nurses in enumerate(place.nurses):
            moved = nurses[rng.randrange(len(nurses))]
            before = place.wards[(ward + 1) % len(place.wards)][0]
            moved.posts[-1].start = moved.hired
            moved.posts[-1].end = month - dt.timedelta(days=62)
            moved.posts[-1].ward = before
            start = month - dt.timedelta(days=61)
            moved.posts.append(Post("看護部", "", place.wards[ward][0], start, note="異動"))
    both = place.doctors[0][-1]
    both.posts.append(Post("救急科", "救急科", "", both.hired, note="兼務"))
    both.posts.reverse()
    for number in range(1, 3):
        trainee = hiring.hire("看護学生", "看護部", "", place.wards[0][0])
        trainee.id, trainee.contract = f"KENSHU{number:02d}", "―"
        trainee.name, trainee.kana = f"研修用{number}", ""
        trainee.posts[-1].note = "研修生（実習期間のみ）"
        trainee.patient = None
        place.shared.append(trainee)
    for identity, name, office, note in (
        ("WARD-01", "病棟共用", "看護部", "共用ID（病棟端末）"),
        ("HOSHU01", "電子カルテ保守業者", "医療情報課", "業者・リモート保守"),
        ("SYSTEM", "夜間バッチ", "医療情報課", "システム用ID"),
    ):
        shared = hiring.hire("―", office, "", place.wards[0][0] if identity == "WARD-01" else "")
        shared.id, shared.name, shared.kana, shared.contract = identity, name, "", "―"
        shared.posts[-1].note = note
        shared.address, shared.patient = "", None
        place.shared.append(shared)
    locum = hiring.hire("医師", place.departments[0], place.departments[0])
    locum.id, locum.listed, locum.patient = "U90001", False, None
    place.locum = locum
