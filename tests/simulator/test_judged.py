"""The review of a small simulated hospital: a gross regression fails here, figures live in docs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.simulator.judge import judge
from tests.simulator.month import LISTS, live, make
from tests.unit.cli.conftest import call


def test_the_same_seed_lives_the_same_month() -> None:
    """A hospital is the same hospital every time that it is made."""
    one, two = (live(5, 25, "clinic") for _ in range(2))

    assert one.events
    assert [(e[0], e[1].id, e[2]) for e in one.events] == [
        (e[0], e[1].id, e[2]) for e in two.events
    ]


def test_misuse_without_a_tie_has_none() -> None:
    """Injected misuse that counts as without a tie is of people who have nothing to do with the patient."""
    world = live(6, 60, "general")
    wrong: Counter[str] = Counter()
    for at, who, patient, *_, label in world.events:
        incident = world.incidents.get(label)
        if incident and not incident.tied and patient >= 0 and who.kind == "person":
            wrong[incident.kind] += world.is_tied(
                who, patient, int(at // 86_400), before=7, after=3
            )

    assert {kind: count for kind, count in wrong.items() if count > 3} == {}


@pytest.mark.duty("1-3")
def test_a_small_hospital_is_reviewed_well_enough(tmp_path: Path) -> None:
    """Most accesses of a month are explained, and most injected misuse is put before people."""
    truth = make(tmp_path / "hospital", seed=21, size=45)
    data = tmp_path / "data"
    lists = [path for level in LISTS for path in truth.files(level)]
    for words in (
        *(("collect", log, "--source", source) for source, log in truth.logs.items()),
        ("care", "load", *lists),
        ("review", "approve", "--shipped", "--by", "U1"),
    ):
        assert call(*words, "--data", data).code == 0
    lines = call("review", "run", "--json", "--data", data).lines
    found = [truth.place(record["origin"]) for line in lines[:-1] for record in line["records"]]
    open_places = set(found)
    verdict = judge(
        truth,
        lines,
        {place: "" for place in range(1, len(truth.of_row) + 1) if place not in open_places},
    )

    assert verdict.levels.keys() <= {"L1", "L2", "L3"}
    assert verdict.all_explained >= 0.88 * verdict.all
    assert verdict.right >= 1
    assert verdict.a_day <= 6
    assert verdict.leaked <= 0.2 * verdict.untied
