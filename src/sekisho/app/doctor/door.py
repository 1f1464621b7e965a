"""Checks of the gate: could it start as it is configured?"""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from sekisho.app.doctor.patient import Patient
from sekisho.app.gate_lists import lists_of
from sekisho.errors import InvalidInputError
from sekisho.gate.config import read_gate
from sekisho.gate.credentials import Credentials
from sekisho.terms import Evidence, FixedClock, Result


def gate(patient: Patient) -> Evidence:
    """Return whether configuration, lists of revoked certificates and credentials are sound."""
    clock = FixedClock(patient.now)
    try:
        config = read_gate(patient.data)
        if config is None:
            return patient.yes("gate", "none")
        lists_of(patient.data, config, clock)
        if patient.database is None:
            return patient.unknown("gate")
        Credentials(patient.data, patient.database, clock, config.routes)
    except InvalidInputError as error:
        return Evidence(
            subject="doctor.gate",
            checked_at=patient.now,
            by="doctor",
            result=Result.NO,
            message=error.message,
            args=error.values(),
        )
    except SQLAlchemyError:
        # A state of an older version has no such table yet.
        return patient.unknown("gate")
    return patient.yes("gate", count=len(config.routes))
