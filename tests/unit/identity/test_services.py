"""Service accounts: nobody's, bound, kept as hashes, and found when they grow old."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa

from sekisho import identity
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.identity.services import (
    Wanted,
    create_service,
    end_service,
    renew_service,
    service_by_token,
    services,
)
from sekisho.identity.tables import SERVICE, SERVICE_KEY
from sekisho.storage import Database
from sekisho.terms import FixedClock

WANTED = Wanted(
    name="ct-room1",
    owner="D0002",
    purpose="模擬の撮影装置",
    duty="system",
    route="pacs",
    sources=("10.1.2.0/24", "2001:db8::1"),
    days=180,
)


@pytest.mark.store
def test_only_a_hash_is_kept(database: Database, clock: FixedClock) -> None:
    """The state holds no token; the token finds its account until it ends, and its use is kept."""
    token = create_service(database, clock, WANTED, by="S1").reveal()
    with database.read() as c:
        kept = [str(row) for table in (SERVICE, SERVICE_KEY) for row in c.execute(sa.select(table))]
    assert all(token not in row and token[8:] not in row for row in kept)

    found = service_by_token(database, clock, token)
    assert found is not None
    assert (found.user_id, found.used_at) == ("service:ct-room1", None)
    (known,) = services(database)
    assert known.used_at == clock.now()
    assert service_by_token(database, clock, token + "x") is None


@pytest.mark.store
def test_a_name_is_never_given_anew(database: Database, clock: FixedClock) -> None:
    """An ended account's name stays taken, so that a record always means the same device."""
    token = create_service(database, clock, WANTED, by="S1")
    end_service(database, clock, "ct-room1", by="S1")
    assert service_by_token(database, clock, token.reveal()) is None
    assert services(database) == []
    with pytest.raises(ConflictError):
        create_service(database, clock, WANTED, by="S1")
    with pytest.raises(InvalidInputError):
        renew_service(database, clock, "ct-room1", days=10, by="S1")


def test_it_comes_only_from_its_networks(database: Database, clock: FixedClock) -> None:
    """An address outside, no address, or a mapped spelling of one: only its own networks count."""
    create_service(database, clock, WANTED, by="S1")
    (known,) = services(database)
    for address, comes in (
        ("10.1.2.200", True),
        ("::ffff:10.1.2.200", True),
        ("2001:db8::1", True),
        ("10.1.3.1", False),
        ("2001:db8::2", False),
        ("", False),
        (None, False),
        ("unix", False),
    ):
        assert known.comes_from(address) is comes, address


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "CT"},
        {"name": "a" * 33},
        {"purpose": " "},
        {"sources": ()},
        {"sources": ("10.1.2.3/24",)},
        {"days": 0},
        {"days": 366},
    ],
)
def test_what_is_wrong_is_refused(
    database: Database, clock: FixedClock, wrong: dict[str, object]
) -> None:
    """No account without a name, a purpose, a network and an end within a year."""
    with pytest.raises(InvalidInputError):
        create_service(database, clock, replace(WANTED, **wrong), by="S1")  # type: ignore[arg-type]
    assert services(database) == []


def test_a_person_never_bears_a_service_accounts_id(database: Database, clock: FixedClock) -> None:
    """No person's account can be opened under the id of a service account, in any spelling."""
    for user_id in ("service:ct-room1", "\N{FULLWIDTH LATIN CAPITAL LETTER S}ervice:x"):
        with pytest.raises(InvalidInputError, match="user_id_of_service"):
            identity.create_account(
                database,
                clock,
                user_id=user_id,
                name="模擬",
                roles={identity.Role.STAFF},
                by="test",
            )


def test_findings_say_what_grows_old(database: Database, clock: FixedClock) -> None:
    """Near its end, ended, unused for 90 days, owner gone: each is a finding; ended for good, none is."""
    create_service(database, clock, WANTED, by="S1")

    def keys(ended: tuple[str, ...] = ()) -> set[str]:
        return {each.key for each in identity.findings(database, clock, ended)}

    assert keys() == set()
    assert keys(("D0002",)) == {"identity.service_alone"}
    clock.move(dt.timedelta(days=91))
    assert keys() == {"identity.service_unused"}
    clock.move(dt.timedelta(days=60))
    assert keys() == {"identity.service_unused", "identity.service_ending"}
    clock.move(dt.timedelta(days=30))
    assert keys() == {"identity.service_unused", "identity.service_ended"}
    end_service(database, clock, "ct-room1", by="S1")
    assert keys(("D0002",)) == set()
