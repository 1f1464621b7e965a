"""The whole record verified, every morning and when somebody asks; the verdict is kept as Evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sekisho.app.installation import Installation
from sekisho.app.proofs import keep_evidence, latest_evidence
from sekisho.errors import InvalidInputError
from sekisho.terms import Evidence, Finding, Gravity, Result

GOOD = dt.timedelta(days=2)
"""How long a verdict stands."""
SUBJECT = "ledger.verified"
SEARCH = "ledger.search"
OTHERS = "witness.toml"
"""Names the witnesses and the time-stamp authority, where there are any."""


def verify_whole(
    installation: Installation, by: str, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Recompute the whole record from its bytes and keep the verdict as Evidence.

    Args:
        installation: Whose record.
        by: Who asked, ``jobs`` where nobody did.
        progress: Called with records done and records in all; what it raises ends the work.

    Returns:
        The verdict as plain values: ``ok`` (None: nothing is recorded yet), ``size``,
        ``records``, ``seconds``, ``wrong`` and ``not_checked`` as message ids with values.
    """
    from sekisho.ledger import verify  # noqa: PLC0415 (slow to import)

    begun = (installation.data / "ledger" / "checkpoint").exists()
    if not begun and installation.reader().size() == 0:
        # The recorder has not begun: it signs an empty record before it takes the first.
        # Asked before the record is verified: it may begin meanwhile.
        _keep(installation, SUBJECT, by, Result.NOT_CHECKED, "app.nothing_yet", {})
        return {"ok": None, "size": 0, "records": 0, "seconds": 0, "wrong": None, "not_checked": []}
    verdict = verify(
        installation.data,
        url=installation.config.storage_url,
        progress=progress,
        **_outside(installation),
    )
    wrong = verdict.first_wrong
    if verdict.ok:
        _keep(installation, SUBJECT, by, Result.YES, "app.verified", {"records": verdict.size})
    else:
        message = wrong.message if wrong else "app.not_intact"
        _keep(installation, SUBJECT, by, Result.NO, message, dict(wrong.args) if wrong else {})
    _mend_search(installation, by)
    return {
        "ok": verdict.ok,
        "size": verdict.size,
        "records": verdict.records,
        "seconds": round(verdict.seconds, 1),
        "wrong": wrong and {"message": wrong.message, "args": dict(wrong.args)},
        "not_checked": [[message, dict(args)] for message, args in verdict.not_checked],
    }


def search_findings(installation: Installation) -> list[Finding]:
    """Return that the search index said otherwise than the record, until it is right again."""
    said = latest_evidence(installation.database, SEARCH)
    if said is None or said.result is not Result.NO:
        return []
    return [
        Finding(
            key=SEARCH,
            room="ledger",
            gravity=Gravity.TODAY,
            duty="1-3",
            message="app.finding.search_differed",
            args=said.args,
            where="/records/checkpoints",
            action="app.action.look",
        )
    ]


def _mend_search(installation: Installation, by: str) -> None:
    """Make the search index again and compare: it could hide records from those who look."""
    differing = installation.reader().mend_search()
    result = Result.NO if differing else Result.YES
    message = "app.search_differed" if differing else "app.search_agrees"
    _keep(installation, SEARCH, by, result, message, {"files": len(differing)})


def _keep(
    installation: Installation,
    subject: str,
    by: str,
    result: Result,
    message: str,
    args: dict[str, Any],
) -> None:
    now = installation.clock.now()
    keep_evidence(
        installation.database,
        Evidence(
            subject=subject,
            checked_at=now,
            by=by,
            result=result,
            message=message,
            args=args,
            valid_until=now + GOOD,
        ),
    )


def _outside(installation: Installation) -> dict[str, Any]:
    """Return what verification asks of others' words, where others are asked."""
    if not (installation.data / OTHERS).exists():
        return {}
    from sekisho.app.witnesses import cosigning, stamping  # noqa: PLC0415 (slow to import)

    try:
        return {"witnesses": cosigning(installation), "authority": stamping(installation)}
    except InvalidInputError:
        # That the file is wrong is a finding of its own, and no reason not to verify.
        return {}
