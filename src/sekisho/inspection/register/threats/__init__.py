"""Threats to begin a risk assessment with: a dated file, in own words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

NEWEST = "2026-11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threat:
    """One threat.

    Attributes:
        text: Language → what may happen.
        hint: Language → what hospitals do about it; never taken for done here.
        basis: Which document speaks of it.
    """

    id: str
    text: Mapping[str, str]
    hint: Mapping[str, str]
    basis: str


@cache
def threats() -> tuple[Threat, ...]:
    """Return them, in the order of the file."""
    told = tomllib.loads(files(__package__).joinpath(f"{NEWEST}.toml").read_text(encoding="utf-8"))
    return tuple(Threat(**one) for one in told["threat"])
