/*
id = "stranger"
kind = "sign"
order = 70
level = "L2"
score = 0.25
cut = true
rare = 0.02
needs = ["staff", "visits", "stays", "orders"]
columns = ["access.user_id", "access.patient_ids", "visits.day", "stays.day", "orders.day", "appointments.day"]
windows = { least = 20, share = 0.1, before = 14, after = 60 }
[title]
ja = "どこにも診療のない患者（ふだんの閲覧には説明がつく人）"
en = "A patient without care anywhere, by a person whose work is otherwise explained"
[why]
ja = "受診・入院・オーダー・予約のどれも前後に見つからない患者の記録です（%(records)s件）。この人のほかの閲覧はほとんど説明がつきます"
en = "no visit, stay, order or appointment was found around it (%(records)s records); the person's other accesses are nearly all explained"
[[samples]]
matches = true
after = ["visit_department"]
access = [
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:00:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:01:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:02:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:03:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:04:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:05:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:06:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:07:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:08:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:09:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:10:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:11:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:12:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:13:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:14:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:15:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:16:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:17:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:18:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:19:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:20:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:21:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:22:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:23:00" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:24:00" },
  { user = "u2", patient = "p1", day = "2026-10-10", time = "13:00:00" },
]
staff = [{ user = "u2", duty = "医師", department = "内科" }]
visits = [
  { patient = "p5", day = "2026-10-10", department = "内科" },
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
orders = [{ patient = "p5", day = "2026-10-10", what = "lab" }]
[[samples]]
matches = false
access = [{ user = "u2", patient = "p1", day = "2026-10-10", time = "13:00:00" }]
staff = [{ user = "u2", duty = "医師", department = "内科" }]
visits = [
  { patient = "p9", day = "2026-10-01", department = "外科" },
  { patient = "p9", day = "2026-10-14", department = "外科" },
]
orders = [{ patient = "p5", day = "2026-10-10", what = "lab" }]
*/
-- count
WITH usual AS (
  SELECT w.user_id
  FROM (SELECT user_id, sum(touches) AS touches FROM workday WHERE own GROUP BY user_id) AS w
  LEFT JOIN (
    SELECT user_id, count(*) AS touches FROM open_touch
    WHERE kind IN ('person', 'unknown') GROUP BY user_id
  ) AS o ON o.user_id = w.user_id
  WHERE w.touches >= $least AND coalesce(o.touches, 0) <= $share * w.touches
)
SELECT DISTINCT t.index, t.patient_id, t.patient_id AS matter
FROM open_touch AS t
SEMI JOIN usual AS u ON u.user_id = t.user_id
ANTI JOIN care AS c ON c.patient_id = t.patient_id AND t.day BETWEEN c.day - $before AND c.until + $after
ANTI JOIN orders AS r ON r.patient_id = t.patient_id AND t.day BETWEEN r.day - $before AND r.until + $after
ANTI JOIN appointments AS a ON a.patient_id = t.patient_id
  AND (t.day BETWEEN a.day - $after AND a.day + $after OR t.day BETWEEN a.booked_on - 3 AND a.booked_on + 3)
WHERE t.duty_group NOT IN ('billing', 'coding', 'desk', 'liaison', 'clerk', 'systems')
  AND t.day IN (SELECT day FROM covered_day) AND (SELECT count(*) FROM ordered) > 0;
