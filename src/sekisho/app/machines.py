"""What machines and connections have to say: findings for a person, and Evidence each morning."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sekisho.app.installation import Installation
from sekisho.app.network import network_evidence, network_findings
from sekisho.app.proofs import all_latest, keep_newest
from sekisho.terms import Finding

if TYPE_CHECKING:
    from sekisho.posture.incidents import Replayed
    from sekisho.posture.match import Rules

DEADLINES = "deadlines.toml"
"""The institution's own rules of deadlines, in its data directory."""


def machine_findings(installation: Installation) -> list[Finding]:
    """Return what waits about machines and connections."""
    from sekisho import posture  # noqa: PLC0415 (slow to import)
    from sekisho.posture import controls, incidents, protection  # noqa: PLC0415 (same)
    from sekisho.posture.match.findings import findings  # noqa: PLC0415 (same)

    database, today = installation.database, _today(installation)
    if not _used(installation):
        return posture.findings(database, today)
    now = installation.clock.now()
    holes = findings(database, rules=deadlines(installation), now=now, today=today)
    guarded = protection.findings(database, now, today)
    off = controls.findings(database, now, today)
    passed = incidents.findings(replay_incidents(installation))
    looked = network_findings(installation)
    return [*posture.findings(database, today), *holes, *guarded, *off, *looked, *passed]


def look_at_machines(installation: Installation) -> None:
    """Hold what is published against what stands here, and keep as Evidence what that proves."""
    if _used(installation):
        look_for_holes(installation)
    keep_proofs(installation)


def keep_proofs(installation: Installation) -> None:
    """Keep as Evidence what is known of machines and connections now; without any, that there is none."""
    from sekisho import posture  # noqa: PLC0415 (slow to import)
    from sekisho.posture import (  # noqa: PLC0415 (same)
        controls,
        disclosures,
        incidents,
        protection,
    )
    from sekisho.posture.match.findings import evidence  # noqa: PLC0415 (same)

    database, now, today = installation.database, installation.clock.now(), _today(installation)
    found = list(posture.evidence(database, now, today))
    if _used(installation):
        protection.derive_stale(database)
        found += protection.evidence(database, now, today)
        found += [
            evidence(database, rules=deadlines(installation), now=now, today=today),
            controls.evidence(database, now, today),
            disclosures.evidence(database, now),
            network_evidence(installation),
        ]
    for proof in found:
        keep_newest(database, proof)
    if _used(installation):
        # What stops an incident is told by the proofs above.
        keep_newest(database, incidents.evidence(replay_incidents(installation), now))


def replay_incidents(installation: Installation) -> tuple[Replayed, ...]:
    """Return the public incidents, replayed against what stands here and what was proved of it."""
    from sekisho.posture.incidents import replay  # noqa: PLC0415 (slow to import)

    database = installation.database
    proofs = {one.subject: one for one in all_latest(database, below="posture.")}
    return replay(
        database,
        rules=deadlines(installation),
        proofs=proofs,
        now=installation.clock.now(),
        today=_today(installation),
    )


def look_for_holes(installation: Installation) -> Counter[str]:
    """Keep which published weaknesses concern what stands here; status → how many."""
    from sekisho.posture.match import look  # noqa: PLC0415 (slow to import)

    now = installation.clock.now()
    return look(installation.database, rules=deadlines(installation), now=now)


def deadlines(installation: Installation) -> Rules:
    """Return the rules of deadlines: the institution's own, else those that come with us.

    Raises:
        InvalidInputError: The own file cannot be read.
    """
    from sekisho.posture.match import rules  # noqa: PLC0415 (slow to import)

    return rules(installation.data / DEADLINES)


def _used(installation: Installation) -> bool:
    from sekisho import posture  # noqa: PLC0415 (slow to import)

    return bool(posture.counts(installation.database) or posture.connections(installation.database))


def _today(installation: Installation) -> dt.date:
    return installation.clock.now().astimezone(ZoneInfo(installation.config.zone)).date()
