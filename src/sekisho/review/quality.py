"""How good the review was where the truth is known: on simulated hospitals, and nowhere else."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("quality.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What was measured at one level; every figure is of simulated hospitals.

    Attributes:
        recall: Share of injected matters that a raised case holds.
        precision: Share of raised cases that hold one.
        raised_per_day_per_1000: Raised cases a day and 1,000 staff.
        rightful_share: Share of raised cases that were rightful.
        seeds: Seeds of the hospitals, of which kinds (`habit`) and how many people (`staff`);
            `measured` the day.
    """

    recall: float
    precision: float
    raised_per_day_per_1000: float
    rightful_share: float
    seeds: str
    habit: str
    staff: str
    measured: dt.date


def quality(level: str) -> Quality | None:
    """Return what was measured at `level`, None where that has not been measured yet."""
    return _read().get(level)


@cache
def _read() -> dict[str, Quality]:
    known = tomllib.loads(FILE.read_text("utf-8"))
    return {level: Quality(**values) for level, values in known.items() if values}
