/*
id = "claims_check"
kind = "explanation"
order = 43
level = "L1"
needs = ["staff", "visits", "stays"]
columns = ["staff.duty", "visits.day", "stays.day", "stays.until"]
starts = false
windows = { days = 12 }
[title]
ja = "レセプト点検（翌月12日までの、前の月の受診・入院）"
en = "Claims check: care of last month, to the twelfth of this one"
[purpose]
ja = "診療報酬の請求"
en = "claims"
[why]
ja = "レセプト点検：前の月の%(place)s（%(day)s、%(file)s の%(row)s行目）"
en = "claims check: last month's %(place)s on %(day)s (%(file)s, line %(row)s)"
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-11-12" }]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-11-13" }]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-12-05" }]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "内科" }]
[[samples]]
matches = true
access = [{ user = "u1", patient = "p1", day = "2026-11-05" }]
staff = [{ user = "u1", duty = "事務員", department = "医事課" }]
stays = [{ patient = "p1", day = "2026-10-10", until = "2026-10-12", department = "内科", ward = "5東" }]
[[samples]]
matches = false
access = [{ user = "u1", patient = "p1", day = "2026-11-05" }]
staff = [{ user = "u1", duty = "医師", department = "内科" }]
visits = [{ patient = "p1", day = "2026-10-10", department = "外科" }]
*/
-- count
SELECT DISTINCT t.index, t.patient_id
FROM post AS t
SEMI JOIN (
  SELECT 'visits' AS record, patient_id, day, day AS until, department, file, row, retracted_at FROM visits_ever
  UNION ALL
  SELECT 'stays', patient_id, day, until, department, file, row, retracted_at FROM stays_ever
) AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.day < date_trunc('month', t.day)
  AND c.until >= date_trunc('month', date_trunc('month', t.day) - INTERVAL 1 DAY)
  AND day(t.day) <= $days
WHERE t.duty_group IN ('billing', 'coding');
-- explain
SELECT t.index, t.patient_id, c.record, c.file, c.row, c.day, c.department AS place
FROM post AS t
JOIN (
  SELECT 'visits' AS record, patient_id, day, day AS until, department, file, row, retracted_at FROM visits_ever
  UNION ALL
  SELECT 'stays', patient_id, day, until, department, file, row, retracted_at FROM stays_ever
) AS c
  ON c.patient_id = t.patient_id AND t.moment < c.retracted_at
  AND c.day < date_trunc('month', t.day)
  AND c.until >= date_trunc('month', date_trunc('month', t.day) - INTERVAL 1 DAY)
  AND day(t.day) <= $days
WHERE t.index IN (SELECT index FROM shown)
  AND t.duty_group IN ('billing', 'coding')
QUALIFY row_number() OVER (
  PARTITION BY t.index, t.patient_id ORDER BY abs(t.day - c.day), c.file, c.row
) = 1;
