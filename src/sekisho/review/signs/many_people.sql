/*
id = "many_people"
kind = "sign"
order = 17
level = "L0"
score = 0.6
cut = true
needs = []
columns = ["access.patient_ids", "access.user_id"]
windows = { least = 5, days = 3, share = 0.33 }
[title]
ja = "診療の見つからない多くの職員が、一人の患者を"
en = "Many people without care on one patient"
[why]
ja = "3日のあいだに%(people)s人の職員が、診療が見つからないまま同じ患者の記録を開いています。この人の記録は%(records)s件"
en = "within three days %(people)s people opened this patient's record without care that was found; %(records)s of the records are this person's"
[[samples]]
matches = true
access = [
  { user = "u0", patient = "p1", day = "2026-10-10" },
  { user = "u1", patient = "p1", day = "2026-10-10" },
  { user = "u2", patient = "p1", day = "2026-10-11" },
  { user = "u3", patient = "p1", day = "2026-10-11" },
  { user = "u4", patient = "p1", day = "2026-10-12" },
  { user = "u5", patient = "p1", day = "2026-10-12" },
]
[[samples]]
matches = false
access = [
  { user = "u0", patient = "p1", day = "2026-10-10" },
  { user = "u1", patient = "p1", day = "2026-10-10" },
  { user = "u2", patient = "p1", day = "2026-10-10" },
  { user = "u3", patient = "p1", day = "2026-10-10" },
]
[[samples]]
matches = false
access = [
  { user = "u0", patient = "p1", day = "2026-10-10" },
  { user = "u1", patient = "p1", day = "2026-10-13" },
  { user = "u2", patient = "p1", day = "2026-10-16" },
  { user = "u3", patient = "p1", day = "2026-10-19" },
  { user = "u4", patient = "p1", day = "2026-10-22" },
  { user = "u5", patient = "p1", day = "2026-10-25" },
]
[[samples]]
matches = false
access = [
  { user = "u0", patient = "p1", day = "2026-10-10", action = "create" },
  { user = "u1", patient = "p1", day = "2026-10-10", action = "create" },
  { user = "u2", patient = "p1", day = "2026-10-10", action = "create" },
  { user = "u3", patient = "p1", day = "2026-10-10" },
  { user = "u4", patient = "p1", day = "2026-10-10" },
  { user = "u5", patient = "p1", day = "2026-10-10" },
]
*/
-- Where a good part of them wrote in the record they were at work: a trauma call, a drill.
-- count
WITH seen AS (
  SELECT patient_id, user_id, day,
    max(CASE WHEN action IN ('create', 'update') AND outcome = 'success' THEN 1 ELSE 0 END) AS wrote
  FROM open_touch
  WHERE kind IN ('person', 'unknown')
  GROUP BY patient_id, user_id, day
),
crowd AS (
  SELECT a.patient_id, a.day, count(DISTINCT b.user_id) AS people,
    count(DISTINCT CASE WHEN b.wrote = 1 THEN b.user_id END) AS writers
  FROM (SELECT DISTINCT patient_id, day FROM seen) AS a
  JOIN seen AS b ON b.patient_id = a.patient_id AND b.day BETWEEN a.day AND a.day + $days - 1
  GROUP BY a.patient_id, a.day
),
usual AS (
  SELECT coalesce(quantile_cont(people, 0.99), 0) AS people, count(*) AS patients
  FROM (SELECT max(people) AS people FROM crowd GROUP BY patient_id)
)
SELECT t.index, t.patient_id, t.patient_id AS matter, max(c.people) AS people
FROM open_touch AS t
JOIN crowd AS c
  ON c.patient_id = t.patient_id AND t.day BETWEEN c.day AND c.day + $days - 1
CROSS JOIN usual AS u
WHERE c.people >= $least AND c.writers < $share * c.people AND (u.patients < 100
    OR c.people > CASE WHEN t.day IN (SELECT day FROM covered_day) THEN 1.5 ELSE 3 END * u.people)
  AND t.kind IN ('person', 'unknown')
GROUP BY t.index, t.patient_id;
