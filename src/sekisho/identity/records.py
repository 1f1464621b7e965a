"""The values of this room: who has an account, who is signed in, who was refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """A duty inside Sekisho; one account may have several.

    Nobody reviews their own case: `review` sees to that.
    """

    ADMINISTRATOR = "administrator"
    """Keeps the installation and the accounts; sees counts, not people."""
    REVIEWER = "reviewer"
    """Reads the accesses put before a person; sees people."""
    SAFETY_OFFICER = "safety_officer"
    """医療情報システム安全管理責任者: decides and signs."""
    STAFF = "staff"
    """Passes the gate to medical systems; in the console sees nothing but their own account."""


class Method(StrEnum):
    """How a session was opened."""

    PASSWORD = "password"  # noqa: S105 (the name of a way in)
    PASSWORD_TOTP = "password+totp"  # noqa: S105 (same)
    PASSKEY = "passkey"
    CODE = "code"
    EMR = "emr"
    """A ticket that the EMR signed; at one protected system alone."""
    ASSERTED = "emr-asserted"
    """The EMR said who it is, and nothing proves it; at one protected system alone."""


class CodeKind(StrEnum):
    """What a one-time code opens."""

    SET_UP = "set_up"
    INVITATION = "invitation"
    RECOVERY = "recovery"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How strict the door is; an institution may be stricter, never laxer than shipped.

    Attributes:
        idle: A session ends when nothing was asked for so long.
        absolute: A session ends so long after sign-in, whatever happens.
        fresh: How long a proof of identity carries a sensitive act.
        account_tries: Failures of one account until it is locked.
        address_tries: The same for one address.
        address_rest: An address is forgiven one failure for so much time: a ward behind one
            address mistypes a little every hour, for ever.
        first_lock: The first lock; each further failure doubles it.
        longest_lock: It never grows beyond this.
        forget: Failures are forgotten after so much quiet.
        code_life: One-time codes end so long after they were made.
        unused: An account not used for so long becomes a finding.
        attacks: How many are an attack, by rule of `attacks.toml`, where stricter.
    """

    idle: dt.timedelta = dt.timedelta(minutes=15)
    absolute: dt.timedelta = dt.timedelta(hours=12)
    fresh: dt.timedelta = dt.timedelta(minutes=5)
    account_tries: int = 5
    address_tries: int = 20
    address_rest: dt.timedelta = dt.timedelta(minutes=3)
    first_lock: dt.timedelta = dt.timedelta(minutes=1)
    longest_lock: dt.timedelta = dt.timedelta(hours=1)
    forget: dt.timedelta = dt.timedelta(hours=24)
    code_life: dt.timedelta = dt.timedelta(hours=24)
    unused: dt.timedelta = dt.timedelta(days=90)
    attacks: tuple[tuple[str, int], ...] = ()


SHIPPED = Settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person's account.

    Attributes:
        id: 32 random hex digits; also the handle passkeys carry.
        user_id: The staff id; belongs to this account for ever.
        password_short: The password is under 13 characters: a second factor must stay.
    """

    id: str
    user_id: str
    name: str
    roles: frozenset[Role]
    language: str
    opened_at: dt.datetime
    opened_by: str
    closed_at: dt.datetime | None
    used_at: dt.datetime | None
    has_password: bool
    password_short: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One person signed in on one browser.

    Attributes:
        id: For lists and for ending it; opens nothing.
        seen: Last act, exact to 15 seconds.
        proved: When the person last showed who they are.
    """

    id: str
    account_id: str
    user_id: str
    name: str
    roles: frozenset[Role]
    language: str
    opened: dt.datetime
    seen: dt.datetime
    proved: dt.datetime
    method: Method
    address: str | None
    browser: str | None

    @property
    def last(self) -> dt.datetime:
        """Return when it was last used."""
        return self.seen

    def may(self, *roles: Role) -> bool:
        """Return whether this person has one of `roles`."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The person is who they say; no session is open yet."""

    account: Account
    method: Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One network that takes part in what a rule found; `count` is what the rule counts."""

    rule: str
    network: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Not let in. A value, so that it is recorded by the same line as a success.

    Attributes:
        message: Id of the sentence shown; it never says which part was wrong.
        user_id: The account tried, None when there is none (what was typed is not
            kept: people type passwords into the wrong field).
        locked: The wait has begun or goes on.
        attacks: What this try made visible.
    """

    message: str
    args: Mapping[str, str | int | float] = field(default_factory=dict)
    user_id: str | None = None
    locked: bool = False
    attacks: tuple[Attack, ...] = ()
