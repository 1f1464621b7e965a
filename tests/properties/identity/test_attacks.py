"""Whatever people and attackers do from one address, it is shut out exactly by the rule."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.properties.identity.quick import quick_database

from sekisho.identity.attacks import failed, rules, succeeded
from sekisho.identity.authenticate import account_subject
from sekisho.identity.bans import plan, put_in_force, shut_out, standing
from sekisho.identity.records import Attack
from sekisho.terms import FixedClock

START = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
LEAST = next(rule.least for rule in rules().rules if rule.id == "stuffing")
TRIES = st.lists(st.tuples(st.integers(0, 15), st.booleans()), max_size=40)


@settings(max_examples=60, deadline=None)
@given(tries=TRIES)
def test_an_attack_is_many_failing_accounts_and_more_than_got_in(
    tries: list[tuple[int, bool]],
) -> None:
    """One address attacks when eight accounts failed unmended, and more than got in; else never."""
    database, clock = quick_database(), FixedClock(START)
    wrong: set[int] = set()
    right: set[int] = set()
    for account, passed in tries:
        subject = account_subject(f"D{account:04d}")
        if passed:
            mended = succeeded(database, clock, subject, "192.0.2.7")
            assert bool(mended) == (account in wrong)
            right.add(account)
            wrong.discard(account)
            continue
        wrong.add(account)
        found = failed(database, clock, subject, "192.0.2.7")
        assert bool(found) == (len(wrong) >= LEAST and len(wrong) > len(right))
    database.close()


@settings(max_examples=60, deadline=None)
@given(
    before=st.integers(0, 12),
    seconds=st.integers(0, 100_000),
    other=st.ip_addresses(v=4).map(str),
)
def test_a_ban_shuts_out_its_own_network_and_ends(before: int, seconds: int, other: str) -> None:
    """A ban is never longer than a day, ends by itself, and touches no other address."""
    database, clock = quick_database(), FixedClock(START)
    attack = Attack(rule="stuffing", network="192.0.2.7/32", count=8)
    for _ in range(before):
        ban = plan(database, clock, attack)
        assert ban is not None
        put_in_force(database, ban)
        clock.move(ban.until - ban.at)
    ban = plan(database, clock, attack)
    assert ban is not None
    assert dt.timedelta(minutes=15) <= ban.until - ban.at <= dt.timedelta(hours=24)
    put_in_force(database, ban)
    held = standing(database, clock)
    now = clock.now() + dt.timedelta(seconds=seconds)
    assert (shut_out(held, "192.0.2.7", now) is not None) == (now < ban.until)
    if other != "192.0.2.7":
        assert shut_out(held, other, now) is None
    database.close()
