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
from sekisho.inspection.register.lists import (
    Compared,
    Listed,
    compare,
    keep_list,
    read_list,
)
from sekisho.inspection.register.loads import Load, loads, take_back_load
from sekisho.inspection.register.proofs import evidence, findings

__all__ = [
    "PARTS",
    "Changed",
    "Choices",
    "Compared",
    "Field",
    "Kind",
    "Line",
    "Listed",
    "Load",
    "Part",
    "Told",
    "add",
    "change",
    "changes",
    "compare",
    "confirm",
    "counts",
    "day_of",
    "evidence",
    "findings",
    "keep_list",
    "line",
    "lines",
    "loads",
    "part",
    "put_back",
    "read_list",
    "take_back",
    "take_back_load",
    "told_of",
    "undo",
]
