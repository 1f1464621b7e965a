"""Whether sources were heard, and whether what they cannot show is confirmed."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from sekisho.collect.evidence import evidence
from sekisho.collect.tables import HEARD, SOURCE, UNSEEN
from sekisho.collect.unseen import matters
from sekisho.storage import Database
from sekisho.terms import Evidence, FixedClock, Result

pytestmark = pytest.mark.store


def _source(database: Database, name: str, heard: dt.datetime) -> None:
    with database.write() as c:
        c.execute(
            sa.insert(SOURCE).values(name=name, kind="csv", files=1, rows=1, last_heard=heard)
        )


def _of(database: Database, clock: FixedClock) -> dict[str, Evidence]:
    return {one.subject: one for one in evidence(database, clock)}


def test_a_source_out_of_its_habit_is_a_no(database: Database, clock: FixedClock) -> None:
    """By itself hourly: silent after hours; brought by people: late after a month and some days."""
    now, hour = clock.now(), dt.timedelta(hours=1)
    assert _of(database, clock)["collect.sources"].result is Result.NOT_CHECKED
    _source(database, "pacs", now)
    _source(database, "emr", now)
    with database.write() as c:
        for ago in range(1, 20 * 24):
            c.execute(
                sa.insert(HEARD).values(
                    source="pacs", hour=now - ago * hour, records=3, quarantined=0
                )
            )
    assert _of(database, clock)["collect.sources"].result is Result.YES
    clock.move(dt.timedelta(hours=8))
    late = _of(database, clock)["collect.sources"]
    clock.move(dt.timedelta(days=36))
    both = _of(database, clock)["collect.sources"]

    assert (late.result, late.args["which"]) == (Result.NO, ["pacs"])
    assert both.args["which"] == ["emr", "pacs"]


def test_a_source_of_few_days_has_no_usual_time(database: Database, clock: FixedClock) -> None:
    """Of a source known for three days it is not said that it is heard as usual."""
    now = clock.now()
    _source(database, "pacs", now)
    with database.write() as c:
        for hours in range(72):
            at = now - dt.timedelta(hours=hours)
            c.execute(sa.insert(HEARD).values(source="pacs", hour=at, records=1, quarantined=0))

    assert _of(database, clock)["collect.sources"].result is Result.NOT_CHECKED


def test_sheets_stand_when_people_confirmed_them(database: Database, clock: FixedClock) -> None:
    """One line that nobody confirmed makes it a no; a year later it is one again."""
    _source(database, "emr", clock.now())
    assert _of(database, clock)["collect.sheets"].result is Result.NO
    with database.write() as c:
        for matter in matters():
            c.execute(
                sa.insert(UNSEEN).values(
                    source="emr", line=matter.id, result="no", note="", records=1, days=1,
                    by="A", at=clock.now(),
                )
            )  # fmt: skip
    assert _of(database, clock)["collect.sheets"].result is Result.YES
    clock.move(dt.timedelta(days=367))
    assert _of(database, clock)["collect.sheets"].result is Result.NO
