/*
id = "awakened"
kind = "sign"
order = 38
level = "L0"
score = 0.4
cut = true
rare = 0.03
needs = ["staff"]
columns = ["access.user_id", "staff.valid_from"]
windows = { days = 60 }
[title]
ja = "長く使われていなかった利用者IDの利用"
en = "An id that was not used for long, used again"
[why]
ja = "%(days)s日使われていなかった利用者IDが使われ、診療の見つからない記録があります（%(records)s件）"
en = "an id unused for %(days)s days was used again, without care that was found (%(records)s records)"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p2", day = "2026-07-01", time = "12:00:00" },
  { user = "u2", patient = "p3", day = "2026-07-01", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p2", day = "2026-09-20", time = "12:00:00" },
  { user = "u2", patient = "p3", day = "2026-07-01", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "看護部", ward = "5東" }]
*/
-- Of the log before the period the last use of those alone is asked that may have slept until it.
-- count
WITH use AS (
  SELECT user_id, day FROM used
  UNION ALL
  SELECT a.user_id, max(CAST(a.occurred_at + INTERVAL 9 HOUR AS DATE)) AS day
  FROM access AS a SEMI JOIN first_used AS k ON k.user_id = a.user_id
  WHERE a.source <> 'sekisho' AND a.occurred_at < (SELECT min(occurred_at) FROM read)
  GROUP BY a.user_id
),
gap AS (
  SELECT user_id, day, day - lag(day) OVER (PARTITION BY user_id ORDER BY day) AS days FROM use
),
woken AS (
  SELECT m.user_id, g.day, max(g.days) AS days
  FROM gap AS g JOIN user_map AS m ON m.written = g.user_id
  WHERE g.days >= $days GROUP BY m.user_id, g.day
)
SELECT t.index, t.patient_id, '' AS matter, w.days
FROM open_touch AS t
JOIN woken AS w ON w.user_id = t.user_id AND t.day BETWEEN w.day AND w.day + 3
WHERE t.kind IN ('person', 'unknown');
