"""Whose a line of a roster is, which roster stands, and what is asked and answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.care.wards import CYCLE, DAYS, OCTOBER, WEEKDAYS, Ward, month

from sekisho import care
from sekisho.care.roster.questions import answered, questions, say_letters, say_name
from sekisho.errors import InvalidInputError
from sekisho.storage import Database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store


@pytest.fixture
def ward(tmp_path: Path, database: Database, clock: FixedClock) -> Ward:
    """A hospital with a staff list."""
    return Ward(tmp_path, database, clock)


def test_two_people_of_one_name_are_never_guessed(ward: Ward) -> None:
    """The surname alone, where the ward has two of it, is asked; a name cut short that fits one is theirs."""
    rows = month(("佐藤", CYCLE), ("佐藤(次)", CYCLE), ("山田", CYCLE), ("鈴木", CYCLE), ("師長 山田花子", ["日"] * 31))  # fmt: skip
    report = ward.give(rows)
    assert {turn.user_id for turn in ward.turns()} == {"1003", "1001"}
    [names] = [d for d in report.doubts if d.message == "care.roster.open_names"]
    assert names.args["lines"] == ["3", "6"]  # 鈴木 is of another ward: a surname is not enough


def test_a_staff_list_that_comes_later_answers_names(
    tmp_path: Path, database: Database, clock: FixedClock
) -> None:
    """In a folder the roster may stand before the staff list; its names are looked up in the end."""
    hospital = Ward(tmp_path, database, clock)
    with (tmp_path / "zz.csv").open("w", encoding="utf-8") as file:
        file.write("職員番号,氏名,職種,所属\n3001,新人 一子,看護師,3階東病棟\n")
    hospital.give(month(("新人 一子", CYCLE)))
    assert hospital.turns("3001") == []
    care.load([tmp_path / "zz.csv"], database=database, clock=clock)
    assert len(hospital.turns("3001")) == 31


def test_the_same_file_again_adds_nothing_and_a_correction_replaces(ward: Ward) -> None:
    """Newest word: a corrected roster of the ward and month stands alone; another team's stands beside it."""
    first = ward.give(month(("山田 花子", CYCLE), ("佐藤 一郎", CYCLE)))
    again = care.load([ward.folder / "roster.xlsx"], database=ward.database, clock=ward.clock)[0]
    assert (first.added, again.added) == (62, 0)
    assert "care.same_file" in [doubt.message for doubt in again.doubts]
    ward.give(month(("山田 花子", ["日"] * 31)), file="corrected.xlsx")
    assert ward.turns("1002") == []
    assert {turn.shift for turn in ward.turns("1001")} == {"日"}
    ward.give(month(("佐藤 次郎", CYCLE)), file="other_team.xlsx")
    assert {turn.user_id for turn in ward.turns()} == {"1001", "1003"}


def test_which_days_have_a_roster_is_known_by_place(ward: Ward) -> None:
    """For each ward, and each department of a table of duties, the days that its rosters cover."""
    ward.give(month(("山田 花子", CYCLE)))
    ward.give(
        [
            ["2026年10月 当直表"],
            ["日", "曜", "内科当直"],
            *[[n + 1, WEEKDAYS[n], "高橋"] for n in range(31)],
        ],
        file="duty.xlsx",
    )
    covered = care.roster_places(ward.database)
    span = [(OCTOBER[0], OCTOBER[-1])]
    assert covered == {"": span, "3e": span, "内科": span}


def test_a_roster_of_no_named_ward_is_its_peoples(ward: Ward) -> None:
    """Where nothing names a ward, the ward of most people is taken, and that is said."""
    rows = month(
        ("山田 花子", CYCLE), ("佐藤 一郎", CYCLE), ("鈴木 桃子", CYCLE), title="2026年10月"
    )
    report = ward.give(rows)
    assert "care.roster.place_of_people" in [doubt.message for doubt in report.doubts]
    assert {turn.place for turn in ward.turns(duty="work")} == {"3階東病棟"}


def test_a_letter_is_asked_once_a_ward(ward: Ward) -> None:
    """An answer is kept with who gave it, holds for rosters past and to come, and for that ward alone."""
    ward.give(month(("山田 花子", ["◎", "日"] + ["公"] * 29)))
    [asked] = questions(ward.database)
    assert [(one.letter, one.cells, one.why) for one in asked.letters] == [
        ("◎", 1, "duty"),
        ("日", 1, "time"),
    ]
    now = ward.clock.now()
    say_letters(ward.database, "3階東", {"◎": "16:00-9:00", "日": "usual"}, by="1001", at=now)
    first, second, *_ = ward.turns("1001")
    assert (first.shift, first.start, first.end, first.duty) == (
        "◎",
        "16:00:00",
        "09:00:00",
        "work",
    )
    assert (second.start, second.end) == ("08:30:00", "17:15:00")
    assert questions(ward.database) == []
    assert {(one.letter, one.by, one.at) for one in answered(ward.database)} == {
        ("◎", "1001", now),
        ("日", "1001", now),
    }
    ward.give(
        month(("佐藤 一郎", ["◎"] * 30), title="2026年11月 3東", days=list(range(1, 31))),
        file="next.xlsx",
    )
    assert {turn.end for turn in ward.turns("1002")} == {"09:00:00"}
    ward.give(month(("鈴木 桃子", ["◎"] * 31), title="2026年10月 4西"), file="other.xlsx")
    assert ward.turns("1004") == []
    say_letters(ward.database, "*", {"◎": "off"}, by="1001", at=now)
    assert {turn.duty for turn in ward.turns("1004")} == {"off"}
    assert ward.turns("1002")[0].duty == "work"


def test_a_name_is_answered_once_a_ward(ward: Ward) -> None:
    """佐藤 of a ward with two is one's once a person said whose; another ward's 佐藤 is not."""
    ward.give(month(("佐藤", CYCLE)))
    [asked] = questions(ward.database)
    assert [one.among for one in asked.names] == [(("1002", "佐藤 一郎"), ("1003", "佐藤 次郎"))]
    now = ward.clock.now()
    say_name(ward.database, "3東", asked.names[0].written, "1003", by="1001", at=now)
    assert len(ward.turns("1003")) == 31
    ward.give(month(("佐藤", CYCLE), title="2026年10月 4西"), file="other.xlsx")
    assert len(ward.turns("1003")) == 31
    with pytest.raises(InvalidInputError, match="no_such_person"):
        say_name(ward.database, "3東", "佐藤", "nobody", by="1001", at=now)
    with pytest.raises(InvalidInputError, match="no_such_place"):
        say_letters(ward.database, "9南", {"日": "off"}, by="1001", at=now)
    with pytest.raises(InvalidInputError, match="bad_meaning"):
        say_letters(ward.database, "3東", {"日": "maybe"}, by="1001", at=now)


def test_what_is_asked_is_a_finding(ward: Ward) -> None:
    """今日やること says how many letters and names wait; nobody's name is in it."""
    ward.give(month(("佐藤", CYCLE), ("山田 花子", ["公"] * 31)))
    [finding] = [one for one in care.findings(ward.database) if one.key == "care.roster.asked"]
    assert finding.where == "/people/rosters"
    assert finding.args == {"wards": 1, "letters": 2, "names": 1}


def test_ids_without_zeros_and_names_that_slipped(ward: Ward) -> None:
    """An id is read though Excel took its zeros; a name that is another's is said, not followed."""
    (ward.folder / "zeros.csv").write_text(
        "職員番号,氏名,職種,所属\n0077,森 青葉,看護師,3階東病棟\n", encoding="utf-8"
    )
    care.load([ward.folder / "zeros.csv"], database=ward.database, clock=ward.clock)
    report = ward.give(
        [
            ["2026年10月 3東"],
            ["職員番号", "氏名", *DAYS],
            [77, "森", *CYCLE],
            [1001, "鈴木", *CYCLE],
            [9999, "だれか", *CYCLE],
        ]
    )
    assert {turn.user_id for turn in ward.turns()} == {"0077", "1001", "9999"}
    told = {doubt.message: doubt.args.get("lines") for doubt in report.doubts}
    assert told["care.roster.other_names"] == ["4"]
    assert told["care.roster.unlisted"] == ["5"]
