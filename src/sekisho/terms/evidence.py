"""Evidence: what was checked, when, by what, with what result, or why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sekisho.errors import Value


class Result(StrEnum):
    """Three states everywhere (house decision 8)."""

    YES = "yes"
    NO = "no"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One dated proof.

    Attributes:
        subject: Stable id of what was checked, for instance ``ledger.verified``.
        checked_at: UTC-aware.
        by: The part of Sekisho, or the account, that checked.
        result: Yes, no, or not checked.
        message: Id of the sentence that says the result, or why it was not checked.
        valid_until: When the proof is too old to stand; None for never by itself.
    """

    subject: str
    checked_at: dt.datetime
    by: str
    result: Result
    message: str
    args: Mapping[str, Value] = field(default_factory=dict)
    valid_until: dt.datetime | None = None


GOOD = dt.timedelta(days=2)
"""What rooms prove is looked at every hour; older than this, nobody looked."""


def proof(
    room: str,
    subject: str,
    now: dt.datetime,
    result: Result,
    message: str,
    args: Mapping[str, Value] | None = None,
    until: dt.datetime | None = None,
) -> Evidence:
    """Return what `room` found now of its `subject`, good for `GOOD` unless said.

    Args:
        room: Before the dot of the subject, and who checked.
        subject: After the dot.
        now: UTC-aware.
        result: Yes, no, or not checked.
        message: After ``<room>.evidence.``, the sentence.
        args: What the sentence names.
        until: When it is too old; UTC-aware.
    """
    return Evidence(
        subject=f"{room}.{subject}",
        checked_at=now,
        by=room,
        result=result,
        message=f"{room}.evidence.{message}",
        args=args or {},
        valid_until=until or now + GOOD,
    )
