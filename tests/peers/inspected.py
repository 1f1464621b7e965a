"""An institution whose sheet is half answered: proven, greener than its proof, no, not applicable, to confirm, open."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from sekisho.app.inspection import sheet_of
from sekisho.app.inspection.paper import begin_record
from sekisho.app.installation import Installation, open_installation
from sekisho.app.proofs import keep_evidence
from sekisho.inspection import answer, catalogue
from sekisho.terms import Clock, Evidence, Result

BOOK = "checklist-r7"
NO, NOT_APPLICABLE, OPEN = ("2-③", "3-③"), ("2-⑨",), ("2-⑩", "4-①")
REASON = "担当者と現物を見て、台帳と合っていることを確かめた（2026年10月の棚卸しの記録、医療情報室の綴り3）。"


def evidence(subject: str, at: dt.datetime, result: Result, days: int = 365) -> Evidence:
    """Return one proof."""
    return Evidence(
        subject=subject,
        checked_at=at,
        by="jobs",
        result=result,
        message="app.job_done",
        args={"job": "verify"},
        valid_until=at + dt.timedelta(days=days),
    )


def inspected(data: Path, clock: Clock) -> Installation:
    """Return an installation with evidence and answers."""
    here = open_installation(data, create=True, clock=clock)
    here.name_institution("架空総合病院（模擬）", by="test")
    now = clock.now()
    for subject in ("posture.inventory", "posture.patches", "identity.leavers", "ledger.verified"):
        keep_evidence(here.database, evidence(subject, now - dt.timedelta(days=3), Result.YES))
    keep_evidence(here.database, evidence("posture.holes", now - dt.timedelta(days=1), Result.NO))
    keep_evidence(
        here.database, evidence("identity.unused", now - dt.timedelta(days=400), Result.YES)
    )
    begin_record(here, "B1")
    answer_all(here)
    keep_evidence(here.database, evidence("posture.inventory", now, Result.NO))
    return here


def answer_all(here: Installation) -> None:
    """Answer the sheet as the constants of this file say."""
    now = here.clock.now()
    today = now.astimezone(ZoneInfo(here.config.zone)).date()
    book = catalogue(BOOK)
    for line in sheet_of(here, BOOK).lines:
        number = line.item.likely_number
        if number in OPEN:
            continue
        value = "no" if number in NO else "not_applicable" if number in NOT_APPLICABLE else "yes"
        answer(
            here.database, book, line.item, value=value, checked_on=today, by="B1", at=now,
            today=today, computed=line.computed, reason=REASON,
            target_on=today + dt.timedelta(days=30) if value == "no" else None,
        )  # fmt: skip
