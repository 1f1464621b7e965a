"""Makes a backup while everything runs.

The order is the promise. The checkpoint is read first, the state is copied as of
one moment after it, the ledger's files last. Tiles and sealed files only grow, so
whatever the checkpoint covers is in what is read after it: the copy verifies, and
may hold a little more than its checkpoint, as after a cut of power.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import orjson
import pyrage

from sekisho import __version__
from sekisho.app.proofs import keep_evidence
from sekisho.errors import ConflictError, InvalidInputError, UnavailableError
from sekisho.storage import Database, fsync_folder, open_database
from sekisho.terms import Clock, Evidence, Result, iso

FORMAT = "sekisho-backup-1"
MANIFEST = "manifest.json"
CHECKPOINT = "ledger/checkpoint"
STATE = "state.db"
SEALED = "ledger/sealed"

# What is not part of the state: sockets, locks, half-read uploads, and state.db itself,
# which comes as a copy of one moment.
_LEFT_OUT = {"run", "upload", STATE, f"{STATE}-wal", f"{STATE}-shm", f"{STATE}-journal"}
_PASSES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What a backup holds.

    Attributes:
        path: The file made.
        bytes: Its size.
        files: Number of files in it.
        checkpoint: The ledger's checkpoint in it, or None where nothing was recorded yet.
        seconds: How long it took.
    """

    path: Path
    bytes: int
    files: int
    checkpoint: str | None
    seconds: float


def backup(
    data: Path, database: Database, target: Path, recipient: str, clock: Clock
) -> BackupReport:
    """Write an encrypted backup of the installation in `data`.

    Consistent while the recorder, the console and the jobs run. Nothing is left at
    `target` unless the backup is whole and on the disk.

    Args:
        data: Data directory.
        database: Its state.
        target: A folder (the file gets a dated name) or a file that does not exist.
        recipient: The public half of the recovery key (`recipient(database)`).
        clock: Gives the date in it.

    Raises:
        InvalidInputError: `target` lies inside `data`, or `recipient` is none.
        ConflictError: `target` exists.
        UnavailableError: There is no room.
    """
    begun = time.monotonic()
    now = clock.now()
    path = target / f"sekisho-{now:%Y%m%dT%H%M%SZ}.age" if target.is_dir() else target
    if data.resolve() in path.resolve().parents:
        raise InvalidInputError("backup.inside", folder=str(data))
    if path.exists():
        raise ConflictError("backup.exists", file=str(path))
    try:
        to = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        raise InvalidInputError("backup.no_key") from error
    with _failing_plainly():
        (data / "run").mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="backup-", dir=data / "run") as work:
            checkpoint = _text(data / CHECKPOINT)
            copy = _copy_of_state(database, Path(work))
            manifest = {
                "format": FORMAT,
                "version": __version__,
                "made_at": iso(now),
                "checkpoint": checkpoint,
            }
            files = _write(path, to, data, copy, manifest)
    from sekisho.app.backup.erasures import write_beside  # noqa: PLC0415 (slow to import)

    write_beside(data, database, path)
    report = BackupReport(
        path=path,
        bytes=path.stat().st_size,
        files=files,
        checkpoint=checkpoint,
        seconds=time.monotonic() - begun,
    )
    keep_evidence(
        database,
        Evidence(
            subject="backup.made",
            checked_at=now,
            by="backup",
            result=Result.YES,
            message="backup.made",
            args={"file": path.name, "bytes": report.bytes},
        ),
    )
    return report


@contextlib.contextmanager
def _failing_plainly() -> Iterator[None]:
    try:
        yield
    except (OSError, pyrage.EncryptError) as error:
        number = getattr(error, "errno", None)
        why = os.strerror(number) if number else str(error)
        raise UnavailableError("backup.not_written", why=why) from error


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _copy_of_state(database: Database, work: Path) -> Path:
    """Return a copy of the state as of one moment; writers go on meanwhile."""
    if database.path is None:
        return _copy_of_postgresql(database, work)
    need = sum(
        each.stat().st_size
        for each in (database.path, database.path.with_name(f"{database.path.name}-wal"))
        if each.exists()
    )
    if shutil.disk_usage(work).free < need + 64 * 1024 * 1024:
        raise UnavailableError("backup.no_room", mib=need // 1024**2 + 64)
    copy = work / STATE
    raw = database.engine.raw_connection()
    try:
        # By the driver: VACUUM does not run inside the transaction that SQLAlchemy opens.
        cursor = raw.cursor()
        cursor.execute("VACUUM INTO ?", (str(copy),))
        cursor.close()
    finally:
        raw.close()
    copy.chmod(0o600)
    return copy


def _copy_of_postgresql(database: Database, work: Path) -> Path:
    """Return a state in PostgreSQL as of one moment, as the one file that a backup holds.

    It is restored as that file; `sekisho move` brings it into an empty PostgreSQL again.
    """
    from sekisho.app.copy_state import copy_state  # noqa: PLC0415 (rooms with web pages)

    with database.read() as connection:
        need = connection.exec_driver_sql(
            "SELECT pg_database_size(current_database())"
        ).scalar_one()
    if shutil.disk_usage(work).free < need + 64 * 1024 * 1024:
        raise UnavailableError("backup.no_room", mib=need // 1024**2 + 64)
    made = open_database(f"sqlite:///{work / 'copy.db'}")
    try:
        copy_state(database, made)
        return _copy_of_state(made, work)
    finally:
        made.close()


def _sealed_in(copy: Path) -> set[str]:
    """Return the sealed files that the copied state knows."""
    database = open_database(f"sqlite:///{copy}", prepare=False)
    try:
        with database.read() as connection:
            named = connection.exec_driver_sql(
                "SELECT count(*) FROM sqlite_master WHERE name = 'ledger_segment'"
            ).scalar_one()
            if not named:
                return set()
            rows = connection.exec_driver_sql("SELECT path FROM ledger_segment").scalars()
            return {f"{SEALED}/{path}" for path in rows}
    finally:
        database.close()


def _write(
    path: Path,
    to: pyrage.x25519.Recipient,
    data: Path,
    copy: Path,
    manifest: Mapping[str, str | None],
) -> int:
    """Encrypt a tar of everything to `path`; return how many files it holds."""
    sealed = _sealed_in(copy)
    failed: list[BaseException] = []
    count: list[int] = []
    aside = path.with_name(f".{path.name}.part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            read_end, write_end = os.pipe()

            def fill() -> None:
                try:
                    with (
                        os.fdopen(write_end, "wb") as writer,
                        tarfile.open(fileobj=writer, mode="w|", bufsize=1 << 20) as tar,
                    ):
                        count.append(_fill(tar, data, copy, manifest, sealed))
                except BaseException as error:  # noqa: BLE001 (handed to the thread that waits)
                    failed.append(error)

            thread = threading.Thread(target=fill, daemon=True)
            thread.start()
            try:
                with os.fdopen(read_end, "rb") as reader:
                    pyrage.encrypt_io(reader, out, [to])
            finally:
                thread.join()
            if failed:
                raise failed[0]
            out.flush()
            os.fsync(out.fileno())
        aside.rename(path)
        fsync_folder(path.parent)
    finally:
        aside.unlink(missing_ok=True)
    return count[0]


def _fill(
    tar: tarfile.TarFile,
    data: Path,
    copy: Path,
    manifest: Mapping[str, str | None],
    sealed: set[str],
) -> int:
    _add_bytes(tar, MANIFEST, orjson.dumps(manifest))
    if manifest["checkpoint"] is not None:
        _add_bytes(tar, CHECKPOINT, str(manifest["checkpoint"]).encode())
    with copy.open("rb") as file:
        _add_file(tar, STATE, file)
    done = {CHECKPOINT}
    for _ in range(_PASSES):
        vanished = False
        for name in _names(data, sealed):
            if name in done:
                continue
            try:
                with (data / name).open("rb") as file:
                    _add_file(tar, name, file)
            except FileNotFoundError:
                # A partial tile grew full meanwhile: what replaced it is in the next look.
                vanished = True
                continue
            done.add(name)
        if not vanished:
            break
    missing = sealed - done
    if missing:
        raise UnavailableError("backup.sealed_missing", file=min(missing))
    return len(done) + 1


def _names(data: Path, sealed: set[str]) -> Iterator[str]:
    for folder, folders, files in os.walk(data):
        here = Path(folder)
        top = here == data
        folders[:] = sorted(
            each for each in folders if not each.startswith(".") and not (top and each in _LEFT_OUT)
        )
        for each in sorted(files):
            name = (here / each).relative_to(data).as_posix()
            if each.startswith(".") or (top and each in _LEFT_OUT):
                continue
            if name.startswith(f"{SEALED}/") and name not in sealed:
                continue
            if not (here / each).is_symlink():
                yield name


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode = 0o600
    tar.addfile(info, io.BytesIO(content))


def _add_file(tar: tarfile.TarFile, name: str, file: IO[bytes]) -> None:
    status = os.fstat(file.fileno())
    info = tarfile.TarInfo(name)
    info.size = status.st_size
    info.mtime = int(status.st_mtime)
    info.mode = 0o600
    tar.addfile(info, file)
