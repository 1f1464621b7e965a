"""What a device shows on the listener of its own: the certificate of its connection."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate as a request shows it.

    Attributes:
        fingerprint: SHA-256 of the whole, hex.
        names: SHA-256 of who issued it for whom, hex: a renewed certificate has the same.
        issuer: The issuer's name (DER).
    """

    fingerprint: str
    names: str
    issuer: bytes
    serial: int


def certificate_of(request: web.BaseRequest) -> bytes | None:
    """Return the certificate (DER) by which a request's connection was opened, None without one."""
    tls = request.get_extra_info("ssl_object")
    found: bytes | None = None if tls is None else tls.getpeercert(binary_form=True)
    return found
