"""What stands beside a case: orders entered for somebody else, and terminals that others used.

Neither approves anything: an open screen that somebody else used is an answer that a person
can give, and these facts let the reviewer see whether it may be so.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pyarrow as pa
import sqlalchemy as sa

from sekisho.care.tables import ORDER
from sekisho.review.desk import Reader
from sekisho.review.records import Case
from sekisho.storage import Database, analysis

MINUTES = 15
"""So near another person's use of the same terminal, it may have been one open screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One fact about one record of a case.

    Attributes:
        kind: ``entered_for`` (代行入力: the person entered an order of `user_id`) or
            ``terminal`` (`user_id` used the terminal `minutes` later; negative: before).
        index: The record of the case.
        other: The other person's record; None for an order.
        number: Of the order.
        login: The other record is a sign-in.
    """

    kind: str
    index: int
    user_id: str
    other: int | None = None
    number: str | None = None
    terminal: str | None = None
    minutes: int | None = None
    login: bool = False


_TERMINAL = """
WITH mine AS (
  SELECT a.index, a.occurred_at, a.terminal, a.user_id FROM access AS a
  JOIN wanted AS w ON w.index = a.index
  WHERE a.terminal IS NOT NULL AND a.user_id IS NOT NULL
    AND a.time_precision IN ('second', 'millisecond')
),
other AS (
  SELECT index, occurred_at, terminal, user_id, action FROM access
  WHERE occurred_at BETWEEN $since AND $until AND user_id IS NOT NULL AND source <> 'sekisho'
    AND terminal IN (SELECT terminal FROM mine)
)
SELECT m.index, o.index, o.user_id, m.terminal, o.action = 'login',
  CAST(round((epoch(o.occurred_at) - epoch(m.occurred_at)) / 60) AS INTEGER)
FROM mine AS m
JOIN other AS o ON o.terminal = m.terminal AND o.user_id <> m.user_id
  AND o.occurred_at BETWEEN m.occurred_at - $minutes * INTERVAL 1 MINUTE
    AND m.occurred_at + $minutes * INTERVAL 1 MINUTE
QUALIFY row_number() OVER (
  PARTITION BY m.index, o.user_id
  ORDER BY abs(epoch(o.occurred_at) - epoch(m.occurred_at)), o.index
) = 1
ORDER BY m.index, o.index
"""


def beside(database: Database, reader: Reader, case: Case) -> list[Beside]:
    """Return what stands beside the records of `case`; ids as the log and the orders write them."""
    if not case.records:
        return []
    indexes = [index for index, _ in case.records]
    near = dt.timedelta(minutes=MINUTES)
    with analysis(memory="400MB") as desk:
        reader.register(desk, "access")
        desk.register("wanted", pa.table({"index": pa.array(indexes, pa.int64())}))
        span = {
            "since": case.first_at.replace(tzinfo=None) - near,
            "until": case.last_at.replace(tzinfo=None) + near,
        }
        rows = desk.rows(_TERMINAL, {**span, "minutes": MINUTES})
    found = [
        Beside(
            kind="terminal", index=index, user_id=user_id, other=other, terminal=terminal,
            minutes=minutes, login=login,
        )
        for index, other, user_id, terminal, login, minutes in rows
    ]  # fmt: skip
    return [*entered_for(database, case), *found]


def entered_for(database: Database, case: Case) -> list[Beside]:
    """Return the orders that the person entered for another, of the case's patients and days."""
    first, last = (
        (at + dt.timedelta(hours=9)).date() + dt.timedelta(days=step)
        for at, step in ((case.first_at, -1), (case.last_at, 1))
    )
    if not case.records:
        return []
    with database.read() as c:
        rows = c.execute(
            sa.select(ORDER.c.number, ORDER.c.doctor_id, ORDER.c.doctor)
            .where(ORDER.c.entered_by == case.user_id, ORDER.c.retracted_at.is_(None))
            .where(ORDER.c.patient_id.in_(list(case.patient_ids)))
            .where(ORDER.c.day.between(first, last))
            .order_by(ORDER.c.day, ORDER.c.number)
        ).all()
    return [
        Beside(
            kind="entered_for",
            index=case.records[0][0],
            user_id=row.doctor_id or row.doctor,
            number=row.number,
        )
        for row in rows
        if (row.doctor_id or row.doctor) not in {None, case.user_id}
    ]
