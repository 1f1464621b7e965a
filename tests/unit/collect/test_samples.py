"""Every sample file nobody here wrote: read, or refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sekisho.collect import collect
from sekisho.pages.words import LANGUAGES, catalogue, say

if TYPE_CHECKING:
    from tests.unit.collect.conftest import Desk


def test_every_sample_is_read_or_refused_by_name(desk: Desk, shared: Path) -> None:
    """No sample of any kind crashes: each is read, or refused with a sentence."""
    folder = shared / "data/access-records"
    paths = sorted(path for path in folder.rglob("*") if path.is_file())

    reports = collect(paths, recorder=desk.recorder, database=desk.database, clock=desk.clock)

    assert len(reports) == len(paths) > 800
    for report in reports:
        if report.error is None:
            assert report.added + report.already + report.quarantined == report.read > 0
            continue
        message, args = report.error
        for language in LANGUAGES:
            assert message in catalogue(language), report.path
            assert "%(" not in say(language, message, **args), report.path
    read = {Path(r.path).relative_to(folder).parts[0] for r in reports if r.added}
    assert read == {"atna-syslog", "atna-xml", "evtx", "fhir-auditevent", "hostlogs"}
    kinds = {str(r.error[1].get("kind")) for r in reports if r.error}
    assert "hl7" in kinds


def test_swiss_audit_events_in_xml_are_refused_by_name(desk: Desk, shared: Path) -> None:
    """FHIR as XML is not read yet, and is refused as what it is."""
    for path in (shared / "data/access-records/fhir-auditevent/ch-atc").iterdir():
        assert desk.take(path).error == ("collect.fhir_xml", {"resource": "AuditEvent"})
