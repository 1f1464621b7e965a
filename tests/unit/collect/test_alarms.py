"""What intrusion detection and fail2ban write: who was shut out or seen attacking, and nothing more."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import time
from pathlib import Path

import orjson
import pytest
from tests.missing import missing
from tests.unit.collect.test_hostlog import one, read

from sekisho.collect.recognise import recognise
from sekisho.terms import Access, Action, Outcome

EVE = {
    "timestamp": "2026-01-01T10:00:00.123456+0900",
    "flow_id": 1,
    "event_type": "alert",
    "src_ip": "192.0.2.1",
    "dest_ip": "10.0.0.1",
    "dest_port": 445,
    "alert": {"action": "blocked", "gid": 1, "signature_id": 2001219, "signature": "scan"},
    "payload_printable": "PATIENT 0000012345",
    "http": {"url": "/chart?patient=0000012345"},
}
NOTICE = {
    "ts": 1767229200.123,
    "uid": "C1",
    "id.orig_h": "192.0.2.1",
    "note": "SSH::Password_Guessing",
    "msg": "192.0.2.1 appears to be guessing",
    "src": "192.0.2.1",
    "dst": "10.0.0.1",
}
_FILTER = """[Definition]
failregex = ^\\s*refused <HOST>\\s*$
datepattern = ^%%Y-%%m-%%d %%H:%%M:%%S
"""


def test_an_alarm_says_who_from_where_and_by_which_rule() -> None:
    """Suricata's alert and Zeek's notice become one record each, with nothing of what was carried."""
    eve, zeek = one(orjson.dumps(EVE).decode()), one(orjson.dumps(NOTICE).decode())
    assert (eve.action, eve.outcome, eve.terminal) == (
        Action.SECURITY,
        Outcome.REFUSED,
        "192.0.2.1",
    )
    assert eve.object == "10.0.0.1/rule/1:2001219"
    assert eve.occurred_at == dt.datetime(2026, 1, 1, 1, 0, 0, 123000, dt.UTC)
    assert (zeek.action, zeek.object) == (Action.SECURITY, "10.0.0.1/notice/SSH::Password_Guessing")
    assert zeek.occurred_at == dt.datetime(2026, 1, 1, 1, 0, 0, 123000, dt.UTC)
    assert "12345" not in repr(eve)


def test_what_only_passed_by_is_no_record() -> None:
    """Flows and names beside alarms are neither kept nor set aside as unreadable; the file is known by them."""
    flow = {**EVE, "event_type": "flow"}
    connection = {name: value for name, value in NOTICE.items() if name != "note"}
    lines = [orjson.dumps(each) for each in (flow, EVE, flow, connection, NOTICE)]
    content = b"\n".join([*lines, b""])
    assert recognise(content) == "hostlog"
    items = read(content)
    assert [type(item) for item in items] == [Access, Access]
    assert read(lines[0] + b"\n") == [], "a quiet day is a file without alarms"


TABLE = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tnotice\n"
    "#open\t2026-01-01-10-00-00\n"
    "#fields\tts\tuid\tid.orig_h\tid.resp_h\tnote\tmsg\tsub\tsrc\tdst\n"
    "#types\ttime\tstring\taddr\taddr\tenum\tstring\tstring\taddr\taddr\n"
)


def test_zeeks_own_form_is_read_by_its_head() -> None:
    """A notice in Zeek's tab-separated form is the same record as in JSON, wherever its columns stand; its head and what passed by are none, and a row with other columns is set aside."""
    row = "1767229200.123000\tC1\t192.0.2.1\t-\tSSH::Password_Guessing\tPATIENT 0000012345\t(empty)\t192.0.2.1\t10.0.0.1\n"
    quiet = row.replace("SSH::Password_Guessing", "-")
    content = (TABLE + row + quiet + "short\trow\n#close\t2026-01-01-11-00-00\n").encode()
    assert recognise(content) == "hostlog"
    told, bad = read(content)
    assert isinstance(told, Access)
    json_ = one(orjson.dumps(NOTICE).decode())
    assert (told.action, told.object, told.terminal) == (json_.action, json_.object, json_.terminal)
    assert told.occurred_at == json_.occurred_at
    assert "12345" not in repr(told)
    assert bad.reason == "collect.hostlog_malformed"
    moved = TABLE.replace("\tnote\tmsg", "\tmsg\tnote") + row.replace(
        "SSH::Password_Guessing\tPATIENT 0000012345", "PATIENT 0000012345\tSSH::Password_Guessing"
    )
    [again] = read(moved.encode())
    assert isinstance(again, Access)
    assert again.object == told.object
    flows = TABLE.replace("\tnote\t", "\tservice\t").replace("notice", "conn") + row
    assert read(flows.encode()) == [], "a quiet day is a file without alarms"


def test_an_alarm_without_a_time_is_set_aside() -> None:
    """A line whose time cannot be read is not dated by guess."""
    undated, good = (orjson.dumps({**EVE, **at}) + b"\n" for at in ({"timestamp": "yesterday"}, {}))
    item, _ = read(undated + good)
    assert not isinstance(item, Access)
    assert item.reason == "collect.row_no_time"


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("""time="29-12-2025 10:00:00" level=info msg="Ip 192.0.2.1 performed 'crowdsecurity/ssh-bf' (6 events over 29s) at x\"""", Outcome.FAILED),
        ("""time="2025-12-29T10:00:00Z" level=info msg="(a/crowdsec) crowdsecurity/ssh-bf by ip 192.0.2.1 (JP/0) : 4h ban on Ip 192.0.2.1\"""", Outcome.REFUSED),
    ],
)  # fmt: skip
def test_a_decision_of_crowdsec(line: str, outcome: Outcome) -> None:
    """What CrowdSec saw and decided names its scenario and the address."""
    told = one(line)
    assert (told.action, told.outcome, told.terminal) == (Action.SECURITY, outcome, "192.0.2.1")
    assert told.object == "crowdsec/crowdsecurity/ssh-bf"
    assert told.occurred_at.date() == dt.date(2025, 12, 29)


@pytest.mark.duty("1-5")
def test_what_fail2ban_wrote_is_read(tmp_path: Path) -> None:
    """A real fail2ban's log gives its three failures and its ban, each with the address and the jail."""
    server = shutil.which("fail2ban-server")
    if server is None:
        missing("fail2ban")
    log, watched = tmp_path / "fail2ban.log", tmp_path / "portal.log"
    for name, text in {
        "fail2ban.conf": f"[Definition]\nloglevel = INFO\nlogtarget = {log}\nsyslogsocket = auto\nsocket = {tmp_path}/s\npidfile = {tmp_path}/p\ndbfile = None\ndbpurgeage = 1d\nallowipv6 = auto\n",
        "jail.conf": f"[DEFAULT]\nbackend = polling\nusedns = no\nignoreself = false\n[portal]\nenabled = true\nfilter = portal\nlogpath = {watched}\nmaxretry = 3\nfindtime = 600\nbantime = 600\naction = portal\n",
        "filter.d/portal.conf": _FILTER,
        "action.d/portal.conf": "[Definition]\nactionban = true\nactionunban = true\n",
    }.items():  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    watched.write_text("")
    with subprocess.Popen(
        [server, "-f", "-c", str(tmp_path), "-s", f"{tmp_path}/s", "-p", f"{tmp_path}/p", "start"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as running:  # fmt: skip
        try:
            _until(log, "started")
            with watched.open("a") as file:
                now = dt.datetime.now()  # noqa: DTZ005 (as the program writes it)
                file.writelines([f"{now:%Y-%m-%d %H:%M:%S} refused 192.0.2.7\n"] * 3)
            _until(log, "] Ban ")
        finally:
            running.terminate()
            running.wait(60)
    content = log.read_bytes()
    assert recognise(content) == "hostlog"
    items = [item for item in read(content) if isinstance(item, Access)]
    told = [(item.outcome, item.terminal, item.object) for item in items if item.terminal]
    assert told == [
        *[(Outcome.FAILED, "192.0.2.7", "fail2ban/portal")] * 3,
        (Outcome.REFUSED, "192.0.2.7", "fail2ban/portal"),
        *[(Outcome.SUCCESS, "192.0.2.7", "fail2ban/portal")] * (len(told) - 4),
    ]
    assert len(told) <= 5, "a ban is lifted once, when the program ends"


def _until(path: Path, word: str) -> None:
    for _ in range(1200):
        if path.is_file() and word in path.read_text():
            return
        time.sleep(0.05)
    pytest.fail(f"fail2ban did not say {word!r}")
