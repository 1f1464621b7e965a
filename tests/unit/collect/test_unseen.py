"""見えないもの: what a log cannot show is proposed from it, and confirmed by a named person."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.unit.collect.conftest import Desk

from sekisho.collect import unseen
from sekisho.collect.tables import UNSEEN
from sekisho.errors import InvalidInputError
from sekisho.ledger import Reader, create_key, recorder
from sekisho.storage import Database
from sekisho.terms import Access, Action, FixedClock, Origin, Outcome, PatientId, Result

ZONE = "Asia/Tokyo"
HEAD = "アクセス日時,利用者ID,患者ID,機能名,処理,端末"


def log(count: int, days: int, **more: Access) -> list[Access]:
    """Return `count` plain readings of `days` days in October, and `more` beside them."""
    start = dt.datetime(2026, 10, 1, 1, tzinfo=dt.UTC)
    plain = [
        made(number, start + dt.timedelta(days=number % days, seconds=number))
        for number in range(count)
    ]
    return [*plain, *more.values()]


def made(number: int, at: dt.datetime, source: str = "emr", **more: Any) -> Access:
    """Return one reading, or what `more` makes of it."""
    digest = hashlib.sha256(f"{source}{number}".encode()).hexdigest()
    values: dict[str, Any] = {
        "occurred_at": at,
        "source": source,
        "key": digest[:32],
        "digest": digest,
        "origin": Origin(file="log.csv", row=number + 1),
        "action": Action.READ,
        "outcome": Outcome.SUCCESS,
        "user_id": "U1",
        "patient_ids": (PatientId("P1"),),
        "object": "カルテ",
    }
    return Access(**{**values, **more})


class Shelf:
    """A real ledger and its sheets."""

    def __init__(self, data: Path, database: Database, clock: FixedClock) -> None:
        create_key(data, "hospital.example/sekisho")
        self.data, self.database, self.clock = data, database, clock
        self.reader = Reader(data, database)

    def put(self, records: list[Access]) -> None:
        """Record them."""
        with recorder(self.data, self.database, self.clock) as one:
            one.append(records)

    def sheet(self, source: str = "emr") -> unseen.Sheet:
        """Return the sheet of one source."""
        (found,) = unseen.sheets(self.database, self.reader, self.clock, zone=ZONE, source=source)
        return found

    def states(self, source: str = "emr") -> dict[str, Result]:
        """Return the state of each line."""
        return {line.matter.id: line.result for line in self.sheet(source).lines}


@pytest.fixture
def shelf(data: Path, database: Database, clock: FixedClock) -> Shelf:
    """A ledger with nothing in it."""
    return Shelf(data, database, clock)


def test_absence_is_proposed_only_where_enough_arrived(shelf: Shelf) -> None:
    """An act without a record among a thousand of a week is proposed as not recorded; among fewer it is not checked; one that is there is recorded; what no log shows is asked."""
    when = dt.datetime(2026, 10, 3, 2, tzinfo=dt.UTC)
    shelf.put(log(999, 8, printed=made(5000, when, action=Action.PRINT)))
    shelf.put([made(number, when, "pacs") for number in range(20)])

    assert shelf.states() == {
        "search": Result.NO,
        "list": Result.NO,
        "print": Result.YES,
        "export": Result.NO,
        "results": Result.NO,
        "logout": Result.NO,
        "failed": Result.NO,
        "kept": Result.NOT_CHECKED,
    }
    said = {line.matter.id: line.said for line in shelf.sheet().lines}
    assert said["search"] == (
        "collect.unseen.none",
        {"records": "1,000", "days": 8, "count": "0"},
    )
    assert set(shelf.states("pacs").values()) == {Result.NOT_CHECKED}


@pytest.mark.parametrize(
    ("line", "shows"),
    [
        ("search", {"action": Action.SEARCH}),
        ("list", {"patient_ids": (PatientId("P1"), PatientId("P2"))}),
        ("list", {"object": "病棟患者一覧"}),
        ("export", {"action": Action.EXPORT}),
        ("results", {"object": "検査結果照会"}),
        ("logout", {"action": Action.LOGOUT}),
        ("failed", {"action": Action.LOGIN, "outcome": Outcome.FAILED}),
    ],
)
def test_one_record_shows_that_an_act_is_recorded(
    shelf: Shelf, line: str, shows: dict[str, Any]
) -> None:
    """One record of an act is enough to say that the log writes it."""
    shelf.put([made(1, dt.datetime(2026, 10, 3, tzinfo=dt.UTC), **shows)])

    assert [name for name, state in shelf.states().items() if state is Result.YES] == [line]


def test_what_a_person_confirmed_stands_for_a_year(shelf: Shelf) -> None:
    """A confirmation is kept with name, date and reason, beside earlier ones; after a year the line is a proposal again."""
    shelf.put(log(1200, 10))
    sheet = shelf.sheet()
    unseen.confirm(
        shelf.database, shelf.clock, sheet, {"print": (Result.YES, "説明書 12 頁")}, by="A1"
    )
    unseen.confirm(
        shelf.database,
        shelf.clock,
        sheet,
        {"print": (Result.NO, "業者の回答"), "kept": (Result.YES, "6 か月")},
        by="A2",
    )

    printed, kept = (line for line in shelf.sheet().lines if line.matter.id in {"print", "kept"})
    assert (printed.result, printed.note, printed.by) == (Result.NO, "業者の回答", "A2")
    assert (kept.result, kept.note, kept.at) == (Result.YES, "6 か月", shelf.clock.now())
    with shelf.database.read() as c:
        assert c.scalar(sa.select(sa.func.count()).select_from(UNSEEN)) == 3

    shelf.clock.move(dt.timedelta(days=367))
    assert all(line.by is None for line in shelf.sheet().lines)


def test_a_record_that_should_not_be_there_is_told(shelf: Shelf) -> None:
    """Where a line was confirmed as not recorded and a record of it comes, the sheet says so."""
    shelf.put(log(1200, 10))
    unseen.confirm(shelf.database, shelf.clock, shelf.sheet(), {"print": (Result.NO, "")}, by="A1")
    assert not any(line.differs for line in shelf.sheet().lines)

    shelf.put([made(9000, dt.datetime(2026, 10, 5, tzinfo=dt.UTC), action=Action.PRINT)])
    (line,) = (line for line in shelf.sheet().lines if line.differs)
    assert (line.matter.id, line.said[0], line.said[1]["count"]) == (
        "print",
        "collect.unseen.but",
        "1",
    )


@pytest.mark.parametrize(
    ("answers", "by", "message"),
    [
        ({"print": (Result.NOT_CHECKED, " ")}, "A1", "collect.unseen.because"),
        ({"kept": (Result.YES, "")}, "A1", "collect.unseen.because"),
        ({"colour": (Result.YES, "")}, "A1", "collect.unseen.no_line"),
        ({"print": (Result.NO, "長" * 501)}, "A1", "collect.unseen.long_note"),
        ({"print": (Result.NO, "")}, " ", "collect.unseen.nobody"),
    ],
)
def test_what_cannot_be_confirmed_is_refused_whole(
    shelf: Shelf, answers: dict[str, tuple[Result, str]], by: str, message: str
) -> None:
    """A line without its reason, an unknown line, a note without end or nobody's name keeps nothing at all."""
    shelf.put(log(10, 2))
    with pytest.raises(InvalidInputError) as error:
        unseen.confirm(
            shelf.database,
            shelf.clock,
            shelf.sheet(),
            {"search": (Result.NO, "確認"), **answers},
            by=by,
        )
    assert error.value.message == message
    assert all(line.by is None for line in shelf.sheet().lines)


def test_the_sheet_says_days_without_a_record_and_files_that_were_cut(
    shelf: Shelf, desk: Desk
) -> None:
    """Days without a record, received files that end at a row limit, and what waits in quarantine stand on the sheet."""
    rows = [
        f"2026/10/{1 + n % 4:02d} 09:00:{n % 60:02d},U1,{n:08d},カルテ,参照,PC1" for n in range(998)
    ]
    desk.take("\n".join([HEAD, *rows, "2026/10/09 09:00:00,U1,1,カルテ,参照,PC1"]), source="emr")
    bad = ["いつか,U1,1,カルテ,参照,PC1", "2026/10/09 10:00:00,U1,2,カルテ,参照,PC1"]
    desk.take("\n".join([HEAD, *rows[:20], *bad]), "later.csv", source="emr")
    shelf.put(desk.records)

    sheet = shelf.sheet()
    assert (sheet.records, sheet.days, sheet.cut, sheet.waiting) == (1000, 5, 1, 1)
    assert [day.day for day in sheet.missing] == [5, 6, 7, 8]


def test_only_the_period_is_counted(shelf: Shelf) -> None:
    """With a period, what arrived is counted in it alone; what the log can show, in the year up to its end."""
    when = dt.datetime(2026, 10, 2, 2, tzinfo=dt.UTC)
    late = dt.datetime(2026, 10, 20, 2, tzinfo=dt.UTC)
    more = [made(5000, when, action=Action.PRINT), made(5001, late, action=Action.SEARCH)]
    shelf.put([*log(300, 30), *more])
    (sheet,) = unseen.sheets(
        shelf.database,
        shelf.reader,
        shelf.clock,
        zone=ZONE,
        start=dt.datetime(2026, 10, 10, tzinfo=dt.UTC),
        end=dt.datetime(2026, 10, 12, tzinfo=dt.UTC),
    )
    assert (sheet.records, sheet.days) == (20, 2)
    states = {line.matter.id: line.result for line in sheet.lines}
    assert (states["print"], states["search"]) == (Result.YES, Result.NOT_CHECKED)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "ja",
            "emr：記録されないのは検索、一覧の表示、印刷、ファイルへの出力、部門の結果の閲覧、ログアウト、ログインの失敗。確かめていないのは業者がログを残す期間（ログからの案、人は未確認）",
        ),
        (
            "en",
            "emr: not recorded: searches, lists shown, prints, exports, departmental results read, sign-outs, failed sign-ins; not checked: how long the vendor keeps the log (proposed from the log, not confirmed)",
        ),
    ],
)
def test_in_short_it_says_what_is_missing_and_who_says_so(
    shelf: Shelf, language: str, said: str
) -> None:
    """The line for paper names what is not recorded and what is not known, and whether a person confirmed it."""
    shelf.put(log(1200, 10))
    assert unseen.in_short(shelf.sheet(), language, zone=ZONE) == said

    answers = {matter.id: (Result.YES, "確認") for matter in unseen.matters()}
    unseen.confirm(shelf.database, shelf.clock, shelf.sheet(), answers, by="A1")
    short = unseen.in_short(shelf.sheet(), language, zone=ZONE)
    assert "2026/11/01" in short
    assert "A1" not in short


def test_a_sheet_that_nobody_confirmed_is_one_finding(shelf: Shelf, desk: Desk) -> None:
    """Sources with a line that nobody confirmed are one finding, gone when every line is confirmed."""
    desk.take(f"{HEAD}\n2026/10/09 09:00:00,U1,1,カルテ,参照,PC1", source="emr")
    shelf.put(desk.records)
    (finding,) = unseen.findings(shelf.database, shelf.clock)
    assert (finding.args["count"], finding.args["which"]) == (1, ["emr"])

    answers = {matter.id: (Result.NOT_CHECKED, "業者に尋ねた") for matter in unseen.matters()}
    unseen.confirm(shelf.database, shelf.clock, shelf.sheet(), answers, by="A1")
    assert unseen.findings(shelf.database, shelf.clock) == []
