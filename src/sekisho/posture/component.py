"""One piece of software or one device as the inventory hands it to the matcher."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """What stands in the hospital, in the ledger's own words.

    Attributes:
        asset: The ledger's own number of the machine it is on, or is; leading zeros kept.
        maker: As written, or None.
        product: Its name; for a device the name in the ledger.
        model: Model or series as written, or None.
        version: As written, or None.
        purl: Package URL, where a package manager or an SBOM gave one.
        distribution: ``debian:12``, ``rhel:9``…, for a package of a distribution.
        kind: ``medical_device``, ``software``, ``os``, ``connection``…
    """

    asset: str
    product: str
    kind: str
    maker: str | None = None
    model: str | None = None
    version: str | None = None
    purl: str | None = None
    distribution: str | None = None
