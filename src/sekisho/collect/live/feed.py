"""FHIR feed: ``POST`` of AuditEvents, one or a Bundle (IHE ITI-20, RESTful ATNA; FHIR R4, R5).

Whoever sends shows a client certificate, or the token of a service account; nobody else is
read. An event is answered "created" when it is durable; what cannot be read is answered with
an OperationOutcome, and kept in quarantine where it is an event at all.
"""

from __future__ import annotations

import asyncio
import io
import ssl
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast

import orjson
from aiohttp import web
from msgspec import structs

from sekisho.collect.fhir import FhirReading
from sekisho.collect.interface import Bad, Item
from sekisho.collect.live.config import FhirDoor
from sekisho.collect.live.connections import CONNECTIONS, CROWDED, HANDSHAKE, STRANGER, names_of
from sekisho.collect.live.heard import Way
from sekisho.collect.live.intake import Got, Intake
from sekisho.errors import InvalidInputError
from sekisho.pages import say
from sekisho.pages.words import LANGUAGES
from sekisho.terms import Origin

LARGEST = 8 << 20
"""Bytes of one request."""
PATIENCE = 10.0
"""Seconds that a request waits for its records to be durable before it is told to come again."""
HEAD = 10.0
"""Seconds from the connection, or from the last answer, to a whole next head."""
_SLOW = 30.0
_INLINE = 1 << 16
_KINDS = {"application/fhir+json", "application/json", "text/json"}

Known = Callable[[str, str], bool]
"""Whether a token, shown from an address, belongs to an account for this way in."""


class Feed:
    """One HTTPS listener for AuditEvents."""

    def __init__(
        self,
        door: FhirDoor,
        intake: Intake,
        *,
        zone: str,
        tls: ssl.SSLContext | None,
        known: Known,
    ) -> None:
        self.door = door
        self.way = Way(door.path, "fhir", door.source, door.zone or zone)
        self._intake = intake
        self._tls = tls
        self._known = known
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: The address is taken or not ours.
        """
        app = web.Application(client_max_size=LARGEST, middlewares=[_errors])
        for base in ("", "/fhir"):
            app.router.add_post(f"{base}/AuditEvent", self._create)
            app.router.add_post(base or "/", self._batch)
        app.router.add_post("/fhir/", self._batch)
        # aiohttp waits for a head as long as for the next request of a kept connection.
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=3.0, keepalive_timeout=HEAD
        )
        await self._runner.setup()
        more: dict[str, Any] = {"ssl_handshake_timeout": HANDSHAKE} if self._tls else {}
        self._server = await asyncio.get_running_loop().create_server(
            self._connection,
            self.door.host,
            self.door.port,
            ssl=self._tls,
            reuse_address=True,
            **more,
        )

    async def stop(self) -> None:
        """Let requests end, then hang up."""
        if self._server is not None:
            self._server.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def _connection(self) -> asyncio.BaseProtocol:
        """Return what speaks on a new connection; of too many, one that hangs up."""
        server = self._runner.server if self._runner is not None else None
        if server is None or len(server.connections) >= CONNECTIONS:
            self._intake.heard.doubt(self.way, CROWDED)
            return _HungUp()
        return server()

    async def _create(self, request: web.Request) -> web.Response:
        """Take what is posted to the type: one event; a Bundle is "created" as a whole."""
        whole, items, keys = await self._take(request)
        if whole.get("resourceType") == "Bundle":
            wrong = any(isinstance(item, Bad) for item in items)
            return _json(422 if wrong else 201, _answers(items, keys))
        (item,) = items
        if isinstance(item, Bad):
            return _outcome(422, "processing", item.reason, item.args)
        headers = {"Location": f"{request.url.origin()}{request.path}/{keys[0]}"}
        return web.Response(status=201, headers=headers)

    async def _batch(self, request: web.Request) -> web.Response:
        """Take a batch: each entry is answered by itself (FHIR R4 section 3.1.0.11)."""
        _, items, keys = await self._take(request, only_bundle=True)
        return _json(200, _answers(items, keys))

    async def _take(
        self, request: web.Request, *, only_bundle: bool = False
    ) -> tuple[dict[str, Any], list[Item], list[str]]:
        """Return the resource, its events and their keys, once they are durable."""
        address = request.remote or ""
        await self._admit(request, address)
        if request.content_type.lower() not in _KINDS:
            raise _Refused(_outcome(415, "not-supported", "collect.feed_not_json"))
        try:
            async with asyncio.timeout(_SLOW):
                raw = await request.read()
        except TimeoutError:
            raise _Refused(_outcome(408, "timeout", "collect.feed_slow")) from None
        path = f"{self.way.path}/{address}"
        if len(raw) > _INLINE:
            whole, items = await asyncio.to_thread(self._read, raw, path)
        else:
            whole, items = self._read(raw, path)
        if only_bundle and whole.get("resourceType") != "Bundle":
            raise _Refused(_outcome(400, "structure", "collect.feed_no_bundle"))
        got = [Got(item, raw, "fhir") for item in items]
        try:
            async with asyncio.timeout(PATIENCE):
                done = await self._intake.put(self.way, got, size=len(raw))
                await asyncio.shield(done)
        except TimeoutError:
            # It may still become durable; sent again it is the same record.
            again = _outcome(503, "transient", "collect.feed_again")
            again.headers["Retry-After"] = "5"
            raise _Refused(again) from None
        return whole, items, [item.key for item in items]

    async def _admit(self, request: web.Request, address: str) -> None:
        if not self.door.lets_in(address):
            self._intake.heard.doubt(self.way, STRANGER)
            raise _Refused(_outcome(403, "forbidden", "collect.feed_not_from_here"))
        if self.door.authority is not None:
            certificate = request.get_extra_info("peercert") or {}
            if not self.door.names or names_of(certificate) & set(self.door.names):
                return
            self._intake.heard.doubt(self.way, STRANGER)
            raise _Refused(_outcome(403, "forbidden", "collect.feed_not_named"))
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        known = scheme.lower() == "bearer" and await asyncio.to_thread(
            self._known, token.strip(), address
        )
        if not known:
            self._intake.heard.doubt(self.way, STRANGER)
            refused = _outcome(401, "login", "collect.feed_no_account")
            refused.headers["WWW-Authenticate"] = 'Bearer realm="sekisho"'
            raise _Refused(refused)

    def _read(self, raw: bytes, path: str) -> tuple[dict[str, Any], list[Item]]:
        """Return the resource as it came, and the events in it."""
        try:
            whole = orjson.loads(raw)
        except orjson.JSONDecodeError:
            whole = None
        if not isinstance(whole, dict):
            raise _Refused(_outcome(400, "structure", "collect.feed_broken"))
        if whole.get("resourceType") not in {"AuditEvent", "Bundle"}:
            raise _Refused(_outcome(422, "invalid", "collect.event_other_kind"))
        reading = FhirReading(
            io.BytesIO(raw), path=path, source=self.door.source, zone=self.way.zone
        )
        try:
            items = [_placed(item, path) for item in reading.items()]
        except InvalidInputError as error:
            raise _Refused(_outcome(422, "invalid", error.message, error.args_)) from error
        return whole, items


class _HungUp(asyncio.Protocol):
    """Says nothing."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hang up."""
        cast("asyncio.Transport", transport).abort()


class _Refused(Exception):  # noqa: N818 (an answer, not an error of ours)
    """What is answered instead."""

    def __init__(self, answer: web.Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


@web.middleware
async def _errors(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        answer: web.StreamResponse = await handler(request)
    except _Refused as refused:
        return refused.answer
    except web.HTTPRequestEntityTooLarge:
        return _outcome(413, "too-long", "collect.feed_too_big", {"megabytes": LARGEST >> 20})
    except web.HTTPException as error:
        return _outcome(error.status, "not-supported", "collect.feed_nothing_here")
    return answer


def _placed(item: Item, path: str) -> Item:
    if isinstance(item, Bad):
        return replace(item, args={**item.args, "connection": path})
    return structs.replace(item, origin=Origin(connection=path, message=item.origin.message))


def _answers(items: list[Item], keys: list[str]) -> dict[str, Any]:
    entries = []
    for item, key in zip(items, keys, strict=True):
        if isinstance(item, Bad):
            outcome = _issue("processing", item.reason, item.args)
            entries.append({"response": {"status": _status(422), "outcome": outcome}})
        else:
            entries.append({"response": {"status": _status(201), "location": f"AuditEvent/{key}"}})
    return {"resourceType": "Bundle", "type": "batch-response", "entry": entries}


def _status(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}"


def _issue(code: str, message: str, args: Any = None) -> dict[str, Any]:
    said = " / ".join(say(language, message, **(args or {})) for language in LANGUAGES)
    issue = {"severity": "error", "code": code, "diagnostics": said}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _outcome(status: int, code: str, message: str, args: Any = None) -> web.Response:
    return _json(status, _issue(code, message, args))


def _json(status: int, body: dict[str, Any]) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/fhir+json"
    )
