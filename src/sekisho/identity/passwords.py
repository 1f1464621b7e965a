"""Passwords: which may be chosen, and how they are kept (Argon2id, calibrated at set-up).

Rules of the guideline 7.0: 13 characters alone, 8 with a second factor (then letters
and digits both), no periodic change, nothing that can be guessed. The list and the
rules here are facts about guessing, not about people: nothing is sent anywhere.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import argon2
import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.identity.tables import SETTING
from sekisho.storage import Database
from sekisho.terms import Secret

ALONE = 13
WITH_FACTOR = 8
LONGEST = 256
KNOWN = Path(__file__).with_name("known_passwords.txt")
ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "!@#$%^&*()",
    "!\"#$%&'()",
)
LOOKS = str.maketrans("0134578@$!", "oleastbasi")
FEWEST_DIFFERENT = 5
RUN = 4
"""So many neighbours in a row are a walk along the keyboard or the alphabet."""
MEMORY = 46 * 1024
LEAST_MEMORY = 19 * 1024
LEAST_TIME = 2


@dataclass(frozen=True, slots=True)
class Parameters:
    """Cost of one Argon2id hash: memory in KiB, passes; one lane."""

    memory: int = MEMORY
    passes: int = 3

    def hasher(self) -> argon2.PasswordHasher:
        """Return what hashes with this cost."""
        return argon2.PasswordHasher(
            time_cost=self.passes, memory_cost=self.memory, parallelism=1, hash_len=32, salt_len=16
        )


def _bytes(password: str) -> bytes:
    return normal(password).encode("utf-8", "surrogatepass")


def normal(password: str) -> str:
    """Return the form that is hashed: full-width and half-width typing are one."""
    return unicodedata.normalize("NFKC", password)


def check_password(
    password: Secret, *, second_factor: bool, about: Sequence[str] = ()
) -> tuple[str, dict[str, int]] | None:
    """Return the message id and values of the rule that `password` breaks, or None.

    Args:
        password: As typed.
        second_factor: Whether a code is asked for beside it, always.
        about: What anybody knows of the person: name, staff id, institution.
    """
    text = normal(password.reveal())
    least = WITH_FACTOR if second_factor else ALONE
    if len(text) < least:
        return f"identity.password_short_{'factor' if second_factor else 'alone'}", {"least": least}
    if len(text) > LONGEST:
        return "identity.password_long", {"most": LONGEST}
    if len(text) < ALONE and not (re.search(r"\d", text) and re.search(r"[^\W\d_]", text)):
        return "identity.password_mix", {}
    low = text.casefold()
    if low.isdigit() or len(set(low)) < FEWEST_DIFFERENT or _repeats(low):
        return "identity.password_simple", {}
    if _walked(low) * 2 >= len(low):
        return "identity.password_walk", {}
    if _made_of_known(low):
        return "identity.password_known", {}
    for word in _parts(about):
        if word in low or word in low.translate(LOOKS):
            return "identity.password_own", {}
    return None


def _repeats(text: str) -> bool:
    """Return whether the text is one short piece over and over (the last may be cut)."""
    return any(
        (text[:size] * (len(text) // size + 1))[: len(text)] == text
        for size in range(1, len(text) // 2 + 1)
    )


def _walked(text: str) -> int:
    """Return how many characters stand in walks along a row, forwards or backwards."""
    covered = [False] * len(text)
    for row in (*ROWS, *(row[::-1] for row in ROWS)):
        for start in range(len(text) - RUN + 1):
            if text[start : start + RUN] in row:
                covered[start : start + RUN] = [True] * RUN
    return sum(covered)


@cache
def known_words() -> frozenset[str]:
    """Return the built-in list."""
    lines = KNOWN.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line and not line.startswith("#"))


def _made_of_known(text: str) -> bool:
    """Return whether digits and signs are all that is added to at most two known words."""
    words, looks = known_words(), text.translate(LOOKS)
    best = [0] + [LONGEST] * len(text)
    for end in range(1, len(text) + 1):
        if not text[end - 1].isalpha():
            best[end] = best[end - 1]
        for start in range(max(0, end - 20), end):
            if looks[start:end] in words:
                best[end] = min(best[end], best[start] + 1)
    return 1 <= best[-1] <= 2


def _parts(about: Sequence[str]) -> set[str]:
    """Return the pieces of names and ids that a password must not hold."""
    pieces: set[str] = set()
    for value in about:
        low = normal(value).casefold()
        for piece in (*re.split(r"[\s・,.@_/-]+", low), re.sub(r"\s+", "", low)):
            shortest = 3 if piece.isascii() else 2
            if len(piece) >= shortest:
                pieces.add(piece)
    return pieces


def calibrate(database: Database, *, seconds: float = 0.25) -> Parameters:
    """Measure this machine once and keep the cost that takes about `seconds`.

    Never below 19 MiB and two passes, however slow the machine. Called at set-up;
    called again, the new cost is used from the next password on.
    """
    memory, passes = MEMORY, LEAST_TIME
    once = _seconds(Parameters(memory, passes))
    if once > seconds * 1.5:
        memory = max(LEAST_MEMORY, int(memory * seconds / once))
    else:
        passes = max(LEAST_TIME, min(20, round(passes * seconds / once)))
    chosen = Parameters(memory, passes)
    keep(database, chosen)
    return chosen


def keep(database: Database, chosen: Parameters) -> None:
    """Use `chosen` from now on."""
    dummy = chosen.hasher().hash("no account has this password")
    with database.write() as c:
        c.execute(sa.delete(SETTING).where(SETTING.c.name == "argon2"))
        value = {**asdict(chosen), "dummy": dummy}
        c.execute(sa.insert(SETTING).values(name="argon2", value=value))


def _seconds(parameters: Parameters) -> float:
    hasher, best = parameters.hasher(), 1e9
    for _ in range(2):
        start = time.perf_counter()
        hasher.hash("calibration")
        best = min(best, time.perf_counter() - start)
    return best


def in_force(database: Database) -> tuple[Parameters, str]:
    """Return the cost in force, and the hash that stands in where there is no account.

    Raises:
        InvalidInputError: Set-up has not been done.
    """
    with database.read() as c:
        value = c.scalar(sa.select(SETTING.c.value).where(SETTING.c.name == "argon2"))
    if value is None:
        raise InvalidInputError("identity.not_set_up")
    return Parameters(value["memory"], value["passes"]), value["dummy"]


def hash_password(database: Database, password: Secret) -> str:
    """Return the hash to keep of `password`."""
    return in_force(database)[0].hasher().hash(_bytes(password.reveal()))


def verify_password(database: Database, kept: str | None, password: Secret) -> tuple[bool, bool]:
    """Return whether `password` is the kept one, and whether it should be hashed anew.

    Without a kept hash the work is done all the same, for the same time.
    """
    parameters, dummy = in_force(database)
    hasher = parameters.hasher()
    text = _bytes(password.reveal()[: LONGEST * 4])
    try:
        right = hasher.verify(kept or dummy, text)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False, False
    return right and kept is not None, kept is not None and hasher.check_needs_rehash(kept)
