"""The files as the hospital has them: log, staff and lists, each with the headers of its habit."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.simulator.screens import ENGLISH
from tests.simulator.world import DAY, NOBODY, Event, Staff, World

HEADERS: dict[str, Sequence[Sequence[str]]] = {
    "log": (
        ("アクセス日時", "利用者ID", "利用者名", "職種", "患者ID", "患者氏名", "機能名", "操作", "端末名", "結果"),
        ("操作日時", "ログインID", "職員氏名", "職種", "カルテ番号", "氏名", "画面名", "処理区分", "端末", "結果"),
        ("日時", "職員番号", "職員名", "職種", "患者番号", "患者名", "画面", "操作内容", "端末ID", "処理結果"),
        ("timestamp", "user_id", "user_name", "role", "patient_id", "patient_name", "screen", "action", "workstation", "result"),
    ),
    "pacs": (
        ("日時", "ログインID", "患者番号", "画面", "操作", "端末名", "結果"),
        ("日時", "ログインID", "患者番号", "画面", "操作", "端末名", "結果"),
        ("日時", "ログインID", "患者番号", "画面", "操作", "端末名", "結果"),
        ("datetime", "login_id", "patient_id", "module", "operation", "terminal", "status"),
    ),
    "system_ids": (
        ("システム", "利用者ID", "職員番号"),
        ("システム", "利用者ID", "職員番号"),
        ("システム", "利用者ID", "職員番号"),
        ("system", "user_id", "staff_id"),
    ),
    "staff": (
        ("職員番号", "氏名", "フリガナ", "職種", "所属", "兼務", "開始日", "終了日", "退職日", "雇用区分", "住所", "本人患者番号", "備考"),
        ("職員コード", "氏名", "カナ氏名", "職種", "部署", "兼務", "採用日", "配属終了日", "退職年月日", "雇用形態", "自宅住所", "診察券番号（本人）", "備考"),
        ("利用者ID", "職員名", "フリガナ", "職種名", "所属部署", "本務兼務", "発令日", "有効終了日", "退職日", "身分", "現住所", "患者番号（本人）", "摘要"),
        ("user_id", "name", "kana", "job_title", "department", "concurrent", "valid_from", "valid_to", "leave_date", "employment", "address", "own_patient_id", "remarks"),
    ),
    "visits": (
        ("患者番号", "受付日", "受付時刻", "診療科", "担当医", "初再診"),
        ("カルテNo", "来院日時", "", "科", "医師名", "初診再診"),
        ("患者ID", "受診日", "受診時刻", "診療科名", "担当医コード", "初再診区分"),
        ("patient_id", "visit_date", "visit_time", "department", "doctor_id", "first_visit"),
    ),
    "stays": (
        ("患者番号", "入棟日", "退棟日", "病棟", "診療科", "主治医コード", "病室"),
        ("カルテNo", "入院日", "退院日", "病棟", "科", "主治医名", "病室"),
        ("患者ID", "入院年月日", "退院年月日", "病棟名", "入院診療科", "主治医名", "病室"),
        ("patient_id", "admitted_at", "discharged_at", "ward", "department", "attending_id", "room"),
    ),
    "patients": (
        ("患者番号", "患者氏名", "カナ氏名", "生年月日", "住所", "電話番号", "死亡日"),
        ("カルテ番号", "氏名", "フリガナ", "生年月日", "住所", "電話", "死亡年月日"),
        ("患者ID", "患者名", "患者カナ", "生年月日", "現住所", "連絡先", "死亡日"),
        ("patient_id", "patient_name", "kana", "birth_date", "address", "phone", "date_of_death"),
    ),
    "orders": (
        ("オーダ番号", "患者番号", "オーダ日時", "オーダ種別", "依頼科", "依頼医コード", "病棟", "入力者ID", "実施予定日", "終了日", "実施部署", "実施者ID"),
        ("オーダNo", "カルテ番号", "依頼日時", "オーダ区分", "診療科", "依頼医", "病棟", "入力者", "実施日", "終了日", "実施部門", "実施者"),
        ("オーダ番号", "患者ID", "指示日時", "種別", "診療科名", "指示医コード", "病棟名", "代行入力者", "実施日", "指示終了日", "実施部署", "実施者コード"),
        ("order_no", "patient_id", "ordered_at", "order_type", "department", "ordering_doctor_id", "ward", "entered_by", "scheduled_date", "end_date", "performing_department", "performer_id"),
    ),
    "appointments": (
        ("患者番号", "予約日", "予約時刻", "予約科", "予約医師", "予約取得日", "状態"),
        ("カルテ番号", "予約日時", "", "科", "医師名", "登録日", "予約状態"),
        ("患者ID", "予約日", "予約時間", "診療科名", "医師コード", "予約登録日", "予約状態"),
        ("patient_id", "appointment_date", "appointment_time", "department", "doctor_id", "booked_on", "status"),
    ),
    "rosters": (
        ("職員番号", "氏名", "日付", "勤務", "勤務場所", "開始", "終了", "区分"),
        ("職員コード", "氏名", "勤務日", "勤務区分", "勤務場所", "開始時刻", "終了時刻", "予実"),
        ("利用者ID", "職員名", "日付", "シフト", "勤務病棟", "開始時刻", "終了時刻", "予定実績"),
        ("user_id", "name", "date", "shift", "place", "start_time", "end_time", "plan_or_actual"),
    ),
    "teams": (
        ("チーム名", "職員番号", "氏名", "開始日", "終了日"),
        ("チーム", "職員コード", "氏名", "開始日", "終了日"),
        ("チーム名称", "利用者ID", "職員名", "開始日", "終了日"),
        ("team", "user_id", "name", "valid_from", "valid_to"),
    ),
    "rounds": (
        ("チーム名", "患者番号", "回診日", "終了日"),
        ("チーム", "カルテ番号", "ラウンド日", "終了日"),
        ("チーム名称", "患者ID", "回診日", "介入終了日"),
        ("team", "patient_id", "round_date", "end_date"),
    ),
    "research": (
        ("研究番号", "研究課題名", "職員番号", "患者番号", "承認日", "終了日"),
        ("研究番号", "課題名", "職員コード", "カルテ番号", "承認日", "終了日"),
        ("承認番号", "研究課題", "利用者ID", "患者ID", "研究開始日", "研究終了日"),
        ("study_no", "study_title", "user_id", "patient_id", "valid_from", "valid_to"),
    ),
    "maintenance": (
        ("作業番号", "利用者ID", "対象システム", "作業開始日時", "作業終了日時", "作業内容"),
        ("作業番号", "作業者ID", "システム", "開始日時", "終了日時", "内容"),
        ("計画番号", "保守ID", "対象システム", "作業予定開始", "作業予定終了", "作業内容"),
        ("plan_no", "user_id", "system", "start", "end", "work"),
    ),
    "vips": (
        ("患者番号", "VIP区分", "開始日", "終了日"),
        ("カルテ番号", "VIP", "開始日", "終了日"),
        ("患者ID", "要人区分", "登録日", "終了日"),
        ("patient_id", "vip", "valid_from", "valid_to"),
    ),
    "terminals": (
        ("端末名", "IPアドレス", "設置場所"),
        ("端末", "IPアドレス", "設置場所"),
        ("端末ID", "IPアドレス", "設置部署"),
        ("workstation", "ip_address", "location"),
    ),
}  # fmt: skip
WHAT = {
    "lab": "検体検査", "pathology": "病理", "physiology": "生理検査", "imaging": "画像",
    "endoscopy": "内視鏡", "prescription": "処方", "injection": "注射", "transfusion": "輸血",
    "diet": "食事", "nutrition": "栄養指導", "surgery": "手術", "dialysis": "透析",
    "rehabilitation": "リハビリ", "consult": "他科依頼", "liaison": "地域連携",
}  # fmt: skip
NAMES = {
    "log": "アクセスログ", "pacs": "PACS操作ログ", "system_ids": "システム別利用者ID", "staff": "職員名簿", "visits": "受付一覧", "stays": "入退院一覧",
    "patients": "患者一覧", "orders": "オーダ一覧", "appointments": "予約一覧",
    "rosters": "勤務表", "teams": "医療チーム名簿", "rounds": "回診患者一覧",
    "research": "研究対象者一覧", "maintenance": "保守作業計画", "vips": "要人一覧",
    "terminals": "端末一覧",
}  # fmt: skip


class Books:
    """Writes one month's files into a folder."""

    def __init__(self, world: World, folder: Path) -> None:
        """Write into `folder`."""
        self.world = world
        self.folder = folder
        self.english = world.habit.words == "en"

    def header(self, kind: str) -> Sequence[str]:
        """Return the header of `kind` as this hospital writes it."""
        return HEADERS[kind][3 if self.english else self.world.habit.form]

    def write(self, kind: str, rows: Iterable[Sequence[Any]]) -> Path:
        """Write a CSV of `kind`: CP932 with a title line for some, UTF-8 in English."""
        path = self.folder / f"{kind if self.english else NAMES[kind]}.csv"
        header = self.header(kind)
        kept = [place for place, name in enumerate(header) if name]
        with path.open("w", encoding="utf-8" if self.english else "cp932", newline="") as file:
            out = csv.writer(file)
            if self.world.habit.form == 2 and kind != "log":
                out.writerow(
                    [
                        f"{NAMES[kind]}（模擬データ）",
                        f"出力日 {self.world.date(self.world.days):%Y/%m/%d}",
                    ]
                )
            out.writerow([header[place] for place in kept])
            for row in rows:
                out.writerow(["" if row[place] is None else row[place] for place in kept])
        return path

    def patient(self, number: int, kind: str) -> str:
        """Return a patient's number as this list writes it."""
        written = self.world.patients[number].id
        return written.lstrip("0") if kind in self.world.habit.lost_zeros else written

    def doctor(self, who: Staff, kind: str) -> str:
        """Return a doctor as this list names them."""
        return who.name if kind in self.world.habit.names else who.id

    def date(self, day: int | None) -> str:
        """Return the date of `day` as lists write it."""
        if day is None:
            return ""
        found = self.world.date(day)
        if self.english:
            return found.isoformat()
        if self.world.habit.form == 2:
            return f"令和{found.year - 2018}年{found.month}月{found.day}日"
        return f"{found:%Y/%m/%d}"

    def moment(self, at: float) -> dt.datetime:
        """Return local time."""
        return dt.datetime.combine(self.world.month, dt.time()) + dt.timedelta(seconds=int(at))

    def stamp(self, at: float) -> str:
        """Return date and time as lists write it."""
        return (
            f"{self.moment(at):%Y-%m-%d %H:%M}"
            if self.english
            else f"{self.moment(at):%Y/%m/%d %H:%M}"
        )

    def missing(self, kind: str, day: int) -> bool:
        """Return whether the list lost this day."""
        first, last = self.world.habit.held_back.get(kind, (1, 0))
        return first <= day <= last

    def logs(self, events: Sequence[Event]) -> tuple[dict[str, Path], dict[tuple[str, int], int]]:
        """Write the log of each system; return them, and the place of each of their rows."""
        apart = [self.world.habit.pacs and event[3] in {"画像", "レポート"} for event in events]
        logs: dict[str, Path] = {}
        places: dict[tuple[str, int], int] = {}
        for kind, source in (("log", "EMR"), ("pacs", "PACS")):
            mine = [n for n, other in enumerate(apart, 1) if other == (kind == "pacs")]
            if mine:
                logs[source] = self._log(kind, [events[n - 1] for n in mine])
                places |= {(logs[source].name, row): n for row, n in enumerate(mine, 1)}
        return logs, places

    def _log(self, kind: str, events: Iterable[Event]) -> Path:
        world = self.world
        form = "%Y-%m-%dT%H:%M:%S" if self.english else "%Y/%m/%d %H:%M:%S"

        def say(text: str) -> str:
            return ENGLISH.get(text, text) if self.english else text

        def rows() -> Iterable[Sequence[Any]]:
            for at, who, patient, screen, act, where, outcome, _ in events:
                found = world.patients[patient] if patient != NOBODY else None
                name = (self.in_pacs(who),) if kind == "pacs" else (who.id, who.name, who.duty)
                yield (
                    self.moment(at).strftime(form), *name, found.id if found else "",
                    *(() if kind == "pacs" else (found.name if found else "",)),
                    say(screen), say(act), where, say(outcome),
                )  # fmt: skip

        return self.write(kind, rows())

    def in_pacs(self, who: Staff) -> str:
        """Return the id that somebody has in the system for images."""
        return f"r{int(who.id) * 7 % 10_007:05d}" if who.kind == "person" else who.id

    def system_ids(self) -> Path:
        """Write whose the ids of the system for images are; two in a hundred are forgotten."""
        people = (one for one in self.world.staff if one.kind == "person" and one.listed)
        return self.write(
            "system_ids",
            (("PACS", self.in_pacs(one), one.id) for n, one in enumerate(people) if n % 50 != 49),
        )

    def staff(self) -> Path:
        """Write the staff list: one row a post, as far as the list knows it."""

        def rows() -> Iterable[Sequence[Any]]:
            for one in self.world.staff:
                if not one.listed:
                    continue
                known = [post for post in one.posts if post.listed]
                lost = len(known) < len(one.posts)
                for post in known:
                    last = None if lost else post.last
                    if one.gone is not None:
                        last = one.gone
                    hired = one.hired.strftime("%Y/%m/%d") if one.hired else ""
                    yield (
                        one.id, one.name, one.kana, one.duty, post.place,
                        "兼務" if post.concurrent else "", self.date(post.first) or hired,
                        self.date(last), self.date(one.gone) if one.kind == "person" else "",
                        "非常勤" if one.part_time else "常勤" if one.kind == "person" else "",
                        one.address,
                        self.patient(one.patient, "staff") if one.patient is not None else "",
                        {"shared": "共用ID", "vendor": "業者", "system": "システム用", "trainee": "実習"}.get(one.kind, ""),
                    )  # fmt: skip

        return self.write("staff", rows())

    def visits(self) -> Path:
        """Write visits by the time at which the desk learned of them."""
        world = self.world

        def rows() -> Iterable[Sequence[Any]]:
            for visit in sorted(world.visits, key=lambda v: v.registered):
                day = int(visit.registered // DAY)
                if (
                    not visit.listed
                    or not -world.habit.history <= day < world.days
                    or self.missing("visits", day)
                ):
                    continue
                at = self.moment(visit.registered)
                joined = not self.header("visits")[2]
                yield (
                    self.patient(visit.patient, "visits"),
                    self.stamp(visit.registered) if joined else self.date(day),
                    f"{at:%H:%M}", visit.department, self.doctor(visit.doctor, "visits"),
                    "初診" if visit.new else "再診",
                )  # fmt: skip

        return self.write("visits", rows())

    def stays(self) -> Path:
        """Write stays: a row for each ward, or one for the whole with its last ward alone."""
        world = self.world
        whole = self.english

        def rows() -> Iterable[Sequence[Any]]:
            for stay in sorted(world.stays, key=lambda x: (x.first, x.patient)):
                first, last = (stay.begin, stay.end) if whole else (stay.first, stay.last)
                if last < -max(world.habit.history, 1) or first >= world.days:
                    continue
                if whole and stay.last != stay.end:
                    continue
                yield (
                    self.patient(stay.patient, "stays"), self.date(first),
                    self.date(last) if last < world.days else "",
                    stay.ward.replace("階", "").replace("病棟", ""), stay.department,
                    self.doctor(stay.doctor, "stays"), f"{stay.patient % 40 + 301}",
                )  # fmt: skip

        return self.write("stays", rows())

    def patients(self) -> Path:
        """Write the patients."""
        return self.write(
            "patients",
            (
                (p.id, p.name, p.kana, p.born.strftime("%Y/%m/%d"), _spelt(p.address, n), p.phone,
                 self.date(p.died) if p.died is not None and p.died < self.world.days else "")
                for n, p in enumerate(self.world.patients)
            ),
        )  # fmt: skip


def _spelt(address: str, number: int) -> str:
    """Return an address as another clerk would have typed it."""
    if number % 3 or address.count("-") != 2 or " " in address:
        return address
    town, block, house = address.split("-")
    return f"{town}丁目{block}番{house}号".translate(
        str.maketrans("0123456789", "０１２３４５６７８９")
    )
