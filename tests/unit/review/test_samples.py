"""Every explanation and sign is held to the rows that it says it matches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.unit.review.ledger import MemoryLedger
from tests.unit.review.lists import load, put

from sekisho import care
from sekisho.care.level import spans_of
from sekisho.care.tables import KEYS, KIND, LOAD, STAFF, TABLES
from sekisho.review.catalogue import Explanation, Sign, catalogue
from sekisho.review.desk import lay_out
from sekisho.review.explaining import explain, settle
from sekisho.review.matters import look
from sekisho.review.mined import templates
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
        for table in (LOAD, STAFF, KIND, *TABLES.values()):
            c.execute(sa.delete(table))
    return kept


def grouped(rule: Explanation | Sign) -> Iterator[list[tuple[int, Mapping[str, Any]]]]:
    """Yield the samples of `rule` that may lie side by side: of a sign, each alone.

    An explanation never looks from one person or patient to another, so its samples share
    one layout, each under names of its own, where they give the same lists.
    """
    numbered = list(enumerate(rule.samples))
    if isinstance(rule, Sign):
        yield from ([one] for one in numbered)
        return
    kinds: dict[tuple[Any, ...], list[tuple[int, Mapping[str, Any]]]] = {}
    for place, sample in numbered:
        crowd = len(sample.get("staff", [])) > FEW
        kinds.setdefault((frozenset(sample), crowd), []).append((place, sample))
    yield from kinds.values()


def together(samples: Sequence[tuple[int, Mapping[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of all `samples`, each sample's people and patients under its own names."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for place, sample in samples:
        for name, given in sample.items():
            if name not in {"matches", "after"}:
                rows.setdefault(name, []).extend(
                    {k: f"{v}-{place}" if k in OWN else v for k, v in row.items()} for row in given
                )
    return rows


FEW = 5
"""A sample with more people than this is about how many there are."""
OWN = {"user", "patient", "doctor", "entered_by", "executor", "team", "study", "plan"}
GROUPS = [
    pytest.param(rule, group, id=f"{rule.id}-{'-'.join(str(place) for place, _ in group)}")
    for rule in (*catalogue(), *templates())
    for group in grouped(rule)
]


def lay(
    desk: Analysis, sample: Mapping[str, Any], database: Database, clock: FixedClock, folder: Path
) -> None:
    """Lay out the rows of `sample`."""
    lists = {name: sample.get(name, []) for name in ("staff", "visits", "stays", "patients")}
    for report in load(database, clock, folder, **lists):
        assert report.error is None, report.error
        assert {message for _, message, _ in report.refused} <= {"care.cancelled"}
    more = {name: rows for name, rows in sample.items() if name in KEYS and name not in lists}
    put(database, clock, **more)
    with database.write() as c:
        for death in sample.get("deaths", []):
            values = {
                "key": death["patient"],
                "load_id": 1,
                "row": 2,
                "patient_id": death["patient"],
            }
            values["deceased_on"] = care_day(death["day"])
            c.execute(sa.insert(TABLES["patients"]).values(values))
    days = sorted(row["day"] for row in sample["access"])
    lay_out(
        desk,
        MemoryLedger(sample["access"]),
        care.snapshot(database, (care_day(days[0]) - dt.timedelta(days=1), care_day(days[-1]))),
        start=care_day(days[0]),
        end=care_day(days[-1]),
        spans=spans_of(database),
    )


def care_day(text: str) -> Any:
    """Return the day that `text` writes."""
    from sekisho.care.dates import day  # noqa: PLC0415 (a helper of two lines)

    return day(text)


@pytest.mark.parametrize(("rule", "group"), GROUPS)
def test_a_rule_matches_what_its_file_says(
    rule: Explanation | Sign,
    group: list[tuple[int, Mapping[str, Any]]],
    tmp_path: Path,
    empty: Database,
    clock: FixedClock,
) -> None:
    """A rule matches what its file says and nothing else, and fetches records of the same accesses."""
    rows = together(group) if isinstance(rule, Explanation) else group[0][1]
    with analysis() as desk:
        lay(desk, rows, empty, clock, tmp_path)
        before = {r.id: r for r in catalogue()}
        for name in {name for _, sample in group for name in sample.get("after", [])}:
            first = before[name]
            assert isinstance(first, Explanation)
            explain(desk, first)
        if isinstance(rule, Explanation):
            counted = {tuple(row[:2]) for row in desk.rows(rule.sql, rule.values())}
            explain(desk, rule)
            found = {
                row[0].rpartition("-")[2]
                for row in desk.rows(
                    "SELECT DISTINCT patient_id FROM explained WHERE explanation = $id",
                    {"id": rule.id},
                )
            }
            assert found == {str(place) for place, sample in group if sample["matches"]}
            agrees(desk, rule, counted)
        else:
            settle(desk)
            assert bool(look(desk, rule)) is group[0][1]["matches"]


def agrees(desk: Analysis, rule: Explanation, counted: set[tuple[Any, ...]]) -> None:
    """Hold the query that fetches the record to the accesses that the other `counted`."""
    desk.execute("INSERT INTO shown SELECT index FROM event")
    fetched = desk.rows(rule.fetch, rule.values(rule.fetch))
    assert counted == {tuple(row[:2]) for row in fetched}
    assert len(fetched) == len(counted)
    values = {"place": "x", "day": "d", "file": "f", "row": 1, "number": "n"}
    for language in ("ja", "en"):
        assert rule.why[language] % values


def test_every_rule_has_both_kinds_of_samples() -> None:
    """Each explanation and sign ships with rows that it matches and rows that it does not."""
    for rule in (*catalogue(), *templates()):
        assert {sample["matches"] for sample in rule.samples} == {True, False}, rule.id
        assert rule.title["ja"]
        assert rule.title["en"]
        assert rule.level in {"L0", "L1", "L2", "L3"}
