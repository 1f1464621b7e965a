"""Attacks seen in the sign-ins that other systems recorded."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.collect import collect, signs
from sekisho.collect.signs import Try, attacks, got_in
from sekisho.ledger import Reader, create_key, recorder
from sekisho.ledger.own import SOURCE
from sekisho.pages import say
from sekisho.pages.words import LANGUAGES
from sekisho.storage import Database
from sekisho.terms import Access, Action, Finding, FixedClock, Gravity, Origin, Outcome

START = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)


def tried(
    minute: float,
    account: str = "a",
    near: str = "10.6.6.6/32",
    *,
    passed: bool = False,
    times: int = 1,
) -> Try:
    """Return a sign-in of that minute."""
    wide = near.rpartition(".")[0] + ".0/24"
    at = START + dt.timedelta(minutes=minute)
    return Try(at, account, near, wide, "host-1", passed, times)


def rules_of(tries: list[Try]) -> set[str]:
    """Return the rules that see something."""
    return {seen.rule.id for seen in attacks(sorted(tries, key=lambda one: one.at))}


@pytest.mark.parametrize(
    ("tries", "rules"),
    [
        ([tried(n / 10) for n in range(30)], {"hammer"}),
        ([tried(n / 10) for n in range(29)], set()),
        ([tried(0, times=29), tried(1)], {"hammer"}),
        ([tried(n) for n in range(300)], {"patient"}),
        ([tried(n, f"u{n}") for n in range(8)], {"stuffing"}),
        ([tried(n * 60, f"u{n}") for n in range(15)], {"slow"}),
        ([tried(n * 5, "a", f"10.6.{n}.6/32") for n in range(6)], {"one_account"}),
        ([tried(n, f"u{n}", f"10.{n % 9}.6.6/32") for n in range(30)], {"spray"}),
        # Who gets it right at last mistyped; where as many get in, it is a ward at the morning.
        ([*(tried(n / 10) for n in range(30)), tried(60, passed=True)], set()),
        (
            [
                *(tried(n, f"u{n}") for n in range(8)),
                *(tried(n + 0.5, f"v{n}", passed=True) for n in range(8)),
            ],
            set(),
        ),
    ],
)
def test_rules_see_what_they_say(tries: list[Try], rules: set[str]) -> None:
    """Each rule sees its form of attack, at its number, and no other."""
    assert rules_of(tries) == rules


@settings(max_examples=60, deadline=None)
@given(
    minutes=st.lists(st.integers(0, 300), min_size=1, max_size=60),
    accounts=st.integers(1, 12),
)
def test_a_window_counts_what_counting_all_windows_counts(
    minutes: list[int], accounts: int
) -> None:
    """What a moving window finds is what looking at every window finds."""
    tries = [tried(m, f"u{n % accounts}") for n, m in enumerate(sorted(minutes))]
    fifteen = dt.timedelta(minutes=15)

    every = max(
        len({other.account for other in tries if one.at <= other.at < one.at + fifteen})
        for one in tries
    )

    assert ("stuffing" in rules_of(tries)) == (every >= 8)


def test_who_gets_in_after_many_failures_is_seen() -> None:
    """Ten failures and a success within the hour are shown; nine, or a day later, are not."""
    ten = [tried(n) for n in range(10)]

    assert len(got_in([*ten, tried(20, passed=True)])) == 1
    assert got_in([*ten[1:], tried(20, passed=True)]) == []
    assert got_in([*ten, tried(1500, passed=True)]) == []
    assert got_in([*ten, tried(20, near="10.1.1.1/32", passed=True)]) == []


AUTH = "Nov  1 09:{:02}:{:02} h sshd[1]: {} password for {} from {} port 5022 ssh2\n"


def seen(data: Path, database: Database, clock: FixedClock, *paths: Path) -> dict[str, Finding]:
    """Take logs into a real ledger and return what is seen in it."""
    create_key(data, "test.example/ledger")
    with recorder(data, database, clock) as book:
        collect(paths, recorder=book, database=database, clock=clock)
        book.seal()
    return {one.message: one for one in signs.findings(Reader(data, database), clock)}


def test_an_imported_log_of_a_host_shows_its_attack(
    data: Path, database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """An auth.log with a flood of failures, and one that got in, gives both findings in both languages."""
    log = tmp_path / "auth.log"
    log.write_text(
        "".join(AUTH.format(n // 30, n % 30, "Failed", "root", "10.6.6.6") for n in range(60))
        + "".join(AUTH.format(n, 0, "Failed", "backup2", "10.7.7.7") for n in range(12))
        + AUTH.format(20, 0, "Accepted", "backup2", "10.7.7.7")
        + AUTH.format(21, 0, "Failed", "nurse", "10.1.1.1")
    )

    found = seen(data, database, clock, log)

    assert set(found) == {"collect.signs", "collect.signs_got_in"}
    attack, inside = found["collect.signs"], found["collect.signs_got_in"]
    assert (attack.args["tries"], attack.args["places"]) == (60, ["10.6.6.6"])
    assert (inside.gravity, inside.args["places"]) == (Gravity.URGENT, ["10.7.7.7"])
    for language in LANGUAGES:
        for one in found.values():
            text = say(language, f"{one.message}.why", **one.args)
            assert "%(" not in text
            assert "nurse" not in text
            assert "root" not in text


def test_a_cleared_windows_log_is_shown(
    data: Path, database: Database, clock: FixedClock, tmp_path: Path, shared: Path
) -> None:
    """An event log that says it was cleared gives a finding; one that does not gives none."""
    folder = shared / "data/access-records/evtx"
    (cleared,), (other,) = folder.glob("*/ID4624*"), folder.glob("*/new-user*")

    found = seen(data, database, clock, cleared, other)

    assert set(found) == {"collect.signs_cleared"}
    assert found["collect.signs_cleared"].args["count"] == 1


def test_what_happens_at_our_own_door_is_left_to_it(
    data: Path, database: Database, clock: FixedClock
) -> None:
    """Sign-ins here and at the gate are no concern of other systems' logs."""
    create_key(data, "test.example/ledger")
    with recorder(data, database, clock) as book:
        book.append(
            [
                Access(
                    occurred_at=clock.now(),
                    source=source,
                    key=f"{n:031x}{source == SOURCE:d}",
                    digest="0" * 64,
                    origin=Origin(connection="x", message=1),
                    action=Action.LOGIN,
                    outcome=Outcome.FAILED,
                    user_id="a",
                    terminal="10.6.6.6",
                )
                for n in range(50)
                for source in ("gate:portal", SOURCE)
            ]
        )

        assert signs.findings(Reader(data, database), clock) == []
