"""The table as a file, so that a worker starts without asking Cedar again.

The file is authenticated with a key of its own (0600, beside it): what is not exactly
what this installation wrote is not used, and the table is built anew from the book.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
import zlib
from array import array
from base64 import b64decode, b64encode
from importlib.metadata import version as version_of_package
from pathlib import Path

import orjson

from sekisho import __version__
from sekisho.access.records import Effect
from sekisho.access.table import Outcome, Table
from sekisho.storage import write_durably

FORM = 1
_KEY = 32
_LARGEST = 32 * 1024 * 1024


def load(path: Path, version: str, digest: str) -> Table | None:
    """Return the table kept at `path` if it is that of `digest`; None for anything else."""
    try:
        with path.open("rb") as file:
            kept = file.read(_LARGEST)
        key = _key(path, create=False)
    except OSError:
        return None
    if key is None or not hmac.compare_digest(kept[:_KEY], _sign(key, kept[_KEY:])):
        return None
    # From here on the bytes are our own.
    found = orjson.loads(zlib.decompress(kept[_KEY:]))
    if found["made_by"] != _made_by() or (found["version"], found["digest"]) != (version, digest):
        return None
    cells = array("H")
    cells.frombytes(b64decode(found["cells"]))
    return Table(
        groups=found["groups"],
        classes=found["classes"],
        version=version,
        outcomes=[Outcome(Effect(effect), tuple(ids)) for effect, ids in found["outcomes"]],
        cells=cells,
    )


def keep(path: Path, table: Table, digest: str) -> None:
    """Keep `table` at `path` (0600). Where that is not possible the next start is slower."""
    body = zlib.compress(
        orjson.dumps(
            {
                "made_by": _made_by(),
                "version": table.version,
                "digest": digest,
                "groups": table.groups,
                "classes": table.classes,
                "outcomes": [[outcome.effect, outcome.policies] for outcome in table.outcomes],
                "cells": b64encode(table.cells.tobytes()).decode(),
            }
        ),
        level=1,
    )
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = _key(path, create=True)
        if key is not None:
            write_durably(path, _sign(key, body) + body)


def _made_by() -> str:
    return f"{FORM} sekisho {__version__} cedarpy {version_of_package('cedarpy')}"


def _sign(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256)


def _key(path: Path, *, create: bool) -> bytes | None:
    """Return the key, None where there is none that only this user can read and write."""
    place = path.with_name(path.name + ".key")
    with contextlib.suppress(FileNotFoundError), place.open("rb") as file:
        found = os.fstat(file.fileno())
        private = found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077
        key = file.read(_KEY + 1)
        if private and len(key) == _KEY:
            return key
    if not create:
        return None
    key = secrets.token_bytes(_KEY)
    write_durably(place, key)
    return key
