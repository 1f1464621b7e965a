/*
id = "visit_department"
kind = "explanation"
order = 20
level = "L1"
needs = ["staff", "visits"]
columns = ["staff.department", "visits.department", "visits.day"]
windows = { before = 3, after = 14 }
[title]
ja = "所属する診療科の受診"
en = "A visit in the person's department"
[purpose]
ja = "外来の診療"
en = "outpatient care"
[why]
ja = "%(place)sの受診（%(day)s、%(file)s の%(row)s行目）"
en = "visit to %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-07" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-06" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-24" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-25" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "外科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "09:59:00" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科", retracted_at = "2026-10-09 10:00" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-09", time = "10:01:00" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科", retracted_at = "2026-10-09 10:00" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.department_key = t.place
  AND t.day BETWEEN c.day - $before AND c.day + $after;
-- explain
SELECT t.index, t.patient_id, 'visits' AS record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.department_key = t.place
  AND t.day BETWEEN c.day - $before AND c.day + $after
WHERE t.index IN (SELECT index FROM shown)
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
