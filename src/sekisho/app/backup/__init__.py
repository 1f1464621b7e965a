"""Backups: always encrypted, taken while everything runs, proved by restoring.

One file in the age format (age-encryption.org/v1) around a plain tar, so that it
opens with ``age -d`` and ``tar`` too. Its key is printed on paper at set-up; the
machine keeps the half that encrypts and nothing that decrypts.
"""

from sekisho.app.backup.keys import RecoveryKey, make_recovery_key, read_identity, recipient
from sekisho.app.backup.make import BackupReport, backup
from sekisho.app.backup.restore import RestoreReport, prove, restore

__all__ = [
    "BackupReport",
    "RecoveryKey",
    "RestoreReport",
    "backup",
    "make_recovery_key",
    "prove",
    "read_identity",
    "recipient",
    "restore",
]
