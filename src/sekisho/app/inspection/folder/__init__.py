"""The folder for the day of an inspection."""

from sekisho.app.inspection.folder.make import kept_folder, make_folder, name_of
from sekisho.app.inspection.folder.pieces import Missing, Piece, Plan, plan

__all__ = [
    "Missing",
    "Piece",
    "Plan",
    "kept_folder",
    "make_folder",
    "name_of",
    "plan",
]
