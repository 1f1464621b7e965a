"""A heightened period begins and ends by its dates; overlaps and mistakes are said plainly."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.inspection import catalogue
from sekisho.inspection import period as room
from sekisho.inspection.period import Entry, Kind, Period
from sekisho.storage import Database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store

TODAY = dt.date(2026, 11, 1)
TOKYO = ZoneInfo("Asia/Tokyo")


def _entry(begin: int, end: int, letter: str = "医第1号") -> Entry:
    return Entry(
        sender="県医務課", letter=letter, lettered_on=TODAY, reason="サミット",
        begin=TODAY + dt.timedelta(begin), end=TODAY + dt.timedelta(end),
    )  # fmt: skip


def _enter(
    database: Database, clock: FixedClock, begin: int, end: int, *, join: bool = False
) -> Period:
    return room.enter(database, _entry(begin, end), by="A1", at=clock.now(), today=TODAY, join=join)


def test_it_runs_by_its_dates_alone(database: Database, clock: FixedClock) -> None:
    """It waits before its first day, runs to its last, and is over the day after, untouched."""
    _enter(database, clock, 1, 3)
    days = [TODAY + dt.timedelta(ahead) for ahead in range(5)]

    assert [room.running(database, day) is not None for day in days] == [
        False, True, True, True, False,
    ]  # fmt: skip
    (one,) = room.periods(database)
    assert (one.waits(days[0]), one.over(days[4])) == (True, True)


def test_overlapping_notices_are_refused_or_joined(database: Database, clock: FixedClock) -> None:
    """An overlap is refused with the days it meets; joined, two are one, and one that bridges, all."""
    first = _enter(database, clock, 0, 3)
    with pytest.raises(ConflictError, match=r"inspection\.period\.overlaps") as refused:
        _enter(database, clock, 3, 9)
    assert refused.value.args_["begin"] == TODAY.isoformat()
    apart = _enter(database, clock, 20, 30)
    bridge = _enter(database, clock, 2, 25, join=True)

    assert bridge.number == first.number
    assert (bridge.begin, bridge.end) == (TODAY, TODAY + dt.timedelta(30))
    assert [one.number for one in room.periods(database)] == [first.number]
    with pytest.raises(InvalidInputError, match=r"inspection\.period\.none"):
        room.period(database, apart.number)


def test_what_was_kept_goes_along_when_periods_are_joined(
    database: Database, clock: FixedClock
) -> None:
    """Words and moments of a period that a bridge joins to an earlier entry stay with it."""
    later = _enter(database, clock, 20, 30)
    runs = _enter(database, clock, 0, 3)
    room.confirm(database, runs.number, "duty", "内線 100", by="A1", at=clock.now(), today=TODAY)
    room.keep_moment(database, runs.number, Kind.BEGIN, TODAY, at=clock.now(), content={})
    whole = _enter(database, clock, 1, 25, join=True)

    assert whole.number == later.number
    assert [w.text for w in room.words(database, whole.number)] == ["内線 100"]
    assert [m.kind for m in room.moments(database, whole.number)] == [Kind.BEGIN]


def test_it_ends_early_by_a_named_person(database: Database, clock: FixedClock) -> None:
    """Ended early it runs no more that very day, names who and why, and another may begin."""
    one = _enter(database, clock, 0, 9)
    with pytest.raises(InvalidInputError, match="end_why"):
        room.end_early(database, one.number, by="A1", at=clock.now(), today=TODAY, why=" ")
    ended = room.end_early(
        database, one.number, by="B2", at=clock.now(), today=TODAY, why="中止の通知"
    )

    assert room.running(database, TODAY) is None
    assert ended.over(TODAY)
    assert ended.ended is not None
    assert (ended.ended.ended_by, ended.end) == ("B2", TODAY)
    assert _enter(database, clock, 0, 4).number != one.number
    with pytest.raises(ConflictError, match="runs_not"):
        room.end_early(database, one.number, by="B2", at=clock.now(), today=TODAY, why="x")


def test_a_mistake_is_taken_back_and_stays_to_be_read(
    database: Database, clock: FixedClock
) -> None:
    """A notice taken back counts no more, once, with who and why; of joined ones the others stay."""
    one = _enter(database, clock, 0, 2)
    _enter(database, clock, 1, 9, join=True)
    first, second = room.period(database, one.number).notices
    left = room.withdraw(database, second.id, by="A1", at=clock.now(), why="年を間違えた")
    assert left.end == TODAY + dt.timedelta(2)
    gone = room.withdraw(database, first.id, by="A1", at=clock.now(), why="ほかの施設あて")

    assert gone.withdrawn
    assert not gone.over(TODAY)
    assert room.running(database, TODAY) is None
    assert gone.notices[0].withdrawn_why == "ほかの施設あて"
    with pytest.raises(ConflictError, match="withdrawn_already"):
        room.withdraw(database, first.id, by="A1", at=clock.now(), why="x")


def test_hostile_letters_are_kept_as_plain_ones(database: Database, clock: FixedClock) -> None:
    """Controls, marks of direction and markup in a notice are text or gone, on every database."""
    entry = replace(
        _entry(0, 5), sender="県\x00\u202e医務課\ud800", letter="<b>\t1</b>", reason="a\r\nb\x1b"
    )
    one = room.enter(database, entry, by="A1", at=clock.now(), today=TODAY)
    room.confirm(
        database, one.number, "duty", "昼\x00\n夜\u200b", by="A1", at=clock.now(), today=TODAY
    )

    (notice,) = one.notices
    assert (notice.sender, notice.letter, notice.reason) == ("県医務課", "<b> 1</b>", "a b")
    assert room.words(database, one.number)[0].text == "昼\n夜"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sender": " "}, "from_whom"),
        ({"letter": "x" * 201}, "from_whom"),
        ({"reason": ""}, "reason"),
        ({"end": None}, "days"),
        ({"begin": TODAY, "end": TODAY - dt.timedelta(1)}, "days"),
        ({"begin": TODAY - dt.timedelta(9), "end": TODAY - dt.timedelta(1)}, "is_over"),
        ({"begin": TODAY, "end": TODAY + dt.timedelta(401)}, "too_long"),
        ({"begin": TODAY - dt.timedelta(40), "end": TODAY}, "too_long"),
        ({"lettered_on": TODAY + dt.timedelta(1)}, "lettered_ahead"),
    ],
)
def test_what_cannot_be_is_refused(
    database: Database, clock: FixedClock, wrong: dict[str, object], message: str
) -> None:
    """A notice without sender, reason or end, or with impossible days, is not kept."""
    entry = replace(_entry(0, 5), **wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match=rf"inspection\.period\.{message}"):
        room.enter(database, entry, by="A1", at=clock.now(), today=TODAY)

    assert room.periods(database) == []


def test_people_confirm_again_and_again(database: Database, clock: FixedClock) -> None:
    """Who is on duty is asked each day, contacts each week; what was taken back is asked again."""
    one = _enter(database, clock, 0, 20)

    def due(ahead: int) -> set[str]:
        said = room.words(database, one.number)
        return {ask.id for ask in room.due(said, TODAY + dt.timedelta(ahead), TOKYO)}

    assert due(0) == {"duty", "contacts", "offline"}
    for ask in ("duty", "contacts"):
        room.confirm(
            database, one.number, ask, "当直 内線 100", by="A1", at=clock.now(), today=TODAY
        )
    assert (due(0), due(1), due(7)) == (
        {"offline"}, {"offline", "duty"}, {"offline", "duty", "contacts"},
    )  # fmt: skip
    newest = room.words(database, one.number)[0]
    room.take_back(database, newest.id, by="A1", at=clock.now())
    assert due(0) == {"offline", "contacts"}
    with pytest.raises(ConflictError, match="no_word"):
        room.take_back(database, newest.id, by="A1", at=clock.now())
    with pytest.raises(InvalidInputError, match="no_ask"):
        room.confirm(database, one.number, "x", "y", by="A1", at=clock.now(), today=TODAY)
    with pytest.raises(ConflictError, match="runs_not"):
        room.confirm(
            database, one.number, "duty", "y", by="A1", at=clock.now(),
            today=TODAY + dt.timedelta(30),
        )  # fmt: skip


def test_ages_are_shortened_and_never_lengthened() -> None:
    """Each proof and answer lasts as long as usual or shorter, and at least a day."""
    asked, book = room.rules(), catalogue("checklist-r7")
    shorter = room.shortened(book, asked)
    for usual, short in zip(book.items, shorter.items, strict=True):
        assert 1 <= short.lasts <= usual.lasts
        for before, after in zip(usual.proofs, short.proofs, strict=True):
            assert 1 <= after.lasts <= before.lasts
    assert asked.lasts("ledger.verified", 35) == 1
    assert asked.lasts("ledger.verified", 1) == 1
    assert shorter != book


def test_a_moment_is_kept_once(database: Database, clock: FixedClock) -> None:
    """How it began is kept once, each day once, whatever is asked again."""

    def keep(kind: Kind, ahead: int, count: int) -> bool:
        day = TODAY + dt.timedelta(ahead)
        return room.keep_moment(database, 1, kind, day, at=clock.now(), content={"count": count})

    assert [keep(Kind.BEGIN, 0, 1), keep(Kind.BEGIN, 1, 2)] == [True, False]
    assert [keep(Kind.DAY, 0, 3), keep(Kind.DAY, 0, 4), keep(Kind.DAY, 1, 5)] == [True, False, True]
    assert [m.content["count"] for m in room.moments(database, 1)] == [5, 3, 1]


def test_before_and_after_are_held_against_each_other() -> None:
    """States, standings and findings are counted at both moments, and changed items are named."""
    before = {
        "sheets": {"b": {"i": ["not_checked", "open"], "j": ["proven", "yes"]}},
        "findings": {"urgent": 2},
    }
    after = {
        "sheets": {"b": {"i": ["proven", "yes"], "j": ["proven", "yes"]}},
        "findings": {"week": 1},
    }
    found = room.compare(before, after)
    states = {one.name: (one.before, one.after) for one in found.states["b"]}

    assert (states["proven"], states["not_checked"]) == ((1, 2), (1, 0))
    assert [(c.item, c.before[0], c.after[0]) for c in found.changed] == [
        ("i", "not_checked", "proven")
    ]
    assert {one.name: (one.before, one.after) for one in found.findings}["urgent"] == (2, 0)
    assert room.compare(None, after).findings[0].before is None
