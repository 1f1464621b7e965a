"""A session crosses to another host by a code, and ends everywhere at once."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho import identity
from sekisho.identity import Method
from sekisho.identity.crossing import issue_crossing, redeem_crossing, session_by_pass
from sekisho.identity.sessions import token_hash
from sekisho.storage import Database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store
PACS = "https://pacs.example"
STATE = "state-of-this-browser"


@pytest.fixture
def session(database: Database, clock: FixedClock) -> identity.Session:
    """A nurse who is signed in at the sign-in host."""
    account = identity.create_account(
        database, clock, user_id="N1", name="看護師（模擬）", roles={identity.Role.STAFF}, by="test"
    )
    token = identity.open_session(
        database, clock, account.id, method=Method.PASSWORD, address=None, browser=None
    )
    opened = identity.session(database, token.reveal(), clock)
    assert opened is not None
    return opened


def _cross(database: Database, clock: FixedClock, session: identity.Session) -> str:
    code = issue_crossing(
        database, clock, session.id, origin=PACS, state=token_hash(STATE)
    ).reveal()
    token = redeem_crossing(database, clock, code, origin=PACS, state=STATE)
    assert token is not None
    return token.reveal()


def test_a_pass_is_the_session_at_its_own_host_only(
    database: Database, clock: FixedClock, session: identity.Session
) -> None:
    """A pass opens the session at the host it was made for and nowhere else."""
    token = _cross(database, clock, session)

    found = session_by_pass(database, token, clock, origin=PACS)
    assert found is not None
    assert (found.id, found.user_id) == (session.id, "N1")
    assert session_by_pass(database, token, clock, origin="https://other.example") is None
    assert identity.session(database, token, clock) is None


@pytest.mark.parametrize(
    ("origin", "state", "later"),
    [
        ("https://other.example", STATE, 0),
        (PACS, "another browser", 0),
        (PACS, STATE, 31),
    ],
)
def test_a_code_is_for_one_host_one_browser_and_half_a_minute(
    database: Database,
    clock: FixedClock,
    session: identity.Session,
    origin: str,
    state: str,
    later: int,
) -> None:
    """A code brought to another host, by another browser or too late opens nothing, ever."""
    code = issue_crossing(database, clock, session.id, origin=PACS, state=token_hash(STATE))
    clock.move(dt.timedelta(seconds=later))

    assert redeem_crossing(database, clock, code.reveal(), origin=origin, state=state) is None
    # A wrong try spends it.
    assert redeem_crossing(database, clock, code.reveal(), origin=PACS, state=STATE) is None


def test_a_code_opens_once(
    database: Database, clock: FixedClock, session: identity.Session
) -> None:
    """A code that is brought a second time opens nothing."""
    code = issue_crossing(database, clock, session.id, origin=PACS, state=token_hash(STATE))

    assert redeem_crossing(database, clock, code.reveal(), origin=PACS, state=STATE)
    assert redeem_crossing(database, clock, code.reveal(), origin=PACS, state=STATE) is None


def test_signing_out_ends_every_pass(
    database: Database, clock: FixedClock, session: identity.Session
) -> None:
    """When the session ends, by hand or by time, its passes open nothing."""
    token = _cross(database, clock, session)
    identity.close_session(database, session.id)

    assert session_by_pass(database, token, clock, origin=PACS) is None


def test_an_idle_session_has_no_pass(
    database: Database, clock: FixedClock, session: identity.Session
) -> None:
    """A pass that is not used for the idle time has ended, and use keeps it awake."""
    token = _cross(database, clock, session)
    clock.move(dt.timedelta(minutes=14))
    assert session_by_pass(database, token, clock, origin=PACS)
    clock.move(dt.timedelta(minutes=14))
    assert session_by_pass(database, token, clock, origin=PACS)
    clock.move(dt.timedelta(minutes=16))

    assert session_by_pass(database, token, clock, origin=PACS) is None
