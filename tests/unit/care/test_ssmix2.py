"""SS-MIX2 storages: names first, only what is needed, the place decides, tomorrow only what is new."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.unit.care.tree import message, put

from sekisho import care
from sekisho.care import Kind, LoadReport
from sekisho.care.departments import Departments
from sekisho.care.ssmix2.names import parse_name, roots
from sekisho.care.tables import LOAD, ORDER, STAY, VISIT
from sekisho.storage import Database, open_database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store
P = "0000100"


@pytest.fixture
def load(database: Database, clock: FixedClock, tmp_path: Path) -> Any:
    """Load the storage of the test."""

    def load() -> LoadReport:
        [report] = care.load([tmp_path / "tree"], database=database, clock=clock)
        return report

    return load


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The storage of the test."""
    return tmp_path / "tree"


def count(database: Database, table: sa.Table) -> int:
    """Return how many rows a table has."""
    with database.read() as c:
        query = sa.select(sa.func.count()).select_from(table)
        if "retracted_at" in table.c:
            query = query.where(table.c.retracted_at.is_(None))
        return c.scalar(query) or 0


def doubts(report: LoadReport) -> dict[str, Any]:
    """Return what the report says besides, by id."""
    return {doubt.message: dict(doubt.args) for doubt in report.doubts}


def test_real_storages_are_read(shared: Path, database: Database, clock: FixedClock) -> None:
    """Storages that others wrote give visits, stays and orders; odd files are named."""
    folder = shared / "data" / "access-records" / "ssmix2"
    first, second = care.load([folder], database=database, clock=clock)
    assert (first.taken_for, second.taken_for) == (Kind.SSMIX2, Kind.SSMIX2)
    assert [message for _, message, _ in first.refused] == ["care.ssmix2.wrong_folder"]
    assert {finding.args["count"] for finding in first.findings} == {1, 5}
    assert (second.refused, second.rows) == ([], 575)
    made = doubts(second)["care.messages_gave"]
    assert (made["visits"], made["stays"], made["orders"]) == (103, 32, 415)
    with database.read() as c:
        stay = c.execute(sa.select(STAY).where(STAY.c.patient_id == "9999013")).mappings().one()
        names = dict(c.execute(sa.select(VISIT.c.patient_id, VISIT.c.doctor)).all())
    assert {k: stay[k] for k in ("ward", "department", "doctor_id")} == {
        "ward": "32", "department": "01", "doctor_id": "ishi01",
    }  # fmt: skip
    assert (str(stay["day"]), stay["until"]) == ("2011-11-20", None)
    assert names["5919488870"] == "仮中島 裕美子"


@pytest.mark.parametrize(
    ("folder", "patient", "key"),
    [
        ("-/ADT-00", "9999013", None),
        ("20111120/ADT-22", "9999013", None),
        ("20110701/OMP-01", "9999013", ("2011-07-01", "prescription", "内科", None, "110", "058")),
        (
            "20111220/OML-01",
            "9999013",
            ("2011-12-20", "lab", "呼吸器外科", "32", "607", "INPUT001"),
        ),
        ("20111220/OMG-01", "9999013", ("2011-12-20", "imaging", "01", None, "D12345", None)),
        ("20111220/OMG-11", "9999013", ("2011-12-20", "imaging", "産科", None, "D12345", "D12345")),
        ("20111013/OMD", "9999013", ("2011-10-13", "diet", "内科", "32", "110", "058")),
        ("20110630/OMP-11", "9999013", ("2011-06-30", "prescription", "内科", "32", "110", "058")),
    ],
)
def test_orders_of_the_real_storage_are_as_a_person_reads_them(
    shared: Path, database: Database, clock: FixedClock, folder: str, patient: str, key: Any
) -> None:
    """Day, what, department, ward, who ordered and who entered it are right on the sample."""
    care.load(
        [shared / "data/access-records/ssmix2/nhoHQ-sampleData"], database=database, clock=clock
    )
    kind = folder.partition("/")[2]
    with database.read() as c:
        rows = c.execute(sa.select(ORDER).where(ORDER.c.origin.like(f"{patient}%_{kind}_%"))).all()
    found = {(str(r.day), r.what, r.department, r.ward, r.doctor_id, r.entered_by) for r in rows}
    assert found == ({key} if key else set())


def test_the_kind_of_the_path_decides(load: Any, root: Path, database: Database) -> None:
    """A visit whose message says A01 is a visit; one without a department has its file's."""
    put(root, "ADT-12", P, said="ADT^A01", cls="O", department="092")
    assert load().rows == 1
    with database.read() as c:
        assert list(c.scalars(sa.select(VISIT.c.department))) == ["092"]
    assert count(database, STAY) == 0


def test_odd_files_are_refused_by_name_and_the_rest_is_read(load: Any, root: Path) -> None:
    """Garbage, a wrong folder, a wrong name, another kind: each is named, none stops the load."""
    put(root, "ADT-12", P, "20261001090000", cls="O")
    put(root, "ADT-12", P, "20261002090000", raw=b"\xff\xfe")
    put(root, "OML-01", P, "20261003090000", said="ADT^A04")
    strange = put(root, "ADT-12", P, "20261004090000", cls="O")
    strange.rename(strange.with_name("Thumbs.db"))
    moved = put(root, "ADT-12", "0000999", "20261005090000", cls="O")
    moved.rename(root / "000/010" / P / "20261001/ADT-12" / moved.name)
    put(root, "ADT-12", P, "20261006090000", cls="O", pid="0000777")
    report = load()
    assert report.rows == 2
    assert sorted(message for _, message, _ in report.refused) == [
        "care.hl7.no_header",
        "care.ssmix2.bad_name",
        "care.ssmix2.other_kind",
        "care.ssmix2.wrong_folder",
    ]
    said = {finding.args["what"]["message"] for finding in report.findings}
    assert "care.ssmix2.others_id.short" in said


def test_tomorrow_only_what_is_new_is_opened(load: Any, root: Path, database: Database) -> None:
    """A second load opens new files only; a renamed one (1 to 0, 1 to 2) is taken back unread."""
    keep = put(root, "ADT-12", P, "20261001090000", cls="O", dept="01")
    gone = put(root, "ADT-12", P, "20261002090000", cls="O", dept="01")
    put(root, "ADT-12", "0000200", "20261001090000", cls="O", dept="01")
    assert load().rows == 3
    again = load()
    assert (again.rows, doubts(again)["care.ssmix2.unchanged"]) == (0, {"patients": 2})
    gone.rename(gone.with_name(gone.name[:-1] + "0"))
    keep.chmod(0)  # would be refused, were it opened again
    put(root, "ADT-12", P, "20261003090000", cls="O", dept="10")
    assert load().rows == 1
    assert count(database, VISIT) == 3
    with database.read() as c:
        days = {
            str(day)
            for day in c.scalars(sa.select(VISIT.c.day).where(VISIT.c.retracted_at.is_(None)))
        }
        [back] = c.execute(sa.select(VISIT).where(VISIT.c.retracted_at.is_not(None))).all()
    assert days == {"2026-10-01", "2026-10-03"}
    assert (str(back.day), back.origin[-1]) == ("2026-10-02", "0")


def test_an_update_replaces_the_version_before(load: Any, root: Path, database: Database) -> None:
    """Flag 1 becomes 2 and a new file is 1: one order, the newest; deleted, none."""
    old = put(
        root, "OML-01", P, "20261001090000", number="000000000000007", order="7", orderer="D1^x"
    )
    load()
    old.rename(old.with_name(old.name[:-1] + "2"))
    put(
        root, "OML-01", P, "20261001090000", number="000000000000007", sent="20261001100000",
        order="7", orderer="D2^y",
    )  # fmt: skip
    load()
    with database.read() as c:
        assert list(c.scalars(sa.select(ORDER.c.doctor_id))) == ["D2"]
    put(
        root, "OML-01", P, "20261001090000", number="000000000000007", sent="20261001110000", flag=0
    )
    load()
    assert count(database, ORDER) == 0
    with database.read() as c:
        rows = c.execute(sa.select(ORDER.c.doctor_id, ORDER.c.retracted_at)).all()
    assert rows == [("D2", dt.datetime.fromisoformat("2026-10-01T11:00"))]


def test_replaced_files_are_not_opened(load: Any, root: Path, database: Database) -> None:
    """Of a storage read for the first time files that stand are opened, and those deleted since: what they told held until then."""
    put(root, "ADT-12", P, "20261001090000", cls="O")
    put(root, "ADT-12", P, "20261002090000", flag=2, raw=b"never read")
    put(root, "ADT-12", P, "20261003090000", cls="O", flag=0)
    report = load()
    assert (report.rows, report.refused) == (2, [])
    assert count(database, VISIT) == 1


def test_volumes_are_found_and_each_is_one_report(
    root: Path, database: Database, clock: FixedClock
) -> None:
    """Several roots below one folder are each one storage; lists beside them are read too."""
    put(root / "vol1/SSMIX2", "ADT-12", P, "20261001090000", cls="O")
    put(root / "vol2/SSMIX2", "ADT-22", P, "20261001090000", ward="5E")
    staff = root / "staff.csv"
    staff.write_bytes("職員番号,氏名,職種,所属\n0012,佐藤,医師,内科\n".encode("cp932"))
    assert [found.parent.name for found in roots(root)] == ["vol1", "vol2"]
    taken = [report.taken_for for report in care.load([root], database=database, clock=clock)]
    assert taken == [Kind.SSMIX2, Kind.SSMIX2, Kind.STAFF]


def test_a_folder_without_anything_says_so(
    tmp_path: Path, database: Database, clock: FixedClock
) -> None:
    """A folder that is no storage is named so where one was asked for."""
    [report] = care.load([tmp_path], database=database, clock=clock, format="ssmix2")
    assert report.error == ("care.nothing_found", {"format": "ssmix2"})


def test_a_storage_covers_visits_and_stays(load: Any, root: Path, database: Database) -> None:
    """What a storage tells covers visits and stays, from the first to the last day of movement."""
    put(root, "ADT-12", P, "20261001090000", cls="O")
    put(root, "ADT-52", P, "20261020090000", ward="5E", dept="01")
    put(root, "ADT-21", P, "20270120090000", ward="5E", dept="01")
    report = load()
    assert (str(report.first), str(report.last)) == ("2026-10-01", "2026-10-20")
    with database.read() as c:
        spans = {
            row.taken_for: (str(row.first), str(row.last))
            for row in c.execute(sa.select(LOAD).where(LOAD.c.first.is_not(None)))
        }
    assert spans == {"visits": ("2026-10-01", "2026-10-20"), "stays": ("2026-10-01", "2026-10-20")}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0000100_20261001_ADT-12_999999999999999_20261001090000123_01_1", "ADT-12"),
        ("0000100_-_ADT-00_999999999999999_20261001090000123_-_1", "ADT-00"),
        ("0000100_20261001_ADT-12_999999999999999_20261001090000123_01_7", None),
        ("0000100_20261001_ADT-12_999999999999999_yesterday_01_1", None),
        ("0000100_2026_ADT-12_9_20261001090000123_01_1", None),
        ("0000100_20261001_L-1^x^99ZL01_9_1_20261001090000123_01_1", None),
        ("desktop.ini", None),
    ],
)
def test_names(text: str, kind: str | None) -> None:
    """A name is taken apart, or is none of a storage."""
    name = parse_name(text)
    assert (name.kind if name else None) == kind


@pytest.mark.parametrize(
    ("staff", "code", "said", "name"),
    [
        ("内科", "01", {}, "内科"),
        ("消化器内科", "06", {}, "消化器内科"),
        ("01", "01", {("department", "01"): "内科"}, "01"),
        ("新生児科", "092", {("department", "092"): "新生児科"}, "新生児科"),
        ("内科", "77", {}, "77"),
        ("総合内科", "01", {("department", "01"): "総合内科"}, "総合内科"),
    ],
)
def test_codes_are_called_as_the_staff_list_calls_them(
    staff: str, code: str, said: Any, name: str
) -> None:
    """A code is the staff list's word: its own, a message's, the standard's; else the code."""
    post = type("Post", (), {"department": staff, "ward": None})
    assert Departments([post], said).name_of(code) == name


def test_what_is_no_standardised_storage_is_refused_by_name(
    tmp_path: Path, database: Database, clock: FixedClock
) -> None:
    """Transaction storage, index database and extended storage are named and left alone: what one of them deletes is never taken to stand."""
    folder = tmp_path / "given"
    day = folder / "extended" / "000" / "010" / "0000100" / "20261010" / "L-001^説明書^99ZL01"
    for path in (folder / "transaction" / "2026", day):
        path.mkdir(parents=True)
    raw = message("ADT^A01", ward="5E").encode("iso2022_jp")
    for number in range(3):
        name = f"TR_20261010090000{number:03d}_00001.DAT"
        (folder / "transaction" / "2026" / name).write_bytes(b"INS\r" + raw)
    (folder / "SSMIXIDX.csv").write_text(
        "VolumeLabel,FacilityID,PatientID\nA,B,C\n", encoding="utf-8"
    )
    (day / "0000100_20261010_L-001^説明書^99ZL01_1_20261010090000000_01_1").mkdir()

    reports = care.load([folder], database=database, clock=clock)
    told = {one.error[0]: dict(one.error[1]) for one in reports if one.error}
    assert set(told) == {f"care.ssmix2.{kind}" for kind in ("transaction", "index", "extended")}
    assert told["care.ssmix2.transaction"]["files"] == 3
    alone = folder / "transaction" / "2026" / "TR_20261010090000000_00001.DAT"
    [one] = care.load([alone], database=database, clock=clock)
    assert one.error
    assert one.error[0] == "care.ssmix2.transaction"
    assert count(database, STAY) == 0


@pytest.mark.crash
def test_a_killed_load_goes_on_where_it_was(tmp_path: Path, clock: FixedClock) -> None:
    """After kill -9 in the middle the next load opens only the rest, and all is there once."""
    root = tmp_path / "tree"
    for serial in range(20):
        for day in range(1, 26):
            put(root, "ADT-12", f"{serial:07d}", f"202610{day:02d}090000", cls="O", dept="01")
    url = f"sqlite:///{tmp_path / 'state.db'}"
    open_database(url).close()
    script = (
        "import os, sys, signal\nfrom pathlib import Path\nfrom sekisho import care\n"
        "from sekisho.care.ssmix2 import load as l\nfrom sekisho.storage import open_database\n"
        "from sekisho.terms import SystemClock\nl.BATCH = 100\nseen = []\n"
        "def progress(walked, opened):\n    seen.append(walked)\n"
        "    if len(seen) == 2: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"care.load([Path({str(root)!r})], database=open_database({url!r}), clock=SystemClock(), progress=progress)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], check=False, env=dict(os.environ))
    assert killed.returncode == -signal.SIGKILL
    database = open_database(url)
    there = count(database, VISIT)
    assert 0 < there < 500
    [report] = care.load([root], database=database, clock=clock)
    assert report.rows == 500 - there
    assert count(database, VISIT) == 500
    database.close()
