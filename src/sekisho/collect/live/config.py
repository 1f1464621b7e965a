"""`collect.toml`: where Sekisho listens for other systems' logs, and what it watches.

Without the file nothing listens. A mistake stops the start and names the line and the mend;
nothing is ignored.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sekisho.collect.mapping import Mapping
from sekisho.collect.recognise import KINDS
from sekisho.errors import InvalidInputError

FILE = "collect.toml"
BEFORE_SYSTEM = "collect:"
"""Begins the name of a way in where the names of systems behind the gate stand too."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,23}")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Wrong = Callable[[str, str], InvalidInputError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door(ABC):
    """One listener.

    Attributes:
        name: Short, in records and pages.
        authority: Certificates of those who vouch for senders; then TLS asks for one.
        names: Names of senders' certificates that are let in; empty: all that `authority` names.
        networks: Addresses that are let in; empty: all.
        source: Name of the source; None: told from each message.
        zone: Zone of naive times; None: the institution's.
    """

    name: str
    host: str
    port: int
    certificate: Path | None = None
    private_key: Path | None = None
    authority: Path | None = None
    names: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    source: str | None = None
    zone: str | None = None

    @property
    @abstractmethod
    def path(self) -> str:
        """Return how the listener is called where files have their path."""

    def lets_in(self, address: str) -> bool:
        """Return whether a sender at `address` may speak."""
        if not self.networks:
            return True
        try:
            at = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(at, ipaddress.IPv6Address) and at.ipv4_mapped is not None:
            at = at.ipv4_mapped
        return any(at in network for network in self.networks)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogDoor(Door):
    """A listener for syslog.

    Attributes:
        transport: ``tls`` (RFC 5425), ``tcp`` (RFC 6587) or ``udp`` (RFC 5426).
    """

    transport: str

    @property
    def path(self) -> str:
        """Return how the listener is called where files have their path."""
        return f"syslog-{self.transport}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FhirDoor(Door):
    """A listener for AuditEvents; who sends shows a certificate, or else a token."""

    @property
    def path(self) -> str:
        """Return how the listener is called where files have their path."""
        return f"fhir:{self.name}"

    @property
    def system(self) -> str:
        """Return the name by which service accounts are bound to it."""
        return f"{BEFORE_SYSTEM}{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MllpDoor(Door):
    """A listener for HL7 v2 messages of care: ADT, SIU, orders, results."""

    @property
    def path(self) -> str:
        """Return how the listener is called where files have their path."""
        return f"mllp:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderWatch:
    """A folder whose files are read as they appear.

    Attributes:
        format: ``auto`` or a kind of file.
        mapping: How to read CSV; None: proposed by `sniff` where it is confident.
        settle: Seconds for which size and time of a file stand still before it is read.
    """

    name: str
    path: Path
    source: str | None = None
    zone: str | None = None
    format: str = "auto"
    mapping: Mapping | None = None
    settle: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TailWatch:
    """A log that grows.

    Attributes:
        format: ``syslog``, ``hostlog``, ``fhir`` (NDJSON) or ``csv``; CSV asks for a `mapping`.
    """

    name: str
    path: Path
    source: str | None = None
    zone: str | None = None
    format: str = "syslog"
    mapping: Mapping | None = None

    @property
    def label(self) -> str:
        """Return how the log is called where files have their path."""
        return f"tail:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectConfig:
    """Everything that comes by itself."""

    syslog: tuple[SyslogDoor, ...] = ()
    fhir: tuple[FhirDoor, ...] = ()
    mllp: tuple[MllpDoor, ...] = ()
    folder: tuple[FolderWatch, ...] = ()
    tail: tuple[TailWatch, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything is to be done."""
        return any((self.syslog, self.fhir, self.mllp, self.folder, self.tail))


_DOOR = {
    "host": str, "port": int, "certificate": str, "private_key": str, "authority": str,
    "names": list, "networks": list, "source": str, "zone": str,
}  # fmt: skip
_FOLDER = {
    "path": str, "source": str, "zone": str, "format": str, "map": str, "settle": int,
}  # fmt: skip
_TAIL = {"path": str, "source": str, "zone": str, "format": str, "map": str}
_SYSLOG = {"transport": str, **_DOOR}
_FILES = ("certificate", "private_key", "authority")
_PORTS = {"tls": 6514, "tcp": 5514, "udp": 5514}
"""RFC 5425's; RFC 6587's 601 and RFC 5426's 514 are below 1024 and asked for by name."""


def read_config(data: Path) -> CollectConfig:
    """Return what the data directory's `collect.toml` says; nothing where there is none.

    Raises:
        InvalidInputError: Something is wrong; ``line`` and ``mend`` say where and what to do.
    """
    path = data / FILE
    if not path.exists():
        return CollectConfig()
    try:
        text = path.read_text(encoding="utf-8")
        tree = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError("app.config.unreadable", file=FILE) from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise InvalidInputError("app.config.not_toml", file=FILE, line=line) from error

    def wrong(key: str, mend: str) -> InvalidInputError:
        return InvalidInputError(
            "app.config.wrong", file=FILE, key=key, line=_line(text, key), mend_id=mend
        )

    for key in tree:
        if key not in _KINDS:
            raise wrong(key, "collect.config.mend_key")
    return CollectConfig(
        **{
            kind: tuple(
                make(name, _table(name, table, keys, wrong), data, wrong)
                for name, table in _named(tree.get(kind, {}), kind, wrong)
            )
            for kind, (keys, make) in _KINDS.items()
        }
    )


def _named(tree: Any, kind: str, wrong: Wrong) -> list[tuple[str, Any]]:
    if not isinstance(tree, dict):
        raise wrong(kind, "collect.config.mend_name")
    return list(tree.items())


def _table(name: str, table: Any, keys: MappingOf[str, type], wrong: Wrong) -> dict[str, Any]:
    if not isinstance(table, dict) or not _NAME.fullmatch(name):
        raise wrong(name, "collect.config.mend_name")
    for key, value in table.items():
        if key not in keys:
            raise wrong(key, "collect.config.mend_key")
        if type(value) is not keys[key]:
            raise wrong(key, "collect.config.mend_kind")
    if "zone" in table:
        try:
            ZoneInfo(table["zone"])
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise wrong("zone", "app.config.mend_zone") from error
    if not 0 < len(table.get("source", name).strip()) <= 100:
        raise wrong("source", "collect.config.mend_source")
    return table


def _syslog(name: str, table: dict[str, Any], data: Path, wrong: Wrong) -> SyslogDoor:
    transport = table.get("transport", "tls")
    if transport not in _PORTS:
        raise wrong("transport", "collect.config.mend_transport")
    common = _door(name, table, _PORTS[transport], data, wrong)
    if (transport == "tls") != all(key in table for key in _FILES):
        raise wrong("transport", "collect.config.mend_tls")
    if transport != "tls" and not common["networks"] and not _loopback(common["host"]):
        # Nothing but the address says who sent it.
        raise wrong("transport", "collect.config.mend_networks")
    return SyslogDoor(transport=transport, **common)


def _fhir(name: str, table: dict[str, Any], data: Path, wrong: Wrong) -> FhirDoor:
    common = _door(name, table, 8443, data, wrong)
    if ("certificate" in table) != ("private_key" in table) or (
        "authority" in table and "certificate" not in table
    ):
        raise wrong("certificate", "app.config.mend_certificate")
    if "certificate" not in table and not _loopback(common["host"]):
        raise wrong("host", "app.config.mend_loopback")
    return FhirDoor(**common)


def _mllp(name: str, table: dict[str, Any], data: Path, wrong: Wrong) -> MllpDoor:
    common = _door(name, table, 2575, data, wrong)
    if ("certificate" in table) != ("private_key" in table) or (
        "authority" in table and "certificate" not in table
    ):
        raise wrong("certificate", "app.config.mend_certificate")
    if "authority" not in table and not common["networks"] and not _loopback(common["host"]):
        # Nothing but the address says who sent it.
        raise wrong("networks", "collect.config.mend_mllp")
    return MllpDoor(**common)


def _door(name: str, table: dict[str, Any], port: int, data: Path, wrong: Wrong) -> dict[str, Any]:
    """Return what every listener has."""
    names = table.get("names", [])
    if not all(isinstance(one, str) for one in names) or (names and "authority" not in table):
        raise wrong("names", "collect.config.mend_names")
    host = table.get("host", "127.0.0.1")
    try:
        ipaddress.ip_address(host)
    except ValueError as error:
        raise wrong("host", "app.config.mend_host") from error
    try:
        networks = tuple(ipaddress.ip_network(value) for value in table.get("networks", []))
    except ValueError as error:
        raise wrong("networks", "collect.config.mend_network") from error
    port = int(table.get("port", port))
    if not 0 < port <= 65535:
        raise wrong("port", "app.config.mend_port")
    return {
        "name": name,
        "host": host,
        "port": port,
        "names": tuple(one.casefold() for one in names),
        "networks": networks,
        "source": table.get("source"),
        "zone": table.get("zone"),
        **_files(table, data, wrong),
    }


def _folder(name: str, table: dict[str, Any], data: Path, wrong: Wrong) -> FolderWatch:
    if not table.get("path"):
        raise wrong(name, "collect.config.mend_path")
    if not 1 <= table.get("settle", 10) <= 3600:
        raise wrong("settle", "collect.config.mend_settle")
    if table.get("format", "auto") not in {"auto", *KINDS}:
        raise wrong("format", "collect.config.mend_format")
    return FolderWatch(
        name=name,
        path=(data / table["path"]).absolute(),
        source=table.get("source"),
        zone=table.get("zone"),
        format=table.get("format", "auto"),
        mapping=_map(table, data, wrong),
        settle=table.get("settle", 10),
    )


def _tail(name: str, table: dict[str, Any], data: Path, wrong: Wrong) -> TailWatch:
    if not table.get("path"):
        raise wrong(name, "collect.config.mend_path")
    format_ = table.get("format", "syslog")
    if format_ not in {"syslog", "hostlog", "fhir", "csv"}:
        raise wrong("format", "collect.config.mend_tail")
    mapping = _map(table, data, wrong)
    if (format_ == "csv") != (mapping is not None):
        raise wrong("format", "collect.config.mend_tail")
    return TailWatch(
        name=name,
        path=(data / table["path"]).absolute(),
        source=table.get("source"),
        zone=table.get("zone"),
        format=format_,
        mapping=mapping,
    )


def _map(table: dict[str, Any], data: Path, wrong: Wrong) -> Mapping | None:
    if "map" not in table:
        return None
    try:
        return Mapping.from_toml((data / table["map"]).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, InvalidInputError) as error:
        raise wrong("map", "collect.config.mend_map") from error


def _loopback(host: str) -> bool:
    return ipaddress.ip_address(host).is_loopback


def _files(table: dict[str, Any], data: Path, wrong: Wrong) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for key in _FILES:
        if key in table:
            found[key] = (data / table[key]).absolute()
            if not found[key].is_file():
                raise wrong(key, "collect.config.mend_file")
    return found


_KINDS: MappingOf[str, tuple[MappingOf[str, type], Callable[..., Any]]] = {
    "syslog": (_SYSLOG, _syslog),
    "fhir": (_DOOR, _fhir),
    "mllp": (_DOOR, _mllp),
    "folder": (_FOLDER, _folder),
    "tail": (_TAIL, _tail),
}


def _line(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"\s*\[?\s*\"?(?:[a-z]+\.)?{re.escape(key)}\b", line):
            return number
    return 1
