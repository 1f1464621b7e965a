"""Addresses of browsers: by what they are counted, whose they are, and what an edge saw."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from aiohttp import web

R = TypeVar("R", bound="web.BaseRequest")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_ANYWHERE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


@lru_cache(maxsize=4096)
def networks_of(address: str | None) -> tuple[str, str] | None:
    """Return the network one customer has (/32, /64) and the one around it (/24, /48).

    None where `address` is none.
    """
    try:
        known = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    near, wide = (32, 24) if known.version == 4 else (64, 48)
    return (
        str(ipaddress.ip_network((known, near), strict=False)),
        str(ipaddress.ip_network((known, wide), strict=False)),
    )


def within(address: str | None, networks: Sequence[Network]) -> bool:
    """Return whether `address` is one, and of one of `networks`."""
    known = _known(address)
    return known is not None and any(known in network for network in networks)


@lru_cache(maxsize=4096)
def _known(address: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return what is asked for each request of an address, None where it is none."""
    try:
        return ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None


def touches(network: str, others: Sequence[Network]) -> bool:
    """Return whether `network` is of this machine, or shares an address with one of `others`."""
    known = ipaddress.ip_network(network)
    # An IPv6 customer's /64 holds ::1 where it is this machine's.
    here = known.is_loopback or known == ipaddress.ip_network("::/64")
    return here or any(known.version == one.version and known.overlaps(one) for one in others)


def behind_edge(request: R, edges: Sequence[Network]) -> R:
    """Return the request with the address that our own edge saw; no other's word counts."""
    if not edges or not within(request.remote, edges):
        return request
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return cast("R", request.clone(remote=told)) if within(told, _ANYWHERE) else request
