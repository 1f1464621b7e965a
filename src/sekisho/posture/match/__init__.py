"""Which advisory concerns which component, and how surely."""

from sekisho.posture.match.deadline import Rules, rules
from sekisho.posture.match.matcher import Hit, Matcher
from sekisho.posture.match.run import Match, answer_maker, matches, treat

__all__ = ["Hit", "Match", "Matcher", "Rules", "answer_maker", "matches", "rules", "treat"]
