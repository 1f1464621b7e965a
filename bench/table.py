"""How every bench measures and speaks: ours, its peer in the same run, the ratio, the target."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Took:
    """What an act gave, and its wall and CPU seconds (of this process)."""

    answer: Any
    wall: float
    cpu: float


def timed(act: Callable[[], Any]) -> Took:
    """Run `act` once."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = act()
    return Took(answer, time.perf_counter() - wall, time.process_time() - cpu)


def best(act: Callable[[], Any], rounds: int = 3) -> Took:
    """Run `act` some times; the one with the least CPU, which other work disturbed least."""
    return min((timed(act) for _ in range(rounds)), key=lambda took: took.cpu)


def rate(count: int, seconds: float) -> str:
    """Return how many a second."""
    return f"{count / seconds:,.0f} /s"


def row(
    what: str, ours: str, *, peer: str = "-", ratio: float | None = None, target: str = "-"
) -> None:
    """Print one line of the table; `ratio` is how many times as fast as the peer ours is."""
    times = "-" if ratio is None else f"{ratio:.2f} x"
    print(f"{what:<42} {ours:>14} {times:>8}  {target:<22} {peer}", flush=True)


def head() -> None:
    """Print the table's head."""
    print(f"{'what':<42} {'ours':>14} {'ratio':>8}  {'target':<22} peer, same run", flush=True)


def judged(value: float, target: str) -> str:
    """Return the target (``>= 5`` or ``<= 10 s``) with whether `value` meets it."""
    sign, number, *_ = target.split()
    bound = float(number.replace(",", ""))
    met = value >= bound if sign == ">=" else value <= bound
    return f"{target} {'met' if met else 'MISSED'}"
