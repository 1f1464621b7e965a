"""The institution's own register (6.2): what it holds, who is responsible, what was taught and tested."""

from sekisho.inspection.register.field import Choices, Field, Kind, Part, Told, day_of
from sekisho.inspection.register.held import PARTS, part
from sekisho.inspection.register.lines import (
    Changed,
    Line,
    add,
    change,
    changes,
    confirm,
    counts,
    line,
    lines,
    put_back,
    take_back,
    told_of,
    undo,
)
from sekisho.inspection.register.proofs import evidence, findings

__all__ = [
    "PARTS",
    "Changed",
    "Choices",
    "Field",
    "Kind",
    "Line",
    "Part",
    "Told",
    "add",
    "change",
    "changes",
    "confirm",
    "counts",
    "day_of",
    "evidence",
    "findings",
    "line",
    "lines",
    "part",
    "put_back",
    "take_back",
    "told_of",
    "undo",
]
