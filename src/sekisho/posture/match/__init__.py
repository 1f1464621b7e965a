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
from sekisho.posture.match.matcher import Hit, Matcher
from sekisho.posture.match.run import STATES, Match, answer_maker, matches, treat

__all__ = [
    "STATES",
    "Device",
    "Found",
    "FoundPage",
    "Hit",
    "Match",
    "Matcher",
    "Rules",
    "answer_maker",
    "found",
    "knowledge",
    "look",
    "matches",
    "of_advisory",
    "of_asset",
    "rules",
    "say",
    "sums",
    "treat",
]
