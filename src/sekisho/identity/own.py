"""The record of an act in Sekisho itself."""

from __future__ import annotations

import hashlib
import secrets

from sekisho.terms import Access, Action, Clock, Origin, Outcome, PatientId, TimePrecision, UserKind


def own(
    clock: Clock,
    *,
    user_id: str | None,
    action: Action,
    object: str,  # noqa: A002 (the field's name)
    outcome: Outcome = Outcome.SUCCESS,
    patient_ids: tuple[PatientId, ...] = (),
    reason: str | None = None,
    terminal: str | None = None,
) -> Access:
    """Return the record of one act, with a key of its own."""
    key = hashlib.sha256(secrets.token_bytes(16)).hexdigest()
    return Access(
        occurred_at=clock.now(),
        source="sekisho",
        key=key[:32],
        digest=key,
        origin=Origin(connection="sekisho", message=1),
        action=action,
        outcome=outcome,
        time_precision=TimePrecision.MILLISECOND,
        user_id=user_id,
        user_kind=UserKind.UNKNOWN if user_id is None else UserKind.PERSON,
        patient_ids=patient_ids,
        terminal=terminal,
        object=object,
        reason=reason,
    )
