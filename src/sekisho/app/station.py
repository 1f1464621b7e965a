"""The check station as this installation has it: its scanner, its rules, what waits of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sekisho import scan
from sekisho.app.installation import Installation
from sekisho.app.proofs import keep_newest, latest_evidence
from sekisho.scan import RULES, Settings
from sekisho.terms import Finding, Gravity, Result

if TYPE_CHECKING:
    from sekisho.scan.station import Station


def settings(installation: Installation) -> Settings:
    """Return how the scanner is reached; Debian's clamd where nothing is configured."""
    return installation.config.scan or replace(Settings(), rules=installation.data / RULES)


def station(installation: Installation) -> Station:
    """Return the station, with the rules as they are now.

    Raises:
        InvalidInputError: The folder of rules cannot be read.
    """
    from sekisho.scan.rules import read_rules  # noqa: PLC0415 (brings the compiler of rules)
    from sekisho.scan.station import Station  # noqa: PLC0415 (same)

    how = settings(installation)
    return Station(how, read_rules(how.rules), installation.clock)


def look_at_scanner(installation: Installation) -> None:
    """Keep as Evidence whether the configured scanner can be believed."""
    if installation.config.scan is not None:
        keep_newest(installation.database, scan.state(installation.config.scan, installation.clock))


def station_findings(installation: Installation) -> Iterator[Finding]:
    """Yield finds nobody dealt with, a scanner that is not to be believed, rules that do not compile."""
    from sekisho.scan import results  # noqa: PLC0415 (brings the compiler of rules)
    from sekisho.scan.rules import read_rules  # noqa: PLC0415 (same)

    yield from results.findings(installation.database)
    said = latest_evidence(installation.database, "scan.scanner")
    if installation.config.scan is not None and said is not None and said.result is Result.NO:
        yield Finding(
            key="scan.scanner",
            room="scan",
            gravity=Gravity.TODAY,
            duty="1-4",
            message="scan.finding.scanner",
            where="/posture/station",
            action="posture.action.look",
        )
    wrong = read_rules(settings(installation).rules).wrong
    if wrong:
        yield Finding(
            key="scan.rules",
            room="scan",
            gravity=Gravity.WEEK,
            duty="1-4",
            message="scan.finding.rules",
            where="/posture/station",
            action="posture.action.look",
            args={"count": len(wrong), "files": [one.file for one in wrong[:5]]},
        )
