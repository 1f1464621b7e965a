"""止めてある対策: nothing that is off is forgotten, by whatever way it came to be known."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from tests.unit.posture.test_protection import LEDGER, NOW, TODAY, states, windows
from tests.unit.posture.test_protection import give as give  # noqa: PLC0414 (the fixture)

from sekisho import posture
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.posture import controls
from sekisho.posture.records import Kind
from sekisho.posture.tables import CONTROL
from sekisho.storage import Database
from sekisho.terms import FixedClock, Result

pytestmark = pytest.mark.store
ENTRY = {
    "what": "scanner", "about": "2", "ordered": "vendor", "ordered_by": "甲システム株式会社",
    "why": "電子カルテの動作保証", "since": "2026-01-05", "until": "2026-12-31",
    "instead": "網を分けている", "confirmed_by": "情報システム室", "confirmed_on": "2026-10-01",
}  # fmt: skip


def add(database: Database, **changed: str) -> int:
    """Keep an entry by hand."""
    return controls.add(database, {**ENTRY, **changed}, by="P1", at=NOW, today=TODAY)


def keys(database: Database) -> dict[str, Any]:
    """Return the findings, by key."""
    return {one.key: one for one in controls.findings(database, NOW, TODAY)}


@pytest.mark.duty("1-4")
def test_what_is_off_past_its_day_or_alone_is_a_finding(give: Any, database: Database) -> None:
    """An empty list proves nothing; an entry in time with something in its place does, and one past its day or alone is a finding and a no."""
    give(LEDGER)
    assert controls.evidence(database, NOW, TODAY).result is Result.NOT_CHECKED
    add(database)
    assert controls.evidence(database, NOW, TODAY).result is Result.YES
    assert keys(database) == {}
    add(database, about="4", until="2026-10-19", instead="")
    add(database, about="電子カルテ端末すべて", ordered="unknown", until="", confirmed_on="")
    found = keys(database)
    assert found["posture.control_overdue"].args == {"count": 1, "names": ["4 CT操作卓"]}
    assert found["posture.control_alone"].args["count"] == 1
    assert found["posture.control_gaps"].args["off"] == 3
    assert controls.evidence(database, NOW, TODAY).result is Result.NO
    problems = [one.problems for one in controls.entries(database, today=TODAY).rows]
    assert problems == [(), ("overdue", "alone"), ("no_order", "endless", "unconfirmed")]
    for problem in controls.PROBLEMS:
        rows = controls.entries(database, today=TODAY, chosen=problem).rows
        assert len(rows) == controls.sums(database, TODAY)[problem] == 1


def test_what_machines_show_off_is_asked_for_its_order(give: Any, database: Database) -> None:
    """A scanner that is off, a firewall that is off and patches kept off are proposed with who maintains the machine, until an entry tells of them."""
    ledger = LEDGER.replace("種別,ホスト名", "種別,ホスト名,保守業者").replace(
        "EMR\n", "EMR,甲システム\n"
    )
    give(
        ledger,
        windows("EMR", "2026-10-18T00:00:00+00:00", defender={"RealTimeProtectionEnabled": False},
                firewall=[{"Name": "Domain", "Enabled": "True"}, {"Name": "Public", "Enabled": "False"}]),
        windows("NS-01", "2026-10-18T00:00:00+00:00", hotfixes=[{"HotFixID": "K", "InstalledOn": "2026-01-01"}]),
        windows("RC-01", "2026-08-18T00:00:00+00:00", defender={"AMServiceEnabled": False}),
    )  # fmt: skip
    seen = {(one.target, one.what): one for one in controls.proposals(database, now=NOW)}
    assert set(seen) == {
        ("1 電子カルテサーバ", "scanner"), ("1 電子カルテサーバ", "firewall"), ("2 看護端末", "patches"),
    }  # fmt: skip
    assert seen["1 電子カルテサーバ", "scanner"].vendor == "甲システム"
    assert keys(database)["posture.control_whose"].args["count"] == 3
    number = add(database, about="1")
    left = {one.what for one in controls.proposals(database, now=NOW)}
    assert left == {"firewall", "patches"}
    assert states(database)["1"] == "ordered"
    controls.lift(database, number, off=False, by="P2", at=NOW)
    assert states(database)["1"] == "bad"
    [one] = controls.entries(database, today=TODAY, chosen="on").rows
    assert one.problems == ()


def test_every_change_is_kept_and_can_be_undone(give: Any, database: Database) -> None:
    """Who changed what stands beside an entry, and undoing goes back step by step to how it was kept first."""
    give(LEDGER)
    number = add(database)
    controls.change(
        database, number, {**ENTRY, "until": "2027-03-31"}, by="P2", at=NOW, today=TODAY
    )
    controls.confirm(database, number, by="P3", at=NOW, today=TODAY)
    one = controls.entry(database, number, today=TODAY)
    assert one is not None
    assert (one.told["until"], one.told["confirmed_by"]) == (dt.date(2027, 3, 31), "P3")
    past = controls.changes(database, number)
    assert [(p.by, p.fields) for p in past] == [
        ("P3", ("confirmed_by", "confirmed_on")), ("P2", ("until",)), ("P1", ()),
    ]  # fmt: skip
    controls.undo(database, number, by="P4", at=NOW)
    controls.undo(database, number, by="P4", at=NOW)
    one = controls.entry(database, number, today=TODAY)
    assert one is not None
    assert (one.told["until"], one.told["confirmed_by"]) == (
        dt.date(2026, 12, 31),
        "情報システム室",
    )
    with pytest.raises(ConflictError):
        controls.undo(database, number, by="P4", at=NOW)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"what": "magic"}, "what"),
        ({"about": " "}, "no_target"),
        ({"until": "2025-01-01"}, "backwards"),
        ({"since": "きのう"}, "day"),
        ({"confirmed_on": "2026-10-21"}, "not_yet"),
        ({"why": "長" * 2001}, "too_long"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_reason(
    database: Database, changed: dict[str, str], message: str
) -> None:
    """What cannot be is not kept, and the message says what is wrong."""
    with pytest.raises(InvalidInputError, match=rf"posture\.control\.{message}"):
        add(database, **changed)
    assert controls.sums(database, TODAY)["off"] == 0


def workbook(path: Path, *rows: list[Any]) -> Path:
    """Write a list as a vendor hands it over: a title, two merged heads, Japanese dates."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["セキュリティ対策 停止一覧（令和8年10月1日現在）"])
    sheet.append(["No.", "対象機器", "停止している対策", "指示者", "指示区分", "停止理由", "停止日", "期限", "代替策", "確認者", "確認日"])  # fmt: skip
    for row in rows:
        sheet.append(row)
    sheet.append(["合計", len(rows)])
    made = BytesIO()
    book.save(made)
    path.write_bytes(made.getvalue())
    return path


def test_a_list_of_controls_is_loaded_and_loaded_again(
    tmp_path: Path, database: Database, clock: FixedClock, give: Any
) -> None:
    """A ledger's rows become entries of the machines that they name; the same again changes nothing that a person wrote, a new word is a change that can be undone, and a row without a control is refused."""
    give(LEDGER)
    first = [1, "2", "ウイルス対策ソフト（リアルタイム）", "甲システム株式会社", "保守業者", "動作保証", "R8.1.5", "令和8年12月31日", "網を分離", "情シス", "2026/10/1"]  # fmt: skip
    rows = (
        first,
        [2, "CT-01", "Windows Update", "乙メディカル㈱", None, "薬事承認", None, None, None, None, None],
        [3, None, "USB接続制限", "当院 放射線科", None, "画像の持ち込み", None, "2026/3/31", "検査コーナー", None, None],
        [4, "3", None, "甲", None, None, None, None, None, None, None],
    )  # fmt: skip
    path = workbook(tmp_path / "停止一覧.xlsx", *rows)
    [report] = posture.load([path], database=database, clock=clock)
    assert (report.taken_for, report.rows, report.added) == (Kind.CONTROLS, 3, 3)
    assert [one.message for one in report.refused] == ["posture.row_no_control"]
    shown = controls.entries(database, today=TODAY).rows
    assert [(one.told["what"], one.target, one.told["ordered"]) for one in shown] == [
        ("scanner", "2 看護端末", "vendor"), ("patches", "4 CT操作卓", "vendor"), ("usb", "当院 放射線科", "own"),
    ]  # fmt: skip
    assert (shown[0].told["since"], shown[0].told["until"]) == (dt.date(2026, 1, 5), dt.date(2026, 12, 31))  # fmt: skip
    assert shown[2].problems == ("overdue", "unconfirmed")
    number = shown[0].told["id"]
    controls.confirm(database, number, by="P1", at=NOW, today=TODAY)
    posture.load([path], database=database, clock=clock)
    same = controls.entry(database, number, today=TODAY)
    assert same is not None
    assert same.told["confirmed_by"] == "P1"
    workbook(path, [*first[:7], "令和9年3月31日", *first[8:]], *rows[1:3])
    [report] = posture.load([path], database=database, clock=clock)
    assert (report.added, report.changed) == (0, 1)
    later = controls.entry(database, number, today=TODAY)
    assert later is not None
    assert later.told["until"] == dt.date(2027, 3, 31)
    controls.undo(database, number, by="P1", at=NOW)
    back = controls.entry(database, number, today=TODAY)
    assert back is not None
    assert (back.told["until"], back.told["confirmed_by"]) == (dt.date(2026, 12, 31), "P1")


def test_two_machines_called_one_keep_what_is_off(give: Any, database: Database) -> None:
    """What is off on a machine goes with it when a person says that two are one, and comes back when that is undone."""
    give("資産番号,名称,種別,ホスト名,IPアドレス\nT3,看護端末,端末,NS-03,10.1.0.3\n")
    give("コンピューター名,IPアドレス,検出エンジン,モジュールの状態\nNS-03,10.1.9.3,29000,最新\n")
    [pair] = posture.pairs(database)
    one, other = posture.assets(database).rows
    number = add(database, about="T3")
    with database.write() as c:
        c.execute(sa.update(CONTROL).values(asset_id=other.id))
    posture.answer(database, pair.id, same=True, by="P1", at=NOW)
    assert [o.told["id"] for o in controls.of_asset(database, one.id, today=TODAY)] == [number]
    posture.undo(database, pair.id, by="P1", at=NOW)
    assert [o.told["id"] for o in controls.of_asset(database, other.id, today=TODAY)] == [number]
