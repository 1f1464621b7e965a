"""The fictitious hospital: whole, repeatable, exact, and honest about its truth."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from sekisho.app.demo.hospital import Truth, make

KINDS = {
    "leaver",
    "colleague",
    "household",
    "own_record",
    "curiosity",
    "enumeration",
    "bulk_export",
    "two_places",
    "refused_then_success",
    "repeated",
}
LOOK_ALIKES = {
    "consult",
    "float",
    "on_call",
    "team_round",
    "late_billing",
    "phone_call",
    "own_old_cases",
}


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="cp932", newline="") as file:
        return list(csv.DictReader(file))


def read_sheet(path: Path) -> list[dict[str, object]]:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    header = [str(name) for name in rows[0]]
    return [dict(zip(header, row, strict=True)) for row in rows[1:]]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """A small hospital of 6,000 rows."""
    return make(tmp_path_factory.mktemp("small"), rows=6_000)


def test_log_is_as_a_hospital_has_it(small: Truth) -> None:
    """The log is CP932 with Japanese headers, exactly as many rows as asked, in time's order."""
    rows = read_csv(small.log)
    assert list(rows[0]) == [
        "アクセス日時",
        "利用者ID",
        "患者ID",
        "機能名",
        "処理",
        "端末",
        "結果",
    ]
    assert len(rows) == small.rows == 6_000
    times = [row["アクセス日時"] for row in rows]
    assert times == sorted(times)
    assert {time[:7] for time in times} == {"2026/10"}
    assert any(row["患者ID"].startswith("000") for row in rows)


def test_same_seed_same_month(tmp_path: Path) -> None:
    """One seed always gives the same month and truth; another seed gives another."""
    first = make(tmp_path / "a", rows=2_000)
    again = make(tmp_path / "b", rows=2_000)
    other = make(tmp_path / "c", rows=2_000, seed=8)
    assert first.log.read_bytes() == again.log.read_bytes()
    assert first.visits.read_bytes() == again.visits.read_bytes()
    assert read_sheet(first.staff) == read_sheet(again.staff)
    assert read_sheet(first.stays) == read_sheet(again.stays)
    assert (first.cases, first.innocent) == (again.cases, again.innocent)
    assert first.log.read_bytes() != other.log.read_bytes()


@pytest.mark.parametrize(
    ("rows", "month"), [(1_000, dt.date(2027, 2, 1)), (3_000, dt.date(2026, 12, 31))]
)
def test_any_size_and_month_is_whole(tmp_path: Path, rows: int, month: dt.date) -> None:
    """A very small hospital and any month give a whole hospital."""
    truth = make(tmp_path, rows=rows, month=month)
    assert truth.month == month.replace(day=1)
    assert len(read_csv(truth.log)) == rows
    assert {case.kind for case in truth.cases} >= KINDS - {"household", "colleague"}


def test_too_small_is_refused(tmp_path: Path) -> None:
    """Fewer rows than a month can have are refused."""
    with pytest.raises(ValueError, match="1,000"):
        make(tmp_path, rows=999)


def test_truth_names_its_rows(small: Truth) -> None:
    """Each matter's row numbers are the data records of the log, counted from 1."""
    rows = read_csv(small.log)
    assert {case.kind for case in small.cases} == KINDS
    assert {matter.kind for matter in small.innocent} == LOOK_ALIKES
    for matter in (*small.cases, *small.innocent):
        assert matter.rows
        assert {rows[r - 1]["利用者ID"] for r in matter.rows} == set(matter.user_ids)
        assert {rows[r - 1]["患者ID"] for r in matter.rows} - {""} == set(matter.patient_ids)


def test_misuse_is_what_it_says(small: Truth) -> None:
    """The injected matters have the facts that their kind names."""
    rows = read_csv(small.log)
    staff = {str(row["職員番号"]): row for row in read_sheet(small.staff)}
    patients = {row["患者番号"]: row for row in read_csv(small.patients)}
    cases = {case.kind: case for case in small.cases}
    left = staff[cases["leaver"].user_ids[0]]["退職日"]
    assert isinstance(left, dt.datetime)
    assert all(rows[r - 1]["アクセス日時"] > f"{left:%Y/%m/%d} 24" for r in cases["leaver"].rows)
    own = cases["own_record"]
    assert staff[own.user_ids[0]]["本人患者番号"] == own.patient_ids[0]
    home = cases["household"]
    assert staff[home.user_ids[0]]["住所"] == patients[home.patient_ids[0]]["住所"]
    colleague = cases["colleague"].patient_ids[0]
    assert colleague in {row["本人患者番号"] for row in staff.values()}
    assert len(cases["curiosity"].user_ids) >= 6
    numbers = sorted(map(int, cases["enumeration"].patient_ids))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    outcomes = [rows[r - 1]["結果"] for r in cases["refused_then_success"].rows]
    assert outcomes == ["拒否"] * 5 + ["成功"]
    assert len({rows[r - 1]["端末"] for r in cases["two_places"].rows}) == 2


def test_lists_are_as_hospitals_have_them(small: Truth) -> None:
    """The staff list has a declared title, merged cells, dated posts, shared ids and two 佐藤."""
    book = openpyxl.load_workbook(small.staff)
    sheet = book.worksheets[0]
    assert "模擬データ" in str(sheet["A1"].value)
    assert len(sheet.merged_cells.ranges) > 3
    rows = read_sheet(small.staff)
    assert max(Counter(row["職員番号"] for row in rows).values()) == 2
    assert len({row["職員番号"] for row in rows if row["氏名"] == "佐藤　弥生"}) == 2
    notes = " ".join(str(row["備考"]) for row in rows)
    assert all(word in notes for word in ("兼務", "共用ID", "業者", "研修生", "退職"))
    assert "模擬データ" in str(openpyxl.load_workbook(small.stays).worksheets[0]["A1"].value)
    assert {row["備考"] for row in read_csv(small.patients)} == {"模擬データ"}


def test_lists_hang_together(small: Truth) -> None:
    """Everyone who works is listed except the locum; every patient seen is a patient listed."""
    staff = {str(row["職員番号"]) for row in read_sheet(small.staff)}
    patients = {row["患者番号"] for row in read_csv(small.patients)}
    rows = read_csv(small.log)
    assert {row["利用者ID"] for row in rows} - staff <= {"U90001"}
    assert {row["患者ID"] for row in rows} - {""} <= patients
    assert {row["患者番号"] for row in read_csv(small.visits)} <= patients
    stays = read_sheet(small.stays)
    assert {f"{int(str(row['患者番号'])):010d}" for row in stays} <= patients
    assert any(row["退院日"] is None for row in stays)
    assert any(isinstance(row["患者番号"], int) for row in stays)


def test_console_users_are_beyond_doubt(small: Truth) -> None:
    """Three listed people can keep the demo's console, and none is in an injected matter."""
    assert len(set(small.console_users)) == 3
    assert set(small.names) == set(small.console_users)
    assert not set(small.console_users) & {u for case in small.cases for u in case.user_ids}
    assert [path.name for path in small.lists] == [
        "職員名簿.xlsx",
        "受付一覧.csv",
        "入退院一覧.xlsx",
        "患者一覧.csv",
    ]


def test_nobody_works_at_two_places_by_chance(small: Truth) -> None:
    """Ordinary work keeps people at one terminal within any two minutes, but for rare walks."""
    rows = read_csv(small.log)
    marked = {r for matter in (*small.cases, *small.innocent) for r in matter.rows}
    last: dict[str, tuple[dt.datetime, str]] = {}
    jumps = 0
    for number, row in enumerate(rows, start=1):
        if number in marked:
            continue
        at = dt.datetime.strptime(row["アクセス日時"], "%Y/%m/%d %H:%M:%S")  # noqa: DTZ007 - as written
        before = last.get(row["利用者ID"])
        if before and before[1] != row["端末"] and (at - before[0]).total_seconds() < 120:
            jumps += 1
        last[row["利用者ID"]] = (at, row["端末"])
    assert jumps < len(rows) * 0.005
