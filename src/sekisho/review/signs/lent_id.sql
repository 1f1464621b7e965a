/*
id = "lent_id"
kind = "sign"
order = 26
level = "L0"
score = 0.6
cut = true
rare = 0.05
needs = []
columns = ["access.terminal", "access.user_id", "access.occurred_at", "access.patient_ids"]
windows = { least = 3, minutes = 15 }
[title]
ja = "勤務のさなかに、使ったことのない端末で知らない患者を次々と"
en = "In the middle of work, strangers one after another at a terminal the person never uses"
[why]
ja = "ほかの日に使っていない端末%(place)sで、診療の見つからない患者%(people)s人の記録が続けて開かれ、その前か後の15分のうちに、同じ利用者IDがいつもの端末で使われています"
en = "at terminal %(place)s, which the id uses on no other day, the records of %(people)s patients without care that was found were opened in a row, and within fifteen minutes of it the id was in use at another terminal"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p8", day = "2026-10-09", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", terminal = "X" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:02:00", terminal = "X" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "10:03:00", terminal = "X" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "10:09:00", terminal = "A" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p8", day = "2026-10-08", time = "10:00:00", terminal = "X" },
  { user = "u1", patient = "p8", day = "2026-10-09", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", terminal = "X" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:02:00", terminal = "X" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "10:03:00", terminal = "X" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "10:09:00", terminal = "A" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p8", day = "2026-10-09", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "08:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", terminal = "X" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:02:00", terminal = "X" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "10:03:00", terminal = "X" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "12:09:00", terminal = "A" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p8", day = "2026-10-09", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", terminal = "X" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:02:00", terminal = "X" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "10:09:00", terminal = "A" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p8", day = "2026-10-09", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "10:00:00", terminal = "A" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", terminal = "X" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:30", terminal = "X", action = "create" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:02:00", terminal = "X" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:02:30", terminal = "X", action = "create" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "10:03:00", terminal = "X" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "10:03:30", terminal = "X", action = "create" },
  { user = "u1", patient = "p8", day = "2026-10-10", time = "10:09:00", terminal = "A" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
*/
-- Who wrote in a record was called to the patient.
-- count
WITH written AS (
  SELECT DISTINCT a.user_id, a.patient_id, a.day FROM touch AS a
  SEMI JOIN open_touch AS o
    ON o.user_id = a.user_id AND o.patient_id = a.patient_id AND o.day = a.day
  WHERE a.action IN ('create', 'update') AND a.outcome = 'success'
),
alone AS (
  SELECT o.* FROM open_touch AS o
  ANTI JOIN written AS w
    ON w.user_id = o.user_id AND w.patient_id = o.patient_id AND w.day = o.day
  WHERE o.exact AND o.terminal IS NOT NULL AND o.kind IN ('person', 'unknown')
    AND o.source <> 'sekisho'
),
few AS (
  SELECT user_id, day, terminal, count(DISTINCT patient_id) AS people,
    min(moment) AS since, max(moment) AS until
  FROM alone
  GROUP BY user_id, day, terminal HAVING count(DISTINCT patient_id) >= $least
),
used AS (
  SELECT user_id, terminal, min(day) AS first, max(day) AS last, min(moment) AS since,
    max(moment) AS until
  FROM event GROUP BY user_id, terminal
),
strange AS (
  SELECT f.* FROM few AS f
  JOIN used AS e ON e.user_id = f.user_id AND e.terminal = f.terminal
    AND e.first = f.day AND e.last = f.day AND e.since >= f.since - $minutes * INTERVAL 1 MINUTE
    AND e.until <= f.until + $minutes * INTERVAL 1 MINUTE
),
meanwhile AS (
  SELECT DISTINCT s.user_id, s.day, s.terminal, s.people FROM strange AS s
  JOIN event AS e ON e.user_id = s.user_id AND e.day = s.day AND e.terminal <> s.terminal
    AND e.moment BETWEEN s.since - $minutes * INTERVAL 1 MINUTE
      AND s.until + $minutes * INTERVAL 1 MINUTE
)
SELECT o.index, o.patient_id, '' AS matter, m.terminal AS place, m.people
FROM alone AS o
JOIN meanwhile AS m ON m.user_id = o.user_id AND m.day = o.day AND m.terminal = o.terminal;
