"""Requests that a gate refuses never reach what stands behind it."""

from __future__ import annotations

import pytest
import uvloop
from tests.unit.gate.hostile.peers import END, Shell, behind, exchange, nginx
from tests.unit.gate.hostile.vectors import EVERY, KNOWN, Vector

HOSTILE = [vector for vector in EVERY if vector.passes is None]
PASSING = [vector for vector in EVERY if vector.passes is not None]


def _name(vector: Vector) -> str:
    return vector.name


async def _through_the_shell(vector: Vector) -> tuple[Shell, list[int]]:
    shell = Shell()
    async with shell.serving():
        return shell, await exchange(shell.port, vector.raw + END)


def test_there_are_enough_vectors() -> None:
    """The 35 known vectors stand here, and more than as many again."""
    assert len(KNOWN) == 35
    assert len({vector.name for vector in EVERY}) == len(EVERY)
    assert len(HOSTILE) - 34 >= 35


@pytest.mark.parametrize("vector", HOSTILE, ids=_name)
def test_hostile_requests_reach_nobody(vector: Vector) -> None:
    """A request with two readings, and whatever follows it on the connection, is not handled."""
    shell, statuses = uvloop.run(_through_the_shell(vector))

    assert shell.seen == []
    assert shell.refused or shell.aborted
    assert all(400 <= status <= 505 for status in statuses if status != 100)


@pytest.mark.parametrize("vector", PASSING, ids=_name)
def test_good_requests_arrive_whole(vector: Vector) -> None:
    """A request with one reading arrives with its method, path and body, and so does the next."""
    shell, statuses = uvloop.run(_through_the_shell(vector))

    arrived = [(head.method, head.path, body) for head, body in shell.seen]
    assert arrived == [vector.passes, ("GET", "/end", b"")]
    assert [status for status in statuses if status != 100] == [200, 200]


def test_never_laxer_than_nginx() -> None:
    """Whatever nginx refuses of the hostile requests is refused here too, and it takes the good."""
    ours: dict[str, str] = {}
    theirs: dict[str, str] = {}

    async def both() -> None:
        async with behind(folder) as seen:
            for vector in EVERY:
                shell, statuses = await _through_the_shell(vector)
                ours[vector.name] = _verdict(
                    statuses, sum(head.path != "/end" for head, _ in shell.seen)
                )
                seen.clear()
                statuses = await exchange(folder / "front", vector.raw + END)
                # The request that follows may pass when the one before it had an end.
                arrived = [line for line in seen if b"/end" not in line]
                theirs[vector.name] = _verdict(statuses, len(arrived))

    with nginx() as folder:
        uvloop.run(both())

    table = [f"{'vector':40} {'nginx':>20} {'gate':>10}"]
    table += [f"{name:40} {theirs[name]:>20} {ours[name]:>10}" for name in ours]
    print("\n".join(table))  # noqa: T201 (shown with pytest -s, and when this fails)
    laxer = [
        vector.name
        for vector in HOSTILE
        if theirs[vector.name].endswith("/0") and not ours[vector.name].endswith("/0")
    ]
    assert laxer == []
    assert [v.name for v in PASSING if theirs[v.name].endswith("/0")] == []
    # Else the comparison would prove nothing.
    assert sum(theirs[vector.name].endswith("/0") for vector in HOSTILE) > 40


def _verdict(statuses: list[int], arrived: int) -> str:
    return f"{','.join(map(str, statuses)) or 'closed'}/{arrived}"
