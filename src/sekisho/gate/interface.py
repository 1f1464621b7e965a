"""What the parts of the gate say to each other.

A request goes one way: `Head` (checked, one canonical path) → `Question` (an adapter
says which patients, classes and act) → decision → upstream → `Seen` (what stood in
the answer) → decision → record → the client.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sekisho.access import Act
from sekisho.terms import PatientId

UNKNOWN_PATIENT = "unknown-patient"
"""Class of a request whose patient cannot be told: a row of the matrix of its own."""


@dataclass(frozen=True, slots=True)
class Head:
    """A request's head after the strict check; nothing later looks at the raw one.

    Attributes:
        method: Upper case.
        path: The one canonical path: decided on, recorded and forwarded (percent-encoded).
        parts: Its segments, decoded; no segment is empty, ``.`` or ``..``.
        query: The raw query without ``?``, checked, forwarded as it is.
        values: The query, decoded once, in order.
        content_type: Lower case, without parameters; empty where there is no body.
    """

    method: str
    path: str
    parts: tuple[str, ...]
    query: str = ""
    values: tuple[tuple[str, str], ...] = ()
    content_type: str = ""
    accept: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, before the upstream is asked.

    Attributes:
        object: What the record names, for instance ``Observation/17``; no name, no search text.
        patients: Patients known from the request alone; empty where it names none.
        classes: Information classes known from the request alone.
        look: Whether the answer must be looked into before anything of it leaves.
        whole: Whether the request's patients are all there can be (a bulk read of a
            patient that is known): then a too large answer may stream.
        resolve: Addresses of the upstream (canonical path and query) that tell the
            patients and classes of what is asked, where the request itself does not.
    """

    act: Act
    object: str
    patients: frozenset[PatientId] = frozenset()
    classes: frozenset[str] = frozenset()
    look: bool = True
    whole: bool = False
    resolve: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether it changes something: then it is recorded before the upstream is asked."""
        return self.act in {Act.WRITE, Act.DELETE, Act.ADMINISTER}


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood in a body: whom it shows, and of which classes."""

    patients: frozenset[PatientId] = frozenset()
    classes: frozenset[str] = frozenset()

    def __or__(self, other: Seen) -> Seen:
        """Return both together."""
        return Seen(self.patients | other.patients, self.classes | other.classes)


class Unreadable(Exception):  # noqa: N818 (a body's state; it never leaves the gate)
    """A body that cannot be looked into: nothing of it may pass.

    Attributes:
        why: Message id, for instance ``gate.not_json``.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Adapter(Protocol):
    """One kind of system. Pure: nothing here asks the network or keeps a state."""

    def ask(self, head: Head, body: bytes) -> Question:
        """Return what the request asks.

        Raises:
            Unreadable: It cannot be told; the request is refused.
        """

    def look(self, content_type: str, body: bytes) -> Seen:
        """Return whom an answer (or a request's body) shows.

        Raises:
            Unreadable: It cannot be looked into; nothing of it leaves.
        """

    def who_is(self, patient: PatientId) -> str | None:
        """Return the upstream's address that tells the hospital's own number of `patient`.

        None where the id is that number, or no address tells it.
        """

    def numbers(self, body: bytes) -> Mapping[str, str]:
        """Return the hospital's number by the system's own id, as an answer tells it.

        Raises:
            Unreadable: The answer cannot be read.
        """

    def refusal(self, status: int, message: str, say: Callable[[str], str]) -> tuple[str, bytes]:
        """Return content type and body of a refusal in this system's own form."""


Resolve = Callable[[str], Awaitable[Seen]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the upstream said: status, headers that may pass, whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    content_type: str = field(default="")
