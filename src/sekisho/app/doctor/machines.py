"""The check of a recorder that several machines share: from its own machine, and from another."""

from __future__ import annotations

import socket

from sekisho.app.certificates import DAYS, ends
from sekisho.app.doctor.patient import Patient
from sekisho.app.recorder_config import RecorderConfig
from sekisho.errors import Error
from sekisho.terms import Evidence


def machines(patient: Patient) -> Evidence:
    """Return whether the recorder listens for other machines, or is reached from this one."""
    if patient.config is None:
        return patient.unknown("machines")
    config = patient.config.recorder
    if config is None:
        return patient.yes("machines", "none")
    end = ends(config.certificate)
    if end is None:
        return patient.no("machines", "unreadable")
    days = (end - patient.now).days
    if days < DAYS:
        return patient.no("machines", "ends", days=days, day=f"{end:%Y-%m-%d}")
    address = f"{config.host}:{config.port}"
    if not config.elsewhere:
        heard = _listens(config)
        return (
            patient.yes("machines", "listens", address=address, count=len(config.names))
            if heard
            else patient.no("machines", "silent", address=address)
        )
    if _reaches(config):
        return patient.yes("machines", "reached", address=address)
    return patient.no("machines", "refused", address=address)


def _listens(config: RecorderConfig) -> bool:
    """Return whether something listens where the recorder should."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104
    try:
        socket.create_connection((host, config.port), 2).close()
    except OSError:
        return False
    return True


def _reaches(config: RecorderConfig) -> bool:
    """Return whether the recorder on the other machine answers this one."""
    from sekisho.app.remote import remote_of  # noqa: PLC0415 (only where there is one)
    from sekisho.ledger import Client  # noqa: PLC0415 (slow to import)

    try:
        remote = remote_of(config)
        assert remote is not None, "it is elsewhere"
        line = Client(remote, timeout=5.0)
        try:
            line.size()
        finally:
            line.close()
    except Error:
        return False
    return True
