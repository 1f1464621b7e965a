"""What a person asks for and waits on: reading a log, loading lists, a review.

The console only notes the wish; the jobs process does the work, so that the
console stays small and quick. An interrupted piece of work is taken up again at
the next start: reading twice adds nothing twice.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho.app.findings import keep
from sekisho.app.installation import Installation
from sekisho.app.machines import look_at_machines, machine_findings
from sekisho.app.tables import IMPORT
from sekisho.app.verification import verify_whole
from sekisho.errors import ConflictError, Error, InvalidInputError
from sekisho.terms import Finding

if TYPE_CHECKING:
    from sekisho.care import Level, LoadReport
    from sekisho.collect import FileReport

JOBS = "jobs"
"""Who asks where nobody did."""
_TICK = 0.4
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """How far a piece of work is.

    Attributes:
        id: 32 hex digits.
        what: ``log``, ``care``, ``posture``, ``review`` or ``verify``.
        state: ``waiting``, ``running``, ``done``, ``failed`` or ``stopped``.
        done: Bytes (log, care), steps (review) or records (verify) behind us; `total` of them in all.
        message: Id of the sentence that says what is going on, or what went wrong.
        result: What came of it, as plain values; None until done.
    """

    id: str
    what: str
    by: str
    state: str
    done: int
    total: int
    message: str
    args: Mapping[str, Any]
    result: Mapping[str, Any] | None
    started_at: dt.datetime
    ended_at: dt.datetime | None


def start_import(
    installation: Installation,
    path: Path,
    *,
    by: str,
    mapping: str | None = None,
    name: str | None = None,
) -> str:
    """Ask for an uploaded access log to be read; return the id of the work.

    Args:
        installation: Where to.
        path: The uploaded file, in the data directory; it is removed afterwards.
        by: Who asks.
        mapping: The confirmed mapping as TOML, or None for a confident proposal.
        name: The file's name as the person knows it.
    """
    return _ask(installation, "log", by, path, {"mapping": mapping, "name": name or path.name})


def start_care(installation: Installation, path: Path, *, by: str, name: str | None = None) -> str:
    """Ask for an uploaded list (staff, visits, stays, patients) to be loaded."""
    return _ask(installation, "care", by, path, {"name": name or path.name})


def start_posture(
    installation: Installation, path: Path, *, by: str, name: str | None = None
) -> str:
    """Ask for an uploaded ledger or export of machines to be loaded."""
    return _ask(installation, "posture", by, path, {"name": name or path.name})


def start_review(
    installation: Installation,
    *,
    by: str,
    start: dt.date | None = None,
    end: dt.date | None = None,
) -> str:
    """Ask for a review of the local dates from `start` to `end` inclusive."""
    span = {"start": start and start.isoformat(), "end": end and end.isoformat()}
    return _ask(installation, "review", by, None, span)


def start_verification(installation: Installation, *, by: str) -> str:
    """Ask for the whole record to be verified; where that is under way already, that one."""
    under_way = verifications(installation, limit=1)
    if under_way and under_way[0].ended_at is None:
        return under_way[0].id
    return _ask(installation, "verify", by, None, {})


def verify_now(installation: Installation) -> None:
    """Verify the whole record, by nobody's wish; how far it is can be seen as of any work."""
    identifier = _ask(installation, "verify", JOBS, None, {}, state="running")
    _do(installation, identifier, "verify", {"by": JOBS})


def verifications(installation: Installation, limit: int = 20) -> list[JobView]:
    """Return the newest verifications of the whole record, newest first."""
    query = sa.select(IMPORT).where(IMPORT.c.what == "verify")
    with installation.database.read() as connection:
        rows = connection.execute(query.order_by(IMPORT.c.started_at.desc()).limit(limit))
        return [_view(row) for row in rows.mappings()]


def stop_verification(installation: Installation, identifier: str, *, by: str) -> None:
    """End a verification that waits or runs; what runs ends within a second."""
    wanted = (IMPORT.c.id == identifier, IMPORT.c.what == "verify", IMPORT.c.ended_at.is_(None))
    with installation.database.write() as connection:
        connection.execute(
            IMPORT.update()
            .where(*wanted)
            .values(
                state="stopped",
                message="app.work.stopped",
                args={"by": by},
                ended_at=installation.clock.now(),
            )
        )


def job(installation: Installation, identifier: str) -> JobView | None:
    """Return how far the work `identifier` is, None where there is none."""
    with installation.database.read() as connection:
        row = (
            connection.execute(sa.select(IMPORT).where(IMPORT.c.id == identifier))
            .mappings()
            .first()
        )
    return None if row is None else _view(row)


def recent(installation: Installation, limit: int = 20) -> list[JobView]:
    """Return the newest pieces of work, newest first."""
    query = sa.select(IMPORT).order_by(IMPORT.c.started_at.desc()).limit(limit)
    with installation.database.read() as connection:
        return [_view(row) for row in connection.execute(query).mappings()]


def work_once(installation: Installation) -> bool:
    """Do the oldest piece of work that waits or was interrupted; False: nothing to do.

    Called by the jobs process alone, one at a time.
    """
    query = (
        sa.select(IMPORT)
        .where(IMPORT.c.state.in_(["waiting", "running"]))
        .order_by(IMPORT.c.started_at)
        .limit(1)
    )
    with installation.database.read() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        return False
    identifier, what = str(row["id"]), str(row["what"])
    return _do(installation, identifier, what, {**row["args"], "by": row["by"]})


def _do(installation: Installation, identifier: str, what: str, args: Mapping[str, Any]) -> bool:
    """Do one piece of work and keep what came of it."""
    _note(installation, identifier, state="running", message=f"app.work.{what}")
    ticker = _Ticker(installation, identifier)
    try:
        result = _DO[what](installation, args, ticker)
    except ConflictError as error:
        # Someone else holds the recorder: it stays waiting, and says so.
        _note(installation, identifier, state="waiting", message=error.message)
        time.sleep(1)
        return True
    except _StoppedError:
        return True
    except Error as error:
        values = {**args, **error.values()}
        _end(installation, identifier, "failed", error.message, values, None)
    else:
        _end(installation, identifier, "done", "app.work.done", args, result)
    path = args.get("path")
    if path:
        Path(path).unlink(missing_ok=True)
    return True


class _StoppedError(Exception):
    """A person ended the work."""


class _Ticker:
    """Writes progress at most every 0.4 s."""

    def __init__(self, installation: Installation, identifier: str) -> None:
        self._installation = installation
        self._identifier = identifier
        self._next = 0.0
        self._lock = threading.Lock()

    def __call__(self, done: int, total: int) -> None:
        """Note that `done` of `total` is behind us."""
        with self._lock:
            now = time.monotonic()
            if now < self._next:
                return
            self._next = now + _TICK
        if not _note(self._installation, self._identifier, done=done, total=total):
            raise _StoppedError


def _read_log(
    installation: Installation, args: Mapping[str, Any], tick: Progress
) -> dict[str, Any]:
    from sekisho import collect  # noqa: PLC0415 (slow to import)

    mapping = collect.Mapping.from_toml(args["mapping"]) if args.get("mapping") else None
    with installation.recorder() as recorder:
        (report,) = collect.collect(
            [Path(args["path"])],
            recorder=recorder,
            database=installation.database,
            clock=installation.clock,
            mapping=mapping,
            zone=installation.config.zone,
            progress=lambda p: tick(p.done, p.total),
            name=args["name"],
            book=installation.reader(),
        )
        recorder.seal()
    if report.error is not None:
        message, values = report.error
        raise InvalidInputError(message, **values)
    keep_log(installation, report)
    return {
        "source": report.source,
        "read": report.read,
        "added": report.added,
        "already": report.already,
        "quarantined": report.quarantined,
        "doubtful": report.doubtful,
        "ignored": report.ignored,
    }


def _load_care(
    installation: Installation, args: Mapping[str, Any], _tick: Progress
) -> dict[str, Any]:
    from sekisho import care  # noqa: PLC0415 (slow to import)

    reports = care.load(
        [Path(args["path"])],
        database=installation.database,
        clock=installation.clock,
        zone=installation.config.zone,
        name=args["name"],
    )
    lists = []
    for report in reports:
        if report.error is not None:
            continue
        lists.append(
            {
                "taken_for": str(report.taken_for),
                "rows": report.rows,
                "refused": len(report.refused),
                "first": report.first and report.first.isoformat(),
                "last": report.last and report.last.isoformat(),
            }
        )
    keep_lists(installation, reports)
    if not lists:
        message, values = reports[0].error or ("care.empty", {})
        raise InvalidInputError(message, **values)
    return {**lists[0], "lists": lists}


def _load_posture(
    installation: Installation, args: Mapping[str, Any], _tick: Progress
) -> dict[str, Any]:
    from sekisho import posture  # noqa: PLC0415 (slow to import)

    reports = posture.load(
        [Path(args["path"])],
        database=installation.database,
        clock=installation.clock,
        zone=installation.config.zone,
        name=args["name"],
    )
    look_at_machines(installation)
    keep(installation.database, "posture", machine_findings(installation), installation.clock)
    if all(report.error is not None for report in reports):
        message, values = reports[0].error or ("care.empty", {})
        raise InvalidInputError(message, **values)
    return {"lists": [posture.told(report) for report in reports]}


def _review(installation: Installation, args: Mapping[str, Any], tick: Progress) -> dict[str, Any]:
    from sekisho import review  # noqa: PLC0415 (slow to import)

    run = review.run(
        installation.database,
        installation.reader(),
        installation.clock,
        start=dt.date.fromisoformat(args["start"]) if args.get("start") else None,
        end=dt.date.fromisoformat(args["end"]) if args.get("end") else None,
        progress=tick,
    )
    if not run.id:
        raise InvalidInputError("app.review.empty", start=str(run.start), end=str(run.end))
    keep(
        installation.database,
        "review",
        review.findings(installation.database),
        installation.clock,
    )
    return {"run": run.id, "summary": run.summary}


_DO: Mapping[str, Callable[[Installation, Mapping[str, Any], Progress], dict[str, Any]]] = {
    "log": _read_log,
    "care": _load_care,
    "posture": _load_posture,
    "review": _review,
    "verify": lambda here, args, tick: verify_whole(here, str(args["by"]), tick),
}


def keep_log(installation: Installation, report: FileReport) -> None:
    """Keep what an access log showed; only the same export, sent again, can close it."""
    if report.error is not None:
        return
    since = f"{report.first_at:%Y%m%d}" if report.first_at else "none"
    part = f"collect:{report.source}/{since}"
    keep(installation.database, part, report.findings, installation.clock)


def keep_lists(installation: Installation, reports: Sequence[LoadReport]) -> None:
    """Keep what lists showed, by file, and what the room says of all lists now."""
    from sekisho import care  # noqa: PLC0415 (slow to import)

    found: dict[str, list[Finding]] = {}
    for report in reports:
        again = any(doubt.message == "care.same_file" for doubt in report.doubts)
        if report.error is None and not again:
            found.setdefault(report.path.name, []).extend(report.findings)
    for name, findings in found.items():
        keep(installation.database, f"care:{name}"[:200], findings, installation.clock)
    keep(installation.database, "care", care.findings(installation.database), installation.clock)


def level_now(
    installation: Installation,
) -> tuple[Level | None, dt.date | None, dt.date | None]:
    """Return the level of the period that the imported logs cover, and that period.

    Its `most` is the list that the newest review counted to explain most.
    """
    from sekisho import care, collect, review  # noqa: PLC0415 (slow to import)

    zone = ZoneInfo(installation.config.zone)
    known = collect.sources(installation.database)
    first = min((s.first_at for s in known if s.first_at), default=None)
    last = max((s.last_at for s in known if s.last_at), default=None)
    if first is None or last is None:
        return None, None, None
    start, end = first.astimezone(zone).date(), last.astimezone(zone).date()
    level = care.level(installation.database, start, end)
    run = review.latest(installation.database)
    for line in run.summary["missing"] if run else ():
        kind = care.Kind(str(line["id"]).rpartition(".")[2])
        if any(message.endswith(f".{kind}") for message, _ in level.missing):
            return replace(level, most=kind), start, end
    return level, start, end


def _ask(
    installation: Installation,
    what: str,
    by: str,
    path: Path | None,
    args: dict[str, Any],
    *,
    state: str = "waiting",
) -> str:
    identifier = uuid.uuid4().hex
    total = path.stat().st_size if path else 0
    with installation.database.write() as connection:
        connection.execute(
            IMPORT.insert().values(
                id=identifier,
                what=what,
                by=by,
                state=state,
                done=0,
                total=total,
                message="app.work.waiting",
                args={**args, "path": str(path) if path else None},
                result=None,
                started_at=installation.clock.now(),
            )
        )
    return identifier


def _note(installation: Installation, identifier: str, **values: object) -> bool:
    """Keep how far work is; False where somebody ended it."""
    wanted = (IMPORT.c.id == identifier, IMPORT.c.ended_at.is_(None))
    with installation.database.write() as connection:
        return bool(connection.execute(IMPORT.update().where(*wanted).values(**values)).rowcount)


def _end(
    installation: Installation,
    identifier: str,
    state: str,
    message: str,
    args: Mapping[str, Any],
    result: Mapping[str, Any] | None,
) -> None:
    values: dict[str, Any] = {
        "state": state,
        "message": message,
        "args": dict(args),
        "result": result,
        "ended_at": installation.clock.now(),
    }
    with installation.database.write() as connection:
        done = sa.case((IMPORT.c.total > 0, IMPORT.c.total), else_=IMPORT.c.done)
        wanted = (IMPORT.c.id == identifier, IMPORT.c.ended_at.is_(None))
        connection.execute(IMPORT.update().where(*wanted).values(**values, done=done))


def _view(row: sa.RowMapping) -> JobView:
    return JobView(**{name: row[name] for name in JobView.__dataclass_fields__})
