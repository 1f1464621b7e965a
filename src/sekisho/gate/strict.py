"""The strict check of a request's head (RFC 9110, RFC 9112).

aiohttp's parser has read it; what follows is where that parser is kinder than a gate
may be, and what two servers in a row could read in two ways. Refused, never repaired.
"""

from __future__ import annotations

import re
from collections.abc import Container

from aiohttp import HttpVersion10, HttpVersion11, web

from sekisho.gate.hostile import Hostile
from sekisho.gate.interface import Head
from sekisho.gate.paths import canonical

MOST_FIELDS = 100
MOST_BYTES = 32_768
"""Of all field names and values together."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
# Fields with one value (RFC 9110; Cookie: RFC 6265 5.4); a second one is a second meaning.
_ONCE = frozenset({
    b"authorization", b"content-disposition", b"content-encoding", b"content-length",
    b"content-location", b"content-range", b"content-type", b"cookie", b"date", b"expect",
    b"from", b"host", b"if-modified-since", b"if-range", b"if-unmodified-since",
    b"max-forwards", b"origin", b"proxy-authorization", b"range", b"referer",
    b"sec-websocket-key", b"sec-websocket-version", b"transfer-encoding", b"upgrade",
    b"user-agent",
})  # fmt: skip
_CONNECTION = frozenset({b"keep-alive", b"close", b"upgrade"})
_CONTROLS = bytes([*range(9), *range(0x0A, 0x20), 0x7F])
_NAME = r"[!#$%&'*+.^_`|~0-9a-z-]+"
_MEDIA = re.compile(rf"({_NAME}/{_NAME})[ \t]*(?:;.*)?")
_AUTHORITY = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_.-]*)|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


def check(request: web.BaseRequest, hosts: Container[str]) -> Head:
    """Return the request's head, if it has one reading only.

    Args:
        request: As aiohttp's server gives it, its body not read.
        hosts: Ours, as browsers write them: lower case, with the port only where it is not
            the scheme's own.

    Raises:
        Hostile: It has several readings, or one that no system behind the gate needs.
    """
    old = request.version == HttpVersion10
    if not old and request.version != HttpVersion11:
        raise Hostile(505, "gate.hostile.version")
    method = request.method
    if method not in METHODS:
        raise Hostile(501, "gate.hostile.method")
    fields = _fields(request.raw_headers)
    _host(fields.get(b"host"), hosts)
    path, parts, query, values = canonical(request.raw_path)
    body = _framing(fields, old=old)
    if body and method in _BODILESS:
        raise Hostile(400, "gate.hostile.body")
    if b"connection" in fields or b"upgrade" in fields:
        _connection(fields, upgradable=method == "GET" and not old)
    if fields.get(b"expect", b"100-continue").lower() != b"100-continue":
        raise Hostile(417, "gate.hostile.expect")
    return Head(
        method=method,
        path=path,
        parts=parts,
        query=query,
        values=values,
        content_type=_content_type(fields) if body else "",
        accept=fields.get(b"accept", b"").decode(),
    )


def _fields(raw: tuple[tuple[bytes, bytes], ...]) -> dict[bytes, bytes]:
    """Return the fields by lower-case name; those that may stand twice are one list."""
    if len(raw) > MOST_FIELDS:
        raise Hostile(431, "gate.hostile.head_long")
    fields: dict[bytes, bytes] = {}
    for name, value in raw:
        key = name.lower()
        if key in fields:
            if key in _ONCE:
                raise Hostile(400, "gate.hostile.repeated")
            fields[key] += b", " + value
        else:
            fields[key] = value
    whole = b"".join(fields.values())
    if len(whole) + sum(map(len, fields)) > MOST_BYTES:
        raise Hostile(431, "gate.hostile.head_long")
    try:
        whole.decode()
    except UnicodeDecodeError:
        raise Hostile(400, "gate.hostile.field") from None
    if len(whole.translate(None, _CONTROLS)) != len(whole):
        raise Hostile(400, "gate.hostile.field")
    return fields


def _host(value: bytes | None, hosts: Container[str]) -> None:
    """Refuse a Host that is no plain name, or not ours (RFC 9110 7.2, 7.4)."""
    if value is None:
        raise Hostile(400, "gate.hostile.host")
    host = value.decode().lower()
    if not _AUTHORITY.fullmatch(host):
        raise Hostile(400, "gate.hostile.host")
    if host not in hosts:
        raise Hostile(421, "gate.hostile.host_unknown")


def _framing(fields: dict[bytes, bytes], *, old: bool) -> bool:
    """Return whether a body follows; its length has one reading (RFC 9112 6)."""
    coding = fields.get(b"transfer-encoding")
    length = fields.get(b"content-length")
    if coding is not None:
        if old or length is not None:
            raise Hostile(400, "gate.hostile.framing")
        if coding != b"chunked":
            raise Hostile(501, "gate.hostile.coding")
    elif length is not None and not (length.isdigit() and len(length) <= 15):
        raise Hostile(400, "gate.hostile.framing")
    # What the gate cannot look into it cannot decide on.
    if fields.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Hostile(415, "gate.hostile.encoded")
    return coding is not None or (length is not None and int(length) > 0)


def _connection(fields: dict[bytes, bytes], *, upgradable: bool) -> None:
    """Refuse a Connection that takes fields away on the way, and any upgrade but WebSocket."""
    named = {token.strip(b" \t") for token in fields.get(b"connection", b"").lower().split(b",")}
    if named - _CONNECTION - {b""}:
        raise Hostile(400, "gate.hostile.connection")
    upgrade = fields.get(b"upgrade")
    if upgrade is None and b"upgrade" not in named:
        return
    if not upgradable or upgrade is None or b"upgrade" not in named:
        raise Hostile(400, "gate.hostile.upgrade")
    if upgrade.lower() != b"websocket":
        raise Hostile(400, "gate.hostile.upgrade")


def _content_type(fields: dict[bytes, bytes]) -> str:
    value = fields.get(b"content-type")
    if value is None:
        return ""
    media = _MEDIA.fullmatch(value.decode().lower())
    if media is None:
        raise Hostile(400, "gate.hostile.content_type")
    return media[1]
