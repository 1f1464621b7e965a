"""What stands beside a case, and what cannot be checked for want of a roster."""

from __future__ import annotations

import datetime as dt

from tests.unit.review.lists import put
from tests.unit.review.month import CROWD, DOCTOR, ONE_STORE, STAYS, WHOLE, Month, read

from sekisho import care
from sekisho.care.unrostered import lying_unrostered
from sekisho.review.beside import beside
from sekisho.review.doubts import doubts

OWN = {**DOCTOR, "patient": "P1"}


@ONE_STORE
def test_another_persons_sign_in_on_the_same_terminal_stands_beside(month: Month) -> None:
    """A sign-in of another person minutes later, and an order entered for a doctor, are shown beside a case; one hours later is not."""
    month.lists(staff=[OWN, {**DOCTOR, "user": "U2"}], visits=WHOLE, stays=STAYS)
    put(
        month.database,
        month.clock,
        orders=[
            {"patient": "P1", "day": "2026-10-10", "what": "lab", "number": "A1", "doctor": "U2", "entered_by": "U1"}
        ],
    )  # fmt: skip
    month.log(
        read("U1", "P1", 10, time="10:00:00", terminal="T1"),
        read("U2", None, 10, time="10:04:00", terminal="T1", action="login"),
        read("U3", None, 10, time="12:04:00", terminal="T1", action="login"),
        read("U4", None, 10, time="10:01:00", terminal="T2", action="login"),
    )
    case = month.case(month.run(), "own_record")

    entered, terminal = beside(month.database, month.ledger, case)

    assert (entered.kind, entered.user_id, entered.number) == ("entered_for", "U2", "A1")
    assert (terminal.kind, terminal.user_id, terminal.minutes) == ("terminal", "U2", 4)
    assert (terminal.index, terminal.other, terminal.login) == (0, 1, True)


@ONE_STORE
def test_a_ward_without_a_roster_that_day_is_said(month: Month) -> None:
    """Where the patient's ward has no roster for the day, the reasoning, the case's page and the month's count say so; with one they do not."""
    from sekisho import review  # noqa: PLC0415 (beside the one call)

    nurse = {"user": "U5", "duty": "看護師", "department": "看護部", "ward": "5東"}
    month.lists(staff=[DOCTOR, nurse, *CROWD], visits=WHOLE, stays=STAYS)
    turn = {"user": "U9", "place": "6西", "shift": "day"}
    put(month.database, month.clock, rosters=[{**turn, "day": f"2026-10-{n:02d}"} for n in (9, 11)])
    month.log(read("U5", "P9", 10), read("U5", "P9", 11))
    month.approve()

    def gaps(index: int) -> list[str]:
        found = review.explain_record(month.database, month.ledger, month.clock, index)
        return [one.why["ja"] for one in found if one.id == "roster_ward" and one.says is None]

    assert gaps(0) == ["確かめていません：6西の2026-10-10の勤務表がありません"]
    assert gaps(1) == []
    days = [dt.date(2026, 10, day) for day in (9, 10, 11, 12)]
    assert care.unrostered(month.database, days[0], days[2])[:2] == [
        ("5東", (days[0], days[2])),
        ("6西", (days[1], days[1])),
    ]
    assert lying_unrostered(month.database, ["P9"], days) == [
        ("6西", (days[1], days[1])),
        ("6西", (days[3], days[3])),
    ]
    assert lying_unrostered(month.database, ["P1"], days) == []
    summary = month.run().summary
    counted = summary["no_roster"]
    assert counted["accesses"] == 1
    assert [(one["ward"], one["first"]) for one in counted["wards"]] == [("6西", "2026-10-10")]
    assert [args["wards"] for _, args in doubts({"no_roster": counted})] == [["6西 10/10"]]
