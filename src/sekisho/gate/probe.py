"""The self-test: can a protected system be reached past the gate, and does it ask who comes?

Each system's own address is tried as somebody would who knows it: a TCP connection, then HTTP
without any credential at the few paths where its kind of system shows patients. Only the status
counts; no content is kept or shown. Only GET is sent, and no path names a patient.

What is not tried is not proved: other ports, other protocols (DICOM's own), other PCs, a way
through a proxy, another day. From the gate's own machine it tells whether a system asks who
comes; whether a ward reaches it is told by the script that runs at the ward
(`sekisho.gate.probe_script`).
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

from sekisho.access import Act
from sekisho.gate.config import Route
from sekisho.gate.hostile import Hostile
from sekisho.gate.paths import canonical

CONNECT, WAIT = 5, 10
"""Seconds for a connection, and for an answer."""
ACCEPT = "application/fhir+json, application/dicom+json, application/json, */*"
LOGIN = (
    "login", "logon", "signin", "sign-in", "sign_in", "oauth", "openid", "saml",
    "/sso", "sso.", "/auth", "/cas/",
)  # fmt: skip
"""What the address of a sign-in page holds, lower case."""
MOST = 20
"""Paths tried at one system."""
_SPECIAL = re.compile(r"[\[\](){}.*+?|^$\\]")
_ESCAPED = re.compile(r"\\([./_-])")
_NOT_THERE = frozenset({404, 405, 501})


class Reached(StrEnum):
    """Whether a TCP connection came about."""

    YES = "yes"
    NO = "no"
    UNRESOLVED = "unresolved"
    """The name is not known there: nothing was tried."""


class Answer(StrEnum):
    """What the tries at one system tell."""

    UNREACHABLE = "unreachable"
    ASKS = "asks"
    """It asks for credentials: 401, 403, or the way to a sign-in page."""
    OPEN = "open"
    """It answers without asking where patients are shown."""
    UNCLEAR = "unclear"
    """It is reached, and answers otherwise: nothing is proved."""
    UNRESOLVED = "unresolved"
    ASTRAY = "astray"
    """The gate was not reached from there either: that PC shows nothing."""


@dataclass(frozen=True, slots=True)
class Try:
    """One path.

    Attributes:
        patients: Whether an answer there shows patients (FHIR's ``/metadata`` does not).
    """

    path: str
    patients: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried at one system.

    Attributes:
        address: ``scheme://host:port``, never with a user name or password.
        gate: The gate's own address of the system; empty where the gate itself tries.
    """

    system: str
    address: str
    tries: tuple[Try, ...]
    gate: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one try.

    Attributes:
        status: HTTP status; 0 where none came.
        login: Whether it sends on to a sign-in page.
    """

    path: str
    reached: Reached
    status: int = 0
    login: bool = False

    @property
    def asks(self) -> bool:
        """Whether it asks for credentials."""
        return self.status in {401, 403} or (300 <= self.status < 400 and self.login)


def plan_here(route: Route) -> Plan:
    """Return what the gate's own machine tries: the system's address as the gate has it."""
    where = urlsplit(route.upstream)
    return Plan(route.name, _address(where.scheme, where.hostname or "", where.port), _tries(route))


def plan_ward(route: Route) -> Plan | None:
    """Return what a PC of a ward tries.

    A system on the gate's own machine is tried at the gate's name and the system's port: its
    loopback address would be the PC itself. None where the gate's own name is localhost, too.
    """
    where, outer = urlsplit(route.upstream), urlsplit(route.origin)
    host = where.hostname or ""
    if _loopback(host):
        host = outer.hostname or ""
        if _loopback(host):
            return None
    address = _address(where.scheme, host, where.port)
    return Plan(route.name, address, _tries(route), gate=route.origin)


def answer_of(plan: Plan, tried: Sequence[Tried], gate: Reached | None = None) -> Answer:
    """Return what `tried` tells of a system.

    Args:
        plan: What was to be tried; `tried` has its paths.
        tried: What became of each.
        gate: Whether the gate was reached from there; None where the gate itself tried.
    """
    shows = {each.path for each in plan.tries if each.patients}
    shown = [each for each in tried if each.path in shows]
    if any(200 <= each.status < 300 for each in shown):
        return Answer.OPEN
    if not any(each.reached is Reached.YES for each in tried):
        if gate is not None and gate is not Reached.YES:
            return Answer.ASTRAY
        unresolved = any(each.reached is Reached.UNRESOLVED for each in tried)
        return Answer.UNRESOLVED if unresolved else Answer.UNREACHABLE
    sure = all(each.asks or each.status in _NOT_THERE for each in shown)
    return Answer.ASKS if sure and any(each.asks for each in tried) else Answer.UNCLEAR


def probe(plan: Plan) -> list[Tried]:
    """Return what becomes of each try from this machine; it takes half a minute at most a path."""
    return [_try(plan.address, each.path) for each in plan.tries]


def _try(address: str, path: str) -> Tried:
    where = urlsplit(address)
    host, port = where.hostname or "", where.port
    try:
        line = socket.create_connection((host, port), timeout=CONNECT)
    except socket.gaierror:
        return Tried(path, Reached.UNRESOLVED)
    except OSError:
        return Tried(path, Reached.NO)
    status, login = 0, False
    with contextlib.closing(line), contextlib.suppress(OSError, http.client.HTTPException):
        line.settimeout(WAIT)
        if where.scheme == "https":
            line = _any_certificate().wrap_socket(line, server_hostname=host)
        ask = http.client.HTTPConnection(host, port)
        ask.sock = line
        with contextlib.closing(ask):
            ask.request("GET", path, headers={"Accept": ACCEPT, "Connection": "close"})
            said = ask.getresponse()  # its head; the body is never read
            status = said.status
            login = leads_to_login(address, said.getheader("Location", ""))
    return Tried(path, Reached.YES, status, login)


def leads_to_login(address: str, location: str) -> bool:
    """Return whether a redirection from `address` leads to a sign-in page, by its words."""
    way = urljoin(f"{address}/", location).partition("?")[0].casefold()
    return bool(location) and any(word in way for word in LOGIN)


def _any_certificate() -> ssl.SSLContext:
    """Return a context that takes any certificate: who comes past the gate would, too."""
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def _address(scheme: str, host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}:{port or (443 if scheme == 'https' else 80)}"


def _loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        known = ipaddress.ip_address(host)
    except ValueError:
        return False
    return known.is_loopback or known.is_unspecified


def _tries(route: Route) -> tuple[Try, ...]:
    base = route.base.rstrip("/")
    if route.adapter == "fhir":
        # A count is all that is asked for; a server that does not know _summary sends one.
        search = f"{base}/Patient?_summary=count&_count=1"
        return (Try(f"{base}/metadata", patients=False), Try(search, patients=True))
    if route.adapter == "dicomweb":
        return (Try(f"{base}/studies?limit=1", patients=True),)
    found: dict[str, bool] = {"/": False}
    for path, patients in _of_map(route):
        found[path] = found.get(path, False) or patients
    return tuple(Try(path, patients) for path, patients in list(found.items())[:MOST])


def _of_map(route: Route) -> Iterator[tuple[str, bool]]:
    """Give the paths of the map that read: whole where the rule names one, else its beginning.

    What may write is left alone, and no number is made up where a rule wants a patient's.
    """
    from sekisho.gate.adapters.web import read_map  # noqa: PLC0415 (loads lxml)

    assert route.map is not None, "read_gate demands it"
    for rule in read_map(route.map):
        if rule.act not in {Act.READ, Act.SEARCH}:
            continue
        text = _ESCAPED.sub(_plain, rule.path.pattern)
        special = _SPECIAL.search(text)
        path = text if special is None else text[: text.rfind("/", 0, special.start()) + 1]
        whole = special is None and not rule.nobody and rule.class_ != "administration"
        with contextlib.suppress(Hostile):
            yield canonical(path.replace("\0", "."))[0], whole


def _plain(escaped: re.Match[str]) -> str:
    return "\0" if escaped[1] == "." else escaped[1]
