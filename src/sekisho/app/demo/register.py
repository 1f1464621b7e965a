"""The register of the fictitious hospital: enough to answer the sheet, with gaps as hospitals have them.

Persons, numbers and contracts do not exist; every line says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sekisho.app.demo.machines import MAKER, NETWORK_MAKER, VENDOR
from sekisho.app.demo.names import SIMULATED
from sekisho.pages.words import say
from sekisho.paper.sheet import list_workbook
from sekisho.storage import Database

if TYPE_CHECKING:
    from sekisho.inspection.register import Field, Part

Ago = Callable[[int], str]
Lines = tuple[Mapping[str, object], ...]
_CALL = "内線 0000（模擬）"


def fill_register(folder: Path, database: Database, *, at: dt.datetime, today: dt.date) -> int:
    """Write the simulated lists as XLSX, load them as a hospital would, and return how many lines there are."""
    from sekisho.inspection import register  # noqa: PLC0415 (slow to import)

    where, loaded = folder / "点検の台帳", 0
    where.mkdir()
    for name, lines in _lists(today).items():
        path = where / f"{say('ja', f'register.part.{name}')}.xlsx"
        _write(path, register.part(name), lines, at)
        rows = register.compare(database, name, register.read_list(path, name, today), today)
        kept = register.keep_list(database, name, rows, {}, by="demo", at=at, file=path.name)
        loaded += kept["added"]
    return loaded


def ask_vendors(database: Database, *, at: dt.datetime, today: dt.date) -> None:
    """Ask every vendor for its sheet; three come back, one of them with a no, and one is waited for."""
    from sekisho.inspection.register import line, sheets  # noqa: PLC0415 (slow to import)
    from sekisho.inspection.shelf import shipped  # noqa: PLC0415 (same)

    book, sent = sheets.newest(shipped()), today - dt.timedelta(days=30)
    checked = (today - dt.timedelta(days=6)).isoformat()
    target = (today + dt.timedelta(days=60)).isoformat()
    asked = sheets.ask(
        database, sheets.wanted(database, today), book, answer_by=today + dt.timedelta(days=7),
        by="demo", at=at, today=sent,
    )  # fmt: skip
    for number in asked[:3]:
        told = {item.id: {"value": "yes", "checked_on": checked} for item in book.asked()}
        if number == asked[1]:
            patches = next(item for item in book.asked() if item.id.endswith("-2-6"))
            told[patches.id] |= {"value": "no", "target_on": target}
        one = line(database, number, today=today)
        assert one is not None, "it was just asked for"
        sheets.type_in(
            database, one, book, told, by="demo", at=at, today=today - dt.timedelta(days=5)
        )


def _write(path: Path, part: Part, lines: Lines, at: dt.datetime) -> None:
    def cell(field: Field, value: object) -> str:
        if value is None or field.choices is None:
            return "" if value is None else str(value)
        return say("ja", f"register.choice.{field.choices.name}.{value}")

    columns = [(say("ja", f"register.field.{one.name}"), 20.0) for one in part.typed]
    noted: list[dict[str, object]] = [{**line, "note": SIMULATED} for line in lines]
    rows = ([cell(one, line.get(one.name)) for one in part.typed] for line in noted)
    with path.open("wb") as file:
        list_workbook(file, path.stem, columns, rows, made_at=at)


def _lists(today: dt.date) -> Mapping[str, Lines]:
    def ago(days: int) -> str:
        return (today - dt.timedelta(days=days)).isoformat()

    return {
        "responsible": _responsible(ago),
        "contacts": _contacts(ago),
        "rules": _rules(ago),
        "bcp": (
            {"what": "plan", "title": "サイバー攻撃を想定した事業継続計画", "held_on": ago(200), "held_by": "模擬 院長", "place": "防災センターの棚（紙）", "next_on": ago(-165)},
            {"what": "drill", "title": "電子カルテが止まったときの机上訓練", "held_on": ago(120), "held_by": "情報システム室", "attended": 24, "result": "紙の処方箋の置き場所を全病棟に知らせる", "next_on": ago(-245)},
        ),
        "backups": _backups(ago),
        "training": (
            {"subject": "標的型メールの見分け方", "held_on": ago(90), "audience": "全職員", "attended": 212, "invited": 240, "held_by": "情報システム室", "material": "研修資料 第3版（模擬）", "next_on": ago(-275)},
        ),
        "vendors": _vendors(ago),
        "information": _information(ago),
        "risks": _risks(ago),
    }  # fmt: skip


def _responsible(ago: Ago) -> Lines:
    return (
        {"role": "safety_officer", "person": "模擬 安全子", "post": "副院長", "since": ago(600), "paper": "任命書 模擬第1号", "deputy": "模擬 代理男", "confirmed_on": ago(230), "confirmed_by": "demo"},
        {"role": "operator", "person": "模擬 運用太", "post": "情報システム室", "since": ago(900), "deputy": "模擬 補佐美", "confirmed_on": ago(230), "confirmed_by": "demo"},
    )  # fmt: skip


def _contacts(ago: Ago) -> Lines:
    told = (
        ("it", "情報システム室", "当番", 40),
        ("safety_officer", "模擬 安全子", "副院長室", 40),
        ("director", "院長室", None, 40),
        ("vendor", VENDOR, "保守窓口", 40),
        ("vendor", MAKER, "医療機器の保守窓口", 150),
        ("mhlw", "厚生労働省", "担当室", 40),
        ("prefecture", "模擬県", "医療担当課", 40),
        ("police", "模擬県警察", "サイバー犯罪の相談窓口", 40),
    )
    return tuple(
        {"body": body, "party": party, "desk": desk, "phone": _CALL, "call_order": order, "confirmed_on": ago(days), "confirmed_by": "demo"}
        for order, (body, party, desk, days) in enumerate(told, start=1)
    )  # fmt: skip


def _rules(ago: Ago) -> Lines:
    adopted = {
        "adopted_by": "医療情報安全管理委員会（模擬）",
        "place": "院内の共有フォルダと総務課の棚",
    }
    return (
        {"rule": "医療情報システム運用管理規程", "sort": "operation", "version": "4", "adopted_on": ago(210), "covers": "yes", "review_on": ago(-155), **adopted},
        {"rule": "バックアップと復旧の手順", "sort": "backup", "version": "2", "adopted_on": ago(210), "review_on": ago(-155), **adopted},
        {"rule": "媒体と持ち出しの決まり", "sort": "media", "version": "案1"},
    )  # fmt: skip


def _backups(ago: Ago) -> Lines:
    same = {
        "procedure": "バックアップと復旧の手順 第2版（紙は防災センター）",
        "tested_by": "情報システム室",
        "test_result": "ok",
    }
    return (
        {"system": "電子カルテ", "data": "データベースと設定", "method": "毎晩ディスクへ。週に一度、切り離せる媒体へ", "every": "毎日", "generations": 14, "offline": "yes", "place": "サーバ室と別棟の金庫", "restore_order": 1, "tested_on": ago(75), "vendor": VENDOR, **same},
        {"system": "PACS（画像）", "data": "画像と台帳", "method": "毎晩ディスクへ", "every": "毎日", "generations": 7, "offline": "no", "place": "サーバ室", "restore_order": 2, "tested_on": ago(430), "vendor": VENDOR, **same},
    )  # fmt: skip


def _vendors(ago: Ago) -> Lines:
    told = {
        "division": "保守契約書 別紙2（模擬）",
        "contact": _CALL,
        "contract_until": ago(-180),
        "confirmed_on": ago(100),
        "confirmed_by": "demo",
    }
    return (
        {"vendor": VENDOR, "system": "電子カルテ", "service": "保守と監視", "remote": "yes", "disclosure": "yes", **told},
        {"vendor": VENDOR, "system": "PACS（画像）", "service": "保守", "remote": "yes", "disclosure": "no", **told},
        {"vendor": MAKER, "system": "医療機器", "service": "点検と修理", "remote": "yes", "disclosure": "yes", **told},
        {"vendor": NETWORK_MAKER, "system": "保守用VPN装置", "service": "機器の保守", "remote": "no", "disclosure": "yes", **told},
    )  # fmt: skip


def _information(ago: Ago) -> Lines:
    seen = {"confirmed_on": ago(160), "confirmed_by": "demo"}
    return (
        {"information": "診療録・看護記録", "system": "電子カルテ", "medium": "server", "owner": "診療情報管理室", "importance": "high", "personal": "yes", "who_may": "医師・看護師・コメディカル・医事", "kept_for": "5年以上（院内の規程）", "place": "サーバ室", **seen},
        {"information": "検査画像", "system": "PACS（画像）", "medium": "server", "owner": "放射線科", "importance": "high", "personal": "yes", "who_may": "医師・放射線技師", "kept_for": "院内の規程による", "place": "サーバ室", **seen},
        {"information": "同意書・紹介状（紙）", "medium": "paper", "owner": "医事課", "importance": "high", "personal": "yes", "who_may": "診療にかかわる職員", "kept_for": "院内の規程による", "place": "病歴庫", **seen},
        {"information": "職員の名簿と勤務表", "system": "人事", "medium": "terminal", "owner": "総務課", "importance": "middle", "personal": "yes", "who_may": "総務課・所属長", "place": "総務課の共有フォルダ", **seen},
    )  # fmt: skip


def _risks(ago: Ago) -> Lines:
    accepted = {"accepted_by": "模擬 安全子", "accepted_on": ago(160)}
    return (
        {"concerned": "診療録・看護記録", "threat": "身代金要求型のウイルスで暗号化され、診療録が見られなくなる", "likelihood": "middle", "effect": "high", "treatment": "reduce", "measure": "保守回線の接続元の制限、切り離した写し、紙での診療の訓練", "residual": "middle", **accepted},
        {"concerned": "検査画像", "threat": "保守用の接続口から侵入される", "likelihood": "middle", "effect": "high", "treatment": "reduce", "measure": "二要素認証と、使うときだけの接続", "residual": "low", **accepted},
        {"concerned": "同意書・紹介状（紙）", "threat": "持ち出しや置き忘れで失われる", "likelihood": "low", "effect": "middle", "treatment": "reduce", "measure": "施錠と受け渡しの記録", "residual": "low", **accepted},
    )  # fmt: skip
