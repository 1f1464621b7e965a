/*
id = "returning"
kind = "sign"
order = 35
level = "L1"
score = 0.55
cut = true
rare = 0.03
needs = ["staff", "visits", "stays"]
columns = ["access.user_id", "access.patient_ids", "visits.day", "stays.day"]
windows = { least = 4, before = 7, after = 30 }
[title]
ja = "診療のない患者を、くり返し"
en = "Coming back to a patient without care"
[why]
ja = "どの診療科にも受診・入院の見つからない患者の記録を、%(days)s日にわたって開いています（%(records)s件）"
en = "the record of a patient without any visit or stay that was found was opened on %(days)s days (%(records)s records)"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-09" },
  { user = "u1", patient = "p1", day = "2026-10-10" },
  { user = "u1", patient = "p1", day = "2026-10-12" },
  { user = "u1", patient = "p1", day = "2026-10-14" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p9", day = "2026-10-10", department = "外科" }, { patient = "p9", day = "2026-10-14", department = "外科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-09" },
  { user = "u1", patient = "p1", day = "2026-10-10" },
  { user = "u1", patient = "p1", day = "2026-10-12" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p9", day = "2026-10-10", department = "外科" }, { patient = "p9", day = "2026-10-14", department = "外科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-09" },
  { user = "u1", patient = "p1", day = "2026-10-10" },
  { user = "u1", patient = "p1", day = "2026-10-12" },
  { user = "u1", patient = "p1", day = "2026-10-14" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-09" },
  { user = "u1", patient = "p1", day = "2026-10-10" },
  { user = "u1", patient = "p1", day = "2026-10-12" },
  { user = "u1", patient = "p1", day = "2026-10-14" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
*/
-- count
WITH alone AS (
  SELECT t.index, t.user_id, t.patient_id, t.day
  FROM open_touch AS t
  ANTI JOIN care AS c
    ON c.patient_id = t.patient_id AND t.day BETWEEN c.day - $before AND c.until + $after
  WHERE t.kind IN ('person', 'unknown')
    AND t.day IN (SELECT day FROM covered_day)
),
often AS (
  SELECT user_id, patient_id, count(DISTINCT day) AS days FROM alone
  GROUP BY user_id, patient_id HAVING count(DISTINCT day) >= $least
)
SELECT a.index, a.patient_id, a.patient_id AS matter, o.days
FROM alone AS a
JOIN often AS o ON o.user_id = a.user_id AND o.patient_id = a.patient_id;
