"""Which reader a kind has, for a file as for what waits in quarantine. CSV asks for a mapping."""

from __future__ import annotations

import datetime as dt
from typing import BinaryIO

from sekisho.collect.atna import AtnaReading
from sekisho.collect.evtx import EvtxReading
from sekisho.collect.fhir import FhirReading
from sekisho.collect.interface import Reading
from sekisho.collect.jsonl import JsonlReading
from sekisho.collect.syslog import SyslogReading


def reader(
    kind: str,
    file: BinaryIO,
    *,
    path: str,
    source: str | None,
    zone: str,
    around: dt.datetime,
    year: int | None = None,
    digest: str | None = None,
) -> Reading:
    """Return the reader of `file`; any kind but CSV.

    Args:
        kind: One of `recognise.KINDS`.
        file: At its beginning.
        path: As it stands in records.
        source: Name of the source; None: told from the file.
        zone: Zone of naive times.
        around: When its newest line was written, for times without a year.
        year: Of times without one, where somebody named it.
        digest: SHA-256 of the whole file, for a kind whose lines have none of their own.
    """
    if kind == "fhir":
        return FhirReading(file, path=path, source=source, zone=zone)
    if kind == "jsonl":
        return JsonlReading(file, path=path, source=source, zone=zone, digest=digest)
    if kind == "evtx":
        return EvtxReading(file, path=path, source=source)
    if kind in {"syslog", "hostlog"}:
        return SyslogReading(
            file, path=path, source=source, zone=zone, around=around, kind=kind, year=year
        )
    return AtnaReading(file, path=path, source=source, zone=zone)
