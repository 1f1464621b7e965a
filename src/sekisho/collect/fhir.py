"""FHIR AuditEvent (R4, IHE BALP; the R5 fields that differ) as JSON, Bundle or NDJSON.

Who acted is a person only where an agent is one: the requestor that is no machine by its role
(110150, 110152, 110153). An event without a person is the system's own, named by nobody. The text
of queries and what stands beside an identifier as a name is not copied.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, BinaryIO

import orjson

from sekisho.collect.fhir_agents import coded, listed, person, referred, session, terminal
from sekisho.collect.interface import Bad, Item, Tally
from sekisho.collect.keys import Occurrences, line_key
from sekisho.collect.times import read_moment
from sekisho.errors import InvalidInputError
from sekisho.terms import (
    REQUEST,
    Access,
    Action,
    Mark,
    Origin,
    Outcome,
    PatientId,
    TimePrecision,
    utc,
)

BIGGEST = 64 << 20
"""A single JSON text is held in memory; beyond this, NDJSON is asked for."""
_ACTIONS = {
    "C": Action.CREATE,
    "R": Action.READ,
    "U": Action.UPDATE,
    "D": Action.DELETE,
    "E": Action.EXECUTE,
}
EVENTS = {
    "110105": Action.DELETE,
    "110106": Action.EXPORT,
    "110107": Action.IMPORT,
    "110112": Action.SEARCH,
    "110113": Action.SECURITY,
    "110114": Action.LOGIN,
    "110122": Action.LOGIN,
    "110123": Action.LOGOUT,
    "110126": Action.SECURITY,
    "110127": Action.EMERGENCY,
    "110128": Action.SECURITY,
    "110129": Action.SECURITY,
    "110133": Action.SECURITY,
    "110134": Action.SECURITY,
    "110136": Action.SECURITY,
    "110137": Action.SECURITY,
    "search": Action.SEARCH,
    "search-type": Action.SEARCH,
    "search-system": Action.SEARCH,
    "read": Action.READ,
    "vread": Action.READ,
    "create": Action.CREATE,
    "update": Action.UPDATE,
    "patch": Action.UPDATE,
    "delete": Action.DELETE,
}
"""Codes of DICOM, and of FHIR's interactions, that say more than C, R, U, D, E."""
_OUTCOMES = {"0": Outcome.SUCCESS, "4": Outcome.FAILED, "8": Outcome.FAILED, "12": Outcome.FAILED}
_LONGEST = 500
_REQUESTS = {"xrequestid", "traceparent", "traceid"}
_TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_LONGEST_REQUEST = 128


class FhirReading:
    """One file of AuditEvents being read.

    Raises:
        InvalidInputError: It is JSON, but holds no AuditEvent.
    """

    def __init__(self, file: BinaryIO, *, path: str, source: str | None, zone: str) -> None:
        self.tally = Tally()
        self.path = path
        self.zone = zone
        self.given = source
        self.source = source or ""
        self._file = file
        self._occurrences = Occurrences()

    def items(self) -> Iterator[Item]:
        """Give each event of the file, read or not."""
        number = 0
        for raw, resource in self._resources():
            number += 1
            if isinstance(resource, dict) and resource.get("resourceType") == "OperationOutcome":
                self.tally.ignored += 1
                continue
            yield self._event(number, raw, resource)
        self._occurrences.close()

    def line(self, number: int, raw: bytes) -> Iterator[Item]:
        """Give the events of one line of NDJSON, counted from `number`."""
        for part, one in _unbundled(raw, _loads(raw.removeprefix(b"\xef\xbb\xbf"))):
            yield self._event(number, part, one)
            number += 1

    def _resources(self) -> Iterator[tuple[bytes, Any]]:
        head = self._file.read(1 << 20)
        self._file.seek(0)
        if head.startswith(b"\xef\xbb\xbf"):
            head = head[3:]
        first, newline, rest = head.lstrip().partition(b"\n")
        if newline and rest.strip() and _loads(first) is not None:
            yield from self._lines()
            return
        raw = self._file.read(BIGGEST + 1)
        self.tally.done = len(raw)
        if len(raw) > BIGGEST:
            raise InvalidInputError("collect.json_too_big", megabytes=BIGGEST >> 20)
        whole = _loads(_utf8(raw))
        if whole is None:
            raise InvalidInputError("collect.json_broken")
        yield from self._whole(raw, whole)

    def _lines(self) -> Iterator[tuple[bytes, Any]]:
        found = False
        while line := self._file.readline(BIGGEST):
            self.tally.done += len(line)
            if not line.strip():
                continue
            resource = _loads(line.removeprefix(b"\xef\xbb\xbf"))
            found = found or _is_event(resource)
            for raw, one in _unbundled(line, resource):
                if not found and one is not None and not _is_event(one):
                    raise InvalidInputError("collect.json_no_events", kind=_type(one))
                yield raw, one

    def _whole(self, raw: bytes, whole: Any) -> Iterator[tuple[bytes, Any]]:
        entries = whole if isinstance(whole, list) else [whole]
        parts = [part for one in entries for part in _unbundled(raw, one)]
        events = [(part, one) for part, one in parts if _is_event(one)]
        if not events:
            raise InvalidInputError("collect.json_no_events", kind=_type(whole))
        self.tally.ignored += len(parts) - len(events)
        alone = len(parts) == 1
        for part, one in events:
            yield (raw if alone else part), one

    def _event(self, number: int, raw: bytes, event: Any) -> Item:
        digest = hashlib.sha256(raw).hexdigest()
        source = self.given or "fhir-unknown"
        content = hashlib.sha256(raw.strip()).hexdigest()
        try:
            if not isinstance(event, dict):
                return self._bad(number, raw, content, source, "collect.event_malformed")
            content = _content(event)
            source = self.given or event_source("fhir", *_observer(event))
            self.source = self.source or source
            if not _is_event(event):
                return self._bad(number, raw, content, source, "collect.event_other_kind")
            at, precision = _when(event, self.zone)
            if at is None:
                return self._bad(number, raw, content, source, "collect.row_no_time")
            return self._access(event, number, at, precision, source, content, digest)
        except (AttributeError, TypeError, KeyError, ValueError, IndexError, RecursionError):
            return self._bad(number, raw, content, source, "collect.event_malformed")

    def _bad(self, number: int, raw: bytes, content: str, source: str, reason: str) -> Bad:
        key = line_key(source, content, self._occurrences.number(-1, content))
        digest = hashlib.sha256(raw).hexdigest()
        return Bad(number=number, reason=reason, raw=raw, digest=digest, key=key, source=source)

    def _access(
        self,
        event: dict[str, Any],
        number: int,
        at: dt.datetime,
        precision: TimePrecision,
        source: str,
        content: str,
        digest: str,
    ) -> Access:
        # An id of its own makes the same event one, wherever it stands; without one, equal
        # events of one file are counted.
        again = (
            1
            if event.get("id")
            else self._occurrences.number(int(at.timestamp()) // 86400, content)
        )
        user, kind, agent, named = person(event)
        if named:
            self.tally.doubts["collect.doubt_user_is_name"] += 1
            self.tally.doubts["collect.doubtful"] += 1
        codes = _codes(event)
        action = _action(event, codes)
        emergency = _purposes(event) & {"ETREAT", "BTG", "EMER", "110127"}
        period = event.get("period") or event.get("occurredPeriod") or {}
        ended = read_moment(period.get("end") or "")
        return Access(
            occurred_at=at,
            source=source,
            key=line_key(source, content, again),
            digest=digest,
            origin=Origin(file=self.path, message=number),
            action=action,
            outcome=_outcome(event, action, codes),
            time_precision=precision,
            user_id=user,
            user_kind=kind,
            patient_ids=_patients(event),
            ended_at=utc(ended.at) if ended and ended.at.tzinfo else None,
            session=session(agent),
            terminal=terminal(event, agent, codes),
            object=_object(event, codes),
            reason=" ".join(sorted(_purposes(event)))[:_LONGEST] or None,
            marks=(Mark.EMERGENCY,) if emergency and action is not Action.EMERGENCY else (),
        )


@lru_cache(maxsize=4096)
def event_source(kind: str, *parts: str) -> str:
    """Return the default source: kind and who observed, never the file's name."""
    return f"{kind}-{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:8]}"


def _utf8(raw: bytes) -> bytes:
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if raw.startswith(mark):
            return raw[3:] if name == "utf-8" else raw.decode(name, "replace").encode()
    return raw


def _loads(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def _type(one: Any) -> str:
    kind = one.get("resourceType") if isinstance(one, dict) else None
    return kind[:40] if isinstance(kind, str) and kind.isalnum() and kind.isascii() else "JSON"


def _is_event(one: Any) -> bool:
    return isinstance(one, dict) and one.get("resourceType") == "AuditEvent"


def _unbundled(raw: bytes, one: Any) -> Iterator[tuple[bytes, Any]]:
    if not (isinstance(one, dict) and one.get("resourceType") == "Bundle"):
        yield raw, one
        return
    entries = one.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if resource is not None:
            yield orjson.dumps(resource), resource


def _content(event: dict[str, Any]) -> str:
    """Return the hash of what the event says: order, spaces and server's notes do not count."""
    said = {key: value for key, value in event.items() if key not in {"meta", "text"}}
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _observer(event: dict[str, Any]) -> tuple[str, str]:
    source = event.get("source") or {}
    site = source.get("site")
    observer = source.get("observer") or {}
    identifier = (observer.get("identifier") or {}).get("value")
    named = observer.get("reference") or identifier or observer.get("display") or ""
    return str(site.get("reference") if isinstance(site, dict) else site or ""), str(named)


def _when(event: dict[str, Any], zone: str) -> tuple[dt.datetime | None, TimePrecision]:
    period = event.get("period") or event.get("occurredPeriod") or {}
    for text in (event.get("occurredDateTime"), period.get("start"), event.get("recorded")):
        moment = read_moment(text) if isinstance(text, str) else None
        if moment is not None:
            return instant(moment.at, zone), moment.precision
    return None, TimePrecision.SECOND


def instant(at: dt.datetime, zone: str) -> dt.datetime:
    """Return `at` in UTC; a naive one is the source's zone."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    return utc(at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone)))


def _codes(event: dict[str, Any]) -> list[str]:
    """Return the event's codes, the finest first."""
    fine = [code for one in listed(event.get("subtype")) for code in coded(one)]
    fine += coded(event.get("code"))
    coarse = coded(event.get("type"))
    coarse += [code for one in listed(event.get("category")) for code in coded(one)]
    return fine + coarse


def _action(event: dict[str, Any], codes: list[str]) -> Action:
    plain = _ACTIONS.get(str(event.get("action") or "").upper())
    dicom = [EVENTS[code] for code in codes if code.isdigit() and code in EVENTS]
    if dicom:
        return dicom[0]
    rest = [EVENTS[code] for code in codes if code in EVENTS]
    if rest and plain in {None, Action.EXECUTE}:
        return rest[0]
    return plain or Action.EXECUTE


def _outcome(event: dict[str, Any], action: Action, codes: list[str]) -> Outcome:
    given = event.get("outcome")
    if isinstance(given, dict):
        code = given.get("code") or {}
        word = str(code.get("code") if isinstance(code, dict) else code)
        return {
            "0": Outcome.SUCCESS,
            "success": Outcome.SUCCESS,
            "information": Outcome.SUCCESS,
        }.get(
            word,
            _OUTCOMES.get(word, Outcome.FAILED if word in {"error", "fatal"} else Outcome.UNKNOWN),
        )
    outcome = _OUTCOMES.get(str(given), Outcome.UNKNOWN)
    decided = any(code.startswith("AuthZ") for code in codes)
    if outcome is Outcome.FAILED and action is Action.SECURITY and decided:
        return Outcome.REFUSED
    return outcome


def _is_patient(entity: dict[str, Any]) -> bool:
    roles = coded(entity.get("role"))
    kinds = coded(entity.get("type"))
    reference = str((entity.get("what") or {}).get("reference") or "")
    known = re.search(r"(?:^|/)Patient/[^/]+\Z", reference) is not None
    return ("1" in roles and ("1" in kinds or not kinds or known)) or (known and not roles)


def _patients(event: dict[str, Any]) -> tuple[PatientId, ...]:
    found: list[PatientId] = []
    whats = [e.get("what") or {} for e in listed(event.get("entity")) if _is_patient(e)]
    for what in [*whats, event.get("patient") or {}]:
        identifier = what.get("identifier") or {}
        if identifier.get("value"):
            one = PatientId(str(identifier["value"])[:_LONGEST], _authority(identifier))
        elif what.get("reference"):
            name, server = referred(str(what["reference"]))
            one = PatientId(name[:_LONGEST], server)
        else:
            continue
        if one.id and one not in found:
            found.append(one)
    return tuple(found)


def _authority(identifier: dict[str, Any]) -> str | None:
    """Return who assigned an identifier: its system, else the assigner it names."""
    assigner = identifier.get("assigner") or {}
    said = (
        str(identifier.get("system") or "").removeprefix("urn:oid:")
        or (assigner.get("identifier") or {}).get("value")
        or assigner.get("reference")
        or assigner.get("display")
    )
    return str(said)[:_LONGEST] if said else None


def _object(event: dict[str, Any], codes: list[str]) -> str | None:
    """Return what was touched, then the request's id, by which the other side's record is known."""
    named = []
    for entity in listed(event.get("entity")):
        roles = coded(entity.get("role"))
        reference = (entity.get("what") or {}).get("reference")
        if reference and "24" not in roles and not _is_patient(entity):
            named.append(str(reference))
    text = " ".join(named) or next(iter(codes), "")
    request = _request(event)
    if request is not None:
        text = f"{text[: _LONGEST - len(request) - 1]} {request}"
    return text[:_LONGEST].strip() or None


def _request(event: dict[str, Any]) -> str | None:
    """Return the id that both sides of one request write down (BALP's X-Request-Id; W3C trace)."""
    for entity in listed(event.get("entity")):
        kinds = {code.casefold().replace("-", "") for code in coded(entity.get("type"))}
        value = ((entity.get("what") or {}).get("identifier") or {}).get("value")
        if kinds & _REQUESTS and value:
            bare = str(value).strip()
            trace = _TRACE.fullmatch(bare)
            bare = trace.group(1) if trace else bare
            if 0 < len(bare) <= _LONGEST_REQUEST and bare.isprintable() and " " not in bare:
                return f"{REQUEST}{bare}"
    return None


def _purposes(event: dict[str, Any]) -> set[str]:
    found = {code for one in listed(event.get("purposeOfEvent")) for code in coded(one)}
    found |= {code for one in listed(event.get("authorization")) for code in coded(one)}
    for agent in listed(event.get("agent")):
        found |= {code for one in listed(agent.get("purposeOfUse")) for code in coded(one)}
    return found
