"""Which passwords may be chosen, and how they are kept."""

from __future__ import annotations

import argon2
import pytest
import sqlalchemy as sa

from sekisho import identity
from sekisho.errors import InvalidInputError
from sekisho.identity import Role, SignedIn
from sekisho.identity.passwords import (
    LEAST_MEMORY,
    LEAST_TIME,
    Parameters,
    calibrate,
    check_password,
    in_force,
    keep,
    verify_password,
)
from sekisho.identity.tables import ACCOUNT
from sekisho.storage import Database
from sekisho.terms import FixedClock, Secret

ABOUT = ("D0012", "模擬 花子", "模擬総合病院")
BAD = [
    ("short", "password_short_alone"),
    ("twelve chars", "password_short_alone"),
    ("x" * 257, "password_long"),
    ("aaaaaaaaaaaaaaaa", "password_simple"),
    ("abcabcabcabcabca", "password_simple"),
    ("1928374650192837", "password_simple"),
    ("abcdefghijklmn", "password_walk"),
    ("qwertyuiop1234", "password_walk"),
    ("1qaz2wsx3edc4rfv", "password_walk"),
    (
        "\uff14\uff15\uff16\uff17\uff18\uff19\uff10\uff11\uff12\uff13\uff14\uff15\uff16",
        "password_simple",
    ),
    ("zyxwvutsrqponm", "password_walk"),
    ("password20261101!", "password_known"),
    ("P@ssw0rd!P@ssw0rd", "password_known"),
    ("hospital-admin-2026", "password_known"),
    ("SekishoByouin01", "password_known"),
    ("d0012 no kasa ga nai", "password_own"),
    ("花子の傘はどこにもありません", "password_own"),
    ("模擬総合病院へようこそきてね", "password_own"),
]
GOOD = [
    "niwatori wa hadashi",
    "correct horse battery staple",
    "雨の日の廊下は静かで滑りやすい",
    "v9#kT!2mZq@7w",
    "hospital kasa hadashi niwatori",
]


@pytest.mark.parametrize(("password", "rule"), BAD)
def test_guessable_is_refused(password: str, rule: str) -> None:
    """A password that guessing finds is refused by the rule that names why."""
    broken = check_password(Secret(password), second_factor=False, about=ABOUT)
    assert broken is not None
    assert broken[0] == f"identity.{rule}"


@pytest.mark.parametrize("password", GOOD)
def test_good_is_taken(password: str) -> None:
    """A long phrase or a random text is taken, Japanese too."""
    assert check_password(Secret(password), second_factor=False, about=ABOUT) is None


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("me2kujak", None),
        ("me2kuja", "identity.password_short_factor"),
        ("mekujaku", "identity.password_mix"),
        ("82736451", "identity.password_mix"),
    ],
)
def test_eight_with_second_factor(password: str, rule: str | None) -> None:
    """With a second factor eight characters do, letters and digits both."""
    broken = check_password(Secret(password), second_factor=True, about=ABOUT)
    assert (broken and broken[0]) == rule


@pytest.mark.store
def test_cost_is_measured_once_and_kept(database: Database) -> None:
    """Calibration keeps a cost never below 19 MiB and two passes, however little time it is given."""
    chosen = calibrate(database, seconds=0.001)
    kept, dummy = in_force(database)
    assert kept == chosen
    assert (chosen.memory, chosen.passes) == (LEAST_MEMORY, LEAST_TIME)
    assert dummy.startswith(f"$argon2id$v=19$m={LEAST_MEMORY},t={LEAST_TIME},p=1$")


@pytest.mark.store
def test_old_cost_is_hashed_anew_at_sign_in(database: Database, clock: FixedClock) -> None:
    """A password hashed at an older cost is hashed at the new one when its owner signs in."""
    keep(database, Parameters(memory=512, passes=1))
    password = Secret("niwatori wa hadashi")
    identity.create_demo_account(
        database, clock, user_id="D1", name="模擬", roles={Role.REVIEWER}, password=password
    )
    keep(database, Parameters(memory=1024, passes=2))

    def kept() -> str:
        with database.read() as c:
            return str(c.scalar(sa.select(ACCOUNT.c.password)))

    assert "m=512,t=1" in kept()
    answer = identity.authenticate(database, clock, user_id="D1", password=password)
    assert isinstance(answer, SignedIn)
    assert "m=1024,t=2" in kept()
    assert identity.authenticate(database, clock, user_id="D1", password=password) == answer


def test_full_width_typing_is_the_same_password(state: Database) -> None:
    """A password typed with the input method on is the same password."""
    kept = Parameters(1024, 1).hasher().hash("kasa2")
    assert verify_password(state, kept, Secret("\uff4b\uff41\uff53\uff41\uff12"))[0]
    assert argon2.extract_parameters(kept).type is argon2.Type.ID


def test_present_password_is_not_a_new_one(state: Database, clock: FixedClock) -> None:
    """The present password is not taken as a new one."""
    password = Secret("niwatori wa hadashi")
    known = identity.create_demo_account(
        state, clock, user_id="D1", name="模擬", roles={Role.REVIEWER}, password=password
    )
    with pytest.raises(InvalidInputError, match="password_same"):
        identity.check_new_password(state, known, password)
