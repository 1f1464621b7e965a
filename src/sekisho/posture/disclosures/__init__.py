"""開示書: what makers say of the security of a product (MDS2, MDS, SDS), beside its devices."""

from sekisho.posture.disclosures.keep import keep_disclosures
from sekisho.posture.disclosures.listed import (
    Disclosure,
    disclosure,
    disclosures,
    evidence,
    of_asset,
)
from sekisho.posture.disclosures.read import read

__all__ = [
    "Disclosure",
    "disclosure",
    "disclosures",
    "evidence",
    "keep_disclosures",
    "of_asset",
    "read",
]
