"""From the staff list to duty groups: a calling stays, a clerk's department counts."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho import care
from sekisho.access import groups_of, read_book
from sekisho.access.files import shipped
from sekisho.storage import Database
from sekisho.terms import FixedClock, UserKind

BOOK = read_book(shipped())
DAY = dt.date(2026, 11, 1)


@pytest.mark.parametrize(
    ("duty", "department", "groups"),
    [
        ("医師", "放射線科", ("doctor",)),
        ("看護師", "手術室", ("nurse",)),
        ("看護師", "救急科", ("nurse",)),
        ("事務", "医事課", ("billing",)),
        ("事務", "総務課", ("office",)),
        ("事務", "救急科", ("office",)),
        ("薬剤師", "薬剤部", ("pharmacist",)),
        ("診療放射線技師", "放射線部", ("radiographer",)),
        ("技師", "検査部", ("laboratory",)),
        ("臨床工学技士", "透析室", ("engineer",)),
        ("看護助手", "5東", ("aide",)),
        ("医師事務作業補助者", "内科", ("ward-clerk",)),
        ("事務", "医療秘書課", ("ward-clerk",)),
        ("システム管理", "情報システム室", ("systems",)),
        ("清掃", "内科", ()),
        (None, None, ()),
    ],
)
def test_duty_and_department_give_the_group(
    database: Database, duty: str | None, department: str | None, groups: tuple[str, ...]
) -> None:
    """A clinician's calling decides alone; of a clerk the department decides."""
    person = care.add_person(database, user_id="P1", name=None, duty=duty, department=department)

    assert groups_of(BOOK, person, DAY) == groups


def test_who_is_not_in_the_list_or_has_left_is_in_no_group(database: Database) -> None:
    """Nobody, and a person without a post on that day, is in no group."""
    left = care.add_person(
        database, user_id="P1", name=None, duty="医師", valid_to=dt.date(2026, 10, 31)
    )

    assert groups_of(BOOK, None, DAY) == ()
    assert groups_of(BOOK, left, DAY) == ()
    assert groups_of(BOOK, left, dt.date(2026, 10, 31)) == ("doctor",)


def test_an_id_of_nobody_has_the_groups_of_its_kind(database: Database, clock: FixedClock) -> None:
    """A shared or a vendor's id has its kind's groups, whatever duty stands beside it."""
    care.add_person(database, user_id="W5", name=None, duty="看護師")
    for kind, groups in ((UserKind.SHARED, ("shared",)), (UserKind.VENDOR, ("vendor",))):
        care.mark_kind(database, "W5", kind, "test", clock.now())
        assert groups_of(BOOK, care.person(database, "W5"), DAY) == groups
