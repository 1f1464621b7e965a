"""Whose an id of a system is, where the ids of that system are mapped (`care.system_ids`)."""

from __future__ import annotations

import pyarrow as pa

from sekisho.care.headers import squeeze
from sekisho.storage import Analysis

ZONE = 9
"""Hours of local time before UTC (Asia/Tokyo has no summer time)."""

_OWNER = """
CREATE OR REPLACE TABLE {made} AS
SELECT r.source, r.written_user, r.day, s.system, CASE
  WHEN count(DISTINCT a.staff_id) FILTER (WHERE a.user_id = r.written_user) = 1
    THEN min(a.staff_id) FILTER (WHERE a.user_id = r.written_user)
  WHEN count(a.staff_id) FILTER (WHERE a.user_id = r.written_user) = 0
    AND count(DISTINCT a.staff_id) = 1 THEN min(a.staff_id)
  END AS staff_id
FROM (SELECT DISTINCT source, written_user, day FROM {table} WHERE written_user IS NOT NULL) AS r
JOIN source_system AS s ON s.source = r.source
LEFT JOIN system_ids AS a ON a.system = s.system
  AND (a.user_id = r.written_user OR (
    regexp_full_match(r.written_user, '[0-9]+') AND regexp_full_match(a.user_id, '[0-9]+')
    AND ltrim(a.user_id, '0') = ltrim(r.written_user, '0')))
  AND (a.valid_from IS NULL OR a.valid_from <= r.day)
  AND (a.valid_to IS NULL OR a.valid_to >= r.day)
GROUP BY ALL
"""

NAMED = """
SELECT {table}.* REPLACE (
  coalesce(o.staff_id, o.written_user || ' @ ' || o.system, {table}.written_user) AS written_user)
FROM {table}
LEFT JOIN {owners} AS o ON o.source = {table}.source
  AND o.written_user = {table}.written_user AND o.day = {table}.day
"""
"""In a system whose ids are mapped, an id without a row is nobody else's of the same letters."""


def find_owners(analysis: Analysis, system_ids: pa.Table, table: str, made: str) -> bool:
    """Make `made` of the ids in `table` (source, written_user, day); return whether any is mapped.

    Where none is, `made` is not made.
    """
    systems = set(system_ids["system"].to_pylist())
    query = f"SELECT DISTINCT source FROM {table} ORDER BY ALL"  # noqa: S608 (names written by the caller)
    sources = [
        (source, squeeze(source))
        for (source,) in (analysis.rows(query) if systems else ())
        if squeeze(source) in systems
    ]
    columns = list(zip(*sources, strict=True)) or [(), ()]
    analysis.register("system_ids", system_ids)
    analysis.register(
        "source_system",
        pa.table(
            {
                "source": pa.array(columns[0], pa.string()),
                "system": pa.array(columns[1], pa.string()),
            }
        ),
    )
    if sources:
        analysis.execute(_OWNER.format(table=table, made=made))
    return bool(sources)
