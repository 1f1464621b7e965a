"""Which hosts a session may cross over to."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sekisho.gate.config import FILE, read_gate


def gate_origins(data: Path) -> frozenset[str]:
    """Return the origins of the protected systems, as ``gate.toml`` says now."""
    path = data / FILE
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return frozenset()
    return _origins(data, changed)


@lru_cache(maxsize=4)
def _origins(data: Path, _changed: int) -> frozenset[str]:
    config = read_gate(data)
    return frozenset() if config is None else frozenset(route.origin for route in config.routes)
