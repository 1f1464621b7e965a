"""Silence is measured by the source's own habits, and what waits for a person is said."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable
from pathlib import Path

import pytest
import sqlalchemy as sa

from sekisho.collect.frames import Frame
from sekisho.collect.interface import Bad
from sekisho.collect.live.config import CollectConfig, FolderWatch, SyslogDoor
from sekisho.collect.live.heard import Heard, Way
from sekisho.collect.live.silence import Silence, findings, silence, spoken
from sekisho.collect.tables import FILE, HEARD
from sekisho.pages.words import LANGUAGES, catalogue
from sekisho.storage import Database, open_database
from sekisho.terms import Access, FixedClock, Origin

NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)  # a Sunday
HOUR = dt.timedelta(hours=1)
DOOR = SyslogDoor(name="pacs", transport="tcp", host="127.0.0.1", port=601)
WAY = Way(DOOR.path, "syslog", None, "Asia/Tokyo")


def hours(days: int, *, of: Iterable[int], weekdays: bool = False) -> list[dt.datetime]:
    """Return the hours `of` each of the `days` before `NOON`; `weekdays`: of Monday to Friday."""
    start = NOON - dt.timedelta(days=days)
    every = (start + number * HOUR for number in range(days * 24))
    wanted = set(of)
    return [
        at.replace(minute=0)
        for at in every
        if at.hour in wanted and not (weekdays and at.weekday() >= 5)
    ]


@pytest.mark.parametrize(
    ("spoke", "now", "silent"),
    [
        (hours(28, of=range(24)), NOON + 2 * HOUR, None),
        (hours(28, of=range(24)), NOON + 3 * HOUR, Silence(3, 0)),
        # A system of working hours is silent every night and every week-end.
        (hours(28, of=range(8), weekdays=True), NOON + 12 * HOUR, None),
        (hours(28, of=range(8), weekdays=True), NOON + 72 * HOUR, Silence(124, 64)),
        # A nightly export comes once a day.
        (hours(28, of=[2]), NOON + 20 * HOUR, None),
        (hours(28, of=[2]), NOON + 26 * HOUR, Silence(35, 23)),
        # Known for three days: no week-end was seen yet.
        (hours(3, of=range(8)), NOON + 48 * HOUR, None),
        (hours(3, of=range(8)), NOON + 80 * HOUR, Silence(84, 16)),
        (hours(1, of=range(24)), NOON + 5 * HOUR, None),
        ([], NOON, None),
    ],
    ids=[
        "steady",
        "stopped",
        "weekend",
        "monday",
        "export",
        "missed",
        "new",
        "gone",
        "first",
        "no",
    ],
)
def test_silence_is_measured_by_the_source_itself(
    spoke: list[dt.datetime], now: dt.datetime, silent: Silence | None
) -> None:
    """Nights, week-ends and nightly exports are no silence; what exceeds them is."""
    assert silence(spoke, now) == silent


def test_one_outage_does_not_become_the_rule() -> None:
    """After a day of outage, the next silence of some hours is found all the same."""
    spoke = [at for at in hours(28, of=range(24)) if at.date().day != 20]

    assert silence(spoke, NOON + 5 * HOUR) == Silence(5, 0)


def test_the_hours_of_a_source_are_kept_and_forgotten(
    database: Database, clock: FixedClock
) -> None:
    """What comes is counted by the hour, also over a restart; what is older than weeks goes."""
    with database.write() as c:
        old = clock.now() - dt.timedelta(days=40)
        c.execute(sa.insert(HEARD).values(source="pacs", hour=old, records=1, quarantined=0))
    for _ in range(2):
        heard = Heard(database, clock)
        heard.note(WAY, "atna", access(clock.now()), 1)
        heard.note(WAY, "atna", access(clock.now()), None)
        heard.keep()

    (hour,) = spoken(database, clock.now() - dt.timedelta(days=100))["pacs"]
    assert (hour.hour, hour.records, hour.quarantined) == (clock.now(), 2, 0)


def test_what_waits_for_a_person_is_said_in_words(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Silence, strangers, wrong clocks, dropped datagrams, quarantine, folders: each has its sentence."""
    folder = FolderWatch(name="emr", path=tmp_path / "emr")
    gone = FolderWatch(name="lab", path=tmp_path / "gone")
    (folder.path / "failed").mkdir(parents=True)
    (folder.path / "failed" / "a.csv").touch()
    (folder.path / "failed" / "a.csv.why.txt").touch()
    never = SyslogDoor(name="ris", transport="tcp", host="127.0.0.1", port=602)
    config = CollectConfig(syslog=(DOOR, never), folder=(folder, gone))
    heard = Heard(database, clock)
    heard.note(WAY, "atna", access(clock.now() + dt.timedelta(days=1)), 1)
    heard.refuse(WAY, [bad()])
    for matter in ("dropped", "crowded", "stranger"):
        heard.doubt(WAY, f"collect.live_{matter}")
    heard.keep()
    with database.write() as c:
        for at in hours(28, of=range(24)):
            row = {"source": "old", "hour": at - dt.timedelta(days=2), "records": 5}
            c.execute(sa.insert(HEARD).values(quarantined=0, **row))

    found = findings(database, clock, config)

    assert sorted(one.key for one in found) == [
        "collect.folder_failed/emr",
        "collect.folder_gone/lab",
        "collect.live_crowded/pacs",
        "collect.live_dropped/pacs",
        "collect.live_future/pacs",
        "collect.live_never/ris",
        "collect.live_quarantined/pacs",
        "collect.live_stranger/pacs",
        "collect.silent/old",
    ]
    for one, language in itertools.product(found, LANGUAGES):
        for message in (one.message, f"{one.message}.why", one.action):
            assert catalogue(language)[message] % dict(one.args)


def access(at: dt.datetime) -> Access:
    """Return a simulated access of the source ``pacs``."""
    return Access(
        occurred_at=at,
        source="pacs",
        key="0" * 32,
        digest="0" * 64,
        origin=Origin(connection="syslog-tcp:pacs/127.0.0.1:1", message=1),
    )


def bad() -> Bad:
    """Return a line that could not be read."""
    frame = Frame(b"garbage")
    return Bad(
        number=1,
        reason="collect.syslog_malformed",
        raw=frame.raw,
        digest="0" * 64,
        key="1" * 32,
        source="syslog-unknown",
    )


def test_what_could_not_be_counted_is_counted_the_next_time(data: Path, clock: FixedClock) -> None:
    """Counts that the state refused are written with the next ones: none is lost, none is twice."""
    database = open_database(f"sqlite:///{data / 'state.db'}")
    heard = Heard(database, clock)
    heard.note(WAY, "atna", access(clock.now()), 1)
    heard.doubt(WAY, "collect.live_dropped", 3)
    with database.write() as c:
        c.exec_driver_sql(
            f"CREATE TRIGGER refuse BEFORE INSERT ON {HEARD.name}"
            " BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    with pytest.raises(sa.exc.SQLAlchemyError):
        heard.keep()
    with database.write() as c:
        c.exec_driver_sql("DROP TRIGGER refuse")
    heard.note(WAY, "atna", access(clock.now()), 2)
    for _ in range(2):
        heard.keep()

    (hour,) = spoken(database, clock.now() - dt.timedelta(days=1))["pacs"]
    with database.read() as c:
        line = c.execute(sa.select(FILE.c.added, FILE.c.doubts)).one()
    database.close()
    assert hour.records == 2
    assert line.added == 2
    assert line.doubts["collect.live_dropped"] == 3
