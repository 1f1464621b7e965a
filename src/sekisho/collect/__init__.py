"""Other systems' logs become records (notice item ③, 全ての記録の収集).

`sniff` proposes how to read a file; `collect` reads it into the ledger. Every record keeps
where it came from; what cannot be read waits in quarantine; what is doubtful is counted and
shown, never dropped. Names found in a file are not stored.
"""

from sekisho.collect.interface import (
    CONFIDENT,
    FileReport,
    FileView,
    Progress,
    Proposal,
    QuarantineRow,
    Sampled,
    SourceView,
)
from sekisho.collect.mapping import Mapping
from sekisho.collect.quarantine import Retried, quarantine, retry, waiting
from sekisho.collect.received import files, sources
from sekisho.collect.take import collect, sniff

__all__ = [
    "CONFIDENT",
    "FileReport",
    "FileView",
    "Mapping",
    "Progress",
    "Proposal",
    "QuarantineRow",
    "Retried",
    "Sampled",
    "SourceView",
    "collect",
    "files",
    "quarantine",
    "retry",
    "sniff",
    "sources",
    "waiting",
]
