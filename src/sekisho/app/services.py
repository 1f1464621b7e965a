"""Service accounts, as the console and the command line make them: what other rooms know of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from sekisho import access, care
from sekisho.app.installation import Installation
from sekisho.collect.live.config import BEFORE_SYSTEM, read_config
from sekisho.errors import InvalidInputError
from sekisho.gate import revoked
from sekisho.gate.config import read_gate
from sekisho.identity.services import (
    Certificate,
    Wanted,
    check_certificate,
    check_service,
)
from sekisho.terms import UserKind


def checked(installation: Installation, wanted: Wanted) -> Wanted:
    """Return `wanted` as it may be made.

    Raises:
        InvalidInputError: Its owner is nobody who works here today, its system is not behind
            the gate, its duty group is not in the book in force, or see `check_service`.
        ConflictError: The name is or was taken.
    """
    wanted = check_service(installation.database, wanted)
    if not _works_here(installation, wanted.owner):
        raise InvalidInputError("app.service.owner")
    if wanted.route not in systems(installation):
        raise InvalidInputError("app.service.route", systems=systems(installation))
    # Who only sends records is decided by no duty group.
    sends = wanted.route.startswith(BEFORE_SYSTEM)
    if not sends and wanted.duty not in duties(installation):
        raise InvalidInputError("app.service.duty", duties=list(duties(installation)))
    return wanted


def checked_certificate(installation: Installation, path: Path, *, by_names: bool) -> Certificate:
    """Return the certificate in a file (PEM or DER) as an account may show it.

    Raises:
        InvalidInputError: There is no listener for devices, the file holds no certificate, or
            it is not valid today, not of the gate's authorities, or revoked.
        ConflictError: It is another account's.
    """
    config = read_gate(installation.data)
    if config is None or config.clients is None:
        raise InvalidInputError("app.service.no_clients")
    now = installation.clock.now()
    try:
        raw = path.read_bytes()
        pem = b"-----BEGIN" in raw
        read = x509.load_pem_x509_certificate(raw) if pem else x509.load_der_x509_certificate(raw)
    except (OSError, ValueError) as error:
        raise InvalidInputError("app.service.no_certificate", file=path.name) from error
    if not any(_issued(read, each) for each in revoked.read_authorities(config.clients)):
        raise InvalidInputError("app.service.certificate_foreign")
    if not read.not_valid_before_utc <= now < read.not_valid_after_utc:
        raise InvalidInputError("app.service.certificate_old")
    known = revoked.shown(read.public_bytes(Encoding.DER))
    if (known.issuer, known.serial) in revoked.read_revoked(config.clients, now).serials:
        raise InvalidInputError("app.service.certificate_revoked")
    made = Certificate(
        digest=known.names if by_names else known.fingerprint,
        by_names=by_names,
        ends=read.not_valid_after_utc,
    )
    check_certificate(installation.database, made)
    return made


def _issued(read: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        read.verify_directly_issued_by(authority)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def systems(installation: Installation) -> tuple[str, ...]:
    """Return the names of the systems behind the gate, and of the ways in for AuditEvents."""
    config = read_gate(installation.data)
    behind = () if config is None else tuple(route.name for route in config.routes)
    return (*behind, *(door.system for door in read_config(installation.data).fhir))


def duties(installation: Installation) -> dict[str, dict[str, str]]:
    """Return the duty groups of the book in force: id → language → name."""
    change = access.current(installation.database)
    book = None if change is None else access.book_of(installation.database, change.number)
    return {} if book is None else {term.id: dict(term.name) for term in book.groups}


def _works_here(installation: Installation, user_id: str) -> bool:
    """Return whether the staff list has this person, with a post today."""
    today: dt.date = installation.clock.now().astimezone(ZoneInfo(installation.config.zone)).date()
    found = care.person(installation.database, user_id, today)
    return (
        found is not None
        and found.kind is UserKind.PERSON
        and user_id not in care.ended_user_ids(installation.database, today)
    )
