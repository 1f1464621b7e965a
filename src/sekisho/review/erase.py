"""What this room keeps of records that are lawfully erased: cases, and words about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.review.tables import ANSWER, CASE


def traces(
    connection: sa.Connection, records: Collection[int], patients: Collection[str]
) -> dict[str, list[Any]]:
    """Return what tells of `records` or `patients`: cases (run and rank), and answers' notes.

    A case goes whole; the next run finds it again by what is left, and its answers stay with
    it. Their free words go, because a person may have written a name.
    """
    bare = {each.lstrip("0") for each in patients}
    cases: list[Any] = []
    keys: set[str] = set()
    query = sa.select(
        CASE.c.run_id, CASE.c.rank, CASE.c.key, CASE.c.records, CASE.c.patient_ids
    ).order_by(CASE.c.run_id, CASE.c.rank)
    for run, rank, key, held, ids in connection.execute(query):
        if any(one[0] in records for one in held) or any(one.lstrip("0") in bare for one in ids):
            cases.append([run, rank])
            keys.add(key)
    notes = [
        number
        for number, key in connection.execute(
            sa.select(ANSWER.c.id, ANSWER.c.case_key).where(ANSWER.c.note != "")
        )
        if key in keys
    ]
    return {"review_case": cases, "review_answer": sorted(notes)}


def erase(connection: sa.Connection, rows: Mapping[str, Sequence[Any]]) -> None:
    """Take away what `traces` named."""
    for run, rank in rows.get("review_case", ()):
        connection.execute(sa.delete(CASE).where(CASE.c.run_id == run, CASE.c.rank == rank))
    for number in rows.get("review_answer", ()):
        connection.execute(sa.update(ANSWER).where(ANSWER.c.id == number).values(note=""))
