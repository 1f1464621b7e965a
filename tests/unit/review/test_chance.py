"""Signs are weighed against chance: the same find says less of who opens much without a reason."""

from __future__ import annotations

import pytest
from tests.unit.review.month import CROWD, DOCTOR, ONE_STORE, STAYS, WHOLE, Month, read

from sekisho.review import json_lines, showing
from sekisho.review.cases import WROTE
from sekisho.review.chance import Chance
from sekisho.storage import Analysis

COLLEAGUES = [{**DOCTOR, "user": f"C{n}", "patient": f"K{n}"} for n in range(16)]


@ONE_STORE
def test_among_many_strangers_a_colleague_says_little(month: Month) -> None:
    """A colleague opened once stands higher for who opens nobody else than among thirty strangers."""
    month.lists(
        staff=[DOCTOR, {**DOCTOR, "user": "U2"}, *COLLEAGUES, *CROWD], visits=WHOLE, stays=STAYS
    )
    month.log(
        read("U1", "K1", 10),
        *(read(f"X{n}", "S0", 10) for n in range(3)),
        *(read(one["user"], "S0", 10) for one in COLLEAGUES),
        *(read("U2", f"S{n}", 1 + n % 28, time=f"09:{n:02d}:00") for n in range(30)),
        read("U2", "K2", 10),
    )
    month.approve()

    scores = {
        case.user_id: case.parts["signs"]["colleague"]
        for case in month.run().cases
        if "colleague" in case.signs
    }
    assert scores["U1"] > 2 * scores.get("U2", 0.0)


@ONE_STORE
def test_many_people_on_one_patient_are_no_base_rate_of_each_other(month: Month) -> None:
    """Four people on one colleague's record are four cases; none is explained by the other three."""
    people = [{**DOCTOR, "user": f"U{n}"} for n in range(2, 6)]
    month.lists(staff=[*COLLEAGUES, *people, *CROWD], visits=WHOLE, stays=STAYS)
    month.log(*(read(one["user"], "K1", 10) for one in people))
    month.approve()

    raised = [case for case in month.run().cases if case.raised]
    assert len(raised) == 4
    assert all(case.parts["chance"] == {} for case in raised)


@ONE_STORE
def test_who_wrote_in_the_record_stands_lower(month: Month) -> None:
    """Of two equal finds the one whose person wrote in the record weighs less than half, and is no case."""
    month.lists(
        staff=[DOCTOR, {**DOCTOR, "user": "U2"}, *COLLEAGUES, *CROWD], visits=WHOLE, stays=STAYS
    )
    month.log(read("U1", "K1", 10), read("U2", "K2", 10, action="create"))
    month.approve()

    assert WROTE < 0.5
    assert {case.user_id: case.parts["wrote"] for case in month.run().cases if case.raised} == {
        "U1": 1.0
    }


@ONE_STORE
def test_one_finding_is_told_and_weighed_once(month: Month) -> None:
    """Where a sign says all that another says, the other adds neither a sentence nor weight."""
    month.lists(staff=[DOCTOR, *CROWD], visits=WHOLE, stays=STAYS)
    month.log(*(read("U1", "S9", day) for day in (3, 9, 15, 21)))
    month.approve()

    (case,) = [case for case in month.run().cases if case.raised]
    assert "returning" in case.signs
    assert "coming_back" not in case.signs
    assert set(case.parts["signs"]) == set(case.signs)
    assert case.why["ja"].count("4日") == 1


@ONE_STORE
def test_three_misused_shared_ids_are_no_base_rate_of_each_other(month: Month) -> None:
    """Each of three shared ids that read many strangers in one night is raised, as one alone would be."""
    wards = [
        {"user": f"W{n}", "name": "病棟共用", "note": "共用ID", "ward": f"{n}東"} for n in range(3)
    ]
    month.lists(staff=[*wards, *CROWD], visits=WHOLE, stays=STAYS)
    month.log(
        *(read(one["user"], "P8", day) for one in wards for day in range(1, 29)),
        *(
            read(one["user"], f"S{n}{stranger * 37}", 9 + n, time=f"23:{stranger}0:00")
            for n, one in enumerate(wards)
            for stranger in range(6)
        ),
    )
    month.approve()

    raised = [case for case in month.run().cases if case.raised]
    assert sorted(case.user_id for case in raised) == ["W0", "W1", "W2"]
    assert all(case.signs == ["shared_many", "shared_elsewhere"] for case in raised)
    assert all("多い日で7人" in case.why["ja"] for case in raised)


@ONE_STORE
def test_a_shared_id_that_reads_strangers_every_day_is_no_case(month: Month) -> None:
    """A telephone that rings every day is a habit: nine callers on one day are no case beside three."""
    desk = [
        {"user": f"W{n}", "name": "受付共用", "note": "共用ID", "department": "医事課"}
        for n in range(2)
    ]
    month.lists(staff=[*desk, *CROWD], visits=WHOLE, stays=STAYS)
    month.log(
        *(
            read(one["user"], f"S{number}{day * 997 + caller * 37}", day)
            for number, one in enumerate(desk)
            for day in range(1, 29)
            for caller in range(9 if day == 14 else 3)
        ),
    )
    month.approve()

    assert not [case for case in month.run().cases if "shared_many" in case.signs]


@ONE_STORE
def test_what_chance_leaves_nothing_of_is_counted_and_changes_no_line(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Matters of one sign that cannot become cases are left out, and every line is the same as with them."""
    month.lists(staff=[DOCTOR, *COLLEAGUES, *CROWD], visits=WHOLE, stays=STAYS)
    month.log(
        *(read("U1", f"K{n}", 1 + n, time="09:00:00") for n in range(16)),
        *(read(f"X{n}", "K1", 10) for n in range(3)),
        *(read("X4", "K2", day) for day in (3, 9, 15)),
    )
    month.approve()

    made: list[int] = []
    leave = showing._leave

    def noted(desk: Analysis, chance: Chance) -> None:
        leave(desk, chance)
        made.append(desk.rows("SELECT count(*) FROM weak")[0][0])

    monkeypatch.setattr(showing, "_leave", noted)
    left = list(json_lines(month.run()))
    monkeypatch.setattr(Chance, "most", lambda *_: 1.0)
    whole = list(json_lines(month.run()))

    assert made[0] > 0
    assert made[1] == 0
    for lines in (left, whole):
        del lines[-1]["summary"]["seconds"]
    assert left == whole
