"""What accounts prove, and that nothing is proved where nobody could look."""

from __future__ import annotations

import datetime as dt

import pyotp
import pytest

from sekisho import identity
from sekisho.identity import Role
from sekisho.identity.evidence import evidence
from sekisho.identity.passwords import Parameters, keep
from sekisho.identity.totp import begin_totp, confirm_totp
from sekisho.pages.words import LANGUAGES, say
from sekisho.storage import Database
from sekisho.terms import Evidence, FixedClock, Result, Secret

pytestmark = pytest.mark.store


def _open(database: Database, clock: FixedClock, user_id: str, role: Role) -> identity.Account:
    keep(database, Parameters(memory=512, passes=1))
    return identity.create_demo_account(
        database, clock, user_id=user_id, name=f"模擬 {user_id}", roles={role},
        password=Secret("niwatori wa hadashi"),
    )  # fmt: skip


def _of(
    database: Database, clock: FixedClock, *persons: str, ended: tuple[str, ...] = ()
) -> dict[str, Evidence]:
    said = evidence(database, clock, persons=persons, ended=ended, listed_at=clock.now())
    return {one.subject: one for one in said}


def test_each_account_is_one_persons(database: Database, clock: FixedClock) -> None:
    """An account that the staff list does not know makes it a no, with how many."""
    _open(database, clock, "D0001", Role.ADMINISTRATOR)
    _open(database, clock, "X9", Role.STAFF)

    assert _of(database, clock, "d0001", "x9")["identity.named"].result is Result.YES
    said = _of(database, clock, "d0001")["identity.named"]
    assert (said.result, said.args["count"], said.args["total"]) == (Result.NO, 1, 2)


def test_nothing_is_proved_of_nobody(database: Database, clock: FixedClock) -> None:
    """Without accounts, or without a staff list, it is not checked and says why."""
    bare = evidence(database, clock, persons=(), listed_at=None)
    assert {one.result for one in bare} == {Result.NOT_CHECKED}
    _open(database, clock, "D0001", Role.ADMINISTRATOR)
    said = {one.subject: one for one in evidence(database, clock, persons=(), listed_at=None)}

    for subject in ("identity.named", "identity.leavers"):
        assert said[subject].result is Result.NOT_CHECKED
        assert said[subject].message == "identity.evidence.no_list"


def test_a_leavers_open_account_is_a_no(database: Database, clock: FixedClock) -> None:
    """An open account of somebody who left is a no; an old list proves nothing of leavers."""
    _open(database, clock, "D0001", Role.ADMINISTRATOR)
    assert _of(database, clock, ended=("D0001",))["identity.leavers"].result is Result.NO
    assert _of(database, clock)["identity.leavers"].result is Result.YES
    at = clock.now()
    clock.move(dt.timedelta(days=100))
    said = {one.subject: one for one in evidence(database, clock, persons=(), listed_at=at)}

    assert said["identity.leavers"].result is Result.NOT_CHECKED
    assert said["identity.unused"].result is Result.NO


def test_duties_without_a_second_factor_are_named(database: Database, clock: FixedClock) -> None:
    """The share of two factors is told, and whose duties lack it, in both languages."""
    known = _open(database, clock, "D0001", Role.ADMINISTRATOR)
    _open(database, clock, "R1", Role.REVIEWER)
    secret = begin_totp(database, clock, known.id)
    confirm_totp(database, clock, known.id, pyotp.TOTP(secret.reveal()).at(clock.now()))
    said = _of(database, clock)["identity.second_factor"]

    assert (said.result, said.args["with_two"], said.args["percent"]) == (Result.NO, 1, 50)
    assert "確認者 1 人" in say("ja", said.message, **said.args)
    assert "administrator" not in say("en", said.message, **said.args).casefold()


def test_a_short_password_alone_is_a_no(database: Database, clock: FixedClock) -> None:
    """A password under 13 characters without a second factor contradicts the rule."""
    known = _open(database, clock, "D0001", Role.ADMINISTRATOR)
    assert _of(database, clock)["identity.passwords"].result is Result.YES
    identity.set_password(database, clock, known.id, Secret("short 12 c"))
    said = _of(database, clock)

    assert said["identity.passwords"].result is Result.NO
    assert said["identity.lockout"].args["tries"] == 5
    for language in LANGUAGES:
        for one in said.values():
            assert "%(" not in say(language, one.message, **one.args)
