"""DuckDB and Spark give the same review, line by line."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.unit.review.ledger import MemoryLedger
from tests.unit.review.lists import load, put
from tests.unit.review.test_samples import OWN, put_deaths

from sekisho import review
from sekisho.app.demo.hospital import make
from sekisho.care.tables import KEYS
from sekisho.review.catalogue import catalogue, explanations, signs
from sekisho.review.perform import json_lines, run
from sekisho.storage import Analysis, analysis, open_database
from sekisho.storage.spark import spark
from sekisho.terms import FixedClock

pytestmark = pytest.mark.timeout(1200)
LISTS = ("staff", "visits", "stays", "patients")
WHOLE = {"technical_visit", "small_house"}
"""Explanations of a hospital without orders, and of a small one: not of this one."""
CROWDED = {"browsing", "night_ward", "shared_many"}
"""Signs of who differs from everybody else: everybody's samples beside them leave nothing out of the ordinary."""


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every sample of every rule, each under names of its own: a number keeps its end."""
    rows: dict[str, list[dict[str, Any]]] = {}
    place = 0
    for rule in catalogue():
        # Few people live at one address, or it is no household.
        own = OWN | {"address"} if rule.id == "household_read" else OWN
        for sample in rule.samples:
            place += 1
            for name, given in sample.items():
                if name not in {"matches", "after"}:
                    rows.setdefault(name, []).extend(
                        {k: f"{place}-{v}" if k in own else v for k, v in row.items()}
                        for row in given
                    )
    return rows


def test_every_rule_finds_the_same_on_both(master: str, tmp_path: Path, clock: FixedClock) -> None:
    """With the rows of every sample side by side, two sources of one act among them, no line differs."""
    rows = everything()
    access = [{**row, "source": row.get("source", "emr")} for row in rows["access"]]
    both = {"day": "2026-10-10", "object": "Observation/7", "terminal": "10.0.0.1"}
    access += [
        {**both, "user": "pair", "patient": "pair", "source": "client"},
        {**both, "user": "pair", "patient": "pair", "source": "server"},
    ]
    ledger = MemoryLedger(access)
    database = open_database(f"sqlite:///{tmp_path / 'state.db'}")
    desks: list[Analysis] = []
    with ExitStack() as ends:
        ends.callback(database.close)
        given = {name: rows[name] for name in LISTS}
        for report in load(database, clock, tmp_path, "utf-8", **given):
            assert report.error is None, report.error
        put(database, clock, **{n: r for n, r in rows.items() if n in KEYS and n not in LISTS})
        put_deaths(database, rows["deaths"])
        review.approve_shipped(database, "t", clock.now())
        here, there = (
            list(
                json_lines(
                    run(
                        database,
                        ledger,
                        clock,
                        start=dt.date(2026, 9, 1),
                        end=dt.date(2026, 11, 30),
                        trial=True,
                        engine=partial(kept_open, desks, ends, engine),
                    )
                )
            )
            for engine in (analysis, lambda: spark(master))
        )
        found = here[-1]["summary"]
        assert found["paired"] == 1
        assert {one.id for one in explanations()} - {*found["by_explanation"]} == WHOLE
        compare(here, there)
        silent = set()
        for sign in signs():
            shown, other = (shown_of(desk, sign.id) for desk in desks)
            assert shown == other, sign.id
            if not shown:
                silent.add(sign.id)
        assert silent == CROWDED


def test_the_command_gives_the_same_over_sealed_files(master: str, tmp_path: Path) -> None:
    """`review run --engine spark` reads the sealed days and the tail, and prints what DuckDB prints."""
    truth = make(tmp_path / "hospital", rows=1_000)
    data = tmp_path / "data"
    say("collect", str(truth.log), "--data", str(data))
    say("care", "load", *(str(path) for path in truth.lists), "--data", str(data))
    say("review", "approve", "--shipped", "--by", "t", "--data", str(data))
    here = lines("review", "run", "--json", "--data", str(data))
    there = lines(
        "review", "run", "--json", "--data", str(data), "--engine", "spark", "--master", master
    )
    compare(here, there)


def kept_open(desks: list[Analysis], ends: ExitStack, engine: Callable[[], Analysis]) -> Analysis:
    """Return a desk that stays open when its review is done, until `ends`, and is in `desks`."""
    desk = engine()
    ends.callback(desk.close)
    desk.close = lambda: None  # type: ignore[method-assign]
    desks.append(desk)
    return desk


def shown_of(desk: Analysis, sign: str) -> list[str]:
    """Return each row that a sign showed, in words, in one order."""
    return sorted(str(row) for (row,) in desk.rows(f"SELECT f FROM shows_{sign} AS f"))


def test_a_cluster_that_is_not_there_is_said(tmp_path: Path) -> None:
    """Without --master nothing is begun, and the message says what to add."""
    done = subprocess.run(
        [sys.executable, "-m", "sekisho", "review", "run", "--engine", "spark",
         "--data", str(tmp_path)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--master" in done.stderr


def compare(here: list[dict[str, Any]], there: list[dict[str, Any]]) -> None:
    """Hold each line of `there` to that of `here`; only the seconds may differ."""
    for lines_ in (here, there):
        lines_[-1]["summary"].pop("seconds")
    for number, (one, other) in enumerate(zip(here, there, strict=False)):
        assert one == other, f"line {number}"
    assert len(here) == len(there)


def say(*words: str) -> str:
    """Run the command line; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "sekisho", *words], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def lines(*words: str) -> list[dict[str, Any]]:
    """Return what the command printed as JSON Lines."""
    return [json.loads(line) for line in say(*words).splitlines() if line.startswith("{")]
