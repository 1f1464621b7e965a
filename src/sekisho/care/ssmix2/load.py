"""A whole storage to rows: patient by patient, each batch durable, tomorrow only what is new."""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho.care.events import Event
from sekisho.care.hl7.files import finding
from sekisho.care.intake import Intake, Mark, Renamed, hashed
from sekisho.care.records import Doubt, Kind, LoadReport
from sekisho.care.ssmix2.file import Tally, read_file
from sekisho.care.ssmix2.names import Name, files, is_extended, parse_name, patients
from sekisho.care.tables import EVENT, MARK
from sekisho.errors import InvalidInputError, Value
from sekisho.storage import Database
from sekisho.terms import Clock

BATCH = 4_000
"""Names after which what was read is made durable."""
REPLACED = 2
"""The flag of a file whose place a newer one took."""
SHOWN = 1_000
"""Refused files that are named one by one."""

Progress = Callable[[int, int], None]
"""Called with the files walked and the files opened so far."""


@dataclass(slots=True)
class _Folder:
    """One patient's folder as it stands now."""

    patient: str
    path: str
    key: str
    digest: str
    names: list[tuple[str, str, str]]
    """Day, kind and name of each file."""


@dataclass(slots=True)
class _Storage:
    """One storage while it is read."""

    root: Path
    intake: Intake
    report: LoadReport
    progress: Progress | None
    zone: ZoneInfo
    tally: Tally = field(default_factory=Tally)
    walked: int = 0
    opened: int = 0
    taken: int = 0
    unchanged: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def refuse(self, message: str, **args: Value) -> None:
        self.refused[message] += 1
        if len(self.report.refused) < SHOWN:
            self.report.refused.append((self.opened, message, args))


def load_storage(
    root: Path,
    *,
    database: Database,
    clock: Clock,
    zone: ZoneInfo,
    shown: Path | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Read the storage at `root` and keep what it tells.

    A patient's folder whose names are those of the last time is not opened; in one that
    changed only the new files are. What an earlier, interrupted load made durable stays.

    Returns:
        One report of the whole storage; what could not be read is named in it.
    """
    path = shown or root
    intake = Intake(database, clock, str(path), Kind.SSMIX2, zone)
    report = LoadReport(path=path, taken_for=Kind.SSMIX2)
    storage = _Storage(root, intake, report, progress, zone)
    for batch in _batches(_folders(storage)):
        with _without_pauses():
            _read_batch(storage, batch, database)
        if progress is not None:
            progress(storage.walked, storage.opened)
    return _reported(storage)


@contextmanager
def _without_pauses() -> Iterator[None]:
    """Hold Python's search for circles: a batch makes many objects, and no circle."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _folders(storage: _Storage) -> Iterator[_Folder]:
    base = storage.root.absolute()
    for patient, path in patients(storage.root):
        names = [(day, kind.upper(), name) for day, kind, found in files(path) for name in found]
        storage.walked += len(names)
        digest = hashlib.blake2b(
            "\n".join("/".join(one) for one in names).encode("utf-8", "surrogateescape"),
            digest_size=16,
        ).hexdigest()
        yield _Folder(patient, path, hashed("ssmix2", base, patient), digest, names)


def _batches(folders: Iterable[_Folder]) -> Iterator[list[_Folder]]:
    batch: list[_Folder] = []
    size = 0
    for folder in folders:
        batch.append(folder)
        size += len(folder.names) + 5
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _read_batch(storage: _Storage, batch: list[_Folder], database: Database) -> None:
    with database.read() as c:
        marks = dict(
            c.execute(
                sa.select(MARK.c.key, MARK.c.digest).where(MARK.c.key.in_([f.key for f in batch]))
            ).all()
        )
        changed = [f for f in batch if marks.get(f.key) != f.digest]
        storage.unchanged += len(batch) - len(changed)
        if not changed:
            return
        known: dict[str, dict[str, tuple[str, int]]] = {}
        query = sa.select(EVENT.c.patient_id, EVENT.c.origin, EVENT.c.flag).where(
            EVENT.c.patient_id.in_([f.patient for f in changed]), EVENT.c.flag.is_not(None)
        )
        for patient, origin, flag in c.execute(query):
            known.setdefault(patient, {})[origin[:-2]] = (origin, flag)
    events: list[Event] = []
    renamed: list[Renamed] = []
    done: list[Mark] = []
    opened, refused = storage.opened, sum(storage.refused.values())
    for folder in changed:
        first = storage.opened + 1
        _read_folder(storage, folder, known.get(folder.patient, {}), events, renamed)
        done.append((folder.key, folder.patient, folder.digest, first))
    storage.intake.take(
        events,
        marks=done,
        renamed=renamed,
        codes=storage.tally.codes,
        read=storage.opened - opened,
        refused=sum(storage.refused.values()) - refused,
    )


def _read_folder(
    storage: _Storage,
    folder: _Folder,
    known: dict[str, tuple[str, int]],
    events: list[Event],
    renamed: list[Renamed],
) -> None:
    # Where nobody writes ADT-00 out, any message tells whose number this is.
    no_person = not any(kind == "ADT-00" for _, kind, _ in folder.names)
    for name, path, deleted in _standing(storage, folder):
        before = known.get(name.stem)
        if before is not None:
            if before[1] != name.flag:
                renamed.append((folder.patient, before[0], name.text, name.flag, deleted))
            continue
        if name.flag == REPLACED or deleted == "":
            continue
        storage.opened += 1
        try:
            with open(path, "rb") as file:  # noqa: PTH123 (a Path for each of ten million files)
                raw = file.read()
            found = read_file(
                raw,
                name,
                row=storage.opened,
                zone=storage.zone,
                tally=storage.tally,
                also_person=no_person,
            )
            for event in found:
                event.retracted_at = deleted
            events += found
            storage.taken += 1
            no_person = False
        except InvalidInputError as error:
            storage.refuse(error.message, **{**error.values(), "file": name.text})
        except OSError as error:
            storage.refuse("care.cannot_open", reason=error.strerror or "I/O", file=name.text)


def _standing(storage: _Storage, folder: _Folder) -> Iterator[tuple[Name, str, str | None]]:
    """Give each file with its name taken apart; what lies where it does not belong is refused.

    Of an order whose newest file says that it was deleted, older ones that a writer forgot to
    rename count as deleted. The third value is when it was deleted, local, where a newer file
    says so; "" of that newer file, which says nothing else.
    """
    found: list[tuple[Name, str]] = []
    newest: dict[tuple[str, str, str], Name] = {}
    for day, kind, text in folder.names:
        name = parse_name(text)
        if name is None:
            storage.refuse("care.ssmix2.bad_name", file=text[:120])
            continue
        if (name.patient_id, name.day, name.kind) != (folder.patient, day, kind):
            storage.refuse("care.ssmix2.wrong_folder", file=text, folder=f"{day}/{kind}")
            continue
        found.append((name, f"{folder.path}/{day}/{kind}/{text}"))
        if name.numbered:
            key = (day, kind, name.number)
            if key not in newest or newest[key].sent < name.sent:
                newest[key] = name
    alone = Counter((name.day, name.kind, name.number) for name, _ in found if name.numbered)
    for name, path in found:
        key = (name.day, name.kind, name.number)
        last = newest.get(key) if name.numbered else None
        if last is None or last.flag != 0 or alone[key] == 1 or name.flag == REPLACED:
            yield name, path, None
        elif name is last:
            yield name, path, ""
        else:
            yield name._replace(flag=0), path, _local(last.sent)


def _local(sent: str) -> str | None:
    """Return 17 digits of local time as the moment that they write; None where they write none."""
    try:
        return dt.datetime.fromisoformat(f"{sent[:8]}T{sent[8:14]}").isoformat()
    except ValueError:
        return None


def _reported(storage: _Storage) -> LoadReport:
    report, intake, tally = storage.report, storage.intake, storage.tally
    report.why = ("care.taken_for.ssmix2", {"files": storage.walked, "opened": storage.opened})
    report.rows = storage.taken
    report.added = intake.added
    report.first, report.last = intake.span()
    rows = {
        name: intake.rows.get(name, 0) for name in ("visits", "stays", "orders", "appointments")
    }
    report.doubts.append(Doubt("care.messages_gave", dict(rows)))
    if storage.unchanged:
        report.doubts.append(Doubt("care.ssmix2.unchanged", {"patients": storage.unchanged}))
    if tally.asked:
        fields = [
            f"{segment}-{number} {100 * tally.filled[segment, number] // asked}%"
            for (segment, number), asked in sorted(tally.asked.items())
        ]
        report.doubts.append(Doubt("care.ssmix2.filled", {"fields": fields}))
    if storage.opened and not rows["stays"]:
        report.doubts.append(Doubt("care.ssmix2.no_stays", {}))
    total = sum(storage.refused.values())
    if total > len(report.refused):
        report.doubts.append(Doubt("care.more_refused", {"count": total - len(report.refused)}))
    if not storage.walked:
        kind = "extended" if is_extended(storage.root) else "empty"
        report.error = (f"care.ssmix2.{kind}", {})
    for message, count in (
        *((name, n) for name, n in storage.refused.items()),
        ("care.ssmix2.others_id", tally.others_id),
        ("care.hl7.damaged", tally.damaged),
    ):
        if count:
            report.findings.append(finding(report.path.name, message, count))
    return report
