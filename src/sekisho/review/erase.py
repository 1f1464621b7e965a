"""What this room keeps of records that are lawfully erased: cases, words about them, copies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.review.tables import ANSWER, ASK, CASE, COPY, DECISION

TABLES = (CASE, ANSWER, ASK, DECISION, COPY)
"""What may tell of somebody."""


def traces(
    connection: sa.Connection, records: Collection[int], patients: Collection[str]
) -> dict[str, list[Any]]:
    """Return what tells of `records` or `patients`: cases (run and rank), answers' notes, copies.

    A case goes whole; the next run finds it again by what is left, and its answers stay with
    it. Their free words go, because a person may have written a name. A copy keeps its number.
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
    copies = [
        [year, number]
        for year, number, patient, held in connection.execute(
            sa.select(COPY.c.year, COPY.c.number, COPY.c.patient_id, COPY.c.records).order_by(
                COPY.c.year, COPY.c.number
            )
        )
        if (patient and patient.lstrip("0") in bare) or any(one in records for one in held or ())
    ]
    said = [
        number
        for number, key in connection.execute(
            sa.select(ASK.c.id, ASK.c.case_key).where(ASK.c.reply.is_not(None))
        )
        if key in keys
    ]
    decided = [
        number
        for number, key in connection.execute(sa.select(DECISION.c.id, DECISION.c.case_key))
        if key in keys
    ]
    return {
        "review_case": cases,
        "review_answer": sorted(notes),
        "review_ask": sorted(said),
        "review_decision": sorted(decided),
        "review_copy": copies,
    }


def papers(connection: sa.Connection, copies: Collection[Sequence[int]]) -> list[str]:
    """Return the names of the files of these copies, by year and number."""
    wanted = {tuple(each) for each in copies}
    query = sa.select(COPY.c.year, COPY.c.number, COPY.c.digest, COPY.c.kind)
    return [
        f"{digest}.{kind}"
        for year, number, digest, kind in connection.execute(query)
        if digest and (year, number) in wanted
    ]


def erase(connection: sa.Connection, rows: Mapping[str, Sequence[Any]]) -> None:
    """Take away what `traces` named."""
    for run, rank in rows.get("review_case", ()):
        connection.execute(sa.delete(CASE).where(CASE.c.run_id == run, CASE.c.rank == rank))
    for number in rows.get("review_answer", ()):
        connection.execute(sa.update(ANSWER).where(ANSWER.c.id == number).values(note=""))
    for number in rows.get("review_ask", ()):
        connection.execute(sa.update(ASK).where(ASK.c.id == number).values(reply="–"))
    for number in rows.get("review_decision", ()):
        connection.execute(sa.update(DECISION).where(DECISION.c.id == number).values(text="–"))
    gone = {"state": "erased", "patient_id": "", "records": None, "digest": None, "record": None}
    for year, number in rows.get("review_copy", ()):
        connection.execute(
            sa.update(COPY).where(COPY.c.year == year, COPY.c.number == number).values(**gone)
        )
