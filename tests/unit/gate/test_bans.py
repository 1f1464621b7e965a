"""Who attacked sign-in is shut out at the gate, and nobody who is at work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.exposition import check_histograms, read
from tests.ports import free_port
from tests.unit.gate.conftest import Browser, Hospital, hospital_at, visit

from sekisho.app import metrics
from sekisho.identity.bans import lift, plan, put_in_force
from sekisho.identity.records import Attack
from sekisho.terms import FixedClock
from sekisho.terms.tally import Tally

Who = Callable[[str | None], Browser]
GATE = """[gate]
port = {port}
edges = ["127.0.0.1/32"]

[route.fhir]
origin = "http://fhir.localhost:{port}"
upstream = "http://127.0.0.1:UPSTREAM"
adapter = "fhir"
"""
ATTACKER = {"X-Forwarded-For": "198.51.100.7"}


@pytest.fixture
def hospital(data: Path, template: Path, clock: FixedClock) -> Iterator[Hospital]:
    """A hospital behind an edge, whose system is switched off."""
    yield from hospital_at(data, template, clock, GATE.replace("UPSTREAM", str(free_port())))


def test_a_ban_stops_strangers_and_no_work(hospital: Hospital) -> None:
    """From a banned address nobody without a session is answered; who is signed in goes on."""
    database, clock = hospital.installation.database, hospital.installation.clock
    ban = plan(database, clock, Attack(rule="stuffing", network="198.51.100.7/32", count=8))
    assert ban is not None
    put_in_force(database, ban)

    refused = 0

    async def until(who: Who, status: int) -> None:
        """Ask from the address until a stranger there is answered with `status`."""
        nonlocal refused
        got = 0
        async with asyncio.timeout(30):
            while got != status:
                got, _, _ = await who(None).ask("GET", "/Patient/1", headers=ATTACKER)
                refused += got == 403
                await asyncio.sleep(0.05)

    async def journey(who: Who) -> None:
        nonlocal refused
        await until(who, 403)
        for _ in range(5):
            got, body, _ = await who(None).ask("GET", "/Patient/1", page=True, headers=ATTACKER)
            assert got == 403
            refused += 1
            assert "攻撃のような試行" in body.decode()
        assert (await who(None).ask("GET", "/Patient/1"))[0] == 401
        got, _, _ = await who("N1").ask("GET", "/Patient/1", headers=ATTACKER)
        assert got == 503
        lift(database, clock, ban.id, by="S1", reason="")
        await until(who, 401)

    visit(hospital, journey)

    told = [
        (one["terminal"], one["reason"])
        for one in hospital.records("gate:door")
        if "banned" in str(one["reason"])
    ]
    assert told == [
        ("198.51.100.7", "gate.refused.banned"),
        ("198.51.100.7", f"gate.refused.banned more:{refused - 1}"),
    ]


def test_the_worker_leaves_its_counts_for_operators(hospital: Hospital) -> None:
    """What a gate worker decided, refused and recorded, and how long it took, is in its file when it ends."""

    async def journey(who: Who) -> None:
        for _ in range(3):
            assert (await who("N1").ask("GET", "/Patient/1"))[0] == 503
        assert (await who(None).ask("GET", "/Patient/1", headers={"Host": "evil"}))[0] == 421

    visit(hospital, journey)

    page = read(metrics.page(hospital.installation, Tally()))
    check_histograms(page)
    assert page.sum("sekisho_gate_request_seconds_count", part="gate", route="fhir") == 3
    assert page.sum("sekisho_gate_refusals_total", route="door") == 1
    assert page.sum("sekisho_appended_total", outcome="durable") == len(hospital.records())
    assert page.sum("sekisho_append_seconds_count") >= 1
