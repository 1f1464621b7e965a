"""Files of FHIR resources: one resource, a Bundle, an array, or NDJSON line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sekisho.errors import InvalidInputError

ENDINGS = frozenset({".json", ".ndjson", ".jsonl"})
LARGEST = 512 * 1024 * 1024
"""Bytes of a JSON file that is read whole; NDJSON may be of any size."""
LONGEST = 64 * 1024 * 1024
"""Bytes of one line of NDJSON."""

Resource = dict[str, Any]


def is_json(path: Path) -> bool:
    """Return whether the file begins as JSON does, whatever its name."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}


def resources(path: Path) -> Iterator[tuple[int, str | None, Resource]]:
    """Yield (number from 1, its full address, resource) of each resource in the file.

    A Bundle is opened, also one inside another. NDJSON is read a line at a time.

    Raises:
        InvalidInputError: It is no JSON, or holds something that is no FHIR resource.
        OSError: It cannot be read.
    """
    number = 0
    for value in _values(path):
        for address, resource in _opened(value, None):
            number += 1
            yield number, address, resource


def _values(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        first = file.readline(LONGEST + 1)
        while first and not first.strip():
            first = file.readline(LONGEST + 1)
        value = _line(first)
        rest = file.readline(LONGEST + 1) if value is not None else b""
        while value is not None and rest and not rest.strip():
            rest = file.readline(LONGEST + 1)
        if value is not None and (rest or path.suffix.lower() != ".json"):
            yield value
            while rest:
                if rest.strip():
                    value = _line(rest)
                    if value is None:
                        raise InvalidInputError("care.fhir.broken")
                    yield value
                rest = file.readline(LONGEST + 1)
            return
    if value is not None:
        yield value
        return
    if path.stat().st_size > LARGEST:
        raise InvalidInputError("care.file_too_large", megabytes=path.stat().st_size // 2**20)
    try:
        yield json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("care.fhir.broken") from error


def _line(line: bytes) -> Any:
    """Return the value of a line, None where it is not a whole one."""
    if len(line) > LONGEST:
        return None
    try:
        return json.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return None


def _opened(value: Any, address: str | None) -> Iterator[tuple[str | None, Resource]]:
    if isinstance(value, list):
        for one in value:
            yield from _opened(one, None)
        return
    if not isinstance(value, dict) or not isinstance(value.get("resourceType"), str):
        raise InvalidInputError("care.fhir.no_resource")
    if value["resourceType"] != "Bundle":
        yield address, value
        return
    for entry in listed(value.get("entry")):
        if isinstance(entry.get("resource"), dict):
            full = entry.get("fullUrl")
            yield from _opened(entry["resource"], full if isinstance(full, str) else None)


def listed(value: Any) -> list[dict[str, Any]]:
    """Return the objects of an element that repeats; what is no object is left out."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
