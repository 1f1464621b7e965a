"""Which TCP ports answer: one after another, so that nothing small is flooded."""

from __future__ import annotations

import socket

PATIENCE = 2.0
"""Seconds until a port counts as silent."""


def answers(address: str, port: int) -> str:
    """Return ``open`` where a connection is taken, ``closed`` where it is refused, else ``silent``.

    Nothing is sent.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.settimeout(PATIENCE)
        try:
            one.connect((address, port))
        except ConnectionRefusedError:
            return "closed"
        except OSError:
            return "silent"
        return "open"
