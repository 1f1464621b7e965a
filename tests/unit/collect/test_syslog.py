"""Syslog messages of hosts and of audit sources, as files and by their text."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING

import pytest

from sekisho.collect.frames import Frame
from sekisho.collect.interface import Bad
from sekisho.collect.syslog import SyslogReading
from sekisho.terms import Access, Action, Outcome, UserKind, iso

if TYPE_CHECKING:
    from tests.unit.collect.conftest import Desk

AROUND = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def read(line: bytes, around: dt.datetime = AROUND) -> Access:
    """Return what one line says."""
    reading = SyslogReading(io.BytesIO(), path="x", source=None, zone="Asia/Tokyo", around=around)
    item = reading.message(Frame(line))
    assert not isinstance(item, Bad), item.reason
    return item


# The first two lines stand in RFC 5424 section 6.5 and RFC 3164 section 5.4.
@pytest.mark.parametrize(
    ("line", "at", "user", "action", "outcome", "terminal"),
    [
        (
            (
                b"<34>1 2003-10-11T22:14:15.003Z mymachine su - ID47 - \xef\xbb\xbf"
                b"'su root' failed for lonvick on /dev/pts/8"
            ),
            "2003-10-11T22:14:15.003Z",
            "lonvick",
            Action.SECURITY,
            Outcome.FAILED,
            None,
        ),
        (
            b"<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
            "2025-10-11T13:14:15.000Z",
            "lonvick",
            Action.SECURITY,
            Outcome.FAILED,
            None,
        ),
        (
            (
                b"<38>Jan  1 09:00:01 pacs01 sshd[221]: Accepted publickey for vendor from 10.1.2.3 "
                b"port 50022 ssh2: ED25519 SHA256:abc"
            ),
            "2026-01-01T00:00:01.000Z",
            "vendor",
            Action.LOGIN,
            Outcome.SUCCESS,
            "10.1.2.3",
        ),
        (
            (
                b"<38>2026-01-01T09:00:01.5+09:00 pacs01 sshd[221]: Failed password for invalid user "
                b"admin from 10.9.9.9 port 1 ssh2"
            ),
            "2026-01-01T00:00:01.500Z",
            "admin",
            Action.LOGIN,
            Outcome.FAILED,
            "10.9.9.9",
        ),
        (
            (
                b'<86>1 2026-01-01T00:00:00Z h sudo 7 - [a@1 b="]\\" c"][d@2] '
                b"  nurse : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls"
            ),
            "2026-01-01T00:00:00.000Z",
            "nurse",
            Action.SECURITY,
            Outcome.SUCCESS,
            None,
        ),
        (
            b"<78>1 2026-01-01T00:00:00Z h cron 7 - - (root) CMD (/usr/bin/true)",
            "2026-01-01T00:00:00.000Z",
            None,
            Action.EXECUTE,
            Outcome.UNKNOWN,
            None,
        ),
    ],
)
def test_a_line_says_who_when_what(
    line: bytes, at: str, user: str | None, action: Action, outcome: Outcome, terminal: str | None
) -> None:
    """Time, user, act and outcome of a host's line are those that a person reads in it."""
    item = read(line)

    assert (iso(item.occurred_at), item.user_id, item.action, item.outcome, item.terminal) == (
        at,
        user,
        action,
        outcome,
        terminal,
    )
    assert (item.user_kind is UserKind.SYSTEM) == (user is None)


def test_a_line_of_december_read_in_january_is_last_years() -> None:
    """A time without a year is of the year that is not ahead of the reading."""
    assert read(b"<13>Dec 31 23:59:59 h x: y").occurred_at.year == 2025
    assert read(b"<13>Jan  2 08:00:00 h x: y").occurred_at.year == 2026


def test_nothing_of_a_lines_text_is_kept() -> None:
    """Names and diagnoses in a host's line are not copied into the record."""
    item = read(b"<13>Jan  1 09:00:00 h app: opened chart of TARO YAMADA 00042")

    assert "YAMADA" not in repr(item)
    assert item.object == "h/app"


def test_a_file_of_syslog_is_read_and_comes_once(desk: Desk) -> None:
    """A file of host lines is recognised; equal lines are two; the file again adds nothing."""
    line = "<13>Oct  1 09:00:00 h app: y\n"

    first = desk.take(line * 2 + "Oct  1 09:00:00 h sshd[1]: no PRI\nnot syslog\n")
    again = desk.take(line * 2 + "Oct  1 09:00:00 h sshd[1]: no PRI\nnot syslog\n", "copy.log")

    assert (first.kind, first.added, first.quarantined) == ("syslog", 3, 1)
    assert (again.added, again.already) == (0, 3)


def test_what_waits_in_quarantine_can_be_read_again(desk: Desk) -> None:
    """A line without a time stays in quarantine when it is read again, and is not lost."""
    desk.take("<13>Oct  1 09:00:00 h app: y\n<13>1 - h app - - - no time\n")

    assert desk.retry().still == 1


def test_a_file_without_one_message_is_refused(desk: Desk) -> None:
    """A text given as syslog that holds no message is refused with its reason."""
    report = desk.take("a,b,c\n1,2,3\n", format="syslog")

    assert report.error == ("collect.no_syslog", {})
