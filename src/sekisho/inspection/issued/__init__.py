"""The sheet as it was issued: a workbook of others, filled and read back, its layout untouched."""

from sekisho.inspection.issued.fill import Filled, How, Left, Mark, fill
from sekisho.inspection.issued.match import Unplaced, find_places, year_of
from sekisho.inspection.issued.propose import Proposal, propose

__all__ = [
    "Filled",
    "How",
    "Left",
    "Mark",
    "Proposal",
    "Unplaced",
    "fill",
    "find_places",
    "propose",
    "year_of",
]
