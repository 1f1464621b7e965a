"""`collect.toml`: where Sekisho listens for other systems' logs, and what it watches.

Without the file nothing listens. A mistake stops the start and names the line and the mend;
nothing is ignored.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sekisho.errors import InvalidInputError

FILE = "collect.toml"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Wrong = Callable[[str, str], InvalidInputError]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogDoor:
    """One listener for syslog.

    Attributes:
        name: Short, in records and pages.
        transport: ``tls`` (RFC 5425), ``tcp`` (RFC 6587) or ``udp`` (RFC 5426).
        authority: Certificates of those who vouch for senders; TLS always asks for one.
        names: Names of senders' certificates that are let in; empty: all that `authority` names.
        networks: Addresses that are let in; asked for where no certificate is.
        source: Name of the source; None: told from each message.
        zone: Zone of naive times; None: the institution's.
    """

    name: str
    transport: str
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
    def path(self) -> str:
        """Return how the listener is called where files have their path."""
        return f"syslog-{self.transport}:{self.name}"

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
class CollectConfig:
    """Everything that comes by itself."""

    syslog: tuple[SyslogDoor, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything is to be done."""
        return bool(self.syslog)


_SYSLOG = {
    "transport": str, "host": str, "port": int, "certificate": str, "private_key": str,
    "authority": str, "names": list, "networks": list, "source": str, "zone": str,
}  # fmt: skip
_PORTS = {"tls": 6514, "tcp": 601, "udp": 514}


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


def _table(name: str, table: Any, keys: Mapping[str, type], wrong: Wrong) -> dict[str, Any]:
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
    files = _files(table, data, wrong)
    if (transport == "tls") != (len(files) == 3):
        raise wrong("transport", "collect.config.mend_tls")
    host, loopback = _host(table, wrong)
    networks = _networks(table, wrong)
    if transport != "tls" and not networks and not loopback:
        # Nothing but the address says who sent it.
        raise wrong("transport", "collect.config.mend_networks")
    names = table.get("names", [])
    if not all(isinstance(one, str) for one in names) or (names and transport != "tls"):
        raise wrong("names", "collect.config.mend_names")
    return SyslogDoor(
        name=name,
        transport=transport,
        host=host,
        port=_port(table, _PORTS[transport], wrong),
        names=tuple(one.casefold() for one in names),
        networks=networks,
        source=table.get("source"),
        zone=table.get("zone"),
        **files,
    )


def _files(table: dict[str, Any], data: Path, wrong: Wrong) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for key in ("certificate", "private_key", "authority"):
        if key in table:
            found[key] = (data / table[key]).absolute()
            if not found[key].is_file():
                raise wrong(key, "collect.config.mend_file")
    return found


def _host(table: dict[str, Any], wrong: Wrong) -> tuple[str, bool]:
    host = table.get("host", "127.0.0.1")
    try:
        return host, ipaddress.ip_address(host).is_loopback
    except ValueError as error:
        raise wrong("host", "app.config.mend_host") from error


def _port(table: dict[str, Any], usual: int, wrong: Wrong) -> int:
    port = int(table.get("port", usual))
    if not 0 < port <= 65535:
        raise wrong("port", "app.config.mend_port")
    return port


def _networks(table: dict[str, Any], wrong: Wrong) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(value) for value in table.get("networks", []))
    except ValueError as error:
        raise wrong("networks", "collect.config.mend_network") from error


_KINDS: Mapping[str, tuple[Mapping[str, type], Callable[..., Any]]] = {
    "syslog": (_SYSLOG, _syslog),
}


def _line(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"\s*\[?\s*\"?(?:[a-z]+\.)?{re.escape(key)}\b", line):
            return number
    return 1
