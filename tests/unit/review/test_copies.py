"""The register of copies: numbers without a gap and without a double, whoever asks at the same time."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from dataclasses import replace

import pytest

from sekisho.errors import InvalidInputError
from sekisho.review.copies import (
    Copy,
    NamesRule,
    begin,
    copies,
    copy_of,
    counts,
    finish,
    give_up,
    names_rule,
    set_names_rule,
)
from sekisho.storage import Database
from sekisho.terms import FixedClock

TAKE = """
import datetime as dt, sys
from sekisho.review.copies import begin
from sekisho.storage import open_database
database = open_database(sys.argv[1], prepare=False)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    line = begin(database, form="patient", kind="pdf", language="ja", patient_id="P1",
        start=dt.date(2026, 10, 1), end=dt.date(2026, 10, 31), by="R1", names_by=None,
        at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC), year=2026)
    print(line.number, flush=True)
"""


def take(database: Database, clock: FixedClock, year: int = 2026, form: str = "patient") -> Copy:
    """Take a number."""
    return begin(
        database,
        form=form,
        kind="pdf",
        language="ja",
        patient_id="P1",
        start=dt.date(2026, 10, 1),
        end=dt.date(2026, 10, 31),
        by="R1",
        names_by=None,
        at=clock.now(),
        year=year,
    )


def test_two_processes_get_numbers_one_after_the_other(
    database: Database, clock: FixedClock
) -> None:
    """Two processes that take forty numbers each at the same time get 1 to 80, each once."""
    url = database.engine.url.render_as_string(hide_password=False)
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", TAKE, url, "40"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for run in runs:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("go\n")
        run.stdin.flush()
    said = [run.communicate(timeout=100)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert sorted(int(one) for text in said for one in text.split()) == list(range(1, 81))
    assert [line.number for line in copies(database)] == list(range(80, 0, -1))
    assert take(database, clock).name == "2026-0081"


def test_a_year_begins_with_one(database: Database, clock: FixedClock) -> None:
    """Numbers run within a year."""
    names = [take(database, clock, year).name for year in (2026, 2026, 2027, 2026)]
    assert names == ["2026-0001", "2026-0002", "2027-0001", "2026-0003"]
    assert [line.name for line in copies(database, limit=2)] == ["2027-0001", "2026-0003"]


def test_a_number_of_which_nothing_came_is_kept(database: Database, clock: FixedClock) -> None:
    """A copy that was given up keeps its number; only what was made is counted."""
    first, second, third = (
        take(database, clock, form=form) for form in ("patient", "patient", "reviewer")
    )
    give_up(database, first)
    finish(database, second, accesses=12, records=range(12), digest="ab" * 32, record=77)
    finish(database, third, accesses=1, records=[5], digest="cd" * 32, record=78)
    take(database, clock)

    assert [line.state for line in copies(database)] == ["begun", "made", "made", "void"]
    assert copy_of(database, "2026-0002") == replace(
        second, state="made", accesses=12, digest="ab" * 32, record=77, records=list(range(12))
    )
    assert counts(database) == {2026: {"reviewer": 1, "patient": 1}}
    assert [copy_of(database, name) for name in ("2026-0009", "x", "2026", "-", "2026-x")] == [
        None
    ] * 5


def test_the_newest_rule_about_names_stands(database: Database, clock: FixedClock) -> None:
    """What the rule says needs its document, a name and a day that has come; the newest entry stands."""
    assert names_rule(database) is None
    rule = NamesRule(
        allows=True, text="規程 第3条", date=dt.date(2026, 4, 1), by="S1", at=clock.now()
    )
    set_names_rule(database, rule)
    set_names_rule(database, replace(rule, allows=False, text="改正"))
    assert names_rule(database) == replace(rule, allows=False, text="改正")
    for wrong in ({"text": " "}, {"by": ""}, {"date": dt.date(2026, 11, 3)}):
        with pytest.raises(InvalidInputError):
            set_names_rule(database, replace(rule, **wrong))
