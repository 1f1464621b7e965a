"""点検: what is asked, what proves it, what a person answered, and what comes out of it."""

from sekisho.inspection.answers import answer, history, newest, take_back
from sekisho.inspection.catalogue import KINDS, Catalogue, Item, Proof
from sekisho.inspection.check import check
from sekisho.inspection.reading import Problem
from sekisho.inspection.records import (
    Answer,
    Computed,
    Heard,
    Line,
    Seen,
    Sheet,
    Standing,
    State,
    Value,
)
from sekisho.inspection.sheet import sheet
from sekisho.inspection.shelf import (
    Shelf,
    catalogue,
    catalogues,
    item,
    own_files,
    readings,
    shelf,
    shipped_readings,
)
from sekisho.inspection.state import compute, standing

__all__ = [
    "KINDS",
    "Answer",
    "Catalogue",
    "Computed",
    "Heard",
    "Item",
    "Line",
    "Problem",
    "Proof",
    "Seen",
    "Sheet",
    "Shelf",
    "Standing",
    "State",
    "Value",
    "answer",
    "catalogue",
    "catalogues",
    "check",
    "compute",
    "history",
    "item",
    "newest",
    "own_files",
    "readings",
    "sheet",
    "shelf",
    "shipped_readings",
    "standing",
    "take_back",
]
