"""Whether the disk is encrypted is read from the kernel; what cannot be seen is said to be unseen."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sekisho.app.doctor.encryption import Unseen, below
from sekisho.app.installation import open_installation
from sekisho.app.jobs import look_at_the_disk
from sekisho.app.proofs import latest_evidence
from sekisho.app.waiting import disk_findings
from sekisho.terms import Result

HERE = Path(__file__).parent
"""On the disk; the tests' own files may be in memory."""


class Kernel:
    """A sysfs and a mountinfo as a machine has them, with the folder of these tests on a device."""

    def __init__(self, folder: Path) -> None:
        self.sys, self.mounts, self.place = folder / "sys", folder / "mounts", HERE
        (self.sys / "dev/block").mkdir(parents=True)
        (self.sys / "devices").mkdir()
        self._number = 0
        self.mount("ext4", "/dev/somewhere")

    def mount(self, kind: str, source: str) -> None:
        """Say what the folder is mounted from."""
        number = self.place.stat().st_dev
        self.mounts.write_text(
            f"22 1 {os.major(number)}:{os.minor(number)} / / rw shared:1 - {kind} {source} rw\n",
            encoding="utf-8",
        )

    def device(self, name: str, *below: Path, uuid: str = "", parent: Path | None = None) -> Path:
        """Add a block device that stands on others, or is a partition of `parent`."""
        made = (parent or self.sys / "devices") / name
        (made / "slaves").mkdir(parents=True)
        for each in below:
            (made / "slaves" / each.name).symlink_to(each)
        if uuid:
            (made / "dm").mkdir()
            (made / "dm/uuid").write_text(f"{uuid}\n", encoding="utf-8")
        if parent is not None:
            (made / "partition").write_text("1\n", encoding="utf-8")
        return made

    def stands_on(self, device: Path) -> bool:
        """Return the answer for a folder on `device`."""
        number = self.place.stat().st_dev
        link = self.sys / f"dev/block/{os.major(number)}:{os.minor(number)}"
        link.unlink(missing_ok=True)
        link.symlink_to(device)
        return below(self.place, self.sys, self.mounts)


LUKS = "CRYPT-LUKS2-0f1e2d3c4b5a69788796a5b4c3d2e1f0-sekisho"
LVM = "LVM-aaaabbbbccccddddeeeeffffgggghhhhiiiijjjjkkkkllllmmmmnnnnoooopppp"


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    """A machine with one disk."""
    return Kernel(tmp_path)


def test_what_stands_on_a_cipher_is_encrypted(kernel: Kernel) -> None:
    """LUKS on a partition, and a volume group on LUKS, are seen through their layers."""
    disk = kernel.device("sda")
    luks = kernel.device("dm-0", kernel.device("sda2", parent=disk), uuid=LUKS)

    assert kernel.stands_on(luks)
    assert kernel.stands_on(kernel.device("dm-1", luks, uuid=LVM))


def test_one_part_in_the_clear_is_not_encrypted(kernel: Kernel) -> None:
    """A plain partition, a volume over a cipher and a plain disk, and dm-verity are no encryption."""
    disk, other = kernel.device("sda"), kernel.device("sdb")
    luks = kernel.device("dm-0", disk, uuid=LUKS)

    assert not kernel.stands_on(kernel.device("sdb1", parent=other))
    assert not kernel.stands_on(kernel.device("dm-1", luks, other, uuid=LVM))
    assert not kernel.stands_on(kernel.device("dm-2", other, uuid="CRYPT-VERITY-00-root"))


def test_a_file_system_that_encrypts_is_believed(kernel: Kernel) -> None:
    """Of a file system that writes nothing in the clear the disk below is not asked."""
    kernel.mount("ecryptfs", "/home/.ecryptfs")

    assert kernel.stands_on(kernel.device("sda"))


def test_what_lies_on_no_disk_is_not_checked() -> None:
    """Of memory, or a network, nothing is claimed."""
    if Path("/dev/shm").stat().st_dev == HERE.stat().st_dev:
        return
    with pytest.raises(Unseen, match="no_disk"):
        below(Path("/dev/shm"))


def test_this_machine_as_lsblk_sees_it() -> None:
    """On this machine the answer is that of lsblk."""
    source = _said("findmnt", "-nvo", "SOURCE", "-T", str(HERE))
    if not source.startswith("/dev/"):
        with pytest.raises(Unseen):
            below(HERE)
        return
    layers = _said("lsblk", "-sno", "TYPE", source).split()

    assert below(HERE) is ("crypt" in layers)


def test_the_nightly_look_is_kept_and_found(data: Path) -> None:
    """Each night's look is an Evidence; what is not encrypted is a finding until a person says so."""
    here = open_installation(data, create=True)
    look_at_the_disk(here)
    kept = latest_evidence(here.database, "doctor.encryption")
    found = [one.message for one in disk_findings(here)]
    here.close()

    assert kept is not None
    assert (
        found
        == {
            Result.YES: [],
            Result.NO: ["app.finding.not_encrypted"],
            Result.NOT_CHECKED: ["app.finding.encryption_unknown"],
        }[kept.result]
    )


def _said(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
