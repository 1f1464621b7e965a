"""The gate's process: everything it is made of, put together."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import ssl
import time
from typing import TYPE_CHECKING

import uvloop
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from sekisho.app import tls
from sekisho.app.gate_lists import lists_of
from sekisho.app.installation import Installation
from sekisho.app.metrics import Keeper
from sekisho.errors import Error, InvalidInputError
from sekisho.gate.asked import Place
from sekisho.gate.callers import Callers
from sekisho.gate.config import GateConfig, Route, read_gate
from sekisho.gate.credentials import Credentials
from sekisho.gate.desk import Desk
from sekisho.gate.door import Door
from sekisho.gate.envelope import Emergency
from sekisho.gate.forward import Upstream
from sekisho.gate.guard import GuardedServer, Limits
from sekisho.gate.headers import Manner
from sekisho.gate.interface import Adapter
from sekisho.gate.known import Known
from sekisho.gate.own import Own
from sekisho.gate.record import Append, Recording
from sekisho.gate.resolve import Resolver
from sekisho.gate.tickets import gate_key
from sekisho.gate.watch import Watch
from sekisho.gate.way import Way
from sekisho.ledger import AsyncRecorder

if TYPE_CHECKING:
    from sekisho.app.gate_devices import Devices
    from sekisho.gate.revoked import Lists

_LOG = logging.getLogger(__name__)
CACHE = "gate/table"
NAME_FRESH = 5.0
BRING = 2.0


class Gate:
    """One worker of the gate."""

    def __init__(
        self, installation: Installation, config: GateConfig, append: Append | None = None
    ) -> None:
        """Make it; `append` is the recorder process's unless given."""
        self._here = installation
        self.config = config
        self._line = AsyncRecorder(installation.recorder_at)
        self._append = append or self._line.append
        self._recording = Recording(self._append)
        self._named = ("", float("-inf"))
        key = gate_key(installation.data)
        clock, database = installation.clock, installation.database
        self._credentials = Credentials(installation.data, database, clock, config.routes)
        self._watch = Watch(
            database,
            clock,
            credentials=self._credentials,
            cache=installation.data / CACHE,
            zone=installation.config.zone,
            hours=config.hours,
        )
        known = Known(database, clock, {route.origin: route.idle for route in config.routes})
        lists = lists_of(installation.data, config, clock)
        callers = Callers(known=known, watch=self._watch, lists=lists, clock=clock)
        self._devices = None if lists is None else self._listener(lists)
        self._emergency = Emergency(installation.data, config.second, clock)
        own = Own(
            database=database,
            clock=clock,
            watch=self._watch,
            known=known,
            recording=self._recording,
            emergency=self._emergency,
            sign_in=installation.config.origin,
            institution=self._institution,
            desk=self._desk(known),
            key=key,
        )
        self._places: dict[str, Place] = {}
        self._door = Door(
            config=config,
            places=self._places,
            known=known,
            callers=callers,
            recording=self._recording,
            own=own,
            emergency=self._emergency,
            clock=clock,
            watch=self._watch,
            way=Way(
                watch=self._watch,
                known=known,
                callers=callers,
                recording=self._recording,
                own=own,
                emergency=self._emergency,
                clock=clock,
                institution=self._institution,
                key=key,
                scanner=installation.config.scan,
            ),
        )
        self._counts = Keeper(installation.data, "gate", self._recording.tally)
        self._runner: web.ServerRunner | None = None
        self._bringing: asyncio.Task[None] | None = None

    def _desk(self, known: Known) -> Desk:
        """Return what lets people come and go here."""
        return Desk(
            database=self._here.database,
            clock=self._here.clock,
            data=self._here.data,
            emrs={emr.name: emr for emr in self.config.emrs},
            zone=self._here.config.zone,
            known=known,
            watch=self._watch,
            recording=self._recording,
            sign_in=self._here.config.origin,
            institution=self._institution,
        )

    async def start(self) -> None:
        """Listen."""
        places = {route.name: self._place(route) for route in self.config.routes}
        self._places.update(
            (host, places[route.name]) for host, route in self.config.by_host().items()
        )
        self._watch.start()
        self._counts.start()
        self._bringing = asyncio.create_task(self._bring_in())
        self._runner = web.ServerRunner(
            GuardedServer(self._door.handle, refuse=self._door.refuse, limits=self._limits()),
            shutdown_timeout=5.0,
        )
        await self._runner.setup()
        site = web.TCPSite(
            self._runner,
            self.config.host,
            self.config.port,
            ssl_context=self._tls(),
            reuse_port=True,
        )
        await site.start()
        if self._devices is not None:
            await self._devices.start(self._runner)

    async def stop(self) -> None:
        """Let requests end, then hang up."""
        if self._devices is not None:
            await self._devices.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        await self._door.close()
        await self._counts.stop()
        await self._watch.stop()
        if self._bringing is not None:
            self._bringing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._bringing
        for place in self._places.values():
            await place.upstream.close()
        await self._line.close()

    def _place(self, route: Route) -> Place:
        upstream, adapter = Upstream(route, self._credentials), adapter_of(route)
        return Place(
            route=route,
            adapter=adapter,
            upstream=upstream,
            resolver=Resolver(route, adapter, upstream),
            manner=Manner(outer=route.origin, inner=route.upstream),
        )

    def _listener(self, lists: Lists) -> Devices:
        from sekisho.app.gate_devices import Devices  # noqa: PLC0415 (where there are any)

        return Devices(lists, self.config, self._here.config.tls)

    async def _bring_in(self) -> None:
        """Bring what emergency operation kept into the ledger, once it can be written."""
        while True:
            await asyncio.sleep(BRING)
            try:
                await asyncio.to_thread(self._emergency.end_closed, self._here.database)
                if not self._emergency.waiting():
                    continue
                count = await self._emergency.drain(self._append, self._here.database)
                _LOG.info("emergency operation: %d records came late", count)
            except (Error, OSError, SQLAlchemyError) as error:
                _LOG.warning("the ledger still cannot be written: %s", type(error).__name__)

    def _limits(self) -> Limits:
        """Return the limits of a connection; our own edge has many, for everybody."""
        edges = (edge for edge in self.config.edges if edge.num_addresses == 1)
        return Limits(exempt=frozenset(str(edge.network_address) for edge in edges))

    def _tls(self) -> ssl.SSLContext | None:
        if self.config.certificate is None or self.config.private_key is None:
            return None
        return tls.context(self.config.certificate, self.config.private_key, self._here.config.tls)

    def _institution(self) -> str:
        name, at = self._named
        if time.monotonic() - at > NAME_FRESH:
            name = self._here.institution or ""
            self._named = (name, time.monotonic())
        return name


def adapter_of(route: Route) -> Adapter:
    """Return the adapter of a route's kind of system; only that kind is loaded."""
    if route.adapter == "fhir":
        from sekisho.gate.adapters.fhir import FhirAdapter  # noqa: PLC0415 (see above)

        return FhirAdapter(
            base=route.base,
            class_=route.class_,
            number=route.patient_system,
            servers=(route.origin, route.upstream),
            own=route.own_base,
        )
    if route.adapter == "dicomweb":
        from sekisho.gate.adapters.dicomweb import DicomwebAdapter  # noqa: PLC0415 (see above)

        return DicomwebAdapter(base=route.base, class_=route.class_)
    from sekisho.gate.adapters.web import WebAdapter, read_map  # noqa: PLC0415 (see above)

    assert route.map is not None, "read_gate demands it"
    return WebAdapter(read_map(route.map), class_=route.class_)


def serve(installation: Installation) -> None:
    """Serve the gate until SIGTERM or SIGINT.

    Raises:
        InvalidInputError: There is no gate, or its configuration is wrong.
    """
    config = read_gate(installation.data)
    if config is None or not config.routes:
        raise InvalidInputError("gate.config.none")
    uvloop.run(_run(Gate(installation, config)))


def settle() -> None:
    """Tell the collector that what is loaded stays, and that a request leaves no circles behind."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


async def _run(gate: Gate) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await gate.start()
    settle()
    try:
        await ended.wait()
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(gate.stop(), 10)
