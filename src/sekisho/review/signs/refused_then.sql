/*
id = "refused_then"
kind = "sign"
order = 40
level = "L0"
score = 0.5
cut = true
rare = 0.1
needs = []
columns = ["access.outcome", "access.user_id", "access.patient_ids"]
windows = { least = 5, minutes = 60 }
[title]
ja = "拒否・失敗のあとの成功"
en = "Refused or failed, then let in"
[why]
ja = "拒否または失敗が%(refused)s回続いたあとに、成功した記録があります"
en = "%(refused)s refusals or failures were followed by a success"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", outcome = "refused" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:10:00", outcome = "success" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", outcome = "refused" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:10:00", outcome = "success" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:00:00", outcome = "refused" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:10:00", outcome = "success" },
]
[[samples]]
matches = true
access = [
  { user = "u1", day = "2026-10-10", time = "10:00:00", outcome = "failed", action = "login" },
  { user = "u1", day = "2026-10-10", time = "10:01:00", outcome = "failed", action = "login" },
  { user = "u1", day = "2026-10-10", time = "10:02:00", outcome = "failed", action = "login" },
  { user = "u1", day = "2026-10-10", time = "10:03:00", outcome = "failed", action = "login" },
  { user = "u1", day = "2026-10-10", time = "10:04:00", outcome = "failed", action = "login" },
  { user = "u1", day = "2026-10-10", time = "10:06:00", outcome = "success", action = "login" },
]
[[samples]]
matches = false
access = [
  { user = "u1", day = "2026-10-10", time = "10:00:00", outcome = "failed", action = "login" },
  { user = "u1", day = "2026-10-10", time = "10:01:00", outcome = "failed", action = "login" },
  { user = "u1", day = "2026-10-10", time = "10:02:00", outcome = "failed", action = "login" },
  { user = "u1", day = "2026-10-10", time = "10:06:00", outcome = "success", action = "login" },
]
*/
-- count
WITH no AS (
  SELECT index, user_id, patient_id, moment FROM touch
  WHERE in_period AND outcome = 'refused' AND source <> 'sekisho'
),
yes AS (
  SELECT n.user_id, n.patient_id, n.index AS refusal, min(t.moment) AS moment
  FROM no AS n
  JOIN touch AS t ON t.user_id = n.user_id AND t.patient_id = n.patient_id AND t.in_period
    AND t.outcome = 'success' AND t.moment BETWEEN n.moment AND n.moment + $minutes * INTERVAL 1 MINUTE
  GROUP BY ALL
),
about_patient AS (
  SELECT n.index, n.patient_id, n.user_id FROM no AS n JOIN yes AS y ON y.refusal = n.index
    AND y.patient_id = n.patient_id
  UNION
  SELECT t.index, t.patient_id, t.user_id FROM touch AS t
  JOIN yes AS y ON y.user_id = t.user_id AND y.patient_id = t.patient_id AND t.moment = y.moment
  WHERE t.in_period AND t.outcome = 'success'
),
failure AS (
  SELECT index, user_id, moment FROM event
  WHERE action IN ('login', 'security') AND outcome IN ('refused', 'failed') AND source <> 'sekisho'
),
entry AS (
  SELECT e.index, e.user_id, e.moment, count(*) AS refused
  FROM event AS e
  JOIN failure AS f ON f.user_id = e.user_id
    AND e.moment BETWEEN f.moment AND f.moment + ($minutes / 4) * INTERVAL 1 MINUTE
  WHERE e.action = 'login' AND e.outcome = 'success'
  GROUP BY ALL HAVING count(*) >= $least
)
SELECT index, patient_id, CAST(patient_id AS VARCHAR) AS matter,
  count(*) FILTER (WHERE index IN (SELECT index FROM no)) OVER (PARTITION BY user_id, patient_id) AS refused
FROM about_patient
UNION ALL
SELECT index, CAST(NULL AS INTEGER) AS patient_id, '' AS matter, refused FROM entry;
