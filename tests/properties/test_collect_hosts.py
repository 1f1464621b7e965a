"""Lines of hosts and Windows event logs: what was written is read back, damage is only refused."""

from __future__ import annotations

import datetime as dt
import io
import ipaddress
import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.collect.evtx import EvtxReading
from sekisho.collect.evtx_chunks import CHUNK, HEADER, Chunk, Record
from sekisho.collect.findings import ALTERED
from sekisho.collect.hostlines import told, told_alone
from sekisho.collect.interface import Bad, Item
from sekisho.collect.syslog import SyslogReading
from sekisho.errors import InvalidInputError
from sekisho.ledger.record import canonical, plain
from sekisho.terms import Access, Outcome

ADDRESSES = st.ip_addresses()
NAMES = st.from_regex(r"[a-z_][a-z0-9_.@-]{0,30}", fullmatch=True)
TIMES = st.integers(946_684_800, 3_786_912_000).map(lambda n: dt.datetime.fromtimestamp(n, dt.UTC))
PATHS = st.text("abcXYZ09/._~-%41", max_size=40).map(lambda text: f"/{text}")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
PIECES = [
    "Oct  1 09:00:00 h sshd[1]: ",
    "Failed password for invalid user ",
    " from 10.1.1.1 port 1 ssh2",
    "message repeated 3 times: [ ",
    '10.1.2.3 - a [01/Oct/2026:09:00:00 +0900] "GET / HTTP/1.1" 200 5',
    "2026/10/01 09:00:00 [error] 7#7: *1 ",
    ", client: 10.1.2.3, server: a",
    "[Thu Oct 01 09:00:00.1 2026] [core:error] [pid 7] [client 10.1.2.3:5] ",
    "1759276800.123 45 10.1.2.3 TCP_MISS/200 512 GET http://a/ - HIER_DIRECT/1.2.3.4 -",
    '"', "[", "]", "\\", " ", "\n", "\r", "\x00", "\ufffd", "\ud7ff", "<13>", "9" * 20, "[" * 50,
]  # fmt: skip


def read(content: bytes) -> list[Item]:
    """Return what is read of a host's log; nothing where it is refused as a whole."""
    around = dt.datetime(2026, 10, 2, tzinfo=dt.UTC)
    reading = SyslogReading(
        io.BytesIO(content), path="x", source=None, zone="Asia/Tokyo", around=around, kind="hostlog"
    )
    items: list[Item] = []
    try:
        items.extend(reading.items())
    except InvalidInputError:
        assert all(isinstance(item, Bad) for item in items)
    return items


@settings(max_examples=200, deadline=None)
@given(
    address=ADDRESSES,
    user=NAMES | st.just("-"),
    at=TIMES,
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PROPFIND"]),
    path=PATHS,
    query=st.text("abc=&%?/09", max_size=30),
    status=st.integers(100, 599),
)
def test_a_request_that_a_server_wrote_is_read_back(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
    user: str,
    at: dt.datetime,
    method: str,
    path: str,
    query: str,
    status: int,
) -> None:
    """Address, user, second and outcome come back; nothing of the query does."""
    when = f"{at:%d}/{MONTHS[at.month - 1]}/{at:%Y:%H:%M:%S} +0000"
    line = f'{address} - {user} [{when}] "{method} {path}?q9q={query} HTTP/1.1" {status} 7 "-" "-"'

    (item,) = read(line.encode() + b"\n")

    assert isinstance(item, Access)
    mapped = getattr(address, "ipv4_mapped", None)
    assert item.terminal == str(mapped or address)
    assert item.user_id == (None if user == "-" else user)
    assert item.occurred_at == at
    assert (item.outcome is Outcome.SUCCESS) == (status < 400)
    assert "q9q" not in repr(item)


@settings(max_examples=200, deadline=None)
@given(
    typed=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)
    | st.sampled_from(["a from 192.0.2.1 port 1 ssh2", " from ", "x from y from z"]),
    address=ADDRESSES,
    port=st.integers(1, 65535),
)
def test_whatever_name_is_typed_the_address_is_the_peers(
    typed: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int
) -> None:
    """No name that somebody types at sshd changes the address that is recorded."""
    said = told("sshd", f"Failed password for invalid user {typed} from {address} port {port} ssh2")

    assert said is not None
    mapped = getattr(address, "ipv4_mapped", None)
    assert said.seat == str(mapped or address)


@settings(max_examples=300, deadline=None)
@given(
    pieces=st.lists(st.sampled_from(PIECES) | st.text(max_size=20), min_size=1, max_size=30),
    end=st.sampled_from(["\n", ""]),
)
def test_no_text_does_more_than_be_refused(pieces: list[str], end: str) -> None:
    """Any text is read, quarantined or refused; each line is one item, and none is lost."""
    content = ("".join(pieces) + end).encode("utf-8", "surrogatepass")

    items = read(content)

    assert all(isinstance(item, Access | Bad) for item in items)
    told_alone("".join(pieces))


@pytest.mark.parametrize("piece", ['"', "\\", "[", " ", "a ", "1.", ", client: ", '\\"', "user "])
def test_a_long_line_takes_no_longer_than_its_length(piece: str) -> None:
    """Lines made to make expressions try again and again end (the run's own limit stops others)."""
    for head in PIECES[:9]:
        read((head + piece * 30_000).encode() + b"\n")


@cache
def sample(shared: Path) -> bytes:
    """Return one small event log that nobody here made."""
    (path,) = (shared / "data/access-records/evtx").glob("*/ID4624*")
    return path.read_bytes()


def events(content: bytes) -> tuple[list[Item], bool]:
    """Return what is read of an event log, and whether a wrong checksum was counted."""
    reading = EvtxReading(io.BytesIO(content), path="x", source=None)
    try:
        items = list(reading.items())
    except InvalidInputError:
        return [], True
    return items, reading.tally.doubts[ALTERED] > 0


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(
        st.tuples(st.integers(HEADER, HEADER + CHUNK - 1), st.integers(0, 255)),
        min_size=1,
        max_size=40,
    ),
    cut=st.none() | st.integers(0, HEADER + CHUNK),
)
def test_no_change_of_an_event_log_goes_unseen(
    changes: list[tuple[int, int]], cut: int | None, shared: Path
) -> None:
    """Bytes changed or cut off never crash or hang: all is as before, or it is said."""
    before = sample(shared)
    content = bytearray(before)
    for place, byte in changes:
        content[place] = byte

    items, altered = events(bytes(content[:cut]))

    whole, _ = events(before)
    good = [item for item in items if not isinstance(item, Bad)]
    if len(good) == len(items) and not altered:
        assert [said(item) for item in good] == [said(item) for item in whole]


def said(item: Item) -> tuple[object, ...]:
    """Return what an event says, without the hash of its bytes."""
    assert isinstance(item, Access)
    return item.key, item.occurred_at, item.user_id, item.terminal, item.object, item.outcome


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["#text", "#attributes", "Data", "TargetUserName", "IpAddress", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
SYSTEMS = st.fixed_dictionaries(
    {
        "EventID": st.sampled_from([4624, 4663, 33205, 9999, "1102", "x", None]) | VALUES,
        "Computer": st.sampled_from(["h", "h.example", None]) | VALUES,
        "EventRecordID": st.integers(0, 2**64) | VALUES,
        "TimeCreated": st.sampled_from(
            [{"#attributes": {"SystemTime": "2026-01-01T00:00:00.1234567Z"}}, None]
        )
        | VALUES,
        "Provider": st.sampled_from(
            [
                {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
                {"#attributes": {"Name": "MSSQLSERVER"}},
                None,
            ]
        ),
        "Keywords": st.sampled_from(["0x8020000000000000", "0x8010000000000000", "", "z"]) | VALUES,
    }
)


@settings(max_examples=300, deadline=None)
@given(system=SYSTEMS | VALUES, data=VALUES, user=VALUES)
def test_an_event_of_any_build_is_a_record_or_none(
    system: object, data: object, user: object
) -> None:
    """Whatever stands where in an event, it is a record that the ledger can keep, or malformed."""
    reading = EvtxReading(io.BytesIO(), path="x", source=None)
    text = json.dumps({"Event": {"System": system, "EventData": data, "UserData": user}})

    item = reading._event(Record(text.encode(), b"x"), Chunk(1, b""))

    if item is not None:
        canonical(plain(item))
        assert item.occurred_at.microsecond % 1000 == 0
