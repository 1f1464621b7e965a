"""By when it is to be mended, and whether what is known is still fresh: rules from one data file."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from sekisho.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules as they stand in the file.

    Attributes:
        days: Timeline → days; 0 is "with the next upgrade".
        table: Four letters → timeline.
        assumed: What is taken where nothing says.
        age: Source → days.
    """

    days: Mapping[str, int]
    table: Mapping[str, str]
    assumed: Mapping[str, Any]
    age: Mapping[str, int]

    def timeline(
        self, *, kev: bool, exposed: bool, automatable: bool | None, score: float | None
    ) -> str:
        """Return the timeline (CISA BOD 26-04): ``FSU``, ``60D``, ``14D``, ``3D`` or ``3DF``."""
        sure = (
            "Y"
            if (self.assumed["automatable"] == "Y" if automatable is None else automatable)
            else "N"
        )
        total = score is None or score >= float(self.assumed["total_from_score"])
        return self.table[
            ("Y" if kev else "N") + ("Y" if exposed else "N") + sure + ("T" if total else "P")
        ]

    def day(self, timeline: str, known: dt.datetime) -> dt.date | None:
        """Return the last day, counted from when it was known here; None with the next upgrade."""
        days = self.days[timeline]
        return known.date() + dt.timedelta(days=days) if days else None

    def exposed(self, kind: str) -> bool:
        """Return whether things of this kind face the outside."""
        return kind in self.assumed["exposed_kinds"]

    def stale(self, kind: str, as_of: dt.datetime, now: dt.datetime) -> bool:
        """Return whether knowledge of `as_of` is too old to say that nothing is wrong."""
        return now - as_of > dt.timedelta(days=self.age.get(kind, self.age["usual"]))


def rules(own: Path | None = None) -> Rules:
    """Return the rules: the institution's own file where there is one, else those that come with us.

    Raises:
        InvalidInputError: The own file cannot be read, or lacks a line.
    """
    if own is not None and own.is_file():
        try:
            return _rules(own.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidInputError(
                "posture.deadlines.form", file=own.name, reason=str(error)
            ) from error
    return _rules(
        files("sekisho.posture.match").joinpath("data/deadlines.toml").read_text(encoding="utf-8")
    )


def _rules(text: str) -> Rules:
    tree = tomllib.loads(text)
    made = Rules(tree["days"], tree["table"], tree["assumed"], tree["age"])
    letters = {k + e + a + i for k in "YN" for e in "YN" for a in "YN" for i in "PT"}
    missing = sorted(letters - set(made.table)) + sorted(set(made.table.values()) - set(made.days))
    if missing or "usual" not in made.age:
        raise KeyError(", ".join(missing) or "age.usual")
    return made
