"""What the register proves is kept as Evidence, with what posture knows of makers and maintainers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sekisho.app.history import today
from sekisho.app.installation import Installation
from sekisho.app.proofs import all_latest, keep_evidence
from sekisho.terms import Evidence, Finding

AGAIN = dt.timedelta(hours=20)
"""A proof that says the same is kept again after so long."""


def expected(installation: Installation) -> Mapping[str, Sequence[str]]:
    """Return the makers and maintainers that have something here and no system in the register.

    The list of who they are is `posture`'s alone: nobody types it a second time.
    """
    from sekisho.inspection import register  # noqa: PLC0415 (slow to import)
    from sekisho.posture import vendors  # noqa: PLC0415 (same)
    from sekisho.posture.names.text import company  # noqa: PLC0415 (same)

    database = installation.database
    told = {company(str(one["vendor"])) for one in register.told_of(database, "vendors")}
    here = (one for one in vendors.vendors(database) if one.devices or one.lines)
    return {"vendors": [one.name for one in here if one.key not in told]}


def look_at_register(installation: Installation) -> None:
    """Keep what each list proves now, where it says something else or the last word is a day old."""
    from sekisho.inspection import register  # noqa: PLC0415 (slow to import)

    database, now = installation.database, installation.clock.now()
    known = {one.subject: one for one in all_latest(database, below="register.")}
    more = expected(installation)
    for proof in register.evidence(database, now, installation.config.zone, expected=more):
        before = known.get(proof.subject)
        if before is None or _said(before) != _said(proof) or now - before.checked_at > AGAIN:
            keep_evidence(database, proof)


def register_findings(installation: Installation) -> list[Finding]:
    """Return what of the register waits for a person; its proofs are kept as they are now."""
    from sekisho.inspection import register  # noqa: PLC0415 (slow to import)

    look_at_register(installation)
    more = expected(installation)
    return list(register.findings(installation.database, today(installation), expected=more))


def _said(proof: Evidence) -> tuple[object, ...]:
    # A proof without a day of its own is good until the next look: that is no other word.
    own = proof.valid_until if proof.message == "register.proof.good" else None
    return proof.result, proof.message, dict(proof.args), own
