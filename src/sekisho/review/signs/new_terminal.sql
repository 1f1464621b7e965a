/*
id = "new_terminal"
kind = "sign"
order = 60
level = "L0"
score = 0.25
cut = true
needs = []
columns = ["access.terminal", "access.occurred_at"]
windows = { days = 5 }
[title]
ja = "はじめての端末、ふだんない時刻"
en = "A terminal and an hour that are new for the person"
[why]
ja = "この人がほかの日に使っていない端末と時刻での記録が%(records)s件あります"
en = "%(records)s of the records are at a terminal and an hour that the person uses on no other day"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-08", time = "23:10:00", terminal = "B" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-08", time = "23:10:00", terminal = "A" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-01", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-02", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-03", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-04", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-05", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:06:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:12:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:18:00", terminal = "A" },
  { user = "u1", patient = "p2", day = "2026-10-06", time = "10:24:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-08", time = "10:10:00", terminal = "B" },
]
*/
-- count
WITH habit AS (
  SELECT user_id FROM touch WHERE terminal IS NOT NULL AND exact
  GROUP BY user_id HAVING count(DISTINCT day) >= $days
),
desk AS (
  SELECT user_id, terminal, min(day) AS day FROM touch WHERE terminal IS NOT NULL
  GROUP BY user_id, terminal HAVING min(day) = max(day)
),
clock AS (
  SELECT user_id, hour(moment) AS hour, min(day) AS day FROM touch WHERE exact
  GROUP BY user_id, hour(moment) HAVING min(day) = max(day)
)
SELECT t.index, t.patient_id, t.patient_id AS matter
FROM open_touch AS t
SEMI JOIN habit AS h ON h.user_id = t.user_id
SEMI JOIN desk AS d ON d.user_id = t.user_id AND d.terminal = t.terminal AND d.day = t.day
SEMI JOIN clock AS c ON c.user_id = t.user_id AND c.hour = hour(t.moment) AND c.day = t.day
WHERE t.exact AND t.kind IN ('person', 'unknown') AND t.source <> 'sekisho';
