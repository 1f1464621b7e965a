"""What the sign-in host knows of the gate: where a session may cross over to, and its edges."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sekisho.gate.config import FILE, GateConfig, read_gate
from sekisho.identity.addresses import Network


def gate_origins(data: Path) -> frozenset[str]:
    """Return the origins of the protected systems, as ``gate.toml`` says now."""
    config = _config(data)
    return frozenset() if config is None else frozenset(route.origin for route in config.routes)


def gate_edges(data: Path) -> tuple[Network, ...]:
    """Return the addresses of the edge proxies, as ``gate.toml`` says now."""
    config = _config(data)
    return () if config is None else config.edges


def _config(data: Path) -> GateConfig | None:
    path = data / FILE
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    return _read(data, changed)


@lru_cache(maxsize=4)
def _read(data: Path, _changed: int) -> GateConfig | None:
    return read_gate(data)
