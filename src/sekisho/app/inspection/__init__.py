"""点検: the evidence of every room carried to the sheet."""

from sekisho.app.inspection.gather import gather, sheet_of
from sekisho.app.inspection.where import where

__all__ = ["gather", "sheet_of", "where"]
