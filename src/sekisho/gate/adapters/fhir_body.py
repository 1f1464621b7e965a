"""Whom a FHIR JSON body shows: every resource in it, every reference to a patient.

A patient is the hospital's own number where a Patient stands in the body with an
identifier of the configured system (no authority); else the server's logical id with the
authority ``fhir``. `numbers` tells which number belongs to which logical id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson

from sekisho.gate.adapters.fhir_classes import Classes, read_classes
from sekisho.gate.interface import UNKNOWN_PATIENT, Seen, Unreadable
from sekisho.terms import PatientId

LOGICAL = "fhir"
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
NEUTRAL = frozenset({"Bundle", "Parameters", "OperationOutcome"})
"""Types that carry others, or say nothing of anybody."""

_REFERENCE = re.compile(
    r"(?:^|/)([A-Z][A-Za-z]*)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/#]+)?(?:#.*)?$", re.DOTALL
)
_QUERY = re.compile(r"(?:^|/)([A-Z][A-Za-z]*)\?")
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?')
_COLON = re.compile(rb'"\s*:')
_OF_PATIENT = frozenset({"subject", "patient", "beneficiary"})
_NOTHING: Mapping[str, str] = MappingProxyType({})


def parse(body: bytes) -> Any:
    """Return the body as JSON.

    Raises:
        Unreadable: It is not JSON in UTF-8, or nested too deeply.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable("gate.not_json") from error


@dataclass(slots=True)
class Body:
    """One walk through a parsed body.

    Attributes:
        number: System of the identifier that is the hospital's own number, or None.
        ours: Addresses at which this very server's resources stand, without a last slash.
        keys: How many keys were met; fewer than the bytes hold means one stood twice.
    """

    class_: str
    number: str | None
    ours: frozenset[str] = frozenset()
    classes: Classes = field(default_factory=read_classes)
    patients: set[PatientId] = field(default_factory=set)
    found: set[str] = field(default_factory=set)
    numbers: dict[str, str] = field(default_factory=dict)
    keys: int = 0

    def seen(self) -> Seen:
        """Return what was found; logical ids whose number is known give way to it."""
        patients = frozenset(
            PatientId(self.numbers[each.id])
            if each.authority == LOGICAL and each.id in self.numbers
            else each
            for each in self.patients
        )
        return Seen(patients, frozenset(self.found))

    def walk(
        self, node: Any, local: Mapping[str, str] = _NOTHING, *, contained: bool = False
    ) -> bool:
        """Look into `node` and all below it; return whether it names a patient.

        Args:
            node: A resource, or anything else of a body.
            local: Resource types by the addresses (``fullUrl``) of the Bundle around it.
            contained: Whether another resource contains it: then it is of that one's patient.
        """
        type_ = node.get("resourceType") if isinstance(node, dict) else None
        if type_ is not None and not isinstance(type_, str):
            raise Unreadable("gate.not_fhir")
        named = False
        if type_ == "Bundle":
            local = {**local, **self._entries(node)}
        elif type_ == "Patient":
            named = self._patient(node, contained=contained)
        stack: list[tuple[str, Any]] = [("", node)]
        while stack:
            key, each = stack.pop()
            if isinstance(each, list):
                for one in each:
                    if isinstance(one, str):
                        self._text(one, local)
                    else:
                        stack.append((key, one))
            elif not isinstance(each, dict):
                continue
            elif each is not node and "resourceType" in each:
                named |= self.walk(each, local, contained=key == "contained")
            else:
                self.keys += len(each)
                for name, value in each.items():
                    if isinstance(value, str):
                        if "Patient/" in value:
                            self._text(value, local)
                    elif isinstance(value, dict | list):
                        stack.append((name, value))
                if "reference" in each or "identifier" in each:
                    named |= self._points(type_, key, each, local)
                if "system" in each:
                    named |= self._system(each)
        if type_ is not None and type_ not in NEUTRAL:
            own = self.classes.types.get(type_, self.class_)
            self.found.add(own)
            if not named and not contained and own != "administration":
                self.found.add(UNKNOWN_PATIENT)
        return named

    def _patient(self, node: dict[str, Any], *, contained: bool) -> bool:
        """Note a Patient resource; the id of a contained one is no id of the server."""
        logical, own = node.get("id"), []
        identifiers = node.get("identifier")
        for each in identifiers if isinstance(identifiers, list) else []:
            if isinstance(each, dict) and self.number and each.get("system") == self.number:
                value = each.get("value")
                if isinstance(value, str) and value:
                    own.append(value)
        if contained and not own:
            self.found.add(UNKNOWN_PATIENT)
        elif not contained and isinstance(logical, str) and logical:
            if len(own) == 1 and self.numbers.setdefault(logical, own[0]) != own[0]:
                raise Unreadable("gate.not_fhir")
            self.patients.add(PatientId(logical, LOGICAL))
            return True
        return bool(own)

    def _entries(self, bundle: dict[str, Any]) -> dict[str, str]:
        """Return resource types by full address; a deleted one that nothing tells is unknown."""
        entries = bundle.get("entry")
        local: dict[str, str] = {}
        there: set[tuple[str, str]] = set()
        gone: list[Any] = []
        for entry in entries if isinstance(entries, list) else []:
            if not isinstance(entry, dict):
                continue
            resource, address = entry.get("resource"), entry.get("fullUrl")
            if isinstance(resource, dict):
                type_, id_ = resource.get("resourceType"), resource.get("id")
                if isinstance(type_, str):
                    if isinstance(address, str):
                        local[address] = type_
                    if isinstance(id_, str):
                        there.add((type_, id_))
            elif isinstance(entry.get("request"), dict):
                gone.append(entry["request"].get("url"))
        if bundle.get("type") == "history":
            for url in gone:
                match = _REFERENCE.search(url) if isinstance(url, str) else None
                if match is None or (match[1] != "Patient" and match.group(1, 2) not in there):
                    self.found.add(UNKNOWN_PATIENT)
        return local

    def _text(self, text: str, local: Mapping[str, str]) -> None:
        """Note a patient's address, wherever it stands."""
        match = _REFERENCE.search(text)
        if match is not None and match[1] == "Patient":
            self._address(text, match, local)

    def _address(self, text: str, match: re.Match[str], local: Mapping[str, str]) -> bool:
        """Note the Patient at the address `text`; return whether it is one of ours.

        The id of another server's Patient says nothing here: it may be anybody's, so it is
        the unknown patient. What stands in the Bundle around it is counted where it stands.
        """
        if match.start(1) == 0 or text[: match.start(1) - 1] in self.ours:
            self.patients.add(PatientId(match[2], LOGICAL))
            return True
        if text in local:
            return local[text] == "Patient"
        self.found.add(UNKNOWN_PATIENT)
        return False

    def _points(
        self, type_: str | None, key: str, node: dict[str, Any], local: Mapping[str, str]
    ) -> bool:
        """Note a Reference: to a Patient, to what certainly is none, or to nobody knows whom."""
        address, said, identifier = node.get("reference"), node.get("type"), node.get("identifier")
        named = False
        if isinstance(address, str) and not address.startswith("#"):
            match = _REFERENCE.search(address) or _QUERY.search(address)
            target = local.get(address) or (match and match[1]) or said
            if match and match.re is _REFERENCE and match[1] == "Patient":
                named = self._address(address, match, local)
            elif address in local:
                named = target == "Patient"  # the Patient itself is counted where it stands
            elif target == "Patient" or not isinstance(target, str):
                self.found.add(UNKNOWN_PATIENT)
        if isinstance(identifier, dict) and (
            said == "Patient"
            or (said is None and key in _OF_PATIENT)
            or (said is None and key == "individual" and type_ == "ResearchSubject")
        ):
            value, system = identifier.get("value"), identifier.get("system")
            if isinstance(value, str) and value:
                authority = system if isinstance(system, str) and system != self.number else None
                self.patients.add(PatientId(value, authority))
                named = True
        return named

    def _system(self, node: dict[str, Any]) -> bool:
        """Note a Coding's class, or an Identifier that is a number of the hospital."""
        system, code, value = node["system"], node.get("code"), node.get("value")
        if not isinstance(system, str):
            return False
        if isinstance(code, str):
            found = self.classes.of_code(system, code)
            if found is not None:
                self.found.add(found)
        if system == self.number and isinstance(value, str) and value:
            self.patients.add(PatientId(value))
            return True
        return False


def look_into(
    body: bytes,
    class_: str,
    number: str | None,
    ours: frozenset[str] = frozenset(),
    *,
    patch: bool = False,
) -> Body:
    """Return the walk through `body`.

    Args:
        body: As it came.
        class_: Of what cannot be told closer.
        number: System of the hospital's own numbers.
        ours: Addresses at which this very server's resources stand, without a last slash.
        patch: Whether it need not be a resource (a JSON Patch is a list).

    Raises:
        Unreadable: It is no FHIR JSON, or a key stands twice in one object (readers differ
            about which one counts, so nobody could say what was shown).
    """
    node = parse(body)
    if not patch and not (isinstance(node, dict) and isinstance(node.get("resourceType"), str)):
        raise Unreadable("gate.not_fhir")
    walk = Body(class_, number, ours)
    try:
        walk.walk(node)
    except RecursionError as error:
        raise Unreadable("gate.not_fhir") from error
    if _doubled(body, walk.keys):
        raise Unreadable("gate.not_fhir")
    return walk


def _doubled(body: bytes, keys: int) -> bool:
    """Return whether the bytes hold more keys than the `keys` that were read.

    The quick count takes a text that begins with a colon for a key: it is never too low, so
    equal is certain; else the strings are counted one by one.
    """
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body
    if len(_COLON.findall(plain)) == keys:
        return False
    return sum(map(bool, _STRING.findall(body))) != keys
