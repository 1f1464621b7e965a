"""Whether care ties a person to a patient today, from the lists alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from sekisho import care
from sekisho.storage import Database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store
TODAY = dt.date(2026, 10, 15)


@pytest.fixture
def ties(tmp_path: Path, database: Database, clock: FixedClock) -> care.Ties:
    """A ward, two departments, and their patients in October."""
    lists = {
        "staff.csv": "職員番号,氏名,職種,所属,患者番号（本人）\nN1,関 一,看護師,3階東病棟,00042\nD1,関 二,医師,内科,\nD2,関 三,医師,外科,\n",
        "visits.csv": "患者番号,受付日,診療科\n00100,2026/10/15,内科\n00101,2026/09/01,内科\n00199,2026/10/31,外科\n",
        "stays.csv": "患者番号,入院日,退院日,病棟,診療科\n00200,2026/10/01,,3東,外科\n00201,2026/10/01,2026/10/31,2西,内科\n",
    }
    paths = []
    for name, text in lists.items():
        path = tmp_path / name
        path.write_bytes(text.encode("cp932"))
        paths.append(path)
    for report in care.load(paths, database=database, clock=clock):
        assert report.error is None
    return care.ties(database, TODAY)


@pytest.mark.parametrize(
    ("user", "patients", "tied"),
    [
        ("D1", ["00100"], True),
        ("D1", ["100"], True),
        ("D2", ["00100"], False),
        ("D1", ["00101"], False),
        ("N1", ["00200"], True),
        ("N1", ["00201"], False),
        ("D1", ["00100", "00200"], False),
        ("D1", [], None),
        ("nobody", ["00100"], False),
    ],
)
def test_care_of_the_persons_place_ties(
    ties: care.Ties, user: str, patients: list[str], tied: bool | None
) -> None:
    """A visit or stay at the person's own place around today ties; every patient must be tied."""
    assert ties.tied(user, patients) is tied


def test_without_lists_for_today_nothing_is_known(ties: care.Ties, database: Database) -> None:
    """Where no list covers the day the answer is "cannot be told", never no."""
    assert ties.covered
    later = care.ties(database, dt.date(2027, 3, 1))

    assert not later.covered
    assert later.tied("D1", ["00100"]) is None


def test_staff_who_are_patients_are_known(ties: care.Ties) -> None:
    """The patient numbers of people who work here stand apart, whatever their zeros."""
    assert ties.staff_patients == {"42"}
