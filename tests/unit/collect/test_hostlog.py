"""Logs of hosts and their programs: sshd, nginx, Apache, Squid, as files and behind syslog."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sekisho.collect.hostlines import told, told_alone
from sekisho.collect.interface import Bad
from sekisho.collect.syslog import SyslogReading
from sekisho.terms import Access, Action, Outcome, TimePrecision, UserKind, iso

if TYPE_CHECKING:
    from tests.unit.collect.conftest import Desk

KEY = tomllib.loads(Path(__file__).with_name("hostlog_key.toml").read_text("utf-8"))["line"]
SAMPLES = "data/access-records/hostlogs"
AROUND = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def read(text: str | bytes, year: int | None = None, kind: str = "hostlog") -> list[Access | Bad]:
    """Return what the lines of `text` say."""
    file = io.BytesIO(text.encode() if isinstance(text, str) else text)
    reading = SyslogReading(
        file, path="x.log", source=None, zone="Asia/Tokyo", around=AROUND, kind=kind, year=year
    )
    return list(reading.items())


def one(line: str) -> Access:
    """Return what one line says."""
    (item,) = read(line + "\n")
    assert isinstance(item, Access), item
    return item


@pytest.mark.parametrize("folder", sorted({entry[0] for entry in KEY}))
def test_lines_are_what_a_person_reads_in_them(folder: str, shared: Path) -> None:
    """Time, account, whose, from where, act, outcome and object are the person's, on all."""
    (path,) = (
        (
            path
            for path in (shared / SAMPLES).glob(f"*{folder}/*")
            if path.suffix not in {".assert", ".yaml"}
        )
        if folder.startswith("elastic")
        else (shared / SAMPLES / "crowdsec-hub" / folder).glob("*.log")
    )
    content = path.read_bytes()
    items = read(content, year=2025)
    numbers = [n for n, line in enumerate(content.splitlines(), 1) if line.strip()]
    by_line = dict(zip(numbers, items, strict=True))

    for _, number, *expected in (entry for entry in KEY if entry[0] == folder):
        item = by_line[number]
        assert isinstance(item, Access), item
        assert [
            iso(item.occurred_at),
            item.user_id or "",
            item.user_kind,
            item.terminal or "",
            item.action,
            item.outcome,
            item.object or "",
        ] == expected, number


def test_another_projects_parser_reads_the_same_addresses_and_names(shared: Path) -> None:
    """For each whole line of CrowdSec's own tests, address and account are those it expects."""
    says = re.compile(
        r'results\["s01-parse"\]\["([^"]+)"\]\[(\d+)\]\.Evt\.(?:Parsed|Meta)'
        r'\["(message|program|source_ip|target_user|username)"\] == (".*")$'
    )
    compared = 0
    for path in sorted((shared / SAMPLES / "crowdsec-hub").glob("*/parser.assert")):
        log = "".join(one.read_text() for one in path.parent.glob("*.log"))
        events: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for found in filter(None, map(says.match, path.read_text().splitlines())):
            events[found[1], found[2]].setdefault(found[3], json.loads(found[4]))
        for event in events.values():
            message = event.get("message", "")
            whole = f"{message}\n" in f"{log}\n"
            # Authelia's and authentik's JSON is not read here.
            if "source_ip" not in event or not whole or message.startswith("{"):
                continue
            said = told(event.get("program", ""), message)
            if said is None or "username input" in message:
                continue
            compared += 1
            assert said.seat == event["source_ip"].removeprefix("::ffff:"), message
            user = event.get("target_user") or event.get("username")
            assert user is None or said.user == user, message
    assert compared >= 90


def test_what_is_no_host_log_is_refused(desk: Desk) -> None:
    """A text of another kind given as a host log is refused with its reason."""
    assert desk.take("a,b,c\n1,2,3\n", format="hostlog").error == ("collect.no_hostlog", {})


def test_a_log_is_recognised_recorded_once_and_counted(desk: Desk) -> None:
    """Nginx's log is taken for what it is; equal lines are two; the file again adds nothing."""
    line = '10.1.2.3 - - [01/Oct/2026:09:00:00 +0900] "GET /a HTTP/1.1" 200 5 "-" "x"\n'
    text = line * 2 + "not a line of any log\n" + line.replace("/a", "/b") * 5

    first, again = desk.take(text, "access.log"), desk.take(text, "access.log.1")

    assert (first.kind, first.added, first.quarantined) == ("hostlog", 7, 1)
    assert (again.added, again.already) == (0, 7)
    assert desk.retry().still == 1


SECRETS = (
    "/login?user=a&password=hunter2",
    "/login%3Fpassword=hunter2",
    "/a;jsessionid=hunter2",
    "/a&token=hunter2",
    "/a#hunter2",
    "http://me:hunter2@portal.example/a",
    "http://portal.example/a?x=hunter2",
    "/search?patient=hunter2",
)


@pytest.mark.parametrize("target", SECRETS)
@pytest.mark.parametrize(
    "form",
    [
        '10.1.2.3 - - [01/Oct/2026:09:00:00 +0900] "GET {} HTTP/1.1" 200 5 "{}" "hunter2"',
        "1759276800.123    45 10.1.2.3 TCP_MISS/200 512 GET {} - HIER_DIRECT/10.2.3.4 text/html",
        (
            '2026/10/01 09:00:00 [error] 7#7: *1 open() "/srv{}" failed (2: No such file), client: '
            '10.1.2.3, server: a, request: "GET {} HTTP/1.1", host: "a", referrer: "{}"'
        ),
        "[Thu Oct 01 09:00:00.1 2026] [core:error] [pid 7] [client 10.1.2.3:5] File not found: {}",
        'Oct  1 09:00:00 web nginx: 10.1.2.3 - - [01/Oct/2026:09:00:00 +0900] "GET {} HTTP/1.1" 200 5',
    ],
)
def test_nothing_behind_a_path_is_kept(form: str, target: str) -> None:
    """Queries, parameters, users of addresses, referers and agents are nowhere in a record."""
    item = one(form.replace("{}", target))

    assert "hunter2" not in repr(item)
    assert item.terminal == "10.1.2.3"


@pytest.mark.parametrize(
    ("line", "user", "seat", "action", "outcome"),
    [
        (
            "1759276800.123 45 10.1.2.3 TCP_DENIED/407 3900 CONNECT a.example:443 yamada HIER_NONE/- -",
            "yamada", "10.1.2.3", Action.LOGIN, Outcome.FAILED,
        ),
        (
            "1759276800.123 45 10.1.2.3 TCP_DENIED/403 3900 GET http://a.example/ - HIER_NONE/- text/html",
            None, "10.1.2.3", Action.READ, Outcome.REFUSED,
        ),
        (
            "1759276800.123 9045 10.1.2.3 TCP_TUNNEL/200 90 CONNECT a.example:443 yamada HIER_DIRECT/1.2.3.4 -",
            "yamada", "10.1.2.3", Action.EXECUTE, Outcome.SUCCESS,
        ),
        (
            '10.1.2.3 - 山田 太郎 [01/Oct/2026:09:00:00 +0900] "PUT /a HTTP/1.1" 204 - "-" "x"',
            "山田 太郎", "10.1.2.3", Action.UPDATE, Outcome.SUCCESS,
        ),
        (
            'a.example:443 2001:db8::7 - - [01/Oct/2026:09:00:00 +0900] "DELETE /a HTTP/2.0" 403 5 "-" "x"',
            None, "2001:db8::7", Action.DELETE, Outcome.REFUSED,
        ),
        (
            r'10.1.2.3 - - [01/Oct/2026:09:00:00 +0900] "\x16\x03\x01" 400 5 "-" "-"',
            None, "10.1.2.3", Action.EXECUTE, Outcome.FAILED,
        ),
    ],
)  # fmt: skip
def test_requests_through_proxies_and_with_names(
    line: str, user: str | None, seat: str, action: Action, outcome: Outcome
) -> None:
    """Squid's native log, names with spaces, IPv6 and what is no request are read."""
    item = one(line)

    assert (item.user_id, item.terminal, item.action, item.outcome) == (user, seat, action, outcome)


def test_a_name_cannot_bring_another_address() -> None:
    """Who types a name that looks like the rest of sshd's line is still recorded from where they are."""
    typed = "a from 192.0.2.1 port 22 ssh2"
    for line in (
        f"Failed password for invalid user {typed} from 10.6.6.6 port 5022 ssh2",
        f"Invalid user {typed} from 10.6.6.6 port 5022",
        f"Connection closed by invalid user {typed} 10.6.6.6 port 5022 [preauth]",
    ):
        said = told("sshd", line)
        assert said is not None
        assert (said.user, said.seat) == (typed, "10.6.6.6")


def test_a_line_that_stands_for_several_says_how_many() -> None:
    """Rsyslog's "message repeated" is the act it repeats, with the number."""
    item = one(
        "Oct  1 09:00:00 h sshd[1]: message repeated 4 times: [ Failed password for root from "
        "10.6.6.6 port 5022 ssh2]"
    )

    assert (item.action, item.outcome, item.reason) == (
        Action.LOGIN,
        Outcome.FAILED,
        "repeated:4",
    )


def test_whose_account_it_is() -> None:
    """Root is shared, a daemon's success is the system's, a daemon's name that fails is somebody."""
    failed = told("sshd", "Failed password for postgres from 10.6.6.6 port 5022 ssh2")
    root = told("sshd", "Accepted publickey for root from 10.1.1.1 port 5022 ssh2: RSA SHA256:x")
    daemon = told("sshd", "Accepted publickey for backup from 10.1.1.1 port 5022 ssh2")
    nobody = told_alone('10.1.2.3 - - [01/Oct/2026:09:00:00 +0900] "GET / HTTP/1.1" 200 5')

    assert [said.kind if said else None for said in (failed, root, daemon, nobody)] == [
        UserKind.UNKNOWN,
        UserKind.SHARED,
        UserKind.SYSTEM,
        UserKind.UNKNOWN,
    ]


def test_a_year_that_somebody_names_counts(desk: Desk) -> None:
    """Times without a year are of the year given; without one, of the file's own time."""
    line = "Feb 29 09:00:00 h sshd[1]: Accepted password for a from 10.1.1.1 port 1 ssh2\n"

    given, guessed = read(line, year=2024), read(line.replace("Feb 29", "Dec 31"))
    report = desk.take(line, year=2020)

    assert isinstance(given[0], Access)
    assert iso(given[0].occurred_at) == "2024-02-29T00:00:00.000Z"
    assert given[0].time_precision is TimePrecision.SECOND
    assert isinstance(guessed[0], Access)
    assert guessed[0].occurred_at.year == 2025
    assert (report.added, desk.records[0].occurred_at.year) == (1, 2020)


def test_what_journalctl_writes_is_read() -> None:
    """Lines with ISO times and zones without a colon are read, journalctl's own lines passed over."""
    items = read(
        "-- Boot 0123456789abcdef0123456789abcdef --\n"
        "2026-01-01T09:00:01+0900 h sshd[2]: Accepted password for a from 10.1.1.1 port 1 ssh2\n"
    )

    assert [iso(item.occurred_at) for item in items if isinstance(item, Access)] == [
        "2026-01-01T00:00:01.000Z"
    ]
    assert len(items) == 1


def test_a_mark_of_the_encoding_is_no_part_of_the_first_line() -> None:
    """A log that an editor kept with a byte order mark begins with its first line."""
    line = '10.1.2.3 - - [01/Oct/2026:09:00:00 +0900] "GET / HTTP/1.1" 200 5\n'

    assert [type(item) for item in read("\ufeff" + line * 2)] == [Access, Access]


def test_a_last_line_without_its_end_counts_only_where_it_is_whole() -> None:
    """A last line without a line feed is recorded where it says all; cut inside, it waits."""
    whole = "Oct  1 09:00:00 h sshd[1]: Failed password for a from 10.1.1.1 port 1 ssh2"

    assert isinstance(read(whole + "\n" + whole)[1], Access)
    cut = read(whole + "\n" + whole[:-25])[1]
    assert isinstance(cut, Bad)
    assert cut.reason == "collect.message_cut"


def test_syslog_does_not_take_lines_without_a_head() -> None:
    """On a connection, where every message has a head, a web server's bare line is not read."""
    line = '10.1.2.3 - - [01/Oct/2026:09:00:00 +0900] "GET / HTTP/1.1" 200 5\n'

    items = read("<13>Oct  1 09:00:00 h app: y\n" + line, kind="syslog")

    assert isinstance(items[1], Bad)
    assert items[1].reason == "collect.syslog_malformed"
