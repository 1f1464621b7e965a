"""Whatever the order of tries, waits and clock steps, nobody gets more tries than the rule gives."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from tests.properties.identity.quick import quick_database

from sekisho.identity.limits import Subject, admit, succeeded, unlock
from sekisho.identity.records import SHIPPED
from sekisho.storage import Database
from sekisho.terms import FixedClock

START = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
ACCOUNTS = st.sampled_from([Subject("account", name) for name in "ab"])
ADDRESSES = st.sampled_from([Subject("address", name) for name in "xy"])


@dataclass
class Count:
    """What a person with pencil and paper would write down for one subject."""

    failures: int = 0
    last: dt.datetime = START
    until: dt.datetime | None = None

    def mend(self, now: dt.datetime) -> None:
        """Carry the wait over when the clock was set back."""
        if self.last > now:
            self.until = None if self.until is None else now + (self.until - self.last)
            self.last = now

    def lock(self, tries: int, now: dt.datetime, rest: dt.timedelta | None = None) -> None:
        """Note one more failure at `now`; with `rest` one is forgiven for each."""
        last = self.last
        self.last = now
        if now - last > SHIPPED.forget:
            self.failures = 0
        while rest is not None and self.failures and last + rest <= now:
            self.failures, last = self.failures - 1, last + rest
            self.last = last if self.failures else now
        if rest is not None and self.failures:
            self.last = last
        self.failures, self.until = self.failures + 1, None
        if self.failures >= tries:
            minutes = min(2 ** (self.failures - tries), 60)
            self.until = now + dt.timedelta(minutes=minutes)


class LockOut(RuleBasedStateMachine):
    """Tries of two accounts from two addresses."""

    database: Database

    @initialize()
    def begin(self) -> None:
        """Start with nothing known."""
        self.database = quick_database()
        self.clock = FixedClock(START)
        self.counts: dict[Subject, Count] = {}

    def teardown(self) -> None:
        """Put everything away."""
        if hasattr(self, "database"):
            self.database.close()

    @rule(account=ACCOUNTS, address=ADDRESSES, right=st.booleans())
    def attempt(self, account: Subject, address: Subject, right: bool) -> None:
        """A try is let through exactly when neither its account nor its address waits."""
        now = self.clock.now()
        mine = self.counts.setdefault(account, Count(last=now))
        from_here = self.counts.setdefault(address, Count(last=now))
        for count in (mine, from_here):
            count.mend(now)
        waits = [
            each.until - now
            for each in (mine, from_here)
            if each.until is not None and each.until > now
        ]
        answer = admit(self.database, self.clock, [account, address])
        assert answer == (max(waits) if waits else None)
        if answer is not None:
            return
        mine.lock(SHIPPED.account_tries, now)
        from_here.lock(SHIPPED.address_tries, now, SHIPPED.address_rest)
        if right:
            succeeded(self.database, account, address)
            del self.counts[account]
            from_here.failures, from_here.until = from_here.failures - 1, None

    @rule(account=ACCOUNTS)
    def help(self, account: Subject) -> None:
        """An administrator unlocks."""
        unlock(self.database, account)
        self.counts.pop(account, None)

    @rule(seconds=st.sampled_from([1, 59, 60, 61, 121, 600, 3601, 86_401]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.clock.move(dt.timedelta(seconds=seconds))

    @rule(seconds=st.sampled_from([1, 3600, 1_000_000]))
    def clock_back(self, seconds: int) -> None:
        """The machine's clock is set back: what was left of a wait at its last try is waited anew."""
        self.clock.move(dt.timedelta(seconds=-seconds))


LockOut.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


class TestLockOut(LockOut.TestCase):  # type: ignore[misc, valid-type]
    """Nobody gets more tries than the rule gives."""
