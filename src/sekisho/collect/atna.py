"""ATNA audit messages (DICOM PS3.15 A.5, RFC 3881): XML files, also inside syslog lines.

Both dialects of coded values are read (``csd-code`` and ``code``). The parser resolves no
entity, loads no DTD and reaches no network; what stands outside an ``AuditMessage`` element,
a document type declaration too, never comes to it. Names and query texts are not copied.
"""

from __future__ import annotations

import codecs
import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from sekisho.collect.fhir import EVENTS, event_source, instant
from sekisho.collect.fhir_agents import MACHINES, is_machine_name
from sekisho.collect.interface import Bad, Item, Tally
from sekisho.collect.keys import Occurrences, line_key
from sekisho.collect.times import read_moment
from sekisho.errors import InvalidInputError
from sekisho.terms import (
    Access,
    Action,
    Mark,
    Origin,
    Outcome,
    PatientId,
    TimePrecision,
    UserKind,
)

LARGEST = 1 << 20
"""Longest message: A.5 messages are a few KiB; what is longer is quarantined by its head."""
_CHUNK = 1 << 16
_OPEN = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?AuditMessage(?=[\s>/])")
_CLOSE = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?AuditMessage\s*>")
_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_ACTIONS = {
    "C": Action.CREATE,
    "R": Action.READ,
    "U": Action.UPDATE,
    "D": Action.DELETE,
    "E": Action.EXECUTE,
}
_OUTCOMES = {"0": Outcome.SUCCESS, "4": Outcome.FAILED, "8": Outcome.FAILED, "12": Outcome.FAILED}
_LONGEST = 500


class AtnaReading:
    """One file of audit messages being read.

    Raises:
        InvalidInputError: No audit message is in it.
    """

    def __init__(self, file: BinaryIO, *, path: str, source: str | None, zone: str) -> None:
        self.tally = Tally()
        self.path = path
        self.zone = zone
        self.given = source
        self.source = source or ""
        self._file = file
        self._encoding: str | None = None
        self._occurrences = Occurrences()
        self._parsers: dict[str | None, etree.XMLParser] = {}

    def items(self) -> Iterator[Item]:
        """Give each message of the file, read or not."""
        number = 0
        for raw, whole in self._messages():
            number += 1
            yield self._message(number, raw, whole=whole)
        if not number:
            raise InvalidInputError("collect.no_audit_message")
        self._occurrences.close()

    def read(self, number: int, raw: bytes) -> Item:
        """Return the message that stands in `raw`, alone, with whatever stands before it."""
        start = _OPEN.search(raw)
        end = _CLOSE.search(raw, start.end()) if start is not None else None
        if start is None or end is None:
            return self._message(number, raw, whole=False)
        self._encoding = None
        self._declared(raw[: start.start()])
        return self._message(number, raw[start.start() : end.end()], whole=True)

    def close(self) -> None:
        """Drop what was kept to count equal messages."""
        self._occurrences.close()

    def _chunks(self) -> Iterator[bytes]:
        head = self._file.read(2)
        self._file.seek(0)
        wide = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}.get(head)
        decoder = codecs.getincrementaldecoder(wide)("replace") if wide else None
        self._encoding = "utf-8" if wide else None
        while chunk := self._file.read(_CHUNK):
            self.tally.done += len(chunk)
            yield decoder.decode(chunk).encode() if decoder else chunk

    def _messages(self) -> Iterator[tuple[bytes, bool]]:
        """Give (bytes, whether they are a whole message), however messages are strung together."""
        held = b""
        inside = False
        for chunk in self._chunks():
            held += chunk
            while True:
                if not inside:
                    start = _OPEN.search(held)
                    if start is None:
                        self._declared(held)
                        held = held[-4096:]
                        break
                    self._declared(held[: start.start()])
                    held, inside = held[start.start() :], True
                end = _CLOSE.search(held)
                following = _OPEN.search(held, 5, end.start() if end else len(held))
                if following is not None:
                    yield held[: following.start()], False
                    held = held[following.start() :]
                    continue
                if end is None:
                    if len(held) > LARGEST:
                        yield held, False
                        held, inside = b"", False
                    break
                yield held[: end.end()], True
                held, inside = held[end.end() :], False
        if inside:
            yield held, False

    def _declared(self, before: bytes) -> None:
        if self._encoding == "utf-8":
            return
        for found in _DECLARED.finditer(before):
            self._encoding = found.group(1).decode("ascii").lower()

    def _message(self, number: int, raw: bytes, *, whole: bool) -> Item:
        content = hashlib.sha256(raw).hexdigest()
        source = self.given or "atna-unknown"
        if not whole:
            return self._bad(number, raw, content, source, "collect.message_cut")
        try:
            root = self._parsed(raw)
        except (etree.XMLSyntaxError, LookupError, ValueError):
            return self._bad(number, raw, content, source, "collect.xml_broken")
        event = _child(root, "EventIdentification")
        site = _child(root, "AuditSourceIdentification")
        if site is not None:
            names = (site.get("AuditEnterpriseSiteID") or "", site.get("AuditSourceID") or "")
            source = self.given or event_source("atna", *names)
        self.source = self.source or source
        moment = read_moment(event.get("EventDateTime") or "") if event is not None else None
        if event is None or moment is None:
            return self._bad(number, raw, content, source, "collect.row_no_time")
        # C14N 1.0 is libxml2's own; blanks between elements are gone since the parser.
        content = hashlib.sha256(etree.tostring(root, method="c14n")).hexdigest()
        at = instant(moment.at, self.zone)
        return self._access(root, event, number, raw, source, content, at, moment.precision)

    def _parsed(self, raw: bytes) -> etree._Element:
        parser = self._parsers.get(self._encoding)
        if parser is None:
            parser = self._parsers[self._encoding] = _parser(self._encoding)
        return etree.fromstring(raw, parser)

    def _bad(self, number: int, raw: bytes, content: str, source: str, reason: str) -> Bad:
        return Bad(
            number=number,
            reason=reason,
            raw=raw,
            digest=hashlib.sha256(raw).hexdigest(),
            key=line_key(source, content, self._occurrences.number(-1, content)),
            source=source,
        )

    def _access(
        self,
        root: etree._Element,
        event: etree._Element,
        number: int,
        raw: bytes,
        source: str,
        content: str,
        at: dt.datetime,
        precision: TimePrecision,
    ) -> Access:
        again = self._occurrences.number(int(at.timestamp()) // 86400, content)
        person, machine = _actors(root)
        kinds = _codes(event, "EventTypeCode")
        codes = [*kinds, *_codes(event, "EventID")]
        action = next(
            (EVENTS[code] for code in codes if code.isdigit() and code in EVENTS),
            _ACTIONS.get((event.get("EventActionCode") or "").upper(), Action.EXECUTE),
        )
        purposes = sorted(set(_codes(event, "PurposeOfUse")))
        emergency = set(purposes) & {"EMER", "ETREAT", "BTG"} and action is not Action.EMERGENCY
        seat = person if person is not None and person.get("NetworkAccessPointID") else machine
        return Access(
            occurred_at=at,
            source=source,
            key=line_key(source, content, again),
            digest=hashlib.sha256(raw).hexdigest(),
            origin=Origin(file=self.path, message=number),
            action=action,
            outcome=_OUTCOMES.get(event.get("EventOutcomeIndicator") or "", Outcome.UNKNOWN),
            time_precision=precision,
            user_id=str(person.get("UserID")).strip()[:_LONGEST] if person is not None else None,
            user_kind=UserKind.SYSTEM if person is None else UserKind.PERSON,
            patient_ids=_patients(root),
            terminal=(_cut(seat.get("NetworkAccessPointID")) if seat is not None else None),
            object=_object(root, codes),
            reason=_cut(" ".join(purposes)),
            marks=(Mark.EMERGENCY,) if emergency else (),
        )


def _parser(encoding: str | None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
    )


def _cut(text: str | None) -> str | None:
    return text.strip()[:_LONGEST] or None if text else None


def _named(element: etree._Element, name: str) -> Iterator[etree._Element]:
    for child in element:
        if isinstance(child.tag, str) and child.tag.rsplit("}", 1)[-1] == name:
            yield child


def _child(element: etree._Element, name: str) -> etree._Element | None:
    return next(_named(element, name), None)


def _codes(element: etree._Element, name: str) -> list[str]:
    codes = [child.get("csd-code") or child.get("code") for child in _named(element, name)]
    return [code for code in codes if code]


def _actors(root: etree._Element) -> tuple[etree._Element | None, etree._Element | None]:
    """Return the person, if one acted, and the machine at which the act began."""
    people: list[tuple[int, etree._Element]] = []
    machines: list[tuple[int, etree._Element]] = []
    for actor in _named(root, "ActiveParticipant"):
        roles = set(_codes(actor, "RoleIDCode"))
        asked = (actor.get("UserIsRequestor") or "").strip().lower() in {"true", "1"}
        name = (actor.get("UserName") or "").strip()
        bare = is_machine_name(actor.get("UserID") or "")
        if not bare and not roles & (MACHINES | {"110151"}):
            if asked:
                people.append((0 if name else 1, actor))
            elif name:
                people.append((3, actor))
        elif not bare and asked and name:
            people.append((2, actor))
        if roles & MACHINES or bare:
            server = "://" in (actor.get("UserID") or "")
            machines.append((2 * server + (not asked), actor))
    people.sort(key=lambda one: one[0])
    machines.sort(key=lambda one: one[0])
    return (people[0][1] if people else None), (machines[0][1] if machines else None)


def patient_ids(text: str) -> list[PatientId]:
    """Return the patients of a ParticipantObjectID: HL7 CX, several, or a FHIR form."""
    found = []
    for one in text.split("~"):
        bare, authority = one.strip(), None
        if "^" in bare:
            parts = bare.split("^")
            bare = parts[0]
            assigned = parts[3].split("&") if len(parts) > 3 else []
            authority = next((name for name in (*assigned[1:2], *assigned[:1]) if name), None)
        elif "|" in bare:
            system, _, bare = bare.partition("|")
            authority = system.removeprefix("urn:oid:") or None
        elif "/" in bare:
            before, _, bare = bare.rpartition("/")
            server = before.removesuffix("Patient").rstrip("/")
            authority = server or None
        if bare and PatientId(bare[:_LONGEST], authority) not in found:
            found.append(PatientId(bare[:_LONGEST], authority))
    return found


def _patients(root: etree._Element) -> tuple[PatientId, ...]:
    found: list[PatientId] = []
    for thing in _named(root, "ParticipantObjectIdentification"):
        kind, role = (
            thing.get("ParticipantObjectTypeCode"),
            thing.get("ParticipantObjectTypeCodeRole"),
        )
        if kind == "1" and role in {"1", None}:
            for one in patient_ids(thing.get("ParticipantObjectID") or ""):
                if one not in found:
                    found.append(one)
    return tuple(found)


def _object(root: etree._Element, codes: list[str]) -> str | None:
    named = []
    for thing in _named(root, "ParticipantObjectIdentification"):
        kind, role = (
            thing.get("ParticipantObjectTypeCode"),
            thing.get("ParticipantObjectTypeCodeRole"),
        )
        if kind != "1" and role != "24":
            named.append(thing.get("ParticipantObjectID") or "")
    return _cut(" ".join(named) or next(iter(codes), None))
