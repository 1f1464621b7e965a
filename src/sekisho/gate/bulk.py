"""Bulk bytes that the edge fetches itself, once the gate has decided and recorded (nginx X-Accel-Redirect)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aiohttp import web

from sekisho.gate.asked import Asked
from sekisho.gate.headers import IDENTITY

AUTHORIZATION = "X-Sekisho-Upstream-Authorization"
_PLAIN = re.compile(r"[A-Za-z0-9/._~,-]+")
_QUERY = re.compile(r"[A-Za-z0-9/._~=&,-]*")


def hand_over(asked: Asked, upward: Mapping[str, str]) -> web.Response | None:
    """Return the answer that lets our own edge fetch what `asked` asks for; None where the gate must.

    The edge reads an address again and writes it anew, so that only one which it
    cannot read in a second way is handed over. What it carries is not cut at sign-out:
    the institution chooses this for each system (``bulk`` in gate.toml).

    Args:
        asked: Decided; the caller records it before this answer leaves.
        upward: What the system would be shown; who asks goes along.
    """
    route, head = asked.place.route, asked.head
    if not (route.bulk and asked.edge and head.method == "GET") or asked.urgent:
        return None
    if not (_PLAIN.fullmatch(head.path) and _QUERY.fullmatch(head.query or "")):
        return None
    shown = dict(asked.place.upstream.dressed({}))
    authorization = shown.pop("Authorization", "")
    if shown:
        return None  # a field that the edge has no place for
    target = route.bulk + head.path.removeprefix("/") + (f"?{head.query}" if head.query else "")
    answer = web.Response(
        headers={"X-Accel-Redirect": target, IDENTITY: upward[IDENTITY], "Server": "sekisho"}
    )
    if authorization:
        answer.headers[AUTHORIZATION] = authorization
    return answer
