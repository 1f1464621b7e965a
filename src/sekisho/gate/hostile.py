"""A request that is refused before anybody asks who sent it."""

from __future__ import annotations


class Hostile(Exception):  # noqa: N818 (a verdict on a request; the gate answers it)
    """A request whose form is doubtful: refused whole, never repaired.

    Attributes:
        status: What the client is answered, for instance 400.
        why: Message id, for instance ``gate.hostile.host``; never a part of the request.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Aborted(Exception):  # noqa: N818 (a client that left; nobody is answered)
    """The body broke off or broke its framing: what came of it is no body and goes nowhere."""
