/*
id = "coming_back"
kind = "sign"
order = 33
level = "L1"
score = 0.45
cut = true
rare = 0.03
within = ["returning"]
needs = ["staff", "visits", "stays"]
columns = ["access.user_id", "access.patient_ids", "visits.day", "stays.day"]
windows = { least = 4, span = 5 }
[title]
ja = "つながりの一度も見つからない患者を、日を置いてくり返し"
en = "Coming back, days apart, to a patient with whom no tie was found at all"
[why]
ja = "どの日にもこの人とのつながりが見つからない患者の記録を、%(days)s日にわたって開いています（%(records)s件）"
en = "the record of a patient with whom no tie of this person was found on any day was opened on %(days)s days (%(records)s records)"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-03", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-07", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-12", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-13", time = "12:00:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
visits = [
  { patient = "p1", day = "2026-10-05", department = "外科" },
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-03", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-07", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-12", time = "12:00:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
visits = [
  { patient = "p1", day = "2026-10-05", department = "外科" },
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-03", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-04", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-05", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-06", time = "12:00:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
visits = [
  { patient = "p1", day = "2026-10-05", department = "外科" },
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
*/
-- count
WITH coming AS (
  SELECT o.user_id, o.patient_id, count(DISTINCT o.day) AS days
  FROM open_touch AS o
  WHERE o.kind IN ('person', 'unknown') AND o.source <> 'sekisho'
    AND o.day IN (SELECT day FROM covered_day)
  GROUP BY o.user_id, o.patient_id
  HAVING count(DISTINCT o.day) >= $least AND max(o.day) - min(o.day) >= $span
),
tied AS (
  SELECT t.user_id, t.patient_id, count(o.index) AS open, count(*) AS records FROM touch AS t
  SEMI JOIN coming AS c ON c.user_id = t.user_id AND c.patient_id = t.patient_id
  LEFT JOIN open_touch AS o ON o.index = t.index AND o.patient_id = t.patient_id
  WHERE t.in_period
  GROUP BY t.user_id, t.patient_id HAVING count(o.index) < count(*)
),
often AS (
  SELECT c.* FROM coming AS c
  ANTI JOIN tied AS x ON x.user_id = c.user_id AND x.patient_id = c.patient_id
)
SELECT t.index, t.patient_id, t.patient_id AS matter, f.days
FROM open_touch AS t
JOIN often AS f ON f.user_id = t.user_id AND f.patient_id = t.patient_id;
