"""Records as FHIR R4 AuditEvent, in the patterns of IHE Basic Audit Log Patterns (BALP).

A log line of a system that is no REST server cannot carry what BALP's profiles of REST
transactions ask for (both ends of a connection), so that no profile is claimed: agents,
patient and data entities are written as BALP writes them.
"""

from __future__ import annotations

import re
from typing import Any

from sekisho.ledger.codes import EVENTS, NAMES, OUTCOMES, details, event_id
from sekisho.terms import REQUEST, Action, Outcome, UserKind

_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_REQUEST_TYPE = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_OID = re.compile(r"[0-2](\.(0|[1-9]\d*))+\Z")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+\Z")
_REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}\Z")


def audit_event(record: dict[str, Any], origin: str) -> dict[str, Any]:
    """Return a record in the promised form as an AuditEvent.

    Args:
        record: The promised form (`sekisho.ledger.record.promised`).
        origin: The log's name; with the index it tells which record this was.
    """
    action, outcome = Action(record["action"]), Outcome(record["outcome"])
    event = EVENTS[action]
    made: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "type": _dcm(event_id(action, patient=bool(record["patient_ids"]))),
        "action": event.action,
        "recorded": record["occurred_at"],
        "agent": [_agent(record)],
        "source": {"observer": {"identifier": {"value": record["source"]}}},
        "entity": [
            *(_patient(each) for each in record["patient_ids"]),
            *_object(record["object"]),
            _record(record, origin),
        ],
    }
    if event.kind is not None:
        made["subtype"] = [_dcm(event.kind)]
    if outcome in OUTCOMES:
        made["outcome"] = OUTCOMES[outcome]
    if record["ended_at"] is not None:
        made["period"] = {"start": record["occurred_at"], "end": record["ended_at"]}
    if "emergency" in record["marks"] or action is Action.EMERGENCY:
        code = {"system": _REASON, "code": "BTG", "display": "break the glass"}
        made["purposeOfEvent"] = [{"coding": [code]}]
    return made


def _dcm(code: str) -> dict[str, str]:
    return {"system": _DCM, "code": code, "display": NAMES[code]}


def _agent(record: dict[str, Any]) -> dict[str, Any]:
    system = record["user_kind"] == UserKind.SYSTEM
    kind = (
        _dcm("110150")
        if system
        else {"system": _PARTICIPATION, "code": "IRCP", "display": "information recipient"}
    )
    agent: dict[str, Any] = {"type": {"coding": [kind]}, "requestor": True}
    if record["user_id"]:
        agent["who"] = {"identifier": {"value": record["user_id"]}}
    if record["terminal"]:
        agent["network"] = {"address": record["terminal"]}
    return agent


def _patient(each: dict[str, Any]) -> dict[str, Any]:
    identifier: dict[str, Any] = {"value": each["id"]}
    authority = each["authority"]
    if authority and _OID.match(authority):
        identifier["system"] = f"urn:oid:{authority}"
    elif authority and _URI.match(authority):
        identifier["system"] = authority
    elif authority:
        identifier["assigner"] = {"display": authority}
    return {
        "what": {"identifier": identifier},
        "type": {"system": _TYPE, "code": "1", "display": "Person"},
        "role": {"system": _ROLE, "code": "1", "display": "Patient"},
    }


def _object(text: str | None) -> list[dict[str, Any]]:
    """Return the entity of what was touched, and that of the request's id (BALP)."""
    text, found, request = (text or "").rpartition(REQUEST)
    if not found or request.split() != [request] or not (text == "" or text.endswith(" ")):
        text, request = text + found + request, ""
    text = text.strip()
    entities: list[dict[str, Any]] = []
    if text:
        what = {"reference": text} if _REFERENCE.match(text) else {"display": text}
        kind = {"system": _TYPE, "code": "2", "display": "System Object"}
        entities.append({"what": what, "type": kind})
    if request:
        kind = {"system": _REQUEST_TYPE, "code": "XrequestId"}
        entities.append({"what": {"identifier": {"value": request}}, "type": kind})
    return entities


def _record(record: dict[str, Any], origin: str) -> dict[str, Any]:
    """Return the entity that names the record itself, to be asked for with its proof."""
    return {
        "what": {"identifier": {"value": f"{origin}/{record['index']}"}},
        "type": {"system": _TYPE, "code": "4", "display": "Other"},
        "detail": [{"type": name, "valueString": value} for name, value in details(record)],
    }
