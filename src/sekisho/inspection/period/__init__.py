"""警戒期間: by a notice from above, what is proven has to be newer, people confirm, each day is summed up.

It begins and ends by its dates alone: nobody has to switch anything back.
"""

from sekisho.inspection.period.compare import Changed, Compared, Sum, compare, done
from sekisho.inspection.period.moments import Kind, Moment, keep_moment, moments
from sekisho.inspection.period.notices import (
    end_early,
    enter,
    period,
    periods,
    running,
    withdraw,
)
from sekisho.inspection.period.records import Entry, Notice, Period, Word
from sekisho.inspection.period.rules import Ask, Rules, rules, shortened
from sekisho.inspection.period.words import confirm, due, take_back, words

__all__ = [
    "Ask",
    "Changed",
    "Compared",
    "Entry",
    "Kind",
    "Moment",
    "Notice",
    "Period",
    "Rules",
    "Sum",
    "Word",
    "compare",
    "confirm",
    "done",
    "due",
    "end_early",
    "enter",
    "keep_moment",
    "moments",
    "period",
    "periods",
    "rules",
    "running",
    "shortened",
    "take_back",
    "withdraw",
    "words",
]
