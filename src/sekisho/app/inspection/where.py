"""Which page of the console shows what a proof rests on."""

from __future__ import annotations

_PAGES = {
    "access": "/access",
    "backup": "/health",
    "collect": "/records/sources",
    "doctor": "/health",
    "gate": "/gate",
    "identity": "/accounts",
    "job": "/health",
    "ledger": "/records/checkpoints",
    "posture": "/posture",
    "posture.controls": "/posture/controls",
    "posture.holes": "/posture/known",
    "posture.incidents": "/posture/incidents",
    "posture.lines": "/posture/connections",
    "posture.network": "/posture/network",
    "posture.patches": "/posture/protection",
    "posture.protection": "/posture/protection",
    "review": "/review",
    "scan": "/posture/station",
}


def where(subject: str) -> str | None:
    """Return the address of the page of a subject of Evidence, None where there is none yet."""
    return _PAGES.get(subject) or _PAGES.get(subject.split(".", maxsplit=1)[0])
