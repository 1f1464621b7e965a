"""The catalogue and the sheet as OSCAL (NIST, JSON), for tools that read nothing else.

OSCAL knows satisfied and not satisfied. "Not checked" is not satisfied with the reason ``other``,
and the state and standing by which the sheet speaks stand beside it as properties of our own.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sekisho import __version__
from sekisho.inspection.catalogue import Catalogue, Item
from sekisho.inspection.records import Answer, Line, Seen, Sheet, Standing, State, Value
from sekisho.pages import say
from sekisho.terms import iso

VERSION = "1.1.2"
"""Of OSCAL; later ones read it."""
OURS = "urn:sekisho:oscal"
"""Namespace of what OSCAL has no word for."""
_PERSONS_PAPER = "register."
_REASON = {State.PROVEN: "pass", State.CONTRADICTED: "fail"}


def catalogue_document(book: Catalogue, language: str, at: dt.datetime) -> dict[str, Any]:
    """Return the OSCAL catalog of an edition, its texts in `language`; `at` is UTC-aware."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in book.items:
        groups.setdefault(book.told(item.section, language), []).append(
            _control(book, item, language)
        )
    return {
        "catalog": {
            "uuid": _uuid("catalog", book.id, language),
            "metadata": _metadata(book.title[language], book.told(book.edition, language), at)
            | {"props": _props(("catalogue", book.id), ("language", language))},
            "groups": [
                {
                    "id": f"g{place}",
                    "title": section or "–",
                    "controls": controls,
                }
                for place, (section, controls) in enumerate(groups.items(), 1)
            ],
            "back-matter": {
                "resources": [
                    {
                        "uuid": _uuid("source", book.id),
                        "title": book.title[language],
                        "description": book.told(book.source, language),
                    }
                ]
            },
        }
    }


def results_document(
    sheet: Sheet, *, language: str, zone: str, institution: str, remarks: str = ""
) -> dict[str, Any]:
    """Return the OSCAL assessment results of a sheet as it stands.

    Args:
        sheet: What is asked, what the evidence says, what a person answered.
        language: Of the texts.
        zone: The institution's; a target day ends there.
        institution: Its name.
        remarks: What must be known of the whole, for instance that the data are simulated.
    """
    made = _Results(sheet, language, ZoneInfo(zone))
    for line in sheet.lines:
        made.add(line)
    book = sheet.catalogue
    plan = _uuid("plan", book.id)
    metadata = _metadata(book.title[language], book.told(book.edition, language), sheet.at)
    metadata["parties"] = [
        {"uuid": made.self, "type": "organization", "name": institution},
        *({"uuid": one, "type": "person", "name": by} for by, one in sorted(made.persons.items())),
    ]
    if remarks:
        metadata["remarks"] = remarks
    result: dict[str, Any] = {
        "uuid": _uuid("result", book.id, iso(sheet.at)),
        "title": book.title[language],
        "description": say(language, "inspection.oscal.result"),
        "start": iso(sheet.at),
        "props": _props(
            *((f"standing-{one.value}", str(sheet.count(one))) for one in Standing),
            *((f"state-{one.value}", str(sheet.computed(one))) for one in State),
            *(("institution-kind", one) for one in sheet.kinds),
            ("not-asked", str(len(sheet.apart)) if sheet.kinds else ""),
        ),
        "reviewed-controls": {"control-selections": [_selected(sheet)]},
        "observations": list(made.observations.values()),
        "findings": made.findings,
    }
    if made.risks:
        result["risks"] = made.risks
    kept = {key: value for key, value in result.items() if value != []}
    return {
        "assessment-results": {
            "uuid": _uuid("results", book.id, institution, iso(sheet.at)),
            "metadata": metadata,
            "import-ap": {"href": f"#{plan}"},
            "results": [kept],
            "back-matter": {
                "resources": [
                    {
                        "uuid": plan,
                        "title": book.title[language],
                        "description": say(
                            language,
                            "inspection.oscal.plan",
                            source=book.told(book.source, language),
                        ),
                    }
                ]
            },
        }
    }


def _selected(sheet: Sheet) -> dict[str, Any]:
    """Return which items were looked at: those that are asked of other institutions alone are named."""
    told: dict[str, Any] = (
        {"include-controls": [{"control-id": line.item.id} for line in sheet.lines]}
        if sheet.lines
        else {"include-all": {}}
    )
    if sheet.apart:
        told["exclude-controls"] = [{"control-id": line.item.id} for line in sheet.apart]
    return told


class _Results:
    """Gathers what one document says of every item."""

    def __init__(self, sheet: Sheet, language: str, zone: ZoneInfo) -> None:
        self.sheet, self.language, self.zone = sheet, language, zone
        self.self = _uuid("self", sheet.catalogue.id)
        self.persons: dict[str, str] = {}
        self.observations: dict[str, dict[str, Any]] = {}
        self.findings: list[dict[str, Any]] = []
        self.risks: list[dict[str, Any]] = []

    def add(self, line: Line) -> None:
        """Add one item: what was seen, what was answered, and what follows."""
        seen = [self.observed(one) for one in line.computed.proofs]
        if line.answer is not None:
            seen.append(self.answered(line, line.answer))
        item = line.item
        finding: dict[str, Any] = {
            "uuid": _uuid("finding", item.id, iso(self.sheet.at)),
            "title": _title(item, self.language),
            "description": item.text[self.language],
            "props": _props(
                ("state", line.computed.state.value),
                ("standing", line.standing.value),
                ("verified", _flag(value=item.verified)),
                ("on-a-persons-word", _flag(value=line.greener)),
            ),
            "target": {
                "type": "statement-id",
                "target-id": _statement(item),
                "status": {
                    "state": "satisfied" if _satisfied(line) else "not-satisfied",
                    "reason": _reason(line),
                    "remarks": self.why(line),
                },
            },
        }
        if line.standing is Standing.NOT_APPLICABLE:
            finding["target"]["implementation-status"] = {"state": "not-applicable"}
        if seen:
            finding["related-observations"] = [{"observation-uuid": one} for one in seen]
        risk = self.risk(line, seen)
        if risk is not None:
            self.risks.append(risk)
            finding["related-risks"] = [{"risk-uuid": risk["uuid"]}]
        self.findings.append(finding)

    def why(self, line: Line) -> str:
        """Return in words how the item stands, what the evidence says, and why it was not checked."""
        words = [
            say(self.language, f"inspection.standing.{line.standing.value}"),
            say(self.language, f"inspection.state.{line.computed.state.value}"),
            *(self.said(one) for one in line.computed.proofs if one.state is not State.PROVEN),
        ]
        return say(self.language, "pages.dot").join(words)

    def said(self, one: Seen) -> str:
        """Return the sentence of a proof, or that there never was one."""
        if one.evidence is None:
            return say(self.language, "inspection.never", subject=self.name(one))
        return say(self.language, one.evidence.message, **one.evidence.args)

    def name(self, one: Seen) -> str:
        return say(self.language, f"inspection.subject.{one.proof.subject}")

    def observed(self, one: Seen) -> str:
        """Add what was seen of one subject; return its uuid. Items share it where it is the same."""
        evidence, until = one.evidence, one.good_until
        at = self.sheet.at if evidence is None else evidence.checked_at
        known = _uuid(
            "observation", one.proof.subject, iso(at), "" if until is None else iso(until)
        )
        if known in self.observations:
            return known
        checked = evidence is not None and one.state is not State.NOT_CHECKED
        method = "EXAMINE" if one.proof.subject.startswith(_PERSONS_PAPER) else "TEST"
        told: dict[str, Any] = {
            "uuid": known,
            "title": self.name(one),
            "description": self.said(one),
            "props": _props(
                ("subject", one.proof.subject),
                ("result", "never" if evidence is None else evidence.result.value),
                ("by", "" if evidence is None else evidence.by),
                ("state", one.state.value),
            ),
            "methods": [method if checked else "UNKNOWN"],
            "types": ["control-objective"],
            "collected": iso(at),
        }
        if until is not None:
            told["expires"] = iso(until)
        self.observations[known] = told
        return known

    def answered(self, line: Line, said: Answer) -> str:
        """Add what a person answered; return its uuid."""
        known = _uuid("answer", said.catalogue, said.item, str(said.turn), iso(said.at))
        person = self.persons.setdefault(said.by, _uuid("person", said.by))
        value = "" if said.value is None else said.value.value
        told: dict[str, Any] = {
            "uuid": known,
            "title": say(self.language, "inspection.oscal.answer"),
            "description": said.reason or say(self.language, f"inspection.standing.{value}"),
            "props": _props(
                ("answer", value),
                ("checked-on", _day(said.checked_on)),
                ("target-on", _day(said.target_on)),
                ("state-then", said.state.value),
                ("carried-from", said.carried_from or ""),
            ),
            "methods": ["INTERVIEW"],
            "types": ["control-objective"],
            "origins": [{"actors": [{"type": "party", "actor-uuid": person}]}],
            "collected": iso(said.at),
        }
        if said.checked_on is not None:
            last = said.checked_on + dt.timedelta(days=line.item.lasts)
            told["expires"] = iso(self.end_of(last))
        self.observations[known] = told
        return known

    def risk(self, line: Line, seen: Sequence[str]) -> dict[str, Any] | None:
        """Return what is left open: a no with its target day, or what the evidence contradicts."""
        said = line.answer
        refused = line.standing is Standing.NO
        if not refused and line.computed.state is not State.CONTRADICTED:
            return None
        told: dict[str, Any] = {
            "uuid": _uuid("risk", line.item.id, iso(self.sheet.at)),
            "title": _title(line.item, self.language),
            "description": line.item.text[self.language],
            "statement": self.why(line),
            "status": "remediating" if refused else "open",
            "related-observations": [{"observation-uuid": one} for one in seen],
        }
        if refused and said is not None and said.target_on is not None:
            told["deadline"] = iso(self.end_of(said.target_on))
        return told

    def end_of(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(23, 59, 59), self.zone).astimezone(dt.UTC)


def _control(book: Catalogue, item: Item, language: str) -> dict[str, Any]:
    parts = [{"id": _statement(item), "name": "statement", "prose": item.text[language]}]
    if item.note:
        parts.append({"id": f"{item.id}_gdn", "name": "guidance", "prose": item.note[language]})
    control: dict[str, Any] = {
        "id": item.id,
        "title": item.title[language],
        "props": [
            *([{"name": "label", "value": item.number}] if item.number else []),
            *_props(
                ("unsure-number", item.unsure_number),
                ("verified", _flag(value=item.verified)),
                ("evidence", item.evidence),
                ("level", item.level),
                ("duty", item.duty),
                ("answered", _flag(value=item.answered)),
                *(("applies-to", one) for one in item.applies_to),
                *(("kind", one) for one in item.kinds),
                *(("proof", one.subject) for one in item.proofs),
            ),
        ],
        "links": [
            {"href": f"#{_uuid('source', book.id)}", "rel": "reference"},
            *({"href": item.url, "rel": "reference"} for _ in [0] if item.url),
            *(_related(item, other, language) for other in item.maps_to),
        ],
        "parts": parts,
    }
    return control


def _related(item: Item, other: str, language: str) -> dict[str, Any]:
    link = {"href": f"urn:sekisho:item:{other}", "rel": "related"}
    if other in item.changed:
        link["text"] = item.changed[other][language]
    return link


def _metadata(title: str, edition: str, at: dt.datetime) -> dict[str, Any]:
    return {
        "title": title,
        "last-modified": iso(at),
        "version": edition,
        "oscal-version": VERSION,
        "document-ids": [{"scheme": "urn:sekisho:version", "identifier": __version__}],
    }


def _satisfied(line: Line) -> bool:
    """Return whether it is proven, or a named person's yes or "does not apply" stands."""
    if line.standing in {Standing.YES, Standing.NOT_APPLICABLE}:
        return True
    return line.standing is Standing.OPEN and line.computed.state is State.PROVEN


def _reason(line: Line) -> str:
    if line.standing is Standing.NO:
        return "fail"
    if line.standing is Standing.NOT_APPLICABLE:
        return "other"
    said = line.answer is not None and line.answer.value is Value.YES
    if line.standing is Standing.YES and said:
        return "pass"
    return _REASON.get(line.computed.state, "other")


def _title(item: Item, language: str) -> str:
    return f"{item.number} {item.title[language]}".strip()


def _statement(item: Item) -> str:
    return f"{item.id}_smt"


def _props(*told: tuple[str, str]) -> list[dict[str, str]]:
    """Return properties of our own; what is empty is left out, since OSCAL has no empty value."""
    return [
        {"name": name, "ns": OURS, "value": value.strip()} for name, value in told if value.strip()
    ]


def _flag(*, value: bool) -> str:
    return "yes" if value else "no"


def _day(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()


def _uuid(*parts: str) -> str:
    """Return the same uuid for the same thing, so that two exports can be laid beside each other."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, ":".join([OURS, *parts])))
