"""What is collected on machines and by tools: each format has one reader that knows its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sekisho.posture.records import Reading
from sekisho.posture.sources import (
    collected,
    cyclonedx,
    dated,
    dhcp,
    lynis,
    neighbours,
    nmap,
    openscap,
    osquery,
    packages,
    powershell,
    scanners,
    spdx,
)
from sekisho.posture.sources.document import Document, open_document

READERS: tuple[Callable[[Document], Reading | None], ...] = (
    cyclonedx.read,
    spdx.read,
    scanners.read,
    osquery.read,
    powershell.read,
    nmap.read,
    openscap.read,
    collected.read,
    lynis.read,
    dated.read,
    packages.read,
    dhcp.read,
    neighbours.read,
)
"""Each returns None where the file is not its own; none asks for a file's name."""


def read_source(path: Path, shown: Path) -> Reading | None:
    """Return what a file of `READERS` holds, None where it is none of them.

    Raises:
        InvalidInputError: It is one of them, and damaged; the message says how.
    """
    document = open_document(path, shown)
    if document is None:
        return None
    return next((found for reader in READERS if (found := reader(document))), None)
