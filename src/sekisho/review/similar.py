"""Cases like one: of the same person, the same patient, the same sign, and what was answered."""

from __future__ import annotations

import json
from collections.abc import Iterable

import sqlalchemy as sa

from sekisho.review.records import Case
from sekisho.review.store import cases_where
from sekisho.review.tables import CASE
from sekisho.storage import Database

SHOWN = 5
"""Cases of each sort that are given, the newest first."""
FEW = 3
"""Patients of a case that are looked for elsewhere; of more, one says nothing."""


def similar(database: Database, case: Case) -> dict[str, list[Case]]:
    """Return ``person``, ``patient`` and ``sign`` → other raised cases, each as its newest run found it.

    Cases without a name are found by their sign alone.
    """
    found: dict[str, list[Case]] = {"person": [], "patient": [], "sign": []}
    if case.forgotten_at is None:
        found["person"] = _others(database, case, CASE.c.user_id == case.user_id)
        if 0 < len(case.patient_ids) <= FEW:
            text = sa.cast(CASE.c.patient_ids, sa.Text)
            some = [text.contains(json.dumps(one), autoescape=True) for one in case.patient_ids]
            found["patient"] = _others(database, case, sa.or_(*some))
    found["sign"] = _others(database, case, CASE.c.rule == case.rule, answered=True)
    return found


def _others(
    database: Database, case: Case, where: sa.ColumnElement[bool], *, answered: bool = False
) -> list[Case]:
    """Return other cases that fit, each once; with `answered` only those that people closed."""
    seen, kept = {case.key}, []
    for other in _each(database, where):
        if other.key in seen:
            continue
        seen.add(other.key)
        if not answered or other.answers:
            kept.append(other)
        if len(kept) == SHOWN:
            break
    return kept


def _each(database: Database, where: sa.ColumnElement[bool]) -> Iterable[Case]:
    fits = sa.and_(CASE.c.raised, where)
    return cases_where(database, fits, limit=40 * SHOWN)
