"""Listeners: what they let in, what they refuse, and that nothing durable is lost or doubled."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
import ssl
from pathlib import Path

import pytest
from tests.peers.senders import rsyslog
from tests.unit.collect.live.conftest import House, audit, counted

from sekisho import collect

TCP = '[syslog.hosts]\ntransport = "tcp"\nport = {port}\n'
UDP = '[syslog.hosts]\ntransport = "udp"\nport = {port}\nsource = "switches"\n'
LINE = b"<38>1 %s h sshd 1 - - Accepted publickey for vendor from 10.1.2.3 port 1 ssh2\n"


async def send(port: int, data: bytes, tls: ssl.SSLContext | None = None) -> None:
    """Send `data` and hang up in good order."""
    name = "localhost" if tls else None
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name)
    writer.write(data)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def now() -> bytes:
    """Return the time as a line says it."""
    return dt.datetime.now(dt.UTC).isoformat().encode()


def test_audit_messages_by_tls_are_on_record(house: House, port: int) -> None:
    """Counted and line-framed audit messages by TLS are records with person, patient and origin."""

    async def journey() -> None:
        await send(port, counted(audit(1)) + audit(2) + b"\n", house.sender())
        await house.until(2)

    house.take(house.tls("pacs", port), journey)

    records = house.records()
    assert [(r["user_id"], r["patient_ids"], r["action"], r["marks"]) for r in records] == [
        (user, [{"id": "00042", "authority": "1.2.3"}], "read", []) for user in ("D1", "D2")
    ]
    assert records[0]["origin"]["connection"].startswith("syslog-tls:pacs/127.0.0.1:")
    assert [r["origin"]["message"] for r in records] == [1, 2]
    (source,) = collect.sources(house.installation.database)
    assert (source.kind, source.rows) == ("atna", 2)
    (file,) = collect.files(house.installation.database)
    assert (file.path, file.added, file.quarantined) == ("syslog-tls:pacs", 2, 0)


def test_a_sender_that_never_reads_loses_nothing(house: House, port: int) -> None:
    """Thousands of messages, written without a look at what comes back and hung up on, are all there."""
    at = dt.datetime.now(dt.UTC)

    def write() -> None:
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            house.sender().wrap_socket(plain, server_hostname="localhost") as stream,
        ):
            for number in range(3000):
                stream.sendall(counted(audit(number, at)))

    async def journey() -> None:
        await asyncio.to_thread(write)
        await house.until(3000, 60.0)

    house.take(house.tls("pacs", port), journey)

    assert house.ledger.size() == 3000


def test_sent_again_after_a_break_is_once(house: House, port: int) -> None:
    """The same messages on a new connection add nothing; twice on one connection they are two."""
    at = dt.datetime.now(dt.UTC)

    async def journey() -> None:
        for _ in range(2):
            await send(port, counted(audit(1, at)) * 2 + counted(audit(2, at)), house.sender())
        await house.until(3)

    house.take(house.tls("pacs", port), journey)

    assert len(house.records()) == 3
    (file,) = collect.files(house.installation.database)
    assert (file.added, file.already) == (3, 3)


def test_who_has_no_certificate_of_ours_is_not_heard(house: House, port: int) -> None:
    """No certificate, or one of another authority: the handshake fails and nothing is recorded."""
    stranger = house.sender(own=False)
    stranger.load_cert_chain(house.papers.stranger, house.papers.stranger_key)

    async def refused(tls: ssl.SSLContext) -> None:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=tls, server_hostname="localhost"
        )
        try:
            writer.write(counted(audit(1)))
            await writer.drain()
            # TLS 1.3 tells the sender after its first bytes.
            if await reader.read() == b"":
                raise ConnectionResetError
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def journey() -> None:
        for tls in (house.sender(own=False), stranger):
            with pytest.raises((ssl.SSLError, OSError)):
                await refused(tls)
        await send(port, counted(audit(2)), house.sender())
        await house.until(1)

    house.take(house.tls("pacs", port), journey)

    assert [r["user_id"] for r in house.records()] == ["D2"]


def test_only_the_named_certificates_are_heard(house: House, port: int) -> None:
    """Where `names` stands, another certificate of the same authority is hung up on."""

    async def journey() -> None:
        with contextlib.suppress(ConnectionError):  # it may be hung up on before it has sent
            await send(port, counted(audit(1)), house.sender())
        for _ in range(10):  # turns of the loop, not time alone: it was looked at
            await asyncio.sleep(0.03)

    house.take(house.tls("pacs", port, 'names = ["other.byoin.example"]\n'), journey)

    assert house.records() == []
    assert collect.files(house.installation.database)[0].path == "syslog-tls:pacs"


def test_a_stranger_s_address_is_not_heard(house: House, port: int) -> None:
    """TCP takes lines from the networks it was told, and from no other address."""

    async def journey() -> None:
        with contextlib.suppress(ConnectionError):  # it may be hung up on before it has sent
            await send(port, LINE % now())
        await asyncio.sleep(0.3)

    house.take(TCP.format(port=port) + 'networks = ["10.0.0.0/8"]\n', journey)

    assert house.records() == []


def test_half_a_message_is_kept_for_a_person(house: House, port: int) -> None:
    """A sender that stops half-way leaves its part in quarantine and harms nothing before it."""

    async def journey() -> None:
        await send(port, counted(audit(1)) + counted(audit(2))[:200], house.sender())
        await house.until(1)

    house.take(house.tls("pacs", port), journey)

    assert len(house.records()) == 1
    (row,) = collect.quarantine(house.installation.database)
    assert (row.reason[0], row.row, row.file) == ("collect.message_cut", 2, "syslog-tls:pacs")


def test_what_is_no_syslog_waits_and_the_rest_goes_on(house: House, port: int) -> None:
    """Garbage between lines goes to quarantine with its reason; the lines around it are kept."""

    async def journey() -> None:
        await send(port, LINE % now() + b"\xff\xfe garbage\n" + LINE % now())
        await house.until(2)

    house.take(TCP.format(port=port), journey)

    assert [r["user_id"] for r in house.records()] == ["vendor", "vendor"]
    (row,) = collect.quarantine(house.installation.database)
    assert row.reason[0] == "collect.syslog_malformed"


def test_late_is_marked(house: House, port: int) -> None:
    """A record that comes long after its act is kept, in its own time, and marked late."""
    at = dt.datetime.now(dt.UTC) - dt.timedelta(hours=3)

    async def journey() -> None:
        await send(port, counted(audit(2)) + counted(audit(1, at)), house.sender())
        await house.until(2)

    house.take(house.tls("pacs", port), journey)

    assert {r["user_id"]: r["marks"] for r in house.records()} == {"D1": ["late"], "D2": []}


def test_udp_is_one_message_a_datagram(house: House, port: int) -> None:
    """Datagrams become records of the source that the listener names."""

    async def journey() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(3):
                sender.sendto(LINE % now(), ("127.0.0.1", port))
        await house.until(3)

    house.take(UDP.format(port=port), journey)

    assert [(r["source"], r["terminal"]) for r in house.records()] == [("switches", "10.1.2.3")] * 3


def test_while_nothing_can_be_recorded_the_sender_waits(house: House, port: int) -> None:
    """A full intake stops reading; once the ledger is well again everything sent is there."""
    count = 40_000
    at = dt.datetime.now(dt.UTC)
    stream = b"".join(counted(audit(n, at)) for n in range(count))
    held: list[bool] = []

    async def journey() -> None:
        house.ill = True
        sending = asyncio.create_task(send(port, stream))
        await asyncio.sleep(3.0)
        held.append(not sending.done())
        house.ill = False
        await sending
        await house.until(count, 240.0)

    house.take(TCP.format(port=port), journey)

    assert held == [True]
    assert house.ledger.size() == count
    assert max(house.groups) <= 5000


@pytest.mark.parametrize("octets", [True, False])
def test_a_real_rsyslog_is_heard(house: House, port: int, tmp_path: Path, octets: bool) -> None:
    """Lines that a real rsyslog forwards by TLS are all there, once, in both framings."""

    async def journey() -> None:
        with rsyslog(tmp_path / "rsyslog", port, house.papers, octets=octets) as lines:
            with lines.open("a", encoding="utf-8") as out:
                out.writelines(f"line {n}\n" for n in range(300))
            await house.until(300, 60.0)

    house.take(house.tls("hosts", port), journey)

    records = house.records()
    assert len(records) == 300
    assert {r["object"].rpartition("/")[2] for r in records} == {"out"}


def test_a_real_rsyslog_with_a_wrong_certificate_is_refused(
    house: House, port: int, tmp_path: Path
) -> None:
    """An rsyslog with a certificate of another authority brings in nothing."""

    async def journey() -> None:
        with rsyslog(tmp_path / "rsyslog", port, house.papers, stranger=True) as lines:
            lines.write_text("line\n" * 5, encoding="utf-8")
            await asyncio.sleep(4)

    house.take(house.tls("hosts", port), journey)

    assert house.records() == []


def test_a_web_servers_log_by_a_real_rsyslog_says_who_from_where(
    house: House, port: int, tmp_path: Path
) -> None:
    """Lines of nginx that rsyslog reads from its file and forwards keep their own time and address."""
    line = '10.1.2.3 - yamada [05/Nov/2026:09:00:00 +0900] "GET /a?b=c HTTP/1.1" 401 5 "-" "x"\n'

    async def journey() -> None:
        with rsyslog(tmp_path / "rsyslog", port, house.papers) as lines:
            with lines.open("a", encoding="utf-8") as out:
                out.write(line * 2)
            await house.until(2, 60.0)

    house.take(house.tls("hosts", port), journey)

    first, second = house.records()
    names = ("occurred_at", "user_id", "terminal", "action", "outcome")
    assert [first[name] for name in names] == [
        "2026-11-05T00:00:00.000Z",
        "yamada",
        "10.1.2.3",
        "login",
        "failed",
    ]
    assert first["object"].endswith("/out/a")
    assert second["object"] == first["object"]
