"""What waits for a person: every room is asked, and what it says is kept for the list of today."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sekisho.app.bans import ban_findings
from sekisho.app.certificates import certificate_findings
from sekisho.app.findings import keep
from sekisho.app.installation import Installation
from sekisho.app.machines import machine_findings
from sekisho.app.proofs import all_latest, latest_evidence
from sekisho.app.station import station_findings
from sekisho.app.verification import OTHERS, search_findings
from sekisho.errors import InvalidInputError
from sekisho.terms import Finding, Gravity, Result


def refresh_findings(installation: Installation) -> None:
    """Ask every room what it has to say now."""
    from sekisho import care, review  # noqa: PLC0415 (slow to import)
    from sekisho.app import closing  # noqa: PLC0415 (same)
    from sekisho.app.inspection.editions import edition_findings  # noqa: PLC0415 (same)
    from sekisho.app.inspection.period import period_findings  # noqa: PLC0415 (same)
    from sekisho.app.inspection.register import register_findings  # noqa: PLC0415 (same)
    from sekisho.app.inspection.reminders import sheet_findings  # noqa: PLC0415 (same)

    database, clock = installation.database, installation.clock
    said = [*review.findings(database), *closing.findings(installation)]
    keep(database, "review", said, clock)
    keep(database, "care", care.findings(database), clock)
    refresh_identity(installation)
    said = [*ledger_findings(installation), *search_findings(installation)]
    keep(database, "ledger", said, clock)
    certificates = certificate_findings(installation.config, clock.now())
    keep(database, "app", [*certificates, *disk_findings(installation)], clock)
    keep(database, "gate", [*gate_findings(installation), *ban_findings(installation)], clock)
    keep(database, "access", access_findings(installation), clock)
    keep(database, "witness", outside_findings(installation), clock)
    keep(database, "collect.live", collect_findings(installation), clock)
    keep(database, "posture", machine_findings(installation), clock)
    keep(database, "scan", station_findings(installation), clock)
    keep(database, "inspection.register", register_findings(installation), clock)
    keep(database, "inspection.period", period_findings(installation), clock)
    keep(database, "inspection.sheet", sheet_findings(installation), clock)
    keep(database, "inspection.edition", edition_findings(installation), clock)


def refresh_identity(installation: Installation) -> None:
    """Ask about accounts alone: an attack on sign-in is shown at once."""
    from sekisho import care, identity  # noqa: PLC0415 (slow to import)

    database, clock = installation.database, installation.clock
    today = clock.now().astimezone(ZoneInfo(installation.config.zone)).date()
    ended = care.ended_user_ids(database, today)
    keep(database, "identity", identity.findings(database, clock, ended), clock)


def collect_findings(installation: Installation) -> list[Finding]:
    """Return what comes by itself has to say, and the sheets that wait to be confirmed."""
    from sekisho.collect import unseen  # noqa: PLC0415 (slow to import)
    from sekisho.collect.live import config, silence  # noqa: PLC0415 (same)

    known = config.read_config(installation.data)
    database, clock = installation.database, installation.clock
    return [*silence.findings(database, clock, known), *unseen.findings(database, clock)]


def outside_findings(installation: Installation) -> list[Finding]:
    """Return what witnesses and the time-stamp authority say, or that they are silent."""
    if not (installation.data / OTHERS).exists():
        return []
    from sekisho.app.witnesses import witness_findings  # noqa: PLC0415 (slow to import)

    try:
        return witness_findings(installation)
    except InvalidInputError as error:
        return [
            Finding(
                key="witness.not_asked",
                room="witness",
                gravity=Gravity.TODAY,
                duty="1-3",
                message="witness.not_asked",
                args={"line": str(error.args_.get("line", ""))},
                where="/health",
                action="app.action.look",
            )
        ]


def gate_findings(installation: Installation) -> list[Finding]:
    """Return what the gate has to say; nothing where there is none."""
    from sekisho.gate import (  # noqa: PLC0415 (slow to import)
        config,
        credentials,
        envelope,
        glass,
        launch,
        modes,
        plans,
        probed,
        revoked,
    )

    known = config.read_gate(installation.data)
    systems = () if known is None else known.routes
    routes = [route.name for route in systems]
    probes = all_latest(installation.database, below=probed.SUBJECT)
    zone = ZoneInfo(installation.config.zone)
    today = installation.clock.now().astimezone(zone).date()
    return [
        *modes.findings(installation.database, installation.clock, routes),
        *glass.findings(installation.database, installation.clock),
        *envelope.findings(installation.database),
        *credentials.findings(installation.database, installation.clock, routes),
        *plans.findings(installation.database, installation.clock),
        *revoked.findings(None if known is None else known.clients, installation.clock.now()),
        *launch.findings(() if known is None else known.emrs, today),
        *probed.findings(systems, probes, installation.clock.now()),
    ]


def access_findings(installation: Installation) -> list[Finding]:
    """Return what waits about rights."""
    from sekisho.access.findings import findings  # noqa: PLC0415 (slow to import)
    from sekisho.app.gate_origins import gate_origins  # noqa: PLC0415 (same)

    return findings(installation.database, asked=bool(gate_origins(installation.data)))


def ledger_findings(installation: Installation) -> list[Finding]:
    """Return what is wrong with the record, or with its verification."""
    evidence = latest_evidence(installation.database, "ledger.verified")
    now = installation.clock.now()
    if evidence is None:
        return []
    if evidence.result is Result.NO:
        return [
            Finding(
                key="ledger.not_intact",
                room="ledger",
                gravity=Gravity.URGENT,
                duty="1-3",
                message="app.finding.not_intact",
                where="/health",
                action="app.action.look",
            )
        ]
    if evidence.valid_until is not None and now > evidence.valid_until:
        return [
            Finding(
                key="ledger.verification_old",
                room="ledger",
                gravity=Gravity.TODAY,
                duty="1-3",
                message="app.finding.verification_old",
                args={"days": (now - evidence.checked_at).days},
                where="/health",
                action="app.action.verify",
            )
        ]
    return []


def disk_findings(installation: Installation) -> list[Finding]:
    """Return that the disk is not encrypted, or that it could not be told."""
    evidence = latest_evidence(installation.database, "doctor.encryption")
    if evidence is None or evidence.result is Result.YES or installation.simulated:
        return []
    no = evidence.result is Result.NO
    return [
        Finding(
            key="app.disk_encryption",
            room="app",
            gravity=Gravity.WEEK if no else Gravity.UNKNOWN,
            duty="1-3",
            message="app.finding.not_encrypted" if no else "app.finding.encryption_unknown",
            where="/health",
            action="app.action.look",
        )
    ]


def erasure_findings(installation: Installation) -> list[Finding]:
    """Return that backups made before the last erasure hold still what went."""
    from sekisho.ledger.erasure import erasures  # noqa: PLC0415 (slow to import)

    made = latest_evidence(installation.database, "backup.made")
    done = [one.done_at for one in erasures(installation.database) if one.done_at is not None]
    if made is None or not done or made.checked_at > max(done):
        return []
    return [
        Finding(
            key="ledger.erasure.backup",
            room="ledger",
            gravity=Gravity.WEEK,
            duty="1-3",
            message="ledger.erasure.backup",
            where="/records/erasure",
            action="app.action.look",
        )
    ]
