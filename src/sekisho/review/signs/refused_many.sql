/*
id = "refused_many"
kind = "sign"
order = 41
level = "L0"
score = 0.5
cut = true
rare = 0.05
needs = []
columns = ["access.outcome", "access.user_id", "access.patient_ids", "access.occurred_at"]
windows = { least = 5, minutes = 30 }
[title]
ja = "次々と患者の記録を開こうとして断られた"
en = "Refused on one patient after another"
[why]
ja = "30分のうちに何人もの患者の記録を順に開こうとして、どれも断られ、その日は開けていません（診療の見つからない患者%(people)s人、%(records)s件）"
en = "within thirty minutes the records of one patient after another were asked for and refused, and not opened that day (%(people)s patients without care that was found, %(records)s records)"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p", day = "2026-10-10", time = "10:00:00", many = 5, every = 2, outcome = "refused" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", outcome = "refused" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:01:00", outcome = "refused" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "10:02:00", outcome = "refused" },
  { user = "u1", patient = "p3", day = "2026-10-10", time = "10:04:00", outcome = "refused" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "10:06:00", outcome = "refused" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "10:07:00", outcome = "refused" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p", day = "2026-10-10", time = "09:00:00", many = 5, every = 60, outcome = "refused" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p", day = "2026-10-10", time = "10:00:00", many = 5, every = 2, outcome = "refused" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "10:09:00", action = "emergency" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "10:00:00", outcome = "refused" },
  { user = "u2", patient = "p2", day = "2026-10-10", time = "10:02:00", outcome = "refused" },
  { user = "u3", patient = "p3", day = "2026-10-10", time = "10:04:00", outcome = "refused" },
  { user = "u1", patient = "p4", day = "2026-10-10", time = "10:06:00", outcome = "refused" },
  { user = "u2", patient = "p5", day = "2026-10-10", time = "10:08:00", outcome = "refused" },
]
[[samples]]
matches = false
access = [
  { user = "u1", patients = ["p1", "p2", "p3", "p4", "p5", "p6"], day = "2026-10-10", outcome = "refused", action = "search" },
]
[[samples]]
matches = false
after = ["visit_department"]
access = [
  { user = "u1", patient = "p", day = "2026-10-10", time = "10:00:00", many = 5, every = 2, outcome = "refused" },
]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p3", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [
  { user = "s1", kind = "system", patient = "p", day = "2026-10-10", time = "10:00:00", many = 5, every = 2, outcome = "refused" },
]
*/
-- A list that is refused whole for one patient of it is one request, not one try after another.
-- count
WITH no AS (
  SELECT o.index, o.user_id, o.patient_id, o.day, o.moment FROM open_touch AS o
  SEMI JOIN (SELECT index FROM event WHERE outcome = 'refused' AND patients = 1) AS e
    ON e.index = o.index
  WHERE o.outcome = 'refused' AND o.exact AND o.kind <> 'system' AND o.source <> 'sekisho'
),
let_in AS (
  SELECT DISTINCT t.user_id, t.patient_id, t.day FROM touch AS t
  SEMI JOIN no AS n ON n.user_id = t.user_id AND n.patient_id = t.patient_id AND n.day = t.day
  WHERE t.outcome = 'success'
),
tried AS (
  SELECT user_id, patient_id, day, moment,
    row_number() OVER (PARTITION BY user_id ORDER BY moment, patient_id) AS n
  FROM (
    SELECT n.user_id, n.patient_id, n.day, min(n.moment) AS moment FROM no AS n
    ANTI JOIN let_in AS l
      ON l.user_id = n.user_id AND l.patient_id = n.patient_id AND l.day = n.day
    GROUP BY n.user_id, n.patient_id, n.day
  ) AS f
),
run AS (
  SELECT a.user_id, a.patient_id, a.day, a.n,
    max(b.n) OVER (PARTITION BY a.user_id ORDER BY a.n) AS upto
  FROM tried AS a
  LEFT JOIN tried AS b ON b.user_id = a.user_id AND b.n = a.n + $least - 1
    AND b.moment <= a.moment + $minutes * INTERVAL 1 MINUTE
),
many AS (
  SELECT r.user_id, r.patient_id, r.day, p.people FROM run AS r
  JOIN (
    SELECT user_id, count(DISTINCT patient_id) AS people FROM run WHERE n <= upto GROUP BY user_id
  ) AS p ON p.user_id = r.user_id
  WHERE r.n <= r.upto
)
SELECT n.index, n.patient_id, '' AS matter, m.people
FROM no AS n
JOIN many AS m ON m.user_id = n.user_id AND m.patient_id = n.patient_id AND m.day = n.day;
