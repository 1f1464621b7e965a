"""What came out of the sheet: folders for the day, and how far it was on each day."""

from sekisho.inspection.papers.folders import Folder, folder, folders, keep_folder
from sekisho.inspection.papers.progress import Counted, count, keep_count, progress

__all__ = [
    "Counted",
    "Folder",
    "count",
    "folder",
    "folders",
    "keep_count",
    "keep_folder",
    "progress",
]
