"""A flood of refusals cannot fill the disk."""

from __future__ import annotations

import asyncio

from sekisho.errors import UnavailableError
from sekisho.identity.floods import MOST, Flood, Floods


def test_a_flood_is_two_records_and_no_refusal_is_lost() -> None:
    """A thousand refusals of one address are the first at once and one with the count of the rest."""
    written: list[tuple[Flood[None], int]] = []

    async def write(flood: Flood[None], count: int) -> None:
        written.append((flood, count))

    async def whole() -> None:
        floods = Floods(write)
        for _ in range(1000):
            await floods.refused("192.0.2.7", "gate.hostile.host", None)
        assert written == [(Flood("192.0.2.7/32", "gate.hostile.host", None), 1)]
        await floods.close()

    asyncio.run(whole())
    assert [count for _, count in written] == [1, 999]


def test_many_addresses_are_bounded() -> None:
    """Refusals of ten thousand addresses leave a bounded number of records, all counted."""
    written: list[tuple[Flood[None], int]] = []

    async def write(flood: Flood[None], count: int) -> None:
        written.append((flood, count))

    async def whole() -> None:
        floods = Floods(write)
        for number in range(10_000):
            await floods.refused(f"10.{number >> 8}.{number & 255}.1", "gate.hostile.host", None)
        await floods.close()

    asyncio.run(whole())
    assert len(written) <= MOST + 2
    assert sum(count for _, count in written) == 10_000


def test_what_cannot_be_recorded_is_told_later() -> None:
    """While the ledger is ill refusals go on, and are counted in the record that comes after."""
    written: list[int] = []
    ill = [True]

    async def write(_flood: Flood[None], count: int) -> None:
        if ill[0]:
            raise UnavailableError("gate.not_recorded")
        written.append(count)

    async def whole() -> None:
        floods = Floods(write)
        for _ in range(5):
            await floods.refused("192.0.2.7", "gate.hostile.host", None)
        ill[0] = False
        await floods.close()

    asyncio.run(whole())
    assert written == [5]
