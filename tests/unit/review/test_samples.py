"""Every explanation and sign is held to the rows that it says it matches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.unit.review.ledger import MemoryLedger
from tests.unit.review.lists import load

from sekisho import care
from sekisho.care.level import spans_of
from sekisho.care.tables import KIND, LOAD, PATIENT, STAFF, STAY, VISIT
from sekisho.review.catalogue import Explanation, Sign, catalogue
from sekisho.review.desk import explain, lay_out, settle
from sekisho.review.matters import look
from sekisho.storage import Analysis, Database, analysis, open_database
from sekisho.terms import FixedClock


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One SQLite for all samples; emptied before each."""
    opened = open_database(f"sqlite:///{tmp_path_factory.mktemp('samples') / 'state.db'}")
    yield opened
    opened.close()


@pytest.fixture
def empty(kept: Database) -> Database:
    """The database of this file without a list in it."""
    with kept.write() as c:
        for table in (LOAD, STAFF, KIND, VISIT, STAY, PATIENT):
            c.execute(sa.delete(table))
    return kept


SAMPLES = [
    pytest.param(rule, sample, id=f"{rule.id}-{place}")
    for rule in catalogue()
    for place, sample in enumerate(rule.samples)
]


def lay(
    desk: Analysis, sample: Mapping[str, Any], database: Database, clock: FixedClock, folder: Path
) -> None:
    """Lay out the rows of `sample`."""
    lists = {name: sample.get(name, []) for name in ("staff", "visits", "stays", "patients")}
    for report in load(database, clock, folder, **lists):
        assert report.error is None, report.error
        assert not report.refused
    days = sorted(row["day"] for row in sample["access"])
    lay_out(
        desk,
        MemoryLedger(sample["access"]),
        care.snapshot(database),
        start=care_day(days[0]),
        end=care_day(days[-1]),
        spans=spans_of(database),
    )


def care_day(text: str) -> Any:
    """Return the day that `text` writes."""
    from sekisho.care.dates import day  # noqa: PLC0415 (a helper of two lines)

    return day(text)


@pytest.mark.parametrize(("rule", "sample"), SAMPLES)
def test_a_rule_matches_what_its_file_says(
    rule: Explanation | Sign,
    sample: Mapping[str, Any],
    tmp_path: Path,
    empty: Database,
    clock: FixedClock,
) -> None:
    """A rule matches the sample rows that its file says it matches, and no others."""
    with analysis() as desk:
        lay(desk, sample, empty, clock, tmp_path)
        before = {r.id: r for r in catalogue()}
        for name in sample.get("after", []):
            first = before[name]
            assert isinstance(first, Explanation)
            explain(desk, first)
        if isinstance(rule, Explanation):
            explain(desk, rule)
            found: list[Any] = desk.rows(
                "SELECT * FROM explained WHERE explanation = $id", {"id": rule.id}
            )
        else:
            settle(desk)
            found = look(desk, rule)
    assert bool(found) is sample["matches"]


@pytest.mark.parametrize(
    "rule", [rule for rule in catalogue() if isinstance(rule, Explanation)], ids=lambda r: r.id
)
def test_the_record_that_explains_agrees_with_the_count(
    rule: Explanation, tmp_path: Path, empty: Database, clock: FixedClock
) -> None:
    """The query that counts and the query that fetches the record explain the same accesses."""
    sample = next(s for s in rule.samples if s["matches"])
    with analysis() as desk:
        lay(desk, sample, empty, clock, tmp_path)
        for name in sample.get("after", []):
            first = next(r for r in catalogue() if r.id == name)
            assert isinstance(first, Explanation)
            explain(desk, first)
        desk.execute("INSERT INTO shown SELECT index FROM event")
        counted = {tuple(row[:2]) for row in desk.rows(rule.sql, rule.values())}
        fetched = desk.rows(rule.fetch, rule.values(rule.fetch))
        assert counted == {tuple(row[:2]) for row in fetched}
        assert len(fetched) == len(counted)
        for language in ("ja", "en"):
            assert rule.why[language] % {"place": "x", "day": "d", "file": "f", "row": 1}


def test_every_rule_has_both_kinds_of_samples() -> None:
    """Each explanation and sign ships with rows that it matches and rows that it does not."""
    for rule in catalogue():
        assert {sample["matches"] for sample in rule.samples} == {True, False}, rule.id
        assert rule.title["ja"]
        assert rule.title["en"]
        assert rule.level in {"L0", "L1"}
