"""ATNA audit messages, against a key made by hand for every sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sekisho.collect.atna import patient_ids
from sekisho.terms import Action, Outcome, UserKind, iso

if TYPE_CHECKING:
    from tests.unit.collect.conftest import Desk

E, R, C, U = Action.SEARCH, Action.READ, Action.CREATE, Action.UPDATE
PIX = "2020-03-19T"
# Read by hand from each file: person (None: a system acted alone), patients, time, act.
KEY: dict[str, tuple[str | None, tuple[str, ...], str, Action]] = {
    "atna-xml/ipf/atna-record-2.xml": (
        "7601002860123",
        ("PATIENT1",),
        "2025-01-21T10:05:39.384Z",
        Action.IMPORT,
    ),
    "atna-xml/ipf/pdq.xml": (None, ("24", "78246", "27", "78106"), PIX + "12:16:37.320Z", E),
    "atna-xml/ipf/pdqmread.xml": (None, ("IHERED-2340",), PIX + "14:26:55.601Z", E),
    "atna-xml/ipf/pixfeed.xml": (None, ("7627199",), PIX + "12:24:34.434Z", C),
    "atna-xml/ipf/pixfeedmergesource.xml": (
        None,
        (
            "IHERED-2340",
            "IHEBLUE-2342",
            "IHEFACILITY-2342",
            "IHEFACILITY-2340",
            "IHEGREEN-2340",
            "IHEBLUE-2340",
        ),
        PIX + "14:12:24.933Z",
        U,
    ),
    "atna-xml/ipf/pixm.xml": (None, ("IHEBLUE-2340",), PIX + "14:33:48.493Z", E),
    "atna-xml/ipf/pixupdatesource.xml": (
        None,
        ("IHERED-2342", "IHEBLUE-2342", "IHEFACILITY-2342"),
        PIX + "13:59:32.521Z",
        R,
    ),
    "atna-xml/ipf/pixv3query.xml": (None, ("JW-824-v3",), PIX + "13:44:48.924Z", E),
    "atna-xml/ipf/start.xml": (None, (), "2020-03-09T10:17:39.575Z", Action.EXECUTE),
    "atna-xml/ipf/xcpd.xml": (None, ("IHERED-1040",), PIX + "14:38:04.293Z", E),
    "atna-xml/openatna/Registry-ITI-42.xml": (
        None,
        ("178",),
        "2010-02-25T21:40:24.069Z",
        Action.IMPORT,
    ),
    "atna-xml/openatna/Repository-ITI-42.xml": (
        None,
        (),
        "2010-02-25T21:46:47.980Z",
        Action.EXPORT,
    ),
    "atna-xml/openatna/application-login.xml": (
        "misys",
        (),
        "2009-10-22T11:28:57.055Z",
        Action.LOGIN,
    ),
    "atna-xml/openatna/create-patient-record.xml": (
        None,
        ("101",),
        "2009-10-22T11:23:45.530Z",
        C,
    ),
    "atna-xml/openatna/dup.xml": (
        "CEZ@QCPR.quadramed",
        ("82",),
        "2010-01-13T00:24:02.000Z",
        U,
    ),
    "atna-xml/openatna/partid.xml": (
        "asaip",
        ("221325",),
        "2010-02-08T20:13:47.000Z",
        Action.EXPORT,
    ),
    "atna-syslog/openhim/testAuditIHERFC3881.syslog": (
        "farley.granger@wb.com",
        (),
        "2010-12-17T21:12:04.287Z",
        Action.LOGIN,
    ),
}
MESSAGE = """<AuditMessage>
<EventIdentification EventActionCode="R" EventDateTime="2026-10-04T22:11:03+09:00"
 EventOutcomeIndicator="0"><EventID csd-code="110110" codeSystemName="DCM"/></EventIdentification>
<ActiveParticipant UserID="U1" UserName="佐藤花子" UserIsRequestor="true"/>
<AuditSourceIdentification AuditSourceID="EMR"/>
<ParticipantObjectIdentification ParticipantObjectID="0001^^^H&amp;1.2.3&amp;ISO"
 ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1">
<ParticipantObjectName>鈴木一郎</ParticipantObjectName></ParticipantObjectIdentification>
</AuditMessage>"""


@pytest.mark.parametrize("name", KEY)
def test_samples_against_the_key(desk: Desk, shared: Path, name: str) -> None:
    """Person, patients, time and act of every ATNA sample are those of the hand-made key."""
    report = desk.take(shared / "data/access-records" / name)

    assert (report.error, report.added) == (None, 1)
    one = desk.records[0]
    person, patients, time, action = KEY[name]
    kind = UserKind.PERSON if person else UserKind.SYSTEM
    assert (one.user_id, one.user_kind) == (person, kind)
    assert tuple(patient.id for patient in one.patient_ids) == patients
    assert (iso(one.occurred_at), one.action) == (time, action)


def test_the_key_names_every_sample(shared: Path) -> None:
    """No ATNA message among the samples is without its line in the key."""
    folder = shared / "data/access-records"
    files = {*folder.glob("atna-*/*/*")}

    assert {str(path.relative_to(folder)) for path in files} == set(KEY)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("24^^^MPI&2.16.840&ISO^PI", [("24", "2.16.840")]),
        ("24^^^MPI", [("24", "MPI")]),
        ("1^^^A&1.2&ISO~2^^^B&1.3&ISO", [("1", "1.2"), ("2", "1.3")]),
        ("urn:oid:1.2|77", [("77", "1.2")]),
        ("Patient/77", [("77", None)]),
        ("178", [("178", None)]),
        ("", []),
    ],
)
def test_patient_ids_keep_their_authority(text: str, found: list[tuple[str, str | None]]) -> None:
    """A patient id in CX, FHIR or plain form keeps who assigned it."""
    assert [(one.id, one.authority) for one in patient_ids(text)] == found


def test_names_are_not_copied(desk: Desk) -> None:
    """Names of people in a message are not in the record."""
    desk.take(MESSAGE, "one.xml")

    assert desk.records[0].user_id == "U1"
    assert not any(name in repr(desk.records) for name in ("佐藤", "鈴木"))


@pytest.mark.parametrize(
    ("before", "encoding"),
    [
        ("", "utf-8"),
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "utf-8-sig"),
        ('<?xml version="1.0" encoding="Shift_JIS"?>\n', "shift_jis"),
        ('<?xml version="1.0" encoding="UTF-16"?>\n', "utf-16"),
        ("<85>1 2026-10-04T22:11:03+09:00 host app 1 IHE+RFC-3881 - \ufeff", "utf-8"),
    ],
)
def test_messages_in_every_wrapping(desk: Desk, before: str, encoding: str) -> None:
    """A message is the same bare, declared in another encoding, or inside a syslog line."""
    report = desk.take(before + MESSAGE, "one.xml", encoding)

    assert (report.error, report.added, desk.records[0].user_id) == (None, 1, "U1")


def test_many_messages_in_one_file(desk: Desk) -> None:
    """Messages strung together are read one by one; a cut one costs itself alone."""
    other = MESSAGE.replace("U1", "U2")
    text = MESSAGE + "\n" + MESSAGE[:200] + "\n" + other + "\n" + MESSAGE[:300]

    report = desk.take(text, "many.xml")

    assert (report.added, report.quarantined) == (2, 2)
    assert [record.origin.message for record in desk.records] == [1, 3]


def test_a_long_file_is_read_in_pieces(desk: Desk) -> None:
    """Thousands of messages are found whatever the boundaries of the pieces."""
    text = "".join(MESSAGE.replace("U1", f"U{number}") + "\n" for number in range(700))

    report = desk.take(text, "many.xml")

    assert (report.added, report.quarantined) == (700, 0)


def test_the_same_message_again_adds_nothing(desk: Desk) -> None:
    """A message sent again, with other spaces between its elements, adds nothing."""
    desk.take(MESSAGE, "one.xml")

    assert desk.take(MESSAGE.replace(">\n<", "> <"), "two.xml").already == 1


@pytest.mark.parametrize(
    "evil",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a [<!ENTITY x "boom">]>',
    ],
)
def test_entities_are_never_resolved(desk: Desk, evil: str) -> None:
    """An entity, its declaration outside or not, is never filled in."""
    text = evil + MESSAGE.replace('UserID="U1"', 'UserID="&x;"')

    report = desk.take(text, "evil.xml")

    assert (report.added, report.quarantined, desk.records) == (0, 1, [])


def test_a_failed_login(desk: Desk, shared: Path) -> None:
    """A serious failure at the sign-in is a failure of a login."""
    desk.take(shared / "data/access-records/atna-xml/openatna/application-login.xml")

    assert desk.records[0].outcome is Outcome.FAILED
