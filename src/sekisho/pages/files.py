"""The stylesheet, the small scripts and what is vendored: read once, each with its tag."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sekisho.pages.environment import FOLDER

TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is answered."""

    body: bytes
    kind: str
    etag: str


@cache
def static_files() -> Mapping[str, File]:
    """Return every file under ``pages/static`` that a browser may ask for, by its path there."""
    folder = FOLDER / "static"
    return {
        path.relative_to(folder).as_posix(): _file(path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in TYPES
    }


def _file(path: Path) -> File:
    body = path.read_bytes()
    return File(body, TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:16])
