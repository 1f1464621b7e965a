"""Accounts over their life, codes, factors, and what is found about them."""

from __future__ import annotations

import datetime as dt
import json
import threading

import pyotp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho import identity
from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.identity import Refused, Role
from sekisho.identity.limits import Subject, admit
from sekisho.identity.passkeys import (
    authentication_options,
    registration_options,
    verify_authentication,
    verify_registration,
)
from sekisho.identity.passwords import Parameters, keep
from sekisho.identity.totp import begin_totp, confirm_totp, verify_totp
from sekisho.storage import Database
from sekisho.terms import FixedClock, Gravity, Secret

PASSWORD = Secret("niwatori wa hadashi")
PLACE = identity.Place("localhost", "http://localhost:8700")


def _open(database: Database, clock: FixedClock, user_id: str, *roles: Role) -> identity.Account:
    keep(database, Parameters(memory=512, passes=1))
    return identity.create_demo_account(
        database, clock, user_id=user_id, name=f"模擬 {user_id}", roles=roles, password=PASSWORD
    )


@pytest.mark.store
def test_id_is_never_reused(database: Database, clock: FixedClock) -> None:
    """A staff id that had an account never gets another, in any spelling."""
    _open(database, clock, "D0001", Role.ADMINISTRATOR)
    other = _open(database, clock, "D0002", Role.REVIEWER)
    identity.close_account(database, clock, other.id, by="D0001")
    for spelling in ("D0002", "d0002", "\uff240002"):
        with pytest.raises(ConflictError, match="user_id_taken"):
            identity.create_account(
                database, clock, user_id=spelling, name="別人", roles={Role.REVIEWER}, by="D0001"
            )


@pytest.mark.store
def test_closed_account_opens_nothing(database: Database, clock: FixedClock) -> None:
    """A closed account has no session, no password and no code that works."""
    _open(database, clock, "D0001", Role.ADMINISTRATOR)
    other = _open(database, clock, "D0002", Role.REVIEWER)
    code = identity.issue_code(database, clock, other.id, by="D0001", identified="職員証で確認")
    token = identity.open_session(database, clock, other.id, method=identity.Method.PASSWORD)
    identity.close_account(database, clock, other.id, by="D0001")
    assert identity.session(database, token.reveal(), clock) is None
    answer = identity.authenticate(database, clock, user_id="D0002", password=PASSWORD)
    assert isinstance(answer, Refused)
    with pytest.raises(InvalidInputError, match="code_wrong"):
        identity.accept(database, clock, code.reveal(), user_id="D0002", password=PASSWORD)


@pytest.mark.store
def test_two_people_for_rights(database: Database, clock: FixedClock) -> None:
    """Nobody changes their own duties, and the last administrator stays."""
    first = _open(database, clock, "D0001", Role.ADMINISTRATOR)
    with pytest.raises(RefusedError, match="own_account"):
        identity.set_roles(database, first.id, {Role.REVIEWER}, by="D0001")
    with pytest.raises(ConflictError, match="last_administrator"):
        identity.set_roles(database, first.id, {Role.REVIEWER}, by="D0009")
    with pytest.raises(ConflictError, match="last_administrator"):
        identity.close_account(database, clock, first.id, by="D0009")


@pytest.mark.store
def test_recovery_leaves_nothing_old(database: Database, clock: FixedClock) -> None:
    """A recovery code works once, for its person alone, and ends old factors and sessions."""
    known = _open(database, clock, "D0001", Role.ADMINISTRATOR)
    _open(database, clock, "D0002", Role.REVIEWER)
    secret = begin_totp(database, clock, known.id)
    confirm_totp(database, clock, known.id, pyotp.TOTP(secret.reveal()).at(clock.now()))
    token = identity.open_session(database, clock, known.id, method=identity.Method.PASSWORD)
    code = identity.issue_code(database, clock, known.id, by="D0002", identified="職員証で確認")
    new = Secret("kasa ga nai hi no ame")
    with pytest.raises(InvalidInputError, match="code_wrong"):
        identity.accept(database, clock, code.reveal(), user_id="D0002", password=new)
    identity.accept(database, clock, code.reveal(), user_id="D0001", password=new)
    assert identity.session(database, token.reveal(), clock) is None
    answer = identity.authenticate(database, clock, user_id="D0001", password=new)
    assert isinstance(answer, identity.SignedIn)
    assert "identity.recovered" in {each.key for each in identity.findings(database, clock)}
    with pytest.raises(InvalidInputError, match="code_wrong"):
        identity.accept(database, clock, code.reveal(), user_id="D0001", password=PASSWORD)


@pytest.mark.store
def test_recovery_needs_words(database: Database, clock: FixedClock) -> None:
    """No code is made before it is written down how the person was identified."""
    known = _open(database, clock, "D0001", Role.ADMINISTRATOR)
    with pytest.raises(InvalidInputError, match="identified_needed"):
        identity.issue_code(database, clock, known.id, by="D0002", identified="  ok ")


@pytest.mark.store
def test_totp_code_works_once(database: Database, clock: FixedClock) -> None:
    """A code is taken one step early or late, once, and never after a later one."""
    known = _open(database, clock, "D0001", Role.ADMINISTRATOR)
    secret = begin_totp(database, clock, known.id)
    generator = pyotp.TOTP(secret.reveal())
    confirm_totp(database, clock, known.id, generator.at(clock.now()))
    clock.move(dt.timedelta(minutes=5))
    steps = [generator.at(clock.now() + dt.timedelta(seconds=30 * n)) for n in (-2, -1, 0, 1, 2)]
    taken = [verify_totp(database, clock, known.id, code) for code in steps]
    assert taken == [False, True, True, True, False]
    assert not any(verify_totp(database, clock, known.id, code) for code in steps)
    assert not verify_totp(database, clock, known.id, "")


@pytest.mark.store
def test_tries_at_once_are_counted(database: Database, clock: FixedClock) -> None:
    """Twenty tries at the same moment are no more than five."""
    let_through = []
    subjects = [Subject("account", "d0001"), Subject("address", "::1")]

    def attempt() -> None:
        let_through.append(admit(database, clock, subjects) is None)

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(let_through) == 5


@pytest.mark.store
def test_findings(database: Database, clock: FixedClock) -> None:
    """What is missing, unused, ended or joined is found, most urgent first, as counts."""
    assert identity.findings(database, clock) == []
    _open(database, clock, "D0001", Role.ADMINISTRATOR, Role.REVIEWER)
    _open(database, clock, "D0002", Role.REVIEWER)
    clock.move(dt.timedelta(days=91))
    found = identity.findings(database, clock, {"D0002", "D0999"})
    assert [each.key for each in found] == [
        "identity.ended",
        "identity.one_administrator",
        "identity.no_sealed_code",
        "identity.unused",
        "identity.no_second_factor",
        "identity.roles_joined",
    ]
    assert [each.args["count"] for each in found] == [1, 1, 1, 2, 2, 1]
    assert found[0].gravity is Gravity.URGENT


@pytest.mark.store
def test_place_is_fixed(database: Database) -> None:
    """The host of passkeys is fixed at set-up; only localhost may change its port."""
    assert identity.fix_place(database, "http://localhost:8700").rp_id == "localhost"
    assert identity.fix_place(database, "http://localhost:8701").rp_id == "localhost"
    with pytest.raises(ConflictError, match="origin_changed"):
        identity.fix_place(database, "https://sekisho.example.jp")


@pytest.mark.parametrize(
    "origin",
    [
        "http://sekisho.example.jp",
        "https://192.0.2.1",
        "http://127.0.0.1",
        "x",
        "",
        "https://[::1]",
    ],
)
def test_place_without_passkeys_is_refused(origin: str) -> None:
    """An address at which browsers allow no passkey is refused at the start."""
    with pytest.raises(InvalidInputError, match="origin_wrong"):
        identity.place_of(origin)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=8,
)
CREDENTIAL = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text(max_size=20),
        "rawId": st.text(max_size=20),
        "type": st.sampled_from(["public-key", "x", None]),
        "response": st.dictionaries(
            st.sampled_from(
                [
                    "clientDataJSON",
                    "attestationObject",
                    "authenticatorData",
                    "signature",
                    "userHandle",
                ]
            ),
            st.binary(max_size=60).map(lambda b: b.hex()) | JSON,
        )
        | JSON,
    },
)


@given(answer=(JSON | CREDENTIAL).map(json.dumps) | st.text(max_size=200))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_hostile_passkey_answers(state: Database, clock: FixedClock, answer: str) -> None:
    """Whatever a browser answers to a challenge, it is refused or invalid, never a failure inside."""
    known = identity.find_account(state, "D0001") or _open(
        state, clock, "D0001", Role.ADMINISTRATOR
    )
    authentication_options(state, clock, PLACE, "browser")
    assert isinstance(verify_authentication(state, clock, PLACE, "browser", answer), Refused)
    registration_options(state, clock, known, PLACE, "browser")
    with pytest.raises(InvalidInputError):
        verify_registration(state, clock, known, PLACE, "browser", answer, "x")
