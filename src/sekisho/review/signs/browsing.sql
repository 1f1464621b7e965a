/*
id = "browsing"
kind = "sign"
order = 31
level = "L0"
score = 0.55
cut = true
rare = 0.03
needs = []
columns = ["access.user_id", "access.patient_ids", "staff.duty"]
windows = { least = 10, days = 4 }
[title]
ja = "本人のふだんの日にも、同じ職種の人にもない数の患者"
en = "Far more patients than on the person's other days, and than others of the duty"
[why]
ja = "%(day)sに、診療の見つからない患者%(people)s人の記録を開いています。本人のほかの日は多くて%(own)s人、同じ職種の多いほうの日で%(peers)s人です"
en = "on %(day)s the records of %(people)s patients were opened without care that was found; the person's other days have %(own)s at most, a busy day of the duty %(peers)s"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p0", day = "2026-10-10", time = "20:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "20:01:00" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "20:02:00" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "20:03:00" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "20:04:00" },
  { user = "u1", patient = "p5", day = "2026-10-10", time = "20:05:00" },
  { user = "u1", patient = "p6", day = "2026-10-10", time = "20:06:00" },
  { user = "u1", patient = "p7", day = "2026-10-10", time = "20:07:00" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "20:08:00" },
  { user = "u1", patient = "p9", day = "2026-10-10", time = "20:09:00" },
  { user = "u1", patient = "p10", day = "2026-10-10", time = "20:10:00" },
  { user = "u1", patient = "p11", day = "2026-10-10", time = "20:11:00" },
  { user = "u1", patient = "p50", day = "2026-10-01", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-02", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-03", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-04", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-05", time = "12:00:00" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p5", day = "2026-10-10", time = "20:05:00" },
  { user = "u1", patient = "p6", day = "2026-10-10", time = "20:06:00" },
  { user = "u1", patient = "p7", day = "2026-10-10", time = "20:07:00" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "20:08:00" },
  { user = "u1", patient = "p9", day = "2026-10-10", time = "20:09:00" },
  { user = "u1", patient = "p10", day = "2026-10-10", time = "20:10:00" },
  { user = "u1", patient = "p11", day = "2026-10-10", time = "20:11:00" },
  { user = "u1", patient = "p50", day = "2026-10-01", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-02", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-03", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-04", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-05", time = "12:00:00" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p0", day = "2026-10-10", time = "20:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "20:01:00" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "20:02:00" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "20:03:00" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "20:04:00" },
  { user = "u1", patient = "p5", day = "2026-10-10", time = "20:05:00" },
  { user = "u1", patient = "p6", day = "2026-10-10", time = "20:06:00" },
  { user = "u1", patient = "p7", day = "2026-10-10", time = "20:07:00" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "20:08:00" },
  { user = "u1", patient = "p9", day = "2026-10-10", time = "20:09:00" },
  { user = "u1", patient = "p10", day = "2026-10-10", time = "20:10:00" },
  { user = "u1", patient = "p11", day = "2026-10-10", time = "20:11:00" },
  { user = "u1", patient = "p50", day = "2026-10-01", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-02", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-03", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-04", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-05", time = "12:00:00" },
  { user = "u1", patient = "q0", day = "2026-10-04", time = "20:00:00" },
  { user = "u1", patient = "q1", day = "2026-10-04", time = "20:01:00" },
  { user = "u1", patient = "q2", day = "2026-10-04", time = "20:02:00" },
  { user = "u1", patient = "q3", day = "2026-10-04", time = "20:03:00" },
  { user = "u1", patient = "q4", day = "2026-10-04", time = "20:04:00" },
  { user = "u1", patient = "q5", day = "2026-10-04", time = "20:05:00" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p0", day = "2026-10-10", time = "20:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "20:01:00" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "20:02:00" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "20:03:00" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "20:04:00" },
  { user = "u1", patient = "p5", day = "2026-10-10", time = "20:05:00" },
  { user = "u1", patient = "p6", day = "2026-10-10", time = "20:06:00" },
  { user = "u1", patient = "p7", day = "2026-10-10", time = "20:07:00" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "20:08:00" },
  { user = "u1", patient = "p9", day = "2026-10-10", time = "20:09:00" },
  { user = "u1", patient = "p10", day = "2026-10-10", time = "20:10:00" },
  { user = "u1", patient = "p11", day = "2026-10-10", time = "20:11:00" },
  { user = "u1", patient = "p50", day = "2026-10-01", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-02", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-03", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-04", time = "12:00:00" },
  { user = "u1", patient = "p50", day = "2026-10-05", time = "12:00:00" },
  { user = "u2", patient = "r0", day = "2026-10-10", time = "20:00:00" },
  { user = "u2", patient = "r1", day = "2026-10-10", time = "20:01:00" },
  { user = "u2", patient = "r2", day = "2026-10-10", time = "20:02:00" },
  { user = "u2", patient = "r3", day = "2026-10-10", time = "20:03:00" },
  { user = "u2", patient = "r4", day = "2026-10-10", time = "20:04:00" },
]
*/
-- Who wrote in a record was at work on it.
-- count
WITH written AS (
  SELECT DISTINCT user_id, patient_id, day FROM open_touch
  WHERE action IN ('create', 'update') AND outcome = 'success'
),
read AS (
  SELECT o.* FROM open_touch AS o
  ANTI JOIN written AS w
    ON w.user_id = o.user_id AND w.patient_id = o.patient_id AND w.day = o.day
  WHERE o.kind IN ('person', 'unknown') AND o.source <> 'sekisho'
),
daily AS (
  SELECT user_id, day, max(duty_group) AS duty_group, count(DISTINCT patient_id) AS people
  FROM read GROUP BY user_id, day
),
worked AS (
  SELECT user_id, count(DISTINCT day) AS days FROM workday GROUP BY user_id
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY people DESC, day) AS place,
    lead(people) OVER (PARTITION BY user_id ORDER BY people DESC, day) AS second
  FROM daily
),
usual AS (
  SELECT duty_group, quantile_cont(people, 0.95) AS people FROM ranked
  WHERE place > 1 GROUP BY duty_group
),
-- Where others of the duty have many too, the day is out of the ordinary, not the person.
others AS (
  SELECT a.user_id, a.day, quantile_cont(b.people, 0.95) AS people FROM ranked AS a
  JOIN daily AS b ON b.day = a.day AND b.duty_group = a.duty_group AND b.user_id <> a.user_id
  WHERE a.place = 1 AND a.people >= $least
  GROUP BY a.user_id, a.day
),
loud AS (
  SELECT r.user_id, r.day, r.people, coalesce(r.second, 0) AS own, coalesce(u.people, 0) AS peers
  FROM ranked AS r
  LEFT JOIN others AS t ON t.user_id = r.user_id AND t.day = r.day
  JOIN worked AS w ON w.user_id = r.user_id AND w.days >= $days
  LEFT JOIN usual AS u ON u.duty_group = r.duty_group
  WHERE r.place = 1 AND r.people >= $least AND r.people > 3 * coalesce(r.second, 0)
    AND r.people > 3 * coalesce(u.people, 0) AND r.people > 3 * coalesce(t.people, 0)
)
SELECT t.index, t.patient_id, '' AS matter, CAST(l.day AS VARCHAR) AS day, l.people, l.own,
  CAST(round(l.peers) AS BIGINT) AS peers
FROM read AS t
JOIN loud AS l ON l.user_id = t.user_id AND l.day = t.day;
