"""How hospitals differ: what they do, and what their lists look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """One way to be a hospital.

    Attributes:
        beds: Beds a member of staff.
        visits: Outpatients a weekday and member of staff.
        arrivals: Arrivals at the emergency room a day and member of staff.
        stay: Usual length of a stay in days.
        occupied: Share of beds with somebody in them.
        departments: Departments with doctors, the largest first.
        shares: Place of work → share of the staff; wards take the rest.
        shifts: ``2`` or ``3`` turns a day.
        orders: What an outpatient is sent for → how often.
        bed_orders: What a day in bed brings → how often.
        history: Days before the month that the lists of visits and stays reach back.
        words: ``ja`` or ``en``: the headers of log and lists.
        form: Which of the spellings of headers and ids.
        roster: ``grid`` (XLSX, one sheet a place) or ``rows`` (CSV).
        lost_zeros: Lists that were opened in Excel and saved.
        held_back: Lists with missing days: list → first and last day that is missing.
        pacs: Whether images have a log of their own, with ids of their own.
        names: Lists that name doctors instead of giving their ids.
    """

    beds: float
    visits: float
    arrivals: float
    stay: float
    occupied: float = 0.82
    departments: Sequence[str]
    shares: Mapping[str, float]
    shifts: int = 2
    orders: Mapping[str, float]
    bed_orders: Mapping[str, float]
    history: int = 60
    words: str = "ja"
    form: int = 0
    roster: str = "grid"
    lost_zeros: frozenset[str] = frozenset()
    held_back: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    pacs: bool = False


_ACUTE = (
    "内科", "整形外科", "外科", "循環器内科", "消化器内科", "小児科", "泌尿器科", "脳神経外科",
    "産婦人科", "呼吸器内科", "眼科", "皮膚科", "耳鼻咽喉科", "麻酔科", "放射線科", "病理診断科",
)  # fmt: skip

HABITS: Mapping[str, Habit] = {
    "general": Habit(
        beds=0.66,
        visits=1.15,
        arrivals=0.06,
        stay=12.5,
        departments=_ACUTE,
        shares={
            "医師": 0.13, "外来": 0.05, "手術室": 0.035, "救急外来": 0.03, "透析室": 0.015,
            "内視鏡室": 0.0125, "看護部": 0.01, "薬剤部": 0.045, "検査科": 0.042,
            "放射線部": 0.035, "リハビリテーション科": 0.065, "栄養科": 0.015,
            "臨床工学室": 0.013, "地域連携室": 0.022, "医事課": 0.06, "診療情報管理室": 0.012,
            "医療秘書課": 0.025, "医療安全管理室": 0.005, "情報システム室": 0.008,
            "総務課": 0.03, "健診センター": 0.01,
        },
        orders={
            "lab": 0.45, "imaging": 0.2, "physiology": 0.07, "prescription": 0.1,
            "injection": 0.05, "endoscopy": 0.025, "rehabilitation": 0.03, "nutrition": 0.01,
            "dialysis": 0.0,
        },
        bed_orders={
            "lab": 0.4, "imaging": 0.14, "physiology": 0.04, "prescription": 0.22,
            "injection": 0.45, "endoscopy": 0.01, "nutrition": 0.02, "transfusion": 0.01,
        },
        held_back={"visits": (17, 17), "rosters": (20, 30)},
        names=frozenset({"visits"}),
        lost_zeros=frozenset({"visits"}),
        pacs=True,
    ),
    "clinic": Habit(
        beds=0.0,
        visits=5.5,
        arrivals=0.0,
        stay=0.0,
        departments=("内科", "小児科", "整形外科"),
        shares={
            "医師": 0.16, "外来": 0.4, "医事課": 0.3, "放射線部": 0.05, "リハビリテーション科": 0.09,
        },
        orders={"lab": 0.3, "imaging": 0.15, "physiology": 0.05, "injection": 0.1,
                "rehabilitation": 0.1, "prescription": 0.0},
        bed_orders={},
        history=0,
        form=1,
        roster="rows",
        held_back={"visits": (9, 9)},
        names=frozenset({"visits", "appointments"}),
    ),
    "emergency": Habit(
        beds=0.5,
        visits=0.55,
        arrivals=0.2,
        stay=9.0,
        occupied=0.88,
        departments=("救急科", "内科", "外科", "整形外科", "脳神経外科", "循環器内科", "小児科",
                     "麻酔科", "放射線科", "形成外科", "精神科"),
        shares={
            "医師": 0.17, "外来": 0.025, "手術室": 0.05, "救急外来": 0.1, "透析室": 0.01,
            "内視鏡室": 0.01, "看護部": 0.01, "薬剤部": 0.045, "検査科": 0.05,
            "放射線部": 0.05, "リハビリテーション科": 0.04, "栄養科": 0.012,
            "臨床工学室": 0.025, "地域連携室": 0.02, "医事課": 0.06, "診療情報管理室": 0.01,
            "医療秘書課": 0.02, "医療安全管理室": 0.005, "情報システム室": 0.008, "総務課": 0.02,
        },
        shifts=3,
        orders={"lab": 0.4, "imaging": 0.3, "prescription": 0.1, "rehabilitation": 0.03},
        bed_orders={
            "lab": 0.6, "imaging": 0.25, "physiology": 0.08, "prescription": 0.15,
            "injection": 0.6, "endoscopy": 0.015, "nutrition": 0.02, "transfusion": 0.03,
        },
        history=31,
        words="en",
        roster="rows",
        held_back={"visits": (11, 12)},
    ),
    "psychiatric": Habit(
        beds=1.25,
        visits=0.45,
        arrivals=0.004,
        stay=180.0,
        occupied=0.9,
        departments=("精神科", "内科", "心療内科"),
        shares={
            "医師": 0.055, "外来": 0.04, "看護部": 0.01, "薬剤部": 0.02, "検査科": 0.01,
            "放射線部": 0.005, "リハビリテーション科": 0.07, "栄養科": 0.015, "地域連携室": 0.045,
            "医事課": 0.045, "診療情報管理室": 0.007, "心理室": 0.02, "総務課": 0.03,
            "情報システム室": 0.005, "デイケア": 0.03, "訪問看護室": 0.02,
        },
        orders={"lab": 0.1, "imaging": 0.01, "prescription": 0.3, "injection": 0.06,
                "rehabilitation": 0.15},
        bed_orders={"lab": 0.04, "imaging": 0.006, "prescription": 0.1, "injection": 0.03,
                    "nutrition": 0.004},
        history=90,
        form=2,
        names=frozenset({"stays"}),
        lost_zeros=frozenset({"stays"}),
    ),
}  # fmt: skip

EXECUTES: Mapping[str, str] = {
    "lab": "検査科",
    "pathology": "病理診断科",
    "physiology": "検査科",
    "imaging": "放射線部",
    "endoscopy": "内視鏡室",
    "prescription": "薬剤部",
    "injection": "薬剤部",
    "transfusion": "検査科",
    "diet": "栄養科",
    "nutrition": "栄養科",
    "surgery": "手術室",
    "dialysis": "透析室",
    "rehabilitation": "リハビリテーション科",
    "liaison": "地域連携室",
}
"""Order → the place that carries it out."""
