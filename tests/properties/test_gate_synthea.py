"""Bytes of the Synthea sample through the FHIR body's walk: whole, cut, changed and spliced."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.access import Act
from sekisho.gate.adapters.fhir import FhirAdapter
from sekisho.gate.interface import UNKNOWN_PATIENT, Head, Seen, Unreadable
from sekisho.terms import PatientId

JSON = "application/fhir+json"
FOLDER = "data/access-records/synthea-fhir-r4"
ADAPTER = FhirAdapter(base="/fhir", class_="general", servers=("http://fhir.localhost",))
KEY = tomllib.loads(Path(__file__).with_name("synthea_key.toml").read_text(encoding="utf-8"))
_RELATIVE = re.compile(r"Patient/[A-Za-z0-9\-.]{1,64}")


@cache
def _entries(folder: Path) -> tuple[bytes, ...]:
    """Return entries of every bundle of the sample, each as its bytes."""
    found: list[bytes] = []
    for name in sorted(KEY):
        bundle = json.loads((folder / name).read_bytes())
        found += [json.dumps(one).encode() for one in bundle["entry"][:12]]
    return tuple(found)


def _ids(node: Any) -> set[str]:
    """Return the patients that stand in it, by a walk that shares nothing with the adapter's."""
    if isinstance(node, list):
        return set().union(*map(_ids, node))
    if isinstance(node, str):
        return {node.partition("/")[2]} if _RELATIVE.fullmatch(node) else set()
    if not isinstance(node, dict):
        return set()
    own = node.get("id")
    mine = (
        {own} if node.get("resourceType") == "Patient" and isinstance(own, str) and own else set()
    )
    return mine.union(*map(_ids, node.values()))


def _look(body: bytes) -> Seen | None:
    """Return what the adapter sees, None where it refuses."""
    try:
        return ADAPTER.look(JSON, body)
    except Unreadable:
        return None


@pytest.mark.parametrize("name", sorted(KEY))
def test_the_sample_reads_as_its_key_says(shared: Path, name: str) -> None:
    """Patients, classes and action of each bundle are those that a person wrote down."""
    body = (shared / FOLDER / name).read_bytes()

    seen = ADAPTER.look(JSON, body)
    asked = ADAPTER.ask(Head("POST", "/fhir", ("fhir",), content_type=JSON), body)

    assert {one.id for one in seen.patients} == set(KEY[name]["patients"])
    assert seen.classes == set(KEY[name]["classes"])
    assert asked.act is Act(KEY[name]["act"])
    assert {one.id for one in asked.patients} == set(KEY[name]["patients"])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_harm_to_the_bytes_hides_anybody(shared: Path, data: st.DataObject) -> None:
    """Cut, flipped or spliced, a body is refused, or everybody in it is seen; it never crashes."""
    entries = _entries(shared / FOLDER)
    chosen = data.draw(st.lists(st.sampled_from(entries), min_size=1, max_size=5))
    body = bytearray(
        b'{"resourceType":"Bundle","type":"searchset","entry":[' + b",".join(chosen) + b"]}"
    )
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        match data.draw(st.sampled_from(["cut", "flip", "splice", "lift"])):
            case "cut":
                del body[at:]
            case "flip":
                body[at] ^= 1 << data.draw(st.integers(0, 7))
            case "splice":
                other = data.draw(st.sampled_from(entries))
                start = data.draw(st.integers(0, len(other) - 1))
                body[at:at] = other[start : start + data.draw(st.integers(0, 400))]
            case "lift":
                del body[at : at + data.draw(st.integers(1, 40))]
        if not body:
            return

    seen = _look(bytes(body))

    if seen is not None:
        missed = _ids(json.loads(body)) - {one.id for one in seen.patients}
        assert not missed or UNKNOWN_PATIENT in seen.classes


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_patient_put_anywhere_is_seen(shared: Path, data: st.DataObject) -> None:
    """Another patient's reference, wherever in a resource of the sample it stands, is seen."""
    entry = json.loads(data.draw(st.sampled_from(_entries(shared / FOLDER))))
    places: list[tuple[Any, Any]] = []
    stack: list[Any] = [entry["resource"]]
    while stack:
        node = stack.pop()
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in pairs:
            if isinstance(value, dict | list):
                stack.append(value)
            elif isinstance(value, str) and key not in {"resourceType", "id"}:
                places.append((node, key))
    node, key = data.draw(st.sampled_from(places))
    node[key] = "Patient/put-there"

    seen = _look(json.dumps(entry["resource"]).encode())

    assert seen is None or PatientId("put-there", "fhir") in seen.patients
