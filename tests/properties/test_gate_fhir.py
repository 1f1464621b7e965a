"""Whatever a FHIR answer looks like, no patient in it is lost, and nothing but a refusal comes."""

from __future__ import annotations

import json
import random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.gate.adapters.fhir import FhirAdapter
from sekisho.gate.interface import UNKNOWN_PATIENT, Head, Unreadable
from sekisho.terms import PatientId

JSON = "application/fhir+json"
ADAPTER = FhirAdapter(base="/fhir", class_="general", number="urn:hospital")
_CODES = {"general": "8867-4", "infectious": "7917-8", "genetic": "51969-4"}

_ids = st.sampled_from([f"p{n}" for n in range(6)])


def _observation(patient: str, class_: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "subject": {"reference": f"Patient/{patient}"},
        "code": {"coding": [{"system": "http://loinc.org", "code": _CODES[class_]}]},
    }


def _wrap(inner: list[dict[str, Any]], how: str) -> dict[str, Any]:
    if how == "contained":
        return {"resourceType": "List", "contained": inner}
    if how == "Parameters":
        part = [{"name": "x", "resource": each} for each in inner]
        return {"resourceType": "Parameters", "parameter": [{"name": "y", "part": part}]}
    entries = [{"resource": each, "response": {"status": "200"}} for each in inner]
    return {"resourceType": "Bundle", "type": how, "entry": entries}


_ways = st.sampled_from(["searchset", "history", "batch-response", "contained", "Parameters"])
_nested = st.recursive(
    st.builds(_observation, _ids, st.sampled_from(sorted(_CODES))),
    lambda inner: st.builds(_wrap, st.lists(inner, min_size=1, max_size=3), _ways),
    max_leaves=8,
)


def _strings(node: Any) -> set[str]:
    """Return every text in it: a walk that knows nothing of FHIR."""
    if isinstance(node, dict):
        return set().union(*map(_strings, node.values()))
    if isinstance(node, list):
        return set().union(*map(_strings, node))
    return {node} if isinstance(node, str) else set()


def _shuffled(node: Any, dice: random.Random) -> Any:
    if isinstance(node, dict):
        keys = sorted(node)
        dice.shuffle(keys)
        return {key: _shuffled(node[key], dice) for key in keys}
    return [_shuffled(each, dice) for each in node] if isinstance(node, list) else node


@settings(max_examples=100, deadline=None)
@given(_nested, st.randoms(use_true_random=False))
def test_nesting_and_the_order_of_keys_hide_nobody(
    node: dict[str, Any], dice: random.Random
) -> None:
    """The union of all patients and classes is seen at any depth, in any order of keys."""
    texts = _strings(node)
    patients = {PatientId(text[8:], "fhir") for text in texts if text.startswith("Patient/")}
    classes = {name for name, code in _CODES.items() if code in texts}

    seen = ADAPTER.look(JSON, orjson.dumps(_shuffled(node, dice)))

    assert seen.patients == patients
    assert classes <= seen.classes


_names = st.sampled_from(
    ["resourceType", "type", "entry", "resource", "request", "url", "method", "reference", "id",
     "subject", "identifier", "system", "value", "fullUrl", "contained", "code", "a\\", '":']
)  # fmt: skip
_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=4),
    st.sampled_from(["Patient/p1", "Patient", "Bundle", "Observation", "batch", "history", "PUT",
                     "PATCH", "GET", "urn:uuid:1", "urn:hospital", "#x", '":', ": x", "Patient?a=b"]),
)  # fmt: skip
_json = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(_names, inner, max_size=5)
    ),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(
    _json, st.sampled_from(["Bundle", "Patient", "Observation", "Parameters", "X"]), st.booleans()
)
def test_odd_json_is_refused_or_seen_whole(node: Any, type_: str, indent: bool) -> None:
    """Random FHIR-like JSON is Unreadable or tells every patient address in it; asking never breaks."""
    body = {**node, "resourceType": type_} if isinstance(node, dict) else node
    text = json.dumps(body, indent=2 if indent else None).encode()
    for head in (
        Head("POST", "/fhir", ("fhir",), content_type=JSON),
        Head("PUT", "/fhir/Observation/1", ("fhir", "Observation", "1"), content_type=JSON),
        Head("PATCH", "/fhir/Observation/1", ("fhir", "Observation", "1"), content_type=JSON),
    ):
        try:
            ADAPTER.ask(head, text)
        except Unreadable:
            continue
    try:
        seen = ADAPTER.look(JSON, text)
    except Unreadable:
        return
    if "Patient/p1" in _strings(body):
        assert PatientId("p1", "fhir") in seen.patients


def test_a_patch_with_a_key_twice_is_refused() -> None:
    """The second value of a key that stands twice cannot bring another patient in by a patch."""
    head = Head("PATCH", "/fhir/Observation/1", ("fhir", "Observation", "1"), content_type=JSON)
    body = b'[{"op":"replace","path":"/subject","value":1,"value":{"reference":"Patient/p2"}}]'

    with pytest.raises(Unreadable):
        ADAPTER.ask(head, body)


def test_an_address_that_leads_nowhere_is_the_unknown_patient() -> None:
    """An unresolved urn:uuid under any key may be a patient; one of another type is none."""
    node = _observation("p1", "general")
    there = {"reference": "urn:uuid:7"}

    lost = ADAPTER.look(JSON, orjson.dumps(node | {"performer": [there]}))
    told = ADAPTER.look(
        JSON, orjson.dumps(node | {"performer": [there | {"type": "Practitioner"}]})
    )

    assert UNKNOWN_PATIENT in lost.classes
    assert UNKNOWN_PATIENT not in told.classes


def test_staff_named_by_identifier_alone_is_no_patient() -> None:
    """A practitioner named by an identifier alone is not counted as a patient."""
    staff = {"individual": {"identifier": {"system": "urn:staff", "value": "N1"}}}
    node = {"resourceType": "Encounter", "subject": {"reference": "Patient/p1"}}

    seen = ADAPTER.look(JSON, orjson.dumps(node | {"participant": [staff]}))

    assert seen.patients == {PatientId("p1", "fhir")}
