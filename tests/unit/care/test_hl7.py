"""HL7 v2 messages as senders write them: split, decoded, told by what they mean, or refused by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import hl7
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.care.events import Event
from sekisho.care.hl7.files import messages
from sekisho.care.hl7.meaning import understand
from sekisho.care.hl7.message import Message, moment, parse
from sekisho.care.hl7.text import decode
from sekisho.errors import InvalidInputError

TOKYO = ZoneInfo("Asia/Tokyo")
HEAD = "MSH|^~\\&|A|B|C|D|20261010090000||ADT^A04|1|P|2.5"


def events(text: str | bytes) -> list[Event]:
    """Return what a message says."""
    raw = text if isinstance(text, bytes) else text.encode()
    return understand(parse(raw, TOKYO), row=1, origin="x")


@pytest.fixture(scope="session")
def samples(shared: Path) -> list[Path]:
    """The HL7 v2 files and the storages that nobody here wrote."""
    folder = shared / "data" / "access-records"
    found = [*sorted((folder / "hl7v2").rglob("*.hl7")), *sorted((folder / "ssmix2").rglob("*_1"))]
    return [path for path in found if path.is_file()]


def test_every_sample_is_read_or_refused_by_name(samples: list[Path]) -> None:
    """Each real sample is split and told, or refused for the one reason that is known of it."""
    refused: dict[str, str] = {}
    for path in samples:
        for raw in messages(path):
            try:
                understand(parse(raw, TOKYO), row=1, origin=path.name)
            except InvalidInputError as error:
                refused[path.parent.name] = error.message
    assert len(samples) > 600
    assert refused == {"ADT-31": "care.hl7.no_header"}  # two bytes of garbage


def test_the_splitter_agrees_with_a_full_parser(samples: list[Path]) -> None:
    """Every field of real samples is what the library `hl7` gives."""
    compared = 0
    for path in samples[::9]:
        raw = next(messages(path))
        text, whole = decode(raw)
        lines = text.replace("\r\n", "\r").replace("\n", "\r").strip("\r")
        if not whole or not lines.startswith("MSH") or "\\\\&" in lines[:10]:
            continue
        ours = parse(raw)
        theirs = hl7.parse(lines + "\r")
        if len(ours.segments) != len(theirs):
            continue  # a line feed inside a field: the library takes it for a segment
        for mine, other in zip(ours.segments, theirs, strict=True):
            assert mine.fields == [str(field) for field in other], path.name
            compared += len(mine.fields)
    assert compared > 5_000


KEY = [
    # file, act, cancels, patient, other, day, place, ward, doctor, number
    ("ADT01-23", "admit", False, "10006579", "2005-01-10", "01", "PREOP", "37"),
    ("ADT04-23", "visit", False, "123456789", "2001-01-01", "CRD", None, "123456"),
    ("ADT04-28", "visit", False, "0000000001", "2018-10-18", "3N", None, "4356789876"),
    ("ADT-A06-01", "admit", False, "PATID1234", "2021-01-15", None, "SPROOM", "0210"),
    ("ADT-A09-01", "update", False, "PATID1234", "2021-01-15", None, "OT", "0210"),
    ("ADT-A11-01", "admit", True, "PATID1234", "2015-02-08", "SUR", "HUH AE OMU", "1122334"),
    ("ADT-A13-01", "discharge", True, "PATID1234", "2021-08-17", "SUR", "HUH AE OMU", "1122334"),
    ("ADT-A27-01", "plan", True, "PATID1234", "2015-02-08", "SUR", "HUH AE OMU", "1122334"),
    ("ADT-A02-01", "transfer", False, "PATID1234", "2021-08-17", "SUR", "HUH AE OMU", "1122334"),
    ("ADT-A03-01", "discharge", False, "PATID1234", "2015-02-09", "SUR", "HUH AE OMU", "1122334"),
    ("SIU-S13-01", "book", False, "PATID1234", "2021-09-24", "055", None, "1210"),
    ("SIU-S15-01", "book", True, "PATID1234", "2021-09-24", None, None, None),
    ("SIU-S26-01", "book", False, "PATID1234", "2021-09-24", "055", None, "1210"),
    ("ORM-O01-06", "order", False, "PATID1234", "2019-11-04", "RADUnit01", None, "0210"),
    ("RDE-O11-02", "order", False, "PATID1234", "2019-11-04", "SUR", "HUH AE OMU", "1122334"),
    ("ORU-R01-RMGEAD", "result", False, "555-44-4444", "2002-02-15", None, None, "555-55-5555"),
    ("sample_unix", "admit", False, "PID1234", "2014-09-12", "MED", "yyy", "200"),
    ("sample_win", "admit", False, "PID1234", "2014-09-12", "MED", "yyy", "200"),
]
"""Read by hand from the samples; times with an offset stand in Tokyo's."""


def test_patient_doctor_place_and_day_are_as_a_person_reads_them(samples: list[Path]) -> None:
    """Of a fair sample patient, act, day, department, ward and doctor are right on all."""
    named = {path.stem: path for path in samples}
    found = []
    for name, *_ in KEY:
        first = understand(parse(next(messages(named[name])), TOKYO), row=1, origin=name)[0]
        found.append(
            (
                name, first.act, first.cancels, first.patient_id, (first.at or "")[:10],
                first.department, first.ward, first.doctor_id,
            )
        )  # fmt: skip
    assert found == KEY


def test_a_merge_names_both_numbers(samples: list[Path]) -> None:
    """A40 and A47 say which number goes into which."""
    named = {path.stem: path for path in samples}
    said = []
    for name in ("ADT-A40-01", "ADT-A47-01"):
        first = understand(parse(next(messages(named[name])), TOKYO), row=1, origin=name)[0]
        said.append((first.act, first.other_id, first.patient_id))
    assert said == [("merge", "56789", "12345"), ("merge", "MR102", "MR101")]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("佐藤^花子".encode("iso2022_jp"), "佐藤^花子"),
        (b"\x1b(I\x31\x32\x1b(B^x", "ｱｲ^x"),
        (b"\x1b$B\x2d\x21\x1b(B", "①"),
        (b"\x1b$B\x7c\x71\x1b(B", "\u2170"),
        (b"\x1b$B;3\x1b(I\x31\r\x1b(BPV1", "山ｱ\rPV1"),
        ("髙橋".encode("cp932"), "髙橋"),
        ("髙橋".encode(), "髙橋"),
        (b"\xef\xbb\xbfMSH\xe4\xbd\x90", "MSH佐"),
        (b"plain", "plain"),
    ],
)  # fmt: skip
def test_characters_are_read_with_their_traps(raw: bytes, text: str) -> None:
    """Half-width kana, NEC and IBM extensions, shifts left open, UTF-8 and CP932 are read."""
    assert decode(raw) == (text, True)


def test_a_bad_name_never_drops_the_message() -> None:
    """A character that cannot be read becomes a mark; patient, act and day stand."""
    raw = HEAD.encode() + b"\rPID|1||42||\x1b$B\x7f\x7f\x1b(B^x\rPV1|1|O|01^^^^^C\r"
    message = parse(raw)
    assert not message.whole
    assert [(e.act, e.patient_id) for e in events(raw)] == [("visit", "42"), ("person", "42")]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("seps", ["|^~\\&", "$%~!#", "*:+/;"])
def test_any_separators_and_line_ends(end: str, seps: str) -> None:
    """The message's own separators and any line end give the same fields."""
    sep, comp, rep = seps[0], seps[1], seps[2]
    lines = [
        f"MSH{seps}{sep}A{sep}B{sep * 3}20261010090000{sep * 2}ADT{comp}A01{sep}1{sep}P{sep}2.5",
        f"PID{sep}1{sep * 2}9{comp * 4}SS{rep}42{comp * 4}PI{sep * 2}関{comp}一",
        f"PV1{sep}1{sep}I{sep}5E{comp}501",
    ]
    first, person = events(end.join(lines))
    assert (first.act, first.patient_id, first.ward) == ("admit", "42", "5E")
    assert person.more == {"name": "関 一"}


def test_escapes_are_undone() -> None:
    r"""\F\, \S\, \T\, \R\, \E\ and \X..\ are what they stand for."""
    message = parse((HEAD + "\rPID|1||4\\F\\2^a\\S\\b\\T\\\\R\\\\E\\\\X41\\").encode())
    segment = message.first("PID")
    assert segment is not None
    assert (segment.part(3), segment.part(3, 2)) == ("4|2", "a^b&~\\A")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("20261010", "2026-10-10T00:00:00"),
        ("202610101530", "2026-10-10T15:30:00"),
        ("20261010153059.123+0900", "2026-10-10T15:30:59"),
        ("20261010003000+0000", "2026-10-10T09:30:00"),
        ("20261399", None),
        ("garbage", None),
        ("", None),
    ],
)
def test_times(text: str, at: str | None) -> None:
    """A time is local; one with an offset is brought here; nonsense is no time."""
    found = moment(text, TOKYO)
    assert (found.isoformat() if found else None) == at


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "care.hl7.no_header"),
        (b"\xff\xfe", "care.hl7.no_header"),
        (b"PID|1||42", "care.hl7.no_header"),
        (b"MSH", "care.hl7.no_header"),
        (b"MSH|^|A|B|||||ADT^A01|1\rPID|1||\rPV1|1", "care.hl7.no_patient"),
        (b"MSH|ABC|A|B\rPID|1", "care.hl7.no_separators"),
        (b"MSH|^~\\&|A|B|||||ADT^A01|1\r", "care.hl7.only_header"),
        (b"MSH|^~\\&|A|B|||||ADT^A01|1\rPV1|1|I\r", "care.hl7.no_patient"),
    ],
)
def test_what_is_no_message_is_refused_by_name(raw: bytes, reason: str) -> None:
    """Each bad message has its own reason."""
    with pytest.raises(InvalidInputError) as refused:
        events(raw)
    assert refused.value.message == reason


def test_files_hold_many_messages_in_any_wrapping(tmp_path: Path) -> None:
    """MLLP frames, batches and plain files give the same messages."""
    one = HEAD + "\rPID|1||42\rPV1|1|O|01"
    two = one.replace("|42", "|43")
    wrapped = {
        "frames": f"\x0b{one}\r\x1c\r\x0b{two}\r\x1c\r",
        "batch": f"FHS|^~\\&|A\rBHS|^~\\&|A\r{one}\r{two}\rBTS|2\rFTS|1\r",
        "plain": f"{one}\r\n\r\n{two}\n",
    }
    for name, text in wrapped.items():
        path = tmp_path / name
        path.write_bytes(text.encode())
        found = [events(raw)[0].patient_id for raw in messages(path)]
        assert found == ["42", "43"], name


def _bytes_of(samples: list[Path]) -> Iterator[bytes]:
    for path in samples[:: max(1, len(samples) // 40)]:
        yield path.read_bytes()[:3_000]


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_no_bytes_crash_the_splitter(data: st.DataObject) -> None:
    """Real samples cut, doubled, overwritten and joined are read or refused, never a crash."""
    raw = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw)))
        what = data.draw(st.sampled_from(["cut", "put", "drop", "twice"]))
        if what == "cut":
            del raw[at:]
        elif what == "put":
            raw[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=6))
        elif what == "drop":
            del raw[at : at + data.draw(st.integers(1, 40))]
        else:
            raw[at:at] = raw[at : at + 60]
    try:
        found = understand(parse(bytes(raw), TOKYO), row=1, origin="x")
    except InvalidInputError:
        return
    for event in found:
        assert event.patient_id
        assert len(event.key) == 32
        json.dumps(event.more)


SEEDS = [
    (HEAD + "\rEVN||20261010||||20261010\rPID|1||42^^^^PI||関^一^^^^^L^I~セキ^イチ^^^^^L^P||19650415|M|||^^^^1^^^静岡\r"
     "PV1|1|I|5E^501^1^^^N||6W|D1^医師^一郎~D2^医師^二郎||C1^x|01|||||||D3^y||V9" + "|" * 25 + "20261001|\r").encode("iso2022_jp"),
    (HEAD.replace("ADT^A04", "SIU^S12") + "\rSCH|1|2|||||||||^^^20261010\rPID|1||42\rRGS|1\rAIS|1||X|20261011\rAIL|1||5E\rAIP|1||D1^x").encode(),
    (HEAD.replace("ADT^A04", "RAS^O17") + "\rPID|1||42\rORC|NW|1||1|||||20261010|E1^x||D1^y|||||01^内科\rRXA|0|1|20261011|20261011|X|1||||N1^z|5E\rRXR|IV").encode("cp932"),
    (HEAD.replace("ADT^A04", "ORU^R01") + "\rPID|1||42\rOBR|1|7|8|X^Y^JC10|||20261010||||||||||D1|||||20261011|||F\rOBX|1|NM|X||1|||||||||20261011||T1").encode(),
    (HEAD.replace("ADT^A04", "ADT^A40") + "\rPID|1||42\rMRG|41\rPID|1||52\rMRG|51").encode(),
]  # fmt: skip
"""Messages of each kind; the real samples are added where they are here."""


@pytest.fixture(scope="session", autouse=True)
def _more_seeds(request: pytest.FixtureRequest) -> None:
    try:
        SEEDS.extend(_bytes_of(request.getfixturevalue("samples")))
    except pytest.skip.Exception:
        return


def test_parse_keeps_a_message(samples: list[Path]) -> None:
    """A message knows its sender, number and kind."""
    named = {path.stem: path for path in samples}
    message: Message = parse(named["ADT01-23"].read_bytes())
    assert (message.kind, message.number) == (("ADT", "A01"), "599102")
