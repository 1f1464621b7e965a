"""Whose is it? The gate's own cached read, where a request names no patient."""

from __future__ import annotations

import time

from multidict import CIMultiDict

from sekisho.gate.config import Route
from sekisho.gate.forward import Spool, Upstream
from sekisho.gate.interface import UNKNOWN_PATIENT, Adapter, Head, Seen, Unreadable

HEADERS = {
    "Accept": "application/fhir+json, application/dicom+json, application/json",
    "Accept-Encoding": "identity",
}
FRESH = 30.0
"""Seconds; what a resource says of its patient changes rarely, and a write forgets it."""
MOST = 50_000
NOBODY = Seen(frozenset(), frozenset({UNKNOWN_PATIENT}))


class Resolver:
    """Reads the upstream for one route of one worker."""

    def __init__(self, route: Route, adapter: Adapter, upstream: Upstream) -> None:
        self._route = route
        self._adapter = adapter
        self._upstream = upstream
        self._seen: dict[str, tuple[float, Seen]] = {}

    async def resolve(self, way: str) -> Seen:
        """Return whom the resource at `way` concerns; unresolved is the unknown patient.

        Raises:
            UnavailableError: The upstream cannot be asked.
        """
        kept = self._seen.get(way)
        if kept is not None and time.monotonic() - kept[0] < FRESH:
            return kept[1]
        path, _, query = way.partition("?")
        head = Head(method="GET", path=path, parts=(), query=query)
        answer = await self._upstream.send(head, CIMultiDict(HEADERS), None)
        spool = Spool()
        try:
            await spool.fill(answer, self._route.cap)
            found = NOBODY
            if answer.status == 200 and spool.whole:
                found = self._adapter.look(answer.headers.get("Content-Type", ""), spool.read())
        except Unreadable:
            found = NOBODY
        finally:
            spool.close()
            answer.release()
        if not found.patients and not found.classes:
            found = NOBODY
        if len(self._seen) >= MOST:
            self._seen.clear()
        self._seen[way] = (time.monotonic(), found)
        return found

    def forget(self) -> None:
        """Read everything anew: something was written."""
        self._seen.clear()
