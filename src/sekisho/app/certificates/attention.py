"""The end of a certificate, said sixty days ahead."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from cryptography import x509

from sekisho.app.config import Config
from sekisho.terms import Finding, Gravity

DAYS = 60
"""An institution's authority may need weeks to issue a new one."""
_TODAY = 14


def ends(file: Path) -> dt.datetime | None:
    """Return when the first certificate of the chain in `file` ends; None where it is unreadable."""
    try:
        chain = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        return None
    return min(one.not_valid_after_utc for one in chain)


def certificate_findings(config: Config, now: dt.datetime) -> list[Finding]:
    """Return what is to do about the console's certificate, and about the recorder's."""
    shared = config.recorder.certificate if config.recorder else None
    return [
        *_about(config.certificate, "", now),
        *_about(shared, "recorder_", now),
    ]


def _about(file: Path | None, whose: str, now: dt.datetime) -> list[Finding]:
    if file is None:
        return []
    end = ends(file)
    if end is None:
        return [_finding(whose, "unreadable", Gravity.URGENT)]
    days = (end - now).days
    if days >= DAYS:
        return []
    day = f"{end:%Y-%m-%d}"
    if end <= now:
        return [_finding(whose, "ended", Gravity.URGENT, day=day)]
    gravity = Gravity.TODAY if days < _TODAY else Gravity.WEEK
    return [_finding(whose, "ends", gravity, day=day, days=days)]


def _finding(whose: str, matter: str, gravity: Gravity, **args: str | int) -> Finding:
    return Finding(
        key=f"app.{whose}certificate",
        room="app",
        gravity=gravity,
        duty="1-5",
        message=f"cert.finding.{whose}{matter}",
        args=args,
        where="/trust",
        action="cert.action",
    )
