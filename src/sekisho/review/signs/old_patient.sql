/*
id = "old_patient"
kind = "sign"
order = 35
level = "L1"
score = 0.45
cut = true
rare = 0.03
needs = ["staff", "visits", "stays"]
columns = ["stays.ward", "stays.department", "visits.department", "access.user_id"]
windows = { least = 2, before = 14, after = 14 }
[title]
ja = "以前に診た患者に、診療のないまま戻る"
en = "Going back to a patient of the past, without care"
[why]
ja = "%(place)sの診療が%(ago)s日前に終わり、今はどこにも診療が見つからない患者の記録を、%(days)s日にわたって開いています（%(records)s件）"
en = "care in %(place)s ended %(ago)s days before and none was found since; the record was opened on %(days)s days (%(records)s records)"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-05", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-09", time = "12:00:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [
  { patient = "p1", day = "2026-08-01", until = "2026-08-10", department = "内科", ward = "5東" },
  { patient = "p9", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-05", time = "12:00:00" }]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [
  { patient = "p1", day = "2026-08-01", until = "2026-08-10", department = "内科", ward = "5東" },
  { patient = "p9", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-05", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-09", time = "12:00:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
stays = [
  { patient = "p1", day = "2026-08-01", until = "2026-08-10", department = "内科", ward = "5東" },
  { patient = "p9", day = "2026-10-01", until = "2026-10-20", department = "外科", ward = "6西" },
  { patient = "p1", day = "2026-10-01", until = "2026-10-03", department = "外科", ward = "7南" },
]
*/
-- count
WITH mine AS (
  SELECT o.index, o.user_id, o.patient_id, o.day, c.place, max(c.until) AS until
  FROM open_touch AS o
  JOIN post_day AS p ON p.user_id = o.user_id AND p.day = o.day
  JOIN (
    SELECT patient_id, department_key AS place, day AS until FROM visits
    UNION ALL SELECT patient_id, department_key, until FROM stays
    UNION ALL SELECT patient_id, ward_key, until FROM stays
  ) AS c ON c.patient_id = o.patient_id AND c.place = p.place AND c.until < o.day
  WHERE o.kind IN ('person', 'unknown') AND o.day IN (SELECT day FROM covered_day)
  GROUP BY o.index, o.user_id, o.patient_id, o.day, c.place
),
alone AS (
  SELECT m.* FROM mine AS m
  ANTI JOIN care AS c ON c.patient_id = m.patient_id AND m.day BETWEEN c.day - $before AND c.until + $after
),
often AS (
  SELECT user_id, patient_id, count(DISTINCT day) AS days FROM alone
  GROUP BY user_id, patient_id HAVING count(DISTINCT day) >= $least
)
SELECT a.index, a.patient_id, a.patient_id AS matter, max(a.place) AS place,
  min(a.day - a.until) AS ago, max(f.days) AS days
FROM alone AS a
JOIN often AS f ON f.user_id = a.user_id AND f.patient_id = a.patient_id
GROUP BY a.index, a.patient_id;
