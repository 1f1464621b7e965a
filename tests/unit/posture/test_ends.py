"""When support ends by what is published, where a ledger says no day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.missing import missing
from tests.unit.posture import advisories as given

from sekisho import posture
from sekisho.posture.ends import Ends, published_ends
from sekisho.posture.knowledge.load import load_feeds
from sekisho.posture.knowledge.sniff import take
from sekisho.storage import Database
from sekisho.terms import FixedClock

FEED = given.SHARED / "feed-fixtures" / "endoflife-date" / "api" / "happy" / "full"
TODAY = dt.date(2026, 11, 2)


@pytest.fixture(scope="module")
def facts() -> list[Mapping[str, Any]]:
    """Return what endoflife.date published of Windows and Ubuntu."""
    if not FEED.is_file():
        missing("the shared sample of endoflife.date is not here")
    return [data for _, _, data in take(FEED.read_bytes(), FEED.name).facts]


@pytest.mark.parametrize(
    ("system", "day"),
    [
        ("Microsoft Windows 10 Pro 10.0.19045", "2025-10-14"),
        ("Microsoft Windows 11 Pro 10.0.22631", "2025-11-11"),
        ("Windows 11 Enterprise 10.0.22631", "2026-11-10"),
        ("Windows 10 Enterprise LTSC 10.0.17763", "2029-01-09"),
        ("Ｗｉｎｄｏｗｓ　７", "2020-01-14"),  # noqa: RUF001 (as ledgers write it)
        ("Ubuntu 20.04.5 LTS", "2025-05-31"),
        ("Windows Server 2019 10.0.17763", None),
        ("Windows Embedded 7", None),
        ("FreeBSD 12", None),
        ("", None),
    ],
)
def test_a_system_is_told_by_its_build_or_number(
    facts: list[Mapping[str, Any]], system: str, day: str | None
) -> None:
    """The published end is that of the release and edition that the text names; another product of a like name has none."""
    found = Ends(facts, TODAY).of(system)
    assert (found and str(found.on)) == day


def test_an_old_list_does_not_end_what_it_may_lack(facts: list[Mapping[str, Any]]) -> None:
    """Without a build, "Windows 11" may be a release newer than the list: of an old list nothing is said."""
    assert Ends(facts, TODAY, fresh=True).of("Windows 11") is not None
    assert Ends(facts, TODAY, fresh=False).of("Windows 11") is None


@pytest.mark.duty("1-4b")
def test_the_ledgers_own_day_counts_first(
    tmp_path: Path, database: Database, clock: FixedClock, facts: list[Mapping[str, Any]]
) -> None:
    """A machine whose ledger says a day is left to it; of another the published end is a finding that names it."""
    ledger = tmp_path / "端末.csv"
    ledger.write_text(
        "管理番号,機器名,種別,OS,サポート終了日\n"
        "P1,端末,端末,Windows 10 Pro 10.0.19045,\n"
        "P2,端末,端末,Windows 10 Pro 10.0.19045,2028/10/10\n",
        encoding="utf-8",
    )
    posture.load([ledger], database=database, clock=clock)
    load_feeds([FEED], database=database, clock=clock)
    today = clock.now().date()
    assert [str(end.on) for end in published_ends(database, today).values()] == ["2025-10-14"]
    told = {one.message: one.args for one in posture.findings(database, today)}
    assert told["posture.finding.ended_published"] == {"count": 1, "names": ["P1"]}
