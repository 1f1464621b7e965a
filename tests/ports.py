"""Ports of loopback that a test is given, and that nobody else takes before it uses them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from itertools import count, islice

_FIRST, _EACH, _WORKERS = 20_000, 4_000, 3
"""Below what the kernel gives by itself (32768 and on): who connects, or listens at port 0, gets none."""


def _given() -> Iterator[int]:
    """Return the ports of this worker of pytest round and round, from another place in each process."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
    first = _FIRST + worker * _EACH
    return (first + step % _EACH for step in count(os.getpid() * 37))


_PORTS = _given()


def free_port() -> int:
    """Return a port on which nobody listens, and which no other test is given."""
    for port in islice(_PORTS, _EACH):
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")
