"""Checks of the gate and of what comes by itself: could they start as they are configured?"""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from sekisho.app.doctor.patient import Patient
from sekisho.app.gate_lists import lists_of
from sekisho.app.tls import Profile
from sekisho.collect.live.config import read_config
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
        return _wrong(patient, "gate", error)
    except SQLAlchemyError:
        # A state of an older version has no such table yet.
        return patient.unknown("gate")
    return patient.yes("gate", count=len(config.routes))


def collecting(patient: Patient) -> Evidence:
    """Return whether the ways in and their certificates are sound."""
    from sekisho.app.collect import context_of  # noqa: PLC0415 (slow to import)

    profile = Profile.RECOMMENDED if patient.config is None else patient.config.tls
    try:
        config = read_config(patient.data)
        doors = (*config.syslog, *config.fhir, *config.mllp)
        for door in doors:
            context_of(door, profile)
    except InvalidInputError as error:
        return _wrong(patient, "collect", error)
    count = len(doors) + len(config.folder) + len(config.tail)
    if not count:
        return patient.yes("collect", "none")
    return patient.yes("collect", count=count)


def _wrong(patient: Patient, subject: str, error: InvalidInputError) -> Evidence:
    return Evidence(
        subject=f"doctor.{subject}",
        checked_at=patient.now,
        by="doctor",
        result=Result.NO,
        message=error.message,
        args=error.values(),
    )
