/*
id = "long_gone"
kind = "sign"
order = 37
level = "L1"
score = 0.35
cut = true
rare = 0.03
within = ["old_patient"]
needs = ["staff", "visits", "stays"]
columns = ["visits.day", "stays.until", "access.patient_ids"]
windows = { days = 120 }
[title]
ja = "長く来ていない患者"
en = "A patient who has not come for long"
[why]
ja = "最後の受診・退院から%(days)s日たった患者で、この閲覧につながる診療が見つかりません（%(records)s件）"
en = "%(days)s days after the last visit or stay, and no care was found that leads to it (%(records)s records)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
visits = [
  { patient = "p1", day = "2026-04-01", department = "内科" },
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
visits = [
  { patient = "p1", day = "2026-08-01", department = "内科" },
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" }]
visits = [
  { patient = "p1", day = "2026-04-01", department = "内科" },
  { patient = "p1", day = "2026-10-30", department = "内科" },
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
*/
-- count
WITH last AS (
  SELECT o.index, o.patient_id, max(c.until) AS until, max(c.until) FILTER (WHERE c.until <= o.day) AS past, o.day
  FROM open_touch AS o JOIN care AS c ON c.patient_id = o.patient_id
  WHERE o.kind IN ('person', 'unknown') AND o.source <> 'sekisho'
    AND o.day IN (SELECT day FROM covered_day)
  GROUP BY o.index, o.patient_id, o.day
)
SELECT index, patient_id, patient_id AS matter, day - past AS days
FROM last WHERE past < day - $days AND until <= day;
