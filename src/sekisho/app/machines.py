"""What machines and connections have to say: findings for a person, and Evidence each morning."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sekisho.app.installation import Installation
from sekisho.app.proofs import keep_evidence
from sekisho.terms import Finding


def machine_findings(installation: Installation) -> list[Finding]:
    """Return what waits about machines and connections."""
    from sekisho import posture  # noqa: PLC0415 (slow to import)

    return posture.findings(installation.database, _today(installation))


def look_at_machines(installation: Installation) -> None:
    """Keep as Evidence what the inventory proves, where there is one."""
    from sekisho import posture  # noqa: PLC0415 (slow to import)

    database = installation.database
    if posture.counts(database) or posture.connections(database):
        for proof in posture.evidence(database, installation.clock.now(), _today(installation)):
            keep_evidence(database, proof)


def _today(installation: Installation) -> dt.date:
    return installation.clock.now().astimezone(ZoneInfo(installation.config.zone)).date()
