"""After sightings came, changed or moved: the assets, and how each is protected, made anew."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from sekisho.posture.assets import derive
from sekisho.posture.protection.derive import derive_protection


def make_anew(c: sa.Connection, assets: Iterable[int]) -> None:
    """Make `assets` and what stands of their protection anew of their sightings."""
    touched = list(assets)
    derive(c, touched)
    derive_protection(c, touched)
