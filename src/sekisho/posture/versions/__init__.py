"""Versions: their order, the sentences that say which are meant, and package rules."""

from sekisho.posture.versions.order import comparable, compare, order_key
from sekisho.posture.versions.ranges import Range, Reading
from sekisho.posture.versions.sentence import read

__all__ = ["Range", "Reading", "comparable", "compare", "order_key", "read"]
