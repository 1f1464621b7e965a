"""What a source of knowledge says, in one form whatever the source's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Said(StrEnum):
    """What an advisory says of a product (CSAF 2.0, 3.2.3.9 product status)."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not_affected"
    FIXED = "fixed"
    INVESTIGATED = "under_investigation"
    NOTHING = "nothing"
    """The product is named and no status given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One product, and which versions of it are meant.

    Attributes:
        product: Its name as written; for a package its name.
        said: What is said of it.
        maker: As written, or None.
        versions: The text about versions, as written; empty where nothing is said.
        cves: The vulnerabilities that this is about; empty: all of the advisory's.
        purl: Package URL without a version, or None.
        ecosystem: Ecosystem of OSV (``PyPI``, ``Debian:12``), or None.
        events: Ranges of an OSV record, each a list of events; or None.
        listed: Versions that the source lists one by one.
        platform: What it must be installed on, or None.
        fixed: Version that mends it, where the source says so.
        remedy: What to do, as written (shortened), or None.
    """

    product: str
    said: Said
    maker: str | None = None
    versions: str = ""
    cves: tuple[str, ...] = ()
    purl: str | None = None
    ecosystem: str | None = None
    events: tuple[tuple[Mapping[str, str], ...], ...] | None = None
    listed: tuple[str, ...] = ()
    platform: str | None = None
    fixed: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One advisory, record or alert.

    Attributes:
        id: Its own number (``ICSMA-…``, ``JVNDB-…``, ``CVE-…``).
        source: ``csaf``, ``jvn``, ``osv``, ``nvd``, ``kev``, ``jpcert``, ``msrc``.
        title: In its language.
        revised: When it was last revised.
        published: When it first came out.
        version: Its own count of revisions, as text.
        cves: Vulnerabilities it is about.
        statements: Products, in its order.
        url: Where to read it.
        score: Highest CVSS base score, or None.
        withdrawn: Whether its author took it back.
        single: Whether it is about one product only, where not all its statements are here.
        marks: Facts that other parts use: ``kev``, ``ransomware``, ``due``, ``automatable``…
    """

    id: str
    source: str
    title: str
    revised: dt.datetime | None
    published: dt.datetime | None = None
    version: str = ""
    cves: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    url: str | None = None
    score: float | None = None
    withdrawn: bool = False
    marks: Mapping[str, Any] = field(default_factory=dict)
    single: bool | None = None
