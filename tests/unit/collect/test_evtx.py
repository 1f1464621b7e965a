"""Windows event logs: real files by a key read by a person, made-up events, damage."""

from __future__ import annotations

import io
import signal
import struct
import tomllib
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import sqlalchemy as sa

from sekisho.collect import evtx_chunks, sniff
from sekisho.collect.evtx import UNKNOWN, EvtxReading
from sekisho.collect.evtx_chunks import CHUNK, HEADER, Chunk, Reader, Record, chunks
from sekisho.collect.interface import Bad
from sekisho.collect.tables import QUARANTINE
from sekisho.pages.words import LANGUAGES, say
from sekisho.terms import Access, Action, Outcome, UserKind, iso

if TYPE_CHECKING:
    from tests.unit.collect.conftest import Desk

RDP = "Microsoft-Windows-TerminalServices-LocalSessionManager"
KEY = tomllib.loads(Path(__file__).with_name("evtx_key.toml").read_text("utf-8"))["event"]


def sample(shared: Path, begin: str) -> Path:
    """Return the one sample whose name begins so."""
    (path,) = (shared / "data/access-records/evtx").glob(f"*/{begin}*")
    return path


def read(content: bytes) -> tuple[list[Access], list[Bad], EvtxReading]:
    """Return the events of a file, what could not be read, and the reading."""
    reading = EvtxReading(io.BytesIO(content), path="x.evtx", source=None)
    items = list(reading.items())
    good = [item for item in items if not isinstance(item, Bad)]
    return good, [item for item in items if isinstance(item, Bad)], reading


def record_numbers(path: Path) -> list[int]:
    """Return the record numbers of the events of a file, in its order."""
    with path.open("rb") as file:
        events = [
            orjson.loads(record.text)["Event"] for chunk in chunks(file) for record in chunk.records
        ]
    return [int(event["System"]["EventRecordID"]) for event in events]


@pytest.mark.parametrize("begin", sorted({one[0] for one in KEY}))
def test_events_are_what_a_person_reads_in_them(begin: str, shared: Path) -> None:
    """Account, whose, from where, time, act and outcome are those of the raw XML, on all."""
    path = sample(shared, begin)
    good, _, _ = read(path.read_bytes())
    by_number = dict(zip(record_numbers(path), good, strict=True))

    for _, number, *expected in (one for one in KEY if one[0] == begin):
        item = by_number[number]
        assert [
            iso(item.occurred_at),
            item.user_id or "",
            item.user_kind,
            item.terminal or "",
            item.action,
            item.outcome,
        ] == expected, number


def test_nothing_beyond_what_is_named_is_kept(shared: Path) -> None:
    """Command lines, SQL statements and task definitions are nowhere in a record."""
    for begin in ("ID4688", "ID33205-SQL Server failed", "ID4720,4698", "sysmon"):
        good, _, _ = read(sample(shared, begin).read_bytes())
        said = repr(good)
        for word in ("/add", "Login failed", "<Task", "ping  -n", "Hashes"):
            assert word not in said, (begin, word)


def test_an_event_comes_once_whatever_file_or_source_brings_it(desk: Desk, shared: Path) -> None:
    """The same event in a second file under another source adds nothing."""
    path = sample(shared, "post-Security")

    first = desk.take(path)
    again = desk.take(path.read_bytes(), "copy.evtx", source="elsewhere")

    assert (first.kind, first.added, first.quarantined) == ("evtx", 126, 0)
    assert (again.added, again.already) == (0, 126)


def test_a_record_number_given_again_after_a_clearing_is_another_event() -> None:
    """Equal numbers at other times are two events: the count begins anew when a log is cleared."""
    one, other = made(at="2026-01-01T00:00:00.1234567Z"), made(at="2026-02-01T00:00:00Z")

    keys = {access(one).key, access(other).key, access(made(at="2026-01-01T00:00:00.123Z")).key}

    assert len(keys) == 2


def until(content: bytes, number: int) -> bytes:
    """Return a log of one chunk that ends before the record `number` of that chunk."""
    chunk = bytearray(content[HEADER : HEADER + CHUNK])
    at = 512
    for _ in range(number - 1):
        at += struct.unpack_from("<I", chunk, at + 4)[0]
    struct.pack_into("<II", chunk, 48, at, zlib.crc32(chunk[512:at]))
    struct.pack_into("<I", chunk, 124, zlib.crc32(chunk[:120] + chunk[128:512]))
    return content[:HEADER] + bytes(chunk)


def test_events_that_never_arrived_are_seen_by_their_numbers(desk: Desk, shared: Path) -> None:
    """A file that begins later than the last ended is a finding; one that overlaps or is filtered is none."""
    whole = sample(shared, "post-Security").read_bytes()
    begun = desk.take(until(whole, 41), "begun.evtx")

    gap = desk.take(whole[:HEADER] + whole[HEADER + CHUNK :], "later.evtx")
    again = desk.take(whole, "whole.evtx")
    filtered = desk.take(sample(shared, "Security_short"))

    (found,) = gap.findings
    assert (begun.added, begun.findings, again.findings, filtered.findings) == (40, [], [], [])
    assert found.message == "collect.numbers_missing"
    assert found.args["count"] == 62
    for language in LANGUAGES:
        assert "%(" not in say(language, "collect.numbers_missing.why", **found.args)


def test_a_damaged_record_costs_that_record_alone(desk: Desk, shared: Path) -> None:
    """What can be read of a damaged chunk is read; the chunk waits with its reason and place."""
    content = bytearray(sample(shared, "Security_short").read_bytes())
    second = content.index(b"**\x00\x00", HEADER + 512 + 4)
    content[second + 0x60 : second + 0x70] = b"\xff" * 16

    report = desk.take(bytes(content), "x.evtx")
    good, (bad,), _ = read(bytes(content))

    assert (report.added, report.quarantined) == (6, 1)
    assert (bad.reason, dict(bad.args)) == (
        "collect.evtx_damaged",
        {"chunk": 1, "offset": HEADER, "events": 1},
    )
    assert len(good) == 6
    assert desk.retry().still == 1


def test_a_proposal_says_what_cannot_be_read_and_where(desk: Desk, shared: Path) -> None:
    """Before anything is stored, a damaged chunk is named with its place, in both languages."""
    content = sample(shared, "Security_short").read_bytes()[: HEADER + 3000]

    shown = sniff(desk.file(content, "x.evtx")).sample

    assert shown[0].access is not None
    assert shown[-1].reason == "collect.evtx_cut"
    for language in LANGUAGES:
        assert "%(" not in say(language, str(shown[-1].reason), **shown[-1].args)


def test_a_chunk_that_can_be_read_at_last_is_recorded(desk: Desk, shared: Path) -> None:
    """A chunk in quarantine is read again, and brings what the first reading did not."""
    content = sample(shared, "Security_short").read_bytes()
    junk = content[:HEADER] + b"junk".ljust(CHUNK, b"\x01")
    report = desk.take(junk, "x.evtx")
    with desk.database.write() as c:
        c.execute(sa.update(QUARANTINE).values(raw=content[HEADER:]))

    retried = desk.retry()

    assert (report.added, report.quarantined) == (0, 1)
    assert (retried.added, retried.already, retried.still) == (7, 0, 0)


def test_a_file_that_ends_early_gives_what_is_there(shared: Path) -> None:
    """Cut inside the second chunk: the first is whole, of the second what stands is read."""
    content = sample(shared, "post-Security").read_bytes()

    good, (bad,), _ = read(content[: HEADER + CHUNK + 6000])

    assert 102 < len(good) < 126
    assert (bad.reason, bad.args["chunk"]) == ("collect.evtx_cut", 2)


def test_a_changed_byte_is_seen_by_the_checksum(desk: Desk, shared: Path) -> None:
    """An address changed in a log that reads well is recorded, and counted as a doubt."""
    content = sample(shared, "Security_short").read_bytes()
    address = "23.94.153.202".encode("utf-16-le")
    assert address in content

    changed = desk.take(content.replace(address, "99.94.153.202".encode("utf-16-le")), "x.evtx")

    assert (changed.added, changed.quarantined) == (7, 0)
    assert [(one.message, one.args["rows"]) for one in changed.findings] == [("collect.altered", 7)]
    assert desk.take(content, "y.evtx").findings == []


def test_a_chunk_that_stops_the_library_is_named_and_the_rest_is_read(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child that dies on a chunk costs that chunk; another child reads the next."""
    content = sample(shared, "post-Security").read_bytes()
    start = Reader._start

    def lame(self: Reader) -> Any:
        child = start(self)
        if not calls:
            child.kill()
            child.wait()
        calls.append(1)
        return child

    calls: list[int] = []
    monkeypatch.setattr(Reader, "_start", lame)

    good, (bad,), _ = read(content)

    assert (bad.reason, bad.args["events"], len(good)) == ("collect.evtx_killed", 102, 24)
    assert len(calls) == 2


def test_a_chunk_that_takes_for_ever_is_given_up(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that does not answer is ended, its chunk named, and the rest is read."""
    content = sample(shared, "post-Security").read_bytes()
    start = Reader._start
    children: list[Any] = []

    def slow(self: Reader) -> Any:
        child = start(self)
        monkeypatch.setattr(evtx_chunks, "PATIENCE", 60.0 if children else 0.2)
        if not children:
            child.send_signal(signal.SIGSTOP)
        children.append(child)
        return child

    monkeypatch.setattr(Reader, "_start", slow)

    good, (bad,), _ = read(content)

    assert (bad.reason, bad.args["chunk"], len(good)) == ("collect.evtx_killed", 1, 24)
    assert [child.returncode for child in children] == [-signal.SIGKILL, -signal.SIGKILL]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"ElfFile\x00" + b"\x00" * 100, "collect.evtx_empty"),
        (b"a,b,c\n1,2,3\n", "collect.no_evtx"),
    ],
)
def test_what_holds_no_event_is_refused(desk: Desk, content: bytes, error: str) -> None:
    """A log without events, and what is no event log, are refused by name."""
    assert desk.take(content, "x.evtx", format="evtx").error == (error, {})


def made(number: int = 4624, at: str = "2026-01-01T00:00:00Z", **data: object) -> dict[str, Any]:
    """Return an event as the library gives it."""
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
        "EventID": number,
        "Keywords": "0x8020000000000000",
        "TimeCreated": {"#attributes": {"SystemTime": at}},
        "EventRecordID": 7,
        "Channel": "Security",
        "Computer": "dc1.byoin.example",
        "Security": None,
    } | {name: data.pop(name) for name in list(data) if name in {"Keywords", "Provider"}}
    return {"System": system, "EventData": data}


def access(event: dict[str, Any], reading: EvtxReading | None = None) -> Access:
    """Return the record of one event."""
    reading = reading or EvtxReading(io.BytesIO(), path="x", source=None)
    item = reading._event(Record(orjson.dumps({"Event": event}), b"x"), Chunk(1, b""))
    assert item is not None
    return item


# Fields as on Microsoft's page of each event; no sample holds these.
@pytest.mark.parametrize(
    ("event", "user", "kind", "seat", "action", "outcome", "reason"),
    [
        (
            made(
                4768, Keywords="0x8010000000000000", TargetUserName="yamada",
                TargetDomainName="BYOIN", TargetSid="S-1-0-0", ServiceName="krbtgt/BYOIN",
                Status="0x6", IpAddress="::ffff:10.1.2.3",
            ),
            "yamada", UserKind.PERSON, "10.1.2.3", Action.LOGIN, Outcome.FAILED, "status:0x6",
        ),
        (
            made(
                4769, TargetUserName="yamada@BYOIN.EXAMPLE", TargetDomainName="BYOIN.EXAMPLE",
                ServiceName="FS01$", Status="0x0", IpAddress="::ffff:10.1.2.3",
            ),
            "yamada", UserKind.PERSON, "10.1.2.3", Action.EXECUTE, Outcome.SUCCESS, None,
        ),
        (
            made(
                4740, SubjectUserSid="S-1-5-18", SubjectUserName="DC1$",
                SubjectDomainName="BYOIN", TargetUserName="yamada", TargetDomainName="PC-0512",
            ),
            "DC1$", UserKind.SYSTEM, "PC-0512", Action.SECURITY, Outcome.SUCCESS, None,
        ),
        (
            made(
                4663, SubjectUserSid="S-1-5-21-1-2-3-1104", SubjectUserName="yamada",
                SubjectDomainName="BYOIN", SubjectLogonId="0x1f", ObjectType="File",
                ObjectName="D:\\share\\a.xlsx", AccessMask="0x2",
            ),
            "yamada", UserKind.PERSON, None, Action.UPDATE, Outcome.SUCCESS, None,
        ),
        (
            made(
                4624, TargetUserSid="S-1-5-90-0-1", TargetUserName="DWM-1",
                TargetDomainName="Window Manager", LogonType="2", IpAddress="-",
            ),
            "DWM-1", UserKind.SYSTEM, "dc1.byoin.example", Action.LOGIN, Outcome.SUCCESS, None,
        ),
        (
            made(
                4625, Keywords="0x8010000000000000", TargetUserSid="S-1-0-0",
                TargetUserName="UMFD-0", TargetDomainName="Font Driver Host", LogonType=2,
                Status="0xC000006D", SubStatus="0x0",
            ),
            "UMFD-0", UserKind.SYSTEM, "dc1.byoin.example", Action.LOGIN, Outcome.FAILED,
            "status:0xc000006d",
        ),
    ],
)  # fmt: skip
def test_events_as_microsoft_describes_them(
    event: dict[str, Any],
    user: str,
    kind: UserKind,
    seat: str | None,
    action: Action,
    outcome: Outcome,
    reason: str | None,
) -> None:
    """Kerberos, lock-out, files and the window manager's accounts are read by their fields."""
    item = access(event)

    assert (item.user_id, item.user_kind, item.terminal) == (user, kind, seat)
    assert (item.action, item.outcome, item.reason) == (action, outcome, reason)


def test_remote_desktop_sessions_are_signins() -> None:
    """Session manager's 21 and 24 name account and address in UserData."""
    event = made(21, Provider={"#attributes": {"Name": RDP}}) | {
        "EventData": None,
        "UserData": {"EventXML": {"User": "BYOIN\\vendor1", "SessionID": 2, "Address": "10.9.8.7"}},
    }
    left = {**event, "System": {**event["System"], "EventID": 24}}

    assert (access(event).user_id, access(event).terminal) == ("vendor1", "10.9.8.7")
    assert (access(event).action, access(left).action) == (Action.LOGIN, Action.LOGOUT)


def test_an_event_that_nobody_described_is_kept_and_counted() -> None:
    """An unknown number is an act of whom its usual fields name, under its own number."""
    event = made(9999, SubjectUserSid="S-1-5-21-1-2-3-1104", SubjectUserName="yamada")

    reading = EvtxReading(io.BytesIO(), path="x", source=None)
    item = access(event, reading)

    assert (item.user_id, item.action, item.outcome) == ("yamada", Action.EXECUTE, Outcome.SUCCESS)
    assert str(item.object).endswith("/Security/Microsoft-Windows-Security-Auditing-9999")
    assert reading.tally.doubts[UNKNOWN] == 1
