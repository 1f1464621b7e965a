"""Information classes of FHIR resources: read once from ``classes/fhir.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "classes" / "fhir.toml"


@dataclass(frozen=True, slots=True)
class Classes:
    """Classes by resource type, and by code: per system, exact codes and prefixes."""

    types: Mapping[str, str]
    exact: Mapping[str, Mapping[str, str]]
    prefixes: Mapping[str, tuple[tuple[str, str], ...]]

    def of_code(self, system: str, code: str) -> str | None:
        """Return the class of a Coding, or None where it adds none."""
        known = self.exact.get(system)
        if known is None:
            return None
        found = known.get(code)
        if found is None:
            for prefix, name in self.prefixes[system]:
                if code.startswith(prefix):
                    return name
        return found


@cache
def read_classes() -> Classes:
    """Return what ``classes/fhir.toml`` says."""
    book = tomllib.loads(FILE.read_text(encoding="utf-8"))
    exact: dict[str, dict[str, str]] = {}
    prefixes: dict[str, list[tuple[str, str]]] = {}
    for group in book["codes"]:
        for system in group["systems"]:
            codes = exact.setdefault(system, {})
            starts = prefixes.setdefault(system, [])
            for name, each in group.items():
                if name == "systems":
                    continue
                codes |= {code: name for code in each if not code.endswith("*")}
                starts += [(code[:-1], name) for code in each if code.endswith("*")]
    return Classes(
        types={each: name for name, types in book["types"].items() for each in types},
        exact=exact,
        prefixes={system: tuple(starts) for system, starts in prefixes.items()},
    )
