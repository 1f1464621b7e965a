"""How wide each explanation is: what share of random people and patients it would explain.

Pairs are drawn from the people and patients of the period by a fixed seed, each on a random
day of it at noon. Whoever looks at a random patient has no reason to: what is explained there
would be explained to anybody who is curious.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sekisho.review.catalogue import Explanation
from sekisho.review.explaining import FRESH, able
from sekisho.storage import Analysis

PAIRS = 20_000
"""So many are drawn: a share of 0.1 % is told from none."""
TOGETHER = 16
"""So many explanations are asked in one query: to plan each alone takes as long as to answer it."""

_DRAWN = """
CREATE TABLE drawn AS
WITH people AS (
  SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS place
  FROM (SELECT DISTINCT user_id FROM event WHERE kind IN ('person', 'unknown') AND valid)
),
patient AS (
  SELECT patient_id, row_number() OVER (ORDER BY patient_id) - 1 AS place
  FROM (SELECT DISTINCT patient_id FROM touch WHERE in_period)
),
days AS (
  SELECT day, row_number() OVER (ORDER BY day) - 1 AS place FROM (SELECT DISTINCT day FROM event)
),
size AS (
  SELECT w.n AS people, p.n AS patients, y.n AS days
  FROM (SELECT nullif(count(*), 0) AS n FROM people) AS w
  CROSS JOIN (SELECT nullif(count(*), 0) AS n FROM patient) AS p
  CROSS JOIN (SELECT nullif(count(*), 0) AS n FROM days) AS y
),
dice AS (
  SELECT n, (n * 2654435761) % 4294967296 % s.people AS a,
    ((n + 7) * 2246822519) % 4294967296 % s.patients AS b,
    ((n + 13) * 3266489917) % 4294967296 % s.days AS c
  FROM (SELECT unnest(generate_series(0, $pairs - 1)) AS n) CROSS JOIN size AS s
)
SELECT -1 - d.n AS index, w.user_id, p.patient_id, y.day
FROM dice AS d
JOIN people AS w ON w.place = d.a
JOIN patient AS p ON p.place = d.b
JOIN days AS y ON y.place = d.c
"""

# Whatever explanations read is made of the drawn pairs alone; then they are asked as ever.
_LAID = [
    """
CREATE TABLE drawn_post AS
SELECT d.index, d.patient_id, d.user_id, d.day,
  CAST(d.day AS TIMESTAMP) + INTERVAL 12 HOUR AS moment, p.duty_group, p.place
FROM drawn AS d
JOIN (
  SELECT user_id, min(duty_group) AS duty_group, place FROM post_day GROUP BY user_id, place
) AS p ON p.user_id = d.user_id
""",
    """
CREATE TABLE drawn_touch AS
SELECT d.index, d.patient_id, CAST(NULL AS VARCHAR) AS form, d.user_id, 'person' AS kind, TRUE AS listed,
  TRUE AS valid, g.duty_group, d.day, CAST(d.day AS TIMESTAMP) + INTERVAL 12 HOUR AS moment,
  TRUE AS exact, FALSE AS night, 'read' AS action, 'success' AS outcome, 'drawn' AS source,
  CAST(NULL AS VARCHAR) AS terminal, TRUE AS in_period, CAST(NULL AS VARCHAR) AS file,
  FALSE AS emergency
FROM drawn AS d
JOIN (SELECT index, min(duty_group) AS duty_group FROM drawn_post GROUP BY index) AS g
  ON g.index = d.index
""",
    "CREATE OR REPLACE VIEW done AS SELECT * FROM fresh",
    "DROP TABLE post",
    "CREATE VIEW post AS SELECT * FROM drawn_post",
    "CREATE OR REPLACE VIEW touch AS SELECT * FROM drawn_touch",
]


def spread(analysis: Analysis, explanations: Sequence[Explanation]) -> dict[str, Any]:
    """Return ``pairs`` (duty group → how many were drawn) and ``explained`` (id → duty group → share).

    Each explanation is asked alone, whether somebody approved it or not. One that follows from
    another access (``repeated``) says nothing of random pairs and is left out, as is one whose
    lists have not arrived. Called last: what was explained of the log is lost.
    """
    analysis.execute(_DRAWN, {"pairs": PAIRS})
    for sql in _LAID:
        analysis.execute(sql)
    groups = dict(
        analysis.rows(
            "SELECT duty_group, count(*) FROM drawn_touch GROUP BY duty_group ORDER BY ALL"
        )
    )
    here = able(analysis, explanations)
    asked = [one for one in explanations if one.id in here and "settled" not in one.sql]
    found: dict[str, dict[str, float]] = {one.id: {} for one in asked}
    analysis.execute(FRESH)
    parts = [asked[place : place + TOGETHER] for place in range(0, len(asked), TOGETHER)]
    answers = analysis.together(partial(_counted, some=some) for some in parts)
    for some, rows in zip(parts, answers, strict=True):
        for place, group, count in rows:
            found[some[place].id][group] = round(count / groups[group], 5)
    return {"pairs": groups, "explained": found}


def _counted(analysis: Analysis, some: Sequence[Explanation]) -> list[tuple[Any, ...]]:
    return analysis.rows(*_together(some))


def _together(some: Sequence[Explanation]) -> tuple[str, dict[str, Any]]:
    """Return one query for all of `some`, with its values: place among them, duty group, pairs explained."""
    values: dict[str, Any] = {}
    queries = []
    for place, one in enumerate(some):
        query, its = one.apart(place)
        values |= its
        queries.append(f"SELECT {place} AS place, index FROM ({query})")  # noqa: S608 (files of the program)
    sql = f"""
SELECT f.place, t.duty_group, count(DISTINCT t.index)
FROM ({" UNION ALL ".join(queries)}) AS f JOIN drawn_touch AS t ON t.index = f.index
GROUP BY f.place, t.duty_group ORDER BY ALL
"""  # noqa: S608 (as above)
    return sql, values
