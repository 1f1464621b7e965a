"""The steps of an update, and the way back."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import orjson

from sekisho.app.backup import BackupReport, backup, recipient
from sekisho.app.bundle import Manifest, unpack
from sekisho.app.config import read_config
from sekisho.app.proofs import keep_evidence
from sekisho.app.update.kept import keep, open_state
from sekisho.app.update.layout import CURRENT, PREVIOUS, Layout, Services
from sekisho.errors import Error, InvalidInputError, UnavailableError
from sekisho.terms import Clock, Evidence, Result

_PLACING = 900
_HEALTH = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateReport:
    """What an update did.

    Attributes:
        before: The version that ran.
        now: The version that runs.
        backup: The backup taken first; None for a step back, and where the log is elsewhere.
        records: How many records the version that runs now verified.
    """

    before: str
    now: str
    backup: BackupReport | None
    records: int


def update(
    file: Path, layout: Layout, services: Services, clock: Clock, *, backup_to: Path
) -> UpdateReport:
    """Bring the version in `file` up; on any failure the version before goes on.

    Signature, fit and sums first; a backup; the new version placed beside; then
    everything stops, the new version opens this installation's own data and
    verifies the record; only then is it chosen and started.

    Args:
        file: A bundle.
        layout: Where this installation stands.
        services: Starts and stops what runs.
        clock: Gives the dates kept.
        backup_to: Where the backup goes.

    Raises:
        InvalidInputError: `file` is not for this machine or not newer, or no recovery key was made.
        TamperError: The signature is not by the key of this installation.
        UnavailableError: The new version did not prove itself; the one before runs as it did.
    """
    before = layout.chosen()
    if before is None:
        raise InvalidInputError("update.not_installed", folder=str(layout.opt))
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=layout.opt) as work:
        unpacked = Path(work)
        manifest = unpack(file, layout.key, unpacked)
        _check_fit(layout.manifest(before), manifest)
        made = _backup(layout, clock, backup_to)
        place = layout.opt / manifest.version
        if place.exists():
            shutil.rmtree(place)  # gone back from, or left by an update that was cut off
        _place(unpacked, place)
        records = _prove(layout, services, manifest.version)
        try:
            layout.choose(PREVIOUS, before)
            layout.choose(CURRENT, manifest.version)
            services.replace_units(unpacked)
            services.start()
        except Error:
            layout.choose(CURRENT, before)
            services.stop()
            services.start()
            raise
        shutil.copyfile(unpacked / "release.pem", layout.opt / "release.pem")
    _note(layout, clock, "update.done", before, manifest.version)
    return UpdateReport(before=before, now=manifest.version, backup=made, records=records)


def back(layout: Layout, services: Services, clock: Clock) -> UpdateReport:
    """Choose the version before again; the data stay, nothing recorded since is lost.

    Raises:
        InvalidInputError: There is no version before.
        UnavailableError: It does not prove itself on today's data; the newer one goes on.
    """
    before, now = layout.chosen(), layout.chosen(PREVIOUS)
    if before is None or now is None or before == now or not (layout.opt / now).is_dir():
        raise InvalidInputError("update.no_step_back")
    records = _prove(layout, services, now)
    layout.choose(CURRENT, now)
    layout.choose(PREVIOUS, before)
    services.start()
    _note(layout, clock, "update.gone_back", before, now)
    return UpdateReport(before=before, now=now, backup=None, records=records)


def _check_fit(installed: Manifest, offered: Manifest) -> None:
    for name in ("system", "arch", "python"):
        have, want = getattr(installed, name), getattr(offered, name)
        if have != want:
            raise InvalidInputError("update.other_machine", made_for=str(want), here=str(have))
    if _order(offered.version) <= _order(installed.version):
        raise InvalidInputError("update.not_newer", offered=offered.version, here=installed.version)


def _order(version: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d+(\.\d+){0,3}", version):
        raise InvalidInputError("update.bad_version", version=version)
    return tuple(int(part) for part in version.split("."))


def _backup(layout: Layout, clock: Clock, to: Path) -> BackupReport | None:
    if read_config(layout.data).elsewhere:
        return None  # what there is to lose is on the recorder's machine
    database = open_state(layout)
    try:
        return backup(layout.data, database, to, recipient(database), clock)
    finally:
        database.close()


def _place(unpacked: Path, place: Path) -> None:
    done = subprocess.run(  # noqa: S603 (from a bundle whose signature was checked)
        ["/bin/sh", str(unpacked / "place.sh"), str(unpacked), str(place)],
        capture_output=True,
        text=True,
        timeout=_PLACING,
        check=False,
    )
    if done.returncode != 0:
        shutil.rmtree(place, ignore_errors=True)
        raise UnavailableError("update.not_placed", why=_last_line(done.stderr))


def _prove(layout: Layout, services: Services, version: str) -> int:
    """Stop what runs and let `version` open the data; undo its migration where it fails."""
    services.stop()
    try:
        kept = keep(layout)
    except Error:
        services.start()
        raise
    try:
        return _health(layout, version)
    except (UnavailableError, subprocess.SubprocessError, OSError) as error:
        kept.put_back()
        services.start()
        why = str(error.args_.get("why", "")) if isinstance(error, Error) else str(error)
        raise UnavailableError("update.unhealthy", version=version, why=why) from error
    finally:
        kept.forget()


def _health(layout: Layout, version: str) -> int:
    """Return how many records `version` verified, run as the owner of the data."""
    owner = layout.data.stat()
    done = subprocess.run(  # noqa: S603 (our own interpreter and module)
        [
            str(layout.opt / version / "bin" / "python"),
            "-m",
            "sekisho.app.update.health",
            str(layout.data),
        ],
        capture_output=True,
        text=True,
        timeout=_HEALTH,
        check=False,
        user=owner.st_uid,
        group=owner.st_gid,
        cwd="/",
    )
    try:
        said = orjson.loads(done.stdout)
    except orjson.JSONDecodeError:
        said = {}
    if done.returncode != 0 or not said.get("ok"):
        why = said.get("why") or _last_line(done.stderr)
        raise UnavailableError("update.unhealthy", version=version, why=why)
    return int(said["records"])


def _note(layout: Layout, clock: Clock, message: str, before: str, now: str) -> None:
    database = open_state(layout)
    try:
        keep_evidence(
            database,
            Evidence(
                subject="update",
                checked_at=clock.now(),
                by="update",
                result=Result.YES,
                message=message,
                args={"before": before, "now": now},
            ),
        )
    finally:
        database.close()


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:300] if lines else "?"
