"""Whom a FHIR JSON body shows: every resource in it, every reference to a patient.

A patient is the hospital's own number where a Patient stands in the body with an
identifier of the configured system (no authority); else the server's logical id with the
authority ``fhir``. `numbers` tells which number belongs to which logical id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import orjson

from sekisho.gate.adapters.fhir_classes import Classes, read_classes
from sekisho.gate.interface import UNKNOWN_PATIENT, Seen, Unreadable
from sekisho.terms import PatientId

LOGICAL = "fhir"
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
NEUTRAL = frozenset({"Bundle", "Parameters", "OperationOutcome"})
"""Types that carry others, or say nothing of anybody."""

_REFERENCE = re.compile(r"(?:^|/)Patient/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?(?:#.*)?$")
_QUERY = re.compile(r"(?:^|/)Patient\?")
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?')
_OF_PATIENT = frozenset({"subject", "patient", "beneficiary", "individual"})
_ADDRESSES = ("reference", "location", "fullUrl")


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
        keys: How many keys were met; fewer than the bytes hold means one stood twice.
    """

    class_: str
    number: str | None
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

    def walk(self, node: Any, local: frozenset[str] = frozenset()) -> bool:
        """Look into `node` and all below it; return whether it names a patient.

        `local` are the ``urn:uuid:`` addresses of the Patients of the Bundle around it.
        """
        type_ = node.get("resourceType") if isinstance(node, dict) else None
        if type_ is not None and not isinstance(type_, str):
            raise Unreadable("gate.not_fhir")
        if type_ == "Bundle":
            local |= _local(node)
        named = type_ == "Patient" and self._patient(node)
        stack: list[tuple[str, Any]] = [("", node)]
        while stack:
            key, each = stack.pop()
            if isinstance(each, list):
                stack.extend([(key, one) for one in each if isinstance(one, dict | list)])
                continue
            if each is not node and "resourceType" in each:
                named |= self.walk(each, local)
                continue
            self.keys += len(each)
            for name, value in each.items():
                if isinstance(value, dict | list):
                    stack.append((name, value))
            named |= self._points(key, each, local)
            system, code = each.get("system"), each.get("code")
            if isinstance(system, str) and isinstance(code, str):
                found = self.classes.of_code(system, code)
                if found is not None:
                    self.found.add(found)
        if type_ is not None and type_ not in NEUTRAL:
            own = self.classes.types.get(type_, self.class_)
            self.found.add(own)
            if not named and own != "administration":
                self.found.add(UNKNOWN_PATIENT)
        return named

    def _patient(self, node: dict[str, Any]) -> bool:
        """Note a Patient resource."""
        logical, own = node.get("id"), []
        identifiers = node.get("identifier")
        for each in identifiers if isinstance(identifiers, list) else []:
            if isinstance(each, dict) and self.number and each.get("system") == self.number:
                value = each.get("value")
                if isinstance(value, str) and value:
                    own.append(value)
        self.patients |= {PatientId(value) for value in own}
        if isinstance(logical, str) and logical:
            if len(own) == 1 and self.numbers.setdefault(logical, own[0]) != own[0]:
                raise Unreadable("gate.not_fhir")
            self.patients.add(PatientId(logical, LOGICAL))
        return bool(own or logical)

    def _points(self, key: str, node: dict[str, Any], local: frozenset[str]) -> bool:
        """Note a reference to a Patient, in each of the ways it can be written."""
        named = False
        for name in _ADDRESSES:
            address = node.get(name)
            if not isinstance(address, str):
                continue
            match = _REFERENCE.search(address)
            if match:
                self.patients.add(PatientId(match[1], LOGICAL))
                named = True
            elif address in local:
                named = True  # the Patient itself stands in this Bundle and is counted there
            elif (
                _QUERY.search(address)
                or (address.startswith(("urn:", "#")) is False and node.get("type") == "Patient")
                or (address.startswith("urn:") and name == "reference" and key in _OF_PATIENT)
            ):
                self.found.add(UNKNOWN_PATIENT)
        identifier = node.get("identifier")
        if isinstance(identifier, dict) and (node.get("type") == "Patient" or key in _OF_PATIENT):
            value, system = identifier.get("value"), identifier.get("system")
            if isinstance(value, str) and value:
                authority = system if isinstance(system, str) and system != self.number else None
                self.patients.add(PatientId(value, authority))
                named = True
        return named


def look_into(body: bytes, class_: str, number: str | None) -> Body:
    """Return the walk through `body`.

    Raises:
        Unreadable: It is no FHIR JSON, or a key stands twice in one object (readers differ
            about which one counts, so nobody could say what was shown).
    """
    node = parse(body)
    if not isinstance(node, dict) or not isinstance(node.get("resourceType"), str):
        raise Unreadable("gate.not_fhir")
    walk = Body(class_, number)
    try:
        walk.walk(node)
    except RecursionError as error:
        raise Unreadable("gate.not_fhir") from error
    if sum(map(bool, _STRING.findall(body))) != walk.keys:
        raise Unreadable("gate.not_fhir")
    return walk


def _local(bundle: dict[str, Any]) -> frozenset[str]:
    entries = bundle.get("entry")
    return frozenset(
        entry["fullUrl"]
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
        and isinstance(entry.get("fullUrl"), str)
        and isinstance(entry.get("resource"), dict)
        and entry["resource"].get("resourceType") == "Patient"
    )
