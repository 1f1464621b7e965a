"""Lists as hospitals have them, told apart and kept without doubling."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from sekisho import care
from sekisho.care import Kind, LoadReport
from sekisho.storage import Database
from sekisho.terms import FixedClock, UserKind

pytestmark = pytest.mark.store


@pytest.fixture
def give(tmp_path: Path, database: Database, clock: FixedClock) -> Any:
    """Write a text as a CP932 CSV, load it, and give the report."""

    def give(text: str, name: str = "list.csv") -> LoadReport:
        path = tmp_path / name
        path.write_bytes(text.encode("cp932"))
        [report] = care.load([path], database=database, clock=clock)
        return report

    return give


STAFF = "職員番号,氏名,職種,所属\n0012,佐藤 一郎,医師,内科\n0013,佐藤 一郎,医師,外科\n"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("職員番号,氏名,職種,所属", Kind.STAFF),
        ("職員コード,氏名,フリガナ,職種,部署,採用日", Kind.STAFF),
        ("利用者ID,利用者名,所属部署", Kind.STAFF),
        ("user_id,name,job title,department", Kind.STAFF),
        ("ユーザーコード,職員名,病棟,入職日,退職日", Kind.STAFF),
        ("Employee No.,Full Name,Title,Ward", Kind.STAFF),
        ("職員番号,氏名,職種,所属,患者番号（本人）,住所", Kind.STAFF),
        ("患者番号,受付日時,診療科,担当医", Kind.VISITS),
        ("患者ID,患者氏名,来院日,来院時刻,診療科", Kind.VISITS),
        ("カルテ番号,予約日,予約時間,科", Kind.VISITS),
        ("patient_id,visit date,department,doctor", Kind.VISITS),
        ("患者番号,入院日,退院日,病棟,診療科,主治医", Kind.STAYS),
        ("MRN,admission_date,discharge_date,ward", Kind.STAYS),
        ("患者番号,氏名,生年月日,住所,電話番号", Kind.PATIENTS),
        ("患者ID,患者氏名,カナ,最終来院日", Kind.PATIENTS),
    ],
)
def test_a_list_is_told_by_its_headings(give: Any, header: str, kind: Kind) -> None:
    """The kind of a list is told from its headings, in Japanese and English, with the reason."""
    cells = [
        "2026/10/04" if "日" in name or "date" in name.lower() else "0012"
        for name in header.split(",")
    ]
    report = give(f"{header}\n{','.join(cells)}\n")
    assert report.error is None
    assert report.taken_for is kind
    assert report.why is not None
    assert report.rows == 1


def test_headings_may_stand_lower(give: Any) -> None:
    """A title, the date of the list and an empty line above the headings are no data."""
    report = give("職員名簿\n令和8年10月1日現在\n\n" + STAFF + "合計,2,,\n")
    assert (report.taken_for, report.rows, report.refused) == (Kind.STAFF, 2, [])


def test_headings_of_two_lines_are_one(give: Any, database: Database) -> None:
    """有効期間 over 開始日 and 終了日 is read as one heading."""
    give("職員番号,氏名,所属,有効期間,\n,,,開始日,終了日\n0012,佐藤,内科,2026/4/1,2026/9/30\n")
    person = care.person(database, "0012")
    assert person is not None
    assert (person.valid_from, person.valid_to) == (dt.date(2026, 4, 1), dt.date(2026, 9, 30))


def test_what_cannot_be_told_names_its_columns(give: Any) -> None:
    """A list of no known kind is refused with the columns that were found."""
    report = give("職員番号,電話番号\n1,2\n")
    assert report.taken_for is None
    assert report.error == ("care.undecided", {"columns": ["職員番号", "電話番号"]})


def test_an_access_log_is_no_staff_list(give: Any) -> None:
    """A log given as a list is refused and named a log."""
    report = give("アクセス日時,利用者ID,患者ID,処理,所属\n2026/10/04 10:00,u,p,参照,内科\n")
    assert report.error is not None
    assert report.error[0] == "care.is_a_log"


def test_rows_are_refused_with_their_reason(give: Any) -> None:
    """A row that cannot be taken is named by its line and its reason; the others are kept."""
    report = give(
        "患者番号,受付日,診療科,状態\n,2026/10/04,内科,\n1,きのう,内科,\n1.23E+05,2026/10/04,内科,\n"
        "2,2026/10/04,内科,取消\n3,,内科,\n4,2026/10/04,内科,来院\n"
    )
    assert report.rows == 1
    assert [(line, message) for line, message, _ in report.refused] == [
        (2, "care.no_patient_id"),
        (3, "care.bad_date"),
        (4, "care.excel_number"),
        (5, "care.cancelled"),
        (6, "care.no_date"),
    ]
    assert [finding.message for finding in report.findings] == ["care.rows_refused"]


def test_the_same_file_again_adds_nothing(give: Any, database: Database) -> None:
    """Loading a list twice, also under another name, doubles nothing."""
    visits = "患者番号,受付日,診療科\n1,2026/10/04,内科\n2,2026/10/05,内科\n"
    assert give(visits).added == 2
    assert give(visits, "other.csv").added == 0
    assert give(visits + "3,2026/10/06,内科\n", "grown.csv").added == 1
    assert give(STAFF, "s.csv").added == 2
    assert give(STAFF, "s2.csv").added == 0
    assert care.snapshot(database)["visits"].num_rows == 3
    assert care.snapshot(database)["staff"].num_rows == 2


def test_a_stay_is_closed_by_the_newer_list(give: Any, database: Database) -> None:
    """An open stay that a newer list closes is one stay, closed."""
    give("患者番号,入院日,退院日,病棟\n1,2026/10/04,,5東\n2,2026/10/01,2026/10/09,5東\n")
    [first, _] = care.snapshot(database)["stays"].sort_by("patient_id").to_pylist()
    assert first["open"]
    assert first["until"] == dt.date(2026, 10, 9)  # the last day that the list speaks of
    assert give("患者番号,入院日,退院日,病棟\n1,2026/10/04,2026/10/20,5東\n", "b.csv").added == 0
    [first, _] = care.snapshot(database)["stays"].sort_by("patient_id").to_pylist()
    assert (first["open"], first["until"]) == (False, dt.date(2026, 10, 20))


def test_the_newest_staff_list_has_the_last_word(give: Any, database: Database) -> None:
    """For an id it names, the newest list replaces; an id that it does not name has not left."""
    give(STAFF)
    report = give("職員番号,氏名,職種,所属\n0012,佐藤 一郎,医師,循環器内科\n", "new.csv")
    moved, missing = care.person(database, "0012"), care.person(database, "0013")
    assert moved is not None
    assert moved.department == "循環器内科"
    assert len(moved.posts) == 1
    assert missing is not None
    assert missing.valid_to is None
    assert [doubt.message for doubt in report.doubts] == ["care.not_in_newest"]


def test_posts_that_have_ended_stay(give: Any, database: Database) -> None:
    """An earlier post that ended before the newer one began stays beside it."""
    header = "職員番号,氏名,所属,有効開始日,有効終了日\n"
    give(header + "0012,佐藤,内科,2024/4/1,2026/9/30\n")
    give(header + "0012,佐藤,外科,2026/10/1,\n", "new.csv")
    before, after = (care.person(database, "0012", dt.date(2026, m, 15)) for m in (9, 10))
    assert before is not None
    assert after is not None
    assert (before.department, after.department) == ("内科", "外科")


def test_two_posts_at_one_time_are_one_person(give: Any, database: Database) -> None:
    """兼務 gives several posts at one time, as rows or as a place in its own column."""
    give(
        "職員番号,氏名,所属,兼務\n0012,佐藤,内科,\n0012,佐藤,健診センター,兼務\n0013,鈴木,外科,救急科\n"
    )
    one, two = care.people(database)
    assert [(p.department, p.concurrent) for p in one.posts] == [
        ("内科", False),
        ("健診センター", True),
    ]
    assert [p.department for p in two.posts] == ["外科", "救急科"]
    assert (one.department, two.department) == ("内科", "外科")


def test_two_sato_are_two_persons(give: Any, database: Database) -> None:
    """Equal names are never merged, and a doctor named so is nobody's visit."""
    give(STAFF)
    give("患者番号,受付日,担当医\n1,2026/10/04,佐藤 一郎\n", "v.csv")
    assert [p.user_id for p in care.people(database, search="佐藤")] == ["0012", "0013"]
    assert care.snapshot(database)["visits"].to_pylist()[0]["doctor_id"] is None


def test_a_doctor_is_known_by_a_name_that_one_id_bears(give: Any, database: Database) -> None:
    """A doctor's name that exactly one id bears is that id; a surname alone is nobody."""
    give("職員番号,氏名,職種,所属\n0012,佐藤 一郎,医師,内科\n0014,鈴木　花子,医師,内科\n")
    give(
        "患者番号,受付日,担当医\n1,2026/10/04,鈴木花子\n2,2026/10/04,鈴木\n3,2026/10/04,0012\n",
        "v.csv",
    )
    rows = care.snapshot(database)["visits"].sort_by("patient_id").to_pylist()
    assert [row["doctor_id"] for row in rows] == ["0014", None, "0012"]


def test_one_id_with_two_names_is_a_finding(give: Any, database: Database) -> None:
    """One id that bears two names at one time is shown; one after the other it is not."""
    report = give("職員番号,氏名,所属\n0012,佐藤,内科\n0012,鈴木,外科\n")
    assert [f.message for f in report.findings] == ["care.two_names"]
    assert "care.two_names" in {f.message for f in care.findings(database)}
    header = "職員番号,氏名,所属,有効開始日,有効終了日\n"
    report = give(header + "0020,佐藤,内科,2020/4/1,2021/3/31\n0020,鈴木,内科,2022/4/1,\n", "b.csv")
    assert report.findings == []


def test_kinds_are_proposed_and_confirmed(give: Any, database: Database, clock: FixedClock) -> None:
    """A shared id is proposed from words and is settled when a person confirms it."""
    give("職員番号,氏名,職種,所属\nW5E,5東病棟共用,,5東\n0012,佐藤,医師,内科\n")
    shared = care.person(database, "W5E")
    assert shared is not None
    assert (shared.kind, shared.proposed) == (UserKind.SHARED, "shared")
    assert "care.unconfirmed_kinds" in {f.message for f in care.findings(database)}
    care.mark_kind(database, "W5E", UserKind.PERSON, "総務 鈴木", clock.now())
    shared = care.person(database, "W5E")
    assert shared is not None
    assert (shared.kind, shared.proposed) == (UserKind.PERSON, None)
    assert care.proposed_kinds(database) == []


def test_an_id_without_a_row_is_nobody(give: Any, database: Database) -> None:
    """An id that no list names is None: it is not taken to have left."""
    give(STAFF)
    assert care.person(database, "9999") is None


def test_a_person_may_be_added_by_hand(database: Database) -> None:
    """At set-up a person is added by hand, and an id is given once."""
    care.add_person(database, user_id="a1", name="佐藤", duty="事務員", department="医事課")
    assert [p.user_id for p in care.people(database)] == ["a1"]
    with pytest.raises(care_errors().ConflictError):
        care.add_person(database, user_id="a1", name="鈴木")


def care_errors() -> Any:
    """Return the errors."""
    from sekisho import errors  # noqa: PLC0415 (used by one test)

    return errors


def test_a_workbook_with_merged_cells_is_read(
    tmp_path: Path, database: Database, clock: FixedClock
) -> None:
    """Title rows and merged departments of an Excel list are read as a person reads them."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "令和8年度 職員名簿"
    sheet.merge_cells("A1:D1")
    sheet.append([])
    sheet.append(["所属", "職員番号", "氏名", "採用日"])
    for row in (
        ["内科", 12, "佐藤", dt.date(2020, 4, 1)],
        [None, 13, "鈴木", 43922],
        [None, 14, "高橋", "R2.4.1"],
    ):
        sheet.append(row)
    sheet.merge_cells("A4:A6")
    sheet.append(["外科", 15, "田中", None])
    book.create_sheet("注意").append(["この名簿は社外秘です"])
    path = tmp_path / "staff.xlsx"
    book.save(path)
    [report] = care.load([tmp_path], database=database, clock=clock)
    assert (report.taken_for, report.rows) == (Kind.STAFF, 4)
    found = {p.user_id: (p.department, p.valid_from) for p in care.people(database)}
    hired = dt.date(2020, 4, 1)
    assert found == {
        "12": ("内科", hired),
        "13": ("内科", hired),
        "14": ("内科", hired),
        "15": ("外科", None),
    }


def test_names_stay_in_this_room(give: Any, database: Database) -> None:
    """What leaves for the review holds ids and keys, no name, address or phone number."""
    give(STAFF)
    give("患者番号,氏名,住所,電話\n1,山田 太郎,東京都緑区中町1-2-3,03-0000-0000\n", "p.csv")
    text = str({name: table.to_pylist() for name, table in care.snapshot(database).items()})
    assert "佐藤" not in text
    assert "山田" not in text
    assert "0000-0000" not in text


def test_people_are_paged_by_id(give: Any, database: Database) -> None:
    """A long list is read a page at a time, by id, and searched by any of its words."""
    give(
        "職員番号,氏名,所属\n"
        + "".join(f"{i:04d},職員{i},{'内科' if i % 2 else '外科'}\n" for i in range(30))
    )
    first = care.people(database, limit=10)
    second = care.people(database, limit=10, after=first[-1].user_id)
    assert [p.user_id for p in first + second] == [f"{i:04d}" for i in range(20)]
    assert len(care.people(database, search="外科", limit=99)) == 15
    assert care.people(database, search="100%") == []


def test_levels_follow_what_covers_the_period(give: Any, database: Database) -> None:
    """The level is the highest whose lists, and those below, cover the period."""
    start, end = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
    assert care.level(database, start, end).name == "none"
    give(STAFF)
    low = care.level(database, start, end)
    assert (low.name, low.most) == ("L0", Kind.VISITS)
    days = "".join(f"1,2026/10/{day:02d},内科\n" for day in range(1, 16))
    give("患者番号,受付日,診療科\n" + days, "v.csv")
    give("患者番号,入院日,退院日,病棟\n1,2026/10/02,2026/10/28,5東\n", "st.csv")
    half = care.level(database, start, end)
    assert half.name == "L0"
    assert [message for message, _ in half.missing] == [
        "care.short.visits",
        "care.missing.patients",
        "care.missing.orders",
        "care.missing.appointments",
        "care.missing.rosters",
    ]
    more = "".join(f"1,2026/10/{day:02d},内科\n" for day in range(16, 31))
    give("患者番号,受付日,診療科\n" + more, "v2.csv")
    assert care.level(database, start, end).name == "L1"
    assert care.level(database, start, dt.date(2026, 11, 30)).name == "L0"
