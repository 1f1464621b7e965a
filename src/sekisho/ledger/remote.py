"""The recorder from another machine: over TLS with a certificate on both sides, records only.

What is said is what `wire` says. The recorder stays one: whoever is elsewhere can hand records
over and ask how many there are; it seals, changes its key and erases for its own machine alone.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from sekisho.errors import UnavailableError
from sekisho.ledger import wire

HANDSHAKE = 10.0
"""Seconds in which a caller must have shown its certificate."""
CALLERS = 64
"""Connections from elsewhere at most; one more is hung up at once."""
MAY = frozenset({"append", "size"})
"""What a caller from elsewhere may ask."""
_KEEPALIVE = (
    (socket.TCP_KEEPIDLE, 15),
    (socket.TCP_KEEPINTVL, 5),
    (socket.TCP_KEEPCNT, 3),
    (socket.TCP_USER_TIMEOUT, 30_000),
)
_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
_LOG = logging.getLogger(__name__)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Refusal = Callable[[bytes], str | None]
"""Gives the message id of why a certificate (DER) is not taken now, None where it is."""
Refused = Callable[[str, str, bytes | None], None]
"""Told of a caller that was refused: its address, a message id, its certificate if it had one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where the recorder of this institution listens, seen from another machine.

    Attributes:
        name: That its certificate must bear.
        context: Shows this machine's certificate and takes the recorder's.
        patience: Seconds after which a recorder that does not answer is gone.
    """

    host: str
    port: int
    name: str
    context: ssl.SSLContext
    patience: float = 10.0

    def connect(self, timeout: float) -> ssl.SSLSocket:
        """Return a connection that gives up after `timeout` seconds.

        Raises:
            OSError: There is none to be had.
        """
        plain = socket.create_connection((self.host, self.port), self.patience)
        try:
            _keep_alive(plain)
            line = self.context.wrap_socket(plain, server_hostname=self.name)
        except BaseException:
            plain.close()
            raise
        line.settimeout(timeout)
        return line

    async def open(self) -> Streams:
        """Return a connection for asyncio.

        Raises:
            OSError: There is none to be had.
        """
        reader, writer = await asyncio.open_connection(
            self.host,
            self.port,
            ssl=self.context,
            server_hostname=self.name,
            ssl_handshake_timeout=self.patience,
        )
        _keep_alive(writer.get_extra_info("socket"))
        return reader, writer


def gone(error: Exception) -> UnavailableError:
    """Return what a connection that failed with `error` means to who records."""
    if isinstance(error, ssl.SSLError) and not isinstance(error, _ENDED):
        said = getattr(error, "verify_message", "") or error.reason or type(error).__name__
        return UnavailableError("ledger.remote.tls", why=said)
    return UnavailableError("ledger.recorder_gone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """How the recorder listens for other machines.

    Attributes:
        context: Shows the recorder's certificate and demands one.
        refusal: Asked with the certificate when a caller comes and before each of its questions:
            a certificate may end or be revoked while its connection stands.
        refused: Told, in a thread of its own, of each caller that was refused.
        taken: Told, in a thread of its own, of the certificate of each that was not.
    """

    host: str
    port: int
    context: ssl.SSLContext
    refusal: Refusal
    refused: Refused
    taken: Callable[[bytes], None]


@dataclass(slots=True)
class Caller:
    """One connection from elsewhere, whose certificate was taken when it came."""

    address: str
    certificate: bytes
    listen: Listen = field(repr=False)

    async def is_welcome(self, writer: asyncio.StreamWriter) -> bool:
        """Return whether its certificate is good now; else it was told, and so was the recorder."""
        wrong = self.listen.refusal(self.certificate)
        if wrong is None:
            return True
        writer.write(wire.frame(wire.failure(UnavailableError(wrong))))
        await writer.drain()
        await _tell(self.listen, self.address, wrong, self.certificate)
        return False


async def admit(listen: Listen, writer: asyncio.StreamWriter) -> Caller | None:
    """Return who calls, once its certificate was shown and taken; None where it was refused.

    Raises:
        OSError: It hung up.
    """
    address = str((writer.get_extra_info("peername") or "?")[0])
    _keep_alive(writer.get_extra_info("socket"))
    try:
        await writer.start_tls(listen.context, ssl_handshake_timeout=HANDSHAKE)
    except ssl.SSLError as error:
        if not isinstance(error, _ENDED):
            await _tell(listen, address, _why(error), None)
        return None
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    assert shown, "the context demands one"
    caller = Caller(address, shown, listen)
    if not await caller.is_welcome(writer):
        return None
    await asyncio.to_thread(listen.taken, shown)
    return caller


def _why(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        expired = error.verify_code in {9, 10}  # X509_V_ERR_CERT_NOT_YET_VALID, _HAS_EXPIRED
        return "ledger.remote.ended" if expired else "ledger.remote.foreign"
    if "ALERT" in (error.reason or ""):
        return "ledger.remote.distrusts"
    return "ledger.remote.none_shown"


async def _tell(listen: Listen, address: str, wrong: str, certificate: bytes | None) -> None:
    _LOG.warning("refused %s: %s", address, wrong)
    await asyncio.to_thread(listen.refused, address, wrong, certificate)


def _keep_alive(line: socket.socket) -> None:
    """Let the kernel notice a machine or a cable that is gone."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        line.setsockopt(socket.IPPROTO_TCP, option, value)
