"""Lets the tests of this room share their small ledger and lists."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sekisho.storage import Database
from sekisho.terms import FixedClock

ROOT = str(Path(__file__).resolve().parents[3])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tests.unit.review.month import Month  # noqa: E402 (the path above comes first)


@pytest.fixture
def month(database: Database, clock: FixedClock, tmp_path: Path) -> Month:
    """An institution with nothing in it yet: lists and accesses are given by each test."""
    return Month(database, clock, tmp_path)
