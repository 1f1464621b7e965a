"""What a Windows event says: who, from where, did what, with what outcome.

Which number means what is data (`winevents.toml`); this knows how events are built (System,
EventData, UserData) and how Windows names accounts. A local account keeps its computer before
its name, since the same name is another account on another computer; an account of a domain is
its name alone, as people type it.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sekisho.terms import Action, Outcome, UserKind

Fields = Mapping[str, str]
_EMPTY = {"", "-", "S-1-0-0", "NULL SID", "%%1793", "%%1794"}
_NO_LOGON = {"", "-", "0x0", "0x3e7", "0x3e4", "0x3e5"}
_SUCCESS, _FAILURE = 0x0020000000000000, 0x0010000000000000
"""Bits of the keywords of audits (winmeta.xml, AuditSuccess and AuditFailure)."""
_FIELD = re.compile(r"\{(\w+)\}")
_HERE = {"local", "localhost"}
_USUAL = "{User}{UserName}{param1}"


@dataclass(frozen=True, slots=True)
class Happened:
    """What an event says; `known` is False where only its usual fields were read."""

    action: Action
    outcome: Outcome
    user: str | None
    kind: UserKind
    seat: str | None
    object: str
    session: str | None
    status: str | None
    known: bool


@cache
def _knowledge() -> dict[str, Any]:
    text = (files("sekisho.collect") / "winevents.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _entries(provider: str, number: int) -> tuple[dict[str, Any], ...]:
    return tuple(
        one
        for one in _knowledge()["event"]
        if number in one["ids"] and fnmatch.fnmatchcase(provider, one["provider"])
    )


def happened(event: dict[str, Any]) -> Happened:
    """Return what the event `event` (its JSON, from ``Event`` on) says.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: It is built like no event.
    """
    system = event["System"]
    provider = str(attributes(system.get("Provider")).get("Name") or "")
    number = int(plain(system["EventID"]))
    computer = plain(system.get("Computer"))
    fields = _fields(event)
    for entry in _entries(provider, number):
        found = _with_more(entry, fields)
        if all(found.get(name) in allowed for name, allowed in entry.get("where", {}).items()):
            return _known(entry, found, system, computer)
    user, kind, session = _account("Subject", fields, computer)
    if user is None:
        user, kind = _named(_filled(_USUAL, fields), plain_sid(system), computer)
    return Happened(
        action=Action.EXECUTE,
        outcome=_audited(system, Outcome.FAILED),
        user=user,
        kind=kind,
        seat=_seat(["IpAddress"], fields, computer),
        object=f"{computer}/{plain(system.get('Channel'))}/{provider}-{number}",
        session=session,
        status=None,
        known=False,
    )


def plain(value: Any) -> str:
    """Return the text of an element, with or without attributes."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        value = value.get("#text")
    if isinstance(value, list):
        value = " ".join(str(one) for one in value)
    return "" if value is None else str(value).strip()


def plain_sid(system: dict[str, Any]) -> str:
    """Return the SID on whose behalf the event was written."""
    return str(attributes(system.get("Security")).get("UserID") or "")


def attributes(value: Any) -> dict[str, Any]:
    """Return the attributes of an element."""
    found = value.get("#attributes") if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _fields(event: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    data = event.get("EventData")
    if isinstance(data, dict):
        for name, value in data.items():
            if name != "#attributes":
                found[name] = plain(value)
    for outer in (event.get("UserData") or {}).values():
        for name, value in outer.items() if isinstance(outer, dict) else ():
            if name != "#attributes":
                found[name] = plain(value)
    return found


def _with_more(entry: dict[str, Any], fields: dict[str, str]) -> dict[str, str]:
    """Return the fields with those that stand inside of others."""
    if entry.get("lines"):
        pairs = (line.partition(":") for line in fields.get("Data", "").splitlines())
        fields = {name.strip(): value.strip() for name, colon, value in pairs if colon}
    for name, (inside, says) in entry.get("find", {}).items():
        found = re.search(says, fields.get(inside, ""))
        if found:
            fields = {**fields, name: found[1]}
    return fields


def _known(
    entry: dict[str, Any], fields: Fields, system: dict[str, Any], computer: str
) -> Happened:
    action, does = Action(entry["action"]), entry["does"]
    if "by" in entry:
        way = _knowledge()["by"][entry["by"]].get(fields.get(entry["by"], ""), {})
        action, does = Action(way.get("action", action)), way.get("does", does)
    if "mask" in entry:
        action = _by_mask(fields.get(entry["mask"], ""), action)
    user, kind, session = _account(entry.get("who", "Subject"), fields, computer)
    outcome = _outcome(entry, fields, system)
    status = None
    if outcome is not Outcome.SUCCESS:
        codes = (fields.get(name, "") for name in entry.get("status", ()))
        status = next((code for code in codes if code not in {*_EMPTY, "0x0", "0"}), None)
    thing = _filled(entry.get("thing", ""), fields, _knowledge()["words"])
    thing = re.sub("/{2,}", "/", thing.lstrip("*\\/.:#<>@").rstrip("\\/.:#<>@"))
    return Happened(
        action=action,
        outcome=outcome,
        user=user,
        kind=kind,
        seat=_seat(entry.get("seat", ()), fields, computer),
        object="/".join(part for part in (computer, does, thing) if part),
        session=session,
        status=status,
        known=True,
    )


def _filled(template: str, fields: Fields, words: Mapping[str, Fields] | None = None) -> str:
    def value(found: re.Match[str]) -> str:
        text = fields.get(found[1], "")
        return "" if text in _EMPTY else (words or {}).get(found[1], {}).get(text, text)

    return _FIELD.sub(value, template)


def _outcome(entry: dict[str, Any], fields: Fields, system: dict[str, Any]) -> Outcome:
    if "outcome" in entry:
        return Outcome(entry["outcome"])
    failure = Outcome(entry.get("failure", "failed"))
    if "outcome_by" in entry:
        said = fields.get(entry["outcome_by"], "").casefold()
        return {"true": Outcome.SUCCESS, "false": failure}.get(said, Outcome.UNKNOWN)
    return _audited(system, failure)


def _audited(system: dict[str, Any], failure: Outcome) -> Outcome:
    try:
        bits = int(plain(system.get("Keywords")), 16)
    except ValueError:
        return Outcome.UNKNOWN
    if bits & _FAILURE:
        return failure
    return Outcome.SUCCESS if bits & _SUCCESS else Outcome.UNKNOWN


def _by_mask(text: str, otherwise: Action) -> Action:
    try:
        asked = int(text, 0)
    except ValueError:
        return otherwise
    for one in _knowledge()["mask"]:
        if asked & one["any"]:
            return Action(one["action"])
    return otherwise


def _account(who: str, fields: Fields, computer: str) -> tuple[str | None, UserKind, str | None]:
    """Return the account, whose it is, and its logon session."""
    if "{" in who:
        return *_named(_filled(who, fields), "", computer), None
    name = fields.get(f"{who}UserName", "")
    sid = fields.get(f"{who}UserSid") or fields.get(f"{who}Sid") or ""
    domain = fields.get(f"{who}DomainName", "")
    session = fields.get(f"{who}LogonId", "")
    user, kind = _named("" if name in _EMPTY else f"{domain}\\{name}", sid, computer)
    return user, kind, None if session.casefold() in _NO_LOGON else session


def _named(account: str, sid: str, computer: str) -> tuple[str | None, UserKind]:
    r"""Return the id under which ``DOMAIN\name`` is recorded, and whose it is."""
    domain, _, name = account.rpartition("\\")
    name = name.strip()
    if domain in _EMPTY:
        domain = ""
    known = _knowledge()["accounts"]
    if name in _EMPTY:
        return (None, UserKind.SYSTEM) if sid in _EMPTY else (sid, _of_sid(sid, known))
    # Kerberos writes name@REALM in the field of the name, with the realm beside it.
    if domain and name.casefold().endswith(f"@{domain.casefold()}"):
        name = name[: -len(domain) - 1]
    upper = name.upper()
    if (
        _of_sid(sid, known) is UserKind.SYSTEM
        or upper in {one.upper() for one in known["system_names"]}
        or domain.upper() in {one.upper() for one in known["system_authorities"]}
        or any(fnmatch.fnmatchcase(upper, one.upper()) for one in known["system_patterns"])
    ):
        return name, UserKind.SYSTEM
    local = domain and domain.casefold() == computer.partition(".")[0].casefold()
    shared = _of_sid(sid, known) is UserKind.SHARED or name.casefold() in {
        one.casefold() for one in known["shared_names"]
    }
    kind = UserKind.SHARED if shared else UserKind.PERSON
    return (f"{domain}\\{name}" if local else name), kind


def _of_sid(sid: str, known: dict[str, Any]) -> UserKind:
    for one in known["system_sids"]:
        if sid == one or (one.endswith("-") and sid.startswith(one)):
            return UserKind.SYSTEM
    if sid.startswith("S-1-5-21-") and sid.rpartition("-")[2] in known["shared_rids"]:
        return UserKind.SHARED
    return UserKind.PERSON if sid.startswith("S-1-5-21-") else UserKind.UNKNOWN


def _seat(names: Sequence[str], fields: Fields, computer: str) -> str | None:
    """Return from where: an address elsewhere, else the computer itself, else a name."""
    here = any(fields.get(name) in values for name, values in _knowledge()["local"].items())
    named = None
    for name in names:
        text = fields.get(name, "").lstrip("\\")
        if text in _EMPTY:
            continue
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            here = here or text.casefold() in _HERE
            named = named or text
            continue
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if not address.is_loopback and not address.is_unspecified:
            return str(address)
        here = True
    return computer if here else named
