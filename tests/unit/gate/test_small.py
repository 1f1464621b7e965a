"""A worker of the gate stays small: what only reading and review need is not in it."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["sekisho.app.gate", "sekisho.ledger.append"])
def test_no_worker_loads_what_only_review_needs(module: str) -> None:
    """Neither DuckDB nor Arrow (60 MB together) comes with what serves and records."""
    asked = f"import sys, {module}; print({{'duckdb', 'pyarrow'}} & set(sys.modules) or 'none')"
    said = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=100
    )
    assert said.stdout.strip() == "none"
