"""Lawful erasure, from the choice to the last byte: what every room keeps goes with the records.

What is confirmed is carried out, whatever stops the machine in between: each step can be
done again, and `finish` is called when the jobs begin, once an hour, and by each command that
erases or makes a backup.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sekisho.app.installation import Installation
from sekisho.app.tables import SIGNED_PAGE
from sekisho.errors import InvalidInputError, RefusedError
from sekisho.identity import Role, find_account
from sekisho.ledger import erasure, own, runs
from sekisho.ledger.erasure import LAWFUL, Chosen, Erasure
from sekisho.ledger.runs import Run
from sekisho.ledger.tables import RECORD
from sekisho.storage import analysis
from sekisho.terms import Action

PROPOSERS = frozenset({Role.ADMINISTRATOR, Role.SAFETY_OFFICER})
CONFIRMERS = frozenset({Role.SAFETY_OFFICER})
PAPER = "paper"
"""Under this name an erasure names files of the folder ``paper/``."""


def choose(
    here: Installation,
    *,
    records: Sequence[Run] = (),
    patients: Collection[str] = (),
    users: Collection[str] = (),
) -> Chosen:
    """Return what an erasure of these records, or about these persons, would take away.

    Records about a patient are those that carry the number, with or without leading zeros,
    or name it in their object or reason; about a user, those of that id. What orders an
    earlier erasure is never chosen.

    Raises:
        InvalidInputError: A record does not exist (any more), or orders an erasure itself.
    """
    with analysis() as engine:
        here.reader().register(engine)
        engine.execute(
            "CREATE TABLE run AS SELECT unnest(?::BIGINT[]) AS low, unnest(?::BIGINT[]) AS high",
            ([low for low, _ in records], [high for _, high in records]),
        )
        found = engine.rows(
            _CHOICE,
            {
                "bare": [each.lstrip("0") for each in patients],
                "said": "|".join(_said(each) for each in patients),
                "users": list(users),
            },
        )
    there = runs.joined(row[0] for row in found)
    for low, high in records:
        if list(runs.within(there, low, high)) != [(low, high)]:
            raise InvalidInputError("ledger.erasure.not_there", low=low, high=high)
    if not found:
        raise InvalidInputError("ledger.erasure.nothing")
    return chosen(here, found, patients, users)


def chosen(
    here: Installation,
    found: Sequence[tuple[Any, ...]],
    patients: Collection[str] = (),
    users: Collection[str] = (),
) -> Chosen:
    """Return what an erasure of `found` would take: index, source and time, by index."""
    indexes = [row[0] for row in found]
    return Chosen(
        records=runs.joined(indexes),
        count=len(indexes),
        first_at=min(row[2] for row in found).replace(tzinfo=dt.UTC),
        last_at=max(row[2] for row in found).replace(tzinfo=dt.UTC),
        sources=dict(sorted(Counter(row[1] for row in found).items())),
        also=_also(here, set(indexes), patients, users),
    )


_CHOICE = """
SELECT "index", source, occurred_at FROM access
WHERE NOT (source = 'sekisho' AND regexp_matches(coalesce(object, ''), '^(erasure|key)/'))
  AND ("index" IN (SELECT a."index" FROM access a JOIN run ON a."index" BETWEEN low AND high)
       OR len(list_filter(patient_ids, lambda p: list_contains($bare, ltrim(p.id, '0')))) > 0
       OR list_contains($users, user_id)
       OR ($said <> '' AND regexp_matches(concat_ws(chr(10), object, reason), $said)))
ORDER BY "index"
"""


def _said(identifier: str) -> str:
    """Return the expression (RE2) that finds an id in running text, as a word of its own."""
    return rf"(^|[^0-9A-Za-z])0*{re.escape(identifier.lstrip('0'))}([^0-9A-Za-z]|$)"


def _also(
    here: Installation, records: Collection[int], patients: Collection[str], users: Collection[str]
) -> dict[str, list[Any]]:
    with here.database.read() as connection:
        return traces(connection, records, patients, users)


def traces(
    connection: sa.Connection,
    records: Collection[int],
    patients: Collection[str] = (),
    users: Collection[str] = (),
) -> dict[str, list[Any]]:
    """Return the rows of every room, by table, and the files, that tell of the same."""
    review, collect, gate, care = _rooms()
    persons = {*patients, *users}
    found = {
        **review.traces(connection, records, patients),
        **collect.traces(connection, persons),
        **gate.traces(connection, persons),
        **care.traces(connection, patients),
    }
    printed = {run for run, _ in found["review_case"]}
    pages = connection.execute(
        sa.select(SIGNED_PAGE.c.run, SIGNED_PAGE.c.digest, SIGNED_PAGE.c.kind)
    )
    found[PAPER] = sorted(
        [
            *(f"{digest}.{kind}" for run, digest, kind in pages if run in printed),
            *review.papers(connection, found["review_copy"]),
        ]
    )
    return {name: rows for name, rows in found.items() if rows}


def propose(
    here: Installation,
    chosen: Chosen,
    *,
    order: str,
    by: str,
    about: Collection[str] = (),
    kind: str = LAWFUL,
) -> Erasure:
    """Keep a proposal, on record; nothing goes before another person confirms.

    Args:
        here: The installation.
        chosen: What goes, as `choose` gave it.
        order: The document that demands it, by date and number, and why.
        by: Staff id of an administrator or the safety officer.
        about: The ids that it is about: they must not stand in the order, which stays.
        kind: See `erasure.KINDS`.

    Raises:
        InvalidInputError: The order says too little, or names somebody.
        RefusedError: `by` has no account that may.
        ConflictError: Some of it is proposed already.
    """
    who = may(here, by, PROPOSERS)
    if any(re.search(_said(each), order) for each in about):
        raise InvalidInputError("ledger.erasure.names")
    made = erasure.propose(here.database, here.clock, chosen, order=order, by=who, kind=kind)
    _record(here, f"ledger/erasure/{made.number}/propose", who)
    return made


def confirm(here: Installation, number: int, *, by: str) -> Erasure:
    """Order an erasure in a second person's name, and carry it out.

    Raises:
        RefusedError: `by` may not, or proposed it.
        ConflictError: It is decided already.
        UnavailableError: It is ordered, and something of it could not be done yet; `finish` will.
    """
    order(here, number, by=by)
    finish(here)
    return erasure.erasure(here.database, number)


def order(here: Installation, number: int, *, by: str) -> None:
    """Order an erasure in a second person's name; `finish` carries it out.

    Raises:
        RefusedError: `by` may not, or proposed it.
        ConflictError: It is decided already.
    """
    erasure.confirm(here.database, here.clock, number, by=may(here, by, CONFIRMERS))


def withdraw(here: Installation, number: int, *, by: str) -> Erasure:
    """Take a proposal back, on record.

    Raises:
        RefusedError: `by` may not.
        ConflictError: It is decided already.
    """
    who = may(here, by, PROPOSERS)
    erasure.withdraw(here.database, here.clock, number, by=who)
    _record(here, f"ledger/erasure/{number}/withdraw", who)
    return erasure.erasure(here.database, number)


def finish(here: Installation) -> int:
    """Carry out what is confirmed and not done; return how many erasures that were.

    The record that orders it first, then records and salts, then what other rooms keep,
    then what the database itself still holds of removed rows.
    """
    waiting = erasure.unfinished(here.database)
    for one in waiting:
        with here.recorder() as recorder:
            recorder.erase(one.number)
        _erase_also(here, one.also)
    if waiting:
        # The copies of an update that was cut off; on PostgreSQL `scrub` takes them.
        shutil.rmtree(here.data / "run" / "before-update", ignore_errors=True)
        here.database.scrub([RECORD, *(table for room in _rooms() for table in room.TABLES)])
        now = here.clock.now()
        for one in waiting:
            erasure.note_done(here.database, one.number, now)
    return len(waiting)


def _rooms() -> tuple[Any, ...]:
    """Return each room's `erase`: TABLES that may tell of somebody, `traces`, `erase`."""
    from sekisho.care import erase as care  # noqa: PLC0415 (only where something is erased)
    from sekisho.collect import erase as collect  # noqa: PLC0415 (same)
    from sekisho.gate import erase as gate  # noqa: PLC0415 (same)
    from sekisho.review import erase as review  # noqa: PLC0415 (same)

    return review, collect, gate, care


def _erase_also(here: Installation, rows: Mapping[str, Sequence[Any]]) -> None:
    with here.database.write() as connection:
        for room in _rooms():
            room.erase(connection, rows)
    for name in rows.get(PAPER, ()):
        (here.data / "paper" / Path(name).name).unlink(missing_ok=True)


def may(here: Installation, by: str, roles: frozenset[Role]) -> str:
    """Return the staff id of the open account that `by` names and that may do it."""
    account = find_account(here.database, by)
    if account is None or account.closed_at is not None or not account.roles & roles:
        words = ", ".join(sorted(roles))
        raise RefusedError("ledger.erasure.may_not", user=by, roles=words)
    return account.user_id


def _record(here: Installation, what: str, by: str) -> None:
    with here.recorder() as recorder:
        recorder.append([own(here.clock, user_id=by, action=Action.SECURITY, object=what)])
