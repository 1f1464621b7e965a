"""The values of a replay: what an ask answers, and what stands here, gathered once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sekisho.errors import Value
from sekisho.posture.incidents.words import Word
from sekisho.terms import Evidence


class Outcome(StrEnum):
    """What a link would meet here."""

    STOPPED = "stopped"
    NOT_STOPPED = "not_stopped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What stands behind an answer.

    Attributes:
        kind: ``connection``, ``asset``, ``weakness``, ``evidence``, ``word`` or ``load``.
        name: As the ledger calls it; of evidence its subject, of a word its question.
        where: The page that shows it.
    """

    kind: str
    name: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One ask, answered: the outcome, the sentence that says why, and the records behind it."""

    outcome: Outcome
    message: str
    args: Mapping[str, Value] = field(default_factory=dict)
    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What stands here, gathered once for all links."""

    lines: Sequence[Mapping[str, Any]]
    machines: Sequence[Mapping[str, Any]]
    networks: Mapping[int, frozenset[str]]
    """Asset → the networks that it stands in, by name, else by the first three parts of its address."""
    holes: Sequence[Mapping[str, Any]]
    known: Sequence[tuple[str, dt.datetime, bool]]
    unread: int
    proofs: Mapping[str, Evidence]
    words: Mapping[str, Word]
    now: dt.datetime
    today: dt.date
