/*
id = "billing_visit"
kind = "explanation"
order = 40
level = "L1"
needs = ["staff", "visits"]
columns = ["staff.duty", "staff.department", "visits.day"]
starts = false
windows = { before = 1, after = 14 }
[title]
ja = "医事（受診の前日から14日までの会計）"
en = "Billing from the day before a visit to fourteen days after"
[purpose]
ja = "会計・請求"
en = "billing"
[why]
ja = "会計・請求：%(place)sの受診（%(day)s、%(file)s の%(row)s行目）"
en = "billing: visit to %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-24" }]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-25" }]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-10-09" }]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-08" }]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-10-10" }]
staff = [{ user = "u1", duty = "医師", department = "外科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
WHERE t.duty_group = 'billing';
-- explain
SELECT t.index, t.patient_id, 'visits' AS record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN visits_ever AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND t.day BETWEEN c.day - $before AND c.day + $after
WHERE t.index IN (SELECT index FROM shown)
  AND t.duty_group = 'billing'
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
