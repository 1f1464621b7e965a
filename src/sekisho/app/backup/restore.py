"""Brings a backup back, and proves that it can be.

A restored copy is older than what it replaces. It says so itself: the first thing
recorded in it is that it was restored, from when, and by whom; and a finding stays
until a person deals with it. Who kept a later checkpoint still sees the difference
(`ledger verify --last`): that is not hidden, it is explained.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tarfile
import tempfile
import threading
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

import orjson
import pyrage

from sekisho.app.backup.make import CHECKPOINT, FORMAT, MANIFEST, STATE
from sekisho.app.backup.trim import size_of, trim
from sekisho.app.findings import keep
from sekisho.app.proofs import keep_evidence
from sekisho.errors import ConflictError, InvalidInputError, TamperError, UnavailableError
from sekisho.storage import Database, open_database
from sekisho.terms import Action, Clock, Evidence, Finding, Gravity, Result, Secret

if TYPE_CHECKING:
    from sekisho.app.backup.erasures import Again
    from sekisho.ledger import Verdict

CONFIG = "sekisho.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What was brought back.

    Attributes:
        target: The data directory made.
        made_at: When the backup was taken.
        version: The version of Sekisho that took it.
        files: Number of files.
        verdict: What verification of the restored record said; None: it had no record yet.
        config_aside: The configuration named a state elsewhere and was put aside under this name.
        again: What was erased after the backup and was done again; None: no list of it was found.
    """

    target: Path
    made_at: dt.datetime
    version: str
    files: int
    verdict: Verdict | None
    config_aside: str | None
    again: Again | None = None


def restore(
    file: Path,
    identity: Secret,
    target: Path,
    clock: Clock,
    *,
    by: str,
    key: str | None = None,
    last: str | None = None,
    erasures: Sequence[Path] = (),
) -> RestoreReport:
    """Bring the backup `file` back into `target`, verified, without what was erased since.

    Args:
        file: The backup.
        identity: The half of the recovery key that is on paper.
        target: A folder that does not exist or is empty; made with mode 0700.
        clock: Gives the date of the restore.
        by: Who restores; recorded as the first act in the copy.
        key: The ledger's public key as printed at set-up; without it the signer is not checked.
        last: A checkpoint kept elsewhere; without it rollback is not checked.
        erasures: Lists of erasures; those that lie beside `file` are read anyway.

    Raises:
        ConflictError: `target` is not empty: nothing is ever overwritten.
        InvalidInputError: The file is no backup, damaged, of a newer form, or not for this key.
        TamperError: The restored record does not verify; what was restored is kept for looking at.
        UnavailableError: The file cannot be read or the target not written.
    """
    report = _bring_back(file, identity, target, key=key, last=last)
    database = open_database(f"sqlite:///{target / STATE}")
    try:
        _say_so(target, database, clock, report, by)
        return replace(report, again=_erase_again(report, file, erasures, database, clock, key))
    finally:
        database.close()


def _erase_again(
    report: RestoreReport,
    file: Path,
    erasures: Sequence[Path],
    database: Database,
    clock: Clock,
    key: str | None,
) -> Again | None:
    """Do again what the lists beside the backup, and those given, say was erased since."""
    from sekisho.app.backup.erasures import SUFFIX, do_again  # noqa: PLC0415 (slow to import)
    from sekisho.app.config import read_config  # noqa: PLC0415 (same)
    from sekisho.app.installation import Installation  # noqa: PLC0415 (same)

    if report.verdict is None:
        return None
    lists = [*erasures, *sorted(file.parent.glob(f"*{SUFFIX}"))]
    here = Installation(report.target, read_config(report.target), database, clock)
    found = do_again(here, lists, size=report.verdict.size, key=key)
    return found if found.lists else None


def prove(
    file: Path, identity: Secret, database: Database, clock: Clock, work: Path
) -> RestoreReport:
    """Restore `file` with the paper key into a folder below `work`, verify, remove it again.

    The result is kept as Evidence ``backup.restored`` of `database`, the running
    installation's state. Needs as much room as the backup.

    Raises:
        InvalidInputError: The file is no backup, damaged, or not for this key.
        TamperError: It does not verify.
    """
    with tempfile.TemporaryDirectory(prefix="restore-", dir=work) as folder:
        report = _bring_back(file, identity, Path(folder) / "data", key=None, last=None)
    now = clock.now()
    keep_evidence(
        database,
        Evidence(
            subject="backup.restored",
            checked_at=now,
            by="backup",
            result=Result.YES,
            message="backup.restored",
            args={"file": file.name, "made": f"{report.made_at:%Y-%m-%d}"},
            valid_until=now + dt.timedelta(days=366),
        ),
    )
    return report


def _empty(target: Path) -> None:
    for each in list(target.iterdir()):
        shutil.rmtree(each) if each.is_dir() else each.unlink()


def _bring_back(
    file: Path, identity: Secret, target: Path, *, key: str | None, last: str | None
) -> RestoreReport:
    if target.exists() and any(target.iterdir()):
        raise ConflictError("backup.target_not_empty", folder=str(target))
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.chmod(0o700)
    try:
        manifest, files = _unpack(file, identity, target)
    except BaseException:
        # Only what this call made: the folder was empty.
        _empty(target)
        raise
    aside = _config_aside(target)
    (target / "run").mkdir(mode=0o700, exist_ok=True)
    report = RestoreReport(
        target=target,
        made_at=dt.datetime.fromisoformat(manifest["made_at"]),
        version=manifest["version"],
        files=files,
        verdict=None,
        config_aside=aside,
    )
    if not (target / CHECKPOINT).exists():
        return report
    trim(target / "ledger", size_of((target / CHECKPOINT).read_text(encoding="utf-8")))
    from sekisho.ledger import verify  # noqa: PLC0415 (slow to import)

    try:
        verdict = verify(target, key=key, last=last)
    except InvalidInputError:
        # The key or the checkpoint that was given is none: nothing was checked, so the
        # folder is left as it was found, for another try.
        _empty(target)
        raise
    if not verdict.ok:
        assert verdict.first_wrong is not None, "what is not ok names what is wrong"
        raise TamperError("backup.not_intact", what=verdict.first_wrong.what, folder=str(target))
    return replace(report, verdict=verdict)


class _NotOpenedError(Exception):
    """The stream does not decrypt: another key, or damage."""


def _unpack(file: Path, identity: Secret, target: Path) -> tuple[dict[str, str], int]:
    key = pyrage.x25519.Identity.from_str(identity.reveal())
    manifests: list[dict[str, str]] = []
    count: list[int] = []

    def take(reader: IO[bytes]) -> None:
        with tarfile.open(fileobj=reader, mode="r|", bufsize=1 << 20) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isreg() else None
                if content is None:
                    raise InvalidInputError("backup.damaged", file=file.name)
                if not manifests:
                    manifests.append(_manifest(member, content, file))
                    continue
                _put(target, member.name, content, file)
                count.append(1)

    try:
        with file.open("rb") as encrypted:
            _decrypt(encrypted, key, take)
    except _NotOpenedError as error:
        raise InvalidInputError("backup.cannot_open", file=file.name) from error
    except tarfile.TarError as error:
        raise InvalidInputError("backup.damaged", file=file.name) from error
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise UnavailableError("backup.not_restored", file=file.name, why=why) from error
    if not manifests or not (target / STATE).is_file():
        raise InvalidInputError("backup.damaged", file=file.name)
    return manifests[0], len(count)


def _decrypt(
    encrypted: IO[bytes], key: pyrage.x25519.Identity, take: Callable[[IO[bytes]], None]
) -> None:
    """Decrypt in a thread of its own into a pipe that `take` reads."""
    failed: list[Exception] = []
    read_end, write_end = os.pipe()

    def work() -> None:
        try:
            with os.fdopen(write_end, "wb") as writer:
                pyrage.decrypt_io(encrypted, writer, [key])
        except Exception as error:  # noqa: BLE001 (handed to the thread that waits)
            failed.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    broken: tarfile.TarError | None = None
    try:
        with os.fdopen(read_end, "rb") as reader:
            try:
                take(reader)
            except tarfile.TarError as error:
                broken = error
            else:
                while reader.read(1 << 20):
                    pass
    finally:
        thread.join()
    # What does not decrypt looks cut to `take`: the cause is named, not its echo.
    if failed:
        raise _NotOpenedError from failed[0]
    if broken:
        raise broken


def _manifest(member: tarfile.TarInfo, content: IO[bytes], file: Path) -> dict[str, str]:
    try:
        manifest = orjson.loads(content.read(1 << 20))
    except orjson.JSONDecodeError as error:
        raise InvalidInputError("backup.damaged", file=file.name) from error
    if member.name != MANIFEST or not isinstance(manifest, dict):
        raise InvalidInputError("backup.damaged", file=file.name)
    if manifest.get("format") != FORMAT:
        raise InvalidInputError(
            "backup.other_form", file=file.name, version=str(manifest.get("version", "?"))
        )
    return manifest


def _put(target: Path, name: str, content: IO[bytes], file: Path) -> None:
    """Write one file below `target`; a name that leads elsewhere is refused."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        raise InvalidInputError("backup.damaged", file=file.name)
    path = target.joinpath(*parts)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        shutil.copyfileobj(content, out, 1 << 20)
        out.flush()
        os.fsync(out.fileno())


def _config_aside(target: Path) -> str | None:
    """Put a configuration aside that would lead to the state it came from."""
    path = target / CONFIG
    if not path.exists():
        return None
    try:
        storage = tomllib.loads(path.read_text(encoding="utf-8")).get("storage")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        storage = None
    if not storage:
        return None
    name = f"{CONFIG}.before"
    path.rename(target / name)
    return name


def _say_so(target: Path, database: Database, clock: Clock, report: RestoreReport, by: str) -> None:
    """Make the copy tell what it is: an act in the record, a proof and a finding."""
    now = clock.now()
    made = report.made_at.astimezone().strftime("%Y-%m-%d %H:%M")
    if report.verdict is not None:
        from sekisho.ledger import own, recorder  # noqa: PLC0415 (slow to import)

        act = own(
            clock,
            user_id=by,
            action=Action.IMPORT,
            object=f"sekisho restore: {report.made_at:%Y-%m-%dT%H:%M:%SZ}, {report.verdict.size}",
        )
        with recorder(target, database, clock) as one:
            one.append([act])
    keep_evidence(
        database,
        Evidence(
            subject="backup.restored",
            checked_at=now,
            by="backup",
            result=Result.YES,
            message="backup.restored",
            args={"file": "", "made": f"{report.made_at:%Y-%m-%d}"},
        ),
    )
    finding = Finding(
        key=f"backup.restored:{report.made_at:%Y%m%dT%H%M%S}",
        room="backup",
        gravity=Gravity.TODAY,
        duty="1-3",
        message="backup.is_restored",
        args={"made": made},
        where="/health",
        action="backup.action.look",
    )
    keep(database, "backup:restored", [finding], clock)
