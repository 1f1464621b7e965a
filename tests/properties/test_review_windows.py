"""The windows of the explanations, held to a plain reading of the same rules in Python."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.review.ledger import MemoryLedger
from tests.unit.review.lists import load

from sekisho import care
from sekisho.care.level import spans_of
from sekisho.care.tables import KIND, LOAD, PATIENT, STAFF, STAY, TOLD, VISIT
from sekisho.review.catalogue import Explanation, catalogue
from sekisho.review.desk import lay_out
from sekisho.review.explaining import explain
from sekisho.review.reasons import fetch
from sekisho.storage import Database, analysis, open_database
from sekisho.terms import FixedClock

CLOCK = FixedClock(dt.datetime(2026, 12, 1, tzinfo=dt.UTC))
FIRST = dt.date(2026, 10, 1)
PEOPLE: dict[str, dict[str, str]] = {
    "U1": {"duty": "医師", "department": "内科"},
    "U2": {"duty": "看護師", "department": "看護部", "ward": "5東"},
    "U3": {"duty": "薬剤師", "department": "薬剤部"},
    "U4": {"duty": "医師", "department": "外科"},
}
RULES = {rule.id: rule for rule in catalogue() if isinstance(rule, Explanation)}
Row = dict[str, Any]

days = st.integers(0, 50).map(lambda n: FIRST + dt.timedelta(days=n))
patients = st.sampled_from(["P1", "P2"])
departments = st.sampled_from(["内科", "外科"])


@st.composite
def a_stay(draw: st.DrawFn) -> Row:
    """Return one stay, open or ended."""
    day = draw(days)
    until = draw(st.none() | st.integers(0, 12).map(lambda n: day + dt.timedelta(days=n)))
    ward = draw(st.sampled_from(["5東", "6西"]))
    return {
        "patient": draw(patients), "day": day, "until": until,
        "department": draw(departments), "ward": ward,
    }  # fmt: skip


visits_of = st.lists(
    st.fixed_dictionaries({"patient": patients, "day": days, "department": departments}), max_size=5
)
accesses_of = st.lists(
    st.fixed_dictionaries(
        {"user": st.sampled_from(sorted(PEOPLE)), "patient": patients, "day": days}
    ),
    min_size=1,
    max_size=8,
)
posts_of = st.fixed_dictionaries(
    {user: st.tuples(st.none() | days, st.none() | days) for user in PEOPLE}
)


@pytest.fixture(scope="module")
def kept() -> Iterator[tuple[Database, Path]]:
    """One SQLite for all examples; emptied before each."""
    with tempfile.TemporaryDirectory() as folder:
        opened = open_database(f"sqlite:///{folder}/state.db")
        yield opened, Path(folder)
        opened.close()


def expected(
    rule: Explanation,
    accesses: list[Row],
    posts: dict[str, tuple[dt.date | None, dt.date | None]],
    visits: list[Row],
    stays: list[Row],
) -> set[int]:
    """Return the indexes that `rule` explains, by reading its title and windows plainly."""
    ends = [stay["day"] for stay in stays] + [stay["until"] for stay in stays if stay["until"]]
    last = max(ends, default=None)
    before, after = (dt.timedelta(days=int(rule.windows[name])) for name in ("before", "after"))

    def near(access: Row, day: dt.date, until: dt.date) -> bool:
        return bool(day - before <= access["day"] <= until + after)

    def leads(access: Row, who: dict[str, str]) -> Iterator[bool]:
        if "visits" in rule.needs:
            for visit in visits:
                if visit["patient"] == access["patient"] and near(
                    access, visit["day"], visit["day"]
                ):
                    yield fits(rule.id, who, visit)
        if "stays" in rule.needs:
            for stay in stays:
                until = stay["until"] or max(stay["day"], last or stay["day"])
                if stay["patient"] == access["patient"] and near(access, stay["day"], until):
                    yield fits(rule.id, who, stay)

    found = set()
    for index, access in enumerate(accesses):
        start, end = posts[access["user"]]
        if (start and access["day"] < start) or (end and access["day"] > end):
            continue
        if any(leads(access, PEOPLE[access["user"]])):
            found.add(index)
    return found


def fits(rule: str, who: dict[str, str], care_of: Row) -> bool:
    """Return whether the place or the duty of `who` is what `rule` asks for."""
    asked: dict[str, Callable[[], bool]] = {
        "visit_department": lambda: who["department"] == care_of["department"],
        "stay_department": lambda: who["department"] == care_of["department"],
        "stay_ward": lambda: who.get("ward") == care_of["ward"],
        "technical_visit": lambda: who["duty"] == "薬剤師",
        "technical_stay": lambda: who["duty"] == "薬剤師",
    }
    return asked[rule]()


@pytest.mark.parametrize(
    "name",
    ["visit_department", "stay_department", "stay_ward", "technical_visit", "technical_stay"],
)
def test_windows_agree_with_a_plain_reading(name: str, kept: tuple[Database, Path]) -> None:
    """Count, fetch and a plain loop over visits, stays and posts explain the same accesses."""
    database, folder = kept
    rule = RULES[name]

    @settings(max_examples=12, deadline=None)
    @given(accesses_of, posts_of, visits_of, st.lists(a_stay(), max_size=4))
    def holds(
        accesses: list[Row],
        posts: dict[str, tuple[dt.date | None, dt.date | None]],
        visits: list[Row],
        stays: list[Row],
    ) -> None:
        posts = {
            user: (min(pair), max(pair)) if None not in pair else pair  # type: ignore[type-var]
            for user, pair in posts.items()
        }
        with database.write() as c:
            for table in (LOAD, STAFF, KIND, VISIT, STAY, PATIENT, TOLD):
                c.execute(sa.delete(table))
        staff = [
            {
                "user": user,
                **who,
                "valid_from": posts[user][0] or "",
                "valid_to": posts[user][1] or "",
            }
            for user, who in PEOPLE.items()
        ]
        shown = [{**stay, "until": stay["until"] or ""} for stay in stays]
        load(database, CLOCK, folder, staff=staff, visits=visits, stays=shown)
        log = MemoryLedger([{**one, "day": one["day"].isoformat()} for one in accesses])
        with analysis() as desk:
            log.register(desk)
            lay_out(
                desk, care.snapshot(database),
                start=min(one["day"] for one in accesses), end=max(one["day"] for one in accesses),
                spans=spans_of(database),
            )  # fmt: skip
            explain(desk, rule)
            counted = {row[0] for row in desk.rows("SELECT index FROM explained")}
            desk.execute("INSERT INTO shown SELECT index FROM event")
            fetched = {row["index"] for row in fetch(desk, rule)}
        assert counted == fetched == expected(rule, accesses, posts, visits, _merged(stays))

    holds()


def _merged(stays: list[Row]) -> list[Row]:
    """Return `stays` as the lists keep them: of one admission the last word stands."""
    kept: dict[tuple[Any, ...], Row] = {}
    for stay in stays:
        kept[stay["patient"], stay["day"], stay["department"], stay["ward"]] = stay
    return list(kept.values())
