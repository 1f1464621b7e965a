"""What client and recorder say to each other over the socket.

A frame is its length (4 bytes, big-endian) and a JSON object: ``{"do": "append"}`` with the
canonical bytes of each record on a line of its own after it, ``{"do": "seal"}``,
``{"do": "erase", "number": n}``, ``{"do": "rotate", "by": …, "with": …}``, ``{"do": "size"}``;
answered by ``{"ok": …}`` or ``{"error": class, "message": id, "args": {…}}``.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from sekisho import errors
from sekisho.errors import Error, UnavailableError

SOCKET = "recorder.sock"
LENGTH = struct.Struct(">I")
GREATEST = 64 * 1024 * 1024
"""Bytes of one frame at most."""

BATCH = 5_000
"""Records a client puts into one frame."""

_CLASSES = {
    each.__name__: each
    for each in (
        errors.InvalidInputError,
        errors.ConflictError,
        errors.RefusedError,
        errors.TamperError,
        errors.UnavailableError,
    )
}


def frame(message: dict[str, Any]) -> bytes:
    """Return `message` as a frame."""
    body = orjson.dumps(message)
    return LENGTH.pack(len(body)) + body


def appending(lines: Iterable[bytes]) -> bytearray:
    """Return the frame that has `lines` recorded."""
    # Grown in place: many long lines held at once cost more than writing them.
    made = bytearray(LENGTH.size)
    made += b'{"do":"append"}'
    for line in lines:
        made += b"\n"
        made += line
    LENGTH.pack_into(made, 0, len(made) - LENGTH.size)
    return made


def failure(error: Error) -> dict[str, Any]:
    """Return the answer that carries `error`."""
    return {"error": type(error).__name__, "message": error.message, "args": error.values()}


def outcome(answer: dict[str, Any]) -> Any:
    """Return what an answer gives, or raise the error that it carries."""
    if "ok" in answer:
        return answer["ok"]
    kind = _CLASSES.get(str(answer.get("error")), UnavailableError)
    raise kind(str(answer.get("message", "ledger.recorder_gone")), **answer.get("args", {}))


def peer_uid(connection: socket.socket) -> int:
    """Return the user at the other end, as the kernel knows it."""
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", data)
    return int(uid)


@contextmanager
def address(data: Path) -> Iterator[str]:
    """Give the socket's address; by its folder where the path is too long for one."""
    path = data / "run" / SOCKET
    if len(os.fsencode(path)) < 100:
        yield str(path)
        return
    descriptor = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)
