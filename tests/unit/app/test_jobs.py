"""The scheduler: missed runs are made up, each run is an Evidence."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.app.config import read_config
from sekisho.app.installation import Installation
from sekisho.app.jobs import JOBS, Job, next_time, run_due
from sekisho.app.proofs import latest_evidence, stands
from sekisho.errors import UnavailableError
from sekisho.pages.words import LANGUAGES, catalogue
from sekisho.storage import Database
from sekisho.terms import FixedClock, Result

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def installation(data: Path, database: Database, clock: FixedClock) -> Installation:
    """An installation without a recorder: jobs here touch only the state."""
    return Installation(data, read_config(data), database, clock)


@given(
    after=st.datetimes(
        min_value=dt.datetime(2026, 1, 1),  # noqa: DTZ001 (Hypothesis takes naive ends)
        max_value=dt.datetime(2030, 1, 1),  # noqa: DTZ001 (made aware below)
    ),
    at=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)
def test_next_time_is_the_next_such_time_of_day(after: dt.datetime, at: dt.time) -> None:
    """The next run is after now, within a day, at that local time."""
    now = after.replace(tzinfo=dt.UTC)
    due = next_time(Job(name="x", run=lambda _: None, at=at), now, TOKYO)

    assert now < due <= now + dt.timedelta(days=1)
    assert due.astimezone(TOKYO).time() == at


def test_every_job_has_a_name_for_people() -> None:
    """What runs by itself is named in both languages on the page of health."""
    for language in LANGUAGES:
        assert {f"app.job.{job.name}" for job in JOBS} <= set(catalogue(language))


@pytest.mark.store
def test_a_missed_run_is_made_up_once(installation: Installation, clock: FixedClock) -> None:
    """A job whose time passed while nothing ran is run once at the next start."""
    ran: list[dt.datetime] = []
    job = Job(name="x", run=lambda i: ran.append(i.clock.now()), at=dt.time(7, 0))

    run_due(installation, [job])
    run_due(installation, [job])
    clock.move(dt.timedelta(days=5))
    run_due(installation, [job])
    run_due(installation, [job])

    assert len(ran) == 2


@pytest.mark.store
def test_a_failed_run_is_not_green(installation: Installation, clock: FixedClock) -> None:
    """A job that could not run is "not checked, because", never "yes"."""

    def fail(_: Installation) -> None:
        raise UnavailableError("app.not_recorded")

    run_due(installation, [Job(name="x", run=fail, at=dt.time(7, 0))])
    evidence = latest_evidence(installation.database, "job.x")

    assert evidence is not None
    assert evidence.result is Result.NOT_CHECKED
    assert evidence.message == "app.not_recorded"


@pytest.mark.store
def test_a_proof_grows_too_old(installation: Installation, clock: FixedClock) -> None:
    """A proof stands until its date and no longer."""
    run_due(installation, [Job(name="x", run=lambda _: None, at=dt.time(7, 0))])
    evidence = latest_evidence(installation.database, "job.x")

    assert stands(evidence, clock.now())
    clock.move(dt.timedelta(days=3))
    assert not stands(evidence, clock.now())


@pytest.mark.store
def test_a_clock_set_back_does_not_stop_a_job(
    installation: Installation, clock: FixedClock
) -> None:
    """After the clock was far ahead for a while, jobs do not wait for that future."""
    ran: list[int] = []
    job = Job(name="x", run=lambda _: ran.append(1), at=dt.time(7, 0))
    clock.move(dt.timedelta(days=400))
    run_due(installation, [job])
    clock.move(dt.timedelta(days=-400))
    run_due(installation, [job])

    assert len(ran) == 2
