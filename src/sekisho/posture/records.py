"""The values this room gives and takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from sekisho.care import Doubt, Refusal
from sekisho.errors import Value


class Kind(StrEnum):
    """What a file, or one sheet of it, is taken for; the order is the order of loading."""

    ASSETS = "assets"
    ASSET_TOOL = "asset_tool"
    ANTIVIRUS = "antivirus"
    WSUS = "wsus"
    NETWORK = "network"
    COLLECTED = "collected"
    SBOM = "sbom"
    SCAN_REPORT = "scan_report"
    SOFTWARE = "software"
    CONNECTIONS = "connections"
    CONTROLS = "controls"
    VENDOR = "vendor"
    DISCLOSURE = "disclosure"


class AssetKind(StrEnum):
    """What an asset is."""

    SERVER = "server"
    TERMINAL = "terminal"
    NETWORK = "network"
    MEDICAL_DEVICE = "medical_device"
    SOFTWARE = "software"
    """A system of which no machine is named."""
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(slots=True, kw_only=True)
class Machine:
    """One machine as one source tells it.

    Attributes:
        told: Values of the columns of the asset, in the source's own words.
        ips: Addresses in the form of `sekisho.posture.addresses`; `macs` and `hosts` too.
        software: Name, publisher, version, purl and distribution of each piece on it.
        facts: What the source knows beside: scanner, patches.
        key: What makes it the same machine in tomorrow's file of this source.
        only_known: It is added to a machine that is known, and refused where there is none.
    """

    told: dict[str, Any] = field(default_factory=dict)
    ips: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    software: list[dict[str, str | None]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    seen_at: dt.datetime | None = None
    only_known: bool = False


@dataclass(slots=True, kw_only=True)
class Reading:
    """One file, or one sheet of it, read.

    Attributes:
        source: Whose word it is: ``ledger``, ``apex_one``, ``dpkg``…; one machine has one
            sighting of each.
        why: Message id and arguments that say why it was taken for that.
        machines: (row from 1, machine); `connections` and `controls` (row, values of the columns).
        answers: (row, what a vendor said) to the yearly letter `mark`.
        disclosures: What a maker discloses: form, maker, product, version, dated, answers, notes.
    """

    kind: Kind
    source: str
    why: tuple[str, Mapping[str, Value]]
    machines: list[tuple[int, Machine]] = field(default_factory=list)
    connections: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    controls: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    mark: tuple[int, str] | None = None
    disclosures: list[dict[str, Any]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    as_of: dt.date | None = None


@dataclass(slots=True, kw_only=True)
class Report:
    """What one file, or one sheet of it, was taken for, and what came of it.

    Attributes:
        taken_for: None where it could not be decided; then `error` says what was found.
        rows: Machines or connections that were read.
        added: Of these, such as were not known; `changed` such as say something new.
        refused: Rows that could not be taken, and why.
        asked: Pairs that may be one machine, and wait for a person.
        error: Message id and arguments, where nothing could be read.
    """

    path: Path
    sheet: str | None = None
    taken_for: Kind | None = None
    source: str | None = None
    why: tuple[str, Mapping[str, Value]] | None = None
    rows: int = 0
    added: int = 0
    changed: int = 0
    refused: list[Refusal] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    asked: int = 0
    error: tuple[str, Mapping[str, Value]] | None = None


NAMED = 20
"""Rows that were refused which are named one by one."""


def told(report: Report) -> dict[str, Any]:
    """Return a report as plain values, for who looks at it later."""

    def said(message: str, args: Mapping[str, Value]) -> dict[str, Any]:
        return {"message": message, "args": dict(args)}

    return {
        "sheet": report.sheet,
        "why": said(*report.why) if report.why else None,
        "rows": report.rows,
        "added": report.added,
        "changed": report.changed,
        "refused": len(report.refused),
        "named": [
            {"row": one.row, **said(one.message, one.args)} for one in report.refused[:NAMED]
        ],
        "doubts": [said(one.message, one.args) for one in report.doubts],
        "asked": report.asked,
        "error": said(*report.error) if report.error else None,
    }
