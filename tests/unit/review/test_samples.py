"""Every explanation and sign is held to the rows that it says it matches."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.unit.review.ledger import MemoryLedger
from tests.unit.review.lists import load, put

from sekisho import care
from sekisho.care.level import spans_of
from sekisho.care.tables import KEYS, KIND, LOAD, STAFF, TABLES, TOLD
from sekisho.review.catalogue import Explanation, Sign, catalogue
from sekisho.review.desk import lay_out
from sekisho.review.explaining import FRESH, explain, settle
from sekisho.review.lists import REACH
from sekisho.review.mined import templates
from sekisho.review.showing import look
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
        for table in (LOAD, STAFF, KIND, TOLD, *TABLES.values()):
            c.execute(sa.delete(table))
    return kept


Sample = tuple[Explanation | Sign, int, Mapping[str, Any]]
"""A rule, the number of one of its samples, and the sample."""
FEW = 5
"""A sample with more people than this is about how many there are."""
OWN = {"user", "patient", "doctor", "entered_by", "executor", "team", "study", "plan"}
NAMED = {"name", "doctor_name", "address"}
OF_ONE = {
    "touch", "post", "turn_touch", "visits_ever", "stays_ever", "orders_ever", "appointments_ever",
    "visits_whole", "stays_whole", "duty_order", "duty_order_whole", "place_care", "rounds", "teams", "research", "planned", "staff",
}  # fmt: skip
"""What is of one patient or one person: joined by their ids, others change nothing in it."""


def of_one(rule: Explanation | Sign) -> bool:
    """Return whether a rule joins what is of one patient or person alone, and counts nothing.

    Then what it finds of one sample is the same whoever else lies beside it: every list is
    joined by the ids of patients and people, and each sample has its own.
    """
    tables = set(re.findall(r"\b(?:FROM|JOIN) (\w+)", rule.sql))
    return (
        isinstance(rule, Explanation)
        and tables <= OF_ONE
        and not re.search(r"\bcount\(|\bOVER\b|\bSELECT 1\b", rule.sql)
    )


def plain(sample: Mapping[str, Any]) -> bool:
    """Return whether nothing in a sample depends on what else a list holds.

    A name may be another's too, an address shared, and an open stay lasts until the last day of
    the list.
    """
    rows = [row for name, given in sample.items() if isinstance(given, list) for row in given]
    return (
        "after" not in sample
        and len(sample.get("staff", [])) <= FEW
        and not any(NAMED & set(row) for row in rows if isinstance(row, dict))
        and all("until" in row for row in sample.get("stays", []))
    )


def grouped() -> Iterator[list[Sample]]:
    """Yield the samples that may lie side by side, each under names of its own: of a sign, each alone.

    Those of every rule that is `of_one` share one layout where they give the same lists; an
    explanation never looks from one person or patient to another, so the samples of any other
    share one of their own.
    """
    kinds: dict[tuple[Any, ...], list[Sample]] = {}
    for rule in (*catalogue(), *templates()):
        for place, sample in enumerate(rule.samples):
            lists, crowd = frozenset(sample), len(sample.get("staff", [])) > FEW
            if of_one(rule) and plain(sample):
                key: tuple[Any, ...] = ("", lists)
            elif isinstance(rule, Explanation):
                key = (rule.id, lists, crowd)
            else:
                key = (rule.id, place)
            kinds.setdefault(key, []).append((rule, place, sample))
    yield from kinds.values()


def together(samples: Sequence[Sample]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of all `samples`, each sample's people and patients under its own names."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for number, (_, _, sample) in enumerate(samples):
        for name, given in sample.items():
            if name not in {"matches", "after"}:
                rows.setdefault(name, []).extend(
                    {k: f"{v}-{number}" if k in OWN else v for k, v in row.items()} for row in given
                )
    return rows


def named(group: Sequence[Sample]) -> str:
    """Return the name of a test: its rules, or the one rule and its samples."""
    rules = list(dict.fromkeys(rule.id for rule, _, _ in group))
    places = "-".join(str(place) for _, place, _ in group)
    return f"{rules[0]}-{places}" if len(rules) == 1 else "+".join(rules)


GROUPS = [pytest.param(group, id=named(group)) for group in grouped()]


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
    put_deaths(database, sample.get("deaths", []))
    days = sorted(row["day"] for row in sample["access"])
    MemoryLedger(sample["access"]).register(desk)
    lay_out(
        desk,
        care.snapshot(database, (care_day(days[0]) - dt.timedelta(days=1), care_day(days[-1]))),
        start=care_day(days[0]),
        end=care_day(days[-1]),
        spans=spans_of(database),
    )


def put_deaths(database: Database, deaths: Sequence[Mapping[str, str]]) -> None:
    """Write who died, and on which day, as a message would."""
    with database.write() as c:
        for death in deaths:
            values = {
                "key": death["patient"],
                "load_id": 1,
                "row": 2,
                "patient_id": death["patient"],
            }
            values["deceased_on"] = care_day(death["day"])
            c.execute(sa.insert(TABLES["patients"]).values(values))


def care_day(text: str) -> Any:
    """Return the day that `text` writes."""
    from sekisho.care.dates import day  # noqa: PLC0415 (a helper of two lines)

    return day(text)


@pytest.mark.parametrize("group", GROUPS)
def test_a_rule_matches_what_its_file_says(
    group: list[Sample], tmp_path: Path, empty: Database, clock: FixedClock
) -> None:
    """A rule matches what its file says and nothing else, and fetches records of the same accesses."""
    sign, _, alone = group[0]
    rows = alone if isinstance(sign, Sign) else together(group)
    with analysis() as desk:
        lay(desk, rows, empty, clock, tmp_path)
        before = {r.id: r for r in catalogue()}
        for name in {name for _, _, sample in group for name in sample.get("after", [])}:
            first = before[name]
            assert isinstance(first, Explanation)
            explain(desk, first)
        if isinstance(sign, Sign):
            settle(desk)
            shown = look(desk, sign)
            assert bool(shown) is alone["matches"]
            assert all(row["matter"] in {"", row["patient_id"]} for row in shown)
            written = {
                None,
                *(patient for (patient,) in desk.rows("SELECT written FROM patient_map")),
            }
            assert {row["patient_id"] for row in shown} <= written
            return
        desk.execute("INSERT INTO shown SELECT index FROM event")
        shared = len({rule.id for rule, _, _ in group}) > 1
        for rule in {rule.id: rule for rule, _, _ in group}.values():
            assert isinstance(rule, Explanation)
            if shared:
                desk.execute(FRESH)
            counted = {tuple(row[:2]) for row in desk.rows(rule.sql, rule.values())}
            explain(desk, rule)
            found = {
                int(row[0].rpartition("-")[2])
                for row in desk.rows(
                    "SELECT DISTINCT p.id FROM explained AS x "
                    "JOIN patient AS p ON p.patient_id = x.patient_id WHERE x.explanation = $id",
                    {"id": rule.id},
                )
            }
            mine = {n: sample["matches"] for n, (r, _, sample) in enumerate(group) if r is rule}
            assert found & set(mine) == {n for n, matches in mine.items() if matches}, rule.id
            agrees(desk, rule, counted)


def agrees(desk: Analysis, rule: Explanation, counted: set[tuple[Any, ...]]) -> None:
    """Hold the query that fetches the record to the accesses that the other `counted`."""
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


def test_no_explanation_reaches_further_than_it_is_given() -> None:
    """Care of the days around is laid before an explanation: its windows end within them, or it reads the whole lists."""
    for rule in (*catalogue(), *templates()):
        if isinstance(rule, Explanation) and "_whole" not in rule.sql:
            days = [rule.windows.get(name, 0) for name in ("before", "after", "days")]
            assert max(map(int, days)) <= REACH, rule.id
