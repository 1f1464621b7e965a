"""The same answer as data: for a reviewer a FHIR Bundle, for a patient the lines of the paper."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

import orjson

from sekisho.app.answer import (
    SOURCE_COLUMNS,
    Material,
    acts,
    notes_of,
    patient_lines,
    patient_of,
    sources_of,
    terms_of,
    who,
)
from sekisho.ledger.audit_event import audit_event
from sekisho.terms import iso


def as_json(material: Material, *, form: str, number: str, names: bool) -> bytes:
    """Return the copy as data: the reviewer's a FHIR R4 Bundle, the patient's its own lines."""
    made = (
        _bundle(material, number)
        if form == "reviewer"
        else _patient_data(material, number, names=names)
    )
    return orjson.dumps(made, option=orjson.OPT_INDENT_2) + b"\n"


def _patient_data(material: Material, number: str, *, names: bool) -> dict[str, Any]:
    lines = []
    for line in patient_lines(material, names=names):
        said = asdict(line)
        if not names:
            del said["names"]
        lines.append(said)
    table = sources_of(material)
    return {
        "number": number,
        "institution": material.institution,
        "simulated": material.simulated,
        "patient_id": material.looks.patient,
        "from": material.asked.start,
        "to": material.asked.end,
        "made_at": iso(material.at),
        "accesses": len(acts(material.looks.looks)),
        "lines": lines,
        "terms": dict(terms_of(material)),
        "sources": [dict(zip(SOURCE_COLUMNS, row, strict=True)) for row in table.rows],
        "notes": notes_of(material, "patient", names=names),
        "checkpoint": material.checkpoint,
        "fingerprint": material.fingerprint,
    }


def _bundle(material: Material, number: str) -> dict[str, Any]:
    """Return the accesses as a Bundle, as a search for them would answer (FHIR R4, searchset).

    The first entry says what the answer rests on: the number, sources, what no log shows.
    """
    entries = [_told(material, number)]
    for look in material.looks.looks:
        name, _, _ = who(material, look)
        # What several wrote of one act are several events, as they were written.
        for record in (look.record, *look.others):
            made = audit_event(dict(record), material.origin)
            if name and record["user_id"]:
                made["agent"][0]["name"] = name
            entries.append(_entry(f"{material.origin}/{record['index']}", made, "match"))
    return {
        "resourceType": "Bundle",
        "identifier": {"value": number, "assigner": {"display": material.institution}},
        "type": "searchset",
        "timestamp": iso(material.at),
        "total": len(entries) - 1,
        "entry": entries,
    }


def _told(material: Material, number: str) -> dict[str, Any]:
    table = sources_of(material)
    said = [
        material.say("app.answer.told", number=number, patient=patient_of(material)),
        *(" / ".join(row) for row in table.rows),
        *notes_of(material, "reviewer", names=True),
        material.fingerprint,
        material.checkpoint,
    ]
    issues = [
        {"severity": "information", "code": "informational", "diagnostics": text} for text in said
    ]
    made = {"resourceType": "OperationOutcome", "issue": issues}
    return _entry(f"{material.origin}/copy/{number}", made, "outcome")


def _entry(name: str, resource: dict[str, Any], mode: str) -> dict[str, Any]:
    key = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    return {
        "fullUrl": f"urn:uuid:{key}",
        "resource": {"resourceType": resource["resourceType"], "id": key, **resource},
        "search": {"mode": mode},
    }
