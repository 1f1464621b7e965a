/*
id = "volume"
kind = "sign"
order = 30
level = "L0"
score = 0.55
cut = true
rare = 0.05
within = ["browsing"]
needs = []
columns = ["access.user_id", "access.patient_ids", "staff.duty"]
windows = { least = 20 }
[title]
ja = "同じ職種に比べて多い患者数"
en = "Far more patients than others of the same duty"
[why]
ja = "%(day)sに、診療の見つからない患者%(people)s人の記録を開いています。同じ職種の人の一日の多いほうでも%(peers)s人です"
en = "on %(day)s the records of %(people)s patients were opened without care that was found; a busy day of the same duty is %(peers)s"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p", many = 25, day = "2026-10-10" },
  { user = "u2", patient = "q21", day = "2026-10-01" },
  { user = "u2", patient = "q22", day = "2026-10-02" },
  { user = "u2", patient = "q23", day = "2026-10-03" },
  { user = "u2", patient = "q24", day = "2026-10-04" },
  { user = "u3", patient = "q31", day = "2026-10-01" },
  { user = "u3", patient = "q32", day = "2026-10-02" },
  { user = "u3", patient = "q33", day = "2026-10-03" },
  { user = "u3", patient = "q34", day = "2026-10-04" },
  { user = "u4", patient = "q41", day = "2026-10-01" },
  { user = "u4", patient = "q42", day = "2026-10-02" },
  { user = "u4", patient = "q43", day = "2026-10-03" },
  { user = "u4", patient = "q44", day = "2026-10-04" },
  { user = "u5", patient = "q51", day = "2026-10-01" },
  { user = "u5", patient = "q52", day = "2026-10-02" },
  { user = "u5", patient = "q53", day = "2026-10-03" },
  { user = "u5", patient = "q54", day = "2026-10-04" },
  { user = "u6", patient = "q61", day = "2026-10-01" },
  { user = "u6", patient = "q62", day = "2026-10-02" },
  { user = "u6", patient = "q63", day = "2026-10-03" },
  { user = "u6", patient = "q64", day = "2026-10-04" },
  { user = "u7", patient = "q71", day = "2026-10-01" },
  { user = "u7", patient = "q72", day = "2026-10-02" },
  { user = "u7", patient = "q73", day = "2026-10-03" },
  { user = "u7", patient = "q74", day = "2026-10-04" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }, { user = "u2", duty = "医師", department = "内科" }, { user = "u3", duty = "医師", department = "内科" }, { user = "u4", duty = "医師", department = "内科" }, { user = "u5", duty = "医師", department = "内科" }, { user = "u6", duty = "医師", department = "内科" }, { user = "u7", duty = "医師", department = "内科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p", many = 15, day = "2026-10-10" },
  { user = "u2", patient = "q21", day = "2026-10-01" },
  { user = "u2", patient = "q22", day = "2026-10-02" },
  { user = "u2", patient = "q23", day = "2026-10-03" },
  { user = "u2", patient = "q24", day = "2026-10-04" },
  { user = "u3", patient = "q31", day = "2026-10-01" },
  { user = "u3", patient = "q32", day = "2026-10-02" },
  { user = "u3", patient = "q33", day = "2026-10-03" },
  { user = "u3", patient = "q34", day = "2026-10-04" },
  { user = "u4", patient = "q41", day = "2026-10-01" },
  { user = "u4", patient = "q42", day = "2026-10-02" },
  { user = "u4", patient = "q43", day = "2026-10-03" },
  { user = "u4", patient = "q44", day = "2026-10-04" },
  { user = "u5", patient = "q51", day = "2026-10-01" },
  { user = "u5", patient = "q52", day = "2026-10-02" },
  { user = "u5", patient = "q53", day = "2026-10-03" },
  { user = "u5", patient = "q54", day = "2026-10-04" },
  { user = "u6", patient = "q61", day = "2026-10-01" },
  { user = "u6", patient = "q62", day = "2026-10-02" },
  { user = "u6", patient = "q63", day = "2026-10-03" },
  { user = "u6", patient = "q64", day = "2026-10-04" },
  { user = "u7", patient = "q71", day = "2026-10-01" },
  { user = "u7", patient = "q72", day = "2026-10-02" },
  { user = "u7", patient = "q73", day = "2026-10-03" },
  { user = "u7", patient = "q74", day = "2026-10-04" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }, { user = "u2", duty = "医師", department = "内科" }, { user = "u3", duty = "医師", department = "内科" }, { user = "u4", duty = "医師", department = "内科" }, { user = "u5", duty = "医師", department = "内科" }, { user = "u6", duty = "医師", department = "内科" }, { user = "u7", duty = "医師", department = "内科" }]
*/
-- count
WITH daily AS (
  SELECT user_id, day, duty_group, people FROM workday WHERE own
),
many AS (
  SELECT user_id, day, count(DISTINCT patient_id) AS people
  FROM open_touch WHERE kind IN ('person', 'unknown')
  GROUP BY user_id, day HAVING count(DISTINCT patient_id) >= $least
),
peers AS (
  SELECT a.user_id, coalesce(quantile_cont(b.people, 0.95), 0) AS people
  FROM (SELECT DISTINCT user_id, duty_group FROM daily) AS a
  JOIN daily AS b ON b.duty_group = a.duty_group AND b.user_id <> a.user_id
  WHERE a.user_id IN (SELECT user_id FROM many)
  GROUP BY a.user_id
),
loud AS (
  SELECT o.user_id, o.day, o.people, p.people AS peers
  FROM many AS o
  JOIN peers AS p ON p.user_id = o.user_id
  WHERE o.people > 2 * p.people
)
SELECT t.index, t.patient_id, '' AS matter, CAST(l.day AS VARCHAR) AS day, l.people,
  CAST(round(l.peers) AS BIGINT) AS peers
FROM open_touch AS t
JOIN loud AS l ON l.user_id = t.user_id AND l.day = t.day;
