"""Whose is it? The gate's own cached read, where a request names no patient."""

from __future__ import annotations

import time

from sekisho.gate.config import Route
from sekisho.gate.forward import Spool, Upstream
from sekisho.gate.interface import UNKNOWN_PATIENT, Adapter, Head, Seen, Unreadable
from sekisho.terms import PatientId

HEADERS = {
    "Accept": "application/fhir+json, application/dicom+json, application/json",
    "Accept-Encoding": "identity",
}
FRESH = 30.0
"""Seconds; what a resource says of its patient changes rarely, and a write forgets it."""
STABLE = 600.0
"""Seconds; a patient's number changes when records are joined."""
MOST = 50_000
NOBODY = Seen(frozenset(), frozenset({UNKNOWN_PATIENT}))


class Resolver:
    """Reads the upstream for one route of one worker."""

    def __init__(self, route: Route, adapter: Adapter, upstream: Upstream) -> None:
        self._route = route
        self._adapter = adapter
        self._upstream = upstream
        self._seen: dict[str, tuple[float, Seen]] = {}
        self._numbers: dict[str, tuple[float, str | None]] = {}

    async def resolve(self, way: str) -> Seen:
        """Return whom the resource at `way` concerns; unresolved is the unknown patient.

        Raises:
            UnavailableError: The upstream cannot be asked.
        """
        kept = self._seen.get(way)
        if kept is not None and time.monotonic() - kept[0] < FRESH:
            return kept[1]
        status, kind, body = await self._ask(way)
        try:
            # What is not there concerns nobody yet: it is about to be made.
            nothing = Seen() if status in {404, 410} else NOBODY
            found = nothing if body is None else self._adapter.look(kind, body)
        except Unreadable:
            found = NOBODY
        if body is not None and not found.patients and not found.classes:
            found = NOBODY
        if len(self._seen) >= MOST:
            self._seen.clear()
        self._seen[way] = (time.monotonic(), found)
        return found

    async def named(self, seen: Seen) -> Seen:
        """Return `seen` with the hospital's own numbers, where the system has ids of its own.

        A patient whose number is not told keeps the system's id: no care is tied to that.

        Raises:
            UnavailableError: The upstream cannot be asked.
        """
        if not seen.patients:
            return seen
        patients = []
        for patient in seen.patients:
            way = self._adapter.who_is(patient)
            number = None if way is None else await self._number(patient.id, way)
            patients.append(patient if number is None else PatientId(number))
        return Seen(frozenset(patients), seen.classes)

    async def _number(self, own: str, way: str) -> str | None:
        kept = self._numbers.get(own)
        if kept is not None and time.monotonic() - kept[0] < STABLE:
            return kept[1]
        _, _, body = await self._ask(way)
        try:
            number = None if body is None else self._adapter.numbers(body).get(own)
        except Unreadable:
            number = None
        if len(self._numbers) >= MOST:
            self._numbers.clear()
        self._numbers[own] = (time.monotonic(), number)
        return number

    async def _ask(self, way: str) -> tuple[int, str, bytes | None]:
        """Return status, kind and body of the upstream's answer, None where there is none to look at."""
        path, _, query = way.partition("?")
        head = Head(method="GET", path=path, parts=(), query=query)
        answer = await self._upstream.send(head, HEADERS, b"")
        spool = Spool()
        try:
            await spool.fill(answer, self._route.cap)
            whole = answer.status == 200 and spool.whole
            kind = answer.headers.get("Content-Type", "")
            return answer.status, kind, spool.read() if whole else None
        finally:
            spool.close()
            answer.release()

    def forget(self) -> None:
        """Read everything anew: something was written."""
        self._seen.clear()
        self._numbers.clear()
