/*
id = "before_leaving"
kind = "sign"
order = 36
level = "L0"
score = 0.4
cut = true
rare = 0.03
needs = ["staff"]
columns = ["staff.valid_to", "staff.left_on", "access.patient_ids"]
windows = { days = 30, least = 8 }
[title]
ja = "退職の前の30日に、診療の見つからない多くの患者"
en = "Many patients without care in the thirty days before leaving"
[why]
ja = "%(last_day)sで有効期間が終わる利用者IDで、その前の30日に診療の見つからない患者%(people)s人の記録を開いています"
en = "the id ends on %(last_day)s; in the thirty days before, the records of %(people)s patients were opened without care that was found"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p0", day = "2026-10-20", time = "20:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-20", time = "20:01:00" },
  { user = "u1", patient = "p2", day = "2026-10-20", time = "20:02:00" },
  { user = "u1", patient = "p3", day = "2026-10-20", time = "20:03:00" },
  { user = "u1", patient = "p4", day = "2026-10-20", time = "20:04:00" },
  { user = "u1", patient = "p5", day = "2026-10-20", time = "20:05:00" },
  { user = "u1", patient = "p6", day = "2026-10-20", time = "20:06:00" },
  { user = "u1", patient = "p7", day = "2026-10-20", time = "20:07:00" },
  { user = "u1", patient = "p8", day = "2026-10-20", time = "20:08:00" },
  { user = "u1", patient = "p9", day = "2026-10-20", time = "20:09:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科", valid_to = "2026-10-31" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p0", day = "2026-10-20", time = "20:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-20", time = "20:01:00" },
  { user = "u1", patient = "p2", day = "2026-10-20", time = "20:02:00" },
  { user = "u1", patient = "p3", day = "2026-10-20", time = "20:03:00" },
  { user = "u1", patient = "p4", day = "2026-10-20", time = "20:04:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科", valid_to = "2026-10-31" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p0", day = "2026-10-20", time = "20:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-20", time = "20:01:00" },
  { user = "u1", patient = "p2", day = "2026-10-20", time = "20:02:00" },
  { user = "u1", patient = "p3", day = "2026-10-20", time = "20:03:00" },
  { user = "u1", patient = "p4", day = "2026-10-20", time = "20:04:00" },
  { user = "u1", patient = "p5", day = "2026-10-20", time = "20:05:00" },
  { user = "u1", patient = "p6", day = "2026-10-20", time = "20:06:00" },
  { user = "u1", patient = "p7", day = "2026-10-20", time = "20:07:00" },
  { user = "u1", patient = "p8", day = "2026-10-20", time = "20:08:00" },
  { user = "u1", patient = "p9", day = "2026-10-20", time = "20:09:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科", valid_to = "2026-12-31" }]
*/
-- count
WITH going AS (
  SELECT o.user_id, e.last_day, count(DISTINCT o.patient_id) AS people
  FROM open_touch AS o
  JOIN ended AS e ON e.user_id = o.user_id AND o.day BETWEEN e.last_day - $days AND e.last_day
  WHERE o.kind IN ('person', 'unknown')
  GROUP BY o.user_id, e.last_day HAVING count(DISTINCT o.patient_id) >= $least
)
SELECT t.index, t.patient_id, '' AS matter, CAST(g.last_day AS VARCHAR) AS last_day, g.people
FROM open_touch AS t
JOIN going AS g ON g.user_id = t.user_id AND t.day BETWEEN g.last_day - $days AND g.last_day;
