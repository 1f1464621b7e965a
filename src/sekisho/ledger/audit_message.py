"""Records as audit messages of DICOM PS3.15 A.5 (what IHE ATNA repositories take), one a line."""

from __future__ import annotations

import base64
from typing import Any

from lxml import etree

from sekisho.ledger.codes import EVENTS, NAMES, OUTCOMES, details, event_id
from sekisho.terms import Action, Outcome, UserKind

_UNSAID = "0"
"""EventOutcomeIndicator must stand; of an unknown outcome the detail ``outcome`` says so."""


def audit_message(record: dict[str, Any], origin: str) -> bytes:
    """Return a record in the promised form as one AuditMessage, without declaration or line ends.

    Args:
        record: The promised form (`sekisho.ledger.record.promised`).
        origin: The log's name; with the index it tells which record this was.
    """
    action, outcome = Action(record["action"]), Outcome(record["outcome"])
    event = EVENTS[action]
    root = etree.Element("AuditMessage")
    about = etree.SubElement(
        root,
        "EventIdentification",
        EventActionCode=event.action,
        EventDateTime=record["occurred_at"],
        EventOutcomeIndicator=OUTCOMES.get(outcome, _UNSAID),
    )
    _coded(about, "EventID", event_id(action, patient=bool(record["patient_ids"])))
    if event.kind is not None:
        _coded(about, "EventTypeCode", event.kind)
    if "emergency" in record["marks"]:
        _code(about, "PurposeOfUse", "BTG", "2.16.840.1.113883.5.8", "break the glass")
    _actor(root, record)
    etree.SubElement(root, "AuditSourceIdentification", AuditSourceID=_text(record["source"]))
    for each in record["patient_ids"]:
        _object(root, _cx(each), "1", "1", ("2", "RFC-3881", "Patient Number"))
    if record["object"]:
        _object(root, record["object"], "2", "3", ("12", "RFC-3881", "URI"))
    own = _object(root, f"{origin}/{record['index']}", "4", None, ("12", "RFC-3881", "URI"))
    for name, value in details(record):
        worth = base64.b64encode(value.encode()).decode()
        etree.SubElement(own, "ParticipantObjectDetail", type=name, value=worth)
    return etree.tostring(root, encoding="utf-8")


def _actor(root: etree._Element, record: dict[str, Any]) -> None:
    actor = etree.SubElement(
        root,
        "ActiveParticipant",
        UserID=_text(record["user_id"] or ""),
        UserIsRequestor="true",
    )
    if record["terminal"]:
        actor.set("NetworkAccessPointID", _text(record["terminal"]))
        actor.set("NetworkAccessPointTypeCode", "1")
    if record["user_kind"] == UserKind.SYSTEM:
        _coded(actor, "RoleIDCode", "110150")


def _object(
    root: etree._Element, name: str, kind: str, role: str | None, id_kind: tuple[str, str, str]
) -> etree._Element:
    found = etree.SubElement(
        root,
        "ParticipantObjectIdentification",
        ParticipantObjectID=_text(name),
        ParticipantObjectTypeCode=kind,
    )
    if role is not None:
        found.set("ParticipantObjectTypeCodeRole", role)
    code, system, word = id_kind
    _code(found, "ParticipantObjectIDTypeCode", code, system, word)
    return found


def _coded(parent: etree._Element, tag: str, code: str) -> None:
    _code(parent, tag, code, "DCM", NAMES[code])


def _code(parent: etree._Element, tag: str, code: str, system: str, word: str) -> None:
    made = etree.SubElement(parent, tag)
    made.set("csd-code", code)
    made.set("codeSystemName", system)
    made.set("originalText", word)


def _cx(each: dict[str, Any]) -> str:
    """Return a patient's id as HL7 CX, its assigning authority in the fourth component."""
    authority = each["authority"]
    if not authority:
        return str(each["id"])
    return f"{each['id']}^^^&{authority}&ISO"


def _text(value: str) -> str:
    """Return `value` as XML may hold it: what is no character there becomes U+FFFD."""
    return "".join(
        letter
        if letter in "\t\n\r"
        or " " <= letter <= "\ud7ff"
        or "\ue000" <= letter <= "\ufffd"
        or letter >= "\U00010000"
        else "\ufffd"
        for letter in value
    )
