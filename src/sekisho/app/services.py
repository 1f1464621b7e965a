"""Service accounts, as the console and the command line make them: what other rooms know of them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sekisho import access, care
from sekisho.app.installation import Installation
from sekisho.collect.live.config import BEFORE_SYSTEM, read_config
from sekisho.errors import InvalidInputError
from sekisho.gate.config import read_gate
from sekisho.identity.services import Wanted, check_service
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
