"""What became of each access: explained, unexplained, or not judgeable and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from sekisho.review.catalogue import Explanation
from sekisho.storage import Analysis

REASONS = (
    "no_user",
    "no_patient",
    "no_staff_list",
    "user_not_listed",
    "not_a_person",
    "no_post_that_day",
    "no_care_lists",
)
"""Why an access cannot be judged, in the order in which they are asked."""

_STATUS = """
CREATE TABLE status AS
SELECT e.index, CASE
  WHEN e.user_id IS NULL THEN 'no_user'
  WHEN e.patients = 0 THEN 'no_patient'
  WHEN (SELECT count(*) FROM staff) = 0 THEN 'no_staff_list'
  WHEN e.kind IN ('shared', 'vendor', 'system') THEN 'not_a_person'
  WHEN NOT e.listed THEN 'user_not_listed'
  WHEN NOT e.valid THEN 'no_post_that_day'
  WHEN c.day IS NULL THEN 'no_care_lists'
  ELSE 'unexplained' END AS status
FROM open_event AS e
LEFT JOIN covered_day AS c ON c.day = e.day
"""

_FIRST = """
SELECT (
  SELECT count(*) FROM (
    SELECT DISTINCT user_id, patient_id FROM touch WHERE in_period AND user_id IS NOT NULL)
), count(*) FROM (
  SELECT t.user_id, t.patient_id,
    min(CAST(floor(epoch(t.moment)) AS BIGINT) * 1000000000 + t.index) % 1000000000 AS index
  FROM touch AS t
  SEMI JOIN open_touch AS w ON w.user_id = t.user_id AND w.patient_id = t.patient_id
  WHERE t.in_period GROUP BY t.user_id, t.patient_id
) AS f
SEMI JOIN open_touch AS o ON o.index = f.index AND o.patient_id = f.patient_id
"""

# A record of many patients is counted under the widest of their explanations.
_BY = """
SELECT explanation, sum(records) FROM (
  SELECT * FROM counted
  UNION ALL
  SELECT arg_max(x.explanation, o.place), 1
  FROM shared AS x JOIN places AS o ON o.explanation = x.explanation
  ANTI JOIN open_touch AS s ON s.index = x.index
  GROUP BY x.index
) GROUP BY explanation
"""

_PAIRED = "SELECT count(DISTINCT o.index) FROM once AS o JOIN event AS e ON e.index = o.index"

_NOBODYS = """
SELECT CAST(kind AS VARCHAR), count(*) FROM event WHERE kind IN ('shared', 'vendor', 'system')
GROUP BY kind ORDER BY ALL
"""

_NO_ROSTER = """
WITH gap AS (
  SELECT DISTINCT o.index, o.day, s.ward
  FROM open_touch AS o
  JOIN stays AS s ON s.patient_id = o.patient_id AND o.day BETWEEN s.day AND s.until
  JOIN unrostered AS u ON u.place_key = s.ward_key AND u.day = o.day
  WHERE o.listed AND o.valid AND o.kind = 'person'
)
SELECT ward, count(DISTINCT index), min(day), max(day), (SELECT count(DISTINCT index) FROM gap)
FROM gap GROUP BY ward ORDER BY count(DISTINCT index) DESC, ward
"""

_QUIET = """
CREATE TABLE quiet AS
SELECT t.index, t.patient_id, t.form, t.user_id, t.kind, t.day, t.night FROM open_touch AS t
SEMI JOIN status AS s ON s.index = t.index AND s.status = 'unexplained'
ANTI JOIN raised AS r ON r.index = t.index
"""
_UNEXPLAINED = """
SELECT min(e.written_user) AS written_user, min(t.kind) AS kind,
  list(DISTINCT coalesce(t.form, p.id) ORDER BY coalesce(t.form, p.id)) AS patients, min(e.occurred_at) AS first,
  max(e.occurred_at) AS last, count(DISTINCT t.index) FILTER (WHERE t.night) AS night,
  bool_or(n.patient_id IS NOT NULL) AS near,
  list_sort(list(DISTINCT {'index': e.index, 'file': e.origin_file,
    'connection': e.origin_connection, 'row': e.origin_row, 'message': e.origin_message}))
    AS records,
  left(sha256(t.user_id || chr(31) || 'unexplained' || chr(31) || min(p.id) || chr(31)
    || strftime(min(e.occurred_at), '%Y-%m')), 32) AS key
FROM quiet AS t
JOIN (SELECT r.* FROM raw AS r SEMI JOIN quiet AS q ON q.index = r.index) AS e ON e.index = t.index
JOIN patient AS p ON p.patient_id = t.patient_id
LEFT JOIN (
  SELECT DISTINCT t.index, t.patient_id FROM quiet AS t
  SEMI JOIN care AS c ON c.patient_id = t.patient_id AND t.day BETWEEN c.day - 7 AND c.until + 30
) AS n ON n.index = t.index AND n.patient_id = t.patient_id
GROUP BY t.user_id, t.patient_id
ORDER BY near, len(records) DESC, key
"""
"""The key is that of `cases`; who is near another's care stands behind (`quiet`)."""


_COULD = """
WITH who AS (
  SELECT d.user_id, d.day, min(d.duty_group) AS duty_group,
    bool_or(regexp_matches(coalesce(s.ward, s.department, ''), '病棟|[0-9０-９]|[GHINPS]CU')) AS ward
  FROM (SELECT DISTINCT user_id, day, duty_group FROM post_day) AS d
  JOIN staff AS s ON s.user_id = d.user_id
  GROUP BY d.user_id, d.day
),
had AS (
  SELECT e.day, c.kind FROM (SELECT DISTINCT day FROM event) AS e
  JOIN cover AS c ON e.day BETWEEN c.first AND c.last
  GROUP BY ALL
),
here AS (
  SELECT DISTINCT t.index, t.patient_id FROM open_touch AS t
  JOIN care AS c ON c.patient_id = t.patient_id AND t.day BETWEEN c.day - 1 AND c.until + 1
),
open AS (
  SELECT t.index, t.valid, w.duty_group, coalesce(w.ward, FALSE) AS ward,
    t.day IN (SELECT day FROM had WHERE kind = 'visits') AS visits,
    t.day IN (SELECT day FROM had WHERE kind = 'stays') AS stays,
    t.day IN (SELECT day FROM had WHERE kind = 'orders') AS orders,
    t.day IN (SELECT day FROM had WHERE kind = 'appointments') AS appointments,
    t.day IN (SELECT day FROM had WHERE kind = 'rosters') AS rosters,
    h.index IS NOT NULL AS here
  FROM open_touch AS t
  LEFT JOIN who AS w ON w.user_id = t.user_id AND w.day = t.day
  LEFT JOIN here AS h ON h.index = t.index AND h.patient_id = t.patient_id
  WHERE t.kind IN ('person', 'unknown') AND t.source <> 'sekisho'
)
SELECT count(DISTINCT index) FILTER (WHERE NOT valid),
  count(DISTINCT index) FILTER (
    WHERE valid AND NOT visits AND NOT (duty_group = 'nurse' AND ward)),
  count(DISTINCT index) FILTER (
    WHERE valid AND NOT stays AND (ward OR duty_group NOT IN ('nurse', 'desk'))),
  count(DISTINCT index) FILTER (
    WHERE valid AND NOT orders
      AND duty_group NOT IN ('nurse', 'aide', 'desk', 'clerk', 'coding', 'systems')),
  count(DISTINCT index) FILTER (
    WHERE valid AND NOT appointments AND NOT ward
      AND duty_group IN ('doctor', 'nurse', 'desk', 'clerk', 'endoscopy', 'dialysis', 'other')),
  count(DISTINCT index) FILTER (
    WHERE valid AND NOT rosters AND here
      AND duty_group NOT IN ('coding', 'billing', 'systems', 'clerk'))
FROM open
"""


def could_explain(analysis: Analysis) -> dict[str, int]:
    """Return how many accesses each list could explain at most, were it whole.

    Staff: those of ids without a post that day. Stays: those on days without a list
    of stays, but for people who only see outpatients; visits the other way round. Orders:
    those of people to whom orders go, or who give them. Appointments: those of people who
    prepare outpatients. Rosters: those of people who care for the sick, to patients who are
    known to have been in the house: a roster says where its people were, not its patients. Each is an upper bound, and counts what another
    list could explain too. A patient list explains nothing: it lets a sign be checked.
    """
    kinds = ("staff", "visits", "stays", "orders", "appointments", "rosters")
    return {**dict(zip(kinds, analysis.rows(_COULD)[0], strict=True)), "patients": 0}


def classify(analysis: Analysis, explanations: Sequence[Explanation]) -> None:
    """Make ``status``: what each access of the period is, before signs are looked at."""
    analysis.register(
        "places",
        pa.table(
            {
                "explanation": pa.array([e.id for e in explanations], pa.string()),
                "place": pa.array([e.order for e in explanations], pa.int64()),
            }
        ),
    )
    analysis.execute(_STATUS)


def count(analysis: Analysis, raised: pa.Table) -> dict[str, Any]:
    """Return the figures of the summary that come from ``status``.

    Args:
        analysis: Where ``status`` is.
        raised: The indexes of accesses in raised cases: they were judged.
    """
    analysis.register("raised", raised)
    statuses = dict(
        analysis.rows(
            """
SELECT CASE WHEN s.status <> 'not_a_person' AND r.index IS NOT NULL THEN 'unexplained' ELSE s.status END,
  count(*)
FROM status AS s LEFT JOIN raised AS r ON r.index = s.index GROUP BY ALL
UNION ALL
SELECT 'explained', (SELECT count(*) FROM event) - (SELECT count(*) FROM open_event)
"""
        )
    )
    first, first_open = analysis.rows(_FIRST)[0]
    by = {name: int(records) for name, records in analysis.rows(_BY)}
    sources = [row[0] for row in analysis.rows("SELECT DISTINCT source FROM event ORDER BY ALL")]
    doubts = analysis.rows(
        """
SELECT (SELECT count(*) FROM patient_map WHERE restored), (SELECT count(*) FROM patient_map WHERE doubtful),
  (SELECT count(*) FROM user_map WHERE restored), (SELECT count(*) FROM user_map WHERE doubtful)
"""
    )[0]
    by_reason = {reason: statuses[reason] for reason in REASONS if reason in statuses}
    return {
        "accesses": sum(statuses.values()),
        "explained": statuses.get("explained", 0),
        "first_accesses": first,
        "first_explained": first - first_open,
        "not_judgeable": sum(by_reason.values()),
        "unexplained": statuses.get("unexplained", 0),
        "paired": analysis.rows(_PAIRED)[0][0],
        "no_roster": _no_roster(analysis),
        "not_attributable": dict(analysis.rows(_NOBODYS)),
        "not_judgeable_by": by_reason,
        "sources": sources,
        "by_explanation": {name: by[name] for name in sorted(by)},
        "ids": {
            "patients_restored": doubts[0],
            "patients_doubtful": doubts[1],
            "users_restored": doubts[2],
            "users_doubtful": doubts[3],
        },
    }


def _no_roster(analysis: Analysis) -> dict[str, Any]:
    """Return how many unexplained accesses to people in a ward could not be held against its roster."""
    rows = analysis.rows(_NO_ROSTER)
    wards = [
        {"ward": ward, "accesses": count, "first": first.isoformat(), "last": last.isoformat()}
        for ward, count, first, last, _ in rows
    ]
    return {"accesses": rows[0][4] if rows else 0, "wards": wards}


def unexplained(analysis: Analysis) -> pa.Table:
    """Return what stays without a sign, one row per person and patient, best first."""
    analysis.execute(_QUIET)
    return analysis.table(_UNEXPLAINED)
