/*
id = "reading"
kind = "sign"
order = 34
level = "L1"
score = 0.5
cut = true
near = 1.0
needs = ["staff", "visits", "stays"]
columns = ["access.user_id", "access.patient_ids", "access.occurred_at"]
windows = { least = 3 }
[title]
ja = "つながりの見つからない一人の患者を、続けて何画面も"
en = "Reading on: several screens of one patient with whom no tie was found"
[why]
ja = "この人とのつながりが見つからない一人の患者の記録を、一日に%(screens)s件開いています"
en = "%(screens)s records of one patient with whom no tie of this person was found were opened in a day"
[[samples]]
matches = true
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:01:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:02:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科" }]
visits = [{ patient = "p9", day = "2026-10-10", department = "外科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" },
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:01:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科" }]
visits = [{ patient = "p9", day = "2026-10-10", department = "外科" }]
[[samples]]
matches = false
access = [
  { user = "u1", patient = "p1", day = "2026-10-10", time = "12:00:00" },
  { user = "u1", patient = "p2", day = "2026-10-10", time = "12:01:00" },
  { user = "u1", patient = "p1", day = "2026-10-11", time = "12:02:00" },
]
staff = [{ user = "u1", duty = "看護師", department = "内科" }]
visits = [{ patient = "p9", day = "2026-10-10", department = "外科" }, { patient = "p9", day = "2026-10-11", department = "外科" }]
*/
-- count
SELECT o.index, o.patient_id, o.patient_id AS matter, r.screens
FROM open_touch AS o
JOIN (
  SELECT user_id, patient_id, day, count(*) AS screens FROM open_touch
  WHERE kind IN ('person', 'unknown') AND source <> 'sekisho'
    AND day IN (SELECT day FROM covered_day)
  GROUP BY user_id, patient_id, day HAVING count(*) >= $least
) AS r ON r.user_id = o.user_id AND r.patient_id = o.patient_id AND r.day = o.day;
