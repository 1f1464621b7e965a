"""The only room that opens databases: SQLite or PostgreSQL for state, DuckDB for reading.

Rooms declare their tables on `METADATA` in a `tables.py` of their own; the
migrations stand here. Times are stored by `Utc`, never naive.
"""

from sekisho.storage.analysis import Analysis, Job, analysis, asks
from sekisho.storage.aside import Aside, forget_aside, set_aside
from sekisho.storage.columns import as_it_lies, is_one_of, read_columns
from sekisho.storage.database import Cursor, Database, open_database
from sekisho.storage.faults import DriverDataError, DriverError, faults
from sekisho.storage.files import fsync_folder, write_durably
from sekisho.storage.many import insert_many
from sekisho.storage.migrate import demand
from sekisho.storage.schema import METADATA, Utc

__all__ = [
    "METADATA",
    "Analysis",
    "Aside",
    "Cursor",
    "Database",
    "DriverDataError",
    "DriverError",
    "Job",
    "Utc",
    "analysis",
    "as_it_lies",
    "asks",
    "demand",
    "faults",
    "forget_aside",
    "fsync_folder",
    "insert_many",
    "is_one_of",
    "open_database",
    "read_columns",
    "set_aside",
    "write_durably",
]
