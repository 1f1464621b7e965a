"""The thin path: a set-up code, the first administrator, a session."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from sekisho import identity
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.identity import Method, Refused, Role, SignedIn
from sekisho.identity.passwords import Parameters, keep
from sekisho.storage import Database
from sekisho.terms import FixedClock, Secret

PASSWORD = Secret("niwatori wa hadashi")
FIRST: dict[str, Any] = {"user_id": "D0012", "name": "模擬 花子", "roles": [Role.ADMINISTRATOR]}


@pytest.fixture
def ready(database: Database) -> Database:
    """A database with quick hashing."""
    keep(database, Parameters(memory=1024, passes=1))
    return database


@pytest.mark.store
def test_set_up_code_opens_first_account_once(ready: Database, clock: FixedClock) -> None:
    """The set-up code opens the first administrator's account and then nothing more."""
    code = identity.set_up(ready, clock)
    assert code
    first = identity.redeem(ready, clock, code.reveal().lower(), password=PASSWORD, **FIRST)
    assert first.roles == {Role.ADMINISTRATOR}
    with pytest.raises(ConflictError):
        identity.redeem(ready, clock, code.reveal(), password=PASSWORD, **FIRST)
    assert identity.set_up(ready, clock) is None


@pytest.mark.store
def test_set_up_code_ends(ready: Database, clock: FixedClock) -> None:
    """A set-up code stops after 24 hours, and as soon as a newer one is made."""
    old = identity.set_up(ready, clock)
    new = identity.set_up(ready, clock)
    assert old
    assert new
    with pytest.raises(InvalidInputError, match="code_wrong"):
        identity.redeem(ready, clock, old.reveal(), password=PASSWORD, **FIRST)
    clock.move(dt.timedelta(hours=24, seconds=1))
    with pytest.raises(InvalidInputError, match="code_wrong"):
        identity.redeem(ready, clock, new.reveal(), password=PASSWORD, **FIRST)


@pytest.mark.store
def test_password_opens_session(ready: Database, clock: FixedClock) -> None:
    """The right password signs in, however wide the staff id is typed, and opens a session."""
    identity.create_demo_account(ready, clock, password=PASSWORD, **FIRST)
    answer = identity.authenticate(
        ready, clock, user_id="\uff440012 ", password=PASSWORD, address="::1"
    )
    assert isinstance(answer, SignedIn)
    assert answer.method is Method.PASSWORD
    token = identity.open_session(ready, clock, answer.account.id, method=answer.method)
    known = identity.session(ready, token.reveal(), clock)
    assert known is not None
    assert known.user_id == "D0012"
    assert identity.fresh(known, clock)
    assert identity.session(ready, "x", clock) is None


@pytest.mark.store
def test_wrong_and_unknown_are_answered_alike(ready: Database, clock: FixedClock) -> None:
    """A wrong password and an unknown id get the same words; only the record differs."""
    identity.create_demo_account(ready, clock, password=PASSWORD, **FIRST)
    answers = [
        identity.authenticate(ready, clock, user_id=user, password=Secret("wrong"), address="a")
        for user in ("D0012", "nobody")
    ]
    assert [type(answer) for answer in answers] == [Refused, Refused]
    first, second = answers
    assert isinstance(first, Refused)
    assert isinstance(second, Refused)
    assert (first.message, first.args) == (second.message, second.args)
    assert (first.user_id, second.user_id) == ("D0012", None)
