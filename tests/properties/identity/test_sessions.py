"""Whatever happens to sessions, one that has ended opens nothing again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from tests.properties.identity.quick import quick_database

from sekisho import identity
from sekisho.identity import Method, Role
from sekisho.identity.records import SHIPPED
from sekisho.storage import Database
from sekisho.terms import FixedClock

START = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
SKEW = dt.timedelta(minutes=1)


@dataclass
class Known:
    """What we know of one session."""

    account: str
    opened: dt.datetime
    seen: dt.datetime
    ended: bool = False


class Sessions(RuleBasedStateMachine):
    """Sessions of two people."""

    tokens = Bundle("tokens")
    database: Database

    @initialize()
    def begin(self) -> None:
        """Two people have accounts."""
        self.database = quick_database()
        self.clock = FixedClock(START)
        self.known: dict[str, Known] = {}
        self.people = [
            identity.create_account(
                self.database, self.clock, user_id=name, name=name, roles={Role.REVIEWER}, by="test"
            ).id
            for name in ("D0001", "D0002")
        ]

    def teardown(self) -> None:
        """Put everything away."""
        if hasattr(self, "database"):
            self.database.close()

    def _lives(self, one: Known) -> bool:
        now = self.clock.now()
        future = one.opened > now + SKEW or one.seen > now + SKEW
        old = now - one.seen > SHIPPED.idle or now - one.opened > SHIPPED.absolute
        return not (one.ended or future or old)

    @rule(target=tokens, who=st.integers(0, 1))
    def open(self, who: int) -> str:
        """Somebody signs in."""
        now = self.clock.now()
        for one in self.known.values():
            if now - one.seen > SHIPPED.idle or now - one.opened > SHIPPED.absolute:
                one.ended = True
        token = identity.open_session(
            self.database, self.clock, self.people[who], method=Method.PASSWORD
        ).reveal()
        self.known[token] = Known(self.people[who], now, now)
        return token

    @rule(token=tokens, touch=st.booleans())
    def use(self, token: str, touch: bool) -> None:
        """A session opens exactly while it lives, and only its own account."""
        one = self.known[token]
        found = identity.session(self.database, token, self.clock, touch=touch)
        assert (found is not None) == self._lives(one)
        if found is None:
            one.ended = True
            return
        assert found.account_id == one.account
        if touch and self.clock.now() - one.seen >= dt.timedelta(seconds=15):
            one.seen = self.clock.now()

    @rule(token=tokens)
    def close(self, token: str) -> None:
        """A session is ended by its list entry."""
        found = identity.session(self.database, token, self.clock, touch=False)
        if found is not None:
            identity.close_session(self.database, found.id)
        self.known[token].ended = True

    @rule(who=st.integers(0, 1), change=st.sampled_from(["all", "rights"]))
    def end_person(self, who: int, change: str) -> None:
        """Ending a person's sessions, or changing their duties, ends every one of them."""
        if change == "all":
            identity.close_all(self.database, self.people[who])
        else:
            identity.set_roles(
                self.database, self.people[who], {Role.REVIEWER, Role.SAFETY_OFFICER}, by="test"
            )
        for one in self.known.values():
            one.ended |= one.account == self.people[who]

    @rule(minutes=st.sampled_from([0, 1, 14, 15, 16, 60, 715]))
    def wait(self, minutes: int) -> None:
        """Time passes."""
        self.clock.move(dt.timedelta(minutes=minutes))

    @rule(seconds=st.sampled_from([30, 3600]))
    def clock_back(self, seconds: int) -> None:
        """The machine's clock is set back."""
        self.clock.move(dt.timedelta(seconds=-seconds))

    @invariant()
    def listed_are_living(self) -> None:
        """The list shows exactly the sessions that live."""
        if not hasattr(self, "known"):
            return
        listed = identity.list_sessions(self.database, self.clock)
        assert len(listed) == sum(self._lives(one) for one in self.known.values())


Sessions.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


class TestSessions(Sessions.TestCase):  # type: ignore[misc, valid-type]
    """A session that has ended opens nothing again."""
