"""How long a sign-in takes, and whether an unknown id can be told by its time.

Run: .venv/bin/python bench/identity_bench.py
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from table import head, row

from sekisho import identity
from sekisho.identity import Method, Role
from sekisho.identity.tables import ATTEMPT
from sekisho.storage import open_database
from sekisho.terms import Secret, SystemClock

ROUNDS = 15


def median_ms(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median time of `act` in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return round(statistics.median(times), 3)


def main() -> None:
    """Measure and print."""
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'state.db'}")
        chosen = identity.calibrate(database)
        password = Secret("niwatori wa hadashi")
        known = identity.create_demo_account(
            database, clock, user_id="D1", name="bench", roles={Role.REVIEWER}, password=password
        )

        def sign_in(user_id: str, typed: Secret) -> None:
            with database.write() as c:
                c.execute(ATTEMPT.delete())
            identity.authenticate(database, clock, user_id=user_id, password=typed)

        wrong = Secret("wrong password")
        sign_in("D1", wrong)
        right = median_ms(lambda: sign_in("D1", password))
        known_ms = median_ms(lambda: sign_in("D1", wrong))
        unknown_ms = median_ms(lambda: sign_in("nobody", wrong))
        token = identity.open_session(database, clock, known.id, method=Method.PASSWORD).reveal()
        session = median_ms(lambda: identity.session(database, token, clock), 500)
        database.close()
    head()
    row(f"sign-in, Argon2id {chosen.memory} KiB x {chosen.passes}", f"{right:.0f} ms")
    row("session read", f"{session:.2f} ms")
    row(
        "wrong password, id unknown",
        f"{unknown_ms:.0f} ms",
        peer=f"id known: {known_ms:.0f} ms (the nearer to 1 the less it tells)",
        ratio=known_ms / unknown_ms,
    )


if __name__ == "__main__":
    main()
