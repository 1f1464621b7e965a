"""Paper: one-page PDFs and workbooks that a director can read and sign.

Everything here is given as plain values and written for black-and-white
printers; the sentences come through `say`, handed in by the caller, because
`paper` and `pages` do not know each other.
"""

from sekisho.paper.keys import KeySheet, RecoverySheet, key_sheet, recovery_sheet
from sekisho.paper.month import CaseLine, Counted, LevelLine, MonthPage, Signature, SourceLine
from sekisho.paper.page import month_page
from sekisho.paper.press import Say
from sekisho.paper.workbook import month_workbook

__all__ = [
    "CaseLine",
    "Counted",
    "KeySheet",
    "LevelLine",
    "MonthPage",
    "RecoverySheet",
    "Say",
    "Signature",
    "SourceLine",
    "key_sheet",
    "month_page",
    "month_workbook",
    "recovery_sheet",
]
