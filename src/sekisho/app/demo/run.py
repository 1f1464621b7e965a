"""`sekisho demo`: a fictitious hospital's month, walked through from log to signed page.

Everything is simulated and says so. Nothing outside the folder is touched.
"""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sekisho import care, collect, identity, review
from sekisho.app.config import FILE
from sekisho.app.demo.hospital import Truth, make
from sekisho.app.demo.machines import machines
from sekisho.app.deputy import name_deputy
from sekisho.app.evidence import look_at_rooms
from sekisho.app.inspection.kinds import set_kinds
from sekisho.app.installation import Installation, open_installation
from sekisho.app.jobs import verify_ledger
from sekisho.app.machines import look_at_machines
from sekisho.app.month import month_pdf
from sekisho.app.settings import set_setting
from sekisho.app.waiting import refresh_findings
from sekisho.app.walk import keep_lists, keep_log
from sekisho.errors import UnavailableError
from sekisho.identity import Role
from sekisho.ledger import Verdict, verify
from sekisho.pages.environment import percent
from sekisho.pages.words import LANGUAGES, say
from sekisho.terms import Secret

Tell = Callable[..., None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """Who may sign in, with a password made for this run only."""

    role: Role
    user_id: str
    password: Secret


def prepare(folder: Path, *, port: int, rows: int, tell: Tell) -> list[DemoAccount]:
    """Make the hospital in `folder`/hospital and its installation in `folder`/data.

    Args:
        folder: An empty folder of our own.
        port: Where the console will listen on loopback.
        rows: How many accesses the log has.
        tell: Says a sentence by its message id.

    Returns:
        The accounts for the console.
    """
    hospital = folder / "hospital"
    hospital.mkdir()
    tell("app.demo.begin")
    truth = make(hospital, rows=rows, month=begin_of_month(dt.datetime.now(dt.UTC).date()))
    tell("app.demo.made", rows=f"{rows:,}")
    data = folder / "data"
    data.mkdir(mode=0o700)
    (data / FILE).write_text(f"[console]\nport = {port}\n", encoding="utf-8")
    installation = open_installation(data, create=True)
    try:
        now = installation.clock.now()
        set_setting(installation.database, "simulated", value=True, by="demo", at=now)
        installation.name_institution(truth.institution, by="demo")
        _read(installation, truth, tell)
        _machines(installation, hospital, tell)
        _register(installation, hospital, tell)
        accounts = _accounts(installation, truth)
        name_deputy(installation, accounts[1].user_id, by="demo")
        run = _review(installation, accounts, folder, tell)
        look_at_rooms(installation)
        _show_tampering(installation, run, folder, tell)
    finally:
        installation.close()
    return accounts


def _read(installation: Installation, truth: Truth, tell: Tell) -> None:
    with installation.recorder() as recorder:
        (report,) = collect.collect(
            [truth.log],
            recorder=recorder,
            database=installation.database,
            clock=installation.clock,
            zone=installation.config.zone,
        )
        recorder.seal()
    keep_log(installation, report)
    tell("app.demo.collected", added=f"{report.added:,}")
    reports = care.load(truth.lists, database=installation.database, clock=installation.clock)
    keep_lists(installation, reports)
    tell("app.demo.cared", files=len(reports))


def _machines(installation: Installation, hospital: Path, tell: Tell) -> None:
    from sekisho import posture  # noqa: PLC0415 (slow to import)
    from sekisho.posture.knowledge.load import load_feeds  # noqa: PLC0415 (same)
    from sekisho.posture.match import sums  # noqa: PLC0415 (same)

    database, clock = installation.database, installation.clock
    today = clock.now().astimezone(ZoneInfo(installation.config.zone)).date()
    made = machines(hospital, today)
    posture.load(made.ledgers, database=database, clock=clock, zone=installation.config.zone)
    load_feeds(made.published, database=database, clock=clock)
    look_at_machines(installation)
    tell(
        "app.demo.machines",
        machines=sum(posture.counts(database).values()),
        lines=len(posture.connections(database)),
        affected=sums(database, today)["affected"],
    )


def _register(installation: Installation, hospital: Path, tell: Tell) -> None:
    from sekisho.app.demo.register import ask_vendors, fill_register  # noqa: PLC0415 (slow to import)
    from sekisho.app.inspection.register import look_at_register  # noqa: PLC0415 (same)

    at = installation.clock.now()
    day = at.astimezone(ZoneInfo(installation.config.zone)).date()
    tell(
        "app.demo.register", lines=fill_register(hospital, installation.database, at=at, today=day)
    )
    ask_vendors(installation.database, at=at, today=day)
    set_kinds(installation, ["hospital"], by="demo")
    look_at_register(installation)


def _accounts(installation: Installation, truth: Truth) -> list[DemoAccount]:
    accounts = []
    for role, user_id in zip(
        (Role.REVIEWER, Role.SAFETY_OFFICER, Role.ADMINISTRATOR), truth.console_users, strict=True
    ):
        password = Secret(f"{secrets.token_hex(3)}-{secrets.token_hex(3)}-{secrets.token_hex(3)}")
        identity.create_demo_account(
            installation.database,
            installation.clock,
            user_id=user_id,
            name=truth.names[user_id],
            roles={role},
            password=password,
        )
        accounts.append(DemoAccount(role=role, user_id=user_id, password=password))
    return accounts


def _review(
    installation: Installation, accounts: list[DemoAccount], folder: Path, tell: Tell
) -> review.Run:
    reviewer = accounts[0].user_id
    now = installation.clock.now()
    review.approve_shipped(installation.database, accounts[1].user_id, now)
    run = review.run(
        installation.database, installation.reader(), installation.clock, start=None, end=None
    )
    summary = run.summary
    tell(
        "app.demo.reviewed",
        level=summary["level"],
        accesses=f"{summary['accesses']:,}",
        share=percent(summary["explained"], summary["accesses"]),
        raised=summary["raised"],
        not_judgeable=f"{summary['not_judgeable']:,}",
    )
    if run.cases:
        tell("app.demo.case", why=run.cases[0].why)
    verify_ledger(installation)
    page = folder / "month.pdf"
    page.write_bytes(month_pdf(installation, run.id, by=reviewer))
    tell("app.demo.page", file=str(page))
    refresh_findings(installation)
    return run


def _show_tampering(installation: Installation, run: review.Run, folder: Path, tell: Tell) -> None:
    """Change one byte in a copy, say what verification names, and keep it for the first page."""
    file, verdict = tamper(installation.data, folder)
    tell("app.demo.tamper", file=file)
    wrong = verdict.first_wrong
    if wrong is None:
        raise UnavailableError("app.demo.not_named", file=file)
    why = {language: say(language, wrong.message, **wrong.args) for language in LANGUAGES}
    tell("app.demo.named", why=why)
    tour = {
        "records": run.summary["accesses"],
        "explained": run.summary["explained"],
        "raised": run.summary["raised"],
        "run": run.id,
        "case": run.cases[0].id if run.cases else None,
        "file": file,
        "why": why,
    }
    at = installation.clock.now()
    set_setting(installation.database, "tour", value=tour, by="demo", at=at)


def tamper(data: Path, folder: Path) -> tuple[str, Verdict]:
    """Change one byte in a copy of the sealed record; return which file, and the verdict.

    The byte is in the middle of the largest sealed file: a value, not a header.
    """
    copy = folder / "changed"
    shutil.copytree(data, copy, ignore=shutil.ignore_patterns("run", "upload"))
    sealed = max((copy / "ledger" / "sealed").rglob("*.parquet"), key=lambda p: p.stat().st_size)
    content = bytearray(sealed.read_bytes())
    content[len(content) // 3] ^= 0x01
    sealed.chmod(0o600)
    sealed.write_bytes(content)
    verdict = verify(copy)
    shutil.rmtree(copy)
    return str(sealed.relative_to(copy)), verdict


def begin_of_month(today: dt.date) -> dt.date:
    """Return the first day of the month before `today`."""
    return (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
