"""点検: what is asked, what proves it, what a person answered, and what comes out of it."""

from sekisho.inspection.answers import answer, history, newest, take_back
from sekisho.inspection.catalogue import Catalogue, Item, Proof, catalogue, catalogues, item
from sekisho.inspection.records import (
    Answer,
    Computed,
    Line,
    Seen,
    Sheet,
    Standing,
    State,
    Value,
)
from sekisho.inspection.sheet import sheet
from sekisho.inspection.state import compute, standing

__all__ = [
    "Answer",
    "Catalogue",
    "Computed",
    "Item",
    "Line",
    "Proof",
    "Seen",
    "Sheet",
    "Standing",
    "State",
    "Value",
    "answer",
    "catalogue",
    "catalogues",
    "compute",
    "history",
    "item",
    "newest",
    "sheet",
    "standing",
    "take_back",
]
