"""Refused requests cannot fill the disk with their records."""

from __future__ import annotations

from sekisho.gate.floods import MOST, Floods


class _Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_many_refusals_are_one_record_a_minute() -> None:
    """The first is recorded at once, then one a minute with the number in between."""
    clock = _Time()
    floods = Floods(clock)
    assert floods.tell("192.0.2.1", "gate.hostile.host") == "gate.hostile.host"
    for _ in range(37):
        clock.now += 1
        assert floods.tell("192.0.2.1", "gate.hostile.host") is None
    clock.now = 61

    assert floods.tell("192.0.2.1", "gate.hostile.host") == "gate.hostile.host more:37"


def test_another_address_or_reason_is_its_own_record() -> None:
    """Nobody hides behind somebody else's flood."""
    floods = Floods(_Time())
    floods.tell("192.0.2.1", "gate.hostile.host")

    assert floods.tell("192.0.2.2", "gate.hostile.host") == "gate.hostile.host"
    assert floods.tell("192.0.2.1", "gate.hostile.method") == "gate.hostile.method"


def test_what_is_remembered_is_bounded() -> None:
    """A flood from very many addresses does not grow the memory without end."""
    floods = Floods(_Time())
    for number in range(MOST + 500):
        floods.tell(f"2001:db8::{number:x}", "gate.hostile.host")

    assert len(floods._seen) <= MOST
