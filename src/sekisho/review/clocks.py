"""How far the clock of each log stands from the one by which orders are timed.

Whoever enters an order writes into the record at that moment: the log's time of that write and
the order's own time are two clocks' words on one act. An appointment's time says nothing here:
it is when something shall be. What is found is reported, and no window of an explanation is
widened by it.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from sekisho.storage import Analysis

LEAST = 30
"""Orders that must have a write of the same person and patient before anything is said."""
WIDEST = 1_200.0
"""Seconds between the quartiles from which on the differences are no clock's: too scattered."""
NOTED = 120.0
"""Seconds from which on a difference is reported; orders are often timed by the minute."""
A_DAY = 300
"""Orders of a day that are asked about: more would say the same."""
REACH = 12
"""Hours around the order in which its write is looked for: a clock in UTC is nine behind."""

_NEAREST = f"""
WITH timed AS (
  SELECT o.patient_id, coalesce(o.entered_by, o.doctor_id) AS user_id,
    CAST(o.day AS TIMESTAMP) + (CAST(split_part(o.time, ':', 1) AS INTEGER) * 3600
      + CAST(split_part(o.time, ':', 2) AS INTEGER) * 60
      + CAST(coalesce(nullif(split_part(o.time, ':', 3), ''), '0') AS INTEGER)
    ) * INTERVAL 1 SECOND AS made,
    row_number() OVER (PARTITION BY o.day ORDER BY o.time, o.patient_id, o.number) AS place
  FROM orders AS o
  WHERE o.time IS NOT NULL AND o.day BETWEEN (SELECT min(day) FROM event) AND (SELECT max(day) FROM event)
    AND coalesce(o.entered_by, o.doctor_id) IS NOT NULL
),
written AS (
  SELECT t.* FROM touch_all AS t
  WHERE t.exact AND t.action IN ('create', 'update', 'execute') AND t.outcome = 'success'
)
SELECT CAST(t.source AS VARCHAR), epoch(o.made),
  min_by(epoch(t.moment) - epoch(o.made), abs(epoch(t.moment) - epoch(o.made)))
FROM (SELECT DISTINCT patient_id, user_id, made FROM timed WHERE place <= {A_DAY}) AS o
JOIN written AS t ON t.user_id = o.user_id AND t.patient_id = o.patient_id
  AND t.moment BETWEEN o.made - INTERVAL {REACH} HOUR AND o.made + INTERVAL {REACH} HOUR
GROUP BY t.source, o.patient_id, o.user_id, o.made
"""  # noqa: S608 (numbers of this file)


def clocks(analysis: Analysis) -> list[dict[str, Any]]:
    """Return, for each source of the log, how its clock stands to the orders', by source.

    Needs what `review.desk` makes. Each has ``source``, ``orders`` (how many had a write of the
    same person and patient near them), ``seconds`` (positive: the log's clock is ahead; None:
    unknown) and the quartiles ``low`` and ``high``. Nothing where no order has a time.
    """
    apart: dict[str, list[float]] = {}
    for source, _, seconds in analysis.rows(_NEAREST):
        apart.setdefault(source, []).append(float(seconds))
    if not apart:
        return []
    sources = analysis.rows("SELECT DISTINCT CAST(source AS VARCHAR) FROM event ORDER BY ALL")
    return [
        {"source": source, **estimate(apart.get(source, ()))}
        for (source,) in sources
        if source != "sekisho"
    ]


def estimate(apart: Iterable[float]) -> dict[str, Any]:
    """Return the median of differences in seconds, with count and quartiles; None where it is not known.

    A third of the differences may be anything: write and order of another act.
    """
    found = sorted(apart)
    if len(found) < LEAST:
        return {"orders": len(found), "seconds": None, "low": None, "high": None}
    low, middle, high = _quartiles(found)
    known = high - low <= WIDEST
    return {
        "orders": len(found),
        "seconds": round(middle) if known else None,
        "low": round(low),
        "high": round(high),
    }


def stands_apart(one: dict[str, Any]) -> bool:
    """Return whether a clock is known to differ: three in four say so, and the same way."""
    seconds = one["seconds"]
    return seconds is not None and abs(seconds) >= NOTED and (one["low"] > 0) == (one["high"] > 0)


def _quartiles(found: Sequence[float]) -> tuple[float, float, float]:
    low, middle, high = statistics.quantiles(found, n=4, method="inclusive")
    return low, middle, high
