"""Checks of what Sekisho keeps: folder, key, state, recorder, proofs, backups."""

from __future__ import annotations

import datetime as dt
import os
import pwd
import socket
import stat

import sqlalchemy as sa

from sekisho.app.certificates import DAYS, ends
from sekisho.app.doctor.patient import Patient
from sekisho.app.proofs import latest_evidence
from sekisho.app.settings import setting
from sekisho.app.tables import EVIDENCE, SETTING
from sekisho.storage import Database
from sekisho.terms import Evidence, Result

_BACKUP_DAYS = 7


def folder(patient: Patient) -> Evidence:
    """Return whether the data directory is there and closed to others."""
    if not patient.data.is_dir():
        return patient.no("folder", "absent", folder=str(patient.data))
    mode = stat.S_IMODE(patient.data.stat().st_mode)
    if mode & 0o077:
        return patient.no("folder", "open", folder=str(patient.data), mode=f"{mode:04o}")
    if not os.access(patient.data, os.R_OK | os.X_OK):
        return patient.unknown("folder", folder=str(patient.data))
    return patient.yes("folder", folder=str(patient.data))


def owner(patient: Patient) -> Evidence:
    """Return whether Sekisho has a user of its own, and not one who does other things."""
    if not patient.data.is_dir():
        return patient.unknown("owner")
    number = patient.data.stat().st_uid
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = str(number)
    if number == 0:
        return patient.no("owner", "root")
    if not name.startswith("sekisho"):
        return patient.no("owner", "person", user=name)
    return patient.yes("owner", user=name)


def key(patient: Patient) -> Evidence:
    """Return whether the signing key is there and only its owner reads it."""
    path = patient.data / "ledger" / "key"
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except PermissionError:
        return patient.unknown("key", "no_right")
    except OSError:
        return patient.no("key", "absent")
    if mode & 0o077:
        return patient.no("key", "open", mode=f"{mode:04o}")
    return patient.yes("key")


def answers(patient: Patient) -> Evidence:
    """Return whether the state (SQLite or PostgreSQL) answers."""
    if patient.database is None:
        if patient.no_database == "silent":
            return patient.no("answers")
        if patient.no_database == "damaged":
            return patient.no("answers", "damaged")
        if patient.no_database == "config":
            return patient.unknown("answers", "config")
        return patient.unknown("answers", "absent")
    return patient.yes("answers", kind=patient.database.kind)


def whole(patient: Patient) -> Evidence:
    """Return whether SQLite finds its own file whole."""
    if patient.damage is not None:
        return patient.no("whole", said=patient.damage)
    if patient.database is None:
        return patient.unknown("whole", "no_database")
    if patient.database.kind != "sqlite":
        return patient.unknown("whole", "elsewhere")
    return patient.yes("whole")


def unreadable(database: Database) -> str | None:
    """Return the first table the doctor reads whose rows cannot be read; None where all can.

    SQLite checks how its pages hang together, not what people wrote into them.
    """
    for table in (SETTING, EVIDENCE):
        try:
            with database.read() as connection:
                if sa.inspect(connection).has_table(table.name):
                    connection.execute(sa.select(table)).all()
        except (sa.exc.DBAPIError, ValueError):
            return table.name
    return None


def recorder(patient: Patient) -> Evidence:
    """Return whether the recorder answers at its socket."""
    folder = patient.data / "run"
    if not (folder / "recorder.sock").exists():
        return patient.unknown("recorder")
    # By way of the open folder: an address may have 107 bytes only, a path may be longer.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(2)
            one.connect(f"/proc/self/fd/{descriptor}/recorder.sock")
    except OSError:
        return patient.no("recorder")
    finally:
        os.close(descriptor)
    return patient.yes("recorder")


def verified(patient: Patient) -> Evidence:
    """Return whether the record was verified lately, with what result."""
    last = _last(patient, "ledger.verified")
    if last is None:
        return patient.unknown("verified")
    day = last.checked_at.astimezone().strftime("%Y-%m-%d %H:%M")
    if last.result is Result.NO:
        return patient.no("verified", day=day)
    days = (patient.now - last.checked_at).days
    if last.result is Result.NOT_CHECKED or (last.valid_until and patient.now > last.valid_until):
        return patient.unknown("verified", "old", day=day, days=days)
    return patient.yes("verified", day=day)


def certificate(patient: Patient) -> Evidence:
    """Return whether the console's certificate stays valid for two months."""
    if patient.config is None:
        return patient.unknown("certificate")
    if patient.config.certificate is None:
        return patient.yes("certificate", "loopback")
    end = ends(patient.config.certificate)
    if end is None:
        return patient.no("certificate", "unreadable")
    days = (end - patient.now).days
    if days < DAYS:
        return patient.no("certificate", "ends", days=days, day=f"{end:%Y-%m-%d}")
    return patient.yes("certificate", day=f"{end:%Y-%m-%d}")


def backup(patient: Patient) -> Evidence:
    """Return whether a backup was made lately."""
    last = _last(patient, "backup.made")
    if last is None:
        return patient.no("backup", "never")
    days = (patient.now - last.checked_at).days
    if days > _BACKUP_DAYS:
        return patient.no("backup", "old", days=days)
    return patient.yes("backup", days=days)


def recovery_key(patient: Patient) -> Evidence:
    """Return whether the paper recovery key was made, and proved by a restore with it."""
    if patient.database is None or not _has(patient, SETTING):
        return patient.unknown("recovery_key", "no_database")
    if setting(patient.database, "backup.recipient") is None:
        return patient.no("recovery_key", "absent")
    last = _last(patient, "backup.restored")
    if last is None or last.result is not Result.YES:
        return patient.no("recovery_key", "untried")
    if patient.now - last.checked_at > dt.timedelta(days=366):
        return patient.unknown("recovery_key", "old", day=f"{last.checked_at:%Y-%m-%d}")
    return patient.yes("recovery_key", day=f"{last.checked_at:%Y-%m-%d}")


def _last(patient: Patient, subject: str) -> Evidence | None:
    if patient.database is None or not _has(patient, EVIDENCE):
        return None
    return latest_evidence(patient.database, subject)


def _has(patient: Patient, table: sa.Table) -> bool:
    return patient.database is not None and sa.inspect(patient.database.engine).has_table(
        table.name
    )
