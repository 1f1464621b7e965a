"""Who works here and who is a patient here; some are both, and families live together."""

from __future__ import annotations

import datetime as dt

from tests.simulator.world import Patient, Post, Staff, World

from sekisho.app.demo.names import GIVEN, SURNAMES, TOWNS

DUTIES = {
    "外来": "看護師", "手術室": "看護師", "救急外来": "看護師", "透析室": "看護師",
    "内視鏡室": "看護師", "看護部": "看護師長", "薬剤部": "薬剤師", "検査科": "臨床検査技師",
    "放射線部": "診療放射線技師", "リハビリテーション科": "理学療法士", "栄養科": "管理栄養士",
    "臨床工学室": "臨床工学技士", "地域連携室": "社会福祉士", "医事課": "事務職員",
    "診療情報管理室": "診療情報管理士", "医療秘書課": "医師事務作業補助者",
    "医療安全管理室": "看護師", "情報システム室": "事務職員", "総務課": "事務職員",
    "健診センター": "保健師", "心理室": "公認心理師", "デイケア": "作業療法士",
    "訪問看護室": "看護師",
}  # fmt: skip
_MORE = (("渡辺", "ワタナベ"), ("伊藤", "イトウ"), ("高橋", "タカハシ"), ("田中", "タナカ"),
         ("齋藤", "サイトウ"), ("斉藤", "サイトウ"), ("髙木", "タカギ"), ("五十嵐", "イガラシ"))  # fmt: skip
_COMMON = (*SURNAMES[-2:], *_MORE)
_WARDS = [f"{floor}階{side}病棟" for floor in range(3, 12) for side in "東西"]


def settle(world: World) -> None:
    """Fill the hospital with patients and with people who work in it."""
    _wards(world)
    _population(world)
    _staff(world)
    _families(world)
    _moves(world)
    _ids(world)


def _name(world: World) -> tuple[str, str]:
    rng = world.rng
    surname = rng.choice(_COMMON) if rng.random() < 0.25 else rng.choice(SURNAMES)
    given = rng.choice(GIVEN)
    return f"{surname[0]} {given[0]}", f"{surname[1]} {given[1]}"


def home(world: World) -> str:
    """Return an address; a fifth of them are flats."""
    rng = world.rng
    town = rng.choice(TOWNS)
    text = f"関所県緑川市{town}{rng.randrange(1, 6)}-{rng.randrange(1, 31)}-{rng.randrange(1, 25)}"
    if rng.random() < 0.2:
        text += f" 宿場ハイツ{rng.randrange(101, 510)}"
    return text


def _wards(world: World) -> None:
    habit, size = world.habit, world.size
    beds = round(habit.beds * size)
    if not beds:
        return
    count = max(1, round(beds / 45))
    names = _WARDS[:count]
    treated = [d for d in habit.departments if d not in {"放射線科", "病理診断科", "麻酔科"}]
    for number, ward in enumerate(names):
        world.wards.append(ward)
        world.treats[ward] = [d for n, d in enumerate(treated) if n % count == number]
    if len(treated) < count:
        for number, ward in enumerate(names):
            world.treats[ward] = world.treats[ward] or [treated[number % len(treated)]]
    if habit.stay < 60 and size >= 250:
        world.wards.append("ICU")
        world.treats["ICU"] = []


def _population(world: World) -> None:
    rng = world.rng
    count = int(world.size * (45 if world.habit.beds else 160))
    first = rng.randrange(12_000, 60_000) * 10
    address = ""
    for number in range(count):
        name, kana = _name(world)
        if number and rng.random() < 0.3:  # families register together
            last = world.patients[-1]
            name = f"{last.name.split()[0]} {name.split()[1]}"
            kana = f"{last.kana.split()[0]} {kana.split()[1]}"
        else:
            address = home(world)
        age = int(rng.triangular(0, 98, 72))
        died = -rng.randrange(200, 2000) if age > 60 and rng.random() < 0.08 else None
        world.patients.append(
            Patient(
                id=f"{first + number:08d}",
                name=name,
                kana=kana,
                born=dt.date(2026 - age, rng.randrange(1, 13), rng.randrange(1, 28)),
                address=address,
                phone=f"0{rng.randrange(10, 99)}-{rng.randrange(1000, 9999)}-{rng.randrange(1000, 9999)}",
                died=died,
            )
        )


def _staff(world: World) -> None:
    habit, size = world.habit, world.size
    left = size
    for place, share in habit.shares.items():
        count = max(1, round(share * size))
        left -= count
        for number in range(count):
            if place == "医師":
                _doctor(world, number)
            else:
                _worker(world, place, _duty(world, place, number), number)
    weights = {ward: 0.6 if ward == "ICU" else 1.0 for ward in world.wards}
    whole = sum(weights.values())
    for ward, weight in weights.items():
        for number in range(round(left * weight / whole)):
            duty = "看護師"
            if number % 9 == 8:
                duty = ("看護助手", "病棟クラーク")[number // 9 % 2]
            _worker(world, ward, "准看護師" if number == 3 else duty, number)


def _duty(world: World, place: str, number: int) -> str:
    duty = DUTIES[place]
    if place == "リハビリテーション科":
        return ("理学療法士", "理学療法士", "作業療法士", "言語聴覚士")[number % 4]
    if place == "地域連携室":
        return (
            ("社会福祉士", "看護師", "事務職員")[number % 3]
            if world.habit.beds < 1
            else "精神保健福祉士"
        )
    if place == "医事課" and not world.habit.beds:
        return "事務職員"
    return duty


def _worker(world: World, place: str, duty: str, number: int) -> Staff:
    rng = world.rng
    name, kana = _name(world)
    clerk = duty in {"事務職員", "医師事務作業補助者", "病棟クラーク", "診療情報管理士"}
    one = Staff(
        id="",
        name=name,
        kana=kana,
        duty=duty,
        posts=[Post(place)],
        address=home(world),
        hired=world.date(-rng.randrange(100, 9000)),
        part_time=rng.random() < (0.3 if place == "外来" else 0.08),
        nights=not clerk and number != 0 and rng.random() < 0.85,
    )
    world.staff.append(one)
    return one


def _doctor(world: World, number: int) -> None:
    rng, departments = world.rng, world.habit.departments
    if number < len(departments):
        department = departments[number]
    else:  # the large departments have more
        department = departments[min(int(rng.expovariate(0.28)), len(departments) - 1)]
    one = _worker(world, department, "医師", number)
    one.department = department
    one.part_time = number >= len(departments) and rng.random() < 0.15
    if number % 8 == 7 and not one.part_time and len(departments) > 4:
        one.duty = "研修医"


def _families(world: World) -> None:
    """Let two in three of the staff be patients here too, with their families."""
    rng = world.rng
    free = list(range(len(world.patients)))
    rng.shuffle(free)
    for one in world.staff:
        if rng.random() < 0.65:
            number = free.pop()
            mine = world.patients[number]
            one.patient = number
            mine.name, mine.kana, mine.address = one.name, one.kana, one.address
            mine.died = None
            mine.born = dt.date(rng.randrange(1964, 2003), rng.randrange(1, 13), 14)
        for _ in range(rng.randrange(3)):
            family = world.patients[free.pop()]
            family.address, family.died = one.address, None
            if rng.random() < 0.8:
                family.name = f"{one.name.split()[0]} {family.name.split()[1]}"
    dormitory = "関所県緑川市番所町4-1-1 看護師宿舎"
    nurses = [one for one in world.staff if one.duty == "看護師"]
    for one in rng.sample(nurses, min(len(nurses), world.size // 30)):
        one.address = dormitory
        if one.patient is not None:
            world.patients[one.patient].address = dormitory


def _moves(world: World) -> None:
    """Give second posts (兼務), moves in mid-month (異動), leavers, and people who came today."""
    rng = world.rng
    nurses = [
        one for one in world.staff if one.duty == "看護師" and one.posts[0].place in world.wards
    ]
    if len(world.wards) > 1:
        for number, one in enumerate(rng.sample(nurses, max(2, len(nurses) // 60))):
            away = rng.choice([w for w in world.wards if w != one.posts[0].place])
            day = rng.choice((0, 15))
            # The list of every third move arrives only next month: it still says the old ward.
            late = number % 3 == 2
            one.posts[0].last = day - 1
            one.posts.append(Post(away, first=day, listed=not late))
    doctors = [one for one in world.staff if one.department]
    if "救急外来" in world.habit.shares:
        for one in rng.sample(doctors, max(1, len(doctors) // 10)):
            one.posts.append(Post("救急外来", concurrent=True))
    juniors = [one for one in doctors if one.duty == "研修医"]
    for one in juniors:  # they change every two months; the list learns of it late for some
        others = [d for d in world.habit.departments[:8] if d != one.department]
        if rng.random() < 0.5 and others:
            one.department = rng.choice(others)
            one.posts[0].last = -1
            one.posts.append(Post(one.department, first=0, listed=rng.random() < 0.75))
    for one in rng.sample(nurses, min(len(nurses), max(1, world.size // 150))):
        one.listed = False  # came this month; the list is of last month
        one.hired = world.date(0)
    therapists = world.people("薬剤部", "検査科")
    for one in therapists[:2]:
        one.posts.append(Post("医療安全管理室", concurrent=True))
    for one in rng.sample(nurses, max(1, world.size // 200)) if nurses else []:
        one.gone = rng.randrange(-40, -3)
    clerk = world.people("医事課")
    if len(clerk) > 3:
        clerk[-1].gone = -12


def _ids(world: World) -> None:
    """Give ids, and add those that are nobody's: shared, vendors', systems', trainees'."""
    rng = world.rng
    numbers = rng.sample(range(120, 9_800), len(world.staff))
    width = (6, 4, 5)[world.habit.form]
    for one, number in zip(world.staff, numbers, strict=True):
        one.id = f"{number:0{width}d}"
    extra: list[tuple[str, str, str, str, str]] = [
        ("SYS-IF01", "連携用アカウント", "システム", "情報システム室", "system"),
        ("HOSHU-A", "電子カルテ保守（業者）", "保守業者", "外部", "vendor"),
        ("HOSHU-B", "PACS保守（業者）", "保守業者", "外部", "vendor"),
    ]
    extra += [
        (f"KYOYO{n:02d}", f"{ward} 共用", "共用", ward, "shared")
        for n, ward in enumerate(world.wards[:3], 1)
    ]
    if not world.wards:
        extra.append(("KYOYO01", "受付 共用", "共用", "医事課", "shared"))
    extra += [
        (f"JISSHU{n:02d}", f"実習生{n}", "看護学生（実習）", ward, "trainee")
        for n, ward in enumerate((world.wards[:2] or ["リハビリテーション科"]), 1)
    ]
    for user, name, duty, place, kind in extra:
        world.staff.append(Staff(user, name, "", duty, [Post(place)], kind=kind))
        if kind == "trainee":
            world.staff[-1].gone = 11
