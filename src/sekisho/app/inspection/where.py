"""Where a proof is opened: its own dated history, and the page of the room that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from sekisho.identity.records import Role
from sekisho.pages import catalogue

_DUTIES = frozenset(Role) - {Role.STAFF}
_KEEPERS = frozenset({Role.ADMINISTRATOR})
_PEOPLE = frozenset({Role.REVIEWER, Role.SAFETY_OFFICER})


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the console, and who may open it."""

    href: str
    roles: frozenset[Role] = _DUTIES


_PLACES = {
    "access": Place("/access"),
    "access.administrators": Place("/accounts", _KEEPERS),
    "backup": Place("/health"),
    "collect": Place("/records/sources"),
    "doctor": Place("/health"),
    "gate": Place("/gate"),
    "gate.bans": Place("/gate/bans"),
    "gate.packets": Place("/gate/bans"),
    "identity": Place("/accounts", _KEEPERS),
    "identity.leavers": Place("/accounts?show=ended", _KEEPERS),
    "identity.unused": Place("/accounts?show=unused", _KEEPERS),
    "job": Place("/health"),
    "ledger": Place("/records/checkpoints"),
    "ledger.search": Place("/health"),
    "ledger.time": Place("/health"),
    "ledger.verified": Place("/health"),
    "posture": Place("/posture"),
    "posture.controls": Place("/posture/controls"),
    "posture.disclosures": Place("/posture/vendors"),
    "posture.holes": Place("/posture/known"),
    "posture.incidents": Place("/posture/incidents"),
    "posture.lines": Place("/posture/connections"),
    "posture.network": Place("/posture/network"),
    "posture.patches": Place("/posture/protection?of=patches"),
    "posture.protection": Place("/posture/protection"),
    "review": Place("/review/month"),
    "review.notice": Place("/review/masking", _PEOPLE),
    "scan": Place("/posture/station"),
    "update": Place("/health"),
    "witness": Place("/records/checkpoints"),
}


def where(subject: str) -> str:
    """Return the address of the dated history of a subject of Evidence; every duty may open it."""
    return f"/inspection/proof/{quote(subject, safe='')}"


def place(subject: str) -> Place | None:
    """Return the page of its room that a subject rests on, None where there is none."""
    room, _, matter = subject.partition(".")
    if room == "register":
        return Place(f"/inspection/register/{matter}")
    return _PLACES.get(subject) or _PLACES.get(room)


def title_of(subject: str, language: str) -> str:
    """Return what a subject is called; of the narrowest name that there is, else the subject."""
    known = catalogue(language)
    if subject.startswith("job."):
        return known.get(f"app.{subject}", subject)
    name = subject
    while name:
        title = known.get(f"inspection.subject.{name}")
        if title is not None:
            rest = subject.removeprefix(name).strip(".")
            return f"{title} {rest}" if rest else title
        name = name.rpartition(".")[0]
    return subject
