"""Which advisory concerns which component, and how surely."""

from sekisho.posture.match.deadline import Rules, rules
from sekisho.posture.match.found import (
    Device,
    Found,
    FoundPage,
    found,
    knowledge,
    look,
    of_advisory,
    of_asset,
    say,
    sums,
)
from sekisho.posture.match.inquiry import (
    ANSWERS,
    DAYS,
    Inquiry,
    addressees,
    ask,
    inquiries,
    late,
    reply,
    together,
    undo,
    withdraw,
)
from sekisho.posture.match.matcher import Hit, Matcher
from sekisho.posture.match.run import STATES, Match, answer_maker, matches, treat

__all__ = [
    "ANSWERS",
    "DAYS",
    "STATES",
    "Device",
    "Found",
    "FoundPage",
    "Hit",
    "Inquiry",
    "Match",
    "Matcher",
    "Rules",
    "addressees",
    "answer_maker",
    "ask",
    "found",
    "inquiries",
    "knowledge",
    "late",
    "look",
    "matches",
    "of_advisory",
    "of_asset",
    "reply",
    "rules",
    "say",
    "sums",
    "together",
    "treat",
    "undo",
    "withdraw",
]
