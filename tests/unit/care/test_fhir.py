"""FHIR resources of care: the samples of others against a key made by hand, and what they rarely hold."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from sekisho import care
from sekisho.care import Kind, LoadReport
from sekisho.storage import Database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store


@pytest.fixture
def give(tmp_path: Path, database: Database, clock: FixedClock) -> Any:
    """Write resources as a Bundle, or as NDJSON, load them, and give the report."""

    def give(*resources: Any, name: str = "bundle.json") -> LoadReport:
        path = tmp_path / name
        if name.endswith(".json"):
            entries = [{"resource": one} for one in resources]
            path.write_text(json.dumps({"resourceType": "Bundle", "entry": entries}))
        else:
            path.write_text("".join(json.dumps(one) + "\n" for one in resources))
        [report] = care.load([path], database=database, clock=clock)
        assert report.error is None, report.error
        return report

    return give


def rows_of(database: Database, name: str, *columns: str) -> list[tuple[Any, ...]]:
    """Return columns of a list as explanations see them, in order; `retracted_at` of what was taken back alone."""
    found = care.snapshot(database)[name].to_pylist()
    back = "retracted_at" in columns
    kept = [row for row in found if (row.get("retracted_at") is not None) is back]
    return sorted((tuple(row[c] for c in columns) for row in kept), key=str)


def encounter(**more: Any) -> dict[str, Any]:
    """Return an outpatient encounter."""
    return {
        "resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": "Patient/p"}, "serviceType": {"text": "内科"},
        "participant": [{"individual": {"reference": "Practitioner/d"}}],
        "period": {"start": "2026-10-01T23:30:00Z", "end": "2026-10-02T00:10:00Z"}, **more,
    }  # fmt: skip


PATIENT = {
    "resourceType": "Patient", "id": "p",
    "identifier": [{"value": "X"}, {"value": "0100", "type": {"coding": [{"code": "MR"}]}}],
    "name": [{"text": "山田 太郎"}], "deceasedDateTime": "2026-10-20T10:00:00+09:00",
}  # fmt: skip
DOCTOR = {"resourceType": "Practitioner", "id": "d", "identifier": [{"value": "0012"}]}


def test_every_sample_of_the_specification_is_read_or_named(
    shared: Path, database: Database, clock: FixedClock
) -> None:
    """Each sample file gives rows, or is refused by name with a reason; nobody is dropped."""
    folder = shared / "data/access-records/fhir-care"
    reports = {r.path.stem: r for r in care.load([folder], database=database, clock=clock)}
    assert len(reports) == 18
    assert {
        name: report.error[0] if report.error else [message for _, message, _ in report.refused]
        for name, report in reports.items()
        if report.error or report.refused
    } == {
        "Encounter-f001": ["care.no_date"],
        "Encounter-f003": ["care.no_date"],
        "Encounter-f202": ["care.no_date"],
        "Appointment-examplereq": ["care.no_date"],
        "ServiceRequest-benchpress": ["care.no_date"],
        "Schedule-example": "care.fhir.nothing",
        "Schedule-exampleloc2": "care.fhir.nothing",
    }
    crusher = "3ad0687e-f477-468c-afd5-fcc2bf897809"
    assert rows_of(database, "orders", "what", "doctor_id", "executor_id", "day", "time") == [
        ("endoscopy", crusher, "example", dt.date(2017, 3, 5), None),
        ("nursing", "example", None, dt.date(2017, 2, 2), "02:23:07"),
        ("rehabilitation", crusher, None, dt.date(2017, 3, 5), None),
    ]
    assert rows_of(database, "appointments", "patient_id", "day", "time", "doctor_id") == [
        ("example", dt.date(2013, 12, 9), "18:00:00", "example"),
        ("example", dt.date(2013, 12, 9), "18:00:00", "f202"),
    ]


def test_a_bundle_of_synthea_is_read_whole(
    shared: Path, database: Database, clock: FixedClock
) -> None:
    """All 46 encounters become visits; four days in an emergency room are a visit of each."""
    folder = shared / "data/access-records/synthea-fhir-r4"
    reports = care.load([folder], database=database, clock=clock)
    assert [report.error for report in reports] == [None] * 10
    assert [report.refused for report in reports] == [[]] * 10
    visits = rows_of(database, "visits", "patient_id", "day", "time", "doctor_id", "department")
    assert len(visits) == 46 + 3
    mine = [visit for visit in visits if visit[0].startswith("6d2eba67")]
    assert len(mine) == 6
    # 2009-08-01T04:44:29Z, made by hand from the file.
    assert mine[0][1:] == (dt.date(2009, 8, 1), "13:44:29", "100", "SAINT ANNE'S HOSPITAL")
    again = care.load([folder], database=database, clock=clock)
    assert {doubt.message for r in again for doubt in r.doubts} >= {"care.same_file"}
    assert len(rows_of(database, "visits", "day")) == len(visits)


def test_references_are_followed_in_every_form(give: Any, database: Database) -> None:
    """urn:uuid, relative, absolute with a version, logical identifier, search and contained: one person."""
    path = {"resourceType": "Bundle", "entry": [
        {"fullUrl": "urn:uuid:1", "resource": PATIENT},
        {"fullUrl": "https://his.example/fhir/Practitioner/d", "resource": DOCTOR},
    ]}  # fmt: skip
    forms = [
        {"reference": "Practitioner/d"},
        {"reference": "https://his.example/fhir/Practitioner/d/_history/3"},
        {"type": "Practitioner", "identifier": {"value": "0012"}},
        {"reference": "Practitioner?identifier=urn:oid:1.2|0012"},
        {"reference": "#me"},
    ]
    me = [{**DOCTOR, "id": "me"}]
    encounters = [
        encounter(
            id=f"e{n}", contained=me, participant=[{"individual": form}],
            subject={"reference": "urn:uuid:1" if n % 2 else "Patient/p"},
        )
        for n, form in enumerate(forms)
    ]  # fmt: skip
    report = give(path, *encounters)
    assert [doubt.message for doubt in report.doubts] == []
    found = rows_of(database, "visits", "patient_id", "doctor_id", "day", "time")
    assert found == [("0100", "0012", dt.date(2026, 10, 2), "08:30:00")] * 5


def test_tomorrow_points_to_the_patients_of_today(give: Any, database: Database) -> None:
    """People of an earlier load are known: NDJSON of encounters alone is enough."""
    give(PATIENT, DOCTOR, name="people.ndjson")
    report = give(encounter(), encounter(id="e2"), name="encounters.ndjson")
    assert (report.taken_for, report.rows, report.doubts) == (Kind.FHIR, 2, [])
    assert rows_of(database, "visits", "patient_id", "doctor_id") == [("0100", "0012")] * 2
    assert rows_of(database, "patients", "patient_id", "deceased_on") == [
        ("0100", dt.date(2026, 10, 20))
    ]


@pytest.mark.parametrize("state", ["cancelled", "entered-in-error"])
def test_a_cancelled_resource_takes_its_rows_back(
    give: Any, database: Database, state: str
) -> None:
    """The same resource sent again replaces its rows; one that is cancelled takes them back."""
    give(PATIENT, DOCTOR, encounter(), encounter(id="e2"))
    moved = encounter(period={"start": "2026-10-05T09:00:00+09:00"})
    give(moved, encounter(id="e2", status=state), name="next.json")
    assert rows_of(database, "visits", "day") == [(dt.date(2026, 10, 5),)]
    order = {
        "resourceType": "ServiceRequest", "id": "s", "status": "active", "authoredOn": "2026-10-01",
        "subject": {"reference": "Patient/p"}, "code": {"text": "胸部CT"},
        "requester": {"reference": "Practitioner/d"}, "identifier": [{"value": "9"}],
    }  # fmt: skip
    give(order, name="o.json")
    assert rows_of(database, "orders", "what", "doctor_id") == [("imaging", "0012")]
    told = {"meta": {"lastUpdated": "2026-10-02T01:00:00Z"}}
    give({**order, **told, "status": "revoked"}, name="o2.json")
    assert rows_of(database, "orders", "what") == []
    at = dt.datetime.fromisoformat("2026-10-02T10:00")
    assert rows_of(database, "orders", "number", "retracted_at") == [("9", at)]
    give({**order, **told, "id": "t", "status": "revoked"}, name="o3.json")
    assert len(rows_of(database, "orders", "retracted_at")) == 2, "never seen before"
    give(order, name="o4.json")
    assert rows_of(database, "orders", "what") == [("imaging",)]


def test_a_stay_goes_through_its_wards(give: Any, database: Database) -> None:
    """An inpatient encounter is a stay in each ward, and every practitioner of it stands in it."""
    ward = {"resourceType": "Location", "id": "w", "name": "3階西病棟"}
    give(
        PATIENT, DOCTOR, ward,
        encounter(
            **{"class": {"code": "IMP"}},
            period={"start": "2026-10-01", "end": "2026-10-09"},
            location=[
                {"location": {"reference": "Location/w"}, "period": {"start": "2026-10-01", "end": "2026-10-04"}},
                {"location": {"display": "5東"}, "period": {"start": "2026-10-04", "end": "2026-10-09"}},
            ],
        ),
    )  # fmt: skip
    assert rows_of(database, "stays", "day", "until", "ward_key", "doctor_id") == [
        (dt.date(2026, 10, 1), dt.date(2026, 10, 4), "3w", "0012"),
        (dt.date(2026, 10, 4), dt.date(2026, 10, 9), "5e", "0012"),
    ]


def test_teams_look_after_their_patient(give: Any, database: Database) -> None:
    """A care team is its members and its patient; an episode its manager and its patient."""
    member = {"member": {"reference": "Practitioner/d"}}
    team = {
        "resourceType": "CareTeam", "id": "t", "status": "active", "name": "NST",
        "subject": {"reference": "Patient/p"}, "participant": [member],
        "period": {"start": "2026-10-01"},
    }  # fmt: skip
    give(PATIENT, DOCTOR, team)
    assert rows_of(database, "teams", "team", "user_id") == [("NST (t)", "0012")]
    [(name, patient, day, until)] = rows_of(
        database, "rounds", "team", "patient_id", "day", "until"
    )
    assert (name, patient, day) == ("NST (t)", "0100", dt.date(2026, 10, 1))
    assert until >= day


def test_a_staff_list_has_the_last_word_over_practitioners(
    give: Any, tmp_path: Path, database: Database, clock: FixedClock
) -> None:
    """A practitioner is a person of the staff list until a list names the id; never instead of it."""
    role = {
        "resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "Practitioner/d"},
        "code": [{"text": "医師"}], "specialty": [{"text": "外科"}],
    }  # fmt: skip
    give(PATIENT, DOCTOR, role)
    person = care.person(database, "0012")
    assert person is not None
    assert (person.duty, person.department, len(person.posts)) == ("医師", "外科", 1)
    (tmp_path / "staff.csv").write_text("職員番号,氏名,職種,所属\n0012,佐藤,医師,内科\n")
    care.load([tmp_path / "staff.csv"], database=database, clock=clock)
    give(PATIENT, DOCTOR, role, name="again.json")
    person = care.person(database, "0012")
    assert person is not None
    assert (person.department, len(person.posts)) == ("内科", 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"resourceType": "Patient", ', "care.fhir.broken"),
        ('{"name": "package"}', "care.fhir.no_resource"),
        ('{"resourceType": "AuditEvent"}', "care.fhir.is_a_log"),
        ('{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Slot"}}]}', "care.fhir.nothing"),
    ],
)  # fmt: skip
def test_what_is_no_care_is_refused(
    tmp_path: Path, database: Database, clock: FixedClock, text: str, message: str
) -> None:
    """Broken JSON, other JSON, a log and resources without care are each refused by name."""
    path = tmp_path / "x.json"
    path.write_text(text)
    [report] = care.load([path], database=database, clock=clock)
    assert report.error is not None
    assert report.error[0] == message


def test_a_folder_of_everything_says_what_each_file_is(
    tmp_path: Path, database: Database, clock: FixedClock
) -> None:
    """Lists and FHIR are read whatever their order; a picture and a log are named and left alone."""
    here = tmp_path / "all"
    here.mkdir()
    (here / "a.png").write_bytes(b"\x89PNG\r\n")
    (here / "b.pdf").write_bytes(b"%PDF-1.7")
    (here / "appointments.csv").write_text(
        "患者番号,予約日,予約時刻,診療科\n1,2026/10/1,9:00,内科\n"
    )
    (here / "log.csv").write_text("アクセス日時,利用者ID,患者ID,処理\n2026/10/1 9:00,u,p,参照\n")
    (here / "fhir.ndjson").write_text(json.dumps(encounter()))
    reports = care.load([here], database=database, clock=clock)
    assert {r.path.name: r.taken_for or (r.error or ("",))[0] for r in reports} == {
        "a.png": "care.not_care",
        "b.pdf": "care.not_care",
        "appointments.csv": Kind.APPOINTMENTS,
        "log.csv": "care.is_a_log",
        "fhir.ndjson": Kind.FHIR,
    }
