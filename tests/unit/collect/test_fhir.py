"""FHIR AuditEvents, against a key made by hand for every sample."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sekisho.collect import quarantine
from sekisho.terms import Action, Mark, Outcome, UserKind, iso

if TYPE_CHECKING:
    from tests.unit.collect.conftest import Desk

P, S, U = UserKind.PERSON, UserKind.SYSTEM, UserKind.UNKNOWN
DAY = "2020-04-29T09:49:00.000Z"
POKE = "2021-12-03T09:49:00.000Z"
ONE = ("ex-patient",)
# Read by hand from each file: person, kind, patients, time, act.
KEY: dict[str, tuple[str | None, UserKind, tuple[str, ...], str, Action]] = {
    "auditAuthZconsent-deny": (
        "ex-practitioner",
        P,
        ONE,
        "2021-12-27T09:49:00.000Z",
        Action.SECURITY,
    ),
    "auditBasicCreate1": ("Betty Jones", P, ONE, DAY, Action.CREATE),
    "auditBasicCreateClient": ("John Smith", P, ONE, DAY, Action.CREATE),
    "auditBasicCreateNoUser": (None, S, ONE, DAY, Action.CREATE),
    "auditBasicCreateNoUserReport": (None, S, ONE, DAY, Action.CREATE),
    "auditBasicDelete2": ("Charley Miller", P, ONE, DAY, Action.DELETE),
    "auditBasicDeleteInformant": ("Betty Jones", P, ONE, DAY, Action.DELETE),
    "auditBasicDeleteNoUser": (None, S, ONE, DAY, Action.DELETE),
    "auditBasicDeleteNoUserReport": (None, S, ONE, DAY, Action.DELETE),
    "auditBasicPatch": ("John Smith", P, ONE, DAY, Action.UPDATE),
    "auditBasicQueryGetNoPatient": ("John Smith", P, (), DAY, Action.SEARCH),
    "auditBasicQueryPost": ("John Smith", P, ONE, DAY, Action.SEARCH),
    "auditBasicReadNoPatient": ("John Smith", P, (), DAY, Action.READ),
    "auditBasicReadOClient": ("JohnSmith", P, ONE, DAY, Action.READ),
    "auditBasicReadOServerMin": (None, U, ONE, DAY, Action.READ),
    "auditBasicUpdate1": ("Betty Jones", P, ONE, DAY, Action.UPDATE),
    "auditBasicUpdateNoPatient": (None, S, (), DAY, Action.UPDATE),
    "auditBasicUpdateNoUserJob": (None, S, ONE, DAY, Action.UPDATE),
    "auditPoke-SAML-Comp": ("05086900124", P, (), POKE, Action.READ),
    "auditPoke-SAML-Min2": ("JoeL", P, (), POKE, Action.READ),
    "auditPoke-SAML-QDI-Min": ("UID=kskagerb", P, (), POKE, Action.READ),
    "auditPrivacyDisclosure-recipient-minCodes": ("ex-patient", P, ONE, DAY, Action.IMPORT),
    "auditPrivacyDisclosure-source": ("ex-patient", P, ONE, DAY, Action.EXPORT),
}
PLAIN = {
    "example": ("Grahame", P, (), "2012-10-25T11:04:27.000Z", Action.EXECUTE),
    "example-disclosure": (
        "SomeIdiot@nowhere",
        P,
        ("example",),
        "2013-09-22T00:08:00.000Z",
        Action.EXPORT,
    ),
    "example-login": ("95", P, (), "2013-06-20T23:41:23.000Z", Action.LOGIN),
    "example-search": ("95", P, (), "2015-08-22T23:42:24.000Z", Action.SEARCH),
}
FOLDER = "data/access-records/fhir-auditevent"


def event(**changes: Any) -> dict[str, Any]:
    """Return a small AuditEvent, changed."""
    return {
        "resourceType": "AuditEvent",
        "id": "e1",
        "type": {
            "code": "rest",
            "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
        },
        "action": "R",
        "recorded": "2026-10-04T22:11:03.123+09:00",
        "outcome": "0",
        "agent": [{"who": {"identifier": {"value": "U1"}}, "requestor": True}],
        "source": {"observer": {"display": "emr"}},
        "entity": [
            {
                "what": {"identifier": {"system": "urn:oid:1.2.3", "value": "0001"}},
                "role": {"code": "1"},
                "type": {"code": "1"},
            }
        ],
    } | changes


@pytest.mark.parametrize("name", [f"ihe-balp/AuditEvent-ex-{name}" for name in KEY])
def test_balp_samples_against_the_key(desk: Desk, shared: Path, name: str) -> None:
    """Person, patients, time and act of every BALP sample are those of the hand-made key."""
    report = desk.take(shared / FOLDER / f"{name}.json")

    assert (report.error, report.added) == (None, 1)
    one = desk.records[0]
    got = (one.user_id, one.user_kind, tuple(p.id for p in one.patient_ids), iso(one.occurred_at))
    assert (*got, one.action) == KEY[name.removeprefix("ihe-balp/AuditEvent-ex-")]


@pytest.mark.parametrize("name", PLAIN)
def test_plain_samples_against_the_key(desk: Desk, shared: Path, name: str) -> None:
    """Person, patients, time and act of the specification's examples are those of the key."""
    desk.take(shared / FOLDER / "r4-spec" / f"AuditEvent-{name}.json")

    one = desk.records[0]
    got = (one.user_id, one.user_kind, tuple(p.id for p in one.patient_ids), iso(one.occurred_at))
    assert (*got, one.action) == PLAIN[name]


def test_the_key_names_every_sample(shared: Path) -> None:
    """No AuditEvent among the samples is without its line in the key."""
    names = {path.stem for path in (shared / FOLDER).rglob("AuditEvent*.json")}

    assert names == {f"AuditEvent-ex-{name}" for name in KEY} | {
        f"AuditEvent-{name}" for name in PLAIN
    }


def test_a_consent_that_denies_is_a_refusal(desk: Desk, shared: Path) -> None:
    """An authorisation decision that failed is refused, not failed."""
    desk.take(shared / FOLDER / "ihe-balp/AuditEvent-ex-auditAuthZconsent-deny.json")

    assert desk.records[0].outcome is Outcome.REFUSED


def test_authority_time_and_origin_are_kept(desk: Desk) -> None:
    """A patient id keeps who assigned it; the time its milliseconds; the origin its message."""
    desk.take(json.dumps(event()), "event.json")

    one = desk.records[0]
    assert [(p.id, p.authority) for p in one.patient_ids] == [("0001", "1.2.3")]
    assert iso(one.occurred_at) == "2026-10-04T13:11:03.123Z"
    assert (one.origin.message, one.origin.row) == (1, None)


def test_bundles_and_lines_hold_the_same_events(desk: Desk) -> None:
    """An event is one, whether it came alone, in a Bundle or as a line of NDJSON."""
    events = [event(id=f"e{number}") for number in range(3)]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in events]}
    desk.take(json.dumps(events[0], indent=2), "one.json")

    second = desk.take(json.dumps(bundle), "bundle.json")
    third = desk.take("\n".join(json.dumps(one) for one in events), "lines.ndjson")

    assert (second.added, second.already) == (2, 1)
    assert (third.added, third.already) == (0, 3)


def test_events_without_an_id_are_counted(desk: Desk) -> None:
    """Equal events without an id are all kept; the same file again adds none."""
    bare = {key: value for key, value in event().items() if key != "id"}
    text = "\n".join([json.dumps(bare)] * 3)

    assert desk.take(text, "a.ndjson").added == 3
    assert desk.take(text, "b.ndjson").already == 3


def test_a_changed_event_with_the_same_id_is_kept(desk: Desk) -> None:
    """An event whose content changed under its id is another record, not dropped."""
    desk.take(json.dumps(event()), "a.json")

    assert desk.take(json.dumps(event(action="U")), "b.json").added == 1


def test_r5_fields_are_read(desk: Desk) -> None:
    """The fields that R5 names differently give the same answers."""
    five = event(
        type=None,
        category=[{"coding": [{"code": "rest"}]}],
        code={"coding": [{"code": "search-type"}]},
        action="E",
        outcome={"code": {"code": "4"}},
        occurredDateTime="2026-10-04T21:00:00+09:00",
        patient={"reference": "Patient/77"},
        entity=[],
    )

    desk.take(json.dumps(five), "five.json")

    one = desk.records[0]
    assert (one.action, one.outcome) == (Action.SEARCH, Outcome.FAILED)
    assert iso(one.occurred_at) == "2026-10-04T12:00:00.000Z"
    assert [p.id for p in one.patient_ids] == ["77"]


def test_an_emergency_purpose_is_marked(desk: Desk) -> None:
    """Access for emergency treatment carries the mark of an emergency."""
    agent = [
        {
            "who": {"identifier": {"value": "U1"}},
            "requestor": True,
            "purposeOfUse": [{"coding": [{"code": "ETREAT"}]}],
        }
    ]

    desk.take(json.dumps(event(agent=agent)), "event.json")

    assert (desk.records[0].marks, desk.records[0].reason) == ((Mark.EMERGENCY,), "ETREAT")


def test_queries_and_names_are_not_copied(desk: Desk, shared: Path) -> None:
    """Neither the text of a query nor a name beside an identifier is in the record."""
    desk.take(shared / FOLDER / "ihe-balp/AuditEvent-ex-auditBasicQueryPost.json")
    desk.take(shared / FOLDER / "r4-spec/AuditEvent-example-login.json")

    assert not any(text in repr(desk.records) for text in ("_lastUpdated", "UE9TVC", "Grieve"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"recorded": "yesterday"}, "collect.row_no_time"),
        ({"recorded": None}, "collect.row_no_time"),
        ({"agent": [{"who": "U1", "requestor": True}]}, "collect.event_malformed"),
        ({"entity": [7]}, "collect.event_malformed"),
        ({"source": []}, None),
        ({"agent": None, "entity": None}, None),
    ],
)
def test_malformed_events_wait_in_quarantine(
    desk: Desk, changes: dict[str, Any], reason: str | None
) -> None:
    """A malformed event is read as far as it is sound, or waits with its reason."""
    report = desk.take(json.dumps(event(**changes)), "event.json")

    assert report.error is None
    assert [row.reason[0] for row in quarantine(desk.database)] == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{"resourceType": "Patient"}', "collect.json_no_events"),
        ('{"a": [1, 2}', "collect.json_broken"),
        ("[]", "collect.json_no_events"),
        ('{"resourceType": "Bundle", "entry": 7}', "collect.json_no_events"),
    ],
)
def test_json_that_holds_no_event_is_refused(desk: Desk, text: str, error: str) -> None:
    """JSON without an AuditEvent is refused with what it is."""
    report = desk.take(text, "some.json")

    assert report.error is not None
    assert report.error[0] == error


def test_a_broken_line_among_lines_waits(desk: Desk) -> None:
    """One broken line of NDJSON waits in quarantine; the others are recorded."""
    lines = [json.dumps(event(id="a")), json.dumps(event(id="b"))[:-9], json.dumps(event(id="c"))]

    report = desk.take("\n".join(lines), "lines.ndjson")

    assert (report.added, report.quarantined) == (2, 1)


def test_a_naive_time_is_the_zone_of_the_source(desk: Desk) -> None:
    """A time without a zone is read in the zone that was given."""
    desk.take(json.dumps(event(recorded="2026-10-04T22:11:03")), "event.json", zone="UTC")

    assert desk.records[0].occurred_at == dt.datetime(2026, 10, 4, 22, 11, 3, tzinfo=dt.UTC)


CLIENT = "2001:0db8:85a3:0000:0000:8a2e:0370:7334"
NOWHERE = {"auditPoke-SAML-Comp", "auditPoke-SAML-Min2", "auditPoke-SAML-QDI-Min"}
"""Samples in which no agent has an address."""


@pytest.mark.parametrize("name", KEY)
def test_the_terminal_of_balp_samples_is_the_clients(desk: Desk, shared: Path, name: str) -> None:
    """In every BALP sample the terminal is where the client stood, whatever its role is called."""
    desk.take(shared / FOLDER / f"ihe-balp/AuditEvent-ex-{name}.json")

    told = None if name in NOWHERE else CLIENT
    if name == "auditPrivacyDisclosure-source":
        told = "myDevice.example.com"
    assert desk.records[0].terminal == told


def side(code: str, address: str) -> dict[str, Any]:
    """Return a machine of an event."""
    kind = {"coding": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": code}]}
    return {"type": kind, "who": {"display": address}, "network": {"address": address, "type": "2"}}


@pytest.mark.parametrize(
    ("action", "subtype", "client"),
    [
        ("C", "create", "110153"),
        ("U", "update", "110153"),
        ("U", "patch", "110153"),
        ("E", "search-type", "110153"),
        ("E", "search", "110153"),
        ("R", "read", "110152"),
        ("R", "vread", "110152"),
        ("D", "delete", "110150"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_the_sides_change_places_with_the_operation(
    desk: Desk, action: str, subtype: str, client: str, *, turned: bool
) -> None:
    """Where both machines have an address, the terminal is the client's by the operation's roles."""
    server = {"110153": "110152", "110152": "110153", "110150": "custodian"}[client]
    sides = [side(client, "10.0.0.1"), side(server, "10.0.0.2")]
    agents = [*(reversed(sides) if turned else sides), event()["agent"][0]]

    desk.take(json.dumps(event(action=action, subtype=[{"code": subtype}], agent=agents)), "e.json")

    one = desk.records[0]
    assert (one.user_id, one.user_kind, one.terminal) == ("U1", P, "10.0.0.1")


@pytest.mark.parametrize(
    ("code", "value", "kept"),
    [
        ("XrequestId", "76d148b6-586d-11ec", "List/1 request:76d148b6-586d-11ec"),
        (
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "List/1 request:4bf92f3577b34da6a3ce929d0e0e4736",
        ),
        ("XrequestId", "two words", "List/1"),
        ("XrequestId", "x" * 200, "List/1"),
        ("other", "76d148b6", "List/1"),
    ],
)
def test_the_id_of_a_request_is_kept(desk: Desk, code: str, value: str, kept: str) -> None:
    """The id by which both sides know one request stands at the end of the object."""
    entities = [
        {"what": {"reference": "List/1"}, "role": {"code": "4"}},
        {"what": {"identifier": {"value": value}}, "type": {"code": code}},
    ]

    desk.take(json.dumps(event(entity=entities)), "e.json")

    assert desk.records[0].object == kept


def test_both_sides_of_the_balp_sample_name_one_request(desk: Desk, shared: Path) -> None:
    """Client's and server's record of the sample's Read carry the same id, under two sources."""
    for name in ("auditBasicReadOClient", "auditBasicReadOServerMin"):
        desk.take(shared / FOLDER / f"ihe-balp/AuditEvent-ex-{name}.json")

    one, other = desk.records
    assert one.object == other.object == "List/ex-list request:76d148b6-586d-11ec-bf63-0242ac130002"
    assert one.source != other.source


@pytest.mark.parametrize(
    ("identifier", "authority"),
    [
        ({"system": "urn:oid:1.2.3"}, "1.2.3"),
        ({"system": "http://a.example/mrn", "assigner": {"display": "A"}}, "http://a.example/mrn"),
        ({"assigner": {"display": "別の病院"}}, "別の病院"),
        ({"assigner": {"identifier": {"value": "1312345678"}}}, "1312345678"),
        ({}, None),
    ],
)
def test_an_identifier_keeps_who_assigned_it(
    desk: Desk, identifier: dict[str, Any], authority: str | None
) -> None:
    """Who assigned a patient's identifier is its system, else the assigner it names."""
    what = {"identifier": {"value": "7", **identifier}}
    entity = [{"what": what, "role": {"code": "1"}, "type": {"code": "1"}}]

    desk.take(json.dumps(event(entity=entity)), "e.json")

    assert [(p.id, p.authority) for p in desk.records[0].patient_ids] == [("7", authority)]
