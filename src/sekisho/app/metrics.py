"""Figures for operators: what each process counted, and what stands in the state now.

Every gate worker and the console leave their counts in ``run/counts`` every few seconds;
whoever is asked (the console, at ``/metrics``) reads what is fresh. A worker that was
started anew is another ``pid``, so that nothing counts backwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from sekisho import __version__
from sekisho.app.findings import open_findings
from sekisho.app.installation import Installation
from sekisho.app.settings import set_setting, setting
from sekisho.app.tables import IMPORT, JOB
from sekisho.identity import bans, list_sessions
from sekisho.identity.sessions import new_token, token_hash
from sekisho.terms import Gravity, Secret
from sekisho.terms.tally import Tally, line, text

FOLDER = Path("run") / "counts"
EVERY = 5.0
"""Seconds between two writings of a process's counts."""
FRESH = 60.0
"""Seconds after which a process that wrote nothing is gone."""
OLD = 86_400.0
"""Seconds after which what a gone process left is taken away."""
TOKEN = "metrics.token"  # noqa: S105 (a setting's name)
BEFORE = "sekisho_metrics_"
KIND = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[str, str, str]
ABOUT = {
    "sekisho_up": "The process that answers; version as label.",
    "sekisho_records_total": "Records in the ledger.",
    "sekisho_checkpoint_timestamp_seconds": "When the ledger was last signed.",
    "sekisho_recorder_up": "1 where the recorder answers.",
    "sekisho_disk_free_bytes": "Room where the data are.",
    "sekisho_sessions": "People signed in.",
    "sekisho_bans": "Networks shut out now, or only shown because they are the institution's own.",
    "sekisho_findings": "Open findings by gravity.",
    "sekisho_imports_waiting": "Imports that wait or are worked on.",
    "sekisho_job_done_timestamp_seconds": "When a job was last done.",
    "sekisho_job_due_timestamp_seconds": "When a job is due next: in the past it lags.",
    "sekisho_sign_ins_total": "Tries to sign in by outcome and way.",
    "sekisho_bans_total": "Bans since the process started, by rule.",
    "sekisho_gate_decisions_total": "Decisions of the gate by system and outcome.",
    "sekisho_gate_refusals_total": "Requests refused at the door, by reason.",
    "sekisho_gate_request_seconds": "From a request's head to its answer, by system.",
    "sekisho_append_seconds": "From records handed over to records durable.",
    "sekisho_appended_total": "Records handed over, by outcome.",
}


class Keeper:
    """Leaves one process's counts where the console finds them."""

    def __init__(self, data: Path, part: str, tally: Tally) -> None:
        self._path = data / FOLDER / f"{part}-{os.getpid()}.json"
        self._tally = tally
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write, in the running loop."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write for the last time."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await asyncio.to_thread(self._write)

    async def _run(self) -> None:
        while True:
            await asyncio.to_thread(self._write)
            await asyncio.sleep(EVERY)

    def _write(self) -> None:
        """Write; a full disk costs the figures, never a request."""
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            aside = self._path.with_suffix(".new")
            aside.write_bytes(json.dumps(self._tally.plain()).encode())
            aside.replace(self._path)


def page(here: Installation, own: Tally) -> str:
    """Return everything there is to say now, as Prometheus reads it; `own` are the console's counts."""
    samples = [*_now(here), *own.samples(part="console", pid=str(os.getpid()))]
    for part, pid, tally in _left(here.data):
        samples += tally.samples(part=part, pid=pid)
    return text(samples, ABOUT)


def make_token(here: Installation, by: str) -> Secret:
    """Return a new token for `/metrics`; the one before opens nothing any more."""
    token = Secret(BEFORE + new_token().reveal())
    kept = token_hash(token.reveal())
    set_setting(here.database, TOKEN, kept, by=by, at=here.clock.now())
    return token


def end_token(here: Installation, by: str) -> None:
    """Let nobody read the figures until there is a new token."""
    set_setting(here.database, TOKEN, "", by=by, at=here.clock.now())


def opens(here: Installation, header: str) -> bool:
    """Return whether an Authorization header bears the token."""
    kept = str(setting(here.database, TOKEN, ""))
    scheme, _, shown = header.partition(" ")
    given = token_hash(shown.strip())
    return bool(kept) and scheme.casefold() == "bearer" and hmac.compare_digest(given, kept)


def _left(data: Path) -> Iterator[tuple[str, str, Tally]]:
    """Yield part, process and counts of each process that is alive."""
    now = time.time()
    for path in sorted((data / FOLDER).glob("*-*.json")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            age = now - path.stat().st_mtime
            if age > OLD:
                path.unlink()
            if age > FRESH:
                continue
            part, _, pid = path.stem.rpartition("-")
            yield part, pid, Tally.from_plain(json.loads(path.read_bytes()))


def _now(here: Installation) -> Iterator[Sample]:
    database, clock = here.database, here.clock
    yield _gauge("sekisho_up", 1, version=__version__)
    size = here.reader().size()
    yield "sekisho_records_total", "counter", line("sekisho_records_total", size, {})
    with contextlib.suppress(OSError):
        signed = (here.data / "ledger" / "checkpoint").stat().st_mtime
        yield _gauge("sekisho_checkpoint_timestamp_seconds", signed)
    yield _gauge("sekisho_recorder_up", int(here.recorder_answers()))
    yield _gauge("sekisho_disk_free_bytes", shutil.disk_usage(here.data).free)
    yield _gauge("sekisho_sessions", len(list_sessions(database, clock)))
    stand = bans.bans(database, standing_at=clock.now())
    for stops, word in ((True, "true"), (False, "false")):
        count = sum(ban.stops is stops for ban in stand)
        yield _gauge("sekisho_bans", count, stops=word)
    open_now: Sequence[Gravity] = [view.finding.gravity for view in open_findings(database)]
    for gravity in Gravity:
        yield _gauge("sekisho_findings", open_now.count(gravity), gravity=gravity.value)
    with database.read() as c:
        waiting = sa.select(sa.func.count()).select_from(IMPORT).where(IMPORT.c.ended_at.is_(None))
        yield _gauge("sekisho_imports_waiting", c.scalar(waiting) or 0)
        jobs = c.execute(sa.select(JOB)).all()
    for job in jobs:
        for name, at in (("done", job.last_done), ("due", job.next_at)):
            if at is not None:
                yield _gauge(f"sekisho_job_{name}_timestamp_seconds", at.timestamp(), job=job.name)


def _gauge(name: str, value: float, **labels: str) -> Sample:
    return name, "gauge", line(name, value, labels)
