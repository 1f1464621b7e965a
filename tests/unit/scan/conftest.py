"""A running clamd for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.unit.scan.clamd import Clamd, start, stop


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    """A clamd that tells the truth: strict, with dated signatures."""
    one = start(tmp_path_factory.mktemp("clamd"))
    yield one
    stop(one)
