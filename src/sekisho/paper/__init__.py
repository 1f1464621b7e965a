"""Paper: one-page PDFs and workbooks that a director can read and sign.

Everything here is given as plain values and written for black-and-white
printers; the sentences come through `say`, handed in by the caller, because
`paper` and `pages` do not know each other. The workbook stands in
`sekisho.paper.workbook`: who needs it alone loads what writes it.
"""

from sekisho.paper.keys import KeySheet, RecoverySheet, key_sheet, recovery_sheet
from sekisho.paper.month import (
    CaseLine,
    Counted,
    DecisionLine,
    LevelLine,
    MonthPage,
    Signature,
    SourceLine,
)
from sekisho.paper.page import month_page
from sekisho.paper.press import Say

__all__ = [
    "CaseLine",
    "Counted",
    "DecisionLine",
    "KeySheet",
    "LevelLine",
    "MonthPage",
    "RecoverySheet",
    "Say",
    "Signature",
    "SourceLine",
    "key_sheet",
    "month_page",
    "recovery_sheet",
]
