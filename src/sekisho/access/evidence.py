"""What the rights prove: a named person looked at the matrix lately, and who administers is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from functools import partial

from sekisho.access.changes import waiting
from sekisho.access.looks import last_look
from sekisho.errors import Value
from sekisho.storage import Database
from sekisho.terms import Evidence, Result, proof

_proof = partial(proof, "access")

YEAR = dt.timedelta(days=366)
"""The rights are looked through at least once a year."""


def evidence(
    database: Database,
    now: dt.datetime,
    *,
    keepers: Collection[str],
    persons: Collection[str] | None,
) -> Iterator[Evidence]:
    """Give ``access.matrix`` and ``access.administrators``.

    Args:
        database: Where the books are.
        now: UTC-aware.
        keepers: Staff ids of those who hold administrator rights here.
        persons: Ids that the staff list knows as a person's; None where there is no list.
    """
    yield _matrix(database, now)
    yield _administrators(now, keepers, persons)


def _matrix(database: Database, now: dt.datetime) -> Evidence:
    """Return who looked at the matrix that is in force, and when; what waits is said."""
    seen = last_look(database)
    if seen is None:
        return _proof("matrix", now, Result.NOT_CHECKED, "no_matrix")
    return Evidence(
        subject="access.matrix",
        checked_at=seen.at,
        by=seen.by,
        result=Result.YES,
        message="access.evidence.matrix",
        args={"number": seen.number, "by": seen.by, "waiting": waiting(database)},
        valid_until=seen.at + YEAR,
    )


def _administrators(
    now: dt.datetime, keepers: Collection[str], persons: Collection[str] | None
) -> Evidence:
    if not keepers:
        return _proof("administrators", now, Result.NOT_CHECKED, "no_administrators")
    if persons is None:
        return _proof("administrators", now, Result.NOT_CHECKED, "no_list")
    strange = sum(one not in persons for one in keepers)
    told: dict[str, Value] = {"total": len(keepers), "count": strange}
    if strange:
        return _proof("administrators", now, Result.NO, "administrators_no", told)
    return _proof("administrators", now, Result.YES, "administrators", told)
