"""The simulated hospital is what it says; what a review of it is worth: `test_sitting`."""

from __future__ import annotations

from collections import Counter

from tests.simulator.month import live


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
