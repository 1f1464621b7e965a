"""What the gate proves, and that where there is none nothing is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from sekisho.errors import InvalidInputError
from sekisho.gate.config import GateConfig, Route
from sekisho.gate.evidence import evidence, unreadable
from sekisho.storage import Database
from sekisho.terms import Evidence, FixedClock, Result

ROUTE = Route(name="pacs", origin="https://pacs.example", upstream="http://10.0.0.1", adapter="web")
FILE = Path("gate.pem")


def _tls(
    database: Database, clock: FixedClock, config: GateConfig | None, days: int | None = 90
) -> Evidence:
    end = None if days is None else clock.now() + dt.timedelta(days=days)
    return next(evidence(database, clock, config, lambda _: end))


@pytest.mark.store
def test_no_gate_is_not_checked(database: Database, clock: FixedClock) -> None:
    """Where there is no gate both are not checked, because there is none."""
    said = list(evidence(database, clock, None, lambda _: None))
    assert [(one.result, one.message) for one in said] == [
        (Result.NOT_CHECKED, "gate.evidence.no_gate")
    ] * 2
    *_, bans = evidence(database, clock, GateConfig(routes=(ROUTE,)), lambda _: None)
    assert bans.result is Result.YES


def test_tls_stands_as_long_as_its_certificate(database: Database, clock: FixedClock) -> None:
    """A certificate that ended or cannot be read, or a system without TLS, is a no."""
    whole = GateConfig(routes=(ROUTE,), certificate=FILE)
    plain = Route(name="x", origin="http://x.example", upstream="http://10.0.0.2", adapter="web")
    soon = _tls(database, clock, whole, 1)

    assert soon.valid_until == clock.now() + dt.timedelta(days=1)
    assert [
        _tls(database, clock, whole).result,
        _tls(database, clock, whole, -1).result,
        _tls(database, clock, whole, None).result,
        _tls(database, clock, GateConfig(routes=(ROUTE, plain), certificate=FILE)).result,
        _tls(database, clock, GateConfig(routes=(ROUTE,))).result,
    ] == [Result.YES, Result.NO, Result.NO, Result.NO, Result.NOT_CHECKED]


def test_a_wrong_file_is_not_checked(clock: FixedClock) -> None:
    """Where ``gate.toml`` is wrong nothing is said of the gate but that."""
    error = InvalidInputError("app.config.unreadable", file="gate.toml")
    said = list(unreadable(error, clock.now()))

    assert {(one.result, one.message) for one in said} == {
        (Result.NOT_CHECKED, "app.config.unreadable")
    }
    assert [one.subject for one in said] == ["gate.tls", "gate.bans"]
