"""The heightened period, wired: its moments, its lines on today's list, and the day on one page."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pypdfium2
import pytest

from sekisho.app.config import read_config
from sekisho.app.findings import keep
from sekisho.app.history import today
from sekisho.app.inspection import sheet_of
from sekisho.app.inspection.day import day_of
from sekisho.app.inspection.period import compared, keep_moments, period_findings
from sekisho.app.installation import Installation
from sekisho.app.proofs import keep_newest
from sekisho.inspection import State
from sekisho.inspection import period as room
from sekisho.pages.words import LANGUAGES, catalogue, say
from sekisho.paper.day import DayLine, DayPage, DayPart, day_page
from sekisho.storage import Database
from sekisho.terms import Evidence, Finding, FixedClock, Gravity, Result

pytestmark = pytest.mark.store


@pytest.fixture
def installation(data: Path, database: Database, clock: FixedClock) -> Installation:
    """An installation in which nothing has happened yet."""
    return Installation(data, read_config(data), database, clock)


def _begin(here: Installation, begin: int, end: int) -> room.Period:
    day = today(here)
    entry = room.Entry(
        sender="県医務課", letter="医第1号", lettered_on=day, reason="サミット",
        begin=day + dt.timedelta(begin), end=day + dt.timedelta(end),
    )  # fmt: skip
    return room.enter(here.database, entry, by="A1", at=here.clock.now(), today=day)


def _prove(here: Installation, subject: str, result: Result) -> None:
    keep_newest(
        here.database,
        Evidence(
            subject=subject, checked_at=here.clock.now(), by="x", result=result, message="app.x"
        ),
    )


def test_it_is_told_while_it_waits_runs_and_is_over(
    installation: Installation, clock: FixedClock
) -> None:
    """Announced, running with what it asks, over for two weeks with its page, then nothing."""
    one, seen = _begin(installation, 2, 3), []
    for days in (2, 2, 20, 0):
        seen.append({found.message.rpartition("_")[2] for found in period_findings(installation)})
        clock.move(dt.timedelta(days=days))

    assert seen == [{"announced"}, {"runs", "ask", "review"}, {"over"}, set()]
    assert room.period(installation.database, one.number).over(today(installation))


def test_proofs_age_sooner_while_it_runs(installation: Installation, clock: FixedClock) -> None:
    """A proof of ten days stands on the sheet, is to be confirmed in the period, and stands after."""
    _prove(installation, "identity.unused", Result.YES)
    clock.move(dt.timedelta(days=10))

    def state() -> State:
        lines = sheet_of(installation, "checklist-r7").lines
        seen = [s for line in lines for s in line.computed.proofs]
        return next(s.state for s in seen if s.proof.subject == "identity.unused")

    assert state() is State.PROVEN
    _begin(installation, 0, 1)
    assert state() is State.CONFIRM
    clock.move(dt.timedelta(days=2))
    assert state() is State.PROVEN


def test_the_morning_keeps_begin_day_and_end_once(
    installation: Installation, clock: FixedClock
) -> None:
    """Run again and again, each day is summed up once; the end is kept the morning after it."""
    one = _begin(installation, 0, 1)
    for _ in range(3):
        keep_moments(installation)
        keep_moments(installation)
        clock.move(dt.timedelta(days=1))
    kinds = [m.kind for m in reversed(room.moments(installation.database, one.number))]
    found, acts = compared(installation, room.period(installation.database, one.number))

    assert kinds == [room.Kind.BEGIN, room.Kind.DAY, room.Kind.DAY, room.Kind.END]
    assert acts["days"] == 2
    assert found.states.keys() >= {"checklist-r7"}


def test_an_end_that_moved_is_kept_anew(installation: Installation, clock: FixedClock) -> None:
    """A period that a later notice goes on with has its end where that notice ends."""
    one = _begin(installation, 0, 1)
    clock.move(dt.timedelta(days=2))
    keep_moments(installation)
    day = today(installation)
    entry = room.Entry(
        sender="県", letter="続", lettered_on=None, reason="延長",
        begin=day - dt.timedelta(1), end=day,
    )  # fmt: skip
    room.enter(installation.database, entry, by="A1", at=clock.now(), today=day, join=True)
    clock.move(dt.timedelta(days=1))
    keep_moments(installation)
    ends = [
        m.day for m in room.moments(installation.database, one.number) if m.kind is room.Kind.END
    ]

    assert ends == [day, day - dt.timedelta(1)]


def test_the_day_says_what_changed_and_names_nobody(
    installation: Installation, clock: FixedClock
) -> None:
    """What got worse since yesterday, what waits and what was confirmed is told, without who."""
    one = _begin(installation, 0, 5)
    _prove(installation, "ledger.sealed", Result.YES)
    _prove(installation, "gate.tls", Result.NO)
    clock.move(dt.timedelta(hours=30))
    since = clock.now() - dt.timedelta(days=1)
    _prove(installation, "ledger.sealed", Result.NO)
    _prove(installation, "gate.tls", Result.NO)
    finding = Finding(
        key="x.y", room="x", gravity=Gravity.URGENT, duty="1-1", message="app.x", where="/",
        action="app.x", args={"user_id": "SECRET"},
    )  # fmt: skip
    keep(installation.database, "x", [finding], clock)
    room.confirm(
        installation.database, one.number, "duty", "SECRET", by="SECRET", at=clock.now(),
        today=today(installation),
    )  # fmt: skip
    content = day_of(installation, one, since)
    parts = {part["part"]: part["lines"] for part in content["parts"]}

    assert "SECRET" not in json.dumps(content)
    assert [line["message"] for line in parts["changed"]] == [
        "inspection.day.findings", "inspection.day.worse",
    ]  # fmt: skip
    assert parts["changed"][0]["args"]["new"] == 1
    assert parts["waits"][0] == {
        "state": "bad", "message": "inspection.day.open_urgent", "args": {"count": 1},
    }  # fmt: skip
    assert [line["state"] for line in parts["people"]] == ["ok", "bad", "bad"]
    for language in LANGUAGES:
        for lines in parts.values():
            for line in lines:
                assert line["message"] in catalogue(language)
                assert "%(" not in say(language, line["message"], **line["args"])


def test_the_day_is_one_page_whatever_happened(clock: FixedClock) -> None:
    """Seventy lines on a bad day are one page still, which says how many are left out."""
    lines = [DayLine("対応が要る", f"悪くなった証拠：{number}") for number in range(70)]
    rest = DayPart("記録", [DayLine("よい", "記録の検証：はい")] * 24)
    page = DayPage(
        title="警戒期間の一日のまとめ", institution="模擬病院", made_at=clock.now(),
        facts=[("警戒期間", "2026-11-01 から 2026-11-09 まで")],
        parts=[DayPart("変わったこと", lines), rest], notes=["名前はありません。"],
    )  # fmt: skip
    book = pypdfium2.PdfDocument(day_page(page, say=say))

    assert len(book) == 1
    text = book[0].get_textpage().get_text_range()
    assert "ほか" in text
    assert "名前はありません" in text
