"""FHIR R4 (RESTful API, JSON): reads, searches, operations on one patient, Bundles, writes.

What the answer shows is what counts: every answer is looked into, so `_include`, chains,
`_elements` and the like need no list of their own here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from sekisho.access import Act
from sekisho.gate.adapters.fhir_body import ID, LOGICAL, look_into, parse
from sekisho.gate.adapters.fhir_classes import read_classes
from sekisho.gate.interface import UNKNOWN_PATIENT, Head, Question, Seen, Unreadable
from sekisho.terms import PatientId

_JSON = frozenset({"application/fhir+json", "application/json", "text/json"})
_PATCH = _JSON | {"application/json-patch+json"}
_FORMATS = _JSON | {"json", "application/fhir json"}  # a + that was not escaped is a space
_FORM = "application/x-www-form-urlencoded"
_CODES = {401: "login", 403: "forbidden", 404: "not-found", 413: "too-long", 503: "transient"}
_STRENGTH = (Act.SEARCH, Act.READ, Act.WRITE, Act.DELETE)
Values = Iterable[tuple[str, str]]


class FhirAdapter:
    """One FHIR server; `base` is the path of its service, `number` the system of own numbers.

    `servers` are the addresses it is known by (the route's origin, the upstream), `own` the base
    it calls itself where that is another: an absolute reference to any other is of nobody we know.
    """

    def __init__(
        self,
        *,
        base: str,
        class_: str,
        number: str | None = None,
        servers: Iterable[str] = (),
        own: str = "",
    ) -> None:
        self._base = tuple(part for part in base.split("/") if part)
        self._way = base.rstrip("/")
        self._class = class_
        self._number = number
        ours = {server.rstrip("/") + self._way for server in servers}
        self._ours = frozenset(ours | {own} if own else ours)
        self._types = read_classes().types

    def ask(self, head: Head, body: bytes) -> Question:
        """Return what is asked; see `sekisho.gate.interface.Adapter`."""
        if head.parts[: len(self._base)] != self._base:
            raise Unreadable("gate.no_rule")
        formats = [value for name, value in head.values if name == "_format"]
        ranges = [each.partition(";")[0].strip().casefold() for each in head.accept.split(",")]
        if any(value.partition(";")[0].strip() not in _FORMATS for value in formats) or not (
            formats or {*_JSON, "*/*", "application/*", ""} & set(ranges)
        ):
            raise Unreadable("gate.fhir_only_json")
        parts = head.parts[len(self._base) :]
        if head.method == "POST" and parts[-1:] == ("_search",):
            if head.content_type != _FORM:
                raise Unreadable("gate.fhir_only_json")
            return self._search(parts[:-1], (*head.values, *_form(body)))
        if head.method in {"GET", "HEAD"}:
            return self._get(parts, head.values)
        if body and head.content_type not in (_PATCH if head.method == "PATCH" else _JSON):
            raise Unreadable("gate.fhir_only_json")
        if head.method == "POST" and not parts:
            return self._bundle(body)
        return self._change(head.method, parts, head.query, body)

    def look(self, content_type: str, body: bytes) -> Seen:
        """Return whom an answer shows.

        Raises:
            Unreadable: It is not FHIR JSON, or cannot be read in one way only.
        """
        if not body:
            return Seen()
        if content_type.partition(";")[0].strip().casefold() not in _JSON:
            raise Unreadable("gate.fhir_only_json")
        return look_into(body, self._class, self._number, self._ours).seen()

    def who_is(self, patient: PatientId) -> str | None:
        """Return where the Patient resource of a logical id stands."""
        logical = patient.authority == LOGICAL and ID.fullmatch(patient.id)
        return f"{self._way}/Patient/{patient.id}" if self._number and logical else None

    def numbers(self, body: bytes) -> dict[str, str]:
        """Return the hospital's number by logical id, for each Patient of `body` that shows both.

        The gate keeps these, so that a later answer with only ``Patient/ID`` is the same person.
        """
        return look_into(body, self._class, self._number, self._ours).numbers

    def refusal(self, status: int, message: str, say: Callable[[str], str]) -> tuple[str, bytes]:
        """Return an OperationOutcome."""
        issue = {
            "severity": "error",
            "code": _CODES.get(status, "processing"),
            "details": {"text": say(message)},
        }
        outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
        return "application/fhir+json", orjson.dumps(outcome)

    def _get(self, parts: tuple[str, ...], values: Values) -> Question:
        if parts == ("metadata",):
            return Question(
                act=Act.READ, object="metadata", classes=frozenset({"administration"}), look=False
            )
        patients = self._of(parts)
        if parts[2:] == ("$everything",) and patients:
            return self._question(Act.READ, "/".join(parts), parts[0], patients)
        if any(part.startswith("$") for part in parts):
            raise Unreadable("gate.no_rule")
        if len(parts) in {2, 4} and ID.fullmatch(parts[1]) and parts[2:3] in {(), ("_history",)}:
            return self._question(Act.READ, "/".join(parts[:2]), parts[0], patients)
        if len(parts) == 3 and parts[2] == "_history":
            return self._question(Act.READ, "/".join(parts[:2]), parts[0], patients)
        return self._search(parts, values)

    def _search(self, parts: tuple[str, ...], values: Values) -> Question:
        """Return a search of all, of a type, or of a compartment."""
        if parts[-1:] == ("_history",):
            parts = parts[:-1]
        if len(parts) not in {0, 1, 3} or any(part.startswith("$") for part in parts):
            raise Unreadable("gate.no_rule")
        patients = set(self._of(parts)) if len(parts) == 3 else set()
        for name, value in values:
            bare = name.partition(":")[0]
            if (bare == "_id" and parts == ("Patient",)) or bare in {"patient", "subject"}:
                for one in value.split(","):
                    type_, _, logical = one.rpartition("/")
                    if type_ in {"", "Patient"} and ID.fullmatch(logical):
                        patients.add(PatientId(logical, LOGICAL))
        type_ = parts[-1] if parts else "*"
        return self._question(Act.SEARCH, type_, type_, frozenset(patients))

    def _change(
        self, method: str, parts: tuple[str, ...], query: str, body: bytes | None
    ) -> Question:
        """Return a create, update, patch or delete; what is there already is resolved.

        `body` is None for an entry of a Bundle: that is looked into as a whole.
        """
        if not 1 <= len(parts) <= 2 or parts[0].startswith("$") or parts[-1].startswith("$"):
            raise Unreadable("gate.no_rule")
        if method not in {"PUT", "PATCH", "DELETE"} and (method, len(parts)) != ("POST", 1):
            raise Unreadable("gate.no_rule")
        if (len(parts) == 2 and not ID.fullmatch(parts[1])) or (
            (method != "POST") and not (len(parts) == 2 or query)
        ):
            raise Unreadable("gate.no_rule")
        seen = Seen()
        if method != "DELETE" and body is not None:
            patch = method == "PATCH"
            seen = look_into(body, self._class, self._number, self._ours, patch=patch).seen()
        where = f"{self._way}/{'/'.join(parts)}" + (f"?{query}" if len(parts) == 1 else "")
        asked = self._question(
            Act.DELETE if method == "DELETE" else Act.WRITE,
            "/".join(parts),
            parts[0],
            self._of(parts) | seen.patients,
            unknown=False,
        )
        return Question(
            act=asked.act,
            object=asked.object,
            patients=asked.patients,
            classes=asked.classes | seen.classes,
            resolve=() if method == "POST" else (where,),
        )

    def _bundle(self, body: bytes) -> Question:
        """Return all entries of a batch or transaction as one question."""
        seen = look_into(body, self._class, self._number, self._ours).seen()
        bundle = parse(body)
        entries = bundle.get("entry", [])
        if bundle.get("type") not in ("batch", "transaction") or not isinstance(entries, list):
            raise Unreadable("gate.not_fhir")
        asked = [self._entry(entry) for entry in entries]
        if not asked:
            raise Unreadable("gate.not_fhir")
        acts = {each.act for each in asked}
        if {Act.WRITE, Act.DELETE} <= acts:
            raise Unreadable("gate.fhir_mixed")  # a right to one of them must not give the other
        return Question(
            act=max(acts, key=_STRENGTH.index),
            object=f"Bundle/{bundle['type']}",
            patients=seen.patients.union(*(each.patients for each in asked)),
            classes=seen.classes.union(*(each.classes for each in asked)),
            resolve=tuple(dict.fromkeys(way for each in asked for way in each.resolve)),
        )

    def _entry(self, entry: Any) -> Question:
        request = entry.get("request") if isinstance(entry, dict) else None
        if not isinstance(request, dict):
            raise Unreadable("gate.not_fhir")
        method, url = request.get("method"), request.get("url")
        if not isinstance(method, str) or not isinstance(url, str) or "#" in url:
            raise Unreadable("gate.not_fhir")
        path, _, query = url.partition("?")
        parts = tuple(unquote(part) for part in path.split("/"))
        if not path or any(part in {"", ".", ".."} or "/" in part or ":" in part for part in parts):
            raise Unreadable("gate.not_fhir")
        if method in {"GET", "HEAD"}:
            return self._get(parts, _form(query.encode()))
        resource = entry.get("resource")
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        # A patch in a Binary is base64: nobody sees whom it names.
        if (method == "DELETE") != (resource is None) or (method, kind) == ("PATCH", "Binary"):
            raise Unreadable("gate.not_fhir")
        return self._change(method, parts, query, None)

    def _of(self, parts: tuple[str, ...]) -> frozenset[PatientId]:
        """Return the patient that a path names."""
        if len(parts) > 1 and parts[0] == "Patient" and ID.fullmatch(parts[1]):
            return frozenset({PatientId(parts[1], LOGICAL)})
        return frozenset()

    def _question(
        self,
        act: Act,
        what: str,
        type_: str,
        patients: frozenset[PatientId],
        *,
        unknown: bool = True,
    ) -> Question:
        """Return it with the class of the type; a search that names no patient says so."""
        class_ = self._types.get(type_, self._class)
        classes = {class_}
        if unknown and act is Act.SEARCH and not patients and class_ != "administration":
            classes.add(UNKNOWN_PATIENT)
        return Question(act=act, object=what, patients=patients, classes=frozenset(classes))


def _form(text: bytes) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(
            parse_qsl(text.decode(), keep_blank_values=True, max_num_fields=200, errors="strict")
        )
    except ValueError as error:
        raise Unreadable("gate.broken_form") from error
