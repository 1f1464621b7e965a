"""What the register proves is kept as Evidence, with what posture knows of makers and maintainers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sekisho.app.history import today
from sekisho.app.installation import Installation
from sekisho.app.proofs import all_latest, keep_newest
from sekisho.terms import Evidence, Finding, Result

AGAIN = dt.timedelta(hours=1)


def expected(installation: Installation) -> Mapping[str, Sequence[str]]:
    """Return list → what must be in it and is not, by name.

    Makers and maintainers that have something here and no system in the register (the list of who
    they are is `posture`'s alone: nobody types it a second time), systems whose vendor was not
    asked for its sheet within a year, and important information without a risk assessment.
    """
    from sekisho.inspection import register  # noqa: PLC0415 (slow to import)
    from sekisho.inspection.register import risks, sheets  # noqa: PLC0415 (same)
    from sekisho.posture import vendors  # noqa: PLC0415 (same)
    from sekisho.posture.names.text import company  # noqa: PLC0415 (same)

    database = installation.database
    told = {company(str(one["vendor"])) for one in register.told_of(database, "vendors")}
    here = (one for one in vendors.vendors(database) if one.devices or one.lines)
    asked = sheets.wanted(database, today(installation))
    return {
        "vendors": [one.name for one in here if one.key not in told],
        "vendor_sheets": [f"{one.vendor} {one.system}" for one in asked],
        "risks": risks.unassessed(database, only=("high",)),
    }


def look_at_register(installation: Installation) -> Mapping[str, Sequence[str]]:
    """Keep as Evidence what each list proves now, and return what was `expected`.

    Asked at every page and every few minutes: what says the same as within the hour is not written.
    """
    from sekisho.inspection import register  # noqa: PLC0415 (slow to import)

    database, now = installation.database, installation.clock.now()
    more = expected(installation)
    known = {one.subject: one for one in all_latest(database, below="register.")}
    for proof in register.evidence(database, now, installation.config.zone, expected=more):
        last = known.get(proof.subject)
        if last is None or _said(last) != _said(proof) or _worn(last, now):
            keep_newest(database, proof)
    return more


def register_findings(installation: Installation) -> list[Finding]:
    """Return what of the register waits for a person; its proofs are kept as they are now."""
    from sekisho.inspection import register  # noqa: PLC0415 (slow to import)

    more = look_at_register(installation)
    return list(register.findings(installation.database, today(installation), expected=more))


def _said(proof: Evidence) -> tuple[object, ...]:
    own = (proof.checked_at, proof.valid_until) if proof.result is Result.YES else None
    return proof.result, proof.message, dict(proof.args), own


def _worn(proof: Evidence, now: dt.datetime) -> bool:
    """Return whether it is to be written again; a yes is as old as its lines, however often we look."""
    return proof.result is not Result.YES and now - proof.checked_at > AGAIN
