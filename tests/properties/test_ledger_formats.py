"""Records handed out in the standards' forms: read back they say the same, and R4 accepts them."""

from __future__ import annotations

import datetime as dt
import subprocess
from io import BytesIO
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace
from tests.missing import missing
from tests.peers.fhir_server import FOLDER, NODE

from sekisho.collect.atna import AtnaReading
from sekisho.collect.fhir import FhirReading
from sekisho.ledger.audit_event import audit_event
from sekisho.ledger.audit_message import audit_message
from sekisho.ledger.record import plain, promised
from sekisho.terms import Access, Action, Mark, Origin, Outcome, PatientId, UserKind

ORIGIN = "log.example/sekisho"
ID = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,11}", fullmatch=True)
WORD = st.text(min_size=1, max_size=20).filter(lambda text: bool(text.strip()))
AUTHORITY = st.none() | st.sampled_from(["1.2.392.100495.20.3.51.11310000", "2.16.840.1.113883"])
RECORD = st.builds(
    Access,
    occurred_at=st.datetimes(
        dt.datetime(2000, 1, 1),  # noqa: DTZ001 - made aware below
        dt.datetime(2099, 1, 1),  # noqa: DTZ001 - same
        timezones=st.just(dt.UTC),
    ).map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)),
    source=ID,
    key=st.just("0" * 32),
    digest=st.just("0" * 64),
    origin=st.just(Origin(file="log.csv", row=1)),
    action=st.sampled_from(Action),
    outcome=st.sampled_from(Outcome),
    user_id=ID,
    user_kind=st.just(UserKind.PERSON),
    patient_ids=st.lists(st.builds(PatientId, ID, AUTHORITY), max_size=3, unique=True).map(tuple),
    terminal=st.none() | ID,
    object=st.none() | WORD | st.just("List/1 request:4a8dca3c-2205"),
    class_=st.none() | WORD,
    reason=st.none() | WORD,
    marks=st.sampled_from([(), (Mark.EMERGENCY,), (Mark.LATE, Mark.OBSERVE)]),
)
FULL = Access(
    occurred_at=dt.datetime(2026, 11, 1, 3, 4, 5, 678_000, tzinfo=dt.UTC),
    ended_at=dt.datetime(2026, 11, 1, 3, 5, tzinfo=dt.UTC),
    source="emr",
    key="0" * 32,
    digest="0" * 64,
    origin=Origin(file="log.csv", row=1),
    user_id="N00012",
    user_kind=UserKind.PERSON,
    patient_ids=(PatientId("0000012345", "1.2.392.100495"), PatientId("77", "別の病院")),
    terminal="PC-012",
    object="検査結果",
    class_="general",
    reason="夜間の急変",
    marks=(Mark.EMERGENCY, Mark.LATE),
)
SAME = {Action.PRINT: Action.EXPORT}
"""What the codes cannot tell apart."""


def line(access: Access) -> dict[str, Any]:
    record = plain(access)
    record["recorded_at"] = record["occurred_at"]
    return promised(7, record)


def check(found: Access, access: Access, *, outcome: Outcome) -> None:
    assert found.occurred_at == access.occurred_at
    assert found.user_id == access.user_id
    assert found.patient_ids == access.patient_ids
    assert found.action is SAME.get(access.action, access.action)
    assert found.outcome is outcome
    assert found.terminal == access.terminal
    assert (Mark.EMERGENCY in found.marks) == (
        Mark.EMERGENCY in access.marks and access.action is not Action.EMERGENCY
    )


@given(RECORD)
def test_an_audit_event_says_the_same(access: Access) -> None:
    """Read back, an AuditEvent tells the same person, patients, time, act and terminal."""
    raw = orjson.dumps(audit_event(line(access), ORIGIN))
    reading = FhirReading(BytesIO(raw), path="out.ndjson", source="x", zone="Asia/Tokyo")
    (found,) = reading.items()
    assert isinstance(found, Access)
    refused = access.outcome is Outcome.REFUSED
    check(found, access, outcome=Outcome.FAILED if refused else access.outcome)
    if "request:" in (access.object or ""):
        assert found.object == access.object
    told = orjson.loads(raw)["entity"][-1]
    assert told["what"]["identifier"]["value"] == f"{ORIGIN}/7"
    assert {"type": "outcome", "valueString": access.outcome.value} in told["detail"]


@given(RECORD)
def test_an_audit_message_says_the_same(access: Access) -> None:
    """Read back, an AuditMessage tells the same, stands on one line, and is XML whatever was in it."""
    raw = audit_message(line(access), ORIGIN)
    assert b"\n" not in raw
    assert etree.fromstring(raw).tag == "AuditMessage"
    reading = AtnaReading(BytesIO(raw), path="out.xml", source="x", zone="Asia/Tokyo")
    (found,) = reading.items()
    assert isinstance(found, Access)
    known = {Outcome.REFUSED: Outcome.FAILED, Outcome.UNKNOWN: Outcome.SUCCESS}
    check(found, access, outcome=known.get(access.outcome, access.outcome))


def test_fhir_r4_accepts_audit_events() -> None:
    """A validator that nobody here wrote finds an AuditEvent of each act and outcome to be FHIR R4."""
    if not (NODE.exists() and (FOLDER / "node_modules" / ".sekisho").exists()):
        missing("the FHIR validator of the tests is not here (tools/peers.sh brings it)")
    lines = [
        orjson.dumps(audit_event(line(one), ORIGIN))
        for act in Action
        for outcome in Outcome
        for one in (
            replace(FULL, action=act, outcome=outcome),
            replace(FULL, action=act, outcome=outcome, user_id=None, user_kind=UserKind.SYSTEM,
                    patient_ids=(), ended_at=None, terminal=None, object=None, marks=()),
        )
    ]  # fmt: skip
    broken = orjson.dumps({"resourceType": "AuditEvent", "type": {"code": "x"}})
    done = subprocess.run(
        [NODE, FOLDER / "validate.mjs"], input=b"\n".join([*lines, broken]),
        capture_output=True, check=True, timeout=280,
    )  # fmt: skip
    said = done.stdout.splitlines()
    assert len(said) == 1, said[0]  # the broken one alone
