"""The shared vocabulary: what every room means by the same word."""

from sekisho.terms.clock import Clock, FixedClock, SystemClock, iso, utc
from sekisho.terms.evidence import Evidence, Result, proof
from sekisho.terms.finding import Finding, Gravity
from sekisho.terms.record import (
    REQUEST,
    Access,
    Action,
    Mark,
    Origin,
    Outcome,
    PatientId,
    TimePrecision,
    UserKind,
)
from sekisho.terms.secret import Secret

__all__ = [
    "REQUEST",
    "Access",
    "Action",
    "Clock",
    "Evidence",
    "Finding",
    "FixedClock",
    "Gravity",
    "Mark",
    "Origin",
    "Outcome",
    "PatientId",
    "Result",
    "Secret",
    "SystemClock",
    "TimePrecision",
    "UserKind",
    "iso",
    "proof",
    "utc",
]
