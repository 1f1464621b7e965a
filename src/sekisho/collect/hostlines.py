"""What lines of hosts and of their programs say, by two data files.

`hostlines.toml`: what a program says behind syslog's head (sshd, sudo, su, PAM). `weblines.toml`:
lines that nginx, Apache httpd, Squid, fail2ban and others write into files of their own; `alarms`
reads those of intrusion detection. Of a line nothing
is kept but what a group of its expression names; of the target of a request, what stands before
its query, since passwords, tokens and patients' names stand there.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from sekisho.collect import alarms
from sekisho.collect.times import Moment, Order, read_moment
from sekisho.terms import Action, Outcome, UserKind

LONGEST = 32_768
"""Characters of a line that are looked at; RFC 9112 section 3 asks for 8,000 of a request."""
_REPEATED = re.compile(r"message repeated (\d{1,9}) times: \[ ?(.*)\]\s*\Z", re.DOTALL)
"""rsyslog and sshd, for equal lines one after the other."""
_QUERY = re.compile(r"[?#;&]|%(?:3[fFbB]|2[36])")
_USER_OF_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}://)[^/@]*@")
_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://")
_PORT = re.compile(r"(\d+\.\d+\.\d+\.\d+):\d{1,5}\Z|\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?\Z")
_CLF = re.compile(r"(\d\d/\w{3}/\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{4})\Z", re.ASCII)
_CTIME = re.compile(r"\w{3} (\w{3}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d(?:\.\d{1,6})?) (\d{4})\Z")
_DAY_FIRST = re.compile(r"(\d\d-\d\d)-(\d{4}) (\d\d:\d\d:\d\d)\Z", re.ASCII)
_EPOCH = re.compile(r"\d{9,10}\.\d{3}\Z")
_NOBODY = {"", "-", '""'}


@dataclass(frozen=True, slots=True)
class Told:
    """What a line says.

    Attributes:
        form: Which program's line it is, where it has no head.
        moment: When, where the line itself says so; naive where it names no zone.
        host: The name of the site asked for.
        times: For how many equal ones it stands.
    """

    action: Action
    outcome: Outcome
    user: str | None = None
    seat: str | None = None
    thing: str | None = None
    host: str | None = None
    form: str = ""
    moment: Moment | None = None
    times: int = 1

    @property
    def kind(self) -> UserKind:
        """Return whose account it is, as far as its name says; nobody from nowhere is a program."""
        if self.user is None:
            return UserKind.UNKNOWN if self.seat else UserKind.SYSTEM
        known = _toml("hostlines")["accounts"]
        name = self.user.casefold()
        if name in known["shared"]:
            return UserKind.SHARED
        # Whoever tries a daemon's name from elsewhere and fails is not that daemon.
        system = name in known["system"] and self.outcome not in {Outcome.FAILED, Outcome.REFUSED}
        return UserKind.SYSTEM if system else UserKind.UNKNOWN


def told(program: str, text: str) -> Told | None:
    """Return what the line `text` of `program` says; None where nobody described it."""
    text = text[:LONGEST]
    again = _REPEATED.match(text)
    if again is not None:
        once = told(program, again[2])
        return None if once is None else replace(once, times=int(again[1]))
    for one in _lines():
        if one.program.fullmatch(program):
            found = one.says.match(text)
            if found is not None:
                return _plain(one, found.groupdict())
    return told_alone(text)


def told_alone(text: str) -> Told | None:
    """Return what a line without a head says; None where it has none of the known forms."""
    seen = alarms.alarm(text)
    if seen is not None:
        return _alarm(*seen)
    text = text[:LONGEST]
    for one in _forms():
        found = one.says.match(text)
        if found is not None:
            return _plain(one, found.groupdict(), _moment(found.groupdict().get("at") or ""))
    return None


def passed_by(raw: bytes) -> bool:
    """Return whether a line of intrusion detection tells of no alarm: it is no record."""
    seen = alarms.alarm(raw)
    return seen is not None and not alarms.is_alarm(*seen)


def told_row(tree: Mapping[str, Any]) -> Told | None:
    """Return what a row of Zeek's own table says; None where it tells of no alarm."""
    return _alarm("zeek", tree) if alarms.is_alarm("zeek", tree) else None


def _alarm(form: str, tree: Mapping[str, Any]) -> Told | None:
    if not alarms.is_alarm(form, tree):
        # Told, so that the file is known; a reading leaves such lines out.
        return Told(Action.EXECUTE, Outcome.UNKNOWN, form=form)
    one = alarms.said(form, tree)
    return Told(
        Action.SECURITY,
        one["outcome"],
        seat=_address(one["from"]),
        thing=one["object"],
        host=one["host"] or None,
        form=form,
        moment=one["moment"],
    )


@dataclass(frozen=True, slots=True)
class _Line:
    program: re.Pattern[str]
    says: re.Pattern[str]
    action: Action | None
    outcome: Outcome | None
    form: str


@cache
def _toml(name: str) -> dict[str, Any]:
    text = (files("sekisho.collect") / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _read(entries: list[dict[str, str]]) -> tuple[_Line, ...]:
    return tuple(
        _Line(
            re.compile(one.get("program", "")),
            re.compile(one["says"]),
            Action(one["action"]) if "action" in one else None,
            Outcome(one["outcome"]) if "outcome" in one else None,
            one.get("name", ""),
        )
        for one in entries
    )


@cache
def _lines() -> tuple[_Line, ...]:
    return _read(_toml("hostlines")["line"])


@cache
def _forms() -> tuple[_Line, ...]:
    return _read(_toml("weblines")["form"])


def _plain(line: _Line, named: Mapping[str, str | None], moment: Moment | None = None) -> Told:
    user = named.get("user")
    user = None if user is None or user.strip() in _NOBODY else user.strip()
    method, target = _asked(named)
    status = named.get("status") or ""
    action = line.action or Action(_toml("weblines")["action"].get(method, "execute"))
    outcome = line.outcome or _outcome(status)
    if user is not None and status in _toml("weblines")["signin"]["status"]:
        action, outcome = Action.LOGIN, Outcome.FAILED
    return Told(
        action=action,
        outcome=outcome,
        user=user,
        seat=_address(named.get("from") or ""),
        thing=named.get("object") or _without_query(target),
        host=named.get("host") or None,
        form=line.form,
        moment=moment,
    )


def _asked(named: Mapping[str, str | None]) -> tuple[str, str]:
    """Return method and target; what was sent that is no request has neither."""
    request = named.get("request")
    if request is None:
        return named.get("method") or "", named.get("target") or ""
    method, _, rest = request.partition(" ")
    if not method.isascii() or not method.isalpha():
        return "", ""
    target, _, version = rest.rpartition(" ")
    return method, target if version.startswith("HTTP/") else rest


@lru_cache(maxsize=512)
def _outcome(status: str) -> Outcome:
    known = _toml("weblines")["outcome"]
    for length in range(len(status), 0, -1):
        if status[:length] in known:
            return Outcome(known[status[:length]])
    return Outcome.UNKNOWN


def _without_query(target: str) -> str:
    """Return the target up to where its query, parameters or fragment may begin."""
    target = _USER_OF_URL.sub(r"\1", target.partition(" ")[0])
    origin = _ORIGIN.match(target)
    start = origin.end() if origin else 0
    found = _QUERY.search(target, start)
    return target[: found.start()] if found else target


@lru_cache(maxsize=4096)
def _address(text: str) -> str | None:
    """Return an address without port and without the form of an IPv4 address inside IPv6."""
    if text in _NOBODY:
        return None
    found = _PORT.match(text)
    bare = (found[1] or found[2]) if found else text
    for one in (bare, bare.rpartition(":")[0]):
        try:
            address = ipaddress.ip_address(one)
        except ValueError:
            continue
        # Apache puts a port behind an IPv6 address without brackets: both can be read then.
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(address)
    return text


@lru_cache(maxsize=4096)
def _moment(text: str) -> Moment | None:
    """Return the time that a line says, in any of the forms that these programs write."""
    if found := _CLF.match(text):
        return read_moment(f"{found[1]} {found[2]} {found[3]}")
    if found := _CTIME.match(text):
        return read_moment(f"{found[2]} {found[1]} {found[4]} {found[3]}")
    if found := _DAY_FIRST.match(text):
        day, month = found[1].split("-")
        return read_moment(f"{found[2]}-{month}-{day} {found[3]}")
    if _EPOCH.match(text):
        return read_moment(str(round(float(text) * 1000)), Order.EPOCH)
    return read_moment(text)
