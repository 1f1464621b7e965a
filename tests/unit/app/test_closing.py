"""Accounts of people who left, or who never come, are closed by themselves, and reopened for the same person alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekisho import care, identity
from sekisho.app.findings import open_findings
from sekisho.app.installation import Installation, open_installation
from sekisho.app.jobs import Job, close_accounts, run_job
from sekisho.app.proofs import latest_evidence
from sekisho.app.waiting import refresh_identity
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.identity import Role
from sekisho.identity.closing import check_reopen, reopen_account
from sekisho.terms import FixedClock, Result

HOURLY = Job(name="accounts", run=close_accounts, every=dt.timedelta(hours=1))


@pytest.fixture
def here(prepared: Path, clock: FixedClock) -> Iterator[Installation]:
    """An installation with six accounts; X1 left yesterday, in the institution's own time."""
    installation = open_installation(prepared, create=True, clock=clock)
    for user, role in (
        ("A1", Role.ADMINISTRATOR), ("A2", Role.ADMINISTRATOR), ("R1", Role.REVIEWER),
        ("N1", Role.STAFF), ("N2", Role.STAFF), ("X1", Role.REVIEWER),
    ):  # fmt: skip
        identity.create_account(
            installation.database, clock, user_id=user, name="模擬", roles={role}, by="test"
        )
    yield installation
    installation.close()


def _list(here: Installation, ends: dict[str, str]) -> None:
    rows = "職員番号,氏名,職種,所属,有効開始日,有効終了日\n" + "".join(
        f"{user},模擬,看護師,3階東病棟,2020/04/01,{end}\n" for user, end in ends.items()
    )
    path = here.data.parent / "staff.csv"
    path.write_bytes(rows.encode("cp932"))
    for report in care.load([path], database=here.database, clock=here.clock):
        assert report.error is None, report


def _open(here: Installation) -> set[str]:
    return {one.user_id for one in identity.accounts(here.database)}


ALL = {"A1": "", "A2": "", "R1": "", "N1": "", "N2": "", "X1": "2026/10/31"}


@pytest.mark.duty("1-1")
def test_who_left_is_closed_and_on_record(here: Installation) -> None:
    """The day after somebody's last day the account is closed in Sekisho's own name, recorded first, and its session ends."""
    _list(here, ALL)
    account = identity.find_account(here.database, "X1")
    assert account is not None
    token = identity.open_session(
        here.database, here.clock, account.id, method=identity.Method.PASSKEY
    )

    run_job(here, HOURLY)

    assert _open(here) == set(ALL) - {"X1"}
    assert identity.session(here.database, token.reveal(), here.clock) is None
    (record,) = [r for r in here.reader().jsonl() if "account-closed" in str(r["object"])]
    assert (record["user_id"], record["user_kind"]) == (None, "system")
    assert (record["object"], record["reason"]) == ("identity:account-closed:X1", "ended")


def test_the_last_day_itself_is_still_theirs(here: Installation) -> None:
    """Somebody whose last day is today, where the institution is, keeps the account."""
    _list(here, {**ALL, "X1": "2026/11/01"})
    run_job(here, HOURLY)

    assert _open(here) == set(ALL)


@pytest.mark.duty("1-1")
def test_who_never_comes_is_closed_unless_they_have_a_duty(
    here: Installation, clock: FixedClock
) -> None:
    """After ninety days without use an account that only passes the gate is closed; one with a duty stays a finding."""
    _list(here, {**ALL, "X1": ""})
    clock.move(dt.timedelta(days=89))
    account = identity.find_account(here.database, "N1")
    assert account is not None
    identity.open_session(here.database, clock, account.id, method=identity.Method.PASSKEY)
    clock.move(dt.timedelta(days=2))

    run_job(here, HOURLY)

    assert _open(here) == set(ALL) - {"N2"}
    unused = next(
        v.finding for v in open_findings(here.database) if v.finding.key == "identity.unused"
    )
    assert unused.args["count"] == 4


def test_a_list_that_ends_half_the_hospital_closes_nobody(
    here: Installation, clock: FixedClock
) -> None:
    """A staff list that ends six people at once is taken for a mistake: nobody is closed, and it is said."""
    _list(here, dict.fromkeys(ALL, "2026/10/31"))
    evidence = run_job(here, HOURLY)
    refresh_identity(here)

    assert _open(here) == set(ALL)
    assert evidence.result is Result.NOT_CHECKED
    known = latest_evidence(here.database, "job.accounts")
    assert known is not None
    assert known.message == "identity.too_many_ended"
    assert "identity.ended_many" in {v.finding.key for v in open_findings(here.database)}


def test_somebody_is_left_to_administer(here: Installation) -> None:
    """Where the list ends every administrator, one stays, as a finding."""
    _list(here, {**ALL, "A1": "2026/10/30", "A2": "2026/10/30"})
    run_job(here, HOURLY)

    left = _open(here) & {"A1", "A2"}
    assert len(left) == 1
    assert "identity.ended" in {v.finding.key for v in open_findings(here.database)}


def test_the_same_person_comes_back_by_an_invitation(here: Installation) -> None:
    """A closed account opens again only once the staff list has the person, without password, with the least duty, and stays."""
    _list(here, ALL)
    run_job(here, HOURLY)
    account = identity.find_account(here.database, "X1")
    assert account is not None
    with pytest.raises(ConflictError, match=r"identity\.still_ended"):
        check_reopen(here.database, account.id, {"X1"})

    _list(here, {**ALL, "X1": ""})
    check_reopen(here.database, account.id, set())
    reopen_account(here.database, here.clock, account.id, by="A1")
    run_job(here, HOURLY)

    again = identity.find_account(here.database, "X1")
    assert again is not None
    assert (again.closed_at, again.has_password) == (None, False)
    assert again.roles == {Role.STAFF}
    with pytest.raises(InvalidInputError, match=r"identity\.not_closed"):
        check_reopen(here.database, account.id, set())
