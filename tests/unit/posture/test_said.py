"""What a person says of machines: one or two, touched or not; what waits for a person."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.posture.test_match import document

from sekisho import posture
from sekisho.errors import InvalidInputError
from sekisho.posture import match
from sekisho.posture.knowledge.load import load_feeds
from sekisho.storage import Database
from sekisho.terms import FixedClock, Gravity, Result

pytestmark = pytest.mark.store
TODAY = dt.date(2026, 10, 20)
NOW = dt.datetime(2026, 10, 20, 3, tzinfo=dt.UTC)
LEDGER = (
    "資産番号,名称,種別,ホスト名,IPアドレス,シリアル番号,サポート終了\n"
    "T3,看護端末,端末,NS-03,10.1.0.3,5CG1234XYZ,2025/10/14\n"
)
EXPORT = (
    "コンピューター名,IPアドレス,検出エンジン,モジュールの状態,OS名\n"
    "NS-03,10.1.9.3,29000,最新,Windows 10 Pro\n"
)
LINES = (
    "接続名,相手先,二要素認証,接続元制限,最終更新日,種別\n"
    "ナースコール保守,甲社,無,有,2026/09/01,保守\n"
    "CT保守,乙社,,,,保守\n"
    "検査センター,丙社,有,有,2024/01/10,委託先\n"
)


@pytest.fixture
def give(tmp_path: Path, database: Database, clock: FixedClock) -> Any:
    """Load texts as CSV files."""

    def give(*texts: str) -> None:
        for place, text in enumerate(texts):
            path = tmp_path / f"{place}.csv"
            path.write_text(text, encoding="utf-8")
            [report] = posture.load([path], database=database, clock=clock)
            assert report.error is None

    return give


def rows(database: Database) -> list[Any]:
    """Return what the list shows."""
    return list(posture.assets(database, today=TODAY).rows)


def test_a_pair_becomes_one_machine_and_two_again(give: Any, database: Database) -> None:
    """A person's yes joins two assets with all that is known of them; undone, each is as it was."""
    give(LEDGER, EXPORT)
    before = rows(database)
    first, second = before
    posture.say_touch(database, second.id, "no", by="P1", at=NOW, until=None, today=TODAY)
    [pair] = posture.pairs(database)
    assert (pair.why, pair.one["number"]) == ("host_other_ip", "T3")
    posture.answer(database, pair.id, same=True, by="P1", at=NOW)
    [one] = rows(database)
    assert (one.id, one.number, one.os, one.may_touch) == (first.id, "T3", "Windows 10 Pro", "no")
    whole = posture.asset(database, one.id)
    assert whole is not None
    assert {value for _, value in whole.addresses} == {"ns-03", "10.1.0.3", "10.1.9.3"}
    assert {seen.source for seen in whole.sightings} == {"ledger", "eset"}
    with pytest.raises(InvalidInputError, match=r"posture\.pair_gone"):
        posture.answer(database, pair.id, same=False, by="P1", at=NOW)
    posture.undo(database, pair.id, by="P2", at=NOW)
    after = rows(database)
    assert [(one.id, one.number, one.os) for one in after] == [
        (one.id, one.number, one.os) for one in before
    ]
    assert [one.may_touch for one in after] == ["asked", "no"]
    posture.answer(database, pair.id, same=False, by="P1", at=NOW)
    give(EXPORT.replace("29000", "29001"))
    assert posture.pairs(database) == []
    assert len(rows(database)) == 2


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("yes", None),
        ("yes", dt.date(2026, 10, 19)),
        ("yes", dt.date(2027, 12, 1)),
        ("maybe", None),
    ],
)
def test_a_yes_needs_its_last_day(
    give: Any, database: Database, said: str, until: dt.date | None
) -> None:
    """That a machine may be touched is a named person's word with a last day within a year."""
    give(LEDGER)
    [one] = rows(database)
    with pytest.raises(InvalidInputError):
        posture.say_touch(database, one.id, said, by="P1", at=NOW, until=until, today=TODAY)
    good = dt.date(2026, 12, 31)
    posture.say_touch(database, one.id, "yes", by="P1", at=NOW, until=good, today=TODAY)
    give(LEDGER.replace("10.1.0.3", "10.1.0.4"))
    touched = posture.assets(database, state="touch", today=TODAY).rows
    assert [(one.may_touch, one.touch_until) for one in touched] == [("yes", good)]
    assert posture.assets(database, state="touch", today=good + dt.timedelta(days=1)).rows == ()


@pytest.mark.duty("3")
def test_what_waits_and_what_is_proved(give: Any, database: Database, clock: FixedClock) -> None:
    """Ended support, open and unknown lines, old ledgers and pairs are findings; nothing is proved by silence."""
    assert posture.findings(database, TODAY) == []
    silent = posture.evidence(database, NOW, TODAY)
    assert [one.result for one in silent] == [Result.NOT_CHECKED] * 2
    give(LEDGER, EXPORT, LINES)
    today = clock.now().date()
    found = {one.key: one for one in posture.findings(database, today)}
    assert set(found) == {
        "posture.ended", "posture.lines_open", "posture.lines_unpatched",
        "posture.lines_unknown", "posture.pairs",
    }  # fmt: skip
    assert found["posture.ended"].args["names"] == ["T3"]
    assert found["posture.lines_open"].args["names"] == ["ナースコール保守"]
    assert found["posture.lines_unpatched"].args["names"] == ["検査センター"]
    assert found["posture.lines_unknown"].gravity is Gravity.UNKNOWN
    ledger, lines = posture.evidence(database, clock.now(), today)
    assert (ledger.result, lines.result) == (Result.YES, Result.NO)
    later = today + dt.timedelta(days=400)
    assert "posture.ledger_old" in {one.key for one in posture.findings(database, later)}
    assert posture.evidence(database, clock.now(), later)[0].result is Result.NOT_CHECKED


def test_what_is_said_of_an_advisory_is_said_of_all_it_means(
    give: Any, database: Database, tmp_path: Path
) -> None:
    """A mark goes to one machine, or to every one that the advisory means at once (CSAF clause 13)."""
    give(
        "管理番号,機器名,種別,製造販売業者,型式,バージョン\n"
        + "".join(f"{n},輸液ポンプ,医療機器,バクスター,Sigma Spectrum,6.05\n" for n in (1, 2, 3))
    )
    tree = document(("Baxter", "Sigma Spectrum", "<=6.05", "known_affected"), number="EX-9")
    (tmp_path / "ex.json").write_text(json.dumps(tree), encoding="utf-8")
    load_feeds([tmp_path / "ex.json"], database=database, clock=FixedClock(NOW))
    match.look(database, rules=match.rules(), now=NOW)
    _, devices = match.of_advisory(database, "EX-9")
    match.say(database, devices[0].found.id, "doing", by="P1", at=NOW)
    assert sorted(one.found.state for one in match.of_advisory(database, "EX-9")[1]) == ["doing", "todo", "todo"]  # fmt: skip
    match.say(database, devices[1].found.id, "done", by="P1", at=NOW, whole=True)
    match.look(database, rules=match.rules(), now=NOW)
    assert {one.found.state for one in match.of_advisory(database, "EX-9")[1]} == {"done"}
