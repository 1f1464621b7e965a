"""`gate.toml`: where the gate listens, and one table for each protected system.

Without the file there is no gate. A mistake stops the start and names the line and
the mend; nothing is ignored.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sekisho.errors import InvalidInputError

FILE = "gate.toml"
CAP = 8 << 20
"""Bytes of an answer that are looked into; past it nothing leaves (house.md section 3)."""
ADAPTERS = ("fhir", "dicomweb", "web")
IDLE = dt.timedelta(minutes=15)
"""Nobody may be laxer (`sekisho.identity.records.Settings`)."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_OWN_BASE = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One protected system.

    Attributes:
        name: Short, in records and pages: ``pacs``.
        origin: What people type; a host of its own, never a path prefix.
        upstream: The system's own address, without a path.
        adapter: What kind of system it is: ``fhir``, ``dicomweb`` or ``web``.
        base: Path below which the adapter's standard begins.
        own_base: What a FHIR server calls its own base where that is neither of the above: a
            patient's absolute address below it is of this server.
        class_: Information class of what the adapter cannot tell closer.
        highest: Class that must be permitted before something too large to look into streams.
        patient_system: FHIR identifier system of this hospital's patient numbers.
        map: Route map of a ``web`` system.
        cap: Bytes looked into.
        sources: Networks it may be used from; empty: from anywhere.
        idle: A session ends here when nothing was asked anywhere for so long.
        bar: At a listed terminal the system is shown under a bar with 交代 and サインアウト.
        launch: Page that the EMR opens, with ``{patient}`` in it.
        unscanned: ``refuse`` or ``pass``: what becomes of an upload that the scanner could
            not look into; either is recorded, and neither is called clean.
        bulk: Address at the edge under which it fetches this system's bulk bytes itself
            (``X-Accel-Redirect``, packaging/edge/nginx.conf); empty: the gate carries them.
    """

    name: str
    origin: str
    upstream: str
    adapter: str
    base: str = ""
    own_base: str = ""
    class_: str = "general"
    highest: str = "general"
    patient_system: str | None = None
    map: Path | None = None
    cap: int = CAP
    sources: tuple[Network, ...] = ()
    unscanned: str = "refuse"
    idle: dt.timedelta = IDLE
    bar: bool = True
    launch: str = "/"
    bulk: str = ""

    @property
    def host(self) -> str:
        """Return host and port as a browser sends them."""
        return urlsplit(self.origin).netloc


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """The listener of devices that show a certificate.

    Attributes:
        authorities: PEM file of the authorities that issue the devices' certificates.
        revoked: PEM or DER file of their lists of revoked certificates (CRL), all of them.
    """

    host: str
    port: int
    authorities: Path
    revoked: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Emr:
    """A system from which viewers are opened (`sekisho.gate.launch`).

    Attributes:
        routes: Systems it may open; empty: all.
        terminals: Where its word is taken without a ticket; empty: nowhere.
        by: Staff id of who ordered that, and `until`, the last day of it.
    """

    name: str
    routes: tuple[str, ...] = ()
    terminals: tuple[Network, ...] = ()
    by: str = ""
    until: dt.date | None = None

    def serves(self, route: str) -> bool:
        """Return whether it may open `route`."""
        return not self.routes or route in self.routes

    def asserts(self, address: str | None, today: dt.date) -> bool:
        """Return whether its word is taken from `address` today."""
        if self.until is None or today > self.until:
            return False
        try:
            known = ipaddress.ip_address((address or "").partition("%")[0])
        except ValueError:
            return False
        mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
        return any((mapped or known) in network for network in self.terminals)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """What an operator set for the gate.

    Attributes:
        workers: Processes; each serves every route. None where the gate is on another machine.
        edges: Addresses of an edge proxy whose ``X-Forwarded-For`` is believed.
        hours: Start and end of the working day, minutes from midnight.
        second: A folder on another disk, where requests are kept while the ledger cannot be
            written (emergency operation).
        clients: A second listener, for devices by certificate; None where there is none.
    """

    host: str = "127.0.0.1"
    port: int = 8701
    workers: int = 1
    certificate: Path | None = None
    private_key: Path | None = None
    edges: tuple[Network, ...] = ()
    hours: tuple[int, int] = (510, 1035)
    second: Path | None = None
    clients: Clients | None = None
    routes: tuple[Route, ...] = field(default=())
    emrs: tuple[Emr, ...] = field(default=())

    def by_host(self) -> Mapping[str, Route]:
        """Return the routes by the host that is asked for, on either listener, lower case."""
        hosts = {route.host.casefold(): route for route in self.routes}
        if self.clients is not None:
            port = "" if self.clients.port == 443 else f":{self.clients.port}"
            for route in self.routes:
                name = urlsplit(route.origin).hostname or ""
                hosts.setdefault(f"{name.casefold()}{port}", route)
        return hosts


_GATE = {
    "host": str, "port": int, "workers": int, "certificate": str, "private_key": str,
    "edges": list, "hours": str, "second": str,
}  # fmt: skip
_CLIENTS = {"host": str, "port": int, "authorities": str, "revoked": str}
_ROUTE = {
    "origin": str, "upstream": str, "adapter": str, "base": str, "own_base": str, "class": str,
    "highest": str, "patient_system": str, "map": str, "cap": int, "sources": list,
    "unscanned": str, "idle": int, "bar": bool, "launch": str, "bulk": str,
}  # fmt: skip
_EMR = {"routes": list, "terminals": list, "by": str, "until": dt.date}
Wrong = Callable[[str, str], InvalidInputError]


def read_gate(data: Path) -> GateConfig | None:
    """Return the gate's configuration in the data directory, None where there is no gate.

    Raises:
        InvalidInputError: Something is wrong; ``line`` and ``mend`` say where and what to do.
    """
    path = data / FILE
    if not path.exists():
        return None
    try:
        text = path.read_text(encoding="utf-8")
        tree = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError("app.config.unreadable", file=FILE) from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise InvalidInputError("app.config.not_toml", file=FILE, line=line) from error

    wrong = _wrong(text)
    for key in tree:
        if key not in {"gate", "clients", "route", "emr"}:
            raise wrong(key, "gate.config.mend_key")
    gate = _table(tree.get("gate", {}), _GATE, wrong)
    config = GateConfig(
        host=gate.get("host", "127.0.0.1"),
        port=gate.get("port", 8701),
        workers=gate.get("workers", 1),
        certificate=_file(gate.get("certificate"), data),
        private_key=_file(gate.get("private_key"), data),
        edges=_networks(gate.get("edges", []), "edges", wrong),
        hours=_hours(gate.get("hours", "08:30-17:15"), wrong),
        second=_file(gate.get("second"), data),
        clients=_clients(tree.get("clients"), gate.get("host", "127.0.0.1"), data, wrong),
        routes=tuple(
            _route(name, _table(table, _ROUTE, wrong), data, wrong)
            for name, table in _routes(tree.get("route", {}), wrong)
        ),
        emrs=tuple(
            _emr(name, _table(table, _EMR, wrong), wrong)
            for name, table in _routes(tree.get("emr", {}), wrong)
        ),
    )
    _check(config, wrong)
    return config


def wrong_key(data: Path, key: str, mend: str) -> InvalidInputError:
    """Return the error that names the line of `key` in the configuration, and its mend."""
    return _wrong((data / FILE).read_text(encoding="utf-8"))(key, mend)


def _wrong(text: str) -> Wrong:
    def wrong(key: str, mend: str) -> InvalidInputError:
        return InvalidInputError(
            "app.config.wrong", file=FILE, key=key, line=_line(text, key), mend_id=mend
        )

    return wrong


def _clients(tree: Any, host: str, data: Path, wrong: Wrong) -> Clients | None:
    if tree is None:
        return None
    table = _table(tree, _CLIENTS, wrong)
    for key in ("port", "authorities", "revoked"):
        if key not in table:
            raise wrong("clients", "gate.config.mend_clients")
    return Clients(
        host=table.get("host", host),
        port=table["port"],
        authorities=(data / table["authorities"]).absolute(),
        revoked=(data / table["revoked"]).absolute(),
    )


def _routes(tree: Any, wrong: Wrong) -> list[tuple[str, Any]]:
    if not isinstance(tree, dict):
        raise wrong("route", "gate.config.mend_route")
    return list(tree.items())


def _table(table: Any, keys: Mapping[str, type], wrong: Wrong) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise wrong("gate", "gate.config.mend_key")
    for key, value in table.items():
        if key not in keys:
            raise wrong(key, "gate.config.mend_key")
        if type(value) is not keys[key]:
            raise wrong(key, "gate.config.mend_kind")
    return table


def _route(name: str, table: dict[str, Any], data: Path, wrong: Wrong) -> Route:
    if not _NAME.fullmatch(name):
        raise wrong(name, "gate.config.mend_name")
    for key in ("origin", "upstream", "adapter"):
        if key not in table:
            raise InvalidInputError("gate.config.missing", route=name, key=key, file=FILE)
    origin, upstream = urlsplit(table["origin"]), urlsplit(table["upstream"])
    local = origin.hostname == "localhost" or (origin.hostname or "").endswith(".localhost")
    if (
        not (origin.scheme == "https" or (origin.scheme == "http" and local))
        or not origin.hostname
        or origin.path
        or re.fullmatch(r"[\d.]+|.*:.*", origin.hostname)
    ):
        raise wrong("origin", "gate.config.mend_origin")
    if upstream.scheme not in {"http", "https"} or not upstream.hostname or upstream.path:
        raise wrong("upstream", "gate.config.mend_upstream")
    if table["adapter"] not in ADAPTERS:
        raise wrong("adapter", "gate.config.mend_adapter")
    if table.get("unscanned", "refuse") not in {"refuse", "pass"}:
        raise wrong("unscanned", "gate.config.mend_unscanned")
    if not re.fullmatch(r"(/([A-Za-z0-9_-]+/)+)?", table.get("bulk", "")):
        raise wrong("bulk", "gate.config.mend_bulk")
    base = table.get("base", "")
    if base and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", base):
        raise wrong("base", "gate.config.mend_base")
    if (table["adapter"] == "web") != ("map" in table):
        raise wrong("map" if "map" in table else "adapter", "gate.config.mend_map")
    own_base = table.get("own_base", "")
    if own_base and not (table["adapter"] == "fhir" and _OWN_BASE.fullmatch(own_base)):
        raise wrong("own_base", "gate.config.mend_own_base")
    return Route(
        name=name,
        origin=table["origin"],
        upstream=table["upstream"],
        adapter=table["adapter"],
        base=base,
        own_base=own_base,
        class_=table.get("class", "general"),
        highest=table.get("highest", table.get("class", "general")),
        patient_system=table.get("patient_system"),
        map=_file(table.get("map"), data),
        cap=table.get("cap", CAP),
        sources=_networks(table.get("sources", []), "sources", wrong),
        unscanned=table.get("unscanned", "refuse"),
        bulk=table.get("bulk", ""),
        idle=_idle(table.get("idle", 15), wrong),
        bar=table.get("bar", True),
        launch=_launch(table.get("launch", "/"), wrong),
    )


def _idle(minutes: int, wrong: Wrong) -> dt.timedelta:
    if not 1 <= minutes <= 15:
        raise wrong("idle", "gate.config.mend_idle")
    return dt.timedelta(minutes=minutes)


def _launch(page: str, wrong: Wrong) -> str:
    plain = page.replace("{patient}", "")
    if not re.fullmatch(r"/(?![/\\])[A-Za-z0-9._~/?=&%+:,-]*", plain) or plain[:10] == "/.sekisho/":
        raise wrong("launch", "gate.config.mend_launch")
    return page


def _emr(name: str, table: dict[str, Any], wrong: Wrong) -> Emr:
    if not _NAME.fullmatch(name):
        raise wrong(name, "gate.config.mend_name")
    terminals = _networks(table.get("terminals", []), "terminals", wrong)
    by, until = table.get("by", "").strip(), table.get("until")
    # Taking a name without proof is a control that is off: who ordered it, and until when.
    if bool(terminals) != (bool(by) and until is not None):
        raise wrong("terminals" if terminals else "until", "gate.config.mend_asserted")
    return Emr(
        name=name,
        routes=tuple(str(route) for route in table.get("routes", [])),
        terminals=terminals,
        by=by,
        until=until,
    )


def _check(config: GateConfig, wrong: Wrong) -> None:
    if not 0 <= config.port <= 65535:
        raise wrong("port", "app.config.mend_port")
    if not 0 <= config.workers <= 64:
        raise wrong("workers", "gate.config.mend_workers")
    try:
        loopback = ipaddress.ip_address(config.host).is_loopback
    except ValueError as error:
        raise wrong("host", "app.config.mend_host") from error
    if (config.certificate is None) != (config.private_key is None):
        raise wrong("certificate", "app.config.mend_certificate")
    for file in (config.certificate, config.private_key):
        if file is not None and not file.is_file():
            raise wrong("certificate", "app.config.mend_certificate")
    if config.clients is not None:
        _check_clients(config, config.clients, wrong)
    if not loopback and config.certificate is None:
        raise wrong("host", "app.config.mend_loopback")
    if config.second is not None and not config.second.is_dir():
        raise wrong("second", "gate.config.mend_second")
    for route in config.routes:
        if route.map is not None and not route.map.is_file():
            raise wrong("map", "gate.config.mend_map")
        if route.bulk and not config.edges:
            raise wrong("bulk", "gate.config.mend_bulk")
        if not 1024 <= route.cap <= 1 << 30:
            raise wrong("cap", "gate.config.mend_cap")
    names = {route.name for route in config.routes}
    if any(set(emr.routes) - names for emr in config.emrs):
        raise wrong("routes", "gate.config.mend_emr_routes")
    hosts = [route.host.casefold() for route in config.routes]
    if len(set(hosts)) != len(hosts):
        raise wrong("origin", "gate.config.mend_same_origin")


def _check_clients(config: GateConfig, clients: Clients, wrong: Wrong) -> None:
    try:
        ipaddress.ip_address(clients.host)
    except ValueError as error:
        raise wrong("clients", "app.config.mend_host") from error
    if config.certificate is None:
        raise wrong("clients", "gate.config.mend_clients_tls")
    if not 0 < clients.port <= 65535:
        raise wrong("clients", "app.config.mend_port")
    if clients.port == config.port:
        raise wrong("clients", "gate.config.mend_clients_port")


def _networks(values: list[Any], key: str, wrong: Wrong) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(value) for value in values)
    except ValueError as error:
        raise wrong(key, "gate.config.mend_network") from error


def _hours(text: str, wrong: Wrong) -> tuple[int, int]:
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", text)
    if found is None:
        raise wrong("hours", "gate.config.mend_hours")
    a, b, c, d = map(int, found.groups())
    start, end = a * 60 + b, c * 60 + d
    if not (b < 60 and d < 60 and start < end <= 24 * 60):
        raise wrong("hours", "gate.config.mend_hours")
    return start, end


def _file(value: str | None, data: Path) -> Path | None:
    return None if value is None else (data / value).absolute()


def _line(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"\s*\[?\s*\"?(?:route\.)?{re.escape(key)}\b", line):
            return number
    return 1
