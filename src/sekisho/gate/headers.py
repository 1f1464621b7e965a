"""Which header fields pass the gate, in either direction, and the one it adds.

Towards the upstream only what stands on a list passes, so that no spelling of an
identity field (X-User, X_User, Remote-User, X-Forwarded-*, Forwarded, X-Real-IP,
Sekisho-*) has to be thought of. Who asks is said by one small signed field.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, quote_plus, urlencode

from multidict import CIMultiDict, MultiMapping

from sekisho.errors import InvalidInputError

IDENTITY = "Sekisho-Identity"
REQUEST = "Sekisho-Request"
REQUEST_ID = "X-Request-Id"
OWN_COOKIES = "__host-sekisho"
"""Every cookie whose name begins so, in whatever case, is the gate's and stays here."""

LONGEST_IDENTITY = 300
VALID = dt.timedelta(seconds=60)

_UP = frozenset({
    "accept", "accept-charset", "accept-language", "cache-control", "content-disposition",
    "content-language", "content-location", "content-range", "content-type", "dnt", "if-match",
    "if-modified-since", "if-none-exist", "if-none-match", "if-range", "if-unmodified-since",
    "last-event-id", "pragma", "prefer", "range", "sec-fetch-dest", "sec-fetch-mode",
    "sec-fetch-site", "sec-fetch-user", "soapaction", "upgrade-insecure-requests", "user-agent",
    "x-csrf-token", "x-csrftoken", "x-provenance", "x-requested-with", "x-xsrf-token",
})  # fmt: skip
# What a route may never let through, however it is spelt; and what this module itself decides.
_NEVER = re.compile(
    r"(x-)?(forwarded|real|remote|user|auth|client|original|rewrite|http-method|method"
    r"|sekisho|proxy|ssl|cert|identity|account|role|group|envoy|cluster|true-client)"
    r"|via$|cookie|origin$|referer$|host$|te$|connection|keep-alive|trailer|transfer-|upgrade$"
    r"|content-length|content-encoding|expect|accept-encoding|http2-|sec-websocket|x-[a-z]+-user"
)
_DOWN_NEVER = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authentication-info",
    "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "content-length",
    "alt-svc", "via", "server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version",
    "x-generator", "x-runtime", "set-cookie", "strict-transport-security", "public-key-pins",
    "x-accel-redirect", "x-accel-buffering", "x-accel-charset", "x-accel-expires",
    "x-accel-limit-rate", "x-sendfile",
})  # fmt: skip
_CONTROLS = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a route passes header fields on.

    Attributes:
        outer: Origin that browsers see, for instance ``https://pacs.hospital.example``.
        inner: Origin that the upstream believes to be its own; the same where the route
            passes the outer host name on.
        authorization: Whether the client's own Authorization reaches the upstream.
        shared: Whether the upstream may let pages of other origins read its answers (CORS).
        more: Further request fields, lower case, checked by `further`.
    """

    outer: str
    inner: str
    authorization: bool = False
    shared: bool = False
    more: frozenset[str] = frozenset()


def further(names: Iterable[str]) -> frozenset[str]:
    """Return a route's further request fields in lower case.

    Raises:
        InvalidInputError: One of them is how a front tells an upstream who asks, or belongs
            to the connection.
    """
    wanted = frozenset(name.strip().lower() for name in names)
    for name in sorted(wanted):
        if _NEVER.match(name.replace("_", "-")) or not re.fullmatch("[a-z0-9-]{1,64}", name):
            raise InvalidInputError("gate.field_never_passes", name=name[:64])
    return wanted


def upstream(fields: MultiMapping[str], manner: Manner) -> CIMultiDict[str]:
    """Return the request's fields that the upstream gets; all others are dropped.

    The answer is asked for unpacked, because the gate must look into it. Origin and the
    page before (Referer) are said in the upstream's own name; another site's page is not said.
    """
    passed: CIMultiDict[str] = CIMultiDict()
    for name, value in fields.items():
        key = name.lower()
        if key in _UP or key in manner.more:
            passed.add(name, value)
        elif key == "cookie":
            if kept := _foreign_cookies(value):
                passed.add(name, kept)
        elif key == "origin":
            passed.add(name, manner.inner if value == manner.outer else value)
        elif key == "referer":
            if value == manner.outer or value.startswith(f"{manner.outer}/"):
                passed.add(name, manner.inner + value.removeprefix(manner.outer))
        elif key == "authorization" and manner.authorization:
            passed.add(name, value)
    passed["Accept-Encoding"] = "identity"
    return passed


def downstream(fields: MultiMapping[str], manner: Manner) -> CIMultiDict[str]:
    """Return the answer's fields that the client gets.

    Cookies lose their Domain, so that they stay with this host; the gate's own cannot be
    set from behind it. A redirection to the upstream's own name leads through the gate.
    """
    passed: CIMultiDict[str] = CIMultiDict()
    kept_back = ("sekisho-",) if manner.shared else ("sekisho-", "access-control-")
    named = {
        token.strip().lower()
        for value in fields.getall("Connection", [])
        for token in value.split(",")
    }
    for name, value in fields.items():
        key = name.lower()
        if _CONTROLS.search(value):
            continue
        if key == "set-cookie":
            if kept := _own_host_only(value, secure=manner.outer.startswith("https:")):
                passed.add(name, kept)
        elif key in {"location", "content-location"}:
            inside = value == manner.inner or value.startswith(f"{manner.inner}/")
            passed.add(name, manner.outer + value.removeprefix(manner.inner) if inside else value)
        elif key not in _DOWN_NEVER and key not in named and not key.startswith(kept_back):
            passed.add(name, value)
    passed.setdefault("X-Content-Type-Options", "nosniff")
    passed.setdefault("Referrer-Policy", "same-origin")
    return passed


def lines(first: str, fields: Mapping[str, str]) -> bytes:
    """Return a head as it is sent: what it begins with, the fields, the empty line.

    Raises:
        ValueError: A field holds the end of a line and would begin one of its own.
    """
    said = [f"{name}: {value}" for name, value in fields.items()]
    text = "\r\n".join(said)
    ends = max(len(said) - 1, 0)
    if text.count("\r") != ends or text.count("\n") != ends or "\0" in text:
        raise ValueError("a field holds the end of a line")
    return f"{first}\r\n{text}\r\n\r\n".encode() if said else f"{first}\r\n\r\n".encode()


def _foreign_cookies(value: str) -> str:
    pieces = (piece.strip() for piece in value.split(";"))
    return "; ".join(piece for piece in pieces if piece and not _ours(piece))


def _ours(piece: str) -> bool:
    name, sign, value = piece.partition("=")
    # A cookie without a name is sent as its value alone, and reads as a name to some.
    return (name if name.strip() or not sign else value).strip().lower().startswith(OWN_COOKIES)


def _own_host_only(value: str, *, secure: bool) -> str:
    first, *attributes = (piece.strip() for piece in value.split(";"))
    if _ours(first):
        return ""
    kept = [each for each in attributes if each.partition("=")[0].strip().lower() != "domain"]
    if secure and not any(each.lower() == "secure" for each in kept):
        kept.append("Secure")
    return "; ".join([first, *kept])


def identity_header(
    key: bytes,
    *,
    user_id: str,
    session_id: str,
    duty: str,
    request_id: str,
    now: dt.datetime,
    route: str,
) -> tuple[str, str]:
    """Return name and value of the field that tells an upstream who asks, for 60 seconds.

    The value is a form (``application/x-www-form-urlencoded``) with ``v`` version, ``u``
    user id, ``s`` a name of the session that cannot be used as one, ``d`` duty, ``q``
    request id, ``r`` route, ``e`` end of validity (seconds since 1970), and last ``m``:
    the HMAC-SHA256, in hexadecimal, of all that stands before ``&m=``.

    Raises:
        InvalidInputError: It would be longer than 300 bytes; it is never cut.
    """
    person = _person(key, user_id, session_id, duty, route)
    said = f"{person}&q={quote_plus(request_id)}&e={int((now + VALID).timestamp())}"
    value = f"{said}&m={_mac(key, said)}"
    if len(value) > LONGEST_IDENTITY:
        raise InvalidInputError("gate.identity_long", length=len(value), most=LONGEST_IDENTITY)
    return IDENTITY, value


@lru_cache(maxsize=4096)
def _person(key: bytes, user_id: str, session_id: str, duty: str, route: str) -> str:
    """Return the part that stays the same while a person goes from page to page."""
    session = hmac.digest(key, b"session\0" + session_id.encode(), "sha256").hex()[:16]
    return urlencode({"v": "1", "u": user_id, "s": session, "d": duty, "r": route})


def verify_identity(
    key: bytes, value: str, *, now: dt.datetime, route: str
) -> Mapping[str, str] | None:
    """Return what the field says, or None when it is not ours, for another route, or too old.

    This is what an upstream does: cut at the last ``&m=``; compare the HMAC in constant
    time; then read the form; refuse another ``v`` or ``r``, and an ``e`` that has passed or
    lies more than 60 seconds ahead. A system that cannot do so must not trust the field.
    """
    said, _, mac = value.rpartition("&m=")
    if not hmac.compare_digest(_mac(key, said).encode(), mac.encode(errors="replace")):
        return None
    told = dict(parse_qsl(said, keep_blank_values=True, strict_parsing=True))
    left = int(told["e"]) - now.timestamp()
    return told if told["v"] == "1" and told["r"] == route and 0 < left <= 60 else None


def _mac(key: bytes, said: str) -> str:
    mac = _keyed(key).copy()
    mac.update(said.encode(errors="replace"))
    return mac.hexdigest()


@lru_cache(maxsize=8)
def _keyed(key: bytes) -> hmac.HMAC:
    """Return the key already taken in: that is nine tenths of a short HMAC's cost."""
    return hmac.new(key, digestmod="sha256")
