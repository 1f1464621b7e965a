"""The one scheduler: times are kept, missed runs are made up, each run is an Evidence."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho.app.bans import keep_out
from sekisho.app.evidence import look_at_rooms
from sekisho.app.findings import keep
from sekisho.app.inspection.period import keep_moments
from sekisho.app.installation import Installation
from sekisho.app.machines import look_at_machines
from sekisho.app.network import look_in_window
from sekisho.app.proofs import keep_evidence, keep_newest, latest_evidence
from sekisho.app.station import look_at_scanner
from sekisho.app.tables import JOB
from sekisho.app.verification import OTHERS
from sekisho.app.waiting import refresh_findings, refresh_identity
from sekisho.errors import Error, Value
from sekisho.terms import Action, Evidence, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something done by itself.

    Attributes:
        name: Stable; words ``app.job.<name>``.
        run: What is done; it raises `Error` where it could not.
        every: How long after the last start the next one is due, or None.
        at: Local time of day, or None; one of `every` and `at` is set.
    """

    name: str
    run: Callable[[Installation], None]
    every: dt.timedelta | None = None
    at: dt.time | None = None


def verify_ledger(installation: Installation) -> None:
    """Verify the whole record, as every morning; how far it is stands on the page of health."""
    from sekisho.app.walk import verify_now  # noqa: PLC0415 (walk keeps findings by what is here)

    verify_now(installation)


def seal_ledger(installation: Installation) -> None:
    """Seal what is not sealed yet."""
    with installation.recorder() as recorder:
        recorder.seal()


def look_at_the_disk(installation: Installation) -> None:
    """Keep as Evidence whether the disk below the data is encrypted."""
    from sekisho.app.doctor.encryption import encryption  # noqa: PLC0415 (slow to import)
    from sekisho.app.doctor.patient import Patient  # noqa: PLC0415 (same)

    now = installation.clock.now()
    seen = encryption(
        Patient(
            data=installation.data,
            now=now,
            config=installation.config,
            database=installation.database,
            no_database=None,
        )
    )
    keep_evidence(
        installation.database,
        dataclasses.replace(seen, by="jobs", valid_until=now + dt.timedelta(days=2)),
    )


def be_witnessed(installation: Installation) -> None:
    """Ask the outside witnesses."""
    from sekisho.app.witnesses import ask_witnesses  # noqa: PLC0415 (slow to import)

    ask_witnesses(installation)


def keep_history(installation: Installation) -> None:
    """Keep the checkpoint that stands now among those of earlier days."""
    from sekisho.app.history import keep_history as keep  # noqa: PLC0415 (slow to import)

    keep(installation)


def close_accounts(installation: Installation) -> None:
    """Close the accounts that nobody needs; each is recorded first, in Sekisho's own name."""
    from sekisho import care  # noqa: PLC0415 (slow to import)
    from sekisho.identity.closing import close_unneeded, unneeded  # noqa: PLC0415 (same)
    from sekisho.ledger import own  # noqa: PLC0415 (same)

    database, clock = installation.database, installation.clock
    today = clock.now().astimezone(ZoneInfo(installation.config.zone)).date()
    found = unneeded(database, clock, care.ended_user_ids(database, today))
    if not found:
        return
    with installation.recorder() as recorder:
        for known, why in found:
            matter = f"identity:account-closed:{known.user_id}"
            act = own(clock, user_id=None, action=Action.SECURITY, object=matter, reason=why.value)
            recorder.append([act])
            close_unneeded(database, clock, known)
    refresh_identity(installation)


def watch_signs(installation: Installation) -> None:
    """Look for attacks in the sign-ins that other systems recorded."""
    from sekisho.collect import signs  # noqa: PLC0415 (slow to import)

    database, clock = installation.database, installation.clock
    keep(database, "collect.signs", signs.findings(installation.reader(), clock), clock)


def forget_names(installation: Installation) -> None:
    """Take the names out of old cases and of old checks of files."""
    from sekisho.app import closing  # noqa: PLC0415 (slow to import)

    closing.forget_names(installation)


def look_for_due(installation: Installation) -> None:
    """Look for records that are past their time, by the rules of the institution."""
    from sekisho.app.retention import findings  # noqa: PLC0415 (slow to import)

    keep(installation.database, "retention", findings(installation), installation.clock)


def finish_erasures(installation: Installation) -> None:
    """Carry out what two people ordered to be erased and something interrupted."""
    from sekisho.app.erasure import finish  # noqa: PLC0415 (slow to import)

    finish(installation)


def be_stamped(installation: Installation) -> None:
    """Have the record stamped by the time-stamp authority."""
    from sekisho.app.witnesses import stamp_record  # noqa: PLC0415 (slow to import)

    stamp_record(installation)


def fetch_feeds(installation: Installation) -> None:
    """Fetch what is published, where the institution's list says that it is fetched each morning."""
    from sekisho.app import feeds  # noqa: PLC0415 (slow to import)

    if (installation.data / feeds.FEEDS).is_file():
        feeds.fetch_daily(installation)


def keep_progress(installation: Installation) -> None:
    """Keep how far each sheet of the inspection is today."""
    from sekisho.app.inspection.progress import count_sheets  # noqa: PLC0415 (slow to import)

    count_sheets(installation)


def scan_attached(installation: Installation) -> None:
    """Hold the files beside the register's lines against patterns that came after them."""
    from sekisho.app.inspection.register.attached import scan_attached as scan  # noqa: PLC0415 (slow to import)

    scan(installation)


JOBS: Sequence[Job] = (
    Job(name="verify", run=verify_ledger, at=dt.time(7, 0)),
    Job(name="seal", run=seal_ledger, at=dt.time(0, 10)),
    Job(name="disk", run=look_at_the_disk, at=dt.time(6, 30)),
    Job(name="feeds", run=fetch_feeds, at=dt.time(5, 30)),
    Job(name="machines", run=look_at_machines, at=dt.time(6, 40)),
    Job(name="look", run=look_in_window, every=dt.timedelta(minutes=30)),
    Job(name="bans", run=keep_out, every=dt.timedelta(minutes=1)),
    Job(name="scanner", run=look_at_scanner, every=dt.timedelta(hours=1)),
    Job(name="attached", run=scan_attached, every=dt.timedelta(hours=1)),
    Job(name="accounts", run=close_accounts, every=dt.timedelta(hours=1)),
    Job(name="period", run=keep_moments, at=dt.time(7, 30)),
    Job(name="evidence", run=look_at_rooms, every=dt.timedelta(hours=1)),
    Job(name="sheets", run=keep_progress, every=dt.timedelta(hours=1)),
    Job(name="history", run=keep_history, every=dt.timedelta(hours=1)),
    Job(name="signs", run=watch_signs, every=dt.timedelta(hours=1)),
    Job(name="names", run=forget_names, at=dt.time(5, 30)),
    Job(name="retention", run=look_for_due, at=dt.time(5, 0)),
    Job(name="erasures", run=finish_erasures, every=dt.timedelta(minutes=5)),
    Job(name="findings", run=refresh_findings, every=dt.timedelta(minutes=5)),
)
OUTSIDE = {
    "witness": Job(name="witness", run=be_witnessed, every=dt.timedelta(minutes=10)),
    "timestamp": Job(name="timestamp", run=be_stamped, at=dt.time(0, 30)),
}
"""Done where `witness.toml` has a table of that name."""


def next_time(job: Job, after: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return when `job` is due after `after` (UTC-aware)."""
    if job.every is not None:
        return after + job.every
    assert job.at is not None, "a job has a rhythm or a time of day"
    local = after.astimezone(zone)
    due = local.replace(hour=job.at.hour, minute=job.at.minute, second=0, microsecond=0)
    if due <= local:
        due += dt.timedelta(days=1)
    return due.astimezone(dt.UTC)


def jobs_of(installation: Installation) -> Sequence[Job]:
    """Return what this installation does by itself."""
    path = installation.data / OTHERS
    try:
        named = _tables(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return JOBS
    return (*JOBS, *(job for name, job in OUTSIDE.items() if name in named))


@functools.lru_cache(maxsize=1)
def _tables(path: Path, _: int) -> frozenset[str]:
    """Return the tables of a file; what is wrong in it the job itself says."""
    try:
        return frozenset(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return frozenset(OUTSIDE)


def run_due(installation: Installation, jobs: Sequence[Job] | None = None) -> list[str]:
    """Run every job that is due, once each, and return their names.

    A job that was never run, or whose time passed while nothing ran, is due now.
    """
    now = installation.clock.now()
    with installation.database.read() as connection:
        due = {row.name: row.next_at for row in connection.execute(sa.select(JOB))}
    ran = []
    for job in jobs_of(installation) if jobs is None else jobs:
        at = due.get(job.name)
        if at is not None and now < at <= now + dt.timedelta(days=2):
            continue
        run_job(installation, job)
        ran.append(job.name)
    return ran


def look_again(installation: Installation) -> None:
    """Make findings and proofs due now: something was just done that may open or end one.

    Where the record was never verified, because there was none, that is due too.
    """
    verified = latest_evidence(installation.database, "ledger.verified")
    names = ["evidence", "findings"]
    if verified is None or verified.result is Result.NOT_CHECKED:
        names.append("verify")
    with installation.database.write() as connection:
        connection.execute(
            JOB.update().where(JOB.c.name.in_(names)).values(next_at=installation.clock.now())
        )


def run_job(installation: Installation, job: Job) -> Evidence:
    """Run `job` now; return the Evidence that was kept."""
    started = installation.clock.now()
    zone = ZoneInfo(installation.config.zone)
    following = next_time(job, started, zone)
    _note(installation, job.name, last_started=started, next_at=following)
    try:
        job.run(installation)
    except Error as error:
        evidence = _evidence(installation, job, Result.NOT_CHECKED, error.message, error.values())
    else:
        evidence = _evidence(installation, job, Result.YES, "app.job_done", {"job": job.name})
        _note(installation, job.name, last_done=evidence.checked_at)
    # One that runs often is one line for as long as it says the same.
    keep_it = keep_evidence if job.every is None else keep_newest
    keep_it(installation.database, evidence)
    return evidence


def _evidence(
    installation: Installation,
    job: Job,
    result: Result,
    message: str,
    args: dict[str, Value],
) -> Evidence:
    now = installation.clock.now()
    return Evidence(
        subject=f"job.{job.name}",
        checked_at=now,
        by="jobs",
        result=result,
        message=message,
        args=args,
        valid_until=now + 2 * (job.every or dt.timedelta(days=1)),
    )


def _note(installation: Installation, name: str, **values: dt.datetime) -> None:
    with installation.database.write() as connection:
        if not connection.execute(JOB.update().where(JOB.c.name == name).values(**values)).rowcount:
            connection.execute(JOB.insert().values(name=name, **values))
