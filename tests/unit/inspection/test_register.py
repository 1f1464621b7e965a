"""The register: what was written is kept with who wrote it, and proves no more than it says."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.inspection import register
from sekisho.inspection.register import risks
from sekisho.inspection.register.held.risks import level
from sekisho.inspection.register.threats import threats
from sekisho.storage import Database
from sekisho.terms import Evidence, Result

pytestmark = [pytest.mark.store, pytest.mark.duty("注-6.2")]
TODAY = dt.date(2026, 11, 29)
NOW = dt.datetime(2026, 11, 29, 3, tzinfo=dt.UTC)
ZONE = "Asia/Tokyo"
HEAD = {"role": "safety_officer", "person": "模擬 太郎", "since": "令和8年4月1日"}
COPY = {
    "system": "電子カルテ", "generations": "3世代", "offline": "○", "procedure": "サーバ室の棚",
    "tested_on": "2026/10/01", "tested_by": "情報システム室", "test_result": "成功",
}  # fmt: skip


def add(database: Database, part: str, values: dict[str, str], **more: Any) -> int:
    """Keep a line by hand."""
    return register.add(database, part, values, by="P1", at=NOW, today=TODAY, **more)


def proof(database: Database, part: str, **more: Any) -> Evidence:
    """Return what a list proves."""
    found = register.evidence(database, NOW, ZONE, **more)
    return next(one for one in found if one.subject == f"register.{part}")


def findings(database: Database, today: dt.date = TODAY) -> set[str]:
    """Return the keys of what waits."""
    return {one.key.removeprefix("register.") for one in register.findings(database, today)}


def test_a_list_proves_what_is_written_and_until_it_is_old(database: Database) -> None:
    """An empty list is not checked, a line that lacks something is a no, a whole one a yes as old as its day and good until it is to be confirmed; after that it is not green any more."""
    assert proof(database, "backups").result is Result.NOT_CHECKED
    assert findings(database) == set()
    number = add(database, "backups", {**COPY, "offline": "×"})
    assert proof(database, "backups").result is Result.NO
    assert "gap.backups.not_offline" in findings(database)
    register.change(database, number, {"offline": "はい"}, by="P1", at=NOW, today=TODAY)
    good = proof(database, "backups")
    assert good.result is Result.YES
    assert good.checked_at == dt.datetime(2026, 9, 30, 15, tzinfo=dt.UTC)
    assert good.valid_until == dt.datetime(2027, 10, 1, 15, tzinfo=dt.UTC)
    assert "old.backups.old" in findings(database, dt.date(2027, 10, 2))
    assert "empty" in findings(database)


def test_who_must_be_there_is_asked_for(database: Database) -> None:
    """A chart without police is no whole chart, a hospital without a safety officer has none, one who left does not count, and a vendor known to another room is asked for by name."""
    add(database, "responsible", {**HEAD, "role": "個人情報保護責任者"})
    assert proof(database, "responsible").result is Result.NO
    number = add(database, "responsible", HEAD)
    assert proof(database, "responsible").result is Result.YES
    register.change(database, number, {"ended_on": "2026-11-28"}, by="P1", at=NOW, today=TODAY)
    assert proof(database, "responsible").result is Result.NO
    for body in ("safety_officer", "vendor", "mhlw", "prefecture"):
        add(database, "contacts", {"body": body, "party": body, "phone": "内線 1", "confirmed_on": "2026-11-01"})  # fmt: skip
    lacks = proof(database, "contacts")
    assert lacks.args["first"] == {"message": "register.choice.body.police"}
    add(database, "contacts", {"body": "警察署", "party": "模擬警察署", "phone": "内線 2"})
    assert proof(database, "contacts").result is Result.NOT_CHECKED
    line = register.lines(database, "contacts", today=TODAY, problem="undated")[0]
    register.confirm(database, line.id, by="P2", at=NOW, today=TODAY)
    chart = proof(database, "contacts")
    assert chart.result is Result.YES
    assert chart.valid_until == dt.datetime(2027, 5, 3, 15, tzinfo=dt.UTC)
    vendor = {"vendor": "甲社", "system": "PACS", "division": "契約書", "remote": "無", "disclosure": "有", "contact": "内線 3", "confirmed_on": "2026-11-01"}  # fmt: skip
    add(database, "vendors", vendor)
    assert proof(database, "vendors").result is Result.YES
    assert proof(database, "vendors", expected={"vendors": ["乙社"]}).args["first"] == "乙社"


def test_the_newest_version_and_the_newest_drill_count(database: Database) -> None:
    """An old version of a rule, and last year's training of a subject, do not count beside newer ones; a plan without a drill is a no."""
    rule = {
        "rule": "運用管理規程",
        "sort": "運用管理規程",
        "adopted_by": "安全管理委員会",
        "covers": "はい",
    }
    add(database, "rules", {**rule, "version": "1", "adopted_on": "2019-04-01"})
    assert proof(database, "rules").valid_until < NOW  # type: ignore[operator]
    add(database, "rules", {**rule, "version": "2", "adopted_on": "2026-04-01"})
    assert proof(database, "rules").valid_until > NOW  # type: ignore[operator]
    assert "old.rules.old" not in findings(database)
    add(database, "bcp", {"what": "計画", "title": "BCP", "held_on": "R8.4.1", "held_by": "院長", "place": "防災棚"})  # fmt: skip
    assert proof(database, "bcp").args["first"] == {"message": "register.choice.bcp.drill"}
    training = {"subject": "標的型メール", "attended": "120名", "invited": "150"}
    add(database, "training", {**training, "held_on": "2024-06-01"})
    add(database, "training", {**training, "held_on": "2026-06-01", "next_on": "2026-12-01"})
    assert proof(database, "training").args["lines"] == 1
    assert "old.training.old" in findings(database, dt.date(2026, 12, 2))


def test_nothing_is_lost_and_nothing_is_overwritten_unseen(database: Database) -> None:
    """Each change keeps who, when and what was before; it is undone, taken back and put back; a person who did not see the newest change does not overwrite it."""
    number = add(database, "responsible", HEAD)
    seen = register.line(database, number, today=TODAY)
    assert seen is not None
    register.change(database, number, {"deputy": "模擬 花子"}, by="P2", at=NOW, today=TODAY, seen=seen.turn)  # fmt: skip
    with pytest.raises(ConflictError):
        register.change(database, number, {"post": "部長"}, by="P3", at=NOW, today=TODAY, seen=seen.turn)  # fmt: skip
    register.take_back(database, number, by="P2", at=NOW)
    assert register.lines(database, "responsible", today=TODAY) == []
    assert proof(database, "responsible").result is Result.NOT_CHECKED
    assert [one.id for one in register.lines(database, "responsible", today=TODAY, gone=True)] == [number]  # fmt: skip
    register.put_back(database, number, by="P1", at=NOW)
    for _ in range(3):
        register.undo(database, number, by="P1", at=NOW)
    with pytest.raises(ConflictError):
        register.undo(database, number, by="P1", at=NOW)
    one = register.line(database, number, today=TODAY)
    assert one is not None
    assert one.stands
    assert one.told == seen.told
    acts = [(past.act, past.by, past.undone) for past in register.changes(database, number)]
    assert acts[-1] == ("add", "P1", False)
    assert acts[-2] == ("change", "P2", True)
    assert len(acts) == 7
    assert [one.id for one in register.lines(database, "responsible", today=TODAY, search="ﾓｷﾞ")] == []  # fmt: skip
    assert len(register.lines(database, "responsible", today=TODAY, search="模擬　太郎")) == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"role": "院長代理補佐"}, "register.no_choice"),
        ({"since": "春"}, "register.no_day"),
        ({"person": " "}, "register.needed"),
        ({"note": "あ" * 2_001}, "register.too_long"),
        ({"confirmed_on": "2026-11-30"}, "register.not_yet"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    database: Database, values: dict[str, str], message: str
) -> None:
    """A word that is no choice, no day, an empty name, a text too long and a confirmation of tomorrow are refused, each with its field."""
    with pytest.raises(InvalidInputError) as refused:
        add(database, "responsible", {**HEAD, **values})
    assert refused.value.message == message
    assert refused.value.args_["field"] == {"message": f"register.field.{next(iter(values))}"}
    assert register.counts(database) == {}


def test_a_risk_assessment_is_begun_and_asks_what_it_leaves_out(database: Database) -> None:
    """Important information without a line of risks is named; chosen threats become lines once, say nothing by themselves, and a line for all information covers it."""
    add(database, "information", {"information": "診療録", "importance": "高"})
    add(database, "information", {"information": "物品の注文", "importance": "低"})
    assert risks.unassessed(database) == ["診療録", "物品の注文"]
    assert risks.unassessed(database, only=("high",)) == ["診療録"]
    said = {"by": "P1", "at": NOW, "today": TODAY, "language": "ja"}
    assert risks.begin(database, "診療録", {"ransom", "mail", "x"}, **said) == 2  # type: ignore[arg-type]
    assert risks.begin(database, "診療録", {"ransom"}, **said) == 0  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError):
        risks.begin(database, "診療録", {"x"}, **said)  # type: ignore[arg-type]
    (one, _) = register.lines(database, "risks", today=TODAY)
    assert (one.source, one.told["level"]) == ("start", None)
    judged = {"likelihood": "中", "effect": "高"}
    register.change(database, one.id, judged, by="P1", at=NOW, today=TODAY)
    assert register.lines(database, "risks", today=TODAY)[0].told["level"] == "high"
    assert {"no_level", "no_treatment", "undated"} <= set(one.problems)
    assert level({"likelihood": "high", "effect": "middle"}) == "high"
    assert level({"likelihood": "low", "effect": "high"}) == "middle"
    assert level({"likelihood": "low", "effect": None}) is None
    assert risks.unassessed(database) == ["物品の注文"]
    add(database, "risks", {"concerned": "すべての情報", "threat": "停電"})
    assert risks.unassessed(database) == []
    assert all(set(one.text) == set(one.hint) == {"ja", "en"} for one in threats())
