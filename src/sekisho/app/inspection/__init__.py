"""点検: the evidence of every room carried to the sheet."""

from sekisho.app.inspection.editions import shelf_of
from sekisho.app.inspection.gather import gather, sheet_of
from sekisho.app.inspection.where import Place, place, title_of, where

__all__ = ["Place", "gather", "place", "sheet_of", "shelf_of", "title_of", "where"]
