"""Is the disk below the data directory encrypted by this system? Asked of the kernel, never guessed.

Sekisho encrypts nothing of the live directory itself (decision: one key less to lose); LUKS
below it does (docs/hospital/encryption.md). What a drive, a hypervisor or a storage network
encrypts by itself cannot be seen from here, and the words say so.
"""

from __future__ import annotations

import os
from pathlib import Path

from sekisho.app.doctor.patient import Patient
from sekisho.terms import Evidence

SYS = Path("/sys")
MOUNTS = Path("/proc/self/mountinfo")
_ENCRYPTING = {"ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs"}
"""File systems that write nothing in the clear."""
_OF_ONE_DEVICE = {"btrfs", "bcachefs"}
"""File systems whose device number is not that of a disk; their mount names it."""
_NO_CIPHER = ("CRYPT-VERITY-", "CRYPT-INTEGRITY-")
"""Device-mapper targets that only check what is read."""


class Unseen(Exception):  # noqa: N818 (a reason, not an error)
    """It cannot be told; `why` ends the id of the sentence, `name` is what stands there."""

    def __init__(self, why: str, name: str) -> None:
        super().__init__(why)
        self.why = why
        self.name = name


def encryption(patient: Patient) -> Evidence:
    """Return whether all that lies below the data directory is encrypted."""
    if not patient.data.is_dir():
        return patient.unknown("encryption")
    try:
        encrypted = below(patient.data)
    except Unseen as error:
        return patient.unknown("encryption", error.why, name=error.name)
    except OSError:
        return patient.unknown("encryption", "unseen", name=str(SYS))
    return patient.yes("encryption") if encrypted else patient.no("encryption")


def below(path: Path, sys: Path = SYS, mounts: Path = MOUNTS) -> bool:
    """Return whether everything written below `path` goes through a cipher.

    Args:
        path: A folder or file.
        sys: sysfs (Documentation/ABI/testing/sysfs-block, sysfs-block-dm).
        mounts: mountinfo (proc(5)).

    Raises:
        Unseen: The file system is none of a disk's.
        OSError: The kernel tells nothing.
    """
    number = path.stat().st_dev
    device = f"{os.major(number)}:{os.minor(number)}"
    kind, source = _mounted(device, mounts)
    if kind in _ENCRYPTING:
        return True
    if kind in _OF_ONE_DEVICE:
        number = Path(source).stat().st_rdev
        device = f"{os.major(number)}:{os.minor(number)}"
    elif os.major(number) == 0:
        raise Unseen("no_disk", kind or device)
    return _ciphered((sys / "dev/block" / device).resolve(strict=True), sys, mounts)


def _mounted(device: str, mounts: Path) -> tuple[str, str]:
    """Return kind and source of what is mounted from `device`; empty where nothing is."""
    for line in mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        place, _, rest = line.partition(" - ")
        if place.split(" ")[2] == device:
            kind, source = rest.split(" ")[:2]
            return kind, source
    return "", ""


def _ciphered(block: Path, sys: Path, mounts: Path) -> bool:
    """Return whether a block device, or every one that it stands on, is a cipher."""
    mapped = _said(block / "dm/uuid")
    if mapped.startswith("CRYPT-") and not mapped.startswith(_NO_CIPHER):
        return True
    if (block / "partition").exists():
        return _ciphered(block.parent, sys, mounts)
    parts = sorted((block / "slaves").iterdir()) if (block / "slaves").is_dir() else []
    if parts:
        return all(_ciphered(part.resolve(strict=True), sys, mounts) for part in parts)
    file = _said(block / "loop/backing_file")
    return bool(file) and below(Path(file), sys, mounts)


def _said(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
