"""How long a sign-in takes, and whether an unknown id can be told by its time.

Run: python bench/identity_bench.py [--json]
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from sekisho import identity
from sekisho.identity import Method, Role
from sekisho.identity.limits import prune
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
        rows = {
            "right password ms": median_ms(lambda: sign_in("D1", password)),
            "wrong password ms": median_ms(lambda: sign_in("D1", wrong)),
            "unknown id ms": median_ms(lambda: sign_in("nobody", wrong)),
        }
        rows["unknown : wrong"] = round(rows["unknown id ms"] / rows["wrong password ms"], 3)
        token = identity.open_session(database, clock, known.id, method=Method.PASSWORD).reveal()
        rows["session read ms"] = median_ms(lambda: identity.session(database, token, clock), 500)
        prune(database, clock)
        database.close()
    if "--json" in sys.argv:
        print(json.dumps({"argon2id": asdict(chosen), **rows}))
        return
    print(f"Argon2id: {chosen.memory} KiB, {chosen.passes} passes")
    for name, value in rows.items():
        print(f"{name:22} {value}")


if __name__ == "__main__":
    main()
