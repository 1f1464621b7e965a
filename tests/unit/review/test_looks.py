"""Who looked at one patient: all of it, only of them, and neutral where nothing is known."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests.unit.review.month import DOCTOR, END, ONE_STORE, START, STAYS, VISIT, WHOLE, Month, read

from sekisho import review
from sekisho.care import mark_kind
from sekisho.errors import InvalidInputError
from sekisho.review.looks import Looks, Standing, looks
from sekisho.terms import UserKind


def seen(month: Month, patient: str = "P1", **more: Any) -> Looks:
    """Return who looked at `patient` in October."""
    wanted: dict[str, Any] = {"start": START, "end": END, **more}
    return looks(month.database, month.ledger, patient=patient, **wanted)


def standings(found: Looks) -> list[tuple[int, Standing]]:
    """Return index and standing of each access."""
    return [(look.index, look.standing) for look in found.looks]


@ONE_STORE
def test_each_access_says_what_review_can_say(month: Month) -> None:
    """Explained, unexplained, not judgeable; every access of the patient and the period, of nobody else."""
    month.lists(staff=[DOCTOR], visits=[VISIT, *WHOLE], stays=STAYS)
    month.approve()
    month.log(
        read("U1", "P1", 10),
        read("U1", "P1", 28),
        read("nobody", "P1", 12),
        read(None, "P1", 13),
        read("U1", "P2", 10),
        {"user": "U1", "patient": "P1", "day": "2026-09-30"},
        read("U1", None, 11, patients=["P3", "P1"]),
    )
    month.run()

    found = seen(month)
    assert standings(found) == [
        (0, Standing.EXPLAINED),
        (6, Standing.EXPLAINED),
        (2, Standing.NOT_JUDGEABLE),
        (3, Standing.NOT_JUDGEABLE),
        (1, Standing.UNEXPLAINED),
    ]
    first = found.looks[0]
    assert first.explanation is not None
    assert first.explanation.id == "visit_department"
    assert (first.listed, first.valid, first.day) == (True, True, dt.date(2026, 10, 10))
    assert first.record["occurred_at"] == "2026-10-10T03:00:00.000Z"
    assert first.record["origin"] == {"file": "log.csv", "row": 1}
    assert len(found.judged) == 31


def test_what_no_review_ran_over_is_not_yet_judged(month: Month) -> None:
    """Days over which no review ran are "not yet", also where an explanation would fit."""
    month.lists(staff=[DOCTOR], visits=[VISIT, *WHOLE], stays=STAYS)
    month.approve()
    month.log(read("U1", "P1", 10), read("U1", "P1", 12))
    assert {standing for _, standing in standings(seen(month))} == {Standing.NOT_YET}

    month.run(dt.date(2026, 10, 1), dt.date(2026, 10, 10))
    found = seen(month)
    assert standings(found) == [(0, Standing.EXPLAINED), (1, Standing.NOT_YET)]
    assert len(found.judged) == 10


def test_what_people_answered_stands_above(month: Month) -> None:
    """A case that a person called explained is confirmed, one being asked about is asked about; an open one changes nothing."""
    left = {**DOCTOR, "user": "U2", "valid_to": "2026-10-05"}
    month.lists(staff=[DOCTOR, left], visits=[VISIT, *WHOLE], stays=STAYS)
    month.approve()
    month.log(read("U2", "P1", 20))
    case = month.case(month.run(), "after_leaving")
    before = standings(seen(month))

    now = month.clock.now()
    review.answer(month.database, case.id, by="U7", answer="ask_person", at=now)
    asked = seen(month)
    review.answer(
        month.database, case.id, by="U7", answer="explained", note="引き継ぎのため", at=now
    )
    done = seen(month)
    assert before == [(0, Standing.NOT_JUDGEABLE)]
    assert standings(asked) == [(0, Standing.ASKING)]
    assert standings(done) == [(0, Standing.CONFIRMED)]
    assert done.looks[0].case is not None
    assert done.looks[0].case.id == case.id


@ONE_STORE
def test_what_stands_here_is_what_the_review_found(month: Month) -> None:
    """An access is explained here if and only if the whole review explained it, patient by patient."""
    month.lists(staff=[DOCTOR], visits=[VISIT, *WHOLE], stays=STAYS)
    month.approve()
    month.log(
        *(read("U1", f"P{n % 9}", 1 + n % 31, time=f"{n % 24:02d}:00:00") for n in range(120))
    )
    run = month.run()
    explained = sum(
        look.standing is Standing.EXPLAINED
        for n in range(9)
        for look in (seen(month, f"P{n}").looks if n else seen(month, "P0").looks)
    )
    assert explained == run.summary["explained"]
    assert 0 < explained < 120


@ONE_STORE
def test_zeros_that_were_cut_are_given_back_where_it_is_certain(month: Month) -> None:
    """A number without its zeros is the patient's where the list has one such; where it has two, it is nobody's and counted as doubtful."""
    month.lists(
        staff=[DOCTOR],
        patients=[{"patient": "0000000077"}, {"patient": "0000000088"}, {"patient": "088"}],
    )
    month.log(
        read("U1", "77", 3), read("U1", "0000000077", 4), read("U1", "88", 5), read("U1", "088", 6)
    )

    found = seen(month, "0000000077")
    assert [look.index for look in found.looks] == [0, 1]
    assert (found.spellings, found.doubtful) == (("0000000077", "77"), 0)
    assert [look.index for look in seen(month, "77").looks] == [0, 1]
    other = seen(month, "088")
    assert ([look.index for look in other.looks], other.doubtful) == ([3], 1)


@ONE_STORE
def test_an_id_without_zeros_is_one_person_only_where_the_whole_log_says_so(month: Month) -> None:
    """Two forms of a user's id in the log, one of them at another patient, leave both in doubt here as in the review."""
    month.lists(staff=[{**DOCTOR, "user": "0012"}], visits=[VISIT, *WHOLE])
    month.log(read("12", "P1", 10), read("012", "P2", 11))
    assert not seen(month).looks[0].listed

    month.log(read("12", "P1", 10))
    assert seen(month).looks[0].user_id == "0012"


@ONE_STORE
def test_whose_number_is_meant_must_be_said_where_two_may_mean_it(month: Month) -> None:
    """Where records of one number differ in who assigned it, a person says whose is meant, and nobody else's is shown."""
    month.lists(staff=[DOCTOR])
    month.log(
        read("U1", "P1", 3),
        read("U1", "P1", 4, authority="1.2.3"),
        read("U1", "P1", 5, authority="9.9.9"),
    )
    with pytest.raises(InvalidInputError) as error:
        seen(month)
    assert error.value.message == "review.whose_number"
    assert error.value.args_["which"] == ["1.2.3", "9.9.9", "none"]

    assert [look.index for look in seen(month, authorities=["1.2.3"]).looks] == [0, 1]
    assert [look.index for look in seen(month, authorities=["none"]).looks] == [0]
    assert seen(month, authorities=["1.2.3"]).authorities == ("1.2.3",)
    with pytest.raises(InvalidInputError) as error:
        seen(month, authorities=["4.4.4"])
    assert error.value.message == "review.no_authority"


@ONE_STORE
def test_a_number_that_nobody_knows_is_no_answer(month: Month) -> None:
    """A mistyped number is refused, never answered with "nobody looked"; a known patient whom nobody looked at is answered."""
    month.lists(staff=[DOCTOR], visits=[VISIT], patients=[{"patient": "P5"}])
    month.log(read("U1", "P1", 10), {"user": "U1", "patient": "P6", "day": "2026-03-01"})
    with pytest.raises(InvalidInputError) as error:
        seen(month, "P99")
    assert error.value.message == "review.no_patient"
    assert [seen(month, patient).looks for patient in ("P5", "P6")] == [(), ()]
    with pytest.raises(InvalidInputError) as error:
        seen(month, start=END, end=START)
    assert error.value.message == "review.period_backwards"


@ONE_STORE
def test_an_act_that_both_sides_wrote_is_one_look(month: Month) -> None:
    """The client knew the person, the server the patient: it is one look of that person at that patient, with both records."""
    month.lists(staff=[DOCTOR], visits=[VISIT, *WHOLE])
    month.approve()
    asked = {"object": "Observation/7 request:76d148b6", "terminal": "10.0.0.1"}
    month.log(
        read(None, "P1", 10, source="server", **asked),
        read("U1", None, 10, source="client", **asked),
        read("U1", "P1", 11, source="client"),
    )
    month.run()

    first, second = seen(month).looks
    assert (first.indexes, first.user_id, first.told("user_id")) == ((0, 1), "U1", "U1")
    assert (first.standing, second.indexes) == (Standing.EXPLAINED, (2,))


@ONE_STORE
def test_shared_ids_keep_their_kind(month: Month) -> None:
    """An id that a person marked as shared is shared here, whatever the log calls it."""
    month.lists(staff=[DOCTOR], visits=[VISIT, *WHOLE])
    mark_kind(month.database, "U1", UserKind.SHARED, "A1", month.clock.now())
    month.log(read("U1", "P1", 10, kind="person"))
    assert seen(month).looks[0].kind == "shared"
