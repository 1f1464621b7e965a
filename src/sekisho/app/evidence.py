"""What each room proves of itself, asked every hour and kept (`sekisho.inspection` reads it)."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

from sekisho.app.installation import Installation
from sekisho.app.proofs import keep_newest
from sekisho.errors import Error, InvalidInputError
from sekisho.terms import Evidence

SEALED_BY = dt.time(1, 0)
"""The day before is sealed shortly after midnight; until then nothing is said of it."""


def look_at_rooms(installation: Installation) -> None:
    """Keep as Evidence what every room proves now; what is published is looked at in the morning."""
    from sekisho.app.inspection.register import look_at_register  # noqa: PLC0415 (slow to import)
    from sekisho.app.machines import keep_proofs  # noqa: PLC0415 (same)

    for proof in evidence_of_rooms(installation):
        keep_newest(installation.database, proof)
    look_at_register(installation)
    keep_proofs(installation)


def look_now(installation: Installation) -> None:
    """Do the same for a command, which is told nothing new by a file of settings that is wrong.

    The job of the same name says what is wrong; what could be looked at is kept.
    """
    with contextlib.suppress(Error):
        look_at_rooms(installation)


def evidence_of_rooms(installation: Installation) -> Iterator[Evidence]:
    """Give what identity, access, ledger, collect, review and gate prove now."""
    from sekisho import collect  # noqa: PLC0415 (slow to import)
    from sekisho.app import closing  # noqa: PLC0415 (same)
    from sekisho.app.certificates import ends  # noqa: PLC0415 (same)
    from sekisho.collect import evidence as of_sources  # noqa: PLC0415 (same)
    from sekisho.gate import config  # noqa: PLC0415 (same)
    from sekisho.gate import evidence as of_gate  # noqa: PLC0415 (same)
    from sekisho.ledger import evidence as of_record  # noqa: PLC0415 (same)
    from sekisho.review import evidence as of_review  # noqa: PLC0415 (same)

    database, clock = installation.database, installation.clock
    now, zone = clock.now(), ZoneInfo(installation.config.zone)
    local = now.astimezone(zone)
    yield from _of_people(installation, local.date())
    begin = local.date() - dt.timedelta(days=local.time() < SEALED_BY)
    since = dt.datetime.combine(begin, dt.time(), zone).astimezone(dt.UTC)
    yield of_record.evidence(database, now, since)
    yield _time(installation)
    yield from of_sources.evidence(database, clock)
    times = [
        at.astimezone(zone).date()
        for one in collect.sources(database)
        for at in (one.first_at, one.last_at)
        if at is not None
    ]
    _, due = closing.due_month(local.date(), closing.rules(installation).closing)
    heard = (min(times), max(times)) if times else None
    yield from of_review.evidence(database, now, heard=heard, due=due)
    try:
        known = config.read_gate(installation.data)
    except InvalidInputError as error:
        yield from of_gate.unreadable(error, now)
    else:
        yield from of_gate.evidence(database, clock, known, ends)


def _of_people(installation: Installation, today: dt.date) -> Iterator[Evidence]:
    """Give what accounts and rights prove; whose they are is in the one staff list."""
    from sekisho import care, identity  # noqa: PLC0415 (slow to import)
    from sekisho.access import evidence as of_rights  # noqa: PLC0415 (same)
    from sekisho.identity import evidence as of_accounts  # noqa: PLC0415 (same)
    from sekisho.identity.records import Role  # noqa: PLC0415 (same)
    from sekisho.identity.register import sign_in_form  # noqa: PLC0415 (same)

    database, clock = installation.database, installation.clock
    listed_at = care.listed_at(database)
    persons = {sign_in_form(one) for one in care.person_ids(database)}
    yield from of_accounts.evidence(
        database,
        clock,
        persons=persons,
        ended=care.ended_user_ids(database, today),
        listed_at=listed_at,
    )
    keepers = [
        sign_in_form(known.user_id)
        for known in identity.accounts(database)
        if Role.ADMINISTRATOR in known.roles
    ]
    yield from of_rights.evidence(
        database, clock.now(), keepers=keepers, persons=None if listed_at is None else persons
    )


def _time(installation: Installation) -> Evidence:
    """Return whether this machine's clock, whose times are recorded, is synchronised."""
    from sekisho.app.doctor.machine import clock  # noqa: PLC0415 (slow to import)
    from sekisho.app.doctor.patient import Patient  # noqa: PLC0415 (same)

    now = installation.clock.now()
    seen = clock(
        Patient(
            data=installation.data,
            now=now,
            config=installation.config,
            database=installation.database,
            no_database=None,
        )
    )
    return replace(
        seen,
        subject="ledger.time",
        by="jobs",
        # Without its milliseconds, which are never twice the same.
        message=f"ledger.evidence.time_{seen.result.value}",
        args={},
        valid_until=now + dt.timedelta(days=2),
    )
