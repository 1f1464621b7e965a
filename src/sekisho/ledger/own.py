"""Sekisho's own acts as records: sign-in, a page opened, a case answered."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Sequence

from sekisho.terms import (
    Access,
    Action,
    Clock,
    Origin,
    Outcome,
    PatientId,
    TimePrecision,
    UserKind,
)

SOURCE = "sekisho"


def own(
    clock: Clock,
    *,
    user_id: str | None,
    action: Action,
    object: str | None,  # noqa: A002 (the record's own word)
    outcome: Outcome = Outcome.SUCCESS,
    patient_ids: Sequence[PatientId | str] = (),
    reason: str | None = None,
    terminal: str | None = None,
    session: str | None = None,
    user_kind: UserKind | None = None,
) -> Access:
    """Return one of Sekisho's own acts as a record of source ``sekisho``."""
    kind = user_kind or (UserKind.SYSTEM if user_id is None else UserKind.PERSON)
    patients = tuple(
        each if isinstance(each, PatientId) else PatientId(each) for each in patient_ids
    )
    return _own(
        clock.now(), user_id, kind, action, object, outcome, patients, reason, terminal, session
    )


def clock_went_back(now: dt.datetime, last: dt.datetime) -> Access:
    """Return the record which says that the machine's clock stepped backwards."""
    seconds = int((last - now).total_seconds())
    return _own(
        now,
        None,
        UserKind.SYSTEM,
        Action.SECURITY,
        "clock",
        Outcome.SUCCESS,
        (),
        f"clock_went_back:{seconds}",
        None,
        None,
    )


def _own(
    at: dt.datetime,
    user_id: str | None,
    kind: UserKind,
    action: Action,
    what: str | None,
    outcome: Outcome,
    patients: tuple[PatientId, ...],
    reason: str | None,
    terminal: str | None,
    session: str | None,
) -> Access:
    digest = hashlib.sha256(os.urandom(16)).hexdigest()
    return Access(
        occurred_at=at,
        source=SOURCE,
        key=digest[:32],
        digest=digest,
        origin=Origin(connection=SOURCE, message=1),
        action=action,
        outcome=outcome,
        time_precision=TimePrecision.MILLISECOND,
        user_id=user_id,
        user_kind=kind,
        patient_ids=patients,
        object=what,
        reason=reason,
        terminal=terminal,
        session=session,
    )
