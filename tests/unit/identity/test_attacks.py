"""Credential stuffing and password spray at the door, and the bans that follow."""

from __future__ import annotations

import dataclasses
import datetime as dt
import ipaddress

from tests.unit.identity.journey import Page, Records, Walk

from sekisho.identity.attacks import failed, rules, succeeded
from sekisho.identity.authenticate import account_subject
from sekisho.identity.bans import ban_findings, bans, lift, plan, put_in_force, shut_out, standing
from sekisho.identity.records import Attack
from sekisho.identity.web import Identity
from sekisho.storage import Database
from sekisho.terms import FixedClock

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
OWN = (ipaddress.ip_network("10.1.0.0/16"),)


def _fail(state: Database, clock: FixedClock, account: str, address: str) -> set[str]:
    return {one.rule for one in failed(state, clock, account_subject(account), address)}


def test_many_accounts_from_one_address(state: Database, clock: FixedClock) -> None:
    """The eighth account that fails from one address in a quarter of an hour is an attack, not the seventh."""
    found = [_fail(state, clock, f"D{n:04d}", "192.0.2.7") for n in range(8)]

    assert found == [set()] * 7 + [{"stuffing"}]


def test_a_mistake_that_was_mended_counts_nowhere(state: Database, clock: FixedClock) -> None:
    """People who mistype and then sign in from the same place never add up to an attack."""
    for number in range(40):
        user = account_subject(f"D{number:04d}")
        assert not failed(state, clock, user, "192.0.2.7")
        succeeded(state, clock, user, "192.0.2.7")


def test_a_ward_behind_one_address_is_no_attacker(state: Database, clock: FixedClock) -> None:
    """Ten people who give up, among forty behind the same address who get in, shut nobody out."""
    for number in range(40):
        succeeded(state, clock, account_subject(f"D{number:04d}"), "192.0.2.7")

    assert [_fail(state, clock, f"X{n:04d}", "192.0.2.7") for n in range(10)] == [set()] * 10


def test_a_ward_takes_no_part_in_somebody_elses_spray(state: Database, clock: FixedClock) -> None:
    """While a spray is shut out, an address where people get in is spared its one mistake."""
    succeeded(state, clock, account_subject("D0012"), "192.0.2.7")
    assert not _fail(state, clock, "D0034", "192.0.2.7")
    for n in range(28):
        assert not _fail(state, clock, f"D{n:04d}", f"198.{n}.100.7")
    found = failed(state, clock, account_subject("D0099"), "203.0.113.9")

    assert len(found) == 29
    assert "192.0.2.7/32" not in {one.network for one in found}


def test_the_institution_may_only_be_stricter(state: Database, clock: FixedClock) -> None:
    """A lower number of the institution's own is in force, a higher one is not."""
    strict = rules().stricter([("stuffing", 3), ("slow", 500)])
    assert {rule.id: rule.least for rule in strict.rules} == {
        **{rule.id: rule.least for rule in rules().rules},
        "stuffing": 3,
    }
    found = [
        failed(state, clock, account_subject(f"D{n:04d}"), "192.0.2.7", strict) for n in range(3)
    ]

    assert [len(one) for one in found] == [0, 0, 1]


def test_one_account_from_many_addresses(state: Database, clock: FixedClock) -> None:
    """One account that is tried from six addresses in an hour is an attack by all six."""
    for n in range(5):
        assert not _fail(state, clock, "D0012", f"198.51.{n}.7")
    found = failed(state, clock, account_subject("D0012"), "203.0.113.9")

    assert len(found) == 6
    assert {one.rule for one in found} == {"one_account"}


def test_a_spray_over_many_accounts_and_addresses(state: Database, clock: FixedClock) -> None:
    """One try each over thirty accounts, each from another network, is a spray."""
    found = [_fail(state, clock, f"D{n:04d}", f"198.{n}.100.7") for n in range(30)]

    assert found[:29] == [set()] * 29
    assert found[29] == {"spray"}


def test_what_lies_long_apart_is_no_attack(state: Database, clock: FixedClock) -> None:
    """Fourteen failures of different people at one address over three days are no attack."""
    for n in range(14):
        assert not _fail(state, clock, f"D{n:04d}", "192.0.2.7")
        clock.move(dt.timedelta(hours=5))


def test_a_ban_ends_grows_and_can_be_lifted(state: Database, clock: FixedClock) -> None:
    """A ban lasts a quarter of an hour, twice as long the second time, and ends when lifted."""
    attack = Attack(rule="stuffing", network="192.0.2.7/32", count=8)
    first = plan(state, clock, attack)
    assert first is not None
    put_in_force(state, first)
    assert plan(state, clock, attack) is None
    assert shut_out(standing(state, clock), "192.0.2.7", clock.now()) == first
    assert shut_out(standing(state, clock), "192.0.2.8", clock.now()) is None
    clock.move(dt.timedelta(minutes=15))
    assert not standing(state, clock)

    second = plan(state, clock, attack)
    assert second is not None
    assert second.until - second.at == dt.timedelta(minutes=30)
    put_in_force(state, second)
    assert lift(state, clock, second.id, by="D0012", reason="職員の家")
    assert not standing(state, clock)
    assert bans(state)[0].lifted_by == "D0012"


def test_own_networks_and_this_machine_are_never_shut_out(
    state: Database, clock: FixedClock
) -> None:
    """An attack from a listed network, one that holds it, or this machine is shown and stops nobody."""
    for network in ("10.1.2.3/32", "10.1.2.0/24", "127.0.0.1/32", "::/64"):
        ban = plan(state, clock, Attack(rule="stuffing", network=network, count=8), OWN)
        assert ban is not None
        assert not ban.stops
        put_in_force(state, ban)

    assert not standing(state, clock)
    keys = {one.key for one in ban_findings(state, clock)}
    assert keys == {"identity.attack_inside"}


def test_an_attacker_behind_the_edge_is_shut_out_before_hashing(
    staffed: Identity, walk: Walk, book: Records
) -> None:
    """The ninth try from one address behind our edge is refused, on record once, and others still sign in."""
    door = dataclasses.replace(staffed, edges=lambda: LOOPBACK)

    async def journey(browser: Page) -> None:
        browser.client.session.headers["X-Forwarded-For"] = "10.9.9.9, 192.0.2.7"
        for number in range(8):
            await browser.sign_in(f"X{number:04d}", "wrong wrong wrong")
            assert browser.status == 401
        for _ in range(3):
            await browser.sign_in()
            assert browser.status == 429
            assert "15分" in browser.text
        browser.client.session.headers["X-Forwarded-For"] = "192.0.2.8"
        await browser.sign_in()
        assert browser.text == "home of D0012"

    walk(door, journey)
    assert book.acts.count(("security", "identity:ban", "success")) == 1
    assert book.acts.count(("login", "identity:banned", "refused")) == 1
    assert book.acts.index(("security", "identity:ban", "success")) == 8


def test_every_storage_finds_the_same(database: Database, clock: FixedClock) -> None:
    """On each kind of storage an attack is found, a ward is spared, and a ban stands and is lifted."""
    succeeded(database, clock, account_subject("D0012"), "192.0.2.7")
    for n in range(7):
        assert not _fail(database, clock, f"D{n:04d}", "198.51.100.7")
    assert not _fail(database, clock, "D0034", "192.0.2.7")
    (attack,) = failed(database, clock, account_subject("D0099"), "198.51.100.7")
    ban = plan(database, clock, attack)
    assert ban is not None
    put_in_force(database, ban)
    assert standing(database, clock) == {"198.51.100.7/32": ban}
    assert not _fail(database, clock, "D0001", "198.51.100.7")
    assert lift(database, clock, ban.id, by="D0012", reason="")
    assert not standing(database, clock)
